// publish - puts the tables of a run into docs/PERFORMANCE.md, between its <!-- bench --> marks.
//
//   node tests/bench/publish.mjs [build/bench.json]

import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {context} from './lib/context.mjs';
import {doubtful, fixed, percent, spread} from './lib/table.mjs';

const num = (v, digits) => fixed(typeof v === 'number' ? v : NaN, digits); // JSON has null for NaN
const some = (values, digits) => spread((values ?? []).map((v) => v ?? NaN), digits);

const tables = {
	rooms: ['Rooms: everybody sends and receives, 3 talk', [
		['participants', (r) => r.name], ['floor', (r) => num(r.floor, 3)], ['server', (r) => num(r.cores, 3)], ['ratio', (r) => some(r.ratios) + doubtful(r)],
		['ratio to the shared floor', (r) => some(r.ratios_shared)], ['per core', (r) => num(r.per_core, 1)], ['RSS MB', (r) => num(r.rss_mb, 0)],
		['fps out', (r) => num(r.fps, 2)], ['late ticks', (r) => percent(r.late, 2)], ['PSNR dB', (r) => num(r.psnr_db, 1)],
		['floor\'s', (r) => num(r.floor_psnr_db, 1)], ['generator', (r) => num(r.generator, 3)]]],
	watchers: ['Watchers of one room of 2', [
		['watchers', (r) => r.watchers], ['server', (r) => some(r.cores_rounds, 3)], ['each further one', (r) => num(r.each, 5)],
		['RSS MB', (r) => num(r.rss_mb, 0)], ['fps', (r) => num(r.fps, 2)], ['lost packets', (r) => r.lost], ['generator', (r) => num(r.generator, 3)]]],
	audio: ['Sound alone, 3 talk, the others are silent', [
		['people', (r) => r.name], ['floor', (r) => num(r.floor, 3)], ['server', (r) => some(r.cores_rounds, 3)], ['ratio', (r) => some(r.ratios)],
		['per core', (r) => num(r.per_core, 0)], ['RSS MB', (r) => num(r.rss_mb, 0)], ['lost packets', (r) => r.lost], ['generator', (r) => num(r.generator, 3)]]],
	many: ['Several rooms of 4, 3 of them talk', [
		['rooms', (r) => r.name], ['server', (r) => some(r.cores_rounds, 3)], ['times one', (r) => num(r.times, 2)], ['RSS MB', (r) => num(r.rss_mb, 0)],
		['late ticks', (r) => percent(r.late, 3)], ['load of both cores', (r) => percent(r.load, 0)]]],
	joins: ['50 joins within 2 s, from the offer to the first picture', [
		['as', (r) => r.name], ['saw it', (r) => r.joined], ['p50 ms', (r) => num(r.p50_ms, 0)], ['p99 ms', (r) => num(r.p99_ms, 0)],
		['longest gap of those already there, ms', (r) => num(r.gap_ms, 0)], ['of sound', (r) => num(r.audio_gap_ms, 0)]]],
	delay: ['Delay through the server on loopback', [
		['participants', (r) => r.name], ['p50 ms', (r) => num(r.p50_ms, 1)], ['p95 ms', (r) => num(r.p95_ms, 1)], ['p99 ms', (r) => num(r.p99_ms, 1)],
		['sound p50 ms', (r) => num(r.audio_p50_ms, 1)], ['max ms', (r) => num(r.audio_max_ms, 1)]]],
	memory: ['Memory of one server through two rooms of 16, MB', [
		['room', (r) => r.name], ['before', (r) => num(r.before, 1)], ['during', (r) => num(r.during, 1)], ['5 s after its end', (r) => num(r.after, 1)]]],
	content: ['Rooms by SIP with BFCP; the floor: as many people, no content', [
		['who presents', (r) => `${r.name}, ${r.rooms} rooms`], ['floor', (r) => num(r.floor, 3)], ['server', (r) => some(r.cores_rounds, 3)], ['ratio', (r) => some(r.ratios)],
		['RSS MB', (r) => num(r.rss_mb, 0)], ['fps', (r) => num(r.fps, 2)], ['content fps', (r) => num(r.content_fps, 2)],
		['kbit/s', (r) => num(r.content_kbps, 0)], ['encoders', (r) => r.encoders], ['lost packets', (r) => r.lost], ['generator', (r) => num(r.generator, 3)]]],
	trunks: ['A server that does nothing, with SIP trunks that are registered', [
		['trunks', (r) => r.name], ['cores', (r) => some(r.cores_rounds, 4)], ['REGISTER', (r) => r.registers], ['OPTIONS', (r) => r.options], ['more than none', (r) => num(r.more, 5)]]],
	door: ['Joins one after another, and requests for 4 participants', [
		['', (r) => r.name], ['saw it', (r) => (r.n ? `${r.saw} of ${r.n}` : '-')], ['answer p50 ms', (r) => num(r.answer_ms, 1)],
		['picture p50 ms', (r) => num(r.p50_ms, 0)], ['p99 ms', (r) => num(r.p99_ms, 0)], ['requests/s', (r) => num(r.per_s, 0)],
		['server us each', (r) => num(r.server_us, 1)]]],
};

function table([title, columns], rows) {
	const line = (cells) => `| ${cells.join(' | ')} |`;
	return [`### ${title}`, '', line(columns.map(([name]) => name)), line(columns.map(() => '---')), ...rows.map((r) => line(columns.map(([, f]) => f(r)))), ''];
}

const result = JSON.parse(readFileSync(process.argv[2] ?? join(context.build, 'bench.json'), 'utf8')), m = result.machine;
const head = `Commit ${m.commit}, ${m.date.slice(0, 10)}: ${m.cpu}, ${m.cores} cores, Linux ${m.kernel}, load ${num(m.load, 2)} before the run` +
	`${result.quick ? ', QUICK=1 (one round)' : ''}; clips: ${result.clips}.`;
const parts = Object.entries(tables).filter(([name]) => Array.isArray(result[name])).flatMap(([name, t]) => table(t, result[name]));
const path = join(context.root, 'docs/PERFORMANCE.md'), text = readFileSync(path, 'utf8');
const marked = /(<!-- bench -->\n)[^]*?(<!-- \/bench -->)/;
if (!marked.test(text)) throw new Error(`no <!-- bench --> marks in ${path}`);
writeFileSync(path, text.replace(marked, (_, from, to) => `${from}\n${head}\n\n${parts.join('\n')}\n${to}`));
