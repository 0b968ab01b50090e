// Eight people come and go, with both codecs, a watcher and a smaller step, on the binaries that make built with sanitizers.

import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {play} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';

const build = process.env.TS_BUILD ?? new URL('../../build', import.meta.url).pathname;
const small = {width: 320, height: 180, kbps: 150, fps: 15};

for (const flavour of ['asan', 'tsan']) {
	const binary = join(build, flavour, 'tessera');
	test(`eight people come and go under ${flavour}`, {skip: existsSync(binary) ? false : `${binary} is not built`}, async (t) => {
		const server = await startServer({}, binary);
		t.after(() => server.kill());
		const {peers} = await play(server, {seconds: 16, peers: [
			{...small, count: 3, who: 0},
			{...small, who: 3, send: 'vp8', receive: 'vp8', join_ms: 2000, leave_ms: 11000},
			{...small, who: 4, send: 'vp8', decode: true, key_every_ms: 300, join_ms: 3000},
			{...small, who: 5, query: 'max_height=360', join_ms: 4000, leave_ms: 11000, leave: 'close'},
			{...small, who: 6, garbage_per_s: 50, join_ms: 5000},
			{...small, who: 7, wrong_fingerprint: true, join_ms: 5000},
			{who: 8, watch: true, leave_ms: 9000},
			{...small, who: 9, join_ms: 9000},
		]});
		for (const {name, who, video} of peers) if (who !== 7) assert.ok(video.units > 20, `${name}: ${video.units} pictures`);
		await server.assertIdle(20000);
		await server.stop(); // throws if a sanitizer spoke
	});
}
