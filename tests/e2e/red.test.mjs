// Sound on a way that loses a tenth, with and without RED (RFC 2198), both ways: Chromium behind build/relay hears somebody who is not,
// and is heard by the server.

import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {after, before, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {chromium} from 'playwright-core';
import {startServer, urgent} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const here = new URL('.', import.meta.url).pathname;
const RELAY = join(process.env.TS_BUILD ?? join(here, '../../build'), 'relay');
const FLAGS = ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
	'--allow-loopback-in-peer-connection', '--autoplay-policy=no-user-gesture-required', '--disable-gpu', '--disable-quic',
	'--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const SECONDS = 20, LOSS = 10;
const relays = new Set();
let server, browser;

before(async () => {
	server = await startServer({'media.addresses': '127.0.0.1'}, undefined, urgent);
	browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: FLAGS});
});
after(async () => {
	await browser?.close();
	for (const relay of relays) relay.kill();
	await server?.stop();
});

// The port of a relay in front of the server's.
async function relayTo(port) {
	const relay = spawn(RELAY, ['--target', `127.0.0.1:${port}`, '--seed', '7', '--loss', String(LOSS), '--delay', '20ms', '--jitter', '20ms'],
		{stdio: ['ignore', 'pipe', 'inherit']});
	relays.add(relay);
	const [line] = await once(createInterface(relay.stdout), 'line');
	return Number(/:(\d+)$/.exec(line)[1]);
}

// Each description on its way: the offer without RED where red is false; with lossy, neither side learns of another way than the relay.
// The answer is what ships, but for that.
async function tamper(page, {red, lossy}) {
	await page.route(/\/join\//, async (route) => {
		let offer = route.request().postData();
		if (lossy) offer = offer.replace(/a=(candidate:|end-of-candidates).*\r\n/g, '');
		if (!red) offer = offer.replace(/^(m=audio .*) 63\b/m, '$1').replace(/a=(rtpmap|fmtp):63 .*\r\n/g, '');
		const response = await route.fetch({postData: offer});
		let answer = await response.text();
		if (lossy) {
			const port = Number(/a=candidate:\S+ \d+ udp \d+ 127\.0\.0\.1 (\d+) typ host/i.exec(answer)[1]), by = await relayTo(port);
			let placed = 0;
			answer = answer.replace(/a=candidate:.*\r\n/g, () => placed++ ? '' : `a=candidate:1 1 udp 2130706431 127.0.0.1 ${by} typ host\r\n`);
		}
		page.answer = answer;
		await route.fulfill({response, body: answer});
	});
}

// Somebody who says a syllable three times a second.
async function enter(room, name, options) {
	const page = await browser.newPage();
	await page.goto(`${server.url}/healthz`);
	await page.addScriptTag({path: join(here, 'lib/joiner.js')});
	await tamper(page, options);
	await page.evaluate(async (place) => {
		const audio = new AudioContext(), gain = audio.createGain(), out = audio.createMediaStreamDestination();
		for (const hz of [220, 440, 880, 1320]) {
			const tone = audio.createOscillator();
			tone.frequency.value = hz;
			tone.connect(gain);
			tone.start();
		}
		gain.connect(out);
		gain.gain.value = 0;
		setInterval(() => {
			gain.gain.setTargetAtTime(0.12, audio.currentTime, 0.03);
			gain.gain.setTargetAtTime(0.03, audio.currentTime + 0.2, 0.03);
		}, 333);
		const [, picture] = window.joiner.media();
		window.me = await window.joiner.join(place, {tracks: [out.stream.getAudioTracks()[0], picture]});
		const sink = document.body.appendChild(document.createElement('audio'));
		sink.srcObject = window.me.stream;
		sink.play();
	}, `/join/${room}?name=${name}`);
	await eventually(`${name} is in`, async () => assert.equal(await page.evaluate(() => window.me.pc.connectionState), 'connected'));
	return page;
}

const heard = (page) => page.evaluate(async () => {
	const all = [...(await window.me.pc.getStats()).values()];
	const s = all.find((x) => x.type === 'inbound-rtp' && x.kind === 'audio'), out = all.find((x) => x.type === 'outbound-rtp' && x.kind === 'audio');
	return {samples: s.totalSamplesReceived, concealed: s.concealedSamples - s.silentConcealedSamples, fec: s.fecPacketsReceived ?? 0,
		bytes: s.bytesReceived + s.headerBytesReceived, sent: out.bytesSent + out.headerBytesSent};
});
const counted = async () => {
	const m = await server.metrics();
	return {concealed: m.tessera_audio_frames_concealed_total, in: m['tessera_red_frames_total{direction="in"}'],
		out: m['tessera_red_frames_total{direction="out"}']};
};

async function measure(red) {
	const room = `red-${red}`, near = await enter(room, 'near', {red, lossy: false}), far = await enter(room, 'far', {red, lossy: true});
	if (red) await eventually('the server repeats frames', async () => assert.ok((await counted()).out > 0), 40000);
	if (red) await eventually('the browser does', async () => assert.ok((await counted()).in > 0), 40000);
	await sleep(3000);
	const [h0, c0] = [await heard(far), await counted()];
	await sleep(SECONDS * 1000);
	const [h1, c1] = [await heard(far), await counted()];
	const figures = {
		browser: (h1.concealed - h0.concealed) / (h1.samples - h0.samples), kbps: (h1.bytes - h0.bytes) * 8 / 1000 / SECONDS,
		upKbps: (h1.sent - h0.sent) * 8 / 1000 / SECONDS,
		server: (c1.concealed - c0.concealed) / (50 * SECONDS), in: c1.in - c0.in, out: c1.out - c0.out, answer: far.answer,
	};
	await near.close();
	await far.close();
	return figures;
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;

test(`${LOSS} % loss both ways: RED repairs what is said`, async (t) => {
	const plain = await measure(false), red = await measure(true);
	for (const [name, f] of [['without', plain], ['with', red]])
		t.diagnostic(`${name} RED: the browser conceals ${percent(f.browser)} at ${f.kbps.toFixed(0)} kbit/s, the server ${percent(f.server)} of ` +
			`its sound at ${f.upKbps.toFixed(0)} kbit/s; frames restored ${f.in}, sent again ${f.out}`);
	assert.match(red.answer, /^m=audio \S+ \S+ 63 111\b/m);
	assert.match(red.answer, /^a=fmtp:63 111\/111\r$/m);
	assert.doesNotMatch(plain.answer, /red\//);
	assert.equal(plain.in + plain.out, 0);
	assert.ok(red.out > 50 * SECONDS, `${red.out} frames sent again`);
	assert.ok(red.in > 0.05 * 50 * SECONDS, `${red.in} frames restored`);
	assert.ok(red.browser < 0.05, `the browser conceals ${percent(red.browser)}`);
	assert.ok(red.server < 0.05, `the server conceals ${percent(red.server)}`);
	assert.ok(red.server < plain.server, 'it is less than without');
});
