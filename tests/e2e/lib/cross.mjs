// cross - a TCP-like flow that shares the relay's bottleneck down with what the server sends.
//
//   const flow = await crossTraffic(relay);  ...  flow.begin(); await sleep(30000); flow.kbps()  ...  flow.stop();
//
// As Reno (RFC 5681): slow start, a packet more each round trip, half of it at a loss, which three later acknowledgements tell; after a
// second without any it begins anew. Each datagram of 1200 bytes is acknowledged by one that goes up.

import dgram from 'node:dgram';
import {once} from 'node:events';

const BYTES = 1200, HEADERS = 28, TIMEOUT_MS = 1000;

const bound = async (onMessage) => {
	const socket = dgram.createSocket('udp4', onMessage);
	socket.bind(0, '127.0.0.1');
	await once(socket, 'listening');
	return socket;
};

class Reno {
	window = 4;
	slow = true;
	next = 0;
	under = new Set(); // what is under way, in order
	recovery = -1;

	constructor(send) { this.send = send; }

	fill() {
		while (this.under.size < this.window) {
			this.under.add(this.next);
			this.send(this.next++);
		}
	}

	lose() {
		if (this.recovery > Math.min(...this.under, this.next)) return; // of the same window
		this.window = Math.max(2, this.window / 2);
		this.slow = false;
		this.recovery = this.next;
	}

	acknowledge(number) {
		this.heard = Date.now();
		if (!this.under.delete(number)) return;
		const lost = [...this.under].filter((n) => n + 3 <= number);
		if (lost.length) this.lose();
		else this.window += this.slow ? 1 : 1 / this.window;
		for (const n of lost) this.under.delete(n);
		this.fill();
	}

	check() {
		if (Date.now() - this.heard < TIMEOUT_MS) return;
		this.under.clear();
		this.window = 2;
		this.heard = Date.now();
		this.fill();
	}
}

export async function crossTraffic(relay) {
	const packet = Buffer.alloc(BYTES);
	let address, arrived = 0, beganAt = performance.now(), port;
	const flow = new Reno((number) => {
		packet.writeUInt32BE(number);
		server.send(Buffer.from(packet), address.port, address.address);
	});
	const server = await bound((message, from) => {
		if (message.length === 4) return flow.acknowledge(message.readUInt32BE());
		address = from;
		flow.heard = Date.now();
		flow.fill();
	});
	const client = await bound((message) => {
		arrived += message.length + HEADERS;
		client.send(message.subarray(0, 4), port, '127.0.0.1');
	});
	port = await relay.portFor(server.address().port);
	client.send('begin', port, '127.0.0.1');
	const timer = setInterval(() => flow.check(), 100);
	return {
		begin() { [arrived, beganAt] = [0, performance.now()]; },
		kbps: () => arrived * 8 / (performance.now() - beganAt),
		stop() {
			clearInterval(timer);
			client.close();
			server.close();
		},
	};
}
