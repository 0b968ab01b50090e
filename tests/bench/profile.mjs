// profile - where the server's time goes in a room of 16: perf by thread, library and function; then who allocates, per tick.
//
//   node tests/bench/profile.mjs [N]      text to build/profile.txt and the terminal

import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {clips} from './lib/clips.mjs';
import {context} from './lib/context.mjs';
import {startCrowd} from './lib/crowd.mjs';
import {prepareSpeech} from './lib/speech.mjs';
import {cpuSeconds} from './lib/machine.mjs';
import {startServer} from './lib/server.mjs';

try {
	execFileSync('perf', ['--version'], {stdio: 'ignore'});
} catch {
	console.error('profile: perf is needed: apt-get install linux-perf');
	process.exit(1);
}

const n = Number(process.argv[2] ?? 16), SECONDS = 10, WARM_S = 5, FPS = 30;
const lines = [];

function print(text = '') {
	console.log(text);
	lines.push(text);
}

async function withRoom(wrapper, play) {
	const server = await startServer({}, wrapper);
	try {
		const crowd = await startCrowd({url: server.url, groups: [{count: n, room: 'bench', files: clips('h264')}]});
		await play(server);
		await crowd.stop();
	} finally {
		await server.stop();
	}
}

// ---- time

function table(title, data, sort, rows) {
	const text = execFileSync('perf', ['report', '-i', data, '--no-children', '-g', 'none', '--sort', sort, '--stdio', '--percent-limit', '0.3'],
		{encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 26});
	print(`\n== ${title}`);
	text.split('\n').filter((line) => line.trim() && !line.startsWith('#')).slice(0, rows).forEach((line) => print(line.trimEnd()));
}

async function profileTime() {
	const data = join(context.folder, 'perf.data');
	await withRoom([], async (server) => {
		await sleep(WARM_S * 1000);
		const from = cpuSeconds(server.pid);
		const perf = spawn('perf', ['record', '-q', '-F', '997', '-o', data, '-p', String(server.pid), '--', 'sleep', String(SECONDS)],
			{stdio: ['ignore', 'ignore', 'inherit']});
		await once(perf, 'close');
		print(`room of ${n}, 640x360 H.264 in: ${((cpuSeconds(server.pid) - from) / SECONDS).toFixed(3)} cores, profiler's own cost included`);
	});
	table('by thread', data, 'comm', 20);
	table('by thread and library', data, 'comm,dso', 30);
	table('by function', data, 'dso,sym', 50);
	table('by thread and function', data, 'comm,sym', 50);
}

// ---- memory

function makeShim() {
	const shim = join(context.folder, 'liballocs.so');
	execFileSync('cc', ['-O2', '-D_GNU_SOURCE', '-shared', '-fPIC', '-o', shim, join(context.root, 'tests/bench/allocs.c'), '-ldl', '-pthread']);
	return shim;
}

const names = new Map();
function nameOf(place) {
	if (place === '-') return '-';
	if (names.has(place)) return names.get(place);
	const [file, offset] = place.split('+');
	let name = '??';
	if (existsSync(file)) name = execFileSync('addr2line', ['-f', '-e', file, offset], {encoding: 'utf8'}).split('\n')[0];
	names.set(place, name === '??' ? `${basename(file)}+${offset}` : `${basename(file)}:${name}`);
	return names.get(place);
}

// rows: [count, bytes, caller, ours], summed by key(row).
function printAllocs(title, rows, key, perTick) {
	const sums = new Map();
	for (const row of rows) sums.set(key(row), (sums.get(key(row)) ?? 0) + row[0]);
	print(`\n== ${title}`);
	[...sums].sort((a, b) => b[1] - a[1]).slice(0, 30).forEach(([name, count]) => print(`${(count / perTick).toFixed(2).padStart(9)}  ${name}`));
}

async function profileMemory() {
	const to = join(context.folder, 'allocs.txt'), startS = 4;
	const wrapper = ['env', `LD_PRELOAD=${makeShim()}`, `ALLOCS_FROM=${WARM_S + startS}`, `ALLOCS_FOR=${SECONDS}`, `ALLOCS_TO=${to}`];
	await withRoom(wrapper, async () => { await sleep((WARM_S + startS + SECONDS + 1) * 1000); });
	const rows = readFileSync(to, 'utf8').trim().split('\n').filter(Boolean).map((line) => {
		const [count, bytes, caller, ours] = line.split(' ');
		return [Number(count), Number(bytes), nameOf(caller), nameOf(ours)];
	});
	const ticks = SECONDS * FPS, total = rows.reduce((sum, row) => sum + row[0], 0), direct = rows.filter((row) => row[2].startsWith('tessera:'));
	print(`\nallocations in a steady room: ${(total / ticks).toFixed(1)} a video tick (1/${FPS} s), ` +
		`${(direct.reduce((sum, row) => sum + row[0], 0) / ticks).toFixed(2)} of them called for by our own code`);
	printAllocs('ours, per tick', direct, (row) => row[2], ticks);
	printAllocs('by library, per tick', rows, (row) => row[2].split(/[:+]/)[0], ticks);
	printAllocs('by our function that a library works for, per tick', rows.filter((row) => !row[2].startsWith('tessera:')),
		(row) => `${row[3]}  in ${row[2].split(/[:+]/)[0]}`, ticks);
}

prepareSpeech();
for (const part of [profileTime, profileMemory]) {
	try {
		await part();
	} catch (error) {
		print(`profile: ${part.name}: ${error.message}`);
	}
}
writeFileSync(join(context.build, 'profile.txt'), `${lines.join('\n')}\n`);
process.exit(0);
