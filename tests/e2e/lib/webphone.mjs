// webphone - a browser that calls by SIP over WebSocket: a page of the server with JsSIP or SIP.js in it, and a person's camera and
// microphone.
//
//   const anna = await phone(server, {room: 'r', person: 'red', kind: 'jssip'});
//   await anna.call();  await anna.assertSees(['red', 'green']);  await anna.hold();  await anna.hangUp();

import assert from 'node:assert/strict';
import {buildSync} from 'esbuild';
import {join} from 'node:path';
import {open} from './browser.mjs';
import {folder} from './media.mjs';
import {eventually} from './wait.mjs';

const here = new URL('..', import.meta.url).pathname;
const bundles = new Map();

function bundle(kind) {
	const name = kind === 'jssip' ? 'JsSIP' : 'SIP';
	const built = bundles.get(kind) ?? buildSync({
		stdin: {contents: kind === 'jssip' ? 'module.exports = require("jssip")' : 'export * from "sip.js"', resolveDir: here},
		bundle: true, format: 'iife', globalName: name, platform: 'browser', write: false, outfile: join(folder, `${kind}.js`), logLevel: 'error',
	}).outputFiles[0].text;
	bundles.set(kind, built);
	return `${built}; window.${name} = ${name};`;
}

// What both libraries have in common, in the page.
const common = () => {
	document.body.replaceChildren();
	window.tessera = {stream: new MediaStream(), pc: null, state: 'idle', error: null};
	window.phone = {
		events: [],
		// a tone that is taken for noise would be taken out
		wanted: () => ({audio: {echoCancellation: false, noiseSuppression: false, autoGainControl: false}, video: window.phone.video}),
		watch(pc) {
			window.tessera.pc = pc;
			pc.addEventListener('track', () => window.phone.show());
		},
		// In an element of its own: one that had its tracks taken away stays paused for good when they come back.
		show() {
			const tracks = window.tessera.pc.getReceivers().map(({track}) => track);
			window.tessera.stream = new MediaStream(tracks);
			const mix = Object.assign(document.createElement('video'), {id: 'mix', autoplay: true, srcObject: window.tessera.stream});
			document.body.replaceChildren(mix);
		},
	};
};

const jssip = ({ws, uri, name, password, register}) => {
	const {phone} = window;
	phone.ua = new JsSIP.UA({
		sockets: [new JsSIP.WebSocketInterface(ws)], uri, display_name: name, password: password ?? undefined, register, session_timers: true, user_agent: 'JsSIP test',
	});
	phone.take = (session) => {
		phone.session = session;
		for (const event of ['accepted', 'confirmed', 'ended', 'failed', 'hold', 'unhold', 'newDTMF'])
			session.on(event, (e) => phone.events.push({event, by: e?.originator, cause: e?.cause, code: e?.message?.status_code}));
		session.on('peerconnection', ({peerconnection}) => phone.watch(peerconnection));
		if (session.connection) phone.watch(session.connection);
	};
	phone.ua.on('newRTCSession', ({originator, session}) => {
		phone.take(session);
		phone.incoming = originator === 'remote';
	});
	for (const event of ['connected', 'disconnected', 'registered', 'unregistered', 'registrationFailed'])
		phone.ua.on(event, (e) => phone.events.push({event, cause: e?.cause, code: e?.response?.status_code}));
	const config = () => ({mediaConstraints: phone.wanted(), pcConfig: {iceServers: []}});
	phone.call = (target) => phone.ua.call(target, config());
	phone.answer = () => phone.session.answer(config());
	phone.hangUp = () => phone.session.terminate();
	phone.hold = () => new Promise((done) => phone.session.hold({}, done));
	phone.resume = () => new Promise((done) => phone.session.unhold({}, done));
	phone.dtmf = (tones) => phone.session.sendDTMF(tones, {transportType: 'INFO'});
	phone.refer = (target) => phone.session.refer(target);
	phone.renegotiate = (options) => new Promise((done) => phone.session.renegotiate(options, done));
	phone.ua.start();
};

