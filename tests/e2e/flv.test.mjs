// A room's mix by HTTP-FLV: scripted participants with marks and tones; ffmpeg and mpegts.js play it, through a change of size, and a hundred
// viewers read at once.

import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {get as httpGet} from 'node:http';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {chromium} from 'playwright-core';
import {request} from './lib/api.mjs';
import {readMark, toneHz, toneLevel} from './lib/mark.mjs';
import {folder} from './lib/media.mjs';
import {start} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const room = 'tv', small = {width: 320, height: 180, kbps: 300, fps: 30};
const MARKS = readFileSync(new URL('lib/mark.mjs', import.meta.url), 'utf8').replaceAll('export ', '');
const MPEGTS = readFileSync(createRequire(import.meta.url).resolve('mpegts.js/dist/mpegts.js'), 'utf8');
let server, peers, browser, looks;

async function ask(method, path, json, headers = {}) {
	const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
	const reply = await request(server.url + path, {method, headers: {Connection: 'close', ...headers, ...(json && {'Content-Type': type})},
		body: json ? JSON.stringify(json) : undefined});
	return {...reply, text: reply.body.toString()};
}
const problem = (reply) => [reply.status, JSON.parse(reply.text).type?.replace('urn:tessera:problem:', '')];

// A viewer: the reply, its bytes so far, and whether it has ended.
async function view(path, headers = {}) {
	const call = httpGet(server.url + path, {headers, agent: false});
	const [reply] = await once(call, 'response'), viewer = {reply, chunks: [], bytes: 0, ended: false, leave: () => call.destroy()};
	reply.on('data', (bytes) => { viewer.chunks.push(bytes); viewer.bytes += bytes.length; });
	reply.on('end', () => { viewer.ended = true; });
	reply.on('error', () => {});
	return viewer;
}

// Every tag of a file: {type, ms, key, header}; throws where it is broken. The end may be cut off.
function tags(bytes) {
	const list = [];
	assert.equal(bytes.toString('latin1', 0, 3), 'FLV');
	assert.equal(bytes[4], 5, 'sound and pictures');
	let at = 13;
	while (at + 11 <= bytes.length) {
		const type = bytes[at], size = bytes.readUIntBE(at + 1, 3), ms = bytes.readUIntBE(at + 4, 3) + bytes[at + 7] * 2 ** 24;
		if (at + 15 + size > bytes.length) break;
		assert.ok([8, 9, 18].includes(type), `tag ${type} at ${at}`);
		assert.equal(bytes.readUInt32BE(at + 11 + size), 11 + size, 'its length stands behind it');
		list.push({type, ms, key: type === 9 && bytes[at + 11] === 0x17, header: type !== 18 && bytes[at + 12] === 0});
		at += 15 + size;
	}
	return list;
}

before(async () => {
	server = await startServer({'flv.max_viewers': 1500});
	assert.equal((await ask('PUT', `/v1/rooms/${room}`, {flv: 'always'})).status, 201);
	peers = start(server, {seconds: 120, room, urgent: false, peers: [{...small, count: 2, who: 0}]});
	await eventually('all are seen', async () => {
		const {items} = await server.get(`/v1/rooms/${room}/participants`);
		assert.equal(items.filter((p) => p.state === 'connected' && p.sources.some((s) => s.kind === 'camera')).length, 2);
	}, 30000);
});

after(async () => {
	await browser?.close();
	peers?.child.kill('SIGKILL');
	if (server?.child.exitCode === null) await server.stop();
});

// In a picture of that width.
async function tiles(width) {
	const {regions, canvas} = await server.layout(room), items = await server.participants(room), scale = width / canvas.width;
	return [0, 1].map((who) => {
		const {x, y, w, h} = regions.find((r) => r.participant === items.find((p) => p.name === `peer-${who}`).id);
		return {x: x * scale, y: y * scale, w: w * scale, h: h * scale};
	});
}

// How much was coded for viewers within a second.
async function coded() {
	const bytes = async () => (await server.get(`/v1/rooms/${room}/outputs`)).items[0].bytes;
	const before_ = await bytes();
	await sleep(1000);
	return await bytes() - before_;
}

