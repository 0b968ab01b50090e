// Rooms of music and of placed voices, and who hears whom: stereo tones arrive left and right in a browser and in the middle of a telephone,
// a voice goes over to where its tile is without a click, interpreters are heard by those who chose their language, and an encoder does
// for all who hear alike.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {chromium} from 'playwright-core';
import {openApi} from './lib/api.mjs';
import {fromUlaw} from './lib/oldroom.mjs';
import {startServer} from './lib/server.mjs';
import {Phone, portsOf, Rtp, ulaw} from './lib/sip.mjs';
import {eventually} from './lib/wait.mjs';

const PORT = 5969, FRAME = 160, RATE = 8000;
let server, api, browser;

before(async () => {
	server = await startServer({'sip.listen': `udp:127.0.0.1:${PORT}`, 'sip.policy': 'open', 'media.ports': '20000-29999',
		'room.agc': 'off'});
	api = await openApi(server);
	browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu',
		'--autoplay-policy=no-user-gesture-required', '--allow-loopback-in-peer-connection']});
});
after(async () => {
	await browser?.close();
	await server?.stop();
});

/* ---- telephones: each says a tone, and knows how loud each tone is that it hears */

// The amplitude of a tone in the last half second.
function tone(pcm, hz) {
	const last = pcm.slice(-RATE / 2);
	let re = 0, im = 0;
	last.forEach((v, i) => { re += v * Math.cos(2 * Math.PI * hz * i / RATE); im += v * Math.sin(2 * Math.PI * hz * i / RATE); });
	return 2 * Math.hypot(re, im) / last.length;
}

async function phone(room, id, hz = 0) {
	const line = await new Phone(PORT).open(), rtp = await new Rtp().open(), heard = [];
	const {ok} = await line.call({id, to: room, body: line.offer(rtp.port)});
	const port = portsOf(ok)[0];
	rtp.socket.on('message', (bytes) => { if ((bytes[1] & 127) === 0) for (const code of bytes.subarray(12)) heard.push(fromUlaw(code)); });
	const who = {talks: true, heard, hears: (f) => tone(heard, f)};
	let n = 0;
	const timer = setInterval(() => rtp.send(port, Buffer.from(Array.from({length: FRAME}, () => {
		// as speech swings, so that it stays heard
		const swell = who.talks && hz ? 0.55 + 0.45 * Math.sin(2 * Math.PI * 4 * n / RATE) : 0;
		return ulaw(Math.round(8000 * swell * Math.sin(2 * Math.PI * hz * n++ / RATE)));
	}))), 20);
	who.stop = () => { clearInterval(timer); rtp.close(); line.close(); };
	await eventually(`${id} is here`, async () => assert.ok(
		who.id = (await server.participants(room)).find((p) => p.state === 'connected' && !known.has(p.id))?.id));
	known.add(who.id);
	return who;
}
const known = new Set();

const HEARD = 1500, SILENT = 250;
async function assertHears(who, expected, all) {
	await eventually(`${expected} of ${all} are heard`, async () => {
		const loud = Object.fromEntries(all.map((hz) => [hz, Math.round(who.hears(hz))]));
		for (const hz of all)
			assert.ok(expected.includes(hz) ? loud[hz] > HEARD : loud[hz] < SILENT, JSON.stringify(loud));
	});
}
const patch = async (room, who, json) => {
	const {status, text} = await api.call('patch_v1_rooms_room_participants_id', {path: {room, id: who.id}, json});
	assert.equal(status, 200, text);
};

/* ---- a browser that plays a tone left and another right, and listens to both sides */

async function musician(room, left = 0, right = 0) {
	const page = await browser.newPage();
	await page.goto(`${server.url}/health`);
	await page.evaluate(async ([room_, hz]) => {
		const {join} = await import('/client.js'), ctx = new AudioContext({sampleRate: 48000});
		const out = new MediaStreamAudioDestinationNode(ctx, {channelCount: 2, channelCountMode: 'explicit'});
		const merger = new ChannelMergerNode(ctx, {numberOfInputs: 2});
		hz.forEach((f, i) => {
			const gain = new GainNode(ctx, {gain: f ? 0.25 : 0}), osc = new OscillatorNode(ctx, {frequency: f || 100});
			osc.connect(gain).connect(merger, 0, i);
			osc.start();
		});
		merger.connect(out);
		const seat = window.seat = await join(room_, {name: String(hz), stream: hz[0] || hz[1] ? out.stream : null, video: false});
		const track = seat.pc.getReceivers().find((r) => r.track.kind === 'audio').track, stream = new MediaStream([track]);
		const audio = window.audio = new Audio();
		audio.muted = true;
		audio.srcObject = stream;
		await audio.play();
		const splitter = new ChannelSplitterNode(ctx, {numberOfOutputs: 2});
		new MediaStreamAudioSourceNode(ctx, {mediaStream: stream}).connect(splitter);
		window.ears = [0, 1].map((i) => {
			const ear = new AnalyserNode(ctx, {fftSize: 8192, smoothingTimeConstant: 0});
			splitter.connect(ear, i);
			return ear;
		});
		// decibels of the tone in either channel
		window.hears = (f) => window.ears.map((ear) => {
			const bins = new Float32Array(ear.frequencyBinCount), at = Math.round(f * ear.fftSize / ctx.sampleRate);
			ear.getFloatFrequencyData(bins);
			return Math.max(...bins.slice(at - 2, at + 3));
		});
	}, [room, [left, right]]);
	return {page, hears: (hz) => page.evaluate((f) => window.hears(f), hz),
		stop: async () => { await page.evaluate(() => window.seat.leave()); await page.close(); }};
}

