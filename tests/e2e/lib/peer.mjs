// peer - runs build/peer, our scripted participants, and returns what they received.
//
//   const {peers} = await play(server, {seconds: 10, peers: [{count: 2, who: 0, decode: true}]});

import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {folder} from './media.mjs';

const BINARY = join(process.env.TS_BUILD ?? new URL('../../../build', import.meta.url).pathname, 'peer');
const running = new Set();

process.on('exit', () => {
	for (const child of running) child.kill('SIGKILL');
});

// Starts it; the result has .done, a promise of the report, .end(), which ends it now and has the report, and .child to kill for a silent
// death.
export function start(server, scenario) {
	const child = spawn(BINARY, ['-'], {stdio: ['pipe', 'pipe', 'pipe']});
	running.add(child);
	let out = '', err = '';
	child.stdout.setEncoding('utf8').on('data', (chunk) => { out += chunk; });
	child.stderr.setEncoding('utf8').on('data', (chunk) => { err += chunk; });
	child.stdin.end(JSON.stringify({url: server.url, room: 'peers', urgent: true, ...scenario}));
	const done = once(child, 'close').then(([code]) => {
		running.delete(child);
		if (code !== 0) throw new Error(`peer ended with ${code}: ${err.slice(-2000)}`);
		return JSON.parse(out.slice(out.indexOf('{')));
	});
	done.catch(() => {});
	const end = () => {
		child.kill('SIGTERM');
		return done;
	};
	return {child, done, end};
}

export const play = (server, scenario) => start(server, scenario).done;

export const snapshotPath = (name) => join(folder, `${name}.yuv`);
