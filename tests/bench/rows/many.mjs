// many - (e) several rooms of 4: do they cost as many times one?

import {cpus} from 'node:os';
import {clips} from '../lib/clips.mjs';
import {context, quick} from '../lib/context.mjs';
import {measure} from '../lib/measure.mjs';
import {fixed, median, percent, printer, spread} from '../lib/table.mjs';

export const name = 'many';

const kinds = {
	video: {rooms: quick ? [1, 2] : [1, 2, 4], group: () => ({count: 4, room: 'bench', files: clips('h264')})},
	sound: {rooms: quick ? [1, 10] : [1, 5, 10, 20], group: () => ({count: 4, room: 'bench', send: 'none', receive: 'none'})},
};

export async function run() {
	const print = printer('(e) several rooms of 4, 3 of them talk', [
		['rooms', (r) => r.name, 10], ['server', (r) => spread(r.cores_rounds, 3), 24], ['times one', (r) => fixed(r.times, 2), 9],
		['RSS MB', (r) => fixed(r.rss_mb, 0), 6], ['fps', (r) => fixed(r.fps, 2), 5], ['late', (r) => percent(r.late, 3), 8],
		['load, of all cores', (r) => percent(r.load, 0), 18], ['generator', (r) => fixed(r.generator, 3), 9]]);
	const rows = [];
	for (const [kind, {rooms, group}] of Object.entries(kinds)) {
		let one = NaN;
		for (const n of rooms) {
			if (!context.wants(`${n} ${kind}`)) continue;
			const row = await measure(`${n} ${kind}`, {groups: [{...group(), rooms: n}]});
			if (n === 1) one = median(row.cores_rounds);
			Object.assign(row, {kind, rooms: n, times: row.cores / one, load: (row.cores + row.generator) / cpus().length});
			rows.push(row);
			print(row);
		}
	}
	return rows;
}
