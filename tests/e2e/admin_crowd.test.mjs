// 60 rooms with 600 people in /admin, and one room of 600: what changes is drawn within a frame, and nothing grows. The pages are the real server's;
// the crowd is told by a server of the test before it, which answers /v1/events and passes everything else on.

import assert from 'node:assert/strict';
import http from 'node:http';
import {once} from 'node:events';
import {after, before, test} from 'node:test';
import {closeAdmins, openAdmin} from './lib/admin.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const ROOMS = 60, EACH = 10, TOLD_A_SECOND = 200, FRAME_MS = 16;
const is = (what, check) => eventually(what, async () => assert.ok(await check(), what));
let server, crowd, url, shape;

const person = (room, i) => ({...structuredClone(shape), id: `${room}-${i}`, name: `Person ${i} of ${room}`, kind: 'webrtc', state: 'connected', sources: [], hand: false, muted: false});
function snapshot(rooms, each, about) {
	return {rooms: Array.from({length: rooms}, (_, r) => ({
		room: {...about, id: `room-${r}`}, participants: Array.from({length: each}, (_, i) => person(`room-${r}`, i)),
		layout: {name: 'grid', canvas: {width: 1280, height: 720}, variant: 0, regions: [], hidden: [], spotlight: [], pins: [], order: []}}))};
}

class Crowd {
	constructor(target, about) {
		Object.assign(this, {target, about, rooms: ROOMS, each: EACH, readers: new Set(), n: 0});
		this.http = http.createServer((request, response) => this.answer(request, response));
		this.timer = setInterval(() => this.tell(), 50);
	}

	answer(request, response) {
		if (request.url.startsWith('/v1/events')) {
			response.writeHead(200, {'Content-Type': 'text/event-stream'});
			this.readers.add(response);
			response.on('close', () => this.readers.delete(response));
			this.send('snapshot', snapshot(this.rooms, this.each, this.about), response);
			return;
		}
		const to = http.request(this.target + request.url, {method: request.method, headers: request.headers}, (got) => {
			response.writeHead(got.statusCode, got.headers);
			got.pipe(response);
		});
		to.on('error', () => response.destroy());
		request.pipe(to);
	}

	send(type, data, ...to) {
		for (const reader of to.length ? to : this.readers) reader.write(`event: ${type}\nid: 1.${++this.n}\ndata: ${JSON.stringify(data)}\n\n`);
	}

	// 200 participants a second change, two come and go, and all rooms tell levels 4 times a second.
	tell() {
		for (let i = 0; i < TOLD_A_SECOND / 20; i++) {
			const room = `room-${this.n * 7 % this.rooms}`, p = person(room, this.n * 13 % this.each);
			this.send('participant.updated', {room, participant: {...p, muted: this.n % 2 === 0, hand: this.n % 3 === 0, name: `Person ${this.n}`}});
		}
		if (this.n % 2) this.send('participant.joined', {room: 'room-1', participant: person('room-1', 100000)});
		else this.send('participant.left', {room: 'room-1', id: 'room-1-100000'});
		for (let r = this.n % 5; r < this.rooms; r += 5)
			this.send('levels', {room: `room-${r}`, levels: Array.from({length: Math.min(this.each, 40)}, (_, i) => ({id: `room-${r}-${i}`, level_dbov: -20 - (this.n + i) % 40, speaking: (this.n + i) % 3 === 0}))});
	}

	close() {
		clearInterval(this.timer);
		for (const reader of this.readers) reader.destroy();
		this.http.close();
		this.http.closeAllConnections();
	}
}

