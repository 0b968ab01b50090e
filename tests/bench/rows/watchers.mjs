// watchers - (c) what each further watcher of one room costs.

import {clips} from '../lib/clips.mjs';
import {context, quick} from '../lib/context.mjs';
import {measure} from '../lib/measure.mjs';
import {fixed, percent, printer, spread} from '../lib/table.mjs';

export const name = 'watchers';

export async function run() {
	const print = printer('(c) watchers of one room of 2, 1.5 Mbit/s', [
		['watchers', (r) => r.watchers, 10], ['server', (r) => spread(r.cores_rounds, 3), 24], ['each', (r) => fixed(r.each, 5), 8],
		['RSS MB', (r) => fixed(r.rss_mb, 0), 6], ['fps', (r) => fixed(r.fps, 2), 5], ['pictures', (r) => percent(r.units, 2), 9],
		['lost', (r) => r.lost, 5], ['failed', (r) => r.failed, 6], ['longest gap ms', (r) => fixed(r.max_gap_ms, 0), 14], ['late', (r) => percent(r.late, 2), 7],
		['generator', (r) => fixed(r.generator, 3), 9]]);
	const rows = [];
	for (const watchers of quick ? [1, 100] : [1, 10, 100, 300]) {
		if (!context.wants(`${watchers} watchers`)) continue;
		const groups = [{count: 2, room: 'bench', files: clips('h264')},
			{count: watchers, who: 2, name: 'w', room: 'bench', watch: true, join_ms: 100, join_every_ms: 25}];
		const row = {...await measure(`${watchers} watchers`, {groups}), watchers};
		row.each = rows.length ? (row.cores - rows[0].cores) / (watchers - rows[0].watchers) : NaN;
		rows.push(row);
		print(row);
	}
	return rows;
}
