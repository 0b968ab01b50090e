// Several flows on one bottleneck: two browsers and a TCP-like one, none of which may starve.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {open} from './lib/browser.mjs';
import {crossTraffic} from './lib/cross.mjs';
import {guests, judge, link, shown, sleep, somebody} from './lib/network.mjs';
import {startRelay} from './lib/relay.mjs';
import {startServer, urgent} from './lib/server.mjs';

let server;

before(async () => { server = await startServer({'media.addresses': '127.0.0.1'}, undefined, urgent); });
after(async () => { await server.stop(); });

const WARM_S = 20, SECONDS = 40, RATE_KBPS = 2000;

// They watch only, so that their cameras cost this machine nothing.
async function watcher(room, name, relay) {
	const prepare = async (page) => {
		await page.addInitScript({path: new URL('lib/receiver.js', import.meta.url).pathname});
		await relay.lead(page);
	};
	const person = await open(server, {room, params: {watch: 1, name}, prepare});
	await person.joined();
	return person;
}

test('two browsers and a TCP-like flow on 2 Mbit/s: each has at least a fifth', (t) => judge(t, server, {
	async measure(attempt) {
		const room = `share-${attempt}`;
		const others = await guests(server, room, WARM_S + SECONDS + 15, [somebody(1), somebody(2)]);
		const relay = await startRelay({seed: attempt, 'down-rate': `${RATE_KBPS}k`, queue: '300ms', delay: '20ms'});
		const people = [await watcher(room, 'anna', relay), await watcher(room, 'bert', relay)];
		const flow = await crossTraffic(relay);
		await sleep(1000 * WARM_S);
		await relay.forget();
		for (const person of people) await person.page.evaluate(() => window.receiver.begin());
		flow.begin();
		const shares = {anna: [], bert: []}; // what the server takes to be theirs: pictures that need less are not sent more
		for (let s = 0; s < SECONDS; s += 2) {
			await sleep(2000);
			for (const p of await server.participants(room)) shares[p.name]?.push(p.stats.available_kbps);
		}
		const tcp = flow.kbps(), {down, latest_ms: relayLateMs} = await relay.stats();
		const got = await Promise.all(people.map((person) => person.page.evaluate(() => window.receiver.read())));
		flow.stop();
		for (const person of people) await person.close();
		await relay.stop();
		await others.end();
		const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;
		return {tcp, got, shares: [mean(shares.anna), mean(shares.bert)], down, relayLateMs};
	},
	say: (m) => `TCP ${m.tcp.toFixed(0)} kbit/s; shares ${m.shares.map((kbps) => kbps.toFixed(0)).join(' and ')}; ${m.got.map((r) => `${(r.kbps + r.soundKbps).toFixed(0)}: ${shown(r)}`).join('; ')}; ${link(m.down)}`,
	check(m) {
		for (const kbps of [m.tcp, ...m.got.map((r, i) => Math.max(r.kbps + r.soundKbps, m.shares[i]))])
			assert.ok(kbps >= RATE_KBPS / 5, `${kbps.toFixed(0)} kbit/s`);
		for (const r of m.got) assert.ok(r.kbps > 150, shown(r)); // and it is used
	},
}));
