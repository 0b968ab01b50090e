// Links that are too small, or change: what one participant behind one receives and sends, and what others notice of it.
//
// Chromium is behind tests/relay; the others are scripted (tests/peer) and have good links. NETWORK_SECONDS=180 watches as long as is
// promised. What is aimed at, where that is less than the limit here: docs/NETWORKS.md.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {browserBehind, guests, judge, link, nowMs, shown, sleep, somebody, SWING_SECONDS, tileOf} from './lib/network.mjs';
import {startServer, urgent} from './lib/server.mjs';

let server;

before(async () => { server = await startServer({'media.addresses': '127.0.0.1'}, undefined, urgent); });
after(async () => { await server.stop(); });

const keysWithin = (peer, from, to) => peer.video.keys_at_ms.filter((at) => at > from && at < to).length;
const stillOf = (peer) => Math.max(...Object.values(peer.video.marks).map((m) => m.worst_still_ms));

test('one of three behind 500 kbit/s: a step that fits within 5 s, and all of it 30 s after the link opens', (t) => judge(t, server, {
	async measure(attempt) {
		const room = `thin-${attempt}`;
		const others = await guests(server, room, 70, [somebody(1), somebody(2)]);
		await sleep(2000);
		const {person, relay} = await browserBehind(server, room, {seed: attempt, 'down-rate': '500k', queue: '300ms', delay: '20ms'});
		const joinedAt = nowMs();
		const first = await person.watch(5);
		const fits = await person.watch(10);
		const narrow = await relay.stats();
		await relay.set({'down-rate': '0'});
		const openedAt = nowMs();
		let topAfterMs = Infinity;
		await person.begin();
		while (topAfterMs === Infinity && nowMs() < openedAt + 35000) {
			await sleep(250);
			if ((await person.read()).height === 720) topAfterMs = nowMs() - openedAt;
		}
		const wide = await person.read(), relayLateMs = (await relay.stats()).latest_ms;
		await person.close();
		await relay.stop();
		const {peers} = await others.end();
		// those of the newcomer are not counted
		const keys = peers.map((peer) => keysWithin(peer, joinedAt + 1000, openedAt));
		return {first, fits, wide, narrow: narrow.down, topAfterMs, keys, relayLateMs};
	},
	say: (m) => `first 5 s: ${shown(m.first)}; then 10 s: ${shown(m.fits)}; ${link(m.narrow)}; keyframes of the others meanwhile ` +
		`${m.keys.join(' and ')}; 720p ${m.topAfterMs === Infinity ? 'never' : `${(m.topAfterMs / 1000).toFixed(1)} s`} after the link ` +
		`opened (${shown(m.wide)})`,
	check(m) {
		assert.ok(m.fits.fps >= 24, `${m.fits.fps.toFixed(1)} fps after 5 s`);
		assert.ok(m.fits.concealed < 0.04, `${(100 * m.fits.concealed).toFixed(1)} % of the sound concealed`); // aimed at: 2 %
		for (const keys of m.keys) assert.ok(keys <= 1, `others had ${keys} keyframes for it`);
		assert.ok(m.topAfterMs <= 30000, `720p after ${m.topAfterMs} ms`);
	},
}));

test('a link that swings between 3 Mbit/s and 300 kbit/s: no freeze over 2 s', (t) => judge(t, server, {
	async measure(attempt) {
		const room = `swing-${attempt}`;
		const others = await guests(server, room, SWING_SECONDS + 15, [somebody(1), somebody(2)]);
		const {person, relay} = await browserBehind(server, room, {seed: attempt, 'down-rate': '3M', queue: '500ms', delay: '20ms'});
		await sleep(3000);
		await relay.forget();
		await person.begin();
		const phases = [];
		for (let at = 0; at < SWING_SECONDS; at += 15) {
			const rate = at / 15 % 2 ? '300k' : '3M';
			await relay.set({'down-rate': rate});
			await sleep(15000);
			const r = await person.read();
			phases.push(`${rate}: ${r.height}p`);
		}
		const received = await person.read(), stats = await relay.stats();
		await person.close();
		await relay.stop();
		await others.end();
		return {received, phases, down: stats.down, relayLateMs: stats.latest_ms};
	},
	say: (m) => `${shown(m.received)}; ${link(m.down)}; ${m.phases.join(', ')}`,
	check(m) {
		assert.ok(m.received.gapMs <= 2000, `stood still for ${m.received.gapMs.toFixed(0)} ms`); // aimed at: 1 s
	},
}));

