// audio - (d) rooms without pictures: 3 talk, the others' microphones are open and silent. Opus by WebRTC, G.711 by SIP with SRTP, once without.
// Who only listens has packets of 60 ms after half a minute at most (media.listener_ptime): the rows of Opus wait for that; "20 ms" has none.

import {context, quick} from '../lib/context.mjs';
import {measure} from '../lib/measure.mjs';
import {fixed, percent, printer, spread} from '../lib/table.mjs';

const sip = (n, srtp) => ({count: n, room: 'bench', audio: 'pcmu', send: 'none', receive: 'none', sip: true, srtp, join_every_ms: 20});

const kinds = [
	{codec: 'opus', sizes: quick ? [200] : [50, 200, 400], warmMs: 36000, group: (n) => ({count: n, room: 'bench', send: 'none', receive: 'none', join_every_ms: 20})},
	{codec: 'opus, 20 ms', sizes: quick ? [] : [50, 200, 400], settings: {'media.listener_ptime': '20'}, group: (n) => ({count: n, room: 'bench', send: 'none', receive: 'none', join_every_ms: 20})},
	{codec: 'pcmu', sizes: quick ? [200] : [50, 200, 400], group: (n) => sip(n, true)},
	{codec: 'pcmu, huge pages', sizes: quick ? [] : [400], group: (n) => sip(n, true),
		wrapper: ['env', 'GLIBC_TUNABLES=glibc.malloc.hugetlb=1']},
	{codec: 'pcmu, no SRTP', sizes: quick ? [] : [400], group: (n) => sip(n, false)},
];

export const name = 'audio';

export async function run() {
	const print = printer('(d) sound alone, 3 talk', [
		['people', (r) => r.name, 17], ['floor', (r) => fixed(r.floor, 3), 6], ['server', (r) => spread(r.cores_rounds, 3), 24],
		['ratio', (r) => spread(r.ratios), 20], ['per core', (r) => fixed(r.per_core, 0), 8], ['RSS MB', (r) => fixed(r.rss_mb, 0), 6],
		['packets/s each', (r) => fixed(r.audio_per_s, 2), 14], ['lost', (r) => r.lost, 5], ['failed', (r) => r.failed, 6], ['late', (r) => percent(r.late, 2), 7],
		['generator', (r) => fixed(r.generator, 3), 9]]);
	const rows = [];
	for (const {codec, sizes, group, wrapper, warmMs, settings: own} of kinds) {
		for (const n of sizes) {
			const title = `${n} ${codec}`, audio = codec.slice(0, 4);
			if (!context.wants(title)) continue;
			const settings = audio === 'pcmu' ? {'sip.listen': 'udp:127.0.0.1:15062'} : own ?? {};
			const row = await measure(title, {groups: [group(n)], floor: {n, audio, files: []}, settings, wrapper, warmMs});
			rows.push({...row, codec});
			print(row);
		}
	}
	return rows;
}
