// crowd - one run of the load generator (tests/bench/crowd/main.c).

import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {context} from './context.mjs';

let started = 0;

// Resolves when everybody gets what they came for. {pid, mark(), stop() -> its report}.
export async function startCrowd(scenario) {
	const path = join(context.folder, `crowd-${started++}.json`);
	writeFileSync(path, JSON.stringify(scenario));
	const child = spawn(join(context.build, 'crowd'), [path], {stdio: ['pipe', 'pipe', 'inherit']});
	let text = '', tell;
	const ready = new Promise((done) => { tell = done; });
	child.stdout.setEncoding('utf8').on('data', (chunk) => {
		text += chunk;
		if (text.startsWith('ready\n')) tell();
	});
	const ended = once(child, 'close').then(tell);
	await ready;
	if (!text.startsWith('ready\n')) throw new Error('the load generator ended early');
	return {
		pid: child.pid,
		mark() { child.stdin.write('mark\n'); },
		async stop() {
			child.stdin.end('stop\n');
			await ended;
			return JSON.parse(text.slice('ready\n'.length));
		},
	};
}
