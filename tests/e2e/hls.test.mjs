// A room's mix by HLS: scripted participants with marks and tones; ffmpeg, the page /watch and hls.js play it, playlists are held
// against the rules, and two hundred viewers ask at once.

import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {chromium} from 'playwright-core';
import {request} from './lib/api.mjs';
import {Follower} from './lib/hls.mjs';
import {readMark, toneHz, toneLevel} from './lib/mark.mjs';
import {folder} from './lib/media.mjs';
import {start} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const room = 'tv', small = {width: 320, height: 180, kbps: 300, fps: 30};
const MARKS = readFileSync(new URL('lib/mark.mjs', import.meta.url), 'utf8').replaceAll('export ', '');
const HLSJS = readFileSync(createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js'), 'utf8');
let server, peers, browser, key;

// Held requests last for as long as others need answers: each has a connection of its own.
async function ask(method, path, json, headers = {}) {
	const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
	const reply = await request(server.url + path, {method, headers: {Connection: 'close', ...headers, ...(json && {'Content-Type': type})},
		body: json ? JSON.stringify(json) : undefined});
	return {...reply, text: reply.body.toString()};
}
const get = (path, headers) => ask('GET', path, undefined, headers);
const problem = (reply) => [reply.status, JSON.parse(reply.text).type?.replace('urn:tessera:problem:', '')];

before(async () => {
	const dir = join(folder, 'hls-recorded');
	mkdirSync(dir, {recursive: true, mode: 0o750});
	server = await startServer({'recording.dir': dir, 'recording.min_free_mb': 1, 'hls.max_waiting': 4000});
	assert.equal((await ask('PUT', `/v1/rooms/${room}`, {hls: 'always'})).status, 201);
	peers = start(server, {seconds: 200, room, urgent: false, peers: [{...small, count: 2, who: 0}]});
	// held until there is something to play
	const index = await eventually('there is something', async () => {
		const reply = await get(`/hls/${room}/index.m3u8`);
		assert.equal(reply.status, 200, reply.text);
		return reply;
	}, 30000);
	assert.equal(index.headers['content-type'], 'application/vnd.apple.mpegurl');
	assert.equal(index.headers['cache-control'], 'private, no-store');
	[, key] = /\n(\w+)\/live\.m3u8\n/.exec(index.text);
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

let film;
const filmed = new Promise((resolve) => { film = resolve; });

describe('at once', {concurrency: true}, () => {
	test('ffmpeg plays it: everybody in their tile, their tones, pictures and sound without a gap', async () => {
		const file = join(folder, 'hls.mkv'), places = await tiles(1280);
		const run = spawn('ffmpeg', ['-v', 'error', '-y', '-i', `${server.url}/hls/${room}/index.m3u8`, '-t', '4', '-c', 'copy', file], {stdio: ['ignore', 'inherit', 'inherit']});
		const [code] = await once(run, 'close');
		film();
		assert.equal(code, 0);
		const decode = async (args) => { // others want answers meanwhile
			const child = spawn('ffmpeg', ['-v', 'error', '-i', file, ...args, '-'], {stdio: ['ignore', 'pipe', 'pipe']}), out = [], err = [];
			child.stdout.on('data', (bytes) => out.push(bytes));
			child.stderr.on('data', (bytes) => err.push(bytes));
			await once(child, 'close');
			assert.equal(Buffer.concat(err).toString(), '');
			return Buffer.concat(out);
		};
		const grey = await decode(['-map', '0:v', '-fps_mode', 'passthrough', '-pix_fmt', 'gray', '-f', 'rawvideo']), size = 1280 * 720;
		const seen = [0, 0], n = grey.length / size;
		assert.ok(n > 100, `${n} pictures`);
		for (let i = 0; i < n; i++) {
			places.forEach((tile, who) => {
				const mark = readMark(grey.subarray(i * size, (i + 1) * size), 1280, tile);
				assert.ok(!mark || mark.who === who, 'nobody is in the tile of another');
				if (mark) seen[who]++;
			});
		}
		for (const count of seen) assert.ok(count > 0.9 * n, `${seen} of ${n} pictures`);
		const sound = await decode(['-map', '0:a', '-ar', '48000', '-f', 's16le']), samples = new Int16Array(new Uint8Array(sound).buffer);
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

	test('who may not join may not watch; links are old after another PIN', async () => {
		const away = {Origin: 'https://elsewhere.example'}, path = '/hls/locked/index.m3u8';
		assert.deepEqual(problem(await get('/hls/nowhere/index.m3u8')), [404, 'no-such-stream']);
		assert.deepEqual(problem(await get(`/hls/${room}/index.m3u8`, away)), [403, 'origin']);
		assert.equal((await ask('PUT', '/v1/rooms/locked', {hls: 'always', pin: '4711'})).status, 201);
		assert.deepEqual(problem(await get(path)), [401, 'pin-needed']);
		assert.deepEqual(problem(await get(`${path}?pin=4712`)), [403, 'wrong-pin']);
		const admitted = await get(`${path}?pin=4711`, away); // after six seconds: nobody is in the room
		assert.deepEqual(problem(admitted), [503, 'not-there-yet']);
		assert.equal(admitted.headers['access-control-allow-origin'], '*');
		const wrong = `${key.slice(0, -1)}${key.endsWith('0') ? 1 : 0}`;
		for (const bad of [wrong, 'x', `${key}0`, key.slice(1)]) assert.deepEqual(problem(await get(`/hls/${room}/${bad}/live.m3u8`)), [404, 'no-such-stream']);
		assert.equal((await get(`/hls/${room}/${key}/s0.m3u8`)).status, 404);
		assert.equal((await get(`/hls/${room}/${key}/live.m3u8`, away)).headers['access-control-allow-origin'], '*');
	});

	test('playlists keep the rules over a change of size, reloads are held, pieces are the same for all', async () => {
		const path = `/hls/${room}/${key}/`, follower = new Follower(get, `${path}live.m3u8`);
		await follower.follow(8000);
		// what a segment is made of is what it is
		const whole = follower.last.segments.filter((s) => s.uri && s.parts.length).at(-1);
		const parts = await Promise.all(whole.parts.map((part) => get(path + part.uri))), segment = await get(path + whole.uri);
		assert.ok(segment.body.equals(Buffer.concat(parts.map((part) => part.body))));
		assert.equal(segment.headers['cache-control'], 'public, max-age=3600, immutable');
		assert.equal(segment.headers['content-type'], 'video/mp4');
		assert.equal((await get(path + whole.uri, {'If-None-Match': segment.headers.etag})).status, 304);
		assert.equal((await get(path + whole.uri, {Range: 'bytes=0-1'})).status, 200);
		assert.equal((await get(path + whole.map)).body.toString('latin1', 4, 8), 'ftyp');
		// the part that is hinted at comes when it is there; beyond that nothing is
		const from = Date.now(), hinted = await get(path + follower.last.hint.URI);
		assert.equal(hinted.status, 200);
		assert.equal(hinted.body.toString('latin1', 4, 8), 'moof');
		assert.ok(Date.now() - from < 5000);
		const [msn] = follower.next();
		assert.equal((await get(`${path}live.m3u8?_HLS_msn=${msn + 20}`)).status, 400);
		assert.equal((await get(`${path}live.m3u8?_HLS_part=1`)).status, 400);
		assert.equal((await get(`${path}live.m3u8?_HLS_msn=x`)).status, 400);
		assert.deepEqual(problem(await get(`${path}s${msn + 20}.0.m4s`)), [404, 'no-such-segment']);
		const plain = await get(`${path}live.m3u8`), held = await get(`${path}live.m3u8?_HLS_msn=${msn - 1}`);
		assert.deepEqual([plain.headers['cache-control'], held.headers['cache-control']], ['public, max-age=1', 'public, max-age=6']);
		// another size, which ffmpeg's file is not made for
		await filmed;
		assert.equal((await ask('PATCH', `/v1/rooms/${room}`, {video: {width: 640, height: 360}})).status, 200);
		await follower.follow(12000);
		assert.equal(follower.maps.size, 2, 'another init');
		assert.ok(follower.gaps >= 1, 'a discontinuity');
		const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
		const behind = follower.last.segments.filter((s) => s.uri).at(-3);
		console.log(`${follower.lists} playlists, held for ${median(follower.waits)} ms; a part is there ${median(follower.ages)} ms after its last picture; ` +
			`players without parts begin ${((Date.now() - behind.date) / 1000).toFixed(1)} s behind`);
		assert.ok(median(follower.waits) > 50 && median(follower.ages) < 2000);
		assert.ok(Date.now() - behind.date < 10000);
	});
});

// How old what is shown is, by the mark of the first tile: on the clock of the machine, for when its clip is known.
async function watch(page, seconds) {
	const [tile] = await tiles(640);
	const offset = Number(process.hrtime.bigint()) / 1e6 - Date.now(), looks = [];
	await page.evaluate(`${MARKS}; window.look = (tile) => {
		const video = document.querySelector('video'), canvas = new OffscreenCanvas(640, 360), context = canvas.getContext('2d');
		context.drawImage(video, 0, 0, 640, 360);
		const at = Date.now(), {data} = context.getImageData(0, 0, 640, 360), grey = new Uint8Array(640 * 360);
		for (let i = 0; i < grey.length; i++) grey[i] = data[4 * i + 1];
		return {mark: readMark(grey, 640, tile), at, width: video.videoWidth, time: video.currentTime,
			dropped: video.getVideoPlaybackQuality().droppedVideoFrames, total: video.getVideoPlaybackQuality().totalVideoFrames};
	};`);
	for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(200)) {
		const look = await page.evaluate((t) => window.look(t), tile);
		if (look.mark) looks.push({...look, at: look.at + offset});
	}
	return looks;
}
const seenLooks = {};

// hls.js in a page of its own, playing.
async function hlsJs(url) {
	const other = await browser.newPage();
	await other.setContent('<video muted autoplay playsinline></video>');
	await other.evaluate(HLSJS);
	await other.evaluate((from) => {
		window.hlsErrors = [];
		window.hls = new window.Hls({enableWorker: false, lowLatencyMode: true});
		window.hls.on(window.Hls.Events.ERROR, (_, data) => window.hlsErrors.push(`${data.details} ${data.fatal}`));
		window.hls.loadSource(from);
		window.hls.attachMedia(document.querySelector('video'));
	}, url);
	await eventually('hls.js plays', async () => {
		const {time, errors: told} = await other.evaluate(() => ({time: document.querySelector('video').currentTime, errors: window.hlsErrors}));
		assert.ok(time > 0.5, `at ${time}: ${told}`);
	}, 20000);
	return other;
}

test('the page /watch and hls.js play it, through a change of size', async () => {
	browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required', '--disable-gpu']});
	const page = await browser.newPage(), errors = [];
	page.on('pageerror', (error) => errors.push(String(error)));
	await page.goto(`${server.url}/watch/${room}`);
	await eventually('it plays', async () => {
		const {time, total, text} = await page.evaluate(() => ({time: document.getElementById('mix').currentTime,
			total: document.getElementById('mix').getVideoPlaybackQuality().totalVideoFrames, text: document.querySelector('main:not([hidden]) [role=status]').textContent}));
		assert.ok(time > 0 && total > 30, `${total} pictures, at ${time}: ${text}`);
	}, 20000);
	seenLooks['/watch'] = await watch(page, 3);
	assert.equal((await ask('PATCH', `/v1/rooms/${room}`, {video: {width: 960, height: 540}})).status, 200);
	await eventually('the other size is there', async () => assert.equal(await page.evaluate(() => document.getElementById('mix').videoWidth), 960), 15000);
	const looks = await watch(page, 2);
	assert.ok(looks.length >= 4, `it goes on: ${looks.length} marks`);
	assert.deepEqual(errors, []);
	await page.close();

	const other = await hlsJs(`${server.url}/hls/${room}/${key}/index.m3u8`);
	await sleep(1000);
	seenLooks['hls.js'] = await watch(other, 2);
	const {errors: told, latency} = await other.evaluate(() => ({errors: window.hlsErrors, latency: window.hls.latency}));
	assert.deepEqual(told.filter((e) => e.endsWith('true')), [], `${told}`);
	console.log(`hls.js says it is ${latency.toFixed(2)} s behind; errors: ${told.length ? told : 'none'}`);
	for (const [who, list] of Object.entries(seenLooks)) assert.ok(list.length >= 4, `${who}: ${list.length} marks`);
	await other.close();
});

test('two hundred viewers delay no tick and no recording', async () => {
	const kept = await ask('POST', `/v1/rooms/${room}/recordings`, {format: 'mp4'}), path = `/hls/${room}/${key}/`;
	assert.equal(kept.status, 201, kept.text);
	const before_ = await server.metrics(), end = Date.now() + 5000;
	let bytes = 0;
	const first = new Follower(get, `${path}live.m3u8`);
	await first.step();
	const viewer = async () => {
		let [msn, part] = first.next();
		while (Date.now() < end) {
			const list = await get(`${path}live.m3u8?_HLS_msn=${msn}&_HLS_part=${part}`);
			assert.equal(list.status, 200, list.text);
			const reply = await get(`${path}s${msn}.${part}.m4s`);
			if (reply.status === 200) bytes += reply.body.length;
			const hint = /PRELOAD-HINT:TYPE=PART,URI="s(\d+)\.(\d+)\.m4s"/.exec(list.text);
			[msn, part] = [Number(hint[1]), Number(hint[2])];
		}
	};
	const slowest = async () => {
		let most = 0;
		for (; Date.now() < end; await sleep(50)) {
			const from = Date.now();
			await server.get('/healthz');
			most = Math.max(most, Date.now() - from);
		}
		return most;
	};
	const [most] = await Promise.all([slowest(), ...Array.from({length: 200}, viewer)]);
	const after_ = await server.metrics(), grew = (name) => after_[name] - before_[name];
	const ticks = grew('tessera_ticks_total{media="video"}'), skipped = grew('tessera_ticks_skipped_total{media="video"}');
	const sound = grew('tessera_ticks_total{media="audio"}'), lost = grew('tessera_ticks_skipped_total{media="audio"}');
	console.log(`200 viewers took ${(bytes / 1e6).toFixed(1)} MB in 5 s; ${skipped} of ${ticks} pictures and ${lost} of ${sound} ticks of sound skipped; ` +
		`/healthz took ${most} ms at most`);
	assert.ok(bytes > 2e6, `${bytes} bytes`);
	// not how fast this machine is, which may have other work
	assert.ok(skipped <= 0.25 * ticks && lost <= 0.25 * sound);
	const {id} = JSON.parse(kept.text);
	assert.equal((await ask('DELETE', `/v1/rooms/${room}/recordings/${id}`)).status, 204);
	const done = await eventually('it is written', async () => {
		const json = await server.get(`/v1/rooms/${room}/recordings/${id}`);
		assert.equal(json.state, 'done');
		return json;
	}, 30000);
	assert.equal(done.dropped, 0, 'the recording misses nothing');
	assert.ok(done.duration_ms > 4000, `${done.duration_ms} ms`);
});

test('it is an output, too', async () => {
	const path = `/v1/rooms/${room}/outputs`, wanted = {type: 'hls', name: 'TV'};
	assert.deepEqual(problem(await ask('POST', path, wanted)), [409, 'output-exists']);
	// who stops it takes it from those who watch, too
	assert.equal((await get(`/hls/${room}/${key}/live.m3u8`)).status, 200);
	assert.equal((await ask('PATCH', `/v1/rooms/${room}`, {hls: 'off'})).status, 200);
	for (const name of ['index', 'live']) assert.equal((await get(`/hls/${room}/${key}/${name}.m3u8`)).status, 404);
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
	assert.equal(live.url, `/hls/${room}/index.m3u8`);
	const list = live.watch_url.replace('index', 'live');
	assert.equal((await get(live.watch_url)).status, 200);
	const {text} = await get(list), piece = list.replace('live.m3u8', /s\d+(\.\d+)?\.m4s/.exec(text)[0]);
	assert.equal((await get(piece)).status, 200);
	assert.equal((await ask('DELETE', own)).status, 204);
	for (const gone of [live.watch_url, list, piece]) assert.equal((await get(gone)).status, 404);
	assert.equal((await server.get(`/v1/rooms/${room}`)).streamed, false);
});

test('who watches sees the end of it', async () => {
	const made = await ask('POST', `/v1/rooms/${room}/outputs`, {type: 'hls'});
	assert.equal(made.status, 201, made.text);
	const {watch_url} = await server.get(made.headers.location), page = await hlsJs(server.url + watch_url);
	const follower = new Follower(get, watch_url.replace('index', 'live'));
	await follower.step();
	assert.ok(!follower.last.ended && follower.last.hint);
	peers.child.kill('SIGTERM');
	await peers.done; // which leaves nobody in the room
	await eventually('the list has its end', async () => {
		await follower.step();
		assert.ok(follower.last.ended && !follower.last.hint);
	});
	assert.equal((await get(watch_url)).status, 404);
	await eventually('the player is at the end', async () => assert.deepEqual(await page.evaluate(() => [document.querySelector('video').ended,
		window.hlsErrors.filter((e) => e.endsWith('true'))]), [true, []]), 30000);
	await browser.close();
});

test('what is shown is not old', async () => {
	const [peer] = (await peers.done).peers, loop = 5000;
	for (const [who, looks] of Object.entries(seenLooks)) {
		const ages = looks.map(({mark, at}) => ((at - peer.clip_at_ms - mark.frame * 1000 / small.fps) % loop + loop) % loop).sort((a, b) => a - b);
		const median = ages[ages.length >> 1];
		console.log(`${who}: ${(median / 1000).toFixed(2)} s from camera to screen (${(ages[0] / 1000).toFixed(2)} to ${(ages.at(-1) / 1000).toFixed(2)})`);
		assert.ok(median < 4500, `${median} ms`); // 3 s are aimed at
	}
	await server.stop();
});
