// strange - what strangers and participants may send to a server, in no good order; all choices come from one seed, so that a run can be
// had again. Each is an act: it sends something and waits for nothing, or for a moment.
//
//   const acts = await makeActs({server, sipPort, mediaPorts: [first, last], random}); await acts.pick()();   acts.close()

import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {readdirSync, readFileSync} from 'node:fs';
import {request as httpRequest} from 'node:http';
import {connect} from 'node:net';
import {join} from 'node:path';
import {Phone, portsOf, Rtp} from './sip.mjs';

const corpus = new URL('../../fuzz/corpus', import.meta.url).pathname;
const load = (name) => readdirSync(join(corpus, name)).sort().map((file) => readFileSync(join(corpus, name, file)));

// mulberry32
export function makeRandom(seed) {
	let a = seed >>> 0;
	const next = () => {
		a = a + 0x6d2b79f5 >>> 0;
		let t = Math.imul(a ^ a >>> 15, 1 | a);
		t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
		return (t ^ t >>> 14) >>> 0;
	};
	return {
		below: (n) => next() % n,
		of: (list) => list[next() % list.length],
		bytes: (n) => Buffer.from(Array.from({length: n}, () => next() & 255)),
	};
}

// One to four bytes of it changed, cut or doubled.
export function damage(bytes, random) {
	const copy = Buffer.from(bytes);
	if (!copy.length) return copy;
	for (let i = random.below(4); i >= 0; i--) copy[random.below(copy.length)] = random.below(2) ? random.below(256) : random.of([0, 1, 127, 128, 255]);
	const how = random.below(6);
	return how === 0 ? copy.subarray(0, random.below(copy.length)) : how === 1 ? Buffer.concat([copy, copy.subarray(random.below(copy.length))]) : copy;
}

const rtp = (random) => {
	const b = Buffer.concat([random.bytes(12), random.bytes(random.below(200))]);
	b[0] = random.of([0x80, 0x90, 0xa0, 0xbf, 0x00]);
	b[1] = random.of([0, 8, 13, 96, 97, 101, 111, 200, 201, 205, 206, 0x80]);
	return b;
};
const stun = (random) => Buffer.concat([Buffer.from([random.of([0, 1]), random.of([1, 0x11, 0x01]), 0, random.of([0, 8, 255]), 0x21, 0x12, 0xa4, 0x42]), random.bytes(12 + random.below(40))]);
const dtls = (random) => Buffer.concat([Buffer.from([random.of([20, 21, 22, 23, 25]), 0xfe, 0xfd, 0, random.below(2)]), random.bytes(6), Buffer.from([0, random.below(64)]), random.bytes(random.below(64))]);
const datagrams = [rtp, rtp, stun, dtls, (random) => random.bytes(random.below(1600))];

