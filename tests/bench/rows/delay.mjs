// delay - (g) from the last packet of a picture sent to the last packet of the first mixed picture that shows it; likewise sound.

import {context, quick} from '../lib/context.mjs';
import {runServer} from '../lib/measure.mjs';
import {fixed, printer, quantile} from '../lib/table.mjs';

export const name = 'delay';

// The pulse is alone: whoever listens knows whose beginning it is. The sample decodes pictures and reads their marks.
async function one(n, codec) {
	const groups = [{count: n, room: 'bench', send: codec, receive: codec, talkers: 1, voice: 'pulse'},
		{count: 1, who: 50, name: 'ear', room: 'bench', watch: true, receive: codec, listen: true, join_ms: 500},
		{count: 1, who: 51, name: 'eye', room: 'bench', watch: true, receive: codec, sample: true, join_ms: 1500}];
	const {report, cores} = await runServer(groups, {windowMs: quick ? 5000 : 20000});
	const video = report.samples[0].delay_ms, heard = report.people.find((p) => p.name.startsWith('ear')).audio_delays_ms.slice(2);
	return {name: `${n} ${codec}`, n: video.n, p50_ms: video.p50, p95_ms: video.p95, p99_ms: video.p99, wrong: report.samples[0].wrong,
		heard: heard.length, audio_p50_ms: quantile(heard, 0.5), audio_max_ms: Math.max(...heard), cores};
}

export async function run() {
	const print = printer('(g) delay through the server, loopback, 30 fps', [
		['participants', (r) => r.name, 14], ['pictures', (r) => r.n, 8], ['p50 ms', (r) => fixed(r.p50_ms, 1), 7], ['p95 ms', (r) => fixed(r.p95_ms, 1), 7],
		['p99 ms', (r) => fixed(r.p99_ms, 1), 7], ['wrong', (r) => r.wrong, 6], ['tones', (r) => r.heard, 6],
		['sound p50 ms', (r) => fixed(r.audio_p50_ms, 1), 12], ['max ms', (r) => fixed(r.audio_max_ms, 1), 7]]);
	const rows = [];
	for (const [n, codec] of quick ? [[4, 'h264']] : [[4, 'h264'], [9, 'h264'], [4, 'vp8']]) {
		if (!context.wants(`${n} ${codec}`)) continue;
		const row = await one(n, codec);
		rows.push(row);
		print(row);
	}
	return rows;
}
