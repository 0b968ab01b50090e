/* lobby - what comes before the call: the room, one's name, and a look at camera and microphone. */
import {$, face, remembered, tell} from './dom.js';
import {call} from './call.js';
import {own, showChoices, watchLevel} from './own.js';

const params = call.params;
const watching = params.get('watch') === '1';
let stopLevel = () => {}, measured = null;

/* The server takes 128 bytes of UTF-8. */
function shortName(text) {
	const letters = [...text.trim()];
	while (new TextEncoder().encode(letters.join('')).length > 128) letters.pop();
	return letters.join('');
}

/* ---- camera and microphone */

function showLevel(level) {
	const meter = $('level');
	for (const [i, bar] of [...meter.children].entries()) bar.classList.toggle('lit', level * meter.children.length > i + 0.5);
	const value = String(Math.round(level * 10) * 10);
	if (meter.getAttribute('aria-valuenow') !== value) meter.setAttribute('aria-valuenow', value);
}

function measure() {
	if (measured === own.tracks.audio && !$('lobby').hidden) return;
	stopLevel();
	measured = $('lobby').hidden ? null : own.tracks.audio;
	stopLevel = measured ? watchLevel(measured, showLevel) : () => {};
	showLevel(0);
}

function show() {
	const {video} = own.tracks, preview = $('preview');
	if ((preview.srcObject?.getTracks()[0] ?? null) !== video) preview.srcObject = video && new MediaStream([video]);
	preview.classList.toggle('mirror', video?.getSettings().facingMode !== 'environment');
	preview.hidden = !video;
	$('preview-off').hidden = Boolean(video);
	$('level').hidden = !own.tracks.audio;
	face($('lobby-mic'), own.on.audio ? 'mic' : 'mic-off', own.on.audio ? 'Mute microphone' : 'Unmute microphone', {off: !own.on.audio});
	face($('lobby-camera'), own.on.video ? 'camera' : 'camera-off', own.on.video ? 'Turn camera off' : 'Turn camera on', {off: !own.on.video});
	$('trouble').hidden = !own.trouble;
	tell($('trouble').firstChild, own.trouble);
	measure();
	if (!$('lobby').hidden) showChoices([document.querySelector('#lobby [data-choices]')], null);
}

const wishes = () => ({video: params.get('video') !== '0', audio: params.get('audio') !== '0'});
let waits = false;

/* Asks for camera and microphone as soon as the page is there, so that one sees oneself before joining. waits: not before one
 * presses Join, or their own buttons. */
export async function openLobby(how = {}) {
	const {activeElement} = document;
	$('lobby').hidden = false;
	if (activeElement === document.body) $($('room').value ? (watching || $('name').value ? 'join' : 'name') : 'room').focus();
	if (watching) return;
	waits = Boolean(how.waits);
	Object.assign(own.on, waits ? {video: false, audio: false} : wishes());
	show();
	if (waits) tell($('lobby-status'), 'Press Join to enter. Camera and microphone stay off until then.');
	if (own.on.video || own.on.audio) await own.open();
}

for (const kind of ['mic', 'camera']) {
	const button = $(`lobby-${kind}`), device = kind === 'mic' ? 'audio' : 'video';
	button.addEventListener('click', async () => {
		button.disabled = true;
		waits = false;
		await own.set(device, !own.on[device]);
		button.disabled = false;
		button.focus();
	});
}
$('again').addEventListener('click', () => own.open(['audio', 'video'].filter((kind) => !own.tracks[kind])));
own.addEventListener('change', show);
navigator.mediaDevices?.addEventListener('devicechange', show);

/* ---- joining */

/* In one's own words where they help more than the server's. */
function whyRefused(error) {
	switch (error.type) {
	case 'room-full': return 'You could not join: the room is full. Try again when somebody has left.';
	case 'draining': return 'This server is about to be updated and takes nobody new. Try again in a few minutes.';
	case 'room-locked': return 'You could not join: the room is locked. Ask somebody inside to open it.';
	case 'pin-needed': return 'This room asks for a PIN.';
	case 'wrong-pin': return 'That is not the PIN of this room. Try again.';
	case 'token-needed': return 'Joining here needs a token. Whoever invited you has it.';
	case 'wrong-token': return 'That token is not right, or not any more. Try again.';
	case 'too-many-attempts': return `Too many wrong tries. Wait ${error.retryAfter || 60} seconds, then try again.`;
	default: return error.status ? `You could not join: ${error.message}` : `${error.message} Check your network and try again.`;
	}
}

export async function submit() {
	if (!['idle', 'ended'].includes(call.state)) return;
	if (waits) Object.assign(own.on, wishes());
	waits = false;
	const name = shortName($('name').value);
	if (!watching) remembered('name', name);
	tell($('lobby-status'), watching ? 'Joining ...' : 'Joining. The browser may ask for camera and microphone ...');
	$('join').disabled = true;
	try {
		await call.join({room: $('room').value.trim(), name, pin: $('pin').value.trim()});
		tell($('lobby-status'), '');
		$('pin-row').hidden = true;
	} catch (error) {
		const [, secret] = /^(?:wrong-)?(pin|token)(?:-needed)?$/.exec(error.type) ?? [];
		$('pin-row').hidden = !secret;
		$('pin-label').textContent = secret === 'token' ? 'Token' : 'PIN of the room';
		$('join').disabled = false; /* to take the focus */
		tell($('lobby-status'), whyRefused(error), true);
		(secret ? $('pin') : $('join')).focus();
		$('pin').select();
	} finally {
		$('join').disabled = false;
	}
}

$('form').addEventListener('submit', (event) => {
	event.preventDefault();
	submit();
});
$('room').value = params.get('room') || 'lobby';
$('room').addEventListener('input', () => {
	$('pin').value = '';
	$('pin-row').hidden = true;
});
$('pin').value = new URLSearchParams(location.hash.slice(1)).get('pin') ?? ''; /* of an invitation */
$('name').value = params.get('name') ?? remembered('name');
for (const part of document.querySelectorAll('.sending')) part.hidden = watching;
if (watching) {
	$('join').textContent = 'Watch';
	$('lobby-title').textContent = 'Watch a room';
}
