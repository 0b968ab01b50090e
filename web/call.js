/* call - one's place in a room: the connection, and what mends it.
 *
 *   idle -> joining -> joined <-> mending -> ended
 *
 * Three m-lines, offered once: microphone and camera with the mix on the way back, and the presentation. Whether one sends is
 * whether packets flow, so nothing is ever negotiated again. Mending is an ICE restart first, then joining anew under the same
 * identity, which takes the old place over.
 */
import {
	askJson, closeSession, findIceServers, fragmentOf, openSession, patchIce, Refusal, restartedAnswer, trickle, useServers,
	withStereo,
} from './client.js';
import {remembered} from './dom.js';
import {own} from './own.js';

const GATHERING_MS = 500;
const PATIENCE_MS = 1500;    /* an interruption shorter than this mends itself */
const RESTART_MS = 6000;     /* to be connected again after an ICE restart */
const GIVE_UP_MS = 120000;
const FULL_SIZE_MS = 5000;   /* of the camera, before it may shrink */
const SIMULCAST_LINES = 720;
const PASSED_ON = ['max_height', 'max_fps', 'max_kbps', 'view'];

/* Also window.tessera, for tests. error: the last one, in words. Events: 'state', 'stream', 'status', 'moved' (to the room of now). */
export const call = /** @type {any} */ (Object.assign(new EventTarget(), {
	state: 'idle', error: null, status: '', pc: null, session: null, stream: null, senders: {}, screen: null,
	room: '', name: '', pin: '', identity: '', old: '', farewell: '', params: new URLSearchParams(location.search),
	join, leave: () => end(), share, unshare, say,
}));

const emit = (type) => call.dispatchEvent(new Event(type));
const watching = () => call.params.get('watch') === '1';
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
let session = null; /* {url, etag, answer} */
let wakeUp = () => {}; /* ends a pause between two attempts */

function setState(state, status = '') {
	call.state = state;
	call.status = status;
	emit('state');
}

function say(text) {
	call.status = text;
	emit('status');
}

/* ---- identity: who joins again from the same browser after a crash gets their own place back */

const identity = {
	key: '', release: () => {},

	/* A tab that lives holds the lock, so a second one becomes somebody else. */
	async claim(room) {
		this.release();
		const name = `tessera-${room}`;
		const mine = await new Promise((resolve) => {
			if (!navigator.locks) resolve(true);
			else navigator.locks.request(name, {ifAvailable: true}, (lock) => {
				resolve(Boolean(lock));
				return lock && new Promise((release) => { this.release = () => release(undefined); });
			}).catch(() => resolve(false));
		});
		this.key = mine ? `session-${room}` : '';
		const [id, old] = mine ? remembered(this.key).split(' ') : [];
		Object.assign(call, {identity: id || newId(), old: old ?? ''});
	},

	keep() { if (this.key) remembered(this.key, `${call.identity} ${call.session}`); },
	forget() {
		if (this.key) remembered(this.key, null);
		this.release();
		this.release = () => {};
	},
};

/* ---- the connection */

function preferCodec(transceiver, name) {
	transceiver.setCodecPreferences(RTCRtpReceiver.getCapabilities('video').codecs.filter(
		(codec) => [`video/${name}`, 'video/rtx'].includes(codec.mimeType.toLowerCase())));
}

/* Chromium begins small, since it does not know yet what the way carries, and takes 10 s and more to find that it may grow. So
 * size comes first at the start, when rates rise anyway, and may be given up later, when the way is known. Others ignore it. */
async function beginAtFullSize(pc, sender) {
	const prefer = (degradationPreference) => sender.setParameters({...sender.getParameters(), degradationPreference}).catch(() => {});
	await prefer('maintain-resolution');
	pc.addEventListener('connectionstatechange', async () => {
		if (pc.connectionState !== 'connected') return;
		await sleep(FULL_SIZE_MS);
		if (pc === call.pc) prefer('balanced');
	});
}

/* ?simulcast=1: a camera of 720 lines and more is sent in three sizes at once, of which the server decodes the one that its tile needs and
 * tells what it leaves. Else one is sent, in the size of the tile (fit.js), which costs less. */
function encodingsOf(kind) {
	const track = own.tracks.video, wanted = kind === 'video' && !watching() && call.params.get('simulcast') === '1';
	if (!wanted || (track && !(track.getSettings().height >= SIMULCAST_LINES))) return {};
	return {sendEncodings: [['q', 4], ['h', 2], ['f', 1]].map(([rid, scaleResolutionDownBy]) => ({rid, scaleResolutionDownBy}))};
}

function addLines(pc) {
	const direction = watching() ? 'recvonly' : 'sendrecv', codec = (call.params.get('codec') ?? '').toLowerCase();
	call.senders = {};
	for (const kind of ['audio', 'video']) {
		const line = pc.addTransceiver(own.tracks[kind] ?? kind, {direction, ...encodingsOf(kind)});
		if (kind === 'video' && codec) preferCodec(line, codec);
		call.senders[kind] = line.sender;
		if (kind === 'video' && !watching()) beginAtFullSize(pc, line.sender);
	}
	if (watching()) return;
	call.slides = pc.addTransceiver(call.screen ?? 'video', {direction: 'sendonly'});
	if (codec) preferCodec(call.slides, codec);
}

