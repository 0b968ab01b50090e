// churn - calls that come and go by every way in: asked for a PIN, entered or not, waiting for the host, hosts, the lobby. What is left
// of them is measured: memory, descriptors, counters.
//
//   node tests/bench/churn.mjs [calls, 1000] [seconds at most, 60]

import assert from 'node:assert/strict';
import {readdirSync} from 'node:fs';
import {startServer} from '../e2e/lib/server.mjs';
import {Caller} from '../e2e/lib/sip.mjs';
import {eventually} from '../e2e/lib/wait.mjs';

const PORT = 5996, PIN = '2468', HOST_PIN = '13579', AT_ONCE = 10;
const calls = Number(process.argv[2] ?? 1000), seconds = Number(process.argv[3] ?? 60);
const server = await startServer({'sip.listen': `udp:127.0.0.1:${PORT}`, 'sip.policy': 'open', 'sip.lobby': '8000', 'sip.invites_per_second': 1000,
	'limits.half_open_joins_per_address': 0, 'media.ports': '32000-33999', 'ivr.prompts_dir': new URL('../../build/prompts', import.meta.url).pathname});
const made = await fetch(`${server.url}/v1/rooms/churn`, {method: 'PUT', headers: {'Content-Type': 'application/json'},
	body: JSON.stringify({pin: PIN, host_pin: HOST_PIN, wait_for_host: true, when_host_leaves: 'wait', host_grace_s: 0})});
assert.equal(made.status, 201);

async function one(i) {
	const kind = i % 5, caller = await Caller.call(PORT, kind === 2 ? '8000' : 'churn', {pin: ['', PIN, '', HOST_PIN, ''][kind]});
	if (kind === 0) await caller.press(`${PIN}#`);
	if (kind === 2) await caller.press('4711#');
	await caller.close();
}
const gone = () => eventually('all are gone', async () => {
	const now = await server.metrics();
	for (const name of ['tessera_sip_calls', 'tessera_ivr_callers', 'tessera_waiting_participants', 'tessera_half_open_joins', 'tessera_participants{kind="sip"}'])
		assert.equal(now[name] ?? 0, 0, name);
	assert.equal(now.tessera_rooms, 1);
}, 30000);
const look = async () => ({rss: await server.rss(), descriptors: readdirSync(`/proc/${server.pid}/fd`).length});

async function round(from, n) {
	for (let i = from; i < from + n; i += AT_ONCE) {
		if (Date.now() > end) return i;
		await Promise.all(Array.from({length: Math.min(AT_ONCE, from + n - i)}, (_, k) => one(i + k)));
	}
	return from + n;
}
const began = Date.now(), end = began + 1000 * seconds;
await round(0, Math.min(200, calls / 5)); // what is made once, and kept
await gone();
const before = await look(), done = await round(0, calls);
await gone();
const after = await look();
console.log(`${done} calls in ${((Date.now() - began) / 1000).toFixed(0)} s; resident ${before.rss} -> ${after.rss} kB, descriptors ${before.descriptors} -> ${after.descriptors}`);
assert.ok(after.descriptors <= before.descriptors + 2, 'descriptors are left');
// calls that ended are kept for ten minutes, 500 at most: 40 kB each with their messages
assert.ok(after.rss - before.rss < 40000, 'memory is left');
await server.stop();
