// Simulcast in: a browser sends three layers, the smallest that fills the tile is decoded, and changes of layer freeze nobody.

import assert from 'node:assert/strict';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {chromium} from 'playwright-core';
import {play} from './lib/peer.mjs';
import {startServer, urgent} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const here = new URL('.', import.meta.url).pathname;
const FLAGS = ['--no-sandbox', '--use-fake-device-for-media-stream=fps=30', '--use-fake-ui-for-media-stream', '--allow-loopback-in-peer-connection',
	'--autoplay-policy=no-user-gesture-required', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
	'--disable-component-update', '--disable-sync'];
const FREEZE_MS = 300;
const cell = (w, h) => ({name: 'cell', variants: [{regions: [{x: 0, y: 0, w, h, show: 'next'}]}]});
let browser, server;

before(async () => {
	server = await startServer({}, undefined, urgent);
	browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: FLAGS});
});
after(async () => {
	await browser?.close();
	await server?.stop();
});

const camera = async (room) => (await server.participants(room))[0]?.sources.find((s) => s.kind === 'camera');

async function putLayout(room, layout) {
	const response = await fetch(`${server.url}/v1/rooms/${room}/layout`,
		{method: 'PUT', body: JSON.stringify(layout), headers: {'Content-Type': 'application/json'}});
	assert.equal(response.status, 200, await response.text());
}

// A page that sends its camera in three layers, and measures how long what it receives stands still.
async function sender(room, codec) {
	const page = await browser.newPage();
	await page.goto(`${server.url}/healthz`);
	await page.addScriptTag({path: join(here, 'lib/joiner.js')});
	const status = await page.evaluate(async ([place, codec]) => {
		const stream = await navigator.mediaDevices.getUserMedia({audio: true, video: {width: 1280, height: 720, frameRate: 30}});
		const encodings = [4, 2, 1].map((by, i) => ({rid: 'qhf'[i], scaleResolutionDownBy: by}));
		window.me = await window.joiner.join(place, {tracks: stream.getTracks(), encodings, codec});
		const video = Object.assign(document.createElement('video'), {srcObject: window.me.stream, muted: true, width: 160}); /* small: cheap to paint */
		document.body.append(video);
		await video.play();
		const sight = new OffscreenCanvas(64, 36).getContext('2d', {willReadFrequently: true});
		let before = null, moved = performance.now();
		window.still = 0; /* ms, the longest */
		const look = () => {
			sight.drawImage(video, 0, 0, video.videoWidth / 4, video.videoHeight / 4, 0, 0, 64, 36); /* within the smallest tile */
			const now = sight.getImageData(0, 0, 64, 36).data, at = performance.now();
			let differs = 0;
			for (let i = 0; before && i < now.length; i += 4) differs += Math.abs(now[i] - before[i]) > 12 || Math.abs(now[i + 1] - before[i + 1]) > 12;
			if (differs > 2 || !before) {
				window.still = Math.max(window.still, at - moved);
				moved = at;
				before = now;
			}
			video.requestVideoFrameCallback(look);
		};
		video.requestVideoFrameCallback(look);
		return window.me.status;
	}, [`/join/${room}?name=s`, codec]);
	assert.equal(status, 201);
	return page;
}

const still = (page) => page.evaluate(() => { const ms = window.still; window.still = 0; return Math.round(ms); });
const sent = (page) => page.evaluate(async () => Object.fromEntries([...(await window.me.pc.getStats()).values()]
	.filter((s) => s.type === 'outbound-rtp' && s.rid).map((s) => [s.rid, {pli: s.pliCount, nack: s.nackCount, packets: s.packetsSent}])));

