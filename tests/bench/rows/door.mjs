// door - (h) from the offer to the first picture, joins one after another into a room of 4; and requests for its participants.

import {spawn} from 'node:child_process';
import {once} from 'node:events';
import net from 'node:net';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {context, quick} from '../lib/context.mjs';
import {cpuSeconds} from '../lib/machine.mjs';
import {startServer} from '../lib/server.mjs';
import {fixed, printer, quantile} from '../lib/table.mjs';

export const name = 'door';
const THERE = 4, JOINS = quick ? 10 : 50, EVERY_MS = 600, STAY_MS = 1200, REQUESTS_S = quick ? 2 : 3; // who never connects is gone after 5 s

// build/peer: {done: its report}. Those who come bring a voice, and decode what they see.
function peers(url) {
	const small = {width: 320, height: 180, kbps: 200}, from = 3000;
	const scenario = {url, room: 'bench', seconds: Math.ceil((from + JOINS * EVERY_MS + STAY_MS) / 1000) + 8, peers: [{...small, count: THERE},
		...Array.from({length: JOINS}, (_, i) => (
			{...small, who: THERE + i, send: 'none', decode: true, join_ms: from + i * EVERY_MS, leave_ms: from + i * EVERY_MS + STAY_MS}))]};
	const child = spawn(join(context.build, 'peer'), ['-'], {stdio: ['pipe', 'pipe', 'inherit']});
	let text = '';
	child.stdout.setEncoding('utf8').on('data', (chunk) => { text += chunk; });
	child.stdin.end(JSON.stringify(scenario));
	return {done: once(child, 'close').then(() => JSON.parse(text.slice(text.indexOf('{'))).peers)};
}

async function joins(url, print) {
	const late = (await peers(url).done).filter(({who}) => who >= THERE), seen = late.map((p) => p.first_picture_ms).filter((ms) => ms >= 0);
	const row = {name: 'joins', n: late.length, saw: seen.length, answer_ms: quantile(late.map((p) => p.answer_ms), 0.5), p50_ms: quantile(seen, 0.5),
		p99_ms: quantile(seen, 0.99), max_ms: Math.max(...seen)};
	print(row);
	return row;
}

// One connection that asks again as soon as it was answered. Replies have a Content-Length.
function asker(url, path) {
	const {hostname, port, host} = new URL(url), request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
	const socket = net.connect(port, hostname).setNoDelay();
	const state = {answered: 0, bytes: 0, stop: () => socket.destroy()};
	let rest = '';
	socket.setEncoding('latin1').on('data', (chunk) => {
		rest += chunk;
		const head = rest.indexOf('\r\n\r\n');
		if (head < 0) return;
		const end = head + 4 + Number(/content-length: (\d+)/i.exec(rest)[1]);
		if (rest.length < end) return;
		if (!rest.startsWith('HTTP/1.1 200')) throw new Error(rest.slice(0, head));
		state.bytes = end;
		state.answered++;
		rest = rest.slice(end);
		socket.write(request);
	});
	socket.write(request);
	return state;
}

async function requests(server, connections, print) {
	const all = Array.from({length: connections}, () => asker(server.url, '/v1/rooms/bench/participants'));
	await sleep(500);
	const count = () => all.reduce((n, {answered}) => n + answered, 0);
	const from = [count(), performance.now(), cpuSeconds(server.pid)];
	await sleep(REQUESTS_S * 1000);
	const n = count() - from[0], seconds = (performance.now() - from[1]) / 1000, cpu = cpuSeconds(server.pid) - from[2];
	for (const each of all) each.stop();
	const row = {name: `${connections} connections`, per_s: n / seconds, server_us: cpu / n * 1e6, bytes: all[0].bytes};
	print(row);
	return row;
}

export async function run() {
	const server = await startServer({'limits.joins_per_second': 0});
	try {
		const rows = [];
		rows.push(await joins(server.url, printer(`(h) ${JOINS} joins into a room of ${THERE}, one each ${EVERY_MS} ms; from the offer on`, [
			['', (r) => r.name, 6], ['saw it', (r) => `${r.saw} of ${r.n}`, 9], ['answer p50 ms', (r) => fixed(r.answer_ms, 1), 13],
			['picture p50 ms', (r) => fixed(r.p50_ms, 0), 14], ['p99 ms', (r) => fixed(r.p99_ms, 0), 7], ['max ms', (r) => fixed(r.max_ms, 0), 7]])));
		const print = printer('(h) GET participants, keep-alive, of 4 who are connecting', [
			['from', (r) => r.name, 14], ['requests/s', (r) => fixed(r.per_s, 0), 10], ['server us each', (r) => fixed(r.server_us, 1), 14],
			['bytes', (r) => r.bytes, 6]]);
		for (const connections of [1, 8]) {
			await invite(server.url); // those of the row before may have left: they never connect
			rows.push(await requests(server, connections, print));
		}
		return rows;
	} finally {
		await server.stop();
	}
}

// Four whose joins were answered, and who have some seconds to come: the room costs nothing but what is asked.
async function invite(url) {
	const {offer} = await import('../../e2e/lib/api.mjs');
	for (let i = 0; i < THERE; i++) {
		const reply = await fetch(`${url}/join/bench?name=person-${i}`, {method: 'POST', headers: {'Content-Type': 'application/sdp'}, body: offer()});
		if (reply.status !== 201) throw new Error(await reply.text());
	}
}
