// rtt - a phone with real-time text (RFC 4103) in a call: it types, and reads what others type, over a way that loses packets.
//
//   const anna = await TextPhone.call(sipPort, 'room', {loss: 0.1, seed: 1});
//   anna.type('Hello\u2028');
//   await eventually('it came', () => assert.match(bert.read, /Hello/));
//   await anna.close();

import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {Phone, portsOf, Rtp} from './sip.mjs';

const T140 = 98, RED = 97, EVERY_MS = 300, REPEATS = 2;

// A seeded coin for each packet; never three in a row, which no repeat would mend.
function makeLoss(share, seed) {
	let state = seed >>> 0 || 1, row = 0;
	return () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		const loses = state / 2 ** 32 < share && row < REPEATS;
		row = loses ? row + 1 : 0;
		return loses;
	};
}

let calls = 0;

export class TextPhone {
	read = ''; // as it is shown: what was erased is gone
	raw = '';
	packets = 0;
	lostIn = 0;
	lostOut = 0;
	missing = 0;

	static async call(port, to, {loss = 0, seed = 1, name = 'phone', red = true} = {}) {
		const phone = new TextPhone();
		Object.assign(phone, {
			to, red, waits: '', past: [], left: 0, seq: Math.floor(Math.random() * 65536), started: Date.now(), next: null,
			losesIn: makeLoss(loss, seed), losesOut: makeLoss(loss, seed + 1000),
		});
		phone.sip = await new Phone(port).open();
		phone.sound = await new Rtp().open();
		phone.sound.seq = 0;
		phone.socket = createSocket('udp4').unref();
		phone.socket.bind(0, '127.0.0.1');
		await once(phone.socket, 'listening');
		phone.socket.on('message', (bytes) => phone.take(bytes));
		const local = phone.socket.address().port;
		const text = [`m=text ${local} RTP/AVP ${red ? `${RED} ` : ''}${T140}`, `a=rtpmap:${T140} t140/1000`,
			...red ? [`a=rtpmap:${RED} red/1000`, `a=fmtp:${RED} ${T140}/${T140}/${T140}`] : []];
		phone.sip.on('BYE', (request) => phone.sip.reply(request, 200, 'OK'));
		const body = phone.sip.offer(phone.sound.port, ['m=audio PORT RTP/AVP 0', ...text]);
		const id = `text-${process.pid}-${calls++}`;
		const invite = phone.sip.request.bind(phone.sip);
		phone.sip.request = (method, more) => invite(method, more).replace('From: <', `From: "${name}" <`);
		phone.up = await phone.sip.call({id, to, body});
		[phone.port, phone.textPort] = portsOf(phone.up.ok);
		phone.timers = [setInterval(() => phone.sound.send(phone.port, Rtp.silent), 20), setInterval(() => phone.send(), EVERY_MS)];
		for (const timer of phone.timers) timer.unref();
		return phone;
	}

	type(text) { this.waits += text; }
	get typed() { return !this.waits && !this.left; }

	send() {
		if (!this.waits && !this.left) return;
		const block = Buffer.from([...this.waits].slice(0, 9).join('')), at = Date.now() - this.started;
		this.waits = [...this.waits].slice(9).join('');
		const past = [...Array(REPEATS)].map((_, i) => this.past[REPEATS - 1 - i] ?? {bytes: Buffer.alloc(0), at});
		const head = Buffer.alloc(12);
		head[0] = 0x80;
		head[1] = (this.red ? RED : T140) | (this.left ? 0 : 0x80);
		head.writeUInt16BE(this.seq++ & 0xffff, 2);
		head.writeUInt32BE(at >>> 0, 4);
		head.writeUInt32BE(this.sound.port, 8);
		const heads = past.map(({bytes, at: then}) => {
			const one = Buffer.alloc(4);
			one.writeUInt32BE(((0x80 | T140) << 24 | (at - then) << 10 | bytes.length) >>> 0);
			return one;
		});
		this.left = block.length ? REPEATS : this.left - 1;
		this.past = [{bytes: block, at}, ...this.past].slice(0, REPEATS);
		const packet = this.red ? Buffer.concat([head, ...heads, Buffer.from([T140]), ...past.map((p) => p.bytes), block]) : Buffer.concat([head, block]);
		if (this.losesOut()) this.lostOut++;
		else this.socket.send(packet, this.textPort, '127.0.0.1');
	}

	take(bytes) {
		if (this.losesIn()) {
			this.lostIn++;
			return;
		}
		this.packets++;
		const seq = bytes.readUInt16BE(2), blocks = [];
		let at = 12;
		if ((bytes[1] & 127) === RED) {
			const lengths = [];
			while (bytes[at] & 0x80) {
				lengths.push(bytes.readUInt16BE(at + 2) & 0x3ff);
				at += 4;
			}
			at++;
			for (const length of lengths) {
				blocks.push(bytes.subarray(at, at + length));
				at += length;
			}
		}
		blocks.push(bytes.subarray(at));
		const due = this.next === null ? 0 : (seq - this.next) & 0xffff;
		if (due > 0x8000) return;
		if (due >= blocks.length) this.missing += due - blocks.length + 1;
		for (const block of blocks.slice(-Math.min(due, blocks.length - 1) - 1)) this.show(block.toString());
		this.next = (seq + 1) & 0xffff;
	}

	show(text) {
		this.raw += text;
		for (const letter of text) {
			if (letter === '\b') this.read = [...this.read].slice(0, -1).join('');
			else if (letter !== '\uFEFF') this.read += letter;
		}
	}

	async close() {
		for (const timer of this.timers) clearInterval(timer);
		await this.sip.hangUp(this.up).catch(() => {});
		this.socket.close();
		this.sip.close();
		this.sound.close();
	}
}
