// Tiles on their way from one layout to the next, in the pictures that watchers decode.

import assert from 'node:assert/strict';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {wall} from './lib/edges.mjs';
import {Film} from './lib/filmed.mjs';
import {folder} from './lib/media.mjs';
import {start} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const ROOM = 'moving', path = `/v1/rooms/${ROOM}`;
const W = 384, H = 216, FPS = 30, TICK_RTP = 90000 / FPS;
const LONG_MS = 1000; // so long that no machine sees but its beginning and end
const TALL = {width: H, height: W, bitrate_kbps: 2000, ladder: 'one'};
const NEAR = 6; // pixels, of what was coded

const paths = Object.fromEntries(['whole', 'small', 'tall'].map((name) => [name, join(folder, `${name}.film`)]));
const films = Object.fromEntries(Object.entries(paths).map(([name, at]) => [name, new Film(at)]));
let server, ids, senders, watchers;

async function send(method, at, body) {
	const response = await fetch(server.url + path + at, {method, body: body && JSON.stringify(body),
		headers: {'Content-Type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'}});
	assert.ok(response.ok, `${method} ${at}: ${response.status} ${response.ok || await response.text()}`);
	return response.status === 204 ? null : response.json();
}

// Person 0 alone, there; labels would hide a part of the wall.
const alone = (name, x, y, w, h) => ({name, variants: [{regions: [{x, y, w, h, show: `participant:${ids[0]}`, label: false}]}]});
const left = () => alone('left', 0, '1/4', '1/2', '1/2'), right = () => alone('right', '1/2', '1/4', '1/2', '1/2'), whole = () => alone('whole', 0, 0, 1, 1);

const now = () => process.hrtime.bigint();

// What is seen from just before the change until long after it, by watcher.
async function change(action, ms = LONG_MS + 500) {
	const from = now();
	await action();
	const to = now() + BigInt(ms) * 1_000_000n;
	return Object.fromEntries(await Promise.all(Object.entries(films).map(async ([name, film]) => {
		await eventually('they have seen that time', () => assert.ok(film.read().ns > to));
		return [name, [...film.since(from - 100_000_000n)]];
	})));
}

// In pixels of the canvas, whatever the step that is received.
function boxOf(picture, canvas_w = W) {
	const box = picture.box(0), k = canvas_w / picture.width;
	return {...box && {x: k * box.x, y: k * box.y, w: k * box.w, h: k * box.h, luma: box.luma}, rtp: picture.rtp, seen: box !== null};
}

// The boxes of person 0 from before the change until after it: no picture is without them.
function boxes(film, canvas_w) {
	const list = film.map((picture) => boxOf(picture, canvas_w));
	assert.ok(list.length > FPS && list.every(({seen}) => seen), 'they are in every picture');
	return list;
}

// Every step of that edge is as large as a way of `far` pixels has in its middle, by the pictures' own clock, and in one direction (1, -1; 0:
// it may turn).
function assertSteps(list, edge, far, direction) {
	for (let i = 1; i < list.length; i++) {
		const step = edge(list[i]) - edge(list[i - 1]), ticks = ((list[i].rtp - list[i - 1].rtp) >>> 0) / TICK_RTP;
		assert.ok(Math.abs(step) <= 1.5 * far * ticks / (FPS * LONG_MS / 1000) + NEAR, `${step} pixels in ${ticks} ticks`);
		if (direction) assert.ok(step * direction >= -NEAR, `${step} pixels back`);
	}
}

function assertNoFlash(list) {
	const lumas = list.map(({luma}) => luma), usual = Math.min(lumas[0], lumas.at(-1));
	assert.ok(Math.min(...lumas) > usual - 12, `as dark as ${Math.min(...lumas)}, usually ${usual}`);
}

const near = (is, ...want) => assert.ok([is.x, is.y, is.w, is.h].every((v, i) => Math.abs(v - want[i]) <= NEAR), `${[is.x, is.y, is.w, is.h]}, not ${want}`);

before(async () => {
	server = await startServer({'room.width': W, 'room.height': H, 'room.transition_ms': LONG_MS});
	const kbps = 2000, ladder = [{width: W, height: H, fps: FPS, kbps}, {width: W / 2, height: H / 2, fps: FPS, kbps: kbps / 2}];
	await send('PUT', '', {video: {ladder}});
	senders = [];
	for (const who of [0, 1]) { // in this order: whose tile is where goes by it
		senders.push(start(server, {room: ROOM, seconds: 120, peers: [{who, audio: false, width: W, height: H, kbps: 1000}]}));
		ids = await eventually('they are here', async () => {
			const people = (await server.participants(ROOM)).filter((p) => p.state === 'connected' && p.sources.length);
			assert.equal(people.length, who + 1);
			return people.sort((a, b) => a.name < b.name ? -1 : 1).map((p) => p.id);
		});
	}
	await send('PUT', '/views/tall', {video: TALL});
	await send('PUT', '/layout', left());
	const query = {whole: '', small: 'max_height=108', tall: 'view=tall'};
	watchers = start(server, {room: ROOM, seconds: 120, peers: Object.keys(films).map((name, i) => (
		{who: 10 + i, watch: true, decode: true, film: paths[name], query: query[name]}))});
	await eventually('all watch', () => {
		const sizes = Object.entries(films).map(([name, film]) => [name, film.read()?.width]);
		assert.deepEqual(sizes, [['whole', W], ['small', W / 2], ['tall', H]]);
		near(boxOf(films.whole.read()), 0, H / 4, W / 2, H / 2);
		assert.ok(films.tall.read().box(0));
	});
	await change(async () => {}); // until nothing moves any more
});
after(async () => {
	for (const play of [...senders ?? [], watchers]) await play?.end().catch(() => {});
	for (const film of Object.values(films)) film.close();
	await server.stop();
});

