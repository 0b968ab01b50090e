// machine - a program on the WebSocket of a room's media (docs/MACHINES.md).
//
//   const agent = await connect(server, 'room', {rate: 48000, hears: 'all'});      agent.start, agent.frames [{number, ms, data, at}]
//   agent.speak(pcm); agent.say({event: 'mark', name: 'x'}); await agent.told('mark');

import assert from 'node:assert/strict';
import {toneLevel} from './mark.mjs';
import {eventually} from './wait.mjs';
import {BINARY, dial, TEXT, frame, CLOSE} from './websocket.mjs';

class Machine {
	constructor(ws) {
		Object.assign(this, {ws, frames: [], events: []});
		ws.onmessage = (opcode, data) => { this.take(opcode, data); };
		const early = ws.messages.splice(0);
		for (const text of early) this.take(text.startsWith('{') ? TEXT : BINARY, Buffer.from(text, 'latin1'));
	}

	take(opcode, data) {
		const at = performance.now();
		if (opcode === BINARY) {
			this.frames.push({number: data.readUInt32BE(0), ms: data.readUInt32BE(4), data: data.subarray(8), at});
			this.onframe?.(this.frames.at(-1));
			return;
		}
		const event = {...JSON.parse(data.toString()), at};
		if (event.event === 'media') {
			const {chunk, timestamp, payload} = event.media;
			this.frames.push({number: Number(chunk), ms: Number(timestamp), data: Buffer.from(payload, 'base64'), at});
		} else {
			this.events.push(event);
		}
	}

	speak(pcm) {
		const bytes = Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength);
		for (let at = 0; at < bytes.length; at += 32000) this.ws.send(bytes.subarray(at, at + 32000), BINARY);
	}

	say(json) { this.ws.send(JSON.stringify(json)); }

	told(event, test = () => true, limit = 15000) {
		return eventually(`${event} is told`, () => {
			const found = this.events.find((one) => one.event === event && test(one));
			assert.ok(found, JSON.stringify(this.events.slice(-8)));
			return found;
		}, limit);
	}

	// The last n frames as samples at 48 kHz.
	samples(n) {
		const bytes = Buffer.concat(this.frames.slice(-n).map((one) => one.data));
		return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
	}

	level(hz, n = 25) {
		const pcm = this.samples(n);
		return pcm.length ? toneLevel(pcm, 0, pcm.length, hz) : 0;
	}

	closed() { return this.ws.closed(); }

	async end() {
		this.ws.write(frame(CLOSE, Buffer.from([3, 232])));
		await this.closed();
		this.ws.destroy();
	}
}

const queryOf = (options) => new URLSearchParams(options).toString();

export const knock = (server, room, options = {}, headers = {}, protocol = null) =>
	dial(server, `/v1/rooms/${room}/media?${queryOf(options)}`, {protocol, headers});

export async function connect(server, room, options = {}, headers = {}) {
	const ws = await knock(server, room, options, headers);
	assert.equal(ws.status, 101, ws.body);
	const machine = new Machine(ws);
	machine.start = (await machine.told('start')).start;
	machine.id = machine.start.participant;
	return machine;
}

// n samples of a tone at 48 kHz.
export const tone = (hz, n, amplitude = 8000) => Int16Array.from({length: n}, (_, i) => amplitude * Math.sin(2 * Math.PI * hz * i / 48000));
