// sip - phones for tests: sipp runs a scenario of sip/*.xml; a Phone says what the test makes up, byte by byte, over UDP.
//
//   await sipp('hold', ['-s', 'room', '-t', 't1'], {port});     throws with its screen unless every call went well
//   const phone = await new Phone(port).open();
//   phone.send(phone.request('INVITE', {id: 'a', body: phone.offer()}));
//   await phone.answer(200);
//   phone.on('INVITE', (request) => phone.reply(request, 486, 'Busy Here'));      when it is called
//   const caller = await Caller.call(port, 'room', {events: true});                in a call, with sound and keys
//   await caller.press('*6', 'event');

import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {connect} from 'node:net';
import {folder} from './media.mjs';
import {eventually} from './wait.mjs';

const running = new Set();
let nextPort = 6100;

process.on('exit', () => {
	for (const child of running) child.kill('SIGKILL');
});

// Returns what it printed.
export async function sipp(scenario, args, {port, seconds = 60}) {
	const child = spawn('sipp', ['-nostdin', '-sf', new URL(`../sip/${scenario}.xml`, import.meta.url).pathname, `127.0.0.1:${port}`,
		'-i', '127.0.0.1', '-p', nextPort++, '-m', '1', '-timeout', seconds, '-timeout_error', ...args],
	{cwd: folder, stdio: ['ignore', 'pipe', 'pipe']});
	running.add(child);
	let text = '';
	child.stdout.setEncoding('utf8').on('data', (more) => { text += more; });
	child.stderr.setEncoding('utf8').on('data', (more) => { text += more; });
	const [code] = await once(child, 'close');
	running.delete(child);
	assert.equal(code, 0, `sipp ${scenario}:\n${text.slice(-3000)}`);
	return text;
}

const header = (text, name) => new RegExp(`^${name}: *(.*)\r$`, 'mi').exec(text)?.[1];
export const statusOf = (text) => Number(/^SIP\/2\.0 (\d{3}) /.exec(text)?.[1] ?? 0);

