// server - one run of build/tessera for one measurement.

import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {context} from './context.mjs';

const running = new Set();
process.on('exit', () => {
	for (const child of running) child.kill('SIGKILL');
});

const settings = {
	'http.listen': '127.0.0.1:0', 'media.addresses': '127.0.0.1', 'media.ports': '21000-28999', 'log.level': 'warn',
	'limits.joins_per_second': 0, 'limits.half_open_joins': 0, 'limits.half_open_joins_per_address': 0, 'room.max_participants': 1000, 'sip.listen': '', 'sip.invites_per_second': 1000, 'sip.max_calls': 5000,
	'sip.max_calls_per_address': 5000, 'overload.max_level': 0, // what is measured is the whole work
};

// more: further settings; wrapper: a command that starts it; {pid, url, metrics(), get(path), stop()}.
export async function startServer(more = {}, wrapper = []) {
	const args = Object.entries({...settings, ...more}).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
	const [program, ...rest] = [...wrapper, join(context.build, 'tessera'), ...args];
	const child = spawn(program, rest, {stdio: ['ignore', 'pipe', 'inherit']});
	let text = '';
	running.add(child);
	child.stdout.setEncoding('utf8').on('data', (chunk) => { text += chunk; });
	const ended = once(child, 'close').then(() => { running.delete(child); });
	let url;
	for (let i = 0; i < 200 && !url; i++) {
		if (child.exitCode !== null) throw new Error(`the server ended at once: ${text}`);
		url = /Join at (http:\S+)\//.exec(text)?.[1];
		if (!url) await sleep(50);
	}
	return {
		pid: child.pid, url,
		async get(path) { return (await fetch(url + path)).json(); },
		// Numbers by name{labels}.
		async metrics() {
			const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n').filter((line) => line && !line.startsWith('#'));
			return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
		},
		async stop() {
			child.kill('SIGTERM');
			await ended;
		},
	};
}
