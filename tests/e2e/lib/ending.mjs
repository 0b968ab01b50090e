// ending - a file of tests ends when its tests have ended. What a failed one left running (a server, Chromium, a phone) would keep this
// process until the runner's time limit: it is killed once all hooks have run, or failed.

import {readFileSync} from 'node:fs';
import {after} from 'node:test';

const HOOKS_MS = 60000; // a server under a sanitizer may take 40 s to stop

function killChildren() {
	for (const pid of readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean)) {
		try {
			process.kill(Number(pid), 'SIGKILL');
		} catch { /* it has ended meanwhile */ }
	}
}

after(() => { setTimeout(killChildren, HOOKS_MS).unref(); }); // the first hook: one behind it may fail, and end them all
setImmediate(() => after(killChildren)); // the last one: behind those of the file itself