export function response(request, code, reason, {body = '', more = [], tag = 'phone'} = {}) {
	const copied = [...request.matchAll(/^(?:Via|Record-Route): .*(?=\r$)/mgi)].map(([line]) => line)
		.concat(['From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${header(request, name)}`));
	const to = header(request, 'To');
	return [`SIP/2.0 ${code} ${reason}`, ...copied, `To: ${to}${to.includes(';tag=') || code === 100 ? '' : `;tag=${tag}`}`,
		...more, ...body ? ['Content-Type: application/sdp'] : [], `Content-Length: ${body.length}`, '', body].join('\r\n');
}

// The media side of a Phone: sends PCMU every 20 ms, loud or silent, or what it is given; counts what comes.
export class Rtp {
	static loud = Buffer.from(Array.from({length: 160}, (_, i) => (i % 16 < 8 ? 0x90 : 0x10)));
	static silent = Buffer.alloc(160, 0xff);

	async open() {
		this.socket = createSocket('udp4').unref();
		this.packets = this.frames = 0;
		this.socket.on('message', (bytes) => {
			if (bytes[1] >= 192 && bytes[1] < 224) return; // RTCP
			this.packets++;
			this.frames += bytes[1] >> 7;
		});
		this.socket.bind(0, '127.0.0.1');
		await once(this.socket, 'listening');
		this.port = this.socket.address().port;
		return this;
	}

	// step: of the timestamp; G.711 has a byte a tick.
	send(port, payload, type = 0, marker = 0, step = payload.length) {
		const header = Buffer.alloc(12);
		this.seq = (this.seq ?? 0) + 1;
		header[0] = 0x80;
		header[1] = marker << 7 | type;
		header.writeUInt16BE(this.seq & 0xffff, 2);
		header.writeUInt32BE(this.seq * step >>> 0, 4);
		header.writeUInt32BE(this.port, 8);
		this.socket.send(Buffer.concat([header, payload]), port, '127.0.0.1');
	}

	talk(port, payload, type = 0, ms = 20, step = payload.length) {
		clearInterval(this.timer);
		this.timer = setInterval(() => this.send(port, payload, type, 0, step), ms).unref();
	}

	close() {
		clearInterval(this.timer);
		this.socket.close();
	}
}

// The ports of a description: [audio, video ...].
export const portsOf = (text) => [...text.matchAll(/^m=\w+ (\d+) /mg)].map(([, port]) => Number(port));

export class Phone {
	constructor(port) {
		this.server = port;
		this.socket = createSocket('udp4').unref(); // a failed test leaves it open
		this.got = [];
		this.handlers = new Map();
		this.socket.on('message', (bytes) => {
			const text = bytes.toString('latin1');
			this.got.push(text);
			if (!statusOf(text)) this.handlers.get(text.slice(0, text.indexOf(' ')))?.(text);
		});
	}

	async open() {
		this.socket.bind(0, '127.0.0.1');
		await once(this.socket, 'listening');
		this.port = this.socket.address().port;
		this.uri = `sip:phone@127.0.0.1:${this.port}`;
		return this;
	}

	close() { this.socket.close(); }

	send(text) { this.socket.send(Buffer.from(text, 'latin1'), this.server, '127.0.0.1'); }

	request(method, {to = 'desk', id = 'x', tag = '', branch = id, more = [], body = '', type = 'application/sdp', cseq = 1, params = ''} = {}) {
		return [`${method} sip:${to}@127.0.0.1:${this.server}${params} SIP/2.0`, `Via: SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK${branch}`,
			`From: <sip:phone@127.0.0.1>;tag=${id}`, `To: <sip:${to}@127.0.0.1>${tag}`, `Call-ID: ${id}`, `CSeq: ${cseq} ${method}`,
			`Contact: <${this.uri}>`, 'Max-Forwards: 70', ...more,
			...body ? [`Content-Type: ${type}`] : [], `Content-Length: ${body.length}`, '', body].join('\r\n');
	}

	offer(port = 40000, media = ['m=audio PORT RTP/AVP 0']) {
		return ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', ...media, ''].join('\r\n').replace('PORT', port);
	}

	// To a request from the server.
	reply(request, code, reason, {body = '', more = []} = {}) { this.send(response(request, code, reason, {body, tag: this.tag, more: [`Contact: <${this.uri}>`, ...more]})); }

	on(method, handler) { this.handlers.set(method, handler); }

	// Takes every call, offers nothing but PCMU, follows what the server wants.
	takeCalls(port = 40000) {
		const answer = (request) => {
			const lines = [...request.matchAll(/^m=(\w+) \d+ (\S+)/mg)].map(([, kind, profile]) =>
				kind === 'audio' ? `m=audio ${port} ${profile} 0` : `m=${kind} 0 ${profile} 0`);
			this.reply(request, 200, 'OK', {body: this.offer(port, lines)});
		};
		this.on('INVITE', answer);
		this.on('BYE', (request) => this.reply(request, 200, 'OK'));
		return this;
	}

	has(test) { return this.got.find((text) => (typeof test === 'string' ? text.startsWith(test) : test.test(text))); }

	heard(test, limitMs = 15000) {
		return eventually(`${test} comes`, () => {
			const found = this.has(test);
			assert.ok(found, this.got.join('\n'));
			return found;
		}, limitMs);
	}

	answer(code, method = 'INVITE', id = '') {
		return this.heard(new RegExp(`^SIP/2\\.0 ${code} (?=[^]*^Call-ID: ${id}.*)[^]*^CSeq: \\d+ ${method}\r$`, 'm'));
	}

	// A call that is up; its tag for the requests in it. early: what is done with the 200 before its ACK.
	async call({id, to, body = this.offer(), more, params, early}) {
		this.send(this.request('INVITE', {id, to, body, more, params}));
		const ok = await this.answer(200, 'INVITE', id);
		const tag = /;tag=[^;\r]+/.exec(header(ok, 'To'))[0];
		await early?.(ok);
		this.send(this.request('ACK', {id, to, tag, branch: `${id}-ack`}));
		return {id, to, tag, ok};
	}

	async hangUp({id, to, tag}, cseq = 100) {
		const timer = setInterval(() => this.send(bye), 500), bye = this.request('BYE', {id, to, tag, branch: `${id}-bye`, cseq});
		this.send(bye);
		await this.answer(200, 'BYE', id).finally(() => clearInterval(timer));
	}
}

const ROWS = [697, 770, 852, 941], COLUMNS = [1209, 1336, 1477, 1633], TONES = '123A456B789C*0#D';

// G.711 mu-law of a sample, and back.
export function ulaw(sample) {
	const sign = sample < 0 ? 0x80 : 0, s = Math.min(Math.abs(sample), 32635) + 132;
	const exponent = Math.floor(Math.log2(s)) - 7;
	return ~(sign | exponent << 4 | s >> exponent + 3 & 15) & 0xff;
}

export function linear(byte) {
	const u = ~byte & 0xff, s = ((u & 15) << 3) + 132 << (u >> 4 & 7);
	return u & 0x80 ? 132 - s : s - 132;
}

let calls = 0;

// A phone in a call. Its sound is silence, every 20 ms, but for what is queued (or a tone of `hz`); what it hears is counted and kept for
// a second. events: it has telephone-event; pin: of the URI.
export class Caller {
	static async call(port, to, {events = false, more = [], hz = 0, pin = ''} = {}) {
		const caller = new Caller();
		caller.phone = await new Phone(port).open();
		caller.rtp = await new Rtp().open();
		Object.assign(caller, {room: to, cseq: 10, queue: [], loud: 0, heard: []});
		caller.rtp.seq = 0;
		caller.rtp.socket.on('message', (bytes) => {
			if ((bytes[1] & 127) !== 0) return;
			const samples = Array.from(bytes.subarray(12), linear);
			caller.heard.push(...samples);
			caller.heard.splice(0, Math.max(0, caller.heard.length - 8000));
			caller.loud += Math.sqrt(samples.reduce((sum, s) => sum + s * s, 0) / samples.length) > 500;
		});
		const media = events ? ['m=audio PORT RTP/AVP 0 101', 'a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-16'] : ['m=audio PORT RTP/AVP 0'];
		caller.gone = new Promise((resolve) => {
			caller.phone.on('BYE', (request) => {
				caller.phone.reply(request, 200, 'OK');
				resolve(Date.now());
			});
		});
		caller.up = await caller.phone.call({id: `call-${process.pid}-${calls++}`, to, more, params: pin && `;pin=${pin}`, body: caller.phone.offer(caller.rtp.port, media)});
		[caller.port] = portsOf(caller.up.ok);
		let at = 0;
		const tone = () => Buffer.from(Array.from({length: 160}, () => ulaw(Math.round(8000 * Math.sin(2 * Math.PI * hz * at++ / 8000)))));
		caller.timer = setInterval(() => caller.rtp.send(caller.port, caller.queue.shift() ?? (hz ? tone() : Rtp.silent)), 20);
		caller.timer.unref();
		return caller;
	}

	// A word was said since then, or music played: half a second of it.
	async hears(since = 0) {
		await eventually('something is heard', () => assert.ok(this.loud > since + 20, `${this.loud} loud packets`));
		return this.loud;
	}

	// Of the last second, the part of its power that is at that frequency: 0 to 1.
	share(hz) {
		let re = 0, im = 0, power = 0;
		this.heard.forEach((s, i) => {
			re += s * Math.cos(2 * Math.PI * hz * i / 8000);
			im += s * Math.sin(2 * Math.PI * hz * i / 8000);
			power += s * s;
		});
		return power ? 2 * (re * re + im * im) / (this.heard.length * power) : 0;
	}

	// RFC 4733: three packets of its beginning, three of its end. They share their numbers with the sound.
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

	// Its status.
	async info(type, body) {
		const {id, to, tag} = this.up, cseq = this.cseq++;
		this.phone.send(this.phone.request('INFO', {id, to, tag, branch: `${id}-${cseq}`, cseq, type, body}));
		return statusOf(await this.phone.heard(new RegExp(`^SIP/2\\.0 \\d+ [^]*^CSeq: ${cseq} INFO\r$`, 'm')));
	}

	// 120 ms of the two tones, and as much silence.
	tone(key) {
		const at = TONES.indexOf(key), low = ROWS[at >> 2], high = COLUMNS[at & 3];
		for (let packet = 0; packet < 12; packet++) {
			this.queue.push(packet > 5 ? Rtp.silent : Buffer.from(Array.from({length: 160}, (_, i) => {
				const t = 2 * Math.PI * (packet * 160 + i) / 8000;
				return ulaw(Math.round(6000 * (Math.sin(low * t) + Math.sin(high * t))));
			})));
		}
	}

	// way: event (RFC 4733), tone, relay or plain (SIP INFO).
	async press(keys, way = 'relay') {
		for (const key of keys) {
			if (way === 'event') this.event(key);
			else if (way === 'tone') this.tone(key);
			else if (way === 'relay') assert.equal(await this.info('application/dtmf-relay', `Signal=${key}\r\nDuration=160\r\n`), 200);
			else assert.equal(await this.info('application/dtmf', key), 200);
		}
	}

	// up false: the server has ended it.
	async close({up = true} = {}) {
		clearInterval(this.timer);
		if (up) await this.phone.hangUp(this.up).catch(() => {});
		this.phone.close();
		this.rtp.close();
	}

	// The server hung up.
	async wasSentAway(limitMs = 25000) {
		await Promise.race([this.gone, new Promise((_, reject) => setTimeout(() => reject(new Error('no BYE')), limitMs).unref())]);
		await this.close({up: false});
	}
}

// The same over TCP, where nobody can claim another's address.
export class TcpPhone extends Phone {
	async open() {
		await super.open();
		this.uri += ';transport=tcp';
		this.stream = connect(this.server, '127.0.0.1').unref();
		await once(this.stream, 'connect');
		let rest = '';
		this.stream.setEncoding('latin1').on('data', (more) => {
			rest += more;
			for (let end; (end = rest.indexOf('\r\n\r\n')) >= 0;) {
				const length = end + 4 + Number(/^Content-Length: *(\d+)/mi.exec(rest.slice(0, end))?.[1] ?? 0);
				if (rest.length < length) break;
				this.socket.emit('message', Buffer.from(rest.slice(0, length), 'latin1'));
				rest = rest.slice(length);
			}
		});
		return this;
	}

	close() {
		this.stream.destroy();
		super.close();
	}

	send(text) { this.stream.write(text.replace('SIP/2.0/UDP', 'SIP/2.0/TCP'), 'latin1'); }
}
