// floor - the least that the same work can cost: our own program, and ../shared/bench/floor.c where that is there and knows the case.

import {execFile, execFileSync} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {context} from './context.mjs';

const run = promisify(execFile);
let official;

function officialProgram() {
	if (official !== undefined) return official;
	official = null;
	if (!context.officialFloor) return null;
	const program = join(context.folder, 'floor-shared');
	const flags = execFileSync('pkg-config', ['--cflags', '--libs', 'libavcodec', 'libavformat', 'libavutil', 'libsrtp2', 'opus'],
		{encoding: 'utf8'}).trim().split(/\s+/);
	execFileSync('cc', ['-O2', '-w', '-o', program, context.officialFloor, ...flags, '-lyuv', '-lm']);
	official = program;
	return official;
}

// What one room of n costs, in cores. mix: a file that what was coded is written to.
export async function ownFloor({n, codec = 'h264', audio = 'opus', talkers = 3, files = [], mix = null}) {
	const options = ['-c', codec, '-a', audio, '-t', String(talkers), ...(mix ? ['-o', mix] : [])];
	const {stdout} = await run(join(context.build, 'floor'), [...options, String(n), String(context.floorSeconds), ...files]);
	return JSON.parse(stdout);
}

// NaN where it cannot say: it knows Opus, and always pictures. It decodes what it is given, but codes H.264 alone: for others the share of
// its encoder is that of our own floor's.
export async function officialFloor({n, codec = 'h264', audio = 'opus', talkers = 3, files = []}, own) {
	const program = audio === 'opus' && files.length ? officialProgram() : null;
	if (!program) return NaN;
	const {stdout} = await run(program, [String(n), String(context.floorSeconds), ...files], {env: {...process.env, T: String(talkers)}});
	const [, encode, cores] = /[^-]encode ([0-9.]+).* sum ([0-9.]+) cores/.exec(stdout).map(Number);
	return codec === 'h264' ? cores : cores - encode + own.encode;
}
