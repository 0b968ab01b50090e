// transitions - a room whose tiles are on their way all the time, grid to speaker and back, beside the same room at rest in either, and
// with the same changes as cuts. What a change itself costs (plans, other bitrates asked for, pictures that are harder to code) is in both.

import {start} from '../../e2e/lib/peer.mjs';
import {context, quick} from '../lib/context.mjs';
import {cpuSeconds} from '../lib/machine.mjs';
import {startServer} from '../lib/server.mjs';
import {fixed, median, percent, printer} from '../lib/table.mjs';
import {setTimeout as sleep} from 'node:timers/promises';

const SETTLE_MS = 4000, WAY_MS = 300;
export const name = 'transitions';

const send = (server, method, path, json) => fetch(`${server.url}${path}`, {method, body: JSON.stringify(json),
	headers: {'Content-Type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'}}).then((r) => r.arrayBuffer());
const choose = (server, layout) => send(server, 'PUT', '/v1/rooms/bench/layout', {name: layout});

// Cores that the server takes while layouts follow each other.
async function cores(server, layouts) {
	await choose(server, layouts[0]);
	await sleep(SETTLE_MS);
	const begin = performance.now(), cpu = cpuSeconds(server.pid);
	for (let i = 1; performance.now() - begin < context.windowMs; i++) {
		if (layouts.length > 1) await choose(server, layouts[i % layouts.length]);
		await sleep(begin + i * WAY_MS - performance.now());
	}
	return (cpuSeconds(server.pid) - cpu) * 1000 / (performance.now() - begin);
}

async function measure(count) {
	const server = await startServer();
	try {
		const peers = [{count, who: 0, send: 'h264', receive: 'h264', fps: 30, width: 640, height: 360, kbps: 600, audio: false}];
		const play = start(server, {room: 'bench', seconds: 600, urgent: false, peers});
		for (let n = 0, tries = 0; n < count; tries++) { // their clips are made first
			if (tries > 400) throw new Error(`${n} of ${count} came`);
			await sleep(500);
			n = ((await server.get('/v1/rooms/bench/participants')).items ?? []).filter((p) => p.state === 'connected').length;
		}
		await send(server, 'PATCH', '/v1/rooms/bench', {transition_ms: 0});
		const rest = [await cores(server, ['grid']), await cores(server, ['speaker'])], cuts = await cores(server, ['grid', 'speaker']);
		await send(server, 'PATCH', '/v1/rooms/bench', {transition_ms: WAY_MS});
		const moving = await cores(server, ['grid', 'speaker']);
		play.child.kill('SIGTERM');
		await play.done.catch(() => {});
		return {rest, cuts, moving};
	} finally {
		await server.stop();
	}
}

export async function run() {
	const print = printer(`transitions: H.264 640x360 cameras, 1280x720; changes each ${WAY_MS} ms`, [
		['participants', (r) => r.name, 12], ['grid', (r) => fixed(r.rest[0], 3), 6], ['speaker', (r) => fixed(r.rest[1], 3), 7],
		['cuts', (r) => fixed(r.cuts, 3), 6], ['moving', (r) => fixed(r.moving, 3), 6], ['moving to cuts', (r) => percent(r.to_cuts - 1, 1), 14],
		['moving to rest', (r) => percent(r.to_rest - 1, 1), 14]]);
	const rows = [];
	for (const count of quick ? [4] : [2, 4, 9, 16]) {
		if (!context.wants(String(count))) continue;
		const rounds = [];
		for (let i = 0; i < context.rounds; i++) rounds.push(await measure(count));
		const of = (get) => median(rounds.map(get));
		const row = {name: String(count), rest: [of((r) => r.rest[0]), of((r) => r.rest[1])], cuts: of((r) => r.cuts), moving: of((r) => r.moving),
			to_cuts: of((r) => r.moving / r.cuts), to_rest: of((r) => 2 * r.moving / (r.rest[0] + r.rest[1]))};
		rows.push(row);
		print(row);
	}
	return rows;
}