test('ffmpeg plays it: everybody in their tile, their tones, no gap', async () => {
	const file = join(folder, 'flv.mkv'), places = await tiles(1280);
	assert.equal((await server.metrics()).tessera_flv_viewers, 0);
	const run = spawn('ffmpeg', ['-v', 'error', '-y', '-i', `${server.url}/flv/${room}.flv`, '-t', '4', '-c', 'copy', file], {stdio: ['ignore', 'inherit', 'inherit']});
	const [code] = await once(run, 'close');
	assert.equal(code, 0);
	const decode = (args) => {
		const {stdout, stderr} = spawnSync('ffmpeg', ['-v', 'error', '-i', file, ...args, '-'], {maxBuffer: 1 << 30});
		assert.equal(stderr.toString(), '');
		return stdout;
	};
	const grey = decode(['-map', '0:v', '-fps_mode', 'passthrough', '-pix_fmt', 'gray', '-f', 'rawvideo']), size = 1280 * 720;
	const seen = [0, 0], n = grey.length / size;
	assert.ok(n > 90, `${n} pictures`);
	for (let i = 0; i < n; i++) {
		places.forEach((tile, who) => {
			const mark = readMark(grey.subarray(i * size, (i + 1) * size), 1280, tile);
			assert.ok(!mark || mark.who === who, 'nobody is in the tile of another');
			if (mark) seen[who]++;
		});
	}
	for (const count of seen) assert.ok(count > 0.9 * n, `${seen} of ${n} pictures`);
	const sound = decode(['-map', '0:a', '-ar', '48000', '-f', 's16le']), samples = new Int16Array(new Uint8Array(sound).buffer);
	const most = [0, 0, 0];
	for (let at = 0; at + 960 <= samples.length; at += 960) for (const who of [0, 1, 2]) most[who] = Math.max(most[who], toneLevel(samples, at, 960, toneHz(who)));
	assert.ok(most[0] > 2500 && most[1] > 2500 && most[2] < 1500, `tones: ${most}`);
	for (const [track, most_s] of [['v', 0.5], ['a', 0.3]]) {
		const times = spawnSync('ffprobe', ['-v', 'error', '-select_streams', track, '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', file]).stdout
			.toString().trim().split('\n').map(parseFloat);
		const gap = Math.max(...times.slice(1).map((at, i) => at - times[i]));
		assert.ok(gap < most_s, `${track}: ${gap} s without any`);
	}
});

test('who may not join may not watch; another PIN ends those who watch', async () => {
	const away = {Origin: 'https://elsewhere.example'}, path = '/flv/locked.flv';
	for (const nothing of [`/flv/${room}`, '/flv/.flv']) assert.equal((await ask('GET', nothing)).status, 404);
	for (const nothing of ['/flv/nowhere.flv', '/flv/a%2fb.flv']) assert.deepEqual(problem(await ask('GET', nothing)), [404, 'no-such-stream']);
	assert.deepEqual(problem(await ask('GET', `/flv/${room}.flv`, undefined, away)), [403, 'origin']);
	assert.equal((await ask('PUT', '/v1/rooms/locked', {flv: 'always', pin: '4711'})).status, 201);
	assert.deepEqual(problem(await ask('GET', path)), [401, 'pin-needed']);
	assert.deepEqual(problem(await ask('GET', `${path}?pin=4712`)), [403, 'wrong-pin']);
	for (const bad of ['x.flv', `${'0'.repeat(32)}.flv`]) assert.deepEqual(problem(await ask('GET', `/flv/locked/${bad}`)), [404, 'no-such-stream']);
	const viewer = await view(`${path}?pin=4711`, away);
	assert.equal(viewer.reply.statusCode, 200);
	assert.equal(viewer.reply.headers['content-type'], 'video/x-flv');
	assert.equal(viewer.reply.headers['access-control-allow-origin'], '*');
	assert.equal(viewer.reply.headers['cache-control'], 'no-store');
	assert.equal((await ask('PATCH', '/v1/rooms/locked', {pin: '4713'})).status, 200);
	await eventually('they have to come again', () => assert.ok(viewer.ended), 5000);
	assert.equal((await ask('DELETE', '/v1/rooms/locked')).status, 204);
});

