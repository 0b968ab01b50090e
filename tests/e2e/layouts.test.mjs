// Five senders, every shipped layout chosen by REST: the mix follows at once and whole.

import assert from 'node:assert/strict';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {Snapshot, worst} from './lib/edges.mjs';
import {play, snapshotPath, start} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const state = await mkdtemp(join(tmpdir(), 'tessera-state-'));
const settings = {'node.state_dir': state};
let server = await startServer(settings);
after(async () => {
	await server.stop();
	await rm(state, {recursive: true});
});

const TICKS = 6, TICK_MS = 1000 / 30;
/* From many tiles to few: whoever is shown in one was shown in the one before, so nobody's keyframe is waited for. */
const shipped = ['speaker', 'lecture', 'portrait', 'grid', 'presentation', 'side-by-side', 'pip', 'speaker-only'];

async function send(method, path, body) {
	const response = await fetch(server.url + path, {
		method, body: body && JSON.stringify(body), headers: {'Content-Type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'}});
	return {status: response.status, etag: response.headers.get('etag'), json: response.status === 204 ? null : await response.json()};
}

test('all shipped layouts are there', async () => {
	const {items} = await server.get('/v1/layouts');
	assert.deepEqual(items.map(({name}) => name).sort(), [...shipped].sort());
});

test('each layout is in the mix within six ticks, whole', async () => {
	const {peers} = await play(server, {
		seconds: 7 + 2 * shipped.length, layouts: shipped, layouts_from_ms: 6000, layouts_every_ms: 2000,
		peers: [{count: 5, who: 0, audio: false, kbps: 1200}, {who: 5, watch: true, decode: true}]});
	const {moves, lost, max_gap_ms} = peers.find((p) => p.who === 5).video;
	assert.equal(moves.length, shipped.length);
	const limit = TICKS + Math.max(0, Math.floor(max_gap_ms / TICK_MS) - 1); /* a machine that stood still, stood still */
	moves.forEach(({ticks, mixtures, old_again}, i) => {
		assert.ok(ticks >= 0 && ticks <= limit,
			`${shipped[i]}: in the mix after ${ticks} ticks (${lost} packets lost, longest gap ${max_gap_ms} ms)`);
		assert.equal(mixtures, 0, `${shipped[i]}: pictures that mix two layouts`);
		assert.equal(old_again, 0, `${shipped[i]}: the old layout came back`);
	});
});

test('each tile ends where GET layout says, within two pixels', async () => {
	const room = 'edges', path = '/v1/rooms/edges/layout';
	const playing = start(server, {room, seconds: 60, peers: [{count: 5, who: 0, audio: false, kbps: 1200}]});
	const names = await eventually('five are here', async () => {
		const here = (await server.participants(room)).filter((p) => p.sources.length && p.state === 'connected');
		assert.equal(here.length, 5);
		return new Map(here.map((p) => [p.id, p.name]));
	});
	for (const name of shipped) {
		await send('PUT', path, {name});
		await play(server, {room, seconds: 2, snapshot: snapshotPath(name), peers: [{who: 5, watch: true, decode: true}]});
		const {canvas, regions} = await server.get(path);
		const off = worst(new Snapshot(snapshotPath(name), canvas.width, canvas.height), regions,
			({participant}) => +names.get(participant).split('-')[1]);
		assert.ok(off <= 2, `${name}: ${off} pixels off`);
	}
	playing.child.kill();
	await playing.done.catch(() => {});
});

test('those who were hidden are seen again soon', async () => {
	const {peers} = await play(server, {
		seconds: 13, layouts: ['speaker-only', 'grid'], layouts_from_ms: 5000, layouts_every_ms: 4000,
		peers: [{count: 5, who: 0, audio: false, kbps: 1200}, {who: 5, watch: true, decode: true}]});
	const {moves} = peers.find((p) => p.who === 5).video;
	for (const {mixtures} of moves) assert.equal(mixtures, 0);
	assert.ok(moves[1].ticks >= 0 && moves[1].ticks <= 30, `all five after ${moves[1].ticks} ticks`);
});

test('pins, spotlight, order; bad layouts change nothing; two moderators', async () => {
	const playing = start(server, {room: 'mod', seconds: 15, peers: [{count: 5, who: 0, audio: false, width: 320, height: 180, kbps: 200}]});
	const ids = await eventually('five are here', async () => {
		const people = await server.participants('mod');
		assert.equal(people.filter((p) => p.state === 'connected').length, 5);
		return people.sort((a, b) => a.name < b.name ? -1 : 1).map((p) => p.id);
	});
	const path = '/v1/rooms/mod/layout';
	await send('PUT', path, {name: 'pip'});
	let now = (await send('PATCH', path, {spotlight: [ids[3]], pins: [ids[2]]})).json;
	assert.deepEqual(now.regions.map((r) => r.participant), [ids[3], ids[2]]);
	assert.deepEqual([now.spotlight, now.pins, now.hidden.length], [[ids[3]], [ids[2]], 3]);
	await send('PUT', path, {name: 'grid'});
	now = (await send('PATCH', path, {order: [...ids].reverse()})).json;
	assert.deepEqual(now.regions.map((r) => r.participant), [...ids].reverse());

	const before = await server.get(path);
	for (const bad of [
		{name: 'none'}, {name: 'x', variants: []}, {name: 'x', variants: [{regions: [{x: 0, y: 0, w: 2, h: 1, show: 'next'}]}]},
		{name: 'x', variants: [{regions: Array(10000).fill({})}]}]) {
		const {status, json} = await send('PUT', path, bad);
		assert.ok(status === 422 || status === 413, `${status}`);
		if (status === 422) assert.match(json.pointer, /^\//);
	}
	assert.deepEqual((await server.get(path)).regions, before.regions);

	const etag = (await fetch(server.url + path)).headers.get('etag');
	const put = (name) => fetch(server.url + path, {method: 'PUT', body: JSON.stringify({name}),
		headers: {'Content-Type': 'application/json', 'If-Match': etag}});
	assert.deepEqual([(await put('pip')).status, (await put('speaker')).status], [200, 412]);
	playing.child.kill();
	await playing.done.catch(() => {});
});

test('stored layouts survive a restart', async () => {
	const mine = {name: 'mine', variants: [{regions: [{x: 0, y: 0, w: '2/3', h: 1, show: 'next'}]}]};
	assert.equal((await send('PUT', '/v1/layouts/mine', mine)).status, 201);
	await server.stop();
	server = await startServer(settings);
	assert.deepEqual(await server.get('/v1/layouts/mine'), mine);
	const svg = await fetch(`${server.url}/v1/layouts/mine/preview.svg?count=3`);
	assert.equal(svg.headers.get('content-type'), 'image/svg+xml');
});
