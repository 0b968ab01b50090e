// The life of the process: it drains without cutting anybody, takes new settings by SIGHUP, tells what it does in lines that can be read
// by machines, and says where it crashed.

import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {offer} from './lib/api.mjs';
import {folder} from './lib/media.mjs';
import {start} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {Phone, statusOf} from './lib/sip.mjs';
import {Reader} from './lib/sse.mjs';
import {eventually} from './lib/wait.mjs';

const SIP_PORT = 5971;
const joinRoom = (server, room) => fetch(`${server.url}/join/${room}`, {method: 'POST', headers: {'Content-Type': 'application/sdp'}, body: offer()});
const drain = (server, body = {}) => fetch(`${server.url}/v1/node/drain`, {method: 'POST', headers: {'Content-Type': 'application/json'},
	body: JSON.stringify(body)});
const people = (server, room, seconds) => start(server, {room, seconds, peers: [{count: 2, width: 160, height: 90, kbps: 100, fps: 10}]});

async function refused(response, type) {
	assert.equal(response.status, 503);
	assert.match(response.headers.get('content-type'), /^application\/problem\+json/);
	assert.ok(Number(response.headers.get('retry-after')) > 0, 'Retry-After');
	assert.equal((await response.json()).type, `urn:tessera:problem:${type}`);
}

test('drain: three rooms go on, nothing new begins, and it ends when the last is empty', async () => {
	const server = await startServer({'sip.listen': `udp:127.0.0.1:${SIP_PORT}`, 'limits.joins_per_second': 0});
	const rooms = ['one', 'two', 'three'], groups = rooms.map((room) => people(server, room, 60));
	const all = async () => (await Promise.all(rooms.map((room) => server.participants(room)))).flat();
	const connected = async () => {
		const list = await all();
		assert.deepEqual([list.length, list.filter((p) => p.state === 'connected').length], [6, 6]);
	};
	await eventually('six are in', connected);
	const reader = new Reader(`${server.url}/v1/events`);
	await reader.open();
	await eventually('a snapshot', async () => assert.equal(reader.node?.state, 'running'));
	assert.equal((await fetch(`${server.url}/v1/rooms/kept`, {method: 'PUT', headers: {'Content-Type': 'application/json'}, body: '{}'})).status, 201);

	const began = await drain(server, {deadline_s: 600}), node = await began.json();
	assert.equal(began.status, 202);
	assert.equal(node.state, 'draining');
	assert.ok(Math.abs(node.deadline_ms - node.drain_began_ms - 600e3) < 10, JSON.stringify(node));
	await eventually('it is told', async () => assert.equal(reader.node.state, 'draining'));
	const ready = await fetch(`${server.url}/readyz`);
	assert.deepEqual([ready.status, (await ready.json()).type], [503, 'urn:tessera:problem:draining']);
	assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
	await refused(await joinRoom(server, 'new'), 'draining');
	await refused(await joinRoom(server, 'kept'), 'draining');
	await refused(await fetch(`${server.url}/v1/rooms`, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{"id":"other"}'}), 'draining');
	await refused(await fetch(`${server.url}/v1/rooms/new/inputs`, {method: 'POST', headers: {'Content-Type': 'application/json'},
		body: '{"url":"test:"}'}), 'draining');
	assert.equal((await server.metrics()).tessera_draining, 1);

	const phone = await new Phone(SIP_PORT).open();
	phone.send(phone.request('INVITE', {to: 'new', id: 'refused', body: 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n'}));
	await eventually('the call is refused', async () => {
		const answer = phone.got.find((text) => statusOf(text) >= 300);
		assert.equal(statusOf(answer ?? ''), 503);
		assert.match(answer, /\r\nRetry-After: \d+/);
	});
	phone.close();

	/* into a room that runs they still come */
	const joined = await joinRoom(server, 'one');
	assert.equal(joined.status, 201);
	assert.equal((await fetch(server.url + joined.headers.get('location'), {method: 'DELETE'})).status, 200);
	await connected();

	/* taken back, and asked for again by a signal */
	assert.equal((await fetch(`${server.url}/v1/node/drain`, {method: 'DELETE'})).status, 204);
	assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
	assert.equal((await server.get('/v1/node')).deadline_ms, null);
	process.kill(server.pid, 'SIGUSR1');
	await eventually('it drains', async () => assert.equal((await server.get('/v1/node')).state, 'draining'));
	await connected();
	reader.drop();
	for (const [i, group] of groups.entries()) {
		assert.equal(server.child.exitCode, null, 'somebody is there still');
		const report = await group.end();
		assert.ok(report.peers.every((p) => p.connected !== false), `room ${rooms[i]}`);
	}
	const [code, signal] = await server.ended;
	assert.deepEqual([code, signal], [0, null], server.tail());
	assert.match(server.text, /event="drained" deadline=kept/);
});

test('drain: at the deadline it ends, whoever is there', async () => {
	const server = await startServer();
	const group = people(server, 'late', 60);
	await eventually('they are in', async () => assert.equal((await server.participants('late')).filter((p) => p.state === 'connected').length, 2));
	const began = Date.now();
	assert.equal((await drain(server, {deadline_s: 2})).status, 202);
	const [code] = await server.ended;
	assert.equal(code, 0, server.tail());
	assert.ok(Date.now() - began >= 1950, 'not before');
	assert.match(server.text, /event="drained" deadline=passed/);
	await group.end().catch(() => {});
});
