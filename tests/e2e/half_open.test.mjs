// One address asks without end and never sends anything: people of another address find rooms and places all the same.

import assert from 'node:assert/strict';
import http from 'node:http';
import {after, before, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {offer} from './lib/api.mjs';
import {play} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const ROOMS = 20, PLACES = 12, PER_ADDRESS = 32, FLOOD = '127.0.0.2', HONEST = 12, HONEST_FROM = '127.0.1.', EVERY_MS = 60;
let server;

before(async () => {
	server = await startServer({
		'limits.max_rooms': ROOMS, 'room.max_participants': PLACES, 'room.max_watchers': PLACES, 'media.ports': '20000-21999'});
});
after(async () => { await server.stop(); });

function post(path, from) {
	return new Promise((resolve, reject) => {
		const body = offer('sendonly');
		const request = http.request(server.url + path, {method: 'POST', agent: false, localAddress: from, headers: {
			'Content-Length': Buffer.byteLength(body), 'Content-Type': 'application/sdp'}});
		request.on('error', reject);
		request.on('response', (response) => response.resume().on('end', () => resolve(response.statusCode)));
		request.end(body);
	});
}

// Joins from one address at the rate that it may, each into what path() says.
function flood(path) {
	const seen = {};
	let stopped = false;
	const run = async () => {
		for (let n = 0; !stopped; n++) {
			const status = await post(path(n), FLOOD);
			seen[status] = (seen[status] ?? 0) + 1;
			await sleep(EVERY_MS);
		}
	};
	const running = run();
	return {seen, stop: async () => { stopped = true; await running; }};
}

async function askHonestly(path) {
	const seen = [];
	for (let n = 0; n < HONEST; n++) {
		seen.push(await post(path(n), `${HONEST_FROM}${n + 1}`));
		await sleep(4 * EVERY_MS);
	}
	assert.deepEqual(seen, Array(HONEST).fill(201));
}

const gaveWay = async () => (await server.metrics())['tessera_half_open_joins_ended_total{reason="gave_way"}'];

test('rooms of joins that never come give way', async (t) => {
	const attack = flood((n) => `/whip/flood${n}`);
	t.after(() => attack.stop());
	await eventually('the server is full', async () => assert.equal((await server.metrics()).tessera_rooms >= ROOMS, true));
	await askHonestly((n) => `/whip/own${n % 4}`);
	const {peers} = await play(server, {room: 'real', seconds: 3, peers: [{width: 320, height: 180, kbps: 200, count: 2, who: 0}]});
	for (const {name, video} of peers) assert.ok(video.units > 10, `${name}: ${video.units} pictures`);
	assert.ok(await gaveWay() > 0);
	await attack.stop();
	t.diagnostic(JSON.stringify(attack.seen));
	await server.assertIdle();
});

test('places of joins that never come give way', async (t) => {
	const attack = flood(() => '/whip/meeting');
	t.after(() => attack.stop());
	await eventually('the room is full', async () => assert.equal((await server.participants('meeting')).length, PLACES));
	await askHonestly(() => '/join/meeting');
	const {peers} = await play(server, {room: 'meeting', seconds: 3, peers: [{width: 320, height: 180, kbps: 200, count: 2, who: 0}]});
	for (const {name, video} of peers) assert.ok(video.units > 10, `${name}: ${video.units} pictures`);
	await attack.stop();
	t.diagnostic(JSON.stringify(attack.seen));
	await server.assertIdle();
});

test('one address has few of them, and none for long', async () => {
	const seen = {};
	const begun = performance.now();
	for (let n = 0; n < PER_ADDRESS + 8; n++) {
		const status = await post(`/whip/many${n % 4}`, '127.0.0.4');
		seen[status] = (seen[status] ?? 0) + 1;
		assert.ok((await server.metrics()).tessera_half_open_joins <= PER_ADDRESS);
	}
	if (performance.now() - begun < 2000) assert.deepEqual(seen, {201: PER_ADDRESS, 503: 8});
	await eventually('they are gone', async () => assert.equal((await server.metrics()).tessera_half_open_joins, 0), 12000);
	assert.ok(performance.now() - begun >= 4500);
	await server.assertIdle();
});