test('the uplink of a sender falls to 250 kbit/s: the tile gets coarser and goes on, others notice nothing', (t) => judge(t, server, {
	async measure(attempt) {
		const room = `uplink-${attempt}`;
		const others = await guests(server, room, 55, [somebody(1), somebody(2)]);
		const {person, relay} = await browserBehind(server, room, {seed: attempt, queue: '300ms', delay: '20ms'}, {texture: true});
		const watcher = await browserBehind(server, room, {seed: 10 + attempt}, {params: {watch: 1, name: 'watcher'}});
		await sleep(8000); // its own start
		const tile = await tileOf(server, room, 'red');
		await watcher.person.begin(tile);
		const before = await person.watch(5);
		await relay.set({'up-rate': '250k'});
		await relay.forget();
		await watcher.person.begin(tile);
		const thin = await person.watch(20), seen = await watcher.person.read(), stats = await relay.stats();
		const after = await person.watch(3);
		await person.close();
		await watcher.person.close();
		await relay.stop();
		await watcher.relay.stop();
		const {peers} = await others.end();
		const still = peers.map((peer) => Math.max(...[1, 2].map((who) => peer.video.marks[who]?.worst_still_ms ?? Infinity)));
		return {before, thin, after, seen, up: stats.up, still, relayLateMs: stats.latest_ms};
	},
	say: (m) => `before: sends ${m.before.sentHeight}p at ${m.before.sentKbps.toFixed(0)} kbit/s; then ${m.after.sentHeight}p at ` +
		`${m.thin.sentKbps.toFixed(0)} kbit/s, ${m.thin.sentFps.toFixed(1)} fps; its tile stood still for ${m.seen.stillMs.toFixed(0)} ms at most; ` +
		`${link(m.up)}; others' tiles ${m.still.map((ms) => ms.toFixed(0)).join(' and ')} ms`,
	check(m) {
		assert.ok(m.before.sentKbps > 400, `it sent only ${m.before.sentKbps.toFixed(0)} kbit/s before`);
		assert.ok(m.after.sentHeight < m.before.sentHeight || m.after.sentKbps < m.before.sentKbps / 2, 'it did not get coarser');
		assert.ok(m.after.sentKbps < 260, `it sends ${m.after.sentKbps.toFixed(0)} kbit/s`);
		assert.ok(m.seen.stillMs <= 4000, `its tile stood still for ${m.seen.stillMs.toFixed(0)} ms`); // aimed at: 1 s
		for (const ms of m.still) assert.ok(ms <= 500, `a tile of the others stood still for ${ms.toFixed(0)} ms`);
	},
}));

test('one asks for a keyframe every 100 ms for 30 s: the others see at most two', (t) => judge(t, server, {
	async measure() {
		const play = await guests(server, 'asker', 36, [somebody(0), somebody(1), {...somebody(2), key_every_ms: 100}]);
		await sleep(25000);
		const people = await server.participants('asker');
		const asked = await Promise.all(people.map(async ({id}) =>
			(await server.get(`/v1/rooms/asker/participants/${id}/explain`)).keyframe_requests));
		const {peers} = await play.done;
		const from = peers[2].media_at_ms + 1000; // when it begins
		return {asked: Math.max(...asked), keys: peers.map((peer) => keysWithin(peer, from, from + 30000)), still: peers.map(stillOf), relayLateMs: 0};
	},
	say: (m) => `${m.asked} requests; keyframes in 30 s: ${m.keys[0]} and ${m.keys[1]}, the asker ${m.keys[2]}; worst tiles ${m.still.map((ms) => ms.toFixed(0)).join(', ')} ms`,
	check(m) {
		assert.ok(m.asked > 100, `only ${m.asked} requests came`);
		for (const keys of m.keys.slice(0, 2)) assert.ok(keys <= 2, `${keys} keyframes`);
		for (const ms of m.still.slice(0, 2)) assert.ok(ms <= 1000, `a tile of the others stood still for ${ms.toFixed(0)} ms`);
	},
}));
