// VP9, AV1 and H.265 in: browsers that send nothing else, in one layer and in many, on a clean network and on one that loses packets.

import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {after, afterEach, before, test} from 'node:test';
import {closeAll, open} from './lib/browser.mjs';
import {cameraOf, folder} from './lib/media.mjs';
import {startRelay} from './lib/relay.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const JOINER = join(new URL('.', import.meta.url).pathname, 'lib/joiner.js');
const WIDTH = 960, HEIGHT = 540;
let server, anna;
const senders = [];

before(async () => {
	server = await startServer({'media.addresses': '127.0.0.1'});
	anna = await open(server, {room: 'new', person: 'red'});
	await anna.joined();
});
afterEach(async () => {
	for (const sender of senders.splice(0)) await sender.leave();
});
after(async () => {
	await closeAll();
	await server?.stop();
});

// Large enough for three spatial layers.
function largeCameraOf(person) {
	const path = join(folder, `${person}-${WIDTH}.y4m`);
	if (!existsSync(path)) execFileSync('ffmpeg', ['-v', 'error', '-i', cameraOf(person), '-vf', `scale=${WIDTH}:${HEIGHT}:flags=neighbor`, path]);
	return path;
}

const peer = async (name) => (await server.participants('new')).find((p) => p.name === name);
const sourceOf = (participant) => participant?.sources.find(({kind}) => kind === 'camera');
const metric = async (name) => (await server.metrics())[name];

// A page whose camera is sent by this codec alone. by: 'join' or 'whip'; mode: scalabilityMode.
async function send(person, {codec, mode, fmtp, by = 'join', relay, kbps = 800}) {
	const camera = largeCameraOf(person);
	const page = (await open(server, {room: 'new', person, camera, join: false, prepare: (page) => relay?.lead(page)})).page;
	await page.goto(`${server.url}/healthz`);
	await page.addScriptTag({path: JOINER});
	const sender = {
		page,
		stats: () => page.evaluate(() => window.joiner.stats(window.me)),
		leave: async () => {
			await page.evaluate(() => fetch(window.me.session, {method: 'DELETE'}));
			await page.context().close();
		},
	};
	senders.push(sender);
	const answer = await page.evaluate(async ([place, options, width, height, maxBitrate]) => {
		const stream = await navigator.mediaDevices.getUserMedia({
			audio: {echoCancellation: false, noiseSuppression: false, autoGainControl: false}, video: {width, height}});
		const tracks = stream.getTracks();
		window.me = await window.joiner.join(place, {...options, tracks, encodings: [{maxBitrate, scalabilityMode: options.mode}]});
		return `${window.me.status} ${window.me.answer}`;
	}, [`/${by}/new?name=${person}`, {codec, mode, fmtp, direction: by === 'whip' ? 'sendonly' : 'sendrecv'}, WIDTH, HEIGHT, 1000 * kbps]);
	assert.match(answer, /^201 /);
	sender.answer = answer;
	return sender;
}

async function assertArrives(codec) {
	await anna.assertSees(['red', 'green']);
	await eventually('in full size', async () => {
		const camera = sourceOf(await peer('green'));
		assert.deepEqual([camera.codec, camera.width, camera.height, camera.error], [codec, WIDTH, HEIGHT, null]);
	});
}

for (const [codec, mode] of [['vp9', 'L1T3'], ['vp9', 'L3T3'], ['vp9', 'L3T3_KEY'], ['av1', 'L1T3'], ['av1', 'L3T3']]) {
	test(`Chromium sends ${codec} in ${mode} by WHIP`, async () => {
		const sender = await send('green', {codec, mode, by: 'whip'});
		await assertArrives(codec);
		assert.equal((await sender.stats()).out.scalabilityMode, mode);
		assert.equal(await metric(`tessera_decoders{media="video",codec="${codec}"}`), 1);
	});
}

for (const codec of ['vp9', 'av1']) {
	test(`who offers ${codec} alone, both ways, is seen and heard, and is told why no picture comes`, async () => {
		const sender = await send('green', {codec});
		assert.equal(sender.answer.match(/^a=recvonly\r$/gm)?.length, 1);
		await assertArrives(codec);
		await anna.assertHears(['green']);
		const {id, receives} = await peer('green');
		assert.equal(receives, null);
		const told = JSON.stringify(await server.get(`/v1/rooms/new/participants/${id}/explain`));
		assert.match(told, new RegExp(`no picture: ${codec} is received here but not sent`));
	});
}

test('VP9 of 10 bits is shown', async (t) => {
	const sender = await send('green', {codec: 'vp9', fmtp: 'profile-id=2'});
	if (!/profile-id=2/.test(sender.answer)) return t.skip('this Chromium has no profile 2');
	await assertArrives('vp9');
});

for (const [codec, mode] of [['vp9', 'L3T3'], ['av1', 'L1T3']]) {
	test(`${codec} in ${mode} over a network that loses 5 %: right pictures to the end`, async (t) => {
		const relay = await startRelay({seed: 7, loss: '5%'});
		t.after(() => relay.stop());
		const sender = await send('green', {codec, mode, by: 'whip', relay});
		await assertArrives(codec);
		// no look at it shows another colour: neither green ones nor what references would be missing
		for (let i = 0; i < 20; i++) assert.deepEqual((await anna.look()).seen, ['red', 'green'], `look ${i}`);
		await eventually('lost packets are asked for again', async () => assert.ok((await sender.stats()).out.nackCount > 0));
	});
}

test('a codec that is switched off is not answered', async (t) => {
	const other = await startServer({'media.addresses': '127.0.0.1', 'media.vp9': 'off'});
	t.after(() => other.stop());
	const offer = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0', `m=video 9 UDP/TLS/RTP/SAVPF 98 45`, 'c=IN IP4 0.0.0.0', 'a=mid:0',
		'a=sendonly', 'a=rtcp-mux', 'a=ice-ufrag:abcd', 'a=ice-pwd:abcdefghijklmnopqrstuvwx', 'a=setup:actpass',
		`a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}`, 'a=rtpmap:98 VP9/90000', 'a=rtpmap:45 AV1/90000', ''].join('\r\n');
	for (const [at, wanted] of [[server, '98 45'], [other, '45']]) {
		const response = await fetch(`${at.url}/whip/off`, {method: 'POST', body: offer, headers: {'Content-Type': 'application/sdp'}});
		assert.equal(response.status, 201);
		assert.match(await response.text(), new RegExp(`^m=video \\d+ UDP/TLS/RTP/SAVPF ${wanted}\r$`, 'm'));
		await fetch(new URL(response.headers.get('Location'), at.url), {method: 'DELETE'});
	}
});
