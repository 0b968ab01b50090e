// joins - (f) 50 people join a room of 4 within 2 s: when do they see it, and what do those see who were there?

import {clips} from '../lib/clips.mjs';
import {quick} from '../lib/context.mjs';
import {runServer} from '../lib/measure.mjs';
import {fixed, printer, quantile} from '../lib/table.mjs';

export const name = 'joins';
const JOINERS = 50, WITHIN_MS = 2000, AFTER_MS = 4000;

// Those who were there are watched over the whole time, from before the first joins: nothing is marked.
async function storm(watch) {
	const groups = [{count: 4, room: 'bench', files: clips('h264')},
		{count: JOINERS, who: 4, name: 'late', room: 'bench', watch, send: watch ? 'none' : 'h264', files: watch ? [] : clips('h264'), talkers: 0,
			join_ms: AFTER_MS, join_every_ms: WITHIN_MS / JOINERS}];
	const result = await runServer(groups, {windowMs: 1000, mark: false});
	const first = result.report.people.filter((p) => p.name.startsWith('late')).map((p) => p.first_picture_ms);
	const there = result.report.people.filter((p) => p.name.startsWith('p-'));
	const seen = first.filter((ms) => ms >= 0);
	return {
		name: watch ? 'watchers' : 'participants', joined: seen.length, p50_ms: quantile(seen, 0.5), p99_ms: quantile(seen, 0.99),
		max_ms: Math.max(...seen), gap_ms: Math.max(...there.map((p) => p.video.max_gap_ms)),
		audio_gap_ms: Math.max(...there.map((p) => p.audio.max_gap_ms)), lost: there.reduce((n, p) => n + p.video.lost, 0),
	};
}

export async function run() {
	const print = printer(`(f) ${JOINERS} joins within ${WITHIN_MS / 1000} s; first picture from the offer on`, [
		['as', (r) => r.name, 14], ['saw it', (r) => r.joined, 6], ['p50 ms', (r) => fixed(r.p50_ms, 0), 7], ['p99 ms', (r) => fixed(r.p99_ms, 0), 7],
		['those there: longest gap ms', (r) => fixed(r.gap_ms, 0), 27], ['of sound', (r) => fixed(r.audio_gap_ms, 0), 8], ['lost', (r) => r.lost, 5]]);
	const rows = [];
	for (const watch of quick ? [true] : [true, false]) {
		const row = await storm(watch);
		rows.push(row);
		print(row);
	}
	return rows;
}
