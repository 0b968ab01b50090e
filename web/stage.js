/* stage - the call as one sees it: the mix, and the buttons and keys around it. */
import {$, face, news, openDialog, remembered, tell} from './dom.js';
import {call} from './call.js';
import {askJson} from './client.js';
import {own, showChoices} from './own.js';
import {room} from './room.js';

const mix = $('mix');

/* ---- the mix */

function play() {
	if (mix.srcObject !== call.stream) mix.srcObject = call.stream;
	if (!call.stream) return;
	const speaker = remembered('audiooutput');
	if (speaker) mix.setSinkId?.(speaker).catch(() => {});
	mix.play().catch((error) => {
		if (error.name !== 'NotAllowedError') return;
		mix.muted = true; /* a page that nobody touched may not make sound */
		$('sound').hidden = false;
		mix.play().catch(() => {});
	});
}

function unmute() {
	mix.muted = false;
	$('sound').hidden = true;
	mix.play().catch(() => {});
}
$('sound').addEventListener('click', unmute);

/* ---- the buttons */

const watching = call.params.get('watch') === '1';
const inCall = () => call.state === 'joined' || call.state === 'mending';
const raised = () => Boolean(room.people.get(room.me)?.hand);
const mutedBy = () => room.people.get(room.me)?.muted_by ?? null;
const api = () => ['api', 'role'].includes(mutedBy());

/* Others muted them softly: the button follows, and undoes it. */
let soft = false;
room.addEventListener('told', () => {
	const now = mutedBy() === 'self';
	if (now && !soft && own.on.audio) {
		own.set('audio', false);
		news('You are muted: unmute yourself to speak');
	}
	soft = now;
});
async function setMicrophone(on) {
	if (on && soft) await askJson(call.session, {method: 'PATCH', json: {muted: false}});
	await own.set('audio', on);
}

export function showStage() {
	const {on, tracks} = own, quieted = api();
	$('mic').hidden = $('camera').hidden = watching;
	$('mic').disabled = quieted;
	face($('mic'), on.audio && !quieted ? 'mic' : 'mic-off', on.audio && !quieted ? 'Mute' : 'Unmute', {
		off: !on.audio || quieted, title: quieted ? (mutedBy() === 'role' ? 'You watch here' : 'Muted by the moderator') : on.audio ? 'Mute microphone (M)' : 'Unmute microphone (M)'});
	face($('camera'), tracks.video ? 'camera' : 'camera-off', 'Camera', {off: !tracks.video, title: tracks.video ? 'Turn camera off (C)' : 'Turn camera on (C)'});
	$('camera').setAttribute('aria-label', tracks.video ? 'Camera: turn off' : 'Camera: turn on');
	$('share').hidden = !call.canShare;
	face($('share'), call.screen ? 'screen-off' : 'screen', call.screen ? 'Stop sharing' : 'Share', {title: call.screen ? 'Stop sharing (S)' : 'Share your screen (S)'});
	$('share').classList.toggle('active', Boolean(call.screen));
	$('sharing').hidden = !call.screen;
	$('hand').hidden = watching || !call.session || !room.me;
	face($('hand'), 'hand', raised() ? 'Lower hand' : 'Raise hand', {title: raised() ? 'Lower your hand (H)' : 'Raise your hand (H)'});
	$('hand').classList.toggle('active', raised());
	face($('layout'), 'layout', 'Room', {title: 'Layout and more'});
	face($('settings'), 'settings', 'Settings');
	face($('leave'), 'leave', 'Leave', {title: 'Leave the room'});
	const full = Boolean(document.fullscreenElement);
	face($('full'), 'full', full ? 'Smaller' : 'Full screen', {title: full ? 'Leave full screen (F)' : 'Full screen (F)'});
	$('full').setAttribute('aria-label', full ? 'Leave full screen' : 'Full screen');
	$('full').hidden = !document.fullscreenEnabled;
	face($('pip'), 'pip', 'Pop out', {title: 'The picture in a window of its own'});
	$('pip').hidden = !document.pictureInPictureEnabled;
	if (call.state !== 'joined' || call.status) return;
	tell($('call-status'), quieted ? (mutedBy() === 'role' ? 'You watch here: nobody hears or sees you.' : 'The moderator muted you.') : own.trouble, !quieted && Boolean(own.trouble));
	if (own.trouble) forgetTrouble ||= setTimeout(() => { forgetTrouble = 0; own.trouble = ''; showStage(); }, 15000);
}
let forgetTrouble = 0; /* the buttons go on to say what is off */

