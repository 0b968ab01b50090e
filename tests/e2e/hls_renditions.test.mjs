// A room by HLS in several sizes: playlists whose segments are of the same time, hls.js that changes between them by request and
// because its network is narrow, ffmpeg that plays the small one, and encoders that are there for those who watch alone.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {chromium} from 'playwright-core';
import {request} from './lib/api.mjs';
import {Follower} from './lib/hls.mjs';
import {readMark} from './lib/mark.mjs';
import {folder} from './lib/media.mjs';
import {start} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const room = 'sizes', small = {width: 320, height: 180, kbps: 300, fps: 30};
const MARKS = readFileSync(new URL('lib/mark.mjs', import.meta.url), 'utf8').replaceAll('export ', '');
const HLSJS = readFileSync(createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js'), 'utf8');
let server, peers, browser, key, index;

async function get(path) {
	const reply = await request(server.url + path, {headers: {Connection: 'close'}});
	return {...reply, text: reply.body.toString()};
}

// [{bps, codecs, width, height, uri}] of the multivariant playlist
const variants = (text) => [...text.matchAll(/#EXT-X-STREAM-INF:BANDWIDTH=(\d+),CODECS="([^"]+)",RESOLUTION=(\d+)x(\d+),FRAME-RATE=\d+.*\n(.*)\n/g)]
	.map(([, bps, codecs, width, height, uri]) => ({bps: Number(bps), codecs, width: Number(width), height: Number(height), uri}));

before(async () => {
	server = await startServer({});
	const made = await request(`${server.url}/v1/rooms/${room}`, {method: 'PUT', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({hls: 'always'})});
	assert.equal(made.status, 201);
	peers = start(server, {seconds: 100, room, urgent: false, peers: [{...small, count: 2, who: 0}]});
	index = await eventually('there is something', async () => {
		const reply = await get(`/hls/${room}/index.m3u8`);
		assert.equal(reply.status, 200, reply.text);
		return reply.text;
	}, 30000);
	[, key] = /\n(\w+)\/live\.m3u8\n/.exec(index);
});

after(async () => {
	await browser?.close();
	peers.child.kill('SIGTERM');
	await peers.done;
	await server.stop();
});

test('the sizes are named, and segments of all are of the same time by the same numbers', async () => {
	const list = variants(index);
	assert.deepEqual(list.map(({width, height, uri}) => [width, height, uri]),
		[[1280, 720, `${key}/live.m3u8`], [640, 360, `${key}/r1-live.m3u8`], [320, 180, `${key}/r2-live.m3u8`]]);
	for (const [i, v] of list.entries()) assert.ok(!i || v.bps < 0.6 * list[i - 1].bps, `${v.bps} after ${list[i - 1]?.bps}`);
	const followers = ['live', 'r1-live', 'r2-live'].map((name) => new Follower(get, `/hls/${room}/${key}/${name}.m3u8`));
	await Promise.all(followers.map((f) => f.follow(11000)));
	const [top, ...others] = followers.map((f) => new Map(f.last.segments.filter((s) => s.uri).map((s) => [s.number, s])));
	let most = 0;
	for (const other of others) {
		const shared = [...other.values()].filter((s) => top.has(s.number));
		assert.ok(shared.length >= 3, `${shared.length} segments are in both`);
		// the first may have begun in the middle, when it was asked for
		for (const s of shared.slice(1)) {
			most = Math.max(most, Math.abs(s.date - top.get(s.number).date));
			assert.ok(Math.abs(s.date - top.get(s.number).date) <= 70, `${s.number} begins ${s.date - top.get(s.number).date} ms later`);
		}
	}
	console.log(`the same segments of three sizes begin at most ${most} ms apart`);
	for (const f of followers) {
		assert.equal(f.last.dsn, followers[0].last.dsn);
		assert.deepEqual(f.last.reports.map((r) => r.URI).length, 2);
		for (const r of f.last.reports) assert.ok(Math.abs(Number(r['LAST-MSN']) - f.last.segments.at(-1).number) <= 1, JSON.stringify(r));
	}
	// what is named before it was coded is what it is
	const again = variants((await get(`/hls/${room}/index.m3u8`)).text);
	assert.deepEqual(again.map((v) => v.codecs), list.map((v) => v.codecs));
});

test('ffmpeg plays the small one', () => {
	const file = join(folder, 'small.mkv');
	const run = spawnSync('ffmpeg', ['-v', 'error', '-y', '-i', `${server.url}/hls/${room}/${key}/r1-live.m3u8`, '-t', '3', '-c', 'copy', file]);
	assert.equal(run.status, 0, String(run.stderr));
	const grey = spawnSync('ffmpeg', ['-v', 'error', '-i', file, '-pix_fmt', 'gray', '-f', 'rawvideo', '-'], {maxBuffer: 1 << 28});
	assert.equal(String(grey.stderr), '');
	assert.ok(grey.stdout.length >= 60 * 640 * 360, 'sixty pictures of 640x360');
});

test('hls.js changes by request and by its network, and goes on', async () => {
	browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required', '--disable-gpu']});
	const page = await browser.newPage(), cdp = await page.context().newCDPSession(page);
	await page.goto(`${server.url}/watch/nowhere`); // of the same origin, so that CDP holds back what it loads
	await page.setContent('<video muted autoplay playsinline></video>');
	await page.evaluate(HLSJS);
	await page.evaluate(({from, marks}) => {
		(0, eval)(marks);
		window.told = [];
		window.hls = new window.Hls({enableWorker: false, lowLatencyMode: true, testBandwidth: false});
		window.hls.on(window.Hls.Events.ERROR, (_, data) => window.told.push(`${data.details} ${data.fatal}`));
		window.hls.loadSource(from);
		window.hls.attachMedia(document.querySelector('video'));
		window.look = () => {
			const video = document.querySelector('video'), {hls} = window;
			return {width: video.videoWidth, time: video.currentTime, level: hls.currentLevel, told: window.told};
		};
		// whose mark is in the tile of the left half
		window.mark = (tile) => {
			const canvas = new OffscreenCanvas(1280, 720), context = canvas.getContext('2d');
			context.drawImage(document.querySelector('video'), 0, 0, 1280, 720);
			const {data} = context.getImageData(0, 0, 1280, 720), grey = new Uint8Array(1280 * 720);
			for (let i = 0; i < grey.length; i++) grey[i] = data[4 * i + 1];
			return window.readMark(grey, 1280, tile);
		};
	}, {from: `${server.url}/hls/${room}/${key}/index.m3u8`, marks: `${MARKS}; window.readMark = readMark;`});
	const {regions, canvas} = await server.layout(room), items = await server.participants(room);
	const {x, y, w, h} = regions.find((r) => r.participant === items.find((p) => p.name === 'peer-0').id), scale = 1280 / canvas.width;
	const tile = {x: x * scale, y: y * scale, w: w * scale, h: h * scale};
	const plays = async (what, width) => {
		const from = Date.now(), before_ = (await page.evaluate(() => window.look())).time;
		await eventually(what, async () => {
			const look = await page.evaluate(() => window.look());
			assert.ok(look.width === width && look.time > before_ + 1, JSON.stringify(look));
			const mark = await page.evaluate((t) => window.mark(t), tile);
			assert.equal(mark?.who, 0);
		}, 40000);
		return Date.now() - from;
	};
	await plays('it plays', 1280).catch(() => {}); // whichever size it begins with
	for (const [level, width] of [[0, 320], [2, 1280], [1, 640]]) { // hls.js counts from the smallest
		await page.evaluate((n) => { window.hls.nextLevel = n; }, level);
		console.log(`${width} after ${await plays(`${width} is shown`, width)} ms`);
	}
	await page.evaluate(() => { window.hls.nextLevel = -1; });
	await cdp.send('Network.enable');
	await cdp.send('Network.emulateNetworkConditions', {offline: false, latency: 20, downloadThroughput: 350e3 / 8, uploadThroughput: 1e6 / 8});
	console.log(`with 350 kbit/s: 320 after ${await plays('the network is narrow', 320)} ms`);
	await cdp.send('Network.emulateNetworkConditions', {offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1});
	console.log(`without: 1280 after ${await plays('the network is wide', 1280)} ms`);
	const {told} = await page.evaluate(() => window.look());
	console.log(`hls.js told of: ${told.length ? told : 'nothing'}`);
	assert.deepEqual(told.filter((e) => e.endsWith('true')), []);
	await page.close();
});
