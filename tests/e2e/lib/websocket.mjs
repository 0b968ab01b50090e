// websocket - a WebSocket by hand, so that it can do what browsers do not: frames of any kind, in pieces, against the rules.
//
//   const ws = await dial(server, '/sip', {protocol: 'sip', headers: {Origin: '...'}});     ws.status 101, or what refused it
//   ws.send('OPTIONS ...'); await ws.heard(/^SIP\/2.0 200/); await ws.closed();             the code of the close

import assert from 'node:assert/strict';
import {once} from 'node:events';
import net from 'node:net';
import {eventually} from './wait.mjs';

export const TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10;

export function frame(opcode, payload, {fin = true, masked = true} = {}) {
	const data = Buffer.from(payload), key = [1, 2, 3, 4], n = data.length;
	const head = [(fin ? 0x80 : 0) | opcode, (masked ? 0x80 : 0) | (n < 126 ? n : n < 65536 ? 126 : 127)];
	const size = n < 126 ? Buffer.alloc(0) : n < 65536 ? Buffer.alloc(2) : Buffer.alloc(8);
	if (size.length === 2) size.writeUInt16BE(n);
	if (size.length === 8) size.writeBigUInt64BE(BigInt(n));
	return Buffer.concat([Buffer.from(head), size, ...masked ? [Buffer.from(key), data.map((byte, i) => byte ^ key[i & 3])] : [data]]);
}

class Raw {
	constructor(socket) {
		Object.assign(this, {socket, rest: Buffer.alloc(0), messages: [], pongs: [], code: null, ended: false});
		socket.on('error', () => {}).on('close', () => { this.ended = true; });
	}

	take(more) {
		this.rest = Buffer.concat([this.rest, more]);
		for (;;) { // a server's frames are neither masked nor in pieces
			if (this.rest.length < 2) return;
			const long = this.rest[1] === 126 ? 2 : this.rest[1] === 127 ? 8 : 0;
			if (this.rest.length < 2 + long) return;
			const n = long === 2 ? this.rest.readUInt16BE(2) : long ? Number(this.rest.readBigUInt64BE(2)) : this.rest[1];
			if (this.rest.length < 2 + long + n) return;
			const opcode = this.rest[0] & 15, data = this.rest.subarray(2 + long, 2 + long + n);
			if ((opcode === TEXT || opcode === BINARY) && this.onmessage) this.onmessage(opcode, Buffer.from(data));
			else if (opcode === TEXT || opcode === BINARY) this.messages.push(data.toString('latin1'));
			if (opcode === PONG) this.pongs.push(data.toString('latin1'));
			if (opcode === CLOSE) Object.assign(this, {code: n >= 2 ? data.readUInt16BE(0) : 1005, reason: data.subarray(2).toString()});
			this.rest = this.rest.subarray(2 + long + n);
		}
	}

	write(bytes) { this.socket.write(bytes); }

	send(text, opcode = TEXT) { this.write(frame(opcode, text)); }

	heard(test) {
		return eventually(`${test} comes`, () => {
			const found = this.messages.find((text) => test.test(text));
			assert.ok(found !== undefined, this.messages.join('\n'));
			return found;
		}, 10000);
	}

	closed() {
		return eventually('it is closed', () => {
			assert.ok(this.ended || this.code !== null);
			return this.code;
		}, 15000);
	}

	destroy() { this.socket.destroy(); }
}

export async function dial(server, path, {protocol = 'sip', headers = {}, version = 13} = {}) {
	const {hostname, port} = new URL(server.url), socket = net.connect(port, hostname), ws = new Raw(socket);
	await once(socket, 'connect');
	const lines = {Host: `${hostname}:${port}`, Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
		'Sec-WebSocket-Version': version, ...protocol && {'Sec-WebSocket-Protocol': protocol}, ...headers};
	socket.write(`GET ${path} HTTP/1.1\r\n${Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
	let head = Buffer.alloc(0);
	await new Promise((resolve) => {
		const read = (more) => {
			head = Buffer.concat([head, more]);
			const end = head.indexOf('\r\n\r\n');
			if (end < 0) return;
			socket.off('data', read);
			ws.head = head.subarray(0, end).toString();
			ws.status = Number(ws.head.split(' ')[1]);
			ws.body = head.subarray(end + 4).toString();
			if (ws.status === 101) {
				socket.on('data', (bytes) => ws.take(bytes));
				ws.take(head.subarray(end + 4));
			}
			resolve();
		};
		socket.on('data', read).once('close', resolve);
	});
	return ws;
}
