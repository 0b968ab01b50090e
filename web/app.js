/* The join page. One of three things is shown: the lobby, the call, or how the call ended.
 *
 * Parameters of the address, for links, kiosks and tests:
 *   room, name             what the form starts with
 *   autojoin=1             joins at once where a page of this server led here; else devices stay off until Join is pressed, since
 *                          anybody may write a link
 *   watch=1                receives only (WHEP)
 *   video=0, audio=0       begins with camera, microphone off
 *   codec=vp8|h264         offers only that one for video
 *   width, height          of the camera
 *   raw=1                  sound without echo cancellation, noise suppression and gain control
 *   max_height, max_fps, max_kbps   a smaller mix
 *   view                   of the room, whatever the shape of the window
 *   share_height           of a shared screen at most, 1080
 */
import {$, tell} from './dom.js';
import {call} from './call.js';
import './fit.js';
import './mirror.js';
import './window.js';
import {openLobby, submit} from './lobby.js';
import {findPowers} from './moderator.js';
import {forgetQuality, watchQuality} from './quality.js';
import {forgetRoom, watchRoom} from './room.js';
import './waiting.js';
import './chat.js';
import './captions.js';
import {enterStage, leaveStage, showStage} from './stage.js';

window.tessera = call;

function showOnly(id) {
	for (const main of document.querySelectorAll('main')) main.hidden = main.id !== id;
}

function addressOf(room) {
	const next = new URLSearchParams(call.params);
	next.set('room', room);
	return `?${next}`;
}

function nameRoom() {
	history.replaceState(null, '', addressOf(call.room));
	document.title = `${call.room} - tessera`;
	$('where').textContent = call.room;
}
call.addEventListener('moved', nameRoom);

function enter() {
	const first = $('call').hidden;
	showOnly('call');
	if (first) {
		nameRoom();
		enterStage();
		findPowers();
		$('where').focus();
	}
	watchRoom();
	watchQuality();
	showStage();
}

function leave() {
	if (!$('call').hidden) leaveStage();
	forgetRoom();
	forgetQuality();
	document.title = 'tessera';
	showOnly('ended');
	$('ended-title').textContent = call.status ? 'The call has ended' : 'You left the room';
	$('ended-status').textContent = call.status || `The others in “${call.room}” go on without you.`;
	$('ended-title').focus();
}

function showStatus() {
	const trying = call.state === 'mending';
	tell($('call-status'), call.status, trying);
	$('call').classList.toggle('mending', trying);
	$('try').hidden = !trying;
	if (!trying && !$('call').hidden) showStage();
}

call.addEventListener('status', showStatus);
call.addEventListener('state', () => {
	if (call.state === 'joined') enter();
	if (call.state === 'ended') leave();
	showStatus();
});

$('try').addEventListener('click', () => call.tryNow());
$('rejoin').addEventListener('click', () => {
	showOnly('lobby');
	openLobby();
	submit();
});
$('home').addEventListener('click', () => {
	showOnly('lobby');
	openLobby();
	$('room').select();
});

/* The browser tells where a link was followed, and no page can make it tell another origin than its own. */
function isOpenedByUs() {
	try {
		return new URL(document.referrer).origin === location.origin;
	} catch {
		return false;
	}
}

if (call.params.get('autojoin') === '1' && isOpenedByUs()) {
	openLobby();
	submit();
} else {
	openLobby({waits: call.params.get('autojoin') === '1'});
}
