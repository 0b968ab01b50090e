// A quiet telephone and a loud headset are heard alike, unless the room or they have it otherwise; noise behind a voice is taken out
// where that is wished. People are espeak-ng's voices, by G.711 over SIP; what a third one receives is measured.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {after, before, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {openApi} from './lib/api.mjs';
import {fromUlaw} from './lib/oldroom.mjs';
import {startServer} from './lib/server.mjs';
import {Phone, portsOf, Rtp, ulaw} from './lib/sip.mjs';
import {eventually} from './lib/wait.mjs';

const PORT = 5987, FRAME = 160, FULL = 32768;
const TEXT = 'the people who came to the meeting today have a great deal to say about the plans for the coming year and the way the work is done';
let server, api;

before(async () => {
	server = await startServer({'sip.listen': `udp:127.0.0.1:${PORT}`, 'sip.policy': 'open', 'media.ports': '20000-29999'});
	api = await openApi(server);
});
after(async () => { await server?.stop(); });

const dbov = (power) => 10 * Math.log10(power / FULL ** 2 + 1e-12);
const power = (pcm) => pcm.reduce((sum, v) => sum + v * v, 0) / pcm.length;
const framesOf = (pcm) => Array.from({length: Math.floor(pcm.length / FRAME)}, (_, f) => pcm.slice(f * FRAME, (f + 1) * FRAME));

// The level of its louder frames: within 10 dB of the mean.
function level(pcm) {
	const mean = dbov(power(pcm));
	return dbov(power(framesOf(pcm).filter((f) => dbov(power(f)) > mean - 10).flat()));
}

function voice(name, at) {
	const said = spawnSync('sh', ['-c', `espeak-ng -v ${name} --stdout '${TEXT}' | ffmpeg -v quiet -i - -ac 1 -ar 8000 -f s16le -`], {maxBuffer: 1 << 24}).stdout;
	const pcm = Array.from(new Int16Array(said.buffer, said.byteOffset, said.length >> 1)), gain = 10 ** ((at - level(pcm)) / 20);
	return pcm.map((v) => Math.max(-32768, Math.min(32767, Math.round(v * gain))));
}

async function call(room, id, sample = () => 0) {
	const phone = await new Phone(PORT).open(), rtp = await new Rtp().open(), heard = [];
	const {ok} = await phone.call({id, to: room, body: phone.offer(rtp.port)});
	const port = portsOf(ok)[0];
	rtp.socket.on('message', (bytes) => { if ((bytes[1] & 127) === 0) for (const code of bytes.subarray(12)) heard.push(fromUlaw(code)); });
	let n = 0;
	const timer = setInterval(() => rtp.send(port, Buffer.from(Array.from({length: FRAME}, () => ulaw(sample(n++))))), 20);
	return {heard, stop() { clearInterval(timer); rtp.close(); phone.close(); }};
}

async function inRoom(room, n) {
	await eventually('all are here', async () => assert.equal((await server.participants(room)).filter((p) => p.state === 'connected').length, n));
	return server.participants(room);
}

test('a telephone at -35 dBov and a headset at -12 are heard within 4 dB after some seconds of speech, unless agc is off', {timeout: 120000}, async (t) => {
	const quiet = voice('en+f2', -35), loud = voice('en+m3', -12);
	let who = null, at = 0;
	const speak = (pcm) => (_) => (who === pcm ? pcm[at++ % pcm.length] : 0);
	const calls = [await call('r', 'quiet', speak(quiet)), await call('r', 'loud', speak(loud)), await call('r', 'ear')];
	try {
		const people = await inRoom('r', 3);
		// 5 s of one, of which the last two count
		const heardOf = async (pcm) => {
			[who, at] = [pcm, 0];
			await sleep(5000);
			const ear = calls[2].heard, result = level(ear.slice(-16000));
			who = null;
			await sleep(1500);
			return result;
		};
		const even = [await heardOf(quiet), await heardOf(loud)];
		t.diagnostic(`with agc: ${even.map((db) => db.toFixed(1)).join(' and ')} dBov`);
		assert.ok(Math.abs(even[0] - even[1]) < 5, `${even} dBov`); // 4, and what G.711 and espeak's own dynamics make of it
		const gains = (await server.participants('r')).map((p) => p.audio.agc_db);
		assert.ok(Math.max(...gains) > 7 && Math.min(...gains) < -6, `gains ${gains}`);

		await api.call('patch_v1_rooms_room', {path: {room: 'r'}, json: {agc: false}});
		const bare = [await heardOf(quiet), await heardOf(loud)];
		t.diagnostic(`without: ${bare.map((db) => db.toFixed(1)).join(' and ')} dBov`);
		assert.ok(bare[1] - bare[0] > 18, `${bare} dBov`);

		const {id} = people[0];
		const one = await api.call('patch_v1_rooms_room_participants_id', {path: {room: 'r', id}, json: {agc: true}});
		assert.equal(one.json.agc, true);
		const alone = await heardOf(quiet);
		t.diagnostic(`for the quiet one alone: ${alone.toFixed(1)} dBov`);
		assert.ok(alone - bare[0] > 6, `${alone} dBov`);
	} finally {
		for (const c of calls) c.stop();
	}
});

test('noise behind a voice is taken out where denoise is on', {timeout: 120000}, async (t) => {
	const pcm = voice('en+m1', -20), noise = (db) => (Math.random() * 2 - 1) * Math.sqrt(3) * FULL * 10 ** (db / 20);
	// words of 700 ms, and 300 ms between them
	const calls = [await call('n', 'office', (n) => (n % 8000 < 5600 ? pcm[n % pcm.length] : 0) + noise(-40)), await call('n', 'ear2')];
	try {
		const people = await inRoom('n', 2), {id} = people[0];
		const betweenWords = async () => {
			await sleep(6000);
			const levels = framesOf(calls[1].heard.slice(-32000)).map((f) => dbov(power(f))).sort((a, b) => a - b);
			return {noise: levels[Math.floor(levels.length * 0.12)], speech: levels[Math.floor(levels.length * 0.85)]};
		};
		await api.call('patch_v1_rooms_room', {path: {room: 'n'}, json: {agc: false}});
		const with_ = await betweenWords();
		await api.call('patch_v1_rooms_room_participants_id', {path: {room: 'n', id}, json: {denoise: true}});
		const without = await betweenWords();
		const say = (m) => `${m.speech.toFixed(1)} over ${m.noise.toFixed(1)} dBov`;
		t.diagnostic(`as it came ${say(with_)}; denoised ${say(without)}`);
		assert.ok((without.speech - without.noise) - (with_.speech - with_.noise) > 8, `${say(with_)}; ${say(without)}`);
		assert.ok(Math.abs(without.speech - with_.speech) < 4);
	} finally {
		for (const c of calls) c.stop();
	}
});