for (const codec of ['vp8', 'h264']) {
	test(`${codec}: the layer follows the tile, and no change freezes`, async (t) => {
		const room = `layers-${codec}`;
		const page = await sender(room, codec);
		assert.match(await page.evaluate(() => window.me.answer), /a=simulcast:recv q;h;f/);
		await eventually('three layers are known', async () => {
			const c = await camera(room);
			assert.equal(c?.simulcast.length, 3);
			assert.deepEqual(c.simulcast.map((l) => l.rid), ['q', 'h', 'f']);
		});
		await eventually('all of the canvas: the whole layer', async () => {
			const c = await camera(room);
			assert.deepEqual([c.layer, c.width], ['f', 1280], JSON.stringify(c));
		}, 40000);
		await sleep(3000);
		await still(page);
		await sleep(5000);
		const quiet = await still(page); /* what the machine does to it without any change */
		for (const [w, h, layer, width] of [['1/4', '1/4', 'q', 320], [1, 1, 'f', 1280], ['1/2', '1/2', 'h', 640], ['1/4', '1/4', 'q', 320]]) {
			await still(page);
			await putLayout(room, cell(w, h));
			const since = Date.now();
			await eventually(`${layer} for ${w}`, async () => {
				const c = await camera(room);
				assert.deepEqual([c.layer, c.width], [layer, width], JSON.stringify(c));
			}, 40000);
			const took = Date.now() - since;
			await sleep(1000);
			const ms = await still(page);
			t.diagnostic(`${layer}: taken after ${took} ms, longest still ${ms} ms (without a change ${quiet} ms)`);
			assert.ok(ms <= Math.max(FREEZE_MS, 2 * quiet + 100), `${ms} ms still, ${quiet} without a change`);
		}
		const before = await sent(page);
		await sleep(5000);
		const after = await sent(page);
		t.diagnostic(JSON.stringify(after));
		for (const rid of ['h', 'f']) {
			assert.equal(after[rid]?.pli, before[rid]?.pli, `nobody needs a keyframe of ${rid}`);
			assert.equal(after[rid]?.nack, before[rid]?.nack, `nor packets of ${rid} again`);
		}
		await page.close();
	});
}

// Descriptions changed by hand tell layers by their SSRCs alone. Scripted, so that what stands still is measured by each picture's number.
test('layers of an SSRC group: decoded by the tile, without a freeze, and the others left in peace', async (t) => {
	const room = 'group', scenario = {room, seconds: 30, peers: [
		{who: 1, send: 'vp8', width: 1280, height: 720, kbps: 1500, layers: 3, audio: false},
		/* who comes first is in the one cell */
		{who: 2, send: 'none', receive: 'vp8', decode: true, audio: false, join_ms: 1500}]};
	const played = play(server, scenario);
	const of = async () => (await server.participants(room)).find((p) => p.name === 'peer-1')?.sources[0];
	await eventually('somebody is there', async () => assert.ok(await of()));
	await putLayout(room, cell(1, 1));
	await eventually('the whole layer', async () => {
		const c = await of();
		assert.deepEqual([c?.layer, c?.width, c?.simulcast.length], ['2', 1280, 3], JSON.stringify(c));
	});
	for (const [w, layer, width] of [['1/4', '0', 320], ['1/2', '1', 640], [1, '2', 1280]]) {
		await putLayout(room, cell(w, w));
		await eventually(`layer ${layer}`, async () => {
			const c = await of();
			assert.deepEqual([c.layer, c.width], [layer, width], JSON.stringify(c));
		}, 9000);
	}
	const {peers} = await played, sender = peers.find((p) => p.who === 1), seen = peers.find((p) => p.who === 2);
	t.diagnostic(JSON.stringify({asked: sender.layer_keys_asked, marks: seen.video.marks, freeze_ms: seen.video.freeze_ms}));
	for (const n of sender.layer_keys_asked) assert.ok(n <= 4, `${sender.layer_keys_asked} keyframes asked for`);
	assert.ok(seen.video.marks[1].worst_still_ms <= FREEZE_MS, JSON.stringify(seen.video.marks));
});

test('a camera beside an m-line without a microphone keeps its rate', async (t) => {
	const page = await browser.newPage();
	await page.goto(`${server.url}/healthz`);
	const rates = await page.evaluate(async (place) => {
		const stream = await navigator.mediaDevices.getUserMedia({video: {width: 1280, height: 720, frameRate: 30}});
		const pc = new RTCPeerConnection();
		pc.addTransceiver('audio', {direction: 'sendrecv'});
		pc.addTransceiver(stream.getVideoTracks()[0], {direction: 'sendrecv'});
		await pc.setLocalDescription();
		while (pc.iceGatheringState !== 'complete') await new Promise((r) => { setTimeout(r, 50); });
		const response = await fetch(place,
			{method: 'POST', body: pc.localDescription.sdp, headers: {'Content-Type': 'application/sdp'}});
		if (!response.ok) throw new Error(await response.text());
		await pc.setRemoteDescription({type: 'answer', sdp: await response.text()});
		const rates = [];
		for (let i = 0; i < 5; i++) {
			await new Promise((r) => { setTimeout(r, 2500); });
			const pair = [...(await pc.getStats()).values()].find((x) => x.type === 'candidate-pair' && x.availableOutgoingBitrate);
			rates.push(Math.round((pair?.availableOutgoingBitrate ?? 0) / 1000));
		}
		pc.close();
		return rates;
	}, '/join/silent?name=s');
	t.diagnostic(`${rates} kbit/s`);
	await page.close();
	assert.ok(rates.at(-1) > 1000, `${rates}`);
});
