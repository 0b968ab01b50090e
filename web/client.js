/* client - what a page needs of a tessera server: to join a room, to watch one and, with the API token, to control it. One file without
 * imports, for the pages of the server and for those of others: docs/CLIENT.md.
 *
 *   import {control, join, watch} from 'https://mcu.example.org/client.js';
 *
 *   const call = await join('standup', {name: 'Ann', stream: await navigator.mediaDevices.getUserMedia({audio: true, video: true})});
 *   video.srcObject = call.stream;                 the mix
 *   await call.leave();
 *
 *   const view = await watch('standup', {audio: false, max_height: 180});
 *
 *   const api = control({token});
 *   await api.call('patch', '/v1/rooms/{room}', {path: {room: 'standup'}, json: {locked: true}});
 *   const events = api.events({room: 'standup'});
 *   events.addEventListener('participant.joined', ({detail}) => console.log(detail.participant.name));
 *
 * Whatever the server refuses is thrown as a Refusal, whose message is for people.
 *
 * Source  RFC 9725 (WHIP; WHEP alike), RFC 8840 9 (fragments), RFC 9457 (problems), WHATWG HTML 9.2 (server-sent events).
 */

/* Where the server is, whichever address this module was loaded from. */
const HOME = new URL(import.meta.url.replace(/(web\/)?client\.js([?#].*)?$/, ''));
const ANSWER_MS = 15000;

/* Why the server, or the way to it, said no. status 0: it could not be reached. */
export class Refusal extends Error {
	/** @param {number} status @param {string} message */
	constructor(status, message, {type = '', retryAfter = 0, pointer = ''} = {}) {
		super(message);
		this.status = status;
		this.type = type;             /* a word of docs/API.md, Problems; '' where the status says it all */
		this.retryAfter = retryAfter; /* seconds; 0: not told */
		this.pointer = pointer;       /* of the field that is wrong, RFC 6901 */
	}

	/* It may be different in a moment. */
	get passing() { return this.status === 0 || this.status === 429 || this.status >= 500; }
}

/** One request; throws a Refusal unless the server agrees.
 * @param {string | URL} url
 * @param {{method?: string, type?: string, body?: string, headers?: Record<string, string>, token?: string, signal?: AbortSignal}} options */
export async function ask(url, {method = 'GET', type, body, headers = {}, token = '', signal} = {}) {
	const limit = AbortSignal.timeout(ANSWER_MS);
	const all = new Headers(headers);
	if (type) all.set('Content-Type', type);
	if (token) all.set('Authorization', `Bearer ${token}`);
	let response;
	try {
		response = await fetch(url, {method, body, headers: all, signal: signal ?? limit});
	} catch (error) {
		if (signal?.aborted) throw error;
		throw new Refusal(0, 'The server cannot be reached.');
	}
	if (response.ok) return response;
	const problem = await response.json().catch(() => ({}));
	throw new Refusal(response.status, problem.detail || problem.title || `The server answered ${response.status}.`, {
		type: String(problem.type ?? '').replace('urn:tessera:problem:', ''),
		retryAfter: Number(response.headers.get('Retry-After')) || 0,
		pointer: String(problem.pointer ?? ''),
	});
}

/** ask, with a body of JSON.
 * @param {string | URL} url
 * @param {{json?: unknown, method?: string, headers?: Record<string, string>, token?: string, signal?: AbortSignal}} options */
export function askJson(url, {json, ...options} = {}) {
	const type = options.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
	return ask(url, json === undefined ? options : {...options, type, body: JSON.stringify(json)});
}

/* ---- a session */

/* Link: <stun:host>; rel="ice-server"; username="u"; credential="c" */
function iceServers(header) {
	const servers = [];
	for (const [, urls, rest] of (header ?? '').matchAll(/<([^>]*)>((?:\s*;\s*[\w-]+\s*=\s*(?:"(?:\\.|[^"])*"|[^;,\s]*))*)/g)) {
		const value = (name) => new RegExp(`;\\s*${name}\\s*=\\s*"?((?:\\\\.|[^";,])*)`, 'i').exec(rest)?.[1].replace(/\\(.)/g, '$1');
		if (value('rel') !== 'ice-server') continue;
		servers.push({urls, ...(value('username') && {username: value('username'), credential: value('credential') ?? ''})});
	}
	return servers;
}

/* The servers that help through NAT, as this server hands them out to those who joined; none when it does not. */
export async function findIceServers(session) {
	try {
		return iceServers((await ask(session)).headers.get('Link'));
	} catch {
		return [];
	}
}

/** place: "join/ROOM?name=..."; old: the address of the session in whose place one comes, or ''.
 * @param {string | URL} place @param {string} offer @param {string} [token] @param {string} [old] */
export async function openSession(place, offer, token, old) {
	/** @type {Record<string, string>} */
	const headers = old ? {'Tessera-Session': old.split('/').pop()} : {};
	const response = await ask(place, {method: 'POST', type: 'application/sdp', body: offer, token, headers});
	return {
		url: new URL(response.headers.get('Location'), response.url).href,
		etag: response.headers.get('ETag'),
		servers: iceServers(response.headers.get('Link')),
		answer: await response.text(),
	};
}

/* keepalive: also while the page goes away. */
export function closeSession(url) {
	fetch(url, {method: 'DELETE', keepalive: true}).catch(() => {});
}

/* ---- ICE after the offer */

const lines = (sdp, name) => sdp.split(/\r?\n/).filter((line) => line.startsWith(`a=${name}:`));

/* Our side, from a description and the candidates found: what RFC 9725 4.3 sends. */
export function fragmentOf(sdp, candidates) {
	const section = /m=(\w+) [^]*?a=mid:(\S+)/.exec(sdp);
	return [
		lines(sdp, 'ice-ufrag')[0], lines(sdp, 'ice-pwd')[0], `m=${section[1]} 9 UDP/TLS/RTP/SAVPF 0`, `a=mid:${section[2]}`,
		...candidates.map((c) => `a=${c}`), '',
	].join('\r\n');
}

/* The answer that was, with the new credentials and candidates of the server. */
export function restartedAnswer(answer, fragment) {
	const found = ['candidate', 'end-of-candidates'].flatMap((name) =>
		fragment.split(/\r?\n/).filter((line) => line.startsWith(`a=${name}`)));
	const [ufrag] = lines(fragment, 'ice-ufrag'), [pwd] = lines(fragment, 'ice-pwd');
	const kept = answer.split(/\r?\n/).filter((line) => line && !/^a=(candidate:|end-of-candidates)/.test(line));
	return kept.map((line) => {
		if (line.startsWith('a=ice-ufrag:')) return [ufrag, pwd, ...found].join('\r\n');
		return line.startsWith('a=ice-pwd:') ? null : line;
	}).filter((line) => line !== null).join('\r\n') + '\r\n';
}

export async function patchIce(session, fragment) {
	const response = await ask(session.url, {
		method: 'PATCH', type: 'application/trickle-ice-sdpfrag', body: fragment, headers: {'If-Match': session.etag ?? '*'}});
	session.etag = response.headers.get('ETag') ?? session.etag;
	return response.status === 200 ? response.text() : null;
}

/* Sends candidates as they are found, some at a time. isWanted: false while none are to be sent. A server that takes none has enough
 * with what it sees. */
export function trickle(pc, session, isWanted = () => true) {
	const waiting = [];
	let timer = 0;
	const send = () => {
		timer = 0;
		if (!waiting.length || !isWanted()) return;
		patchIce(session, fragmentOf(pc.localDescription.sdp, waiting.splice(0))).catch(() => {});
	};
	pc.addEventListener('icecandidate', ({candidate}) => {
		if (!candidate?.candidate || !isWanted()) return;
		waiting.push(candidate.candidate);
		timer ||= setTimeout(send, 50);
	});
}

export function useServers(pc, iceServers) {
	if (iceServers.length) pc.setConfiguration({...pc.getConfiguration(), iceServers});
}

/* ---- to be in a room */

/**
 * A place in a room: the connection, and what one may do under its address.
 *
 *   connecting -> connected <-> interrupted -> failed | ended (the server ended it) | left
 *
 * Events: 'state'; 'track' (one more is in `stream`). It does not mend itself: who is told 'failed' joins again.
 */
export class Seat extends EventTarget {
	/** @param {RTCPeerConnection} pc */
	constructor(pc) {
		super();
		this.pc = pc;
		this.state = 'connecting';
		this.stream = new MediaStream(); /* what is received */
		this.url = ''; /* of the session; whoever knows it may do what one may do oneself */
		pc.addEventListener('track', ({track}) => {
			this.stream.addTrack(track);
			this.dispatchEvent(new Event('track'));
		});
		pc.addEventListener('connectionstatechange', () => this.#look());
	}

	#set(state) {
		if (['left', 'ended', 'failed', state].includes(this.state)) return;
		this.state = state;
		this.dispatchEvent(new Event('state'));
	}

	#look() {
		const told = {connected: 'connected', disconnected: 'interrupted', failed: 'failed'}[this.pc.connectionState];
		if (told) this.#set(told);
	}

	/* The server says goodbye by closing DTLS. */
	watchEnd() {
		for (const {receiver} of this.pc.getTransceivers())
			receiver.transport?.addEventListener('statechange', (event) => {
				if (/** @type {RTCDtlsTransport} */ (event.target).state === 'closed') this.#set('ended');
			});
	}

	/** What the server tells of oneself: Own of docs/API.md. */
	async own() { return (await ask(this.url)).json(); }

	/** Renames or mutes oneself: fields of Own. @param {object} json */
	async change(json) { return (await askJson(this.url, {method: 'PATCH', json})).json(); }

	/** What happens in the room: an EventSource, which its caller closes. */
	events() { return new EventSource(`${this.url}/events`); }

	leave() {
		if (this.url) closeSession(this.url);
		this.url = '';
		this.pc.close();
		this.#set('left');
	}
}

/** @typedef {{server?: string | URL, name?: string, pin?: string, audio?: boolean, video?: boolean, max_height?: number, max_fps?: number,
 *   max_kbps?: number, signal?: AbortSignal}} WatchOptions
 * @typedef {WatchOptions & {stream?: MediaStream | null, identity?: string}} JoinOptions */

const ASKED = ['name', 'identity', 'max_height', 'max_fps', 'max_kbps'];

/** Says that two channels of sound are taken: a browser does not by itself, and rooms of music or placed voices send one then (RFC 7587 6.1).
 * @param {RTCSessionDescriptionInit} offer */
export const withStereo = ({type, sdp = ''}) => ({type, sdp: sdp.replace(/^(a=fmtp:\d+ minptime=10;useinbandfec=1)\s*$/gm, '$1;stereo=1\r')});

/** @param {string} kind @param {string} room @param {JoinOptions} options */
async function sit(kind, room, options) {
	const {server = HOME, stream = null, pin = '', signal} = options;
	const pc = new RTCPeerConnection({bundlePolicy: 'max-bundle'}), seat = new Seat(pc);
	const query = new URLSearchParams();
	for (const key of ASKED) if (options[key] !== undefined && options[key] !== '') query.set(key, String(options[key]));
	try {
		for (const kind_ of ['audio', 'video']) {
			if (options[kind_] === false) continue;
			const track = stream?.getTracks().find((t) => t.kind === kind_);
			pc.addTransceiver(track ?? kind_, {direction: kind === 'whep' ? 'recvonly' : 'sendrecv'});
		}
		const offer = withStereo(await pc.createOffer());
		const opened = await openSession(new URL(`${kind}/${encodeURIComponent(room)}?${query}`, server), offer.sdp, pin);
		seat.url = opened.url;
		signal?.throwIfAborted();
		useServers(pc, opened.servers); /* they are for who was let in; candidates are looked for after that: RFC 9725 4.6 */
		trickle(pc, opened, () => seat.url !== '');
		await pc.setLocalDescription(offer);
		await pc.setRemoteDescription({type: 'answer', sdp: opened.answer});
		seat.watchEnd();
		signal?.throwIfAborted();
		return seat;
	} catch (error) {
		seat.leave();
		throw error;
	}
}

/** Sends what is in `stream` (camera, microphone; none: receives only) and receives the mix. Resolves when the server let one in; the
 * media follow ('state'). Throws a Refusal when it did not. A page that goes away calls leave().
 * @param {string} room @param {JoinOptions} options */
export const join = (room, options = {}) => sit('join', room, options);

/** Receives the mix alone, among the watchers of a room.
 * @param {string} room @param {WatchOptions} options */
export const watch = (room, options = {}) => sit('whep', room, options);

/* ---- to control the server */

/* A line of a stream of events is no longer than a snapshot of all rooms. */
const LINE_MAX = 64 * 1024 * 1024, SILENT_MS = 45000, PAUSE_MAX_MS = 15000;

/**
 * What happens on the server, as events of the names of docs/API.md with `detail`: the data. EventSource cannot send a token; this can.
 * Comes back by itself, with Last-Event-ID. Also: 'open'; 'event' (detail: {type, id, data}) for each; 'lost' (detail: a Refusal) when the
 * stream broke off, or could not be opened; where the server refuses for good it is not tried again (`closed`).
 */
export class Events extends EventTarget {
	/** @param {string | URL} url @param {string} token */
	constructor(url, token) {
		super();
		this.url = url;
		this.token = token;
		this.lastId = '';
		this.closed = false;
		this.stop = new AbortController();
		this.#run();
	}

	close() {
		this.closed = true;
		this.stop.abort();
	}

	#tell(type, detail = null) { this.dispatchEvent(new CustomEvent(type, {detail})); }

	async #run() {
		for (let tries = 0; !this.closed; tries++) {
			try {
				await this.#read(() => { tries = 0; });
				throw new Refusal(0, 'The server ended the stream of events.');
			} catch (error) {
				if (this.closed) return;
				const refusal = error instanceof Refusal ? error : new Refusal(0, 'The server cannot be reached.');
				if (!refusal.passing) this.closed = true;
				this.#tell('lost', refusal);
				if (this.closed) return;
				await new Promise((resolve) => setTimeout(resolve, Math.max(1000 * refusal.retryAfter, Math.min(PAUSE_MAX_MS, 500 * 2 ** tries))));
			}
		}
	}

	/* The server says something at least every 15 s, be it only that it lives. */
	async #read(onOpen) {
		const silence = new AbortController();
		let timer = setTimeout(() => silence.abort(), SILENT_MS);
		/** @type {Record<string, string>} */
		const headers = this.lastId ? {'Last-Event-ID': this.lastId} : {};
		try {
			const response = await ask(this.url, {token: this.token, headers, signal: AbortSignal.any([this.stop.signal, silence.signal])});
			const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
			onOpen();
			this.#tell('open');
			for (let text = '', fresh; ; ) {
				const {value, done} = await reader.read();
				if (done) return;
				clearTimeout(timer);
				timer = setTimeout(() => silence.abort(), SILENT_MS);
				text += value;
				if (text.length > LINE_MAX) throw new Refusal(0, 'The server sent an event without an end.');
				[fresh, text] = cut(text);
				for (const block of fresh) this.#take(block);
			}
		} finally {
			clearTimeout(timer);
		}
	}

	#take(block) {
		const event = {type: 'message', id: '', data: null};
		const data = [];
		for (const line of block.split('\n')) {
			const [, field, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
			if (field === 'event') event.type = value;
			if (field === 'id') event.id = this.lastId = value;
			if (field === 'data') data.push(value);
		}
		if (!data.length) return;
		try {
			event.data = JSON.parse(data.join('\n'));
		} catch {
			return; /* of a later version */
		}
		this.#tell(event.type, event.data);
		this.#tell('event', event);
	}
}

/* What is whole, and what is not yet. */
function cut(text) {
	const end = text.lastIndexOf('\n\n');
	return end < 0 ? [[], text] : [text.slice(0, end).split('\n\n'), text.slice(end + 2)];
}

/** The REST API, with its token; none where the server asks for none. */
export function control({server = HOME, token = ''} = {}) {
	/* Paths are those of /v1/openapi.json: '/v1/rooms/{room}'; they are looked up under the server's address, which may have a path. */
	const address = (path, names = {}, query = {}) => {
		const filled = path.replace(/^\//, '').replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(names[name]));
		const asked = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
		return new URL(`${filled}${asked.size ? `?${asked}` : ''}`, server);
	};
	const request = (method, path, {path: names, query, json, headers, signal} = /** @type {any} */ ({})) =>
		askJson(address(path, names, query), {method: method.toUpperCase(), json, headers, signal, token});
	/** Resolves to the JSON of the answer, null where there is none.
	 * @type {import('tessera-api').Call} */
	const call = async (method, path, options) => {
		const response = await request(method, path, options);
		return response.status === 204 ? null : response.json();
	};
	return {
		call,
		/** The same, for what is no JSON, and for headers (ETag): resolves to the Response. @type {import('tessera-api').Request} */
		request,
		/** @param {{room?: string}} options */
		events: ({room} = {}) => new Events(address('/v1/events', {}, room ? {room} : {}), token),
	};
}
