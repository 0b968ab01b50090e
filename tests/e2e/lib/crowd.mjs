// crowd - runs build/crowd, the load generator of the benches: many light participants from one process.
//
//   const crowd = startCrowd({url: server.url, groups: [{count: 4, room: 'r'}]}, ['taskset', '-c', '1']);
//   await crowd.ready;                  everybody gets what they came for, or was refused
//   const {people} = await crowd.stop();

import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {folder} from './media.mjs';

const BINARY = join(process.env.TS_BUILD ?? new URL('../../../build', import.meta.url).pathname, 'crowd');
const running = new Set();
let started = 0;

process.on('exit', () => {
	for (const child of running) child.kill('SIGKILL');
});

// by: words before the command
export function startCrowd(scenario, by = []) {
	const path = join(folder, `crowd-${started++}.json`);
	writeFileSync(path, JSON.stringify(scenario));
	const [command, ...words] = [...by, BINARY, path];
	const child = spawn(command, words, {stdio: ['pipe', 'pipe', 'pipe']});
	running.add(child);
	let out = '', err = '', tell;
	const flows = new Promise((done) => { tell = done; });
	child.stdout.setEncoding('utf8').on('data', (chunk) => {
		out += chunk;
		if (out.startsWith('ready\n')) tell();
	});
	child.stderr.setEncoding('utf8').on('data', (chunk) => { err += chunk; });
	child.stdin.on('error', () => {});
	const ended = once(child, 'close').then(([code]) => {
		running.delete(child);
		tell();
		return code;
	});
	const ready = flows.then(() => {
		if (!out.startsWith('ready\n')) throw new Error(`the load generator ended early: ${err.slice(-2000)}`);
	});
	ready.catch(() => {}); // who stops it before does not wait for it
	return {
		ready,
		mark() { child.stdin.write('mark\n'); }, // counts begin anew
		kill() { child.kill('SIGKILL'); },
		async stop() {
			child.stdin.end('stop\n');
			const code = await ended;
			if (code !== 0) throw new Error(`the load generator ended with ${code}: ${err.slice(-2000)}`);
			return JSON.parse(out.slice(out.indexOf('{')));
		},
	};
}