const sipjs = async ({ws, uri, user, name, password, register}) => {
	const {phone} = window;
	phone.ua = new SIP.UserAgent({
		uri: SIP.UserAgent.makeURI(uri), displayName: name, transportOptions: {server: ws, keepAliveInterval: 1}, logBuiltinEnabled: false,
		authorizationUsername: user, authorizationPassword: password ?? undefined,
		sessionDescriptionHandlerFactoryOptions: {iceGatheringTimeout: 300, peerConnectionConfiguration: {iceServers: []}},
		delegate: {onInvite: (invitation) => { phone.take(invitation); phone.incoming = true; }},
	});
	phone.ua.transport.stateChange.addListener((state) => phone.events.push({event: state.toLowerCase()}));
	const options = () => ({sessionDescriptionHandlerOptions: {constraints: phone.wanted()}});
	phone.take = (session) => {
		phone.session = session;
		session.delegate = {
			onSessionDescriptionHandler: (handler) => phone.watch(handler.peerConnection),
			onBye: () => phone.events.push({event: 'ended', by: 'remote'}),
		};
		session.stateChange.addListener((state) => {
			if (state === 'Established') phone.events.push({event: 'confirmed'});
			if (state === 'Terminated') phone.events.push({event: 'ended'});
		});
	};
	phone.call = (target) => {
		const inviter = new SIP.Inviter(phone.ua, SIP.UserAgent.makeURI(target), options());
		phone.take(inviter);
		return inviter.invite().then(() => {});
	};
	phone.answer = () => phone.session.accept(options());
	phone.hangUp = () => phone.session.bye();
	const reinvite = (hold) => new Promise((done, fail) => phone.session.invite({
		sessionDescriptionHandlerModifiers: [], sessionDescriptionHandlerOptions: {...options().sessionDescriptionHandlerOptions, hold},
		requestDelegate: {onAccept: () => done(), onReject: ({message}) => fail(new Error(String(message.statusCode)))},
	}).catch(fail));
	phone.hold = () => reinvite(true);
	phone.resume = () => reinvite(false);
	await phone.ua.start();
	phone.events.push({event: 'connected'});
	if (!register) return;
	phone.registerer = new SIP.Registerer(phone.ua);
	phone.registerer.stateChange.addListener((state) => phone.events.push({event: state.toLowerCase()}));
	await phone.registerer.register();
};

class Webphone {
	constructor(person) { this.person = person; }

	get page() { return this.person.page; }

	do(what, arg) { return this.page.evaluate(([w, a]) => window.phone[w](a), [what, arg]).then(() => {}); }

	events(name) { return this.page.evaluate((n) => window.phone.events.filter((e) => e.event === n), name); }

	seen(name, n = 1) {
		return eventually(`${name}, by the phone`, async () => {
			const events = await this.events(name);
			assert.ok(events.length >= n, JSON.stringify(await this.page.evaluate(() => window.phone.events)));
			return events;
		});
	}

	async call(target) {
		await this.do('call', target);
		await this.seen('confirmed');
	}

	async assertSees(names) {
		await eventually('there is a picture', () => this.page.evaluate(() => new VideoFrame(document.getElementById('mix')).close()));
		await this.person.assertSees(names);
	}

	async assertHears(names) { await this.person.assertHears(names); }

	decoded() { return this.person.incoming().then(({decoded}) => decoded); }

	async close() { await this.person.close(); }
}

// ws: another place than the server's own; user, password: to register with.
export async function phone(server, {room, person, kind, user = person, password, register = false, host = '127.0.0.1', ws, flags = [], video = true}) {
	const opened = await open(server, {room, person, join: false, flags});
	await opened.page.goto(`${server.url}/healthz`); // of the same origin, and without scripts
	const place = ws ?? `${server.url.replace(/^http/, 'ws')}/sip`;
	await opened.page.evaluate(common);
	await opened.page.evaluate((v) => { window.phone.video = v; }, video);
	await opened.page.evaluate(bundle(kind));
	await opened.page.evaluate(kind === 'jssip' ? jssip : sipjs, {ws: place, uri: `sip:${user}@${host}`, user, name: person, password, register});
	const made = new Webphone(opened);
	await made.seen('connected');
	return made;
}
