// views - what each further view of a room costs: 9 people in H.264, all in main, and in turn one, two and three of them in views of their own,
// within one run of the server. Nobody more receives, so that what is more is composing and coding; the floor is that program's scaling and coding of
// a canvas of that shape. Cameras are decoded once, whatever the number of views.

import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {promisify} from 'node:util';
import {clips} from '../lib/clips.mjs';
import {context} from '../lib/context.mjs';
import {startCrowd} from '../lib/crowd.mjs';
import {cpuSeconds} from '../lib/machine.mjs';
import {startServer} from '../lib/server.mjs';
import {fixed, median, percent, printer, spread, sum} from '../lib/table.mjs';

export const name = 'views';
const COUNT = 9, SETTLE_MS = 3000, room = '/v1/rooms/bench';
// at the rate and bits of main, 1280x720
const views = [['wide', 1280, 720], ['portrait', 608, 1088], ['square', 960, 960]];

async function ask(server, method, path, json) {
	const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
	const reply = await fetch(server.url + path, {method, body: json && JSON.stringify(json), headers: json && {'Content-Type': type}});
	if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
	return reply.status === 204 ? null : reply.json();
}

let ticked = 1; // the least share of ticks that a window had: below 0.98 the machine had no time, and the figures are no price

// Of all threads, while so many further views are received.
async function cores(server, people, n) {
	for (const [i, {id}] of people.slice(0, views.length).entries())
		await ask(server, 'PATCH', `${room}/participants/${id}`, {view: i < n ? views[i][0] : 'main'});
	await sleep(SETTLE_MS);
	const {items} = await ask(server, 'GET', `${room}/views`), coded = items.slice(1).filter((view) => view.encoders > 0).length;
	if (coded !== n || sum(items.map((view) => view.encoders)) !== n + 1) throw new Error(`${coded} further views are coded instead of ${n}`);
	const ticks = async () => { const all = await server.metrics(); return all['tessera_ticks_total{media="video"}']; };
	const from = [cpuSeconds(server.pid), performance.now(), await ticks()];
	await sleep(context.windowMs);
	const seconds = (performance.now() - from[1]) / 1000;
	ticked = Math.min(ticked, (await ticks() - from[2]) / (30 * (n + 1) * seconds));
	return (cpuSeconds(server.pid) - from[0]) / seconds;
}

// Scaling and coding alone.
async function floorOf([, width, height], files) {
	const {stdout} = await promisify(execFile)(join(context.build, 'floor'),
		['-a', 'none', '-s', `${width}x${height}`, String(COUNT), String(context.floorSeconds), ...files]);
	const {scale, encode} = JSON.parse(stdout);
	return scale + encode;
}

// One round: cores with 0, 1, 2 ... further views and with none again; then, the room at rest, the floors.
async function round(server, people, files) {
	const during = [];
	for (let n = 0; n <= views.length; n++) during.push(await cores(server, people, n));
	const again = await cores(server, people, 0), floors = [];
	for (const view of views) floors.push(await floorOf(view, files));
	return {during, again, floors};
}

function rowOf(rounds, n) {
	const before = ({during, again}) => (n === 1 ? (during[0] + again) / 2 : during[n - 1]);
	const more = rounds.map((r) => r.during[n] - before(r)), floors = rounds.map((r) => r.floors[n - 1]);
	const [title, width, height] = views[n - 1];
	return {name: `${n}: ${title} ${width}x${height}`, with_it: median(rounds.map((r) => r.during[n])), more: median(more), floor: median(floors),
		ratios: more.map((value, i) => value / floors[i])};
}

export async function run() {
	const print = printer(`views: what each further view of a room of ${COUNT} (H.264, 3 talk) costs, in cores; aim at most 1.1 of the floor`, [
		['further view', (r) => r.name, 22], ['with it', (r) => fixed(r.with_it, 3), 7], ['more', (r) => fixed(r.more, 3), 6],
		['scale + encode', (r) => fixed(r.floor, 3), 14], ['ratio (spread)', (r) => spread(r.ratios), 20]]);
	const files = clips('h264', '640x360', 600), server = await startServer({}), rounds = [];
	try {
		const crowd = await startCrowd({url: server.url, groups: [{count: COUNT, room: 'bench', send: 'h264', receive: 'h264', talkers: 3, files}]});
		for (const [id, width, height] of views)
			await ask(server, 'PUT', `${room}/views/${id}`, {video: {width, height, fps: 30, bitrate_kbps: 1500}, layout: 'grid'});
		const {items: people} = await ask(server, 'GET', `${room}/participants`);
		await sleep(context.warmMs);
		for (let i = 0; i < context.rounds; i++) rounds.push(await round(server, people, files));
		await crowd.stop();
	} finally {
		await server.stop();
	}
	const rows = views.map((_, i) => rowOf(rounds, i + 1));
	const whole = rounds.map((r) => r.during[views.length] - (r.during[0] + r.again) / 2), floors = rounds.map((r) => sum(r.floors));
	rows.push({name: 'all three', with_it: median(rounds.map((r) => r.during[views.length])), more: median(whole), floor: median(floors),
		ratios: whole.map((value, i) => value / floors[i])});
	for (const row of rows) print(row);
	if (ticked < 0.98) console.log(`! only ${percent(ticked)} of the ticks were made: the machine does other things`);
	return rows;
}