async function busy(button, work) {
	if (button.disabled) return;
	button.disabled = true;
	const focused = document.activeElement === button;
	await work().catch(() => {});
	button.disabled = false;
	if (focused) button.focus();
	showStage();
}

const toggle = {
	mic: () => busy($('mic'), () => setMicrophone(!own.on.audio)),
	camera: () => busy($('camera'), () => own.set('video', !own.on.video)),
	share: () => busy($('share'), async () => {
		if (call.screen) call.unshare();
		else await call.share().catch((error) => { if (error.name !== 'NotAllowedError') news('The screen could not be shared.'); });
	}),
	hand: () => busy($('hand'), () => askJson(call.session, {method: 'PATCH', json: {hand: !raised()}})),
	full: () => document.fullscreenElement ? document.exitFullscreen() : $('call').requestFullscreen().catch(() => {}),
	pip: () => (document.pictureInPictureElement ? document.exitPictureInPicture() : mix.requestPictureInPicture())
		.catch(() => news('The picture cannot be popped out here.')),
	'people-button': () => $('people-button').click(),
};
for (const id of ['mic', 'camera', 'share', 'hand', 'full', 'pip']) $(id).addEventListener('click', toggle[id]);
$('unshare').addEventListener('click', () => call.unshare());
$('leave').addEventListener('click', () => call.leave());
$('settings').addEventListener('click', () => openDialog($('settings-box')));

$('invite').addEventListener('click', async () => {
	const link = `${location.origin}${location.pathname}?room=${encodeURIComponent(call.room)}`;
	try {
		await navigator.clipboard.writeText(link);
		news('Link copied. Whoever opens it meets you here.');
	} catch {
		prompt('The link to this room', link);
	}
});

/* ---- keys: one letter each, unless switched off (WCAG 2.1.4) */

const KEYS = {m: 'mic', c: 'camera', s: 'share', h: 'hand', f: 'full', p: 'people-button'};

$('shortcuts').checked = remembered('shortcuts') !== 'off';
$('shortcuts').addEventListener('change', () => remembered('shortcuts', $('shortcuts').checked ? 'on' : 'off'));
addEventListener('keydown', (event) => {
	const id = KEYS[event.key.toLowerCase()];
	if (!id || !inCall() || event.ctrlKey || event.metaKey || event.altKey || event.repeat || !$('shortcuts').checked) return;
	if (document.querySelector('dialog[open]') || event.target.matches('input, select, textarea')) return;
	if (!$(id).hidden && !$(id).disabled) toggle[id]();
});

/* ---- staying awake, and what changes by itself */

let lock = null;
async function stayAwake() {
	const want = inCall() && document.visibilityState === 'visible';
	if (want && !lock) lock = await navigator.wakeLock?.request('screen').catch(() => null);
	lock?.addEventListener('release', () => { lock = null; });
	if (!want) lock?.release();
}
document.addEventListener('visibilitychange', stayAwake);
document.addEventListener('fullscreenchange', showStage);
own.addEventListener('change', showStage);
call.addEventListener('screen', showStage);
call.addEventListener('stream', play);
room.addEventListener('change', showStage);

let settings = () => {};
own.addEventListener('change', () => settings());
navigator.mediaDevices?.addEventListener('devicechange', () => settings());
settings = () => showChoices([document.querySelector('#settings-box [data-choices]')],
	mix.setSinkId ? (id) => mix.setSinkId(id).catch(() => {}) : null);

export function enterStage() {
	showStage();
	settings();
	stayAwake();
	play();
}

export function leaveStage() {
	for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close();
	if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
	if (document.pictureInPictureElement) document.exitPictureInPicture().catch(() => {});
	mix.srcObject = null;
	mix.muted = false;
	$('sound').hidden = true;
	$('news').replaceChildren();
	stayAwake();
}
