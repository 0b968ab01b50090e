// one_port - what media.port costs or saves: the same room with a port for each participant and with one for all, in turn. Everybody of the
// generator has a socket of their own in both. Of a hundred with pictures sixteen send theirs.

import {clips} from '../lib/clips.mjs';
import {context, quick} from '../lib/context.mjs';
import {runServer} from '../lib/measure.mjs';
import {fixed, median, percent, printer, spread, sum} from '../lib/table.mjs';

const PORT = 20500;
const sound = (count) => [{count, room: 'bench', send: 'none', receive: 'none', join_every_ms: 20}];
const pictures = (count) => [{count: Math.min(count, 16), room: 'bench', files: clips('h264', '640x360', 600)},
	...(count > 16 ? [{count: count - 16, who: 16, room: 'bench', send: 'none', talkers: 0}] : [])];
const kinds = [[16, 'sound', sound], [100, 'sound', sound], [16, 'pictures', pictures], [100, 'pictures', pictures]];

export const name = 'one_port';

export async function run() {
	const print = printer('a port for each, and one for all', [
		['people', (r) => r.name, 13], ['for each', (r) => spread(r.each.map((x) => x.cores), 3), 22], ['for all', (r) => spread(r.all.map((x) => x.cores), 3), 22],
		['all to each', (r) => spread(r.ratios), 20], ['lost', (r) => r.lost.join(' '), 9], ['failed', (r) => r.failed.join(' '), 6],
		['late', (r) => r.late.map((x) => percent(x, 2)).join(' '), 15], ['generator', (r) => fixed(r.generator, 3), 9]]);
	const rows = [];
	for (const [n, kind, groups] of kinds) {
		const title = `${n} ${kind}`, people = groups(n).map((group) => ({...group, own_socket: true}));
		if (!context.wants(title) || (quick && n > 16 && kind === 'pictures')) continue;
		const each = [], all = [];
		for (let round = 0; round < context.rounds; round++) {
			const order = [[each, {}], [all, {'media.port': PORT}]]; // who is first changes with each round
			for (const [results, settings] of round % 2 ? order.reverse() : order) results.push(await runServer(people, {settings}));
		}
		const both = (of) => [each, all].map(of);
		const row = {name: title, people: n, each, all, ratios: all.map((x, i) => x.cores / each[i].cores), lost: both((list) => sum(list.map((x) => x.lost))),
			failed: both((list) => sum(list.map((x) => x.failed))), late: both((list) => sum(list.map((x) => x.late)) / sum(list.map((x) => x.ticks))),
			generator: median([...each, ...all].map((x) => x.generator))};
		for (const result of [...each, ...all]) delete result.report;
		rows.push(row);
		print(row);
	}
	return rows;
}
