// ending - a file of tests ends when its tests have ended. What a failed one left running (a server, Chromium, a phone) would keep this
// process until the runner's time limit: it is killed when all hooks have had their time.

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

// No hook can be known to be the last: a file that awaits something before its own ones registers them late.
after(() => { setTimeout(killChildren, HOOKS_MS).unref(); });