export async function makeActs({server, sipPort, mediaPorts, random}) {
	const {hostname, port} = new URL(server.url);
	const rooms = ['a', 'b', 'c'], sessions = [], calls = [], open = new Set();
	const offers = load('sdp'), fragments = load('fragment'), sips = load('sip').map((b) => b.subarray(1)), bodies = load('body');
	const udp = createSocket('udp4').unref();
	udp.on('error', () => {}).on('message', () => {});
	udp.bind(0, '127.0.0.1');
	await once(udp, 'listening');
	const phone = await new Phone(sipPort).open(), media = await new Rtp().open();
	let names = 0;

	// resolves with {status, headers} or nothing
	const http = (method, path, body, headers = {}) => new Promise((resolve) => {
		const r = httpRequest({host: hostname, port, method, path, headers: {...body && {'Content-Length': body.length}, ...headers}, timeout: 3000}, (response) => {
			response.resume().on('end', () => resolve({status: response.statusCode, headers: response.headers})).on('error', () => resolve());
		});
		r.on('error', () => resolve()).on('timeout', () => { r.destroy(); resolve(); });
		if (random.below(20) === 0) setTimeout(() => r.destroy(), random.below(20)); // goes away meanwhile
		r.end(body);
	});
	// bytes on a connection, split anywhere, without waiting for an answer
	const raw = (to, bytes) => new Promise((resolve) => {
		const socket = connect({host: '127.0.0.1', port: to}).unref(), at = random.below(bytes.length + 1);
		open.add(socket);
		socket.on('error', () => {}).on('data', () => {}).on('close', () => open.delete(socket));
		socket.on('connect', () => { socket.write(bytes.subarray(0, at)); setImmediate(() => socket.end(bytes.subarray(at))); resolve(); });
		setTimeout(() => { socket.destroy(); resolve(); }, 200).unref();
	});
	const aimed = () => (calls.length && random.below(2) ? random.of(random.of(calls).ports) : mediaPorts[0] + random.below(mediaPorts[1] - mediaPorts[0] + 1));
	const sipText = (method, call, more = {}) => phone.request(method, {id: call.id, to: call.to, tag: call.tag, branch: `n${++names}`, cseq: call.cseq++, ...more});

	const acts = {
		async join() {
			const headers = {'Content-Type': 'application/sdp', ...random.below(4) === 0 && sessions.length && {'Tessera-Session': random.of(sessions).split('/').pop()}};
			const offer = random.below(3) ? random.of(offers) : damage(random.of(offers), random);
			const answer = await http('POST', `/${random.of(['join', 'whip', 'whep'])}/${random.of(rooms)}?name=n${++names}`, offer, headers);
			if (answer?.headers.location) sessions.push(new URL(answer.headers.location, server.url).pathname);
			if (sessions.length > 40) sessions.shift();
		},
		async trickle() {
			if (!sessions.length) return;
			const fragment = random.below(3) ? random.of(fragments) : damage(random.of(fragments), random);
			await http(random.of(['PATCH', 'PATCH', 'POST', 'PUT']), random.of(sessions), fragment, {'Content-Type': 'application/trickle-ice-sdpfrag', 'If-Match': random.of(['*', '"x"'])});
		},
		async leave() { if (sessions.length) await http('DELETE', random.below(2) ? sessions.splice(random.below(sessions.length), 1)[0] : random.of(sessions)); },
		async rest() {
			const room = random.of([...rooms, 'none', '%00', '..', 'x'.repeat(80)]);
			const path = random.of(['', '/participants', '/participants/x', '/layout', '/calls', '/calls/x/ladder', '/events', '/snapshot', '/pin', '/messages', '/x/y']);
			const body = random.below(2) ? undefined : random.below(2) ? random.of(bodies) : damage(random.of(bodies), random);
			await http(random.of(['GET', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'BREW']), `/v1/rooms/${room}${path}`, body, {'Content-Type': 'application/json'});
		},
		async raw_http() { await raw(Number(port), damage(Buffer.from(`POST /whip/a HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sdp\r\nContent-Length: 4\r\n\r\nv=0\n`), random)); },
		async noise() { for (let i = random.below(8); i >= 0; i--) udp.send(random.of(datagrams)(random), aimed(), '127.0.0.1'); },
		async media() { for (let i = random.below(10); i >= 0; i--) media.send(aimed(), random.of([Rtp.loud, Rtp.silent, random.bytes(40)]), random.of([0, 8, 13, 101, 97])); },
		async sip_udp() { udp.send(damage(random.of(sips), random), sipPort, '127.0.0.1'); },
		async sip_tcp() { await raw(sipPort, damage(random.of(sips), random)); },
		async sip_call() {
			const call = {id: `s${++names}`, to: random.of(rooms), tag: '', cseq: 2, ports: []};
			phone.got.length = 0;
			phone.send(phone.request('INVITE', {id: call.id, to: call.to, body: random.below(5) ? phone.offer(media.port, ['m=audio PORT RTP/AVP 0 101', 'm=video 40002 RTP/AVP 97', 'a=rtpmap:97 H264/90000']) : ''}));
			if (random.below(6) === 0) phone.send(phone.request('CANCEL', {id: call.id, to: call.to}));
			for (let i = 0; i < 20; i++) {
				await new Promise((resolve) => { setTimeout(resolve, 10); });
				const ok = phone.has(new RegExp(`^SIP/2\\.0 200 [^]*Call-ID: ${call.id}\r`));
				if (!ok) continue;
				call.tag = /\nTo: [^\n]*(;tag=[^;\r]+)/.exec(ok)?.[1] ?? '';
				call.ports = portsOf(ok).filter((p) => p > 0);
				if (random.below(4)) phone.send(phone.request('ACK', {id: call.id, to: call.to, tag: call.tag, branch: `${call.id}a`}));
				if (call.ports.length) calls.push(call);
				break;
			}
			if (calls.length > 12) phone.send(sipText('BYE', calls.shift()));
		},
		async sip_in_call() {
			if (!calls.length) return;
			const call = random.of(calls), method = random.of(['INVITE', 'UPDATE', 'INFO', 'OPTIONS', 'ACK', 'BYE', 'PRACK', 'CANCEL']);
			const body = method === 'INVITE' || method === 'UPDATE' ? phone.offer(media.port, random.of([['m=audio PORT RTP/AVP 8'], ['m=audio 0 RTP/AVP 0'], ['m=audio PORT RTP/AVP 0', 'a=sendonly'], []])) : '';
			phone.send(sipText(method, call, {body}));
			if (method === 'BYE') calls.splice(calls.indexOf(call), 1);
		},
		async dial() {
			await http('POST', `/v1/rooms/${random.of(rooms)}/calls`, Buffer.from(JSON.stringify({to: `sip:x@127.0.0.1:${random.of([phone.port, 9])}`, redial: random.below(2) === 1})), {'Content-Type': 'application/json'});
			await http('GET', `/v1/rooms/${random.of(rooms)}/calls`);
		},
		async answer() {
			const invite = phone.has(/^INVITE /);
			if (invite) phone.reply(invite, ...random.of([[200, 'OK'], [180, 'Ringing'], [486, 'Busy Here'], [302, 'Moved']]), {body: random.below(2) ? phone.offer(media.port) : ''});
		},
	};
	const names_of = Object.keys(acts);
	return {
		pick() { const name = random.of(names_of); return Object.assign(acts[name], {called: name}); },
		close() { for (const it of [udp, phone, media]) it.close(); for (const socket of open) socket.destroy(); },
	};
}