function makeConnection() {
	const pc = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
	const stream = new MediaStream();
	call.pc?.close();
	call.pc = pc;
	call.slides = null;
	call.stream = stream;
	pc.addEventListener('track', ({track}) => {
		stream.addTrack(track);
		if (pc === call.pc) emit('stream');
	});
	pc.addEventListener('connectionstatechange', () => onConnection(pc));
	addLines(pc);
	return pc;
}

function gathered(pc) {
	return new Promise((resolve) => {
		const done = () => { if (pc.iceGatheringState === 'complete') resolve(); };
		pc.addEventListener('icegatheringstatechange', done);
		setTimeout(resolve, GATHERING_MS);
		done();
	});
}

/* Of the presentation's line, the last one: the browser tells its name only after setLocalDescription. */
const slidesMid = (offer) => [...offer.matchAll(/^a=mid:(\S+)/gm)].at(-1)?.[1];

function place(offer) {
	const query = new URLSearchParams();
	if (call.name) query.set('name', call.name);
	for (const key of PASSED_ON) if (call.params.has(key)) query.set(key, call.params.get(key));
	query.set('window', `${Math.max(1, innerWidth)}x${Math.max(1, innerHeight)}`);
	if (!watching()) query.set('identity', call.identity);
	if (call.slides) query.set('slides', slidesMid(offer));
	return `${watching() ? 'whep' : 'join'}/${encodeURIComponent(call.room)}?${query}`;
}

/* Throws a Refusal. Returns false when one left meanwhile. */
async function connect() {
	const pc = makeConnection();
	const offer = withStereo(await pc.createOffer());
	if (pc !== call.pc) return false;
	const opened = await openSession(place(offer.sdp), offer.sdp, call.pin, call.old);
	if (pc !== call.pc) {
		closeSession(opened.url);
		return false;
	}
	if (call.old) closeSession(call.old); /* should its ghost still be there */
	session = opened;
	call.farewell = ''; /* of the place that was left */
	call.session = call.old = opened.url;
	identity.keep();
	useServers(pc, opened.servers); /* they are for who was let in; candidates are looked for after that, and trickled: RFC 9725 4.6 */
	trickle(pc, session, () => pc === call.pc && !pc.restarting);
	await pc.setLocalDescription(offer);
	if (pc !== call.pc) return false;
	await pc.setRemoteDescription({type: 'answer', sdp: opened.answer});
	for (const {sender} of pc.getTransceivers()) sender.transport?.addEventListener('statechange', (event) => onTransport(pc, event));
	await sendOwn();
	told = false;
	tellMute();
	return true;
}

/* What is open is what is sent. */
async function sendOwn() {
	for (const kind of ['audio', 'video']) {
		const sender = call.senders[kind];
		if (sender && !watching() && sender.track !== own.tracks[kind]) await sender.replaceTrack(own.tracks[kind]).catch(() => {});
	}
}
own.addEventListener('change', sendOwn);

/* Others see who is muted; that nothing is sent does not depend on it. A server may refuse it: it takes none, or muted us itself. */
let told = false;
function tellMute() {
	if (!call.session || watching() || told === !own.on.audio) return;
	told = !own.on.audio;
	askJson(call.session, {method: 'PATCH', json: {muted: told}}).catch(() => {});
}
own.addEventListener('change', tellMute);

/* ---- mending */

/* The server says goodbye by closing DTLS; an event may say why, a moment earlier or later. */
async function onTransport(pc, {target}) {
	if (target.state !== 'closed' || pc !== call.pc || call.state !== 'joined') return;
	for (let waited = 0; waited < 1500 && !call.farewell; waited += 100) await sleep(100);
	if (pc !== call.pc || call.state !== 'joined') return;
	call.session = null;
	end(call.farewell || 'The server ended the call.');
}

async function onConnection(pc) {
	if (pc !== call.pc || call.state !== 'joined') return;
	if (pc.connectionState === 'connected') say('');
	if (pc.connectionState === 'disconnected') await sleep(PATIENCE_MS);
	const broken = ['disconnected', 'failed'].includes(pc.connectionState);
	if (broken && pc === call.pc && call.state === 'joined') mend(pc);
}

function connected(pc, limitMs) {
	return new Promise((resolve) => {
		const look = () => {
			if (pc.connectionState === 'connected') resolve(true);
			if (pc.connectionState === 'failed' || pc.connectionState === 'closed') resolve(false);
		};
		pc.addEventListener('connectionstatechange', look);
		setTimeout(() => resolve(pc.connectionState === 'connected'), limitMs);
		look();
	});
}

