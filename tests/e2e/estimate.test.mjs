// What a receiver's network takes is found out by what Chromium says of the packets that came (transport-cc).

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {closeAll, open} from './lib/browser.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const room = 'wide', WITHIN_MS = 10000;
let server, red, watcher;

before(async () => { server = await startServer(); });
after(async () => {
	await closeAll();
	await server.stop();
});

const of = async (kind) => (await server.participants(room)).find((p) => p.kind === kind);

test('what a receiver takes is known within 10 s, and is more than it is sent', async () => {
	red = await open(server, {room, person: 'red'});
	watcher = await open(server, {room, params: {watch: 1}});
	await watcher.joined();
	const joined = Date.now();
	for (const kind of ['webrtc', 'whep']) {
		await eventually(`${kind} takes more than its step`, async () => {
			const p = await of(kind);
			assert.ok(p.receives.kbps > 0);
			assert.ok(p.stats.available_kbps > p.receives.kbps, `${p.stats.available_kbps} of ${p.receives.kbps} kbit/s`);
		}, WITHIN_MS);
		const {stats, receives} = await of(kind);
		console.log(`${kind}: available ${stats.available_kbps} kbit/s, step ${receives.kbps} kbit/s, out ${stats.kbps_out} kbit/s`);
	}
	assert.ok(Date.now() - joined < WITHIN_MS);
});

test('pictures come as before, and none was dropped or waited for it', async () => {
	await watcher.assertSees(['red']);
	const metrics = await server.metrics();
	assert.equal(metrics['tessera_packets_dropped_total{reason="paced"}'], 0);
	assert.equal(metrics['tessera_packets_dropped_total{reason="feedback"}'], 0);
	assert.ok((await of('whep')).stats.queue_ms < 50);
});

test('a probe is padding that the receiver passes over', async () => {
	const before = await watcher.keyframeRequests?.() ?? 0;
	const {tessera_padding_bytes_total: padding, tessera_probes_total: probes} = await server.metrics();
	console.log(`probes ${probes}, padding ${padding} bytes, keyframe requests ${before}`);
	await watcher.assertSees(['red']);
});
