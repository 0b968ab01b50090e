// SIP over WebSocket by hand: who may open one, what its frames may be, whose address counts, how many there may be.

import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import net from 'node:net';
import {after, before, test} from 'node:test';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';
import {BINARY, CLOSE, dial, frame, PING, TEXT} from './lib/websocket.mjs';

const PORT = 5995;
let server, guarded, off;
const plain = {'sip.listen': `udp:127.0.0.1:${PORT}`, 'sip.websocket': 'on'};

before(async () => {
	server = await startServer({...plain, 'http.allowed_origins': 'https://named.example'});
	guarded = await startServer({...plain, 'sip.listen': `udp:127.0.0.1:${PORT + 1}`, 'sip.users': 'alice:wonderland', 'sip.max_connections': 8,
		'http.trusted_proxies': '127.0.0.0/8', 'sip.allow': '127.0.0.0/8,192.0.2.0/24'});
	off = await startServer({'sip.listen': `udp:127.0.0.1:${PORT + 2}`});
});
after(async () => {
	for (const one of [server, guarded, off]) await one?.stop();
});

let n = 0;
function options({to = 'room', more = [], body = '', length = true, method = 'OPTIONS', id = `id${++n}`} = {}) {
	return [`${method} sip:${to}@127.0.0.1 SIP/2.0`, `Via: SIP/2.0/WS abc.invalid;branch=z9hG4bK${id}`, 'Max-Forwards: 70', `To: <sip:${to}@127.0.0.1>`,
		`From: <sip:me@127.0.0.1>;tag=${id}`, `Call-ID: ${id}`, `CSeq: 1 ${method}`, 'Contact: <sip:me@abc.invalid;transport=ws>', ...more,
		...length ? [`Content-Length: ${body.length}`] : [], '', body].join('\r\n');
}
const ok = /^SIP\/2\.0 200 OK\r\n/;

test('who may open one', async () => {
	const status = async (where, more) => {
		const ws = await dial(where, '/sip', more);
		ws.destroy();
		return ws.status;
	};
	assert.equal(await status(server), 101);
	assert.equal(await status(off), 404);
	assert.equal(await status(server, {protocol: 'xmpp'}), 400);
	assert.equal(await status(server, {protocol: 'msrp, sip'}), 101);
	assert.equal(await status(server, {protocol: null}), 400);
	assert.equal(await status(server, {version: 8}), 426);
	assert.equal((await fetch(`${server.url}/sip`)).status, 426);
	assert.equal((await fetch(`${server.url}/sip`, {method: 'POST'})).status, 405);
	// pages: as they may join
	assert.equal(await status(server, {headers: {Origin: server.url}}), 101);
	assert.equal(await status(server, {headers: {Origin: 'https://other.example'}}), 403);
	assert.equal(await status(server, {headers: {Origin: 'null'}}), 403);
	assert.equal(await status(server, {headers: {Origin: 'https://named.example'}}), 101);
	assert.equal(await status(server, {headers: {Origin: 'http://bent.example', Host: 'bent.example'}}), 421);
	// also where a password is asked for: it would be guessed from their reader's address
	assert.equal(await status(guarded, {headers: {Origin: 'https://other.example'}}), 403);
	assert.equal(await status(guarded, {headers: {Origin: 'http://bent.example', Host: 'bent.example'}}), 421);
	assert.equal(await status(guarded, {headers: {Origin: guarded.url}}), 101);
});

test('messages, however they come', async () => {
	const ws = await dial(server, '/sip');
	ws.send(options());
	assert.match(await ws.heard(ok), /^Via: SIP\/2\.0\/WS abc\.invalid;[^\r]*received=127\.0\.0\.1\r$/m);
	for (const [what, send] of Object.entries({
		'binary': (text) => ws.send(text, BINARY),
		'without a length': () => ws.send(options({length: false})),
		'with a wrong length': () => ws.send(options({length: false, more: ['Content-Length: 4000']})),
		'in pieces': (text) => {
			ws.write(frame(TEXT, text.slice(0, 10), {fin: false}));
			ws.write(frame(PING, 'between'));
			ws.write(frame(0, text.slice(10, 20), {fin: false}));
			ws.write(frame(0, text.slice(20)));
		},
		'byte by byte': (text) => { for (const byte of frame(TEXT, text)) ws.write(Buffer.from([byte])); },
	})) {
		ws.messages.length = 0;
		send(options());
		await ws.heard(ok).catch((error) => { throw new Error(`${what}: ${error.message}`); });
	}
	assert.deepEqual(ws.pongs, ['between']);
	// RFC 5626 4.4.1
	ws.messages.length = 0;
	ws.send('\r\n\r\n');
	await ws.heard(/^\r\n$/);
	// no second message hides in a body
	ws.messages.length = 0;
	ws.send(options({length: false, more: ['Content-Length: 0'], body: options()}));
	await ws.heard(ok);
	ws.send(options({id: 'last'}));
	await ws.heard(/^Call-ID: last\r$/m);
	assert.equal(ws.messages.length, 2);
	ws.send('\x03\xe8', CLOSE);
	await ws.closed();
});

