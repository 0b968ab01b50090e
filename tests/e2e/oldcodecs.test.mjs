// Room systems of before H.264: H.263 by both payload formats, PCMU and G.729, in one room with a browser; what they are sent is coded once for all
// that are alike.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {after, afterEach, before, test} from 'node:test';
import {closeAll, open} from './lib/browser.mjs';
import {OldRoom, toneLevels} from './lib/oldroom.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const PORT = 5968;
let server, anna;
const rooms = [];

async function old(options) {
	const room = await new OldRoom(PORT, options).open();
	rooms.push(room);
	return room;
}

const encoders = async (codec, media = 'video') => (await server.metrics())[`tessera_encoders{media="${media}",codec="${codec}"}`];
const becomes = (what, read, wanted) => eventually(what, async () => assert.deepEqual(await read(), wanted));
const peer = async (room, name) => (await server.participants(room)).find((p) => p.name === name);

const cameraOf = (participant) => participant.sources.find(({kind}) => kind === 'camera');

afterEach(async () => {
	for (const room of rooms.splice(0)) await room.leave();
});
before(async () => {
	server = await startServer({'sip.listen': `udp:127.0.0.1:${PORT}`, 'sip.policy': 'open', 'sip.invites_per_second': 100});
	anna = await open(server, {room: 'old', person: 'red'});
	await anna.joined();
});
after(async () => {
	await closeAll();
	await server?.stop();
});

test('H.263 QCIF and PCMU at b=AS:192 meet a browser; two of them share an encoder', async () => {
	const first = await old({person: 'green'});
	await first.join('old', {session: ['b=AS:192']});
	assert.match(first.call.ok, /^m=video [1-9]\d* RTP\/AVP 34\r$/m);
	await anna.assertSees(['red', 'green']);
	await anna.assertHears(['green']);
	await first.assertSees(server, 'old', ['red', 'green']);
	await first.assertHears(['red']);
	const info = await peer('old', 'green'), camera = cameraOf(info);
	assert.deepEqual([info.audio.codec, camera.codec, camera.width, camera.height], ['pcmu', 'h263', 176, 144]);
	assert.deepEqual([info.receives.codec, info.receives.width, info.receives.height], ['h263', 176, 144]);
	assert.equal(await encoders('h263'), 1);

	const second = await old({person: 'blue'});
	await second.join('old', {session: ['b=AS:192'], fmtp: 'QCIF=1 MaxBR=1280'});
	await second.assertSees(server, 'old', ['red', 'green', 'blue']);
	await second.assertHears(['red', 'green']);
	assert.equal(await encoders('h263'), 1, 'one encode for both');
	await eventually('the rate is that of the line', () => {
		const kbps = first.kbps();
		assert.ok(kbps > 5 && kbps < 128, `${kbps} kbit/s`);
	});

	await first.leave();
	await second.leave();
	await becomes('no encoder is left', () => encoders('h263'), 0);
});

test('H263-1998 CIF and QCIF at 64 kbit/s, each as they said', async () => {
	const cif = await old({person: 'yellow', format: 'h263-1998', size: 'CIF', mpi: 1});
	await cif.join('old');
	await anna.assertSees(['red', 'yellow']);
	await cif.assertSees(server, 'old', ['red', 'yellow']);
	assert.equal(cameraOf(await peer('old', 'yellow')).codec, 'h263-1998');
	const narrow = await old({person: 'blue'});
	await narrow.join('old', {session: ['b=AS:64'], fmtp: ''});
	await narrow.assertSees(server, 'old', ['red', 'yellow', 'blue']);
	assert.deepEqual([await encoders('h263'), await encoders('h263-1998')], [1, 1]);
	await eventually('the rate is that of the line', () => {
		const kbps = narrow.kbps();
		assert.ok(kbps > 1 && kbps < 33, `${kbps} kbit/s`);
	});
	await cif.leave();
	await narrow.leave();
	await becomes('no encoder is left', async () => [await encoders('h263'), await encoders('h263-1998')], [0, 0]);
});

