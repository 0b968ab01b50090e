// rooms - what a mixed room costs: the server's CPU beside the least that the same work can cost (the floor), in turn.
//
//   node tests/bench/rooms.mjs [N...]       rooms of N participants (1 4 9 16 25); QUICK=1: 4 and 16, once, shorter
//
// 640x360 30 fps 600 kbit/s H.264 in, 1280x720 30 fps 1.5 Mbit/s H.264 out, Opus, three talkers, ICE, DTLS, SRTP. The floor
// (../shared/bench/floor.c, if it is there) decodes, scales and encodes the very same clips without a network. Each row: floor,
// server, floor; the ratio is the server to the mean of the two. Clips come from ../shared/media where that is, else ffmpeg makes some.

import {execFileSync, spawn} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

const root = new URL('../..', import.meta.url).pathname;
const build = process.env.TS_BUILD ?? join(root, 'build');
const shared = join(root, '../shared');
const quick = process.env.QUICK === '1';
const seconds = quick ? 6 : 10;
const rounds = quick ? 1 : 3;
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : quick ? [4, 16] : [1, 4, 9, 16, 25];
const port = 18080;
const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], {encoding: 'utf8'}));
const folder = mkdtempSync(join(tmpdir(), 'tessera-bench.'));

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

function clips() {
	const people = join(shared, 'media/video/dev');
	const names = existsSync(people) ? readdirSync(people).filter((name) => /^(openvidu.*360|mdn_friday|intel_asl)/.test(name)) : [];
	const sources = names.length ? names.slice(0, 4).map((name) => ['-stream_loop', '-1', '-i', join(people, name)])
		: [0, 1, 2].map((n) => ['-f', 'lavfi', '-i', `testsrc2=size=640x360:rate=30,hue=h=${120 * n},noise=alls=8:allf=t`]);
	return sources.map((source, n) => {
		const path = join(folder, `clip${n}.mp4`);
		execFileSync('ffmpeg', ['-v', 'error', '-y', ...source, '-an', '-t', '6', '-vf',
			'fps=30,scale=640:360:force_original_aspect_ratio=increase,crop=640:360', '-c:v', 'libx264', '-preset', 'superfast', '-tune',
			'zerolatency', '-profile:v', 'baseline', '-b:v', '600k', '-maxrate', '600k', '-bufsize', '300k', '-g', '600', '-bf', '0', path]);
		return path;
	});
}

function compileFloor() {
	const source = join(shared, 'bench/floor.c'), program = join(folder, 'floor');
	if (!existsSync(source)) return null;
	const flags = execFileSync('pkg-config', ['--cflags', '--libs', 'libavcodec', 'libavformat', 'libavutil', 'libsrtp2', 'opus'],
		{encoding: 'utf8'}).trim().split(/\s+/);
	execFileSync('cc', ['-O2', '-w', '-o', program, source, ...flags, '-lyuv', '-lm']);
	return program;
}

// Cores.
function runFloor(program, n, files) {
	if (!program) return NaN;
	const text = execFileSync(program, [String(n), String(seconds), ...files], {encoding: 'utf8'});
	return Number(/sum ([0-9.]+) cores/.exec(text)[1]);
}

function cpuSeconds(pid) {
	const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop().split(' ');
	return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

const rssMb = (pid) => Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

function startServer() {
	return spawn(join(build, 'tessera'), ['--set', `http.listen=127.0.0.1:${port}`, '--set', 'media.ports=21000-24999', '--set', 'log.level=warn'],
		{stdio: ['ignore', 'ignore', 'inherit']});
}

// All participants send clips and receive; none decodes, so that the server is what is measured.
async function runServer(n, files) {
	const server = startServer();
	await sleep(500);
	const peers = Array.from({length: n}, (_, who) => ({who, file: files[who % files.length], tone_on_ms: who < 3 ? 1000 : 0, tone_period_ms: 1000}));
	const path = join(folder, 'scenario.json');
	writeFileSync(path, JSON.stringify({url: `http://127.0.0.1:${port}`, room: 'bench', seconds: seconds + 5, peers}));
	const peer = spawn(join(build, 'peer'), [path], {stdio: ['ignore', 'pipe', 'ignore']});
	let text = '';
	peer.stdout.setEncoding('utf8').on('data', (chunk) => { text += chunk; });
	const ended = new Promise((done) => { peer.on('close', done); });
	await sleep(3500);
	const from = [cpuSeconds(server.pid), cpuSeconds(peer.pid), performance.now()];
	await sleep(seconds * 1000);
	const span = (performance.now() - from[2]) / 1000;
	const result = {cores: (cpuSeconds(server.pid) - from[0]) / span, generator: (cpuSeconds(peer.pid) - from[1]) / span, rss: rssMb(server.pid)};
	await ended;
	server.kill('SIGTERM');
	const report = JSON.parse(text.slice(text.indexOf('{\n')));
	const sum = (key) => report.peers.reduce((total, p) => total + p.video[key], 0);
	return {...result, ticks: sum('units') / sum('ticks'), lost: sum('lost')};
}

const files = clips(), floor = compileFloor();
console.log('participants  floor   server  ratio (spread)        per core   RSS MB   ticks   generator');
for (const n of sizes) {
	const rows = [];
	for (let round = 0; round < rounds; round++) {
		const before = runFloor(floor, n, files);
		const row = await runServer(n, files);
		row.floor = (before + runFloor(floor, n, files)) / 2;
		row.ratio = row.cores / row.floor;
		rows.push(row);
	}
	const of = (key) => rows.map((row) => row[key]);
	const cores = median(of('cores'));
	console.log([String(n).padStart(12), median(of('floor')).toFixed(3).padStart(7), cores.toFixed(3).padStart(8),
		`${median(of('ratio')).toFixed(2)} (${Math.min(...of('ratio')).toFixed(2)} - ${Math.max(...of('ratio')).toFixed(2)})`.padStart(20),
		(n / cores).toFixed(1).padStart(11), Math.max(...of('rss')).toFixed(0).padStart(8),
		`${(100 * Math.min(...of('ticks'))).toFixed(1)} %`.padStart(8), median(of('generator')).toFixed(3).padStart(11)].join(' '));
}
rmSync(folder, {recursive: true});