test('music: a tone left and another right arrive there, in both a browser and, as one channel, a telephone', {timeout: 90000}, async (t) => {
	await api.call('put_v1_rooms_room', {path: {room: 'music'}, json: {audio: {mode: 'music'}}});
	const band = await musician('music', 500, 1500), fan = await musician('music'), old = await phone('music', 'old');
	try {
		await eventually('each side has its own tone', async () => {
			const [low, high] = [await fan.hears(500), await fan.hears(1500)];
			assert.ok(low[0] > -50 && low[0] - low[1] > 20 && high[1] > -50 && high[1] - high[0] > 20, JSON.stringify({low, high}));
			t.diagnostic(`500 Hz: ${low.map(Math.round)} dB, 1500 Hz: ${high.map(Math.round)} dB`);
		});
		await assertHears(old, [500, 1500], [500, 1500, 1000]);
		// nobody hears themselves
		const own = await band.hears(500);
		assert.ok(own[0] < -70 && own[1] < -70, String(own));
	} finally {
		old.stop();
		await band.stop();
		await fan.stop();
	}
});

test('language channels: each hears the floor and their interpreter, and the matrix keeps a coach to one', {timeout: 120000}, async (t) => {
	const room = 'talk', FLOOR = 400, FRENCH = 700, GERMAN = 1100, ALL = [FLOOR, FRENCH, GERMAN];
	const speaker = await phone(room, 'speaker', FLOOR), french = await phone(room, 'french', FRENCH), german = await phone(room, 'german', GERMAN);
	const ears = [];
	for (const name of ['ear0', 'ear1', 'ear2', 'ear3', 'ear4', 'ear5']) ears.push(await phone(room, name));
	try {
		await assertHears(ears[0], ALL, ALL);
		await patch(room, french, {interprets: 'fr'});
		await patch(room, german, {interprets: 'de'});
		for (const i of [1, 2]) await patch(room, ears[i], {channel: 'fr'});
		for (const i of [3, 4]) await patch(room, ears[i], {channel: 'de'});
		await assertHears(ears[0], [FLOOR], ALL);
		for (const i of [1, 2, 3, 4]) {
			const own = i < 3 ? FRENCH : GERMAN, other = i < 3 ? GERMAN : FRENCH;
			await eventually(`${i} hears their language`, async () => {
				const [mine, floor, not] = [own, FLOOR, other].map((hz) => ears[i].hears(hz));
				assert.ok(mine > HEARD && not < SILENT && floor < mine / 4 && floor > 100, `${mine} ${floor} ${not}`);
			});
		}
		// interpreters hear the floor as it is
		await assertHears(french, [FLOOR], ALL);
		// the floor, French, German: three mixes of those who are silent, one of each who talks
		await eventually('as few encoders as there are ways to hear', async () => {
			const metrics = await server.metrics();
			assert.equal(metrics.tessera_audio_rows, 3);
			assert.equal(metrics['tessera_encoders{media="audio",codec="pcmu"}'], 3 + 3);
		});
		const {json} = await api.call('get_v1_rooms_room_audio_matrix', {path: {room}});
		assert.deepEqual(json, {entries: [], rows: 3});
		// the interpreter falls silent: the floor is as loud as ever
		french.talks = false;
		await eventually('the floor comes back', async () => assert.ok(ears[1].hears(FLOOR) > HEARD));
		// whoever speaks is heard by one alone
		const entries = [{from: speaker.id, to: '*', off: true}, {from: speaker.id, to: ears[5].id, gain_db: 0}];
		const put = await api.call('put_v1_rooms_room_audio_matrix', {path: {room}, json: {entries}});
		assert.equal(put.status, 200, put.text);
		await assertHears(ears[5], [FLOOR], [FLOOR]);
		await assertHears(ears[0], [], [FLOOR]);
		assert.equal((await api.call('delete_v1_rooms_room_audio_matrix', {path: {room}})).status, 204);
		await assertHears(ears[0], [FLOOR], [FLOOR]);
	} finally {
		for (const who of [speaker, french, german, ...ears]) who.stop();
	}
});