test('it is an output, too; a stream that ends ends its viewers', async () => {
	const path = `/v1/rooms/${room}/outputs`, wanted = {type: 'flv', name: 'mini-program'};
	assert.deepEqual(problem(await ask('POST', path, wanted)), [409, 'output-exists']);
	assert.equal((await ask('PATCH', `/v1/rooms/${room}`, {flv: 'off'})).status, 200);
	assert.deepEqual(problem(await ask('GET', `/flv/${room}.flv`)), [404, 'no-such-stream']);
	assert.deepEqual(problem(await ask('POST', path, {...wanted, url: 'rtmp://192.0.2.1/a/b'})), [422, 'url']);
	const made = await ask('POST', path, wanted);
	assert.equal(made.status, 201, made.text);
	const own = made.headers.location;
	assert.equal((await server.get(`/v1/rooms/${room}`)).streamed, true);
	const live = await eventually('it is live', async () => {
		const output = await server.get(own);
		assert.equal(output.state, 'live', JSON.stringify(output));
		return output;
	});
	assert.equal(live.url, `/flv/${room}.flv`);
	assert.equal(await coded(), 0, 'nothing is coded for nobody');
	const viewer = await view(live.watch_url);
	await eventually('it gets something', () => assert.ok(viewer.bytes > 20000), 15000);
	assert.equal((await ask('DELETE', own)).status, 204);
	await eventually('it ends', () => assert.ok(viewer.ended), 5000);
	const list = tags(Buffer.concat(viewer.chunks)), pictures = list.filter((tag) => tag.type === 9 && !tag.header);
	assert.deepEqual(list.slice(0, 3).map((tag) => [tag.type, tag.header]), [[18, false], [9, true], [8, true]]);
	assert.ok(pictures[0].key, 'it begins with a keyframe');
	for (const type of [8, 9]) {
		const times = list.filter((tag) => tag.type === type).map((tag) => tag.ms);
		assert.deepEqual(times, [...times].sort((a, b) => a - b), 'times go up');
	}
	assert.deepEqual(problem(await ask('GET', live.watch_url)), [404, 'no-such-stream']);
	assert.equal((await server.get(`/v1/rooms/${room}`)).streamed, false);
	assert.equal((await ask('PATCH', `/v1/rooms/${room}`, {flv: 'always'})).status, 200);
});

test('mpegts.js plays it in Chromium, through a change of size', async () => {
	browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required', '--disable-gpu']});
	const page = await browser.newPage(), errors = [];
	page.on('pageerror', (error) => errors.push(String(error)));
	await page.goto(`${server.url}/healthz`); // an origin of the server's, without a script that looks for its page
	await page.setContent('<video muted autoplay playsinline></video>');
	await page.evaluate(MPEGTS);
	await page.evaluate((url) => {
		window.told = [];
		const player = window.mpegts.createPlayer({type: 'flv', isLive: true, url}, {enableStashBuffer: false, liveBufferLatencyChasing: true,
			liveBufferLatencyMaxLatency: 1, liveBufferLatencyMinRemain: 0.3});
		player.on(window.mpegts.Events.ERROR, (...what) => window.told.push(what.map(String).join(' ')));
		player.attachMediaElement(document.querySelector('video'));
		player.load();
		player.play();
	}, `${server.url}/flv/${room}.flv`);
	const state = () => page.evaluate(() => {
		const video = document.querySelector('video');
		return {time: video.currentTime, total: video.getVideoPlaybackQuality().totalVideoFrames, width: video.videoWidth, told: window.told};
	});
	await eventually('it plays', async () => {
		const now = await state();
		assert.ok(now.time > 0 && now.total > 60, JSON.stringify(now));
	}, 30000);
	const [tile] = await tiles(640);
	const offset = Number(process.hrtime.bigint()) / 1e6 - Date.now();
	await page.evaluate(`${MARKS}; window.look = (tile) => {
		const video = document.querySelector('video'), canvas = new OffscreenCanvas(640, 360), context = canvas.getContext('2d');
		context.drawImage(video, 0, 0, 640, 360);
		const at = Date.now(), {data} = context.getImageData(0, 0, 640, 360), grey = new Uint8Array(640 * 360);
		for (let i = 0; i < grey.length; i++) grey[i] = data[4 * i + 1];
		return {mark: readMark(grey, 640, tile), at};
	};`);
	looks = [];
	for (const end = Date.now() + 3000; Date.now() < end; await sleep(200)) {
		const look = await page.evaluate((t) => window.look(t), tile);
		if (look.mark) looks.push({...look, at: look.at + offset});
	}
	assert.ok(looks.length >= 4, `${looks.length} marks`);
	assert.equal((await ask('PATCH', `/v1/rooms/${room}`, {video: {width: 640, height: 360}})).status, 200);
	await eventually('the other size is there', async () => assert.equal((await state()).width, 640), 15000);
	const {total} = await state();
	await eventually('it goes on', async () => assert.ok((await state()).total > total + 15), 10000);
	assert.deepEqual([errors, (await state()).told], [[], []]);
	await browser.close();
});

