// A recording as those play it who get it: somebody joins in the middle, so that the layout changes; Chromium and ffplay seek in it, and ffmpeg
// tells what is where.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {chromium} from 'playwright-core';
import {request} from './lib/api.mjs';
import {pictures} from './lib/film.mjs';
import {readMark} from './lib/mark.mjs';
import {folder} from './lib/media.mjs';
import {start} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const room = 'film', small = {width: 320, height: 180, kbps: 300, fps: 30}, W = 640, H = 360, CHANGE_S = 1.5;
const MARKS = readFileSync(new URL('lib/mark.mjs', import.meta.url), 'utf8').replaceAll('export ', '');
const crowd = [];
let server, browser, path, file, shots;

after(async () => {
	await browser?.close();
	for (const peers of crowd) peers.child.kill('SIGKILL');
	if (server?.child.exitCode === null) await server.stop();
});

async function ask(method, at, json) {
	const reply = await request(server.url + at, {method, headers: {Connection: 'close', ...(json && {'Content-Type': 'application/json'})},
		body: json ? JSON.stringify(json) : undefined});
	return {...reply, json: /json/.test(reply.headers['content-type'] ?? '') && reply.body.length ? JSON.parse(reply.body) : null};
}

async function come(who, count, all) {
	const peers = start(server, {seconds: 100, room, urgent: false, peers: [{...small, count, who}]});
	peers.done.catch(() => {});
	crowd.push(peers);
	await eventually('all are seen', async () => {
		const items = await server.participants(room);
		assert.equal(items.filter((p) => p.state === 'connected' && p.sources.some((s) => s.kind === 'camera')).length, all);
	}, 30000);
}

// Of participant 0, 1, ... by their marks.
async function tiles(names) {
	const {regions} = await server.layout(room), items = await server.participants(room);
	return names.map((name) => {
		const {x, y, w, h} = regions.find((r) => r.participant === items.find((p) => p.name === name).id);
		return {x, y, w, h};
	});
}

test('a layout that changes in the middle is there from then on', async () => {
	const dir = join(folder, 'played');
	mkdirSync(dir, {recursive: true, mode: 0o750});
	server = await startServer({'recording.dir': dir, 'recording.min_free_mb': 1});
	assert.equal((await ask('PUT', `/v1/rooms/${room}`, {video: {width: W, height: H}})).status, 201);
	await come(0, 2, 2);
	const two = await tiles(['peer-0', 'peer-1']), made = await ask('POST', `/v1/rooms/${room}/recordings`, {format: 'mp4'});
	assert.equal(made.status, 201, made.body.toString());
	path = `/v1/rooms/${room}/recordings/${made.json.id}`;
	await eventually('it has begun', async () => assert.ok((await ask('GET', path)).json.first_ms));
	await sleep(5000);
	const before_ms = Date.now();
	await come(2, 1, 3);
	const after_ms = Date.now(), names = (await server.participants(room)).map((p) => p.name);
	const three = await tiles([names[0], names[1], names[2]]);
	assert.notDeepEqual(three.slice(0, 2), two, 'the layout has changed');
	await sleep(7000);
	assert.equal((await ask('DELETE', path)).status, 204);
	const done = await eventually('it is done', async () => {
		const {json} = await ask('GET', path);
		assert.ok(json.state === 'done' && json.parts.every((p) => p.seekable), JSON.stringify(json));
		return json;
	}, 30000);
	assert.equal(done.parts.length, 1, 'it is one file');
	assert.equal(done.dropped, 0);
	file = join(dir, `${made.json.id}.mp4`);
	const from = (before_ms - done.first_ms) / 1000, to = (after_ms - done.first_ms) / 1000 + CHANGE_S;
	const seen = {two: 0, three: 0}, all = {two: 0, three: 0};
	shots = [];
	for (const {at, grey} of pictures(file, W, H)) {
		const when = at < from ? 'two' : at > to ? 'three' : null;
		shots.push({at, frame: readMark(grey, W, at < from ? two[0] : three[0])?.frame});
		if (!when) continue;
		(when === 'two' ? two : three).forEach((tile, who) => {
			const mark = readMark(grey, W, tile);
			all[when]++;
			if (mark) assert.equal(mark.who, who, `the tile of ${who} at ${at} s`);
			if (mark) seen[when]++;
		});
	}
	for (const when of ['two', 'three']) assert.ok(all[when] > 100 && seen[when] > 0.9 * all[when], `${when}: ${seen[when]} of ${all[when]}`);
	shots.changed = {from, to, two: two[0], three: three[0]};
	const {journal} = (await ask('GET', `${path}/sidecar`)).json;
	assert.ok(journal.filter((e) => e.event === 'layout').length >= 2, 'the sidecar tells of both layouts');
});

// The number of the picture that is to be seen at that time.
const frameAt = (seconds) => shots.findLast(({at}) => at <= seconds + 0.001);

test('Chromium seeks in it, by Range', async () => {
	browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu']});
	const page = await browser.newPage(), statuses = [];
	page.on('response', (r) => r.url().endsWith('/file') && statuses.push(r.status()));
	await page.goto(`${server.url}/`);
	await page.evaluate(`${MARKS}; window.readMark = readMark;`);
	const length = await page.evaluate(async (src) => {
		const video = Object.assign(document.createElement('video'), {muted: true, src});
		document.body.append(video);
		await new Promise((resolve, reject) => { video.onloadeddata = resolve; video.onerror = () => reject(new Error(video.error.message)); });
		window.film = video;
		return [video.duration, video.seekable.end(0)];
	}, `${path}/file`);
	const last = shots.at(-1).at;
	for (const seconds of length) assert.ok(Math.abs(seconds - last) < 0.3, `${length} of ${last} s`);
	const {from, to, two, three} = shots.changed;
	for (const seconds of [to + 1.02, 1.02, to + 3.52, from - 1, 2.52]) {
		const mark = await page.evaluate(async ([at, w, h, tile]) => {
			const video = window.film, context = new OffscreenCanvas(w, h).getContext('2d');
			const drawn = new Promise((resolve) => { video.requestVideoFrameCallback(resolve); });
			video.currentTime = at;
			await new Promise((resolve) => { video.onseeked = resolve; });
			await drawn;
			context.drawImage(video, 0, 0, w, h);
			const {data} = context.getImageData(0, 0, w, h);
			return window.readMark(Uint8Array.from({length: w * h}, (_, i) => data[4 * i + 1]), w, tile);
		}, [seconds, W, H, seconds < from ? two : three]), is = frameAt(seconds);
		assert.ok(mark && Math.abs(mark.frame - is.frame) <= 1, `at ${seconds} s: ${JSON.stringify(mark)}, ffmpeg has ${is.frame} there`);
	}
	assert.ok(statuses.includes(206), `${statuses}`);
	console.log(`Chromium: ${length[0].toFixed(2)} s, replies ${statuses}`);
});

test('ffplay plays it from the middle, and to its end', (t) => {
	if (spawnSync('ffplay', ['-version']).error) return t.skip('no ffplay');
	const env = {...process.env, SDL_VIDEODRIVER: 'dummy', SDL_AUDIODRIVER: 'dummy'}, last = shots.at(-1).at;
	const from = Date.now(), run = spawnSync('ffplay', ['-v', 'error', '-nostats', '-autoexit', '-ss', String(last - 3), file], {env, timeout: 30000});
	assert.deepEqual([run.status, run.stderr.toString()], [0, '']);
	assert.ok(Date.now() - from > 1500, 'it played what is left');
});