test('a tile moves steadily, from where it was to where it is, in every size', async () => {
	const span = await change(() => send('PUT', '/layout', right()));
	for (const name of ['whole', 'small']) {
		const list = boxes(span[name]);
		near(list[0], 0, H / 4, W / 2, H / 2);
		near(list.at(-1), W / 2, H / 4, W / 2, H / 2);
		assertSteps(list, ({x}) => x, W / 2, 1);
		assertNoFlash(list);
		const on = list.filter(({x}) => x > NEAR && x < W / 2 - NEAR), ms = ((on.at(-1).rtp - on[0].rtp) >>> 0) / 90;
		assert.ok(ms > 0.6 * LONG_MS && ms <= LONG_MS, `${ms} ms on the way`);
	}
});

test('a tile grows', async () => {
	const list = boxes((await change(() => send('PUT', '/layout', whole()))).whole);
	near(list[0], W / 2, H / 4, W / 2, H / 2);
	near(list.at(-1), 0, 0, W, H);
	assertSteps(list, ({x}) => x, W / 2, -1);
	assertSteps(list, ({h}) => h, H / 2, 1);
	assertSteps(list, ({x, w}) => x + w, 0, 0);
	assertNoFlash(list);
});

test('a change on the way goes on from where the tile is', async () => {
	await change(() => send('PUT', '/layout', left()));
	const list = boxes((await change(async () => {
		await send('PUT', '/layout', right());
		await eventually('it is on its way', () => {
			const {x} = boxOf(films.whole.read());
			assert.ok(x > W / 8, `${x}`);
		});
		await send('PUT', '/layout', left());
	})).whole);
	near(list[0], 0, H / 4, W / 2, H / 2);
	near(list.at(-1), 0, H / 4, W / 2, H / 2);
	assertSteps(list, ({x}) => x, W / 2, 0);
	assert.ok(Math.max(...list.map(({x}) => x)) > W / 8);
	assertNoFlash(list);
});

test('0 cuts, at once after a PATCH', async () => {
	assert.equal((await send('PATCH', '', {transition_ms: 0})).transition_ms, 0);
	const list = boxes((await change(() => send('PUT', '/layout', right()))).whole);
	near(list.at(-1), W / 2, H / 4, W / 2, H / 2);
	assert.equal(list.filter(({x}) => x > NEAR && x < W / 2 - NEAR).length, 0);
	assert.equal((await send('PATCH', '', {transition_ms: LONG_MS})).transition_ms, LONG_MS);
});

test('views move by themselves', async () => {
	await send('PUT', '/views/tall', {video: TALL, layout: 'speaker-only'});
	await change(() => send('PATCH', '/layout', {spotlight: [ids[0]]}));
	const span = await change(() => send('PUT', '/views/tall', {video: TALL, layout: 'grid'}));
	const list = boxes(span.tall, H);
	near(list[0], 0, 0, H, W);
	near(list.at(-1), 0, list.at(-1).y, H, H * 3 / 4);
	assertSteps(list, ({h}) => h, W, -1);
	assert.ok(list.filter(({h}) => h < list[0].h - 40 && h > list.at(-1).h + 40).length > FPS / 4);
	for (const box of boxes(span.whole)) near(box, W / 2, H / 4, W / 2, H / 2);
});

test('one in the place of another: the pictures blend, and nothing is dark', async () => {
	await change(() => send('PUT', '/layout', {name: 'speaker-only'}));
	const film = (await change(() => send('PATCH', '/layout', {spotlight: [ids[1]]}))).whole;
	const at = film.map((picture) => ({one: picture.off(8, 80, 0), two: picture.off(8, 80, 1), y: picture.luma(4, 60, 16, 100)}));
	assert.ok(at[0].one < 24 && at.at(-1).two < 24);
	const least = Math.min(at[0].y, at.at(-1).y);
	for (const {y} of at) assert.ok(y > least - 8, `${y}, not ${least}`);
	const distance = Math.abs(wall(0)[0] - wall(1)[0]) + Math.abs(wall(0)[1] - wall(1)[1]);
	const blended = at.filter(({one, two}) => one > distance / 5 && two > distance / 5);
	assert.ok(blended.length > FPS / 4, `${blended.length} pictures of both`);
	for (let i = 1; i < at.length; i++) assert.ok(at[i].two <= at[i - 1].two + 10);
});

test('who leaves fades, and is not seen again', async () => {
	await change(() => send('PATCH', '/layout', {spotlight: null}));
	await change(() => send('PUT', '/layout', {name: 'grid'}));
	const film = (await change(() => send('DELETE', `/participants/${ids[1]}`))).whole, x = W - 8, y = H / 2 - 40;
	const off = film.map((picture) => picture.off(x, y, 1));
	assert.ok(off[0] < 24, `${off[0]}`);
	for (let i = 1; i < off.length; i++) assert.ok(off[i] >= off[i - 1] - 12, `${off}`);
	assert.ok(off.filter((v) => v > 20 && v < 60).length >= 3, `${off}`);
	for (const picture of film.slice(-5)) {
		assert.equal(picture.box(1), null);
		near(boxOf(picture), 0, 0, W, H);
	}
	assertSteps(boxes(film), ({w}) => w, W, 1);
});