test('H.261 QCIF alone: it is seen, and sees each in their tile; camera control (H.224) is refused politely', async () => {
	const first = await old({person: 'green', format: 'h261', mpi: 1});
	await first.join('old', {session: ['b=AS:192'], more: ['m=application 40010 RTP/AVP 100', 'a=rtpmap:100 H224/4800']});
	assert.match(first.call.ok, /^m=video [1-9]\d* RTP\/AVP 31\r$/m);
	assert.match(first.call.ok, /^m=application 0 RTP\/AVP 100\r$/m);
	await anna.assertSees(['red', 'green']);
	await first.assertSees(server, 'old', ['red', 'green']);
	const info = await peer('old', 'green');
	assert.deepEqual([cameraOf(info).codec, info.receives.codec, info.receives.width], ['h261', 'h261', 176]);
	assert.equal(await encoders('h261'), 1);
	await first.leave();
	await becomes('no encoder is left', () => encoders('h261'), 0);
});

// ffmpeg makes no keyframe on request: what is missing heals by itself.
test('a camera that loses packets is asked for keyframes, and goes on without', async () => {
	const lossy = await old({person: 'blue', loses: 60, every: 120});
	await lossy.join('old');
	await eventually('a keyframe is requested', () => assert.ok(lossy.keyframesWanted > 0));
	await anna.assertSees(['red', 'blue']);
	await lossy.assertSees(server, 'old', ['red', 'blue']);
});

// What ffmpeg's decoder of G.729 makes of payloads.
function decoded(payloads) {
	const {stdout, stderr} = spawnSync('ffmpeg', ['-v', 'error', '-f', 'g729', '-bit_rate', '8000', '-i', '-', '-f', 's16le', '-'], {input: Buffer.concat(payloads)});
	assert.equal(String(stderr), '');
	return Array.from({length: stdout.length / 2}, (_, i) => stdout.readInt16LE(2 * i));
}

test('G.729 both ways: what it hears is what others say, and what it says others hear', async () => {
	const phone = await old({person: 'blue', audio: 'g729', camera: false});
	await phone.join('old');
	assert.match(phone.call.ok, /^m=audio [1-9]\d* RTP\/AVP 18\r$/m);
	assert.match(phone.call.ok, /^a=fmtp:18 annexb=yes\r$/m);
	// silence of G.729 goes out meanwhile, or nobody would know that the phone wants to be sent anything
	const silence = Buffer.from('7852 8000 fa00 0006 8000 7852 8000 fa00 0006 8000'.replaceAll(' ', ''), 'hex');
	phone.sound.talk(phone.soundTo, silence, 18, 20, 160);
	let speech;
	await eventually('the phone hears red', () => {
		speech = phone.payloads.slice(-100);
		assert.equal(speech.length, 100);
		assert.ok(speech.every(({length}) => length === 20), 'two frames a packet');
		const levels = toneLevels(decoded(speech).slice(800));
		assert.ok(levels[0] > -40, `${levels.map(Math.round)} dB`);
		for (const db of levels.slice(1)) assert.ok(db < -50, `${levels.map(Math.round)} dB`);
	});
	assert.equal(await encoders('g729', 'audio'), 1);
	await phone.leave();
	await becomes('no encoder is left', () => encoders('g729', 'audio'), 0);

	// the same payloads, said in another room
	const other = await old({person: 'green', audio: 'g729', camera: false}), listener = await old({person: 'yellow', camera: false});
	await other.join('far');
	await listener.join('far');
	let n = 0;
	other.timer = setInterval(() => other.sound.send(other.soundTo, speech[n++ % speech.length], 18, 0, 160), 20).unref();
	await listener.assertHears(['red']);
	await eventually('its level is told', async () => {
		const {audio} = await peer('far', 'green');
		assert.ok(audio.codec === 'g729' && audio.level_dbov > -40, JSON.stringify(audio));
	});
	await other.leave();
	await listener.leave();
});
