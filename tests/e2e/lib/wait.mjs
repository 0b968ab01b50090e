// wait - tests wait for what shall be true, not for time to pass.

import {setTimeout as sleep} from 'node:timers/promises';

// Runs check again and again until it does not throw; returns what it returns. Slow machines need long limits, fast ones do
// not notice them.
export async function eventually(what, check, limitMs = 30000) {
	const end = Date.now() + limitMs;
	for (;;) {
		try {
			return await check();
		} catch (error) {
			if (Date.now() >= end) {
				error.message = `${what}: not within ${limitMs} ms: ${error.message}`;
				throw error;
			}
		}
		await sleep(100);
	}
}