before(async () => {
	server = await startServer();
	const response = await fetch(`${server.url}/v1/rooms/shape/inputs`, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{"url":"test:"}'});
	assert.equal(response.status, 201);
	await eventually('somebody is there', async () => { [shape] = await server.participants('shape'); assert.ok(shape); });
	crowd = new Crowd(server.url, await server.get('/v1/rooms/shape'));
	crowd.http.listen(0, '127.0.0.1');
	await once(crowd.http, 'listening');
	url = `http://127.0.0.1:${crowd.http.address().port}`;
});
after(async () => {
	await closeAdmins();
	crowd.close();
	await server.stop();
});

// How long what the page does in a frame takes; kept in window.frames.
const measure = () => {
	window.frames_ = [];
	const ask = window.requestAnimationFrame.bind(window);
	window.requestAnimationFrame = (callback) => ask((at) => {
		const begin = performance.now();
		callback(at);
		window.frames_.push(performance.now() - begin);
	});
};

// The middle and the 95th of a hundred; once more where the machine was busy with something else.
async function assertQuick(page, what) {
	await eventually(`${what} takes less than ${FRAME_MS} ms a frame`, async () => {
		await page.evaluate(() => { window.frames_ = []; });
		await eventually('a hundred frames', async () => assert.ok(await page.evaluate(() => window.frames_.length >= 100)));
		const sorted = (await page.evaluate(() => window.frames_)).sort((a, b) => a - b);
		const [middle, high] = [0.5, 0.95].map((q) => sorted[Math.floor(sorted.length * q)]);
		console.log(`# ${what}: ${middle.toFixed(1)} ms in the middle, ${high.toFixed(1)} ms at 95 %`);
		assert.ok(high < FRAME_MS, `${middle}, ${high}`);
	}, 60000);
}

async function size(page, session) {
	await session.send('HeapProfiler.collectGarbage');
	const {nodes, jsEventListeners: listeners} = await session.send('Memory.getDOMCounters');
	const {usedSize} = await session.send('Runtime.getHeapUsage');
	return {nodes, listeners, heap: usedSize};
}

test('60 rooms with 10 people each: quick, and nothing grows', async () => {
	const boss = await openAdmin(null), {page} = boss;
	await page.addInitScript(measure);
	await page.goto(`${url}/admin`);
	await is('all rooms are listed', async () => await page.locator('.a-card').count() === ROOMS);
	assert.match(await page.textContent('.a-title'), /60 rooms, 60[01] people/);
	await assertQuick(page, 'the list of rooms');
	await boss.screenshot('admin-crowd');
	await page.fill('[aria-label^="Search"]', 'room-59');
	await is('one is found', async () => await page.locator('.a-card').count() === 1);
	await page.fill('[aria-label^="Search"]', '');

	const session = await boss.context.newCDPSession(page);
	const round = async () => {
		for (const at of ['#/rooms/room-1', '#/events', '#/rooms', '#/layouts/new?from=speaker', '#/node', '#/rooms']) {
			await page.evaluate((hash) => { location.hash = hash; }, at);
			await is(`${at} is drawn`, () => page.evaluate(() => document.querySelector('#main').children.length > 1));
		}
		await is('the cards are back', async () => await page.locator('.a-card').count() === ROOMS);
	};
	for (let i = 0; i < 4; i++) await round();
	const first = await size(page, session);
	for (let i = 0; i < 12; i++) await round();
	await eventually('nothing grew', async () => {
		const last = await size(page, session);
		console.log(`# after 12 more rounds: nodes ${first.nodes} -> ${last.nodes}, listeners ${first.listeners} -> ${last.listeners}, heap ${first.heap >> 10} -> ${last.heap >> 10} kB`);
		assert.ok(last.nodes < first.nodes * 1.15 + 500, 'elements');
		assert.ok(last.listeners < first.listeners * 1.15 + 100, 'listeners');
		assert.ok(last.heap < first.heap + 3e6, 'memory');
	});
	await boss.close();
});

test('one room of 600: as many rows as are on the screen', async () => {
	Object.assign(crowd, {rooms: 1, each: 600});
	const boss = await openAdmin(null), {page} = boss;
	await page.addInitScript(measure);
	await page.goto(`${url}/admin#/rooms/room-0`);
	await is('people are listed', async () => /People: 60\d/.test(await page.textContent('.a-people-panel h2')));
	assert.ok(await page.locator('.a-person').count() < 40, 'rows');
	await assertQuick(page, 'a room of 600');
	await page.evaluate(() => { const s = document.querySelector('.a-scroll'); s.scrollTop = s.scrollHeight; });
	await is('the last one is there', async () => await page.locator('[aria-posinset="600"]').count() === 1);
	assert.ok(await page.locator('.a-person').count() < 40, 'rows');
	await page.fill('[aria-label="Search people"]', 'Person 1');
	await is('fewer are listed', async () => Number(await page.locator('.a-person').first().getAttribute('aria-setsize')) < 600);
	await boss.screenshot('admin-crowd-room');
	await boss.close();
});
