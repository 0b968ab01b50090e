// A noisy telephone: a fan behind it neither holds the speaker's place nor is told as speech; what is said there is heard.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {openApi} from './lib/api.mjs';
import {startServer} from './lib/server.mjs';
import {Phone, portsOf, Rtp} from './lib/sip.mjs';
import {eventually} from './lib/wait.mjs';

const PORT = 5985;
let server, api;

before(async () => {
	server = await startServer({'sip.listen': `udp:127.0.0.1:${PORT}`, 'sip.policy': 'open', 'media.ports': '20000-29999'});
	api = await openApi(server);
});
after(async () => { await server?.stop(); });

// PCMU of 16-bit samples.
function toU(v) {
	const sign = v < 0 ? 0x80 : 0, m = Math.min(Math.abs(v) + 132, 32767);
	let e = 7;
	while (e && !(m & 128 << e)) e--;
	return ~(sign | e << 4 | m >> e + 3 & 15) & 0xff;
}

const frame = (sample) => Buffer.from(Array.from({length: 160}, (_, i) => toU(Math.round(sample(i)))));
const rms = (dbov) => 32768 * 10 ** (dbov / 20);
const noise = (dbov) => frame(() => (Math.random() * 2 - 1) * Math.sqrt(3) * rms(dbov));

// Syllables of noise under a swell of 200 ms, over a floor of noise.
function speech(n, dbov, floor) {
	const swell = Math.sin(Math.PI * (n % 10) / 10) ** 2;
	return noise(Math.max(floor, dbov + 20 * Math.log10(swell + 1e-3)));
}

async function call(room, id, payload) {
	const phone = await new Phone(PORT).open(), rtp = await new Rtp().open();
	const {ok} = await phone.call({id, to: room, body: phone.offer(rtp.port)});
	const port = portsOf(ok)[0];
	let n = 0;
	const timer = setInterval(() => rtp.send(port, payload(n++)), 20);
	return {rtp, stop() { clearInterval(timer); rtp.close(); phone.close(); }};
}

const big = async (room) => {
	const {json} = await api.call('get_v1_rooms_room_layout', {path: {room}});
	return json.regions[0]?.participant;
};

for (const dbov of [-50, -40, -32]) {
	test(`noise of ${dbov} dBov beside somebody who talks 3 s of 6`, async (t) => {
		const room = `noise${-dbov}`;
		const concealed = async () => (await server.metrics()).tessera_audio_frames_concealed_total;
		let talks = false;
		const fan = await call(room, `fan${-dbov}`, () => noise(dbov));
		await eventually('the fan is here', async () => assert.equal((await server.participants(room)).length, 1));
		const [{id: fanId}] = await server.participants(room);
		const talker = await call(room, `talker${-dbov}`, (n) => (talks ? speech(n, -22, -65) : noise(-65)));
		try {
			await eventually('both are here', async () => assert.equal((await server.participants(room)).length, 2));
			await api.call('put_v1_rooms_room_layout', {path: {room}, json: {name: 'speaker'}});
			await sleep(5000); // the fan is known by now
			// What this machine sent late the server made up, and that swings: such a try says nothing about noise.
			for (let attempt = 1; ; attempt++) {
				const before = await concealed();
				let looks = 0, fanSpeaks = 0, fanBig = 0, talkerSpeaks = 0;
				for (let i = 0; i < 60; i++) {
					talks = i % 30 < 15;
					await sleep(200);
					for (const p of await server.participants(room)) {
						if (p.id === fanId) fanSpeaks += p.speaking;
						else talkerSpeaks += p.speaking && talks;
					}
					if (i < 15) continue;
					looks++;
					fanBig += await big(room) === fanId;
				}
				const good = fanSpeaks <= 3 && fanBig === 0 && talkerSpeaks >= 22, gaps = await concealed() - before;
				if (!good && gaps > 10 && attempt < 3) continue;
				if (!good && gaps > 10) return t.skip(`${gaps} frames came late on this machine`);
				assert.ok(fanSpeaks <= 3, `the fan speaks in ${fanSpeaks} of 60 looks`);
				assert.equal(fanBig, 0, `the fan has the large tile in ${fanBig} of ${looks} looks`);
				assert.ok(talkerSpeaks >= 22, `the talker speaks in ${talkerSpeaks} of 30 looks`);
				return;
			}
		} finally {
			fan.stop();
			talker.stop();
		}
	});
}

test('what is said over a fan is heard, and moves pictures', async () => {
	let saying = false;
	const one = await call('words', 'one', (n) => (saying ? speech(n, -22, -45) : noise(-45)));
	const other = await call('words', 'other', () => noise(-70));
	try {
		await eventually('both are here', async () => assert.equal((await server.participants('words')).length, 2));
		const [{id}] = await server.participants('words');
		await api.call('put_v1_rooms_room_layout', {path: {room: 'words'}, json: {name: 'speaker'}});
		await eventually('nobody speaks', async () => assert.ok((await server.participants('words')).every((p) => !p.speaking)));
		saying = true;
		await eventually('they speak, and are large', async () => {
			assert.ok((await server.participants('words')).find((p) => p.id === id).speaking);
			assert.equal(await big('words'), id);
		});
	} finally {
		one.stop();
		other.stop();
	}
});
