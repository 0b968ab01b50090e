/* The join page: one peer connection, one POST, one DELETE.
 *
 * Parameters of the address, for links, kiosks and tests:
 *   room, name             what the form starts with
 *   autojoin=1             joins at once
 *   watch=1                receives only (WHEP)
 *   video=0, audio=0       sends no camera, no microphone
 *   codec=vp8|h264         offers only that one for video
 *   width, height          of the camera
 *   raw=1                  sound without echo cancellation, noise suppression and gain control
 *   max_height, max_fps, max_kbps   a smaller mix
 */
'use strict';

const $ = (id) => document.getElementById(id);
const params = new URLSearchParams(location.search);
const watching = params.get('watch') === '1';
const GATHERING_MS = 500;
const INTERRUPTED = 'The connection is interrupted ...';

/* For tests: what happens now. state is idle, joining, joined or ended. */
const call = {pc: null, session: null, stream: null, tracks: {}, senders: {}, sendsVideo: false, state: 'idle', error: null};
window.tessera = call;

function say(text, isError = false) {
	for (const id of ['lobby-status', 'call-status']) {
		$(id).textContent = text;
		$(id).classList.toggle('error', isError);
	}
	if (isError) call.error = text;
}

function show(inCall) {
	$('lobby').hidden = inCall;
	$('call').hidden = !inCall;
	$('join').disabled = call.state === 'joining';
}

/* ---- camera and microphone */

function constraintsOf(kind) {
	if (kind === 'audio')
		return params.get('raw') === '1' ? {echoCancellation: false, noiseSuppression: false, autoGainControl: false} : true;
	const size = {width: {ideal: 1280}, height: {ideal: 720}, frameRate: {ideal: 30}};
	for (const side of ['width', 'height'])
		if (Number(params.get(side)) > 0) size[side] = {exact: Number(params.get(side))};
	return size;
}

function whyNot(kinds, error) {
	const what = kinds.map((kind) => kind === 'video' ? 'camera' : 'microphone').join(' and ');
	switch (error.name) {
	case 'NotAllowedError': return `The ${what} may not be used: the browser or you refused it.`;
	case 'NotFoundError': return `No ${what} was found.`;
	case 'NotReadableError': return `The ${what} could not be opened; another program may be using it.`;
	case 'OverconstrainedError': return `The ${what} does not offer what was asked of it.`;
	default: return `The ${what} could not be opened (${error.name}).`;
	}
}

async function openDevices(kinds) {
	const stream = await navigator.mediaDevices.getUserMedia(
		Object.fromEntries(kinds.map((kind) => [kind, constraintsOf(kind)])));
	return stream.getTracks();
}

/* Opens what there is; together first, so that the browser asks once. What failed is told, and no reason not to join. */
async function capture(kinds) {
	if (!kinds.length) return {tracks: [], notes: []};
	if (!navigator.mediaDevices)
		return {tracks: [], notes: ['Camera and microphone work only on https addresses and on localhost.']};
	try {
		return {tracks: await openDevices(kinds), notes: []};
	} catch (error) {
		if (kinds.length === 1 || error.name === 'NotAllowedError') return {tracks: [], notes: [whyNot(kinds, error)]};
	}
	const tracks = [], notes = [];
	for (const kind of kinds) {
		try {
			tracks.push(...await openDevices([kind]));
		} catch (error) {
			notes.push(whyNot([kind], error));
		}
	}
	return {tracks, notes};
}

/* ---- the connection */

function preferCodec(transceiver, name) {
	const codecs = RTCRtpReceiver.getCapabilities('video').codecs.filter(
		(codec) => [`video/${name}`, 'video/rtx'].includes(codec.mimeType.toLowerCase()));
	transceiver.setCodecPreferences(codecs);
}

function addMedia(pc, tracks) {
	for (const kind of ['audio', 'video']) {
		const track = tracks.find((t) => t.kind === kind);
		const transceiver = pc.addTransceiver(track || kind, {direction: track ? 'sendrecv' : 'recvonly'});
		const codec = (params.get('codec') || '').toLowerCase();
		if (kind === 'video' && codec) preferCodec(transceiver, codec);
		call.tracks[kind] = track || null;
		call.senders[kind] = transceiver.sender;
	}
	call.sendsVideo = Boolean(call.tracks.video);
}

function gathered(pc) {
	return new Promise((resolve) => {
		const done = () => { if (pc.iceGatheringState === 'complete') resolve(); };
		pc.addEventListener('icegatheringstatechange', done);
		setTimeout(resolve, GATHERING_MS);
		done();
	});
}

async function whyRefused(response) {
	try {
		const problem = await response.json();
		return problem.detail || problem.title;
	} catch {
		return `The server answered ${response.status}.`;
	}
}

async function exchange(pc, room, name) {
	const query = new URLSearchParams();
	if (name) query.set('name', name);
	for (const key of ['max_height', 'max_fps', 'max_kbps'])
		if (params.has(key)) query.set(key, params.get(key));
	let response;
	try {
		response = await fetch(`${watching ? 'whep' : 'join'}/${encodeURIComponent(room)}?${query}`, {
			method: 'POST', headers: {'Content-Type': 'application/sdp'}, body: pc.localDescription.sdp});
	} catch {
		throw new Error('The server cannot be reached.');
	}
	if (response.status !== 201) throw new Error(`You could not join: ${await whyRefused(response)}`);
	const session = new URL(response.headers.get('Location'), response.url).href;
	const answer = await response.text();
	if (pc !== call.pc) { /* left meanwhile */
		remove(session);
		return;
	}
	call.session = session;
	await pc.setRemoteDescription({type: 'answer', sdp: answer});
}

