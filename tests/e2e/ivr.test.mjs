// Callers who need a PIN are answered and asked: what they press by each way, hear and see, and how it ends. Most phones are made
// up, byte by byte.

import assert from 'node:assert/strict';
import {copyFileSync, mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {openApi} from './lib/api.mjs';
import {ADDRESS, baresip, stopAll} from './lib/baresip.mjs';
import {startServer} from './lib/server.mjs';
import {Phone, portsOf, Rtp} from './lib/sip.mjs';
import {Reader} from './lib/sse.mjs';
import {eventually} from './lib/wait.mjs';

const PORT = 5979, PIN = '2468';
const BUILD = process.env.TS_BUILD ?? new URL('../../build', import.meta.url).pathname;
const ROWS = [697, 770, 852, 941], COLUMNS = [1209, 1336, 1477, 1633], KEYS = '123A456B789C*0#D';
let server, api;

before(async () => {
	const address = ADDRESS ? `;udp:${ADDRESS}:${PORT}` : '';
	server = await startServer({'sip.listen': `udp:127.0.0.1:${PORT}${address}`, 'sip.policy': 'open', 'sip.lobby': '8000,8001=de',
		'sip.numbers': '77X=board', 'ivr.prompts_dir': join(new URL('../../build', import.meta.url).pathname, 'prompts')});
	api = await openApi(server);
	for (const [room, more] of [['board', {}], ['1234', {}], ['locked', {locked: true}], ['long', {pin: '24681357'}]])
		assert.equal((await api.call('put_v1_rooms_room', {path: {room}, json: {pin: PIN, ...more}})).status, 201);
});
after(async () => {
	stopAll();
	await server?.stop();
});

function ulaw(sample) {
	const sign = sample < 0 ? 0x80 : 0, s = Math.min(Math.abs(sample), 32635) + 132;
	const exponent = Math.floor(Math.log2(s)) - 7;
	return ~(sign | exponent << 4 | s >> exponent + 3 & 15) & 0xff;
}

function linear(byte) {
	const u = ~byte & 0xff, s = ((u & 15) << 3) + 132 << (u >> 4 & 7);
	return u & 0x80 ? 132 - s : s - 132;
}

let calls = 0;

class Caller {
	// events: it has telephone-event
	static async call(to, {events = false} = {}) {
		const caller = new Caller();
		caller.phone = await new Phone(PORT).open();
		caller.rtp = await new Rtp().open();
		Object.assign(caller, {cseq: 10, queue: [], loud: 0});
		caller.rtp.seq = 0;
		caller.rtp.socket.on('message', (bytes) => {
			if ((bytes[1] & 127) !== 0) return;
			let sum = 0;
			for (const byte of bytes.subarray(12)) sum += linear(byte) ** 2;
			caller.loud += Math.sqrt(sum / (bytes.length - 12)) > 500;
		});
		const media = events ? ['m=audio PORT RTP/AVP 0 101', 'a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-16'] : ['m=audio PORT RTP/AVP 0'];
		caller.gone = new Promise((resolve) => {
			caller.phone.on('BYE', (request) => {
				caller.phone.reply(request, 200, 'OK');
				resolve(Date.now());
			});
		});
		caller.up = await caller.phone.call({id: `ivr-${calls++}`, to, body: caller.phone.offer(caller.rtp.port, media)});
		[caller.port] = portsOf(caller.up.ok);
		caller.timer = setInterval(() => caller.rtp.send(caller.port, caller.queue.shift() ?? Rtp.silent), 20);
		caller.timer.unref();
		return caller;
	}

	// A word was said since then.
	async hears(since = 0) {
		await eventually('something is said', () => assert.ok(this.loud > since + 20, `${this.loud} loud packets`));
		return this.loud;
	}

	event(key) {
		const code = '0123456789*#ABCD'.indexOf(key), timestamp = this.rtp.seq * 160 >>> 0;
		for (let i = 0; i < 6; i++) {
			const packet = Buffer.alloc(16);
			this.rtp.seq++;
			packet[0] = 0x80;
			packet[1] = 101 | (i === 0 ? 0x80 : 0);
			packet.writeUInt16BE(this.rtp.seq & 0xffff, 2);
			packet.writeUInt32BE(timestamp, 4);
			packet.writeUInt32BE(this.rtp.port, 8);
			packet[12] = code;
			packet[13] = i > 2 ? 0x8a : 10;
			packet.writeUInt16BE(160 * Math.min(i + 1, 4), 14);
			this.rtp.socket.send(packet, this.port, '127.0.0.1');
		}
	}

	async info(type, body) {
		const {id, to, tag} = this.up, cseq = this.cseq++;
		this.phone.send(this.phone.request('INFO', {id, to, tag, branch: `${id}-${cseq}`, cseq, type, body}));
		const reply = await this.phone.heard(new RegExp(`^SIP/2\\.0 \\d+ [^]*^CSeq: ${cseq} INFO\r$`, 'm'));
		assert.match(reply, /^SIP\/2\.0 200/);
	}

	tone(key) {
		const at = KEYS.indexOf(key), low = ROWS[at >> 2], high = COLUMNS[at & 3];
		for (let packet = 0; packet < 12; packet++) {
			this.queue.push(packet > 5 ? Rtp.silent : Buffer.from(Array.from({length: 160}, (_, i) => {
				const t = 2 * Math.PI * (packet * 160 + i) / 8000;
				return ulaw(Math.round(6000 * (Math.sin(low * t) + Math.sin(high * t))));
			})));
		}
	}

	async press(keys, way = 'relay') {
		for (const key of keys) {
			if (way === 'event') this.event(key);
			else if (way === 'tone') this.tone(key);
			else if (way === 'relay') await this.info('application/dtmf-relay', `Signal=${key}\r\nDuration=160\r\n`);
			else await this.info('application/dtmf', key);
		}
	}

	async isIn(room) {
		await eventually(`they are in ${room}`, async () => {
			assert.ok((await server.participants(room)).some((p) => p.kind === 'sip' && p.state === 'connected'));
		}, 15000);
	}

	async close() {
		clearInterval(this.timer);
		await this.phone.hangUp(this.up).catch(() => {});
		this.phone.close();
		this.rtp.close();
	}

	// The server hung up.
	async wasSentAway(limitMs = 25000) {
		await Promise.race([this.gone, new Promise((_, reject) => setTimeout(() => reject(new Error('no BYE')), limitMs).unref())]);
		clearInterval(this.timer);
		this.phone.close();
		this.rtp.close();
	}
}

const empty = async (room) => assert.deepEqual(await server.participants(room) ?? [], []);
const none = () => eventually('nobody is asked', async () => assert.equal((await server.metrics()).tessera_ivr_callers, 0));

for (const [name, way, events] of [['RFC 4733', 'event', true], ['SIP INFO dtmf-relay', 'relay', true], ['SIP INFO dtmf', 'plain', false],
	['tones', 'tone', false]]) {
	test(`a PIN by ${name}`, {timeout: 90000}, async () => {
		const reader = new Reader(`${server.url}/v1/events?room=board`);
		await reader.open();
		const caller = await Caller.call('board', {events});
		await caller.hears();
		await empty('board');
		await caller.press(`13*${PIN}`, way); // complete without '#': as long as the PIN is
		await caller.isIn('board');
		assert.equal((await server.get('/v1/rooms/board/calls')).items.filter((c) => c.state === 'answered').length, 1);
		await eventually('readers are told', () => {
			const [person] = reader.rooms.get('board').participants.values();
			assert.equal(person?.kind, 'sip');
		});
		assert.ok(!JSON.stringify([...reader.rooms]).includes('(ivr)'), 'nobody hears of the room they waited in');
		reader.drop();
		await caller.close();
		await eventually('they are gone', () => empty('board'));
		await none();
	});
}

test('three wrong PINs, spoken, then BYE', {timeout: 90000}, async () => {
	const caller = await Caller.call('board');
	let heard = await caller.hears();
	for (let i = 0; i < 3; i++) {
		await caller.press('1111');
		heard = await caller.hears(heard);
	}
	await caller.wasSentAway();
	await empty('board');
	await none();
});

test('the lobby asks for the number, then for the PIN', {timeout: 90000}, async () => {
	const caller = await Caller.call('8000');
	let heard = await caller.hears();
	await caller.press('1234#');
	heard = await caller.hears(heard);
	await caller.press(`${PIN}`);
	await caller.isIn('1234');
	await caller.close();

	const german = await Caller.call('8001');
	heard = await german.hears();
	await german.press('4321#'); // no such room
	heard = await german.hears(heard);
	await german.press('775#'); // by the dial plan
	await german.hears(heard);
	await german.press(PIN);
	await german.isIn('board');
	await german.close();
	await none();
});

test('how long a long PIN is tells nothing but who knows it', {timeout: 60000}, async () => {
	const caller = await Caller.call('long');
	await caller.hears();
	await caller.press('24681357');
	const pressed = Date.now();
	await caller.isIn('long');
	assert.ok(Date.now() - pressed > 4000, 'not judged before a pause');
	await caller.close();
	await none();
});

test('the lock holds for who knows the PIN', {timeout: 90000}, async () => {
	const caller = await Caller.call('locked');
	await caller.hears();
	await caller.press(PIN);
	await caller.wasSentAway();
	await empty('locked');
});

test('who hangs up while they are asked leaves nothing behind', {timeout: 60000}, async () => {
	const callers = [];
	for (let i = 0; i < 5; i++) callers.push(await Caller.call(i % 2 ? 'board' : '8000'));
	assert.equal((await server.metrics()).tessera_ivr_callers, 5);
	await Promise.all(callers.map((caller) => caller.close()));
	await none();
	assert.equal((await server.metrics()).tessera_rooms, 4);
});

test('a softphone sees what it is asked, and then the room', {timeout: 120000, skip: ADDRESS ? false : 'needs an address off loopback'}, async () => {
	const phone = await baresip({person: 'green', audio: 'opus'});
	await phone.dial(`sip:board@${ADDRESS}:${PORT}`);
	const light = ({width, height, rgb}, from, to) => {
		let n = 0;
		for (let y = Math.floor(from * height); y < to * height; y++) for (let x = 0; x < width; x++) n += rgb[3 * (y * width + x)] > 180;
		return n;
	};
	const before = await eventually('the card is there', async () => {
		const picture = await phone.picture();
		assert.ok(light(picture, 0, 0.33) > 200 && light(picture, 0.33, 0.66) > 200, 'name and question are written');
		assert.equal(light(picture, 0.7, 1), 0, 'nothing is entered');
		return picture;
	});
	assert.deepEqual([before.width, before.height], [640, 360]);
	for (const key of '13') await phone.command('sndcode', key);
	await eventually('two dots are there', async () => {
		const n = light(await phone.picture(), 0.7, 1);
		assert.ok(n > 200, `${n} light`);
		mkdirSync(join(BUILD, 'e2e'), {recursive: true});
		copyFileSync(join(phone.home, `seen-${phone.pictures - 1}.png`), join(BUILD, 'e2e', 'ivr.png'));
	});
	await phone.command('sndcode', '*');
	for (const key of PIN) await phone.command('sndcode', key);
	await phone.assertSees(server, 'board', ['green']);
	await phone.hangUp();
	await phone.stop();
	await none();
});

// As slow as over HTTP, and by the same count: ten wrong ones from an address, then nobody from there is heard for some time.
test('PINs are guessed no faster than over HTTP', {timeout: 120000}, async () => {
	let wrong = 0;
	for (let call = 0; call < 6 && !server.text.includes('why=wait'); call++) {
		const caller = await Caller.call('board');
		await caller.hears();
		for (let i = 0; i < 3; i++, wrong++) await caller.press('0000');
		await caller.wasSentAway();
	}
	assert.ok(wrong <= 18, `${wrong} were tried`);
	assert.match(server.text, /why=wait/);
	const late = await Caller.call('board');
	await late.hears();
	await late.press('0000'); /* one more may be tried after five seconds */
	await late.press(PIN);
	const http = await fetch(`${server.url}/join/board?pin=${PIN}`, {method: 'POST', headers: {'Content-Type': 'application/sdp'}, body: 'v=0\r\n'});
	assert.equal(http.status, 429);
	await late.wasSentAway();
	await empty('board');
});
