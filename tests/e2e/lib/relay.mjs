// relay - runs build/relay, a bad network that changes on the way (tests/relay), and leads a browser's page through it.
//
//   const relay = await startRelay({seed: 1, 'down-rate': '3M'});
//   const anna = await open(server, {room: 'r', person: 'red', prepare: (page) => relay.lead(page)});
//   await relay.set({'down-rate': '300k'});
//   (await relay.stats()).down.waited_p95_ms
//
// The server must offer 127.0.0.1 alone ('media.addresses').

import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {createInterface} from 'node:readline';

const BINARY = join(process.env.TS_BUILD ?? new URL('../../../build', import.meta.url).pathname, 'relay');
const running = new Set();

process.on('exit', () => {
	for (const child of running) child.kill('SIGKILL');
});

const CANDIDATE = /^a=candidate:(\S+) (\d+) udp (\d+) 127\.0\.0\.1 (\d+) typ host.*\r?\n/gim;
const withoutCandidates = (text) => text.replace(/^a=(candidate:|end-of-candidates).*\r?\n/gim, '');

class Relay {
	constructor(child) {
		Object.assign(this, {child, ports: new Map(), waiting: []});
		this.ended = once(child, 'close');
		createInterface(child.stdout).on('line', (line) => this.waiting.shift()?.(line));
		running.add(child);
		child.once('close', () => running.delete(child));
	}

	// Commands are answered in order, a line each.
	async ask(command) {
		const answer = new Promise((resolve) => this.waiting.push(resolve));
		this.child.stdin.write(`${command}\n`);
		const text = await Promise.race([answer, this.ended.then(() => 'error the relay has ended')]);
		assert.doesNotMatch(text, /^error/, command);
		return text;
	}

	// {'down-rate': '300k', loss: '5%'}; 'rate: 0' is no limit
	set(options) { return this.ask(`set ${Object.entries(options).flat().join(' ')}`); }

	async stats() { return JSON.parse(await this.ask('stats')); }

	// Counts and waits begin anew.
	forget() { return this.ask('forget'); }

	// The relay's port for one of the server's; always the same.
	async portFor(port) {
		if (!this.ports.has(port))
			this.ports.set(port, this.ask(`add 127.0.0.1:${port}`).then((line) => Number(line.split(':')[1])));
		return this.ports.get(port);
	}

	// What the server says of its candidates, with those of the relay instead: the first on loopback, and nothing else.
	async rewritten(sdp) {
		const found = [...sdp.matchAll(CANDIDATE)][0];
		if (!found) return sdp;
		const [, foundation, component, priority, port] = found;
		const line = `a=candidate:${foundation} ${component} udp ${priority} 127.0.0.1 ${await this.portFor(Number(port))} typ host\r\n`;
		let placed = 0;
		return sdp.replace(/^a=candidate:.*\r?\n/gim, () => placed++ ? '' : line);
	}

	// What the server says of its plain RTP, with the relay's ports: for phones. RTCP has a port of its own unless it is multiplexed.
	async rewrittenPlain(sdp) {
		const sections = sdp.split(/^(?=m=)/m);
		return (await Promise.all(sections.map(async (section) => {
			const [, kind, port] = /^m=(\w+) (\d+) RTP\//.exec(section) ?? [];
			if (!Number(port)) return section;
			const moved = section.replace(/^m=\w+ \d+/, `m=${kind} ${await this.portFor(Number(port))}`).replace(/^a=rtcp:.*\r\n/m, '');
			return /^a=rtcp-mux/m.test(section) ? moved : `${moved}a=rtcp:${await this.portFor(Number(port) + 1)}\r\n`;
		}))).join('');
	}

	// Neither side hears of an address of the other: what they send each other goes through here. Before the page loads.
	async lead(page) {
		await page.route(/\/(join|whip|whep|s)\/[^/]+$/, async (route) => {
			const request = route.request(), method = request.method(), body = request.postData() ?? '';
			const type = request.headers()['content-type'] ?? '';
			if (!/application\/(sdp|trickle-ice-sdpfrag)/.test(type) || !['POST', 'PATCH'].includes(method)) return route.continue();
			if (method === 'PATCH' && !/a=candidate/.test(body)) return route.continue();
			const response = await route.fetch({postData: withoutCandidates(body)});
			await route.fulfill({response, body: await this.rewritten(await response.text())});
		});
	}

	async stop() {
		this.child.stdin.end();
		await this.ended;
	}
}

export async function startRelay(options = {}) {
	const args = Object.entries({control: 1, ...options}).flatMap(([name, value]) => [`--${name}`, String(value)]);
	const relay = new Relay(spawn(BINARY, args, {stdio: ['pipe', 'pipe', 'inherit']}));
	await new Promise((resolve, reject) => {
		relay.waiting.push(resolve); // "listening", which it says first
		relay.ended.then(([code]) => reject(new Error(`the relay ended with ${code}`)));
	});
	return relay;
}
