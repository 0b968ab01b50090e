/* watch - the page /watch/{room}: plays a room's HLS where WebRTC is blocked, or a browser has none.
 *
 * Parameters: #pin=... of an invitation.
 */
import {$, tell} from './dom.js';
import {Player} from './player.js';

const room = decodeURIComponent(location.pathname.split('/').filter(Boolean).pop() ?? '');
const player = new Player($('mix'));
window.tessera = {player, room};

function whyRefused(error) {
	switch (error.type) {
	case 'draining': return 'This server is about to be updated. Try again in a few minutes.';
	case 'room-locked': return 'The room is locked: nobody new may watch.';
	case 'pin-needed': return 'This room asks for a PIN.';
	case 'wrong-pin': return 'That is not the PIN of this room. Try again.';
	case 'token-needed': return 'Watching here needs a token. Whoever invited you has it.';
	case 'wrong-token': return 'That token is not right, or not any more. Try again.';
	case 'too-many-attempts': return `Too many wrong tries. Wait ${error.retryAfter || 60} seconds, then try again.`;
	case 'no-such-stream': return 'This room cannot be watched here now. Ask whoever invited you.';
	case 'not-there-yet': return 'Nobody is in the room yet. Try again when somebody has joined.';
	default: return error.status ? `It cannot be watched: ${error.message}` : `${error.message} Check your network and try again.`;
	}
}

function showForm(error) {
	const [, secret] = /^(?:wrong-)?(pin|token)(?:-needed)?$/.exec(error.type) ?? [];
	$('call').hidden = true;
	$('lobby').hidden = false;
	$('pin-row').hidden = !secret;
	$('pin-label').textContent = secret === 'token' ? 'Token' : 'PIN of the room';
	$('again').disabled = false;
	tell($('lobby-status'), whyRefused(error), secret !== 'pin' || error.type !== 'pin-needed');
	(secret ? $('pin') : $('again')).focus();
}

async function watch() {
	const pin = $('pin').value.trim(), address = new URL(`../hls/${encodeURIComponent(room)}/index.m3u8`, location.href);
	address.hash = '';
	address.search = pin ? `?${new URLSearchParams({pin})}` : '';
	$('again').disabled = true;
	tell($('lobby-status'), 'Loading ...');
	try {
		await player.play(address.href);
		$('lobby').hidden = true;
		$('call').hidden = false;
	} catch (error) {
		showForm(error);
	}
}

player.addEventListener('state', ({state, error}) => {
	if (state === 'failed') showForm(error);
	if (state === 'waiting') tell($('call-status'), 'The picture stopped. Trying again ...');
	if (state === 'playing') tell($('call-status'), '');
});
$('mix').addEventListener('volumechange', () => { $('sound').hidden = !$('mix').muted; });
$('sound').addEventListener('click', () => { $('mix').muted = false; });
$('full').addEventListener('click', () => ($('stage').requestFullscreen ?? (() => $('mix').webkitEnterFullscreen?.())).call($('stage')));
$('form').addEventListener('submit', (event) => {
	event.preventDefault();
	watch();
});

document.title = `${room} - tessera`;
$('where').textContent = room;
$('lobby-title').textContent = `Watch ${room}`;
$('pin').value = new URLSearchParams(location.hash.slice(1)).get('pin') ?? '';
watch();
