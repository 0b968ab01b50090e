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
		const stream = await navigator.mediaDevices.getUserMedia({audio: true, video: {width, height}});
		const tracks = stream.getTracks();
		window.me = await window.joiner.join(place, {...options, tracks, encodings: [{maxBitrate, scalabilityMode: options.mode}]});
		return `${window.me.status} ${window.me.answer}`;
	}, [`/${by}/new?name=${person}`, {codec, mode, fmtp, direction: by === 'whip' ? 'sendonly' : 'sendrecv'}, WIDTH, HEIGHT, 1000 * kbps]);
	assert.match(answer, /^201 /);
	sender.answer = answer;
	return sender;
}

for (const [codec, mode, by] of [
	['vp9', 'L1T1', 'join'], ['vp9', 'L1T3', 'whip'], ['vp9', 'L3T3', 'whip'], ['vp9', 'L3T3_KEY', 'whip'],
	['av1', 'L1T1', 'join'], ['av1', 'L1T3', 'whip'], ['av1', 'L3T3', 'whip'],
]) {
	test(`Chromium sends ${codec} ${mode} by ${by}`, async () => {
		const sender = await send('green', {codec, mode, by});
		assert.match(sender.answer, /^a=recvonly\r$/m, 'it is received, and nothing is sent that it did not offer to take');
		await anna.assertSees(['red', 'green']);
		await anna.assertHears(['green']);
		await eventually('in full size', async () => {
			const camera = sourceOf(await peer('green'));
			assert.deepEqual([camera.codec, camera.width, camera.height], [codec, WIDTH, HEIGHT]);
		});
		const {out} = await sender.stats();
		assert.equal(out.scalabilityMode, mode);
		assert.equal(await metric(`tessera_decoders{media="video",codec="${codec}"}`), 1);
	});
}
