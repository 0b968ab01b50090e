// sinks - what recordings and streams of a running room cost besides it: 16 people in H.264, and in turn nothing and one more way out,
// within one run of the server, so that both halves of a pair see the same machine. Who takes the stream is a process of its own.

import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {clips} from '../lib/clips.mjs';
import {context} from '../lib/context.mjs';
import {startCrowd} from '../lib/crowd.mjs';
import {cpuSeconds} from '../lib/machine.mjs';
import {startServer} from '../lib/server.mjs';
import {fixed, median, printer} from '../lib/table.mjs';

export const name = 'sinks';
const COUNT = 16, PORT = 19350, SETTLE_MS = 3000, room = '/v1/rooms/bench';

async function ask(server, method, path, json) {
	const reply = await fetch(server.url + path, {method, body: json && JSON.stringify(json), headers: json && {'Content-Type': 'application/json'}});
	if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
	return reply.status === 204 ? null : reply.json();
}

const record = (format) => async (server) => {
	const made = await ask(server, 'POST', `${room}/recordings`, {format});
	return () => ask(server, 'DELETE', `${room}/recordings/${made.id}?delete_file=true`);
};

const push = async (server) => {
	const url = `rtmp://127.0.0.1:${PORT}/live/key`;
	const taker = spawn('ffmpeg', ['-v', 'error', '-listen', '1', '-f', 'flv', '-i', url, '-c', 'copy', '-f', 'null', '-'], {stdio: 'ignore'});
	await sleep(1000);
	const made = await ask(server, 'POST', `${room}/outputs`, {url});
	return async () => {
		await ask(server, 'DELETE', `${room}/outputs/${made.id}`);
		taker.kill('SIGKILL');
		await once(taker, 'close');
	};
};

// A player of one stream: each part as it comes, by held reloads.
const hls = async (server) => {
	const made = await ask(server, 'POST', `${room}/outputs`, {type: 'hls'});
	const base = made.watch_url.replace(/[^/]*$/, '');
	let stopped = false;
	const player = (async () => {
		let last = '';
		while (!stopped) {
			const text = await (await fetch(new URL(`${base}live.m3u8`, server.url))).text().catch(() => '');
			const parts = [...text.matchAll(/#EXT-X-PART:.*URI="([^"]+)"/g)].map((match) => match[1]);
			const fresh = parts.slice(parts.indexOf(last) + 1).slice(-3);
			for (const part of fresh) await (await fetch(new URL(base + part, server.url))).arrayBuffer();
			last = parts.at(-1) ?? last;
			await sleep(300);
		}
	})();
	return async () => {
		stopped = true;
		await player;
		await ask(server, 'DELETE', `${room}/outputs/${made.id}`);
	};
};

const ways = [['recording, mp4', [record('mp4')]], ['two recordings', [record('mp4'), record('mkv')]], ['RTMP', [push]], ['HLS, one player', [hls]],
	['m4a (AAC alone)', [record('m4a')]], ['mp4, RTMP and HLS', [record('mp4'), push, hls]]];

async function cores(server) {
	await sleep(SETTLE_MS);
	const from = [cpuSeconds(server.pid), performance.now()];
	await sleep(context.windowMs);
	return (cpuSeconds(server.pid) - from[0]) * 1000 / (performance.now() - from[1]);
}

async function measure(server, starts) {
	const pairs = [];
	for (let round = 0; round < context.rounds; round++) {
		const before = await cores(server), stops = [];
		for (const start of starts) stops.push(await start(server));
		const during = await cores(server);
		for (const stop of stops) await stop();
		pairs.push({before, during, after: await cores(server)});
	}
	return pairs;
}

export async function run() {
	const print = printer(`sinks: what more than a room of ${COUNT} (H.264, 3 talk) costs, in cores; aim 0.01 each`, [
		['way out', (r) => r.name, 20], ['room', (r) => fixed(r.room, 3), 6], ['with it', (r) => fixed(r.with_it, 3), 7],
		['more (least, most)', (r) => `${fixed(r.more, 4)} (${fixed(r.least, 4)}, ${fixed(r.most, 4)})`, 26]]);
	const dir = join(context.folder, 'recordings'), rows = [];
	mkdirSync(dir, {mode: 0o750});
	const server = await startServer({'recording.dir': dir, 'recording.min_free_mb': 1, 'outputs.allow': '127.0.0.1'});
	try {
		const files = clips('h264', '640x360', 600);
		const crowd = await startCrowd({url: server.url, groups: [{count: COUNT, room: 'bench', send: 'h264', receive: 'h264', talkers: 3, files}]});
		await sleep(context.warmMs);
		for (const [title, starts] of ways) {
			if (!context.wants(title)) continue;
			const pairs = await measure(server, starts), more = pairs.map((p) => p.during - (p.before + p.after) / 2);
			const row = {name: title, room: median(pairs.map((p) => p.before)), with_it: median(pairs.map((p) => p.during)), more: median(more),
				least: Math.min(...more), most: Math.max(...more)};
			rows.push(row);
			print(row);
		}
		await crowd.stop();
	} finally {
		await server.stop();
	}
	return rows;
}
