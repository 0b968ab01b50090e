// memory - resident memory of one server through two rooms of 16, one after the other: does it come back?

import {setTimeout as sleep} from 'node:timers/promises';
import {clips} from '../lib/clips.mjs';
import {context} from '../lib/context.mjs';
import {startCrowd} from '../lib/crowd.mjs';
import {rssMb} from '../lib/machine.mjs';
import {startServer} from '../lib/server.mjs';
import {fixed, printer} from '../lib/table.mjs';

export const name = 'memory';
const AFTER_MS = 5000;

async function room(server) {
	const crowd = await startCrowd({url: server.url, groups: [{count: 16, room: 'bench', files: clips('h264')}]});
	await sleep(context.windowMs);
	const during = rssMb(server.pid);
	await crowd.stop();
	await sleep(AFTER_MS);
	return {during, after: rssMb(server.pid)};
}

export async function run() {
	const print = printer('memory of one server: MB resident', [['room of 16', (r) => r.name, 10], ['before', (r) => fixed(r.before, 1), 7],
		['during', (r) => fixed(r.during, 1), 7], [`${AFTER_MS / 1000} s after its end`, (r) => fixed(r.after, 1), 18]]);
	const rows = [], server = await startServer();
	try {
		for (const title of ['first', 'second']) {
			const before = rssMb(server.pid), row = {name: title, before, ...await room(server)};
			rows.push(row);
			print(row);
		}
	} finally {
		await server.stop();
	}
	return rows;
}