test('what breaks the rules is closed, and others go on', async () => {
	const other = await dial(server, '/sip');
	for (const [what, bytes, code] of [
		['not masked', frame(TEXT, options(), {masked: false}), 1002],
		['an opcode that is none', frame(5, ''), 1002],
		['a continuation of nothing', frame(0, 'x'), 1002],
		['no UTF-8', frame(TEXT, Buffer.from([0xff, 0xfe])), 1007],
		['too long', frame(BINARY, Buffer.alloc(70000)), 1009],
		['too many pieces', Buffer.concat([frame(BINARY, 'x', {fin: false}), ...Array.from({length: 300}, () => frame(0, 'x', {fin: false}))]), 1009],
		['a flood of pings', Buffer.concat(Array.from({length: 100}, () => frame(PING, 'x'))), 1008],
		['no SIP at all', frame(TEXT, 'hello'), 1008],
		['no first line', frame(TEXT, 'Content-Length: 5\r\n\r\nhello'), 1008],
	]) {
		const ws = await dial(server, '/sip');
		ws.write(bytes);
		assert.equal(await ws.closed(), code, what);
		ws.destroy();
	}
	other.send('OPTIONS\r\nVia: x\r\n\r\n'); // what libre cannot read is dropped, as over TCP
	other.send(options());
	await other.heard(ok);
	other.destroy();
	await eventually('all are gone', async () => assert.equal((await server.metrics()).tessera_websockets, 0));
	await eventually('and their other halves', async () => assert.equal((await server.metrics()).tessera_sip_connections, 0));
});

test('the address that counts is that of the browser', async () => {
	const status = async (forwarded) => {
		const ws = await dial(guarded, '/sip', {headers: {'X-Forwarded-For': forwarded}});
		assert.equal(ws.status, 101);
		ws.send(options());
		const answer = await Promise.race([ws.heard(/^SIP/), ws.closed().then((code) => `closed ${code}`)]);
		ws.destroy();
		return answer;
	};
	assert.match(await status('192.0.2.7'), /^SIP\/2.0 200[^]*;received=192\.0\.2\.7\r$/m);
	assert.equal(await status('198.51.100.7'), 'closed 1013'); // sip.allow
	// a nonce is good for the address that it was given to
	const nonceOf = (text) => /nonce="(\w+)"/.exec(text)[1];
	const one = await dial(guarded, '/sip', {headers: {'X-Forwarded-For': '192.0.2.8'}});
	one.send(options({method: 'INVITE', more: ['Content-Type: application/sdp'], body: 'v=0\r\n'}));
	assert.ok(nonceOf(await one.heard(/^SIP\/2.0 401/)));
	one.destroy();
});

test('too many: one of them goes for a newcomer', async () => {
	const all = [];
	for (let i = 0; i < 12; i++) {
		const ws = await dial(guarded, '/sip', {headers: {'X-Forwarded-For': '192.0.2.9'}});
		ws.send(options());
		all.push(ws);
	}
	await eventually('half of them stay', () => assert.ok(all.filter((ws) => ws.ended || ws.code !== null).length >= 8));
	const metrics = await guarded.metrics();
	assert.ok(metrics['tessera_sip_connections_cut_total{reason="full"}'] >= 8, JSON.stringify(metrics));
	const other = await dial(guarded, '/sip', {headers: {'X-Forwarded-For': '192.0.2.10'}});
	other.send(options());
	await other.heard(ok);
	for (const ws of [...all, other]) ws.destroy();
});

// The inner half is for the server alone.
test('who connects to the inside is cut', async () => {
	const listening = execFileSync('ss', ['-Hltnp'], {encoding: 'utf8'}).split('\n').filter((line) => line.includes(`pid=${server.pid},`))
		.map((line) => Number(/127\.0\.0\.1:(\d+)/.exec(line)?.[1])).filter((port) => port && port !== Number(new URL(server.url).port));
	assert.equal(listening.length, 1, 'one listener beside HTTP');
	const socket = net.connect(listening[0], '127.0.0.1');
	let got = '';
	socket.on('error', () => {}).on('data', (bytes) => { got += bytes; });
	const gone = new Promise((resolve) => { socket.once('close', resolve); });
	socket.write(options());
	await gone;
	assert.equal(got, '');
});