function onTrack(event) {
	call.stream.addTrack(event.track);
	if ($('mix').srcObject === call.stream) return;
	$('mix').srcObject = call.stream;
	$('mix').play().catch((error) => {
		if (error.name !== 'NotAllowedError') return;
		$('mix').muted = true; /* a page that nobody touched may not make sound */
		$('sound').hidden = false;
		$('mix').play().catch(() => {});
	});
}

function onConnection() {
	const state = call.pc && call.pc.connectionState;
	if (state === 'connected' && $('call-status').textContent === INTERRUPTED) say('');
	if (state === 'disconnected') say(INTERRUPTED);
	if (state === 'failed') end('The connection to the server was lost.');
}

function makeConnection(tracks) {
	const pc = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
	call.pc = pc;
	call.stream = new MediaStream();
	pc.addEventListener('track', onTrack);
	pc.addEventListener('connectionstatechange', onConnection);
	addMedia(pc, tracks);
	return pc;
}

function onTransport(event) {
	if (event.target.state !== 'closed' || call.state !== 'joined') return;
	call.session = null; /* gone with it */
	end('The server ended the call.');
}

/* ---- joining and leaving */

async function join(room, name) {
	if (call.state === 'joining' || call.state === 'joined') return;
	call.state = 'joining';
	call.error = null;
	show(false);
	say(watching ? 'Joining ...' : 'Opening camera and microphone ...');
	const kinds = ['audio', 'video'].filter((kind) => !watching && $(`use-${kind}`).checked);
	const {tracks, notes} = await capture(kinds);
	if (call.state !== 'joining') { /* left meanwhile */
		for (const track of tracks) track.stop();
		return;
	}
	try {
		const pc = makeConnection(tracks);
		await pc.setLocalDescription();
		await gathered(pc);
		if (pc === call.pc) await exchange(pc, room, name);
		if (pc !== call.pc) return;
		/* the server says goodbye by closing DTLS */
		call.senders.audio.transport?.addEventListener('statechange', onTransport);
	} catch (error) {
		end(error.message);
		return;
	}
	call.state = 'joined';
	history.replaceState(null, '', addressOf(room));
	$('where').textContent = room;
	document.title = `${room} - tessera`;
	updateButtons();
	show(true);
	say(notes.join(' '), notes.length > 0);
}

function addressOf(room) {
	const next = new URLSearchParams(params);
	next.set('room', room);
	return `?${next}`;
}

/* keepalive: also while the page goes away. */
function remove(session) {
	fetch(session, {method: 'DELETE', keepalive: true}).catch(() => {});
}

function end(message = '') {
	if (call.session) remove(call.session);
	if (call.pc) call.pc.close();
	for (const track of Object.values(call.tracks)) if (track) track.stop();
	Object.assign(call, {pc: null, session: null, stream: null, tracks: {}, senders: {}, state: 'ended'});
	$('mix').srcObject = null;
	$('mix').muted = false;
	$('sound').hidden = true;
	document.title = 'tessera';
	show(false);
	say(message, Boolean(message));
}

/* ---- the buttons of the call */

function setToggle(button, on, textOn, textOff) {
	button.setAttribute('aria-pressed', String(on));
	button.textContent = on ? textOn : textOff;
}

function updateButtons() {
	const {audio, video} = call.tracks;
	$('mic').hidden = !audio;
	$('camera').hidden = !call.sendsVideo;
	setToggle($('mic'), Boolean(audio) && !audio.enabled, 'Unmute microphone', 'Mute microphone');
	setToggle($('camera'), !video, 'Turn camera on', 'Turn camera off');
}

function toggleMicrophone() {
	call.tracks.audio.enabled = !call.tracks.audio.enabled;
	updateButtons();
}

/* Off means nothing is sent and the camera's light goes out; the server needs no word about it. */
async function toggleCamera() {
	$('camera').disabled = true;
	try {
		const off = call.tracks.video;
		if (off) off.stop();
		const pc = call.pc, [track = null] = off ? [] : await openDevices(['video']);
		if (pc !== call.pc) {
			track?.stop();
			return;
		}
		call.tracks.video = track;
		await call.senders.video.replaceTrack(track);
		say('');
	} catch (error) {
		say(whyNot(['video'], error), true);
	} finally {
		$('camera').disabled = false;
		if (call.pc) updateButtons();
	}
}

/* ---- start */

/* The server takes 128 bytes of UTF-8. */
function shortName(text) {
	const letters = [...text.trim()];
	while (new TextEncoder().encode(letters.join('')).length > 128) letters.pop();
	return letters.join('');
}

function remembered(value) {
	try { /* storage may be switched off */
		if (value !== undefined) localStorage.setItem('tessera-name', value);
		return localStorage.getItem('tessera-name') || '';
	} catch {
		return '';
	}
}

function submit() {
	const name = shortName($('name').value);
	remembered(name);
	return join($('room').value.trim(), name);
}

$('room').value = params.get('room') || 'lobby';
$('name').value = params.get('name') ?? remembered();
$('use-video').checked = params.get('video') !== '0';
$('use-audio').checked = params.get('audio') !== '0';
document.querySelector('.sending').hidden = watching;
if (watching) $('join').textContent = 'Watch';

$('form').addEventListener('submit', (event) => {
	event.preventDefault();
	submit();
});
$('mic').addEventListener('click', toggleMicrophone);
$('camera').addEventListener('click', toggleCamera);
$('leave').addEventListener('click', () => end());
$('sound').addEventListener('click', () => {
	$('mix').muted = false;
	$('sound').hidden = true;
});
addEventListener('pagehide', () => end());
call.join = submit;
call.leave = () => end();
if (params.get('autojoin') === '1') submit();