// Ticks of pictures meanwhile, and how many of them were skipped.
async function ticksOf(work) {
	const read = async () => {
		const all = await server.metrics();
		return ['', '_skipped'].map((name) => all[`tessera_ticks${name}_total{media="video"}`]);
	};
	const from = await read();
	await work();
	const to = await read();
	return {ticks: to[0] - from[0], skipped: to[1] - from[1]};
}

// Ticks as they are beside nobody who watches: a target of time is no matter of this test, which other work may slow down.
test('a hundred viewers who read lose nothing', async () => {
	const alone = await ticksOf(() => sleep(3000)), before_ = await server.metrics();
	const viewers = await Promise.all(Array.from({length: 100}, () => view(`/flv/${room}.flv`)));
	await eventually('all get something', () => assert.ok(viewers.every((v) => v.bytes > 30000)), 20000);
	const beside = await ticksOf(() => sleep(4000)), after_ = await server.metrics(), grew = (name) => after_[name] - before_[name];
	for (const viewer of viewers) viewer.leave();
	console.log(`100 viewers took ${(grew('tessera_flv_bytes_total') / 1e6).toFixed(1)} MB; ${beside.skipped} of ${beside.ticks} pictures skipped, ` +
		`${alone.skipped} of ${alone.ticks} without them`);
	assert.equal(grew('tessera_flv_requests_total{result="ok"}'), 100);
	assert.ok(viewers.every((viewer) => !viewer.ended));
	assert.ok(beside.skipped / beside.ticks <= alone.skipped / alone.ticks + 0.25);
	assert.equal(grew('tessera_flv_tags_skipped_total'), 0);
	// each has all that another has: from where the last began to where the first left
	const lists = viewers.map((viewer) => tags(Buffer.concat(viewer.chunks)).filter((tag) => tag.type !== 18 && !tag.header));
	for (const type of [8, 9]) {
		const times = lists.map((list) => list.filter((tag) => tag.type === type).map((tag) => tag.ms));
		const from = Math.max(...times.map((list) => list[0])), to = Math.min(...times.map((list) => list.at(-1)));
		const shared = times.map((list) => list.filter((ms) => ms >= from && ms <= to));
		assert.ok(to - from > 2000, `${to - from} ms in all of them`);
		for (const list of shared) assert.deepEqual(list, shared[0]);
	}
	await eventually('all have gone', async () => assert.equal((await server.metrics()).tessera_flv_viewers, 0), 20000);
});

test('what is shown is not old', async () => {
	peers.child.kill('SIGTERM');
	const [peer] = (await peers.done).peers, loop = 5000;
	const ages = looks.map(({mark, at}) => ((at - peer.clip_at_ms - mark.frame * 1000 / small.fps) % loop + loop) % loop).sort((a, b) => a - b);
	const median = ages[ages.length >> 1];
	console.log(`mpegts.js: ${(median / 1000).toFixed(2)} s from camera to screen (${(ages[0] / 1000).toFixed(2)} to ${(ages.at(-1) / 1000).toFixed(2)})`);
	assert.ok(median < 2500, `${median} ms`); // one to two seconds are aimed at
	await server.stop();
});
