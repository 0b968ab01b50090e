// sip - phones for tests: sipp runs a scenario of sip/*.xml; a Phone says what the test makes up, byte by byte, over UDP.
//
//   await sipp('hold', ['-s', 'room', '-t', 't1'], {port});     throws with its screen unless every call went well
//   const phone = await new Phone(port).open();
//   phone.send(phone.request('INVITE', {id: 'a', body: phone.offer()}));
//   await phone.answer(200);
//   phone.on('INVITE', (request) => phone.reply(request, 486, 'Busy Here'));      when it is called

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

	request(method, {to = 'desk', id = 'x', tag = '', branch = id, more = [], body = '', type = 'application/sdp', cseq = 1} = {}) {
		return [`${method} sip:${to}@127.0.0.1:${this.server} SIP/2.0`, `Via: SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK${branch}`,
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

	// A call that is up; its tag for the requests in it.
	async call({id, to, body = this.offer(), more}) {
		this.send(this.request('INVITE', {id, to, body, more}));
		const ok = await this.answer(200, 'INVITE', id);
		const tag = /;tag=[^;\r]+/.exec(header(ok, 'To'))[0];
		this.send(this.request('ACK', {id, to, tag, branch: `${id}-ack`}));
		return {id, to, tag, ok};
	}

	async hangUp({id, to, tag}, cseq = 100) {
		const timer = setInterval(() => this.send(bye), 500), bye = this.request('BYE', {id, to, tag, branch: `${id}-bye`, cseq});
		this.send(bye);
		await this.answer(200, 'BYE', id).finally(() => clearInterval(timer));
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
