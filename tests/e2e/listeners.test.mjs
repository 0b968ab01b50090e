// Who has not spoken for a while gets longer packets of sound (media.listener_ptime): two Chromiums, of which one speaks and one listens
// and then speaks too. What they receive is counted, and what of it their jitter buffers had to make up.

import assert from 'node:assert/strict';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {chromium} from 'playwright-core';
import {startServer, urgent} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const here = new URL('.', import.meta.url).pathname;
const FLAGS = ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
	'--allow-loopback-in-peer-connection', '--autoplay-policy=no-user-gesture-required', '--disable-gpu', '--disable-quic',
	'--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
let server, browser;

before(async () => {
	server = await startServer({'media.addresses': '127.0.0.1', 'media.listener_ptime': '60'}, undefined, urgent);
	browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: FLAGS});
});
after(async () => {
	await browser?.close();
	await server?.stop();
});

// Somebody without camera, who says three syllables a second while window.talks, with a pause of a second in four.
async function enter(name) {
	const page = await browser.newPage();
	await page.goto(`${server.url}/healthz`);
	await page.addScriptTag({path: join(here, 'lib/joiner.js')});
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
		let syllable = 0;
		setInterval(() => {
			if (!window.talks || ++syllable % 12 > 8) return;
			gain.gain.setTargetAtTime(0.12, audio.currentTime, 0.03);
			gain.gain.setTargetAtTime(0, audio.currentTime + 0.2, 0.03);
		}, 333);
		window.me = await window.joiner.join(place, {tracks: [out.stream.getAudioTracks()[0]]});
		const sink = document.body.appendChild(document.createElement('audio'));
		sink.srcObject = window.me.stream;
		sink.play();
		window.counts = async () => {
			const all = [...(await window.me.pc.getStats()).values()];
			const sound = all.find((s) => s.type === 'inbound-rtp' && s.kind === 'audio');
			return {at: performance.now(), packets: sound.packetsReceived, lost: sound.packetsLost, samples: sound.totalSamplesReceived,
				concealed: sound.concealedSamples - sound.silentConcealedSamples, energy: sound.totalAudioEnergy};
		};
	}, `/join/listen?name=${name}`);
	await eventually(`${name} is in`, async () => assert.equal(await page.evaluate(() => window.me.pc.connectionState), 'connected'));
	return page;
}

async function over(page, seconds) {
	const counts = () => page.evaluate(() => window.counts());
	const a = await counts();
	await sleep(1000 * seconds);
	const b = await counts();
	return {perSecond: 1000 * (b.packets - a.packets) / (b.at - a.at), lost: b.lost - a.lost,
		concealed: (b.concealed - a.concealed) / (b.samples - a.samples), energy: b.energy - a.energy};
}

const said = (m) => `${m.perSecond.toFixed(1)} packets a second, ${(100 * m.concealed).toFixed(2)} % made up, ${m.lost} lost`;

test('a listener gets 60 ms in a packet after ten seconds, and 20 again from the first word on', async (t) => {
	const talker = await enter('talker'), listener = await enter('listener');
	await talker.evaluate(() => { window.talks = true; });
	const first = await over(listener, 4);
	await eventually('the packets get longer', async () => {
		const {perSecond} = await over(listener, 1);
		assert.ok(perSecond < 25, `${perSecond.toFixed(1)} packets a second`);
	}, 25000);
	const [calm, other] = await Promise.all([over(listener, 5), over(talker, 5)]);
	await listener.evaluate(() => { window.talks = true; });
	const speaks = await over(listener, 4);
	const heard = await over(talker, 3);
	for (const [what, m] of Object.entries({first, calm, other, speaks, heard})) t.diagnostic(`${what}: ${said(m)}`);
	assert.ok(first.perSecond > 40, said(first));
	assert.ok(calm.perSecond > 15 && calm.perSecond < 18.5, said(calm));
	assert.ok(calm.energy > 0, 'the listener hears nothing');
	assert.ok(other.perSecond > 40, said(other));
	assert.ok(speaks.perSecond > 40, said(speaks));
	assert.ok(heard.energy > 0, 'the talker does not hear the listener');
	for (const m of [calm, speaks, heard]) {
		assert.ok(m.concealed < 0.05, said(m));
		assert.equal(m.lost, 0);
	}
	await talker.close();
	await listener.close();
});