async function restartIce(pc) {
	try {
		pc.restarting = true;
		useServers(pc, await findIceServers(session.url)); /* the account of the join may have ended */
		await pc.setLocalDescription(await pc.createOffer({iceRestart: true}));
		await gathered(pc);
		const sdp = pc.localDescription.sdp;
		const found = [...new Set([...sdp.matchAll(/^a=(candidate:.*)$/gm)].map(([, c]) => c.trim()))];
		const fragment = await patchIce(session, fragmentOf(sdp, found));
		if (!fragment || pc !== call.pc) return false;
		await pc.setRemoteDescription({type: 'answer', sdp: restartedAnswer(session.answer, fragment)});
		return await connected(pc, RESTART_MS);
	} catch (error) {
		if (error instanceof Refusal && error.passing) throw error;
		return false; /* the session is gone, or cannot be restarted */
	} finally {
		pc.restarting = false;
	}
}

/* Waits longer each time; a click, or the network's return, ends the pause. */
async function pause(attempt, error) {
	const seconds = Math.max(error.retryAfter ?? 0, Math.min(15, 2 ** attempt));
	const woken = new Promise((resolve) => { wakeUp = () => resolve(undefined); });
	addEventListener('online', wakeUp, {once: true});
	say(`${error.message} Trying again in ${seconds} s.`);
	await Promise.race([sleep(1000 * seconds), woken]);
	removeEventListener('online', wakeUp);
	if (call.state === 'mending') say('Connecting again ...');
}

async function mend(pc) {
	const since = Date.now();
	setState('mending', 'The connection is interrupted. Connecting again ...');
	for (let attempt = 0, restart = true; call.state === 'mending'; attempt++) {
		try {
			const mended = (restart && await restartIce(pc)) || (call.state === 'mending' && await connect() && await connected(call.pc, RESTART_MS));
			if (call.state !== 'mending') return;
			if (mended) {
				setState('joined');
				return;
			}
			restart = false;
			await pause(attempt, new Refusal(0, 'The connection is interrupted.'));
		} catch (error) {
			/* one's own ghost may still hold the place for some seconds */
			if (error.type === 'room-full' && call.old) closeSession(call.old);
			const hopeless = error instanceof Refusal && !error.passing && error.type !== 'room-full';
			if (hopeless || Date.now() - since > GIVE_UP_MS) {
				end(`The connection was lost. ${error.message}`);
				return;
			}
			await pause(attempt, error);
		}
	}
}
call.tryNow = () => wakeUp();
call.mend = () => mend(call.pc);

/* ---- joining and leaving */

/* Resolves when joined; throws a Refusal when not. */
async function join({room, name, pin}) {
	if (['joining', 'joined', 'mending'].includes(call.state)) return;
	Object.assign(call, {room, name, pin, error: null, farewell: ''});
	setState('joining');
	if (!watching()) await own.open();
	if (call.state !== 'joining') { /* left meanwhile */
		own.close();
		return;
	}
	try {
		await identity.claim(room);
		const joined = await connect().catch((error) => {
			if (error.type !== 'identity-taken') throw error;
			call.identity = newId(); /* of a browser that is copied, or that forgot the proof */
			return connect();
		});
		if (joined) setState('joined');
	} catch (error) {
		drop();
		call.error = error.message;
		setState('idle');
		throw error;
	}
}

function drop() {
	if (call.session) closeSession(call.session);
	identity.forget();
	call.pc?.close();
	unshare();
	Object.assign(call, {pc: null, session: null, stream: null, senders: {}, slides: null});
}

function end(message = '') {
	if (call.state === 'ended' || call.state === 'idle') return;
	drop();
	own.close();
	if (message) call.error = message;
	setState('ended', message);
	wakeUp();
}
addEventListener('pagehide', () => end());

/* ---- the presentation */

/* The server may have no use for one. */
Object.defineProperty(call, 'canShare', {get: () =>
	Boolean(navigator.mediaDevices?.getDisplayMedia) && call.slides?.currentDirection === 'sendonly'});

/* More than 1080p costs all who are in the room; ?share_height=1440 asks for it all the same. */
function sharedSize() {
	const height = Number(call.params.get('share_height')) || 1080;
	return {width: {max: Math.round(height * 16 / 9)}, height: {max: height}};
}

async function share() {
	const [track] = (await navigator.mediaDevices.getDisplayMedia({video: {...sharedSize(), frameRate: {ideal: 15, max: 30}}, audio: false})).getTracks();
	if (!call.slides) return track.stop();
	track.contentHint = 'detail'; /* letters stay sharp, at fewer pictures when it must be */
	track.addEventListener('ended', () => { if (call.screen === track) unshare(); }); /* by the browser's own button */
	call.screen?.stop();
	call.screen = track;
	await call.slides.sender.replaceTrack(track);
	emit('screen');
}

function unshare() {
	call.screen?.stop();
	if (call.screen) call.slides?.sender.replaceTrack(null).catch(() => {});
	call.screen = null;
	emit('screen');
}
