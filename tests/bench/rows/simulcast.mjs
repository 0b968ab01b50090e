// simulcast - 16 senders of three layers (1280x720, 640x360, 320x180) in 4x4, beside the same senders with one layer of 640x360, and the
// floor's 16. The senders are those of tests/peer, whose pictures are coded by themselves: the pair has the same, the floor has clips.

import {start} from '../../e2e/lib/peer.mjs';
import {clips} from '../lib/clips.mjs';
import {context} from '../lib/context.mjs';
import {officialFloor, ownFloor} from '../lib/floor.mjs';
import {cpuSeconds} from '../lib/machine.mjs';
import {startServer} from '../lib/server.mjs';
import {fixed, median, percent, printer} from '../lib/table.mjs';
import {setTimeout as sleep} from 'node:timers/promises';

const COUNT = 16, SETTLE_MS = 12000; // layers are chosen 3 s after everybody has a tile
export const name = 'simulcast';

async function runServer(more) {
	const server = await startServer();
	try {
		const ms = SETTLE_MS + context.windowMs;
		const peers = Array.from({length: COUNT}, (_, who) => ({who, send: 'h264', receive: 'h264', fps: 30, melody: true, audio: who < 3, ...more}));
		const play = start(server, {room: 'bench', seconds: 300 + ms / 1000, together_ms: ms + 3000, urgent: false, peers});
		for (let n = 0, tries = 0; n < COUNT; tries++) { // their clips are made first
			if (tries > 400) throw new Error(`${n} of ${COUNT} came`);
			await sleep(500);
			n = ((await server.get('/v1/rooms/bench/participants')).items ?? []).filter((p) => p.state === 'connected').length;
			if (play.child.exitCode !== null) await play.done;
		}
		await sleep(SETTLE_MS);
		const from = [cpuSeconds(server.pid), performance.now()];
		await sleep(context.windowMs);
		const cores = (cpuSeconds(server.pid) - from[0]) * 1000 / (performance.now() - from[1]);
		const people = (await server.get('/v1/rooms/bench/participants')).items;
		const widths = people.map((p) => p.sources.find((s) => s.kind === 'camera')?.width ?? 0);
		const bytesIn = people.reduce((sum, p) => sum + p.stats.kbps_in, 0);
		play.child.kill('SIGTERM');
		await play.done.catch(() => {});
		return {cores, width: median(widths), kbps_in: bytesIn};
	} finally {
		await server.stop();
	}
}

export async function run() {
	const print = printer('simulcast: 16 senders of 3 layers in 4x4', [
		['round', (r) => r.round, 6], ['shared floor', (r) => fixed(r.floor_shared, 3), 12], ['own floor', (r) => fixed(r.floor, 3), 9],
		['one layer', (r) => fixed(r.plain.cores, 3), 9], ['three', (r) => fixed(r.layers.cores, 3), 6], ['decoded', (r) => `${r.layers.width} wide`, 10],
		['kbit/s in', (r) => `${r.plain.kbps_in} ${r.layers.kbps_in}`, 14], ['three to one', (r) => percent(r.layers.cores / r.plain.cores, 0), 12],
		['three to floor', (r) => fixed(r.layers.cores / r.floor_shared, 2), 14]]);
	const rows = [];
	for (let round = 1; round <= context.rounds; round++) {
		const floor = {n: COUNT, files: clips('h264', '640x360', 600)}, own = await ownFloor(floor);
		const row = {round, floor: own.cores, floor_shared: await officialFloor(floor, own), plain: await runServer({width: 640, height: 360, kbps: 600}),
			layers: await runServer({width: 1280, height: 720, kbps: 1500, layers: 3})};
		rows.push(row);
		print(row);
	}
	return rows;
}
