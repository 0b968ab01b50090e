// A fuzzer of the whole server's state: HTTP, SIP, RTP, RTCP, DTLS and STUN of strangers and participants in no good order, while
// scripted participants are in one of the rooms. What ends it: a crash, a word of a sanitizer, /healthz that takes too long.
//
//   make fuzz-server SECONDS=600 SEED=1      on build/asan/tessera; the seed is told, and chooses all that is sent (not when)

import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {start} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {makeActs, makeRandom} from './lib/strange.mjs';

const seconds = Number(process.env.STATE_SECONDS ?? 20), seed = Number(process.env.STATE_SEED || process.pid);
const healthMs = Number(process.env.STATE_HEALTH_MS ?? 5000); // where the tests of a whole machine run beside it
const build = process.env.TS_BUILD ?? new URL('../../build', import.meta.url).pathname;
const asan = join(build, 'asan', 'tessera'), binary = existsSync(asan) ? asan : process.env.TESSERA;
const first = 22000, last = 22399, sipPort = 5990, small = {room: 'a', width: 320, height: 180, kbps: 150, fps: 15};

async function health(server) {
	const began = Date.now();
	const response = await fetch(`${server.url}/healthz`, {signal: AbortSignal.timeout(healthMs)});
	assert.equal(response.status, 200);
	await response.arrayBuffer();
	return Date.now() - began;
}

test(`${seconds} s of anything, seed ${seed}`, {timeout: (seconds + 90) * 1000}, async (t) => {
	const server = await startServer({'media.ports': `${first}-${last}`, 'sip.listen': `udp:127.0.0.1:${sipPort};tcp:127.0.0.1:${sipPort}`,
		'sip.policy': 'open', 'limits.joins_per_second': 1000, 'limits.half_open_joins_per_address': 0, 'limits.max_rooms': 20}, binary);
	t.after(() => server.kill());
	const people = start(server, {room: 'a', seconds, peers: [{...small, who: 0}, {...small, who: 1, send: 'vp8', receive: 'vp8', garbage_per_s: 20},
		{...small, who: 2, key_every_ms: 400, leave_ms: seconds * 500}]});
	const acts = await makeActs({server, sipPort, mediaPorts: [first, last], random: makeRandom(seed)}), done = [];
	const end = Date.now() + seconds * 1000;
	let slowest = 0, n = 0;
	try {
		for (let checked = 0; Date.now() < end; n++) {
			const act = acts.pick();
			done.push(act.called);
			if (done.length > 60) done.shift();
			await act();
			if (Date.now() - checked < 250) continue;
			slowest = Math.max(slowest, await health(server));
			checked = Date.now();
		}
		await people.done;
	} catch (error) {
		throw new Error(`seed ${seed}, act ${n}, the last: ${done.join(' ')}\n${server.tail()}`, {cause: error});
	} finally {
		acts.close();
	}
	t.diagnostic(`${n} acts, /healthz after ${slowest} ms at most, ${binary}`);
	assert.ok(n > seconds, `only ${n} acts`);
	await server.stop(); // throws if a sanitizer spoke
});
