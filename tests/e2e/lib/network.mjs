// network - what the tests of bad networks share: a browser behind a relay that is watched, scripted participants beside it, and the
// judgement: a row that fails on a machine that was too busy counts for nothing.

import {setTimeout as sleep} from 'node:timers/promises';
import {closeAll, open} from './browser.mjs';
import {cameraOfTexture, TEXTURE, toneOf} from './media.mjs';
import {start} from './peer.mjs';
import {startRelay} from './relay.mjs';
import {eventually} from './wait.mjs';

// For how long what changes again and again is watched; 3 min is what is promised.
export const SWING_SECONDS = Number(process.env.NETWORK_SECONDS ?? 60);
const ATTEMPTS = 2;

export const nowMs = () => Number(process.hrtime.bigint()) / 1e6; // the clock of tests/peer
export {sleep};

// What 640x360 cameras look like: somebody with much to code in their picture, and a melody.
export const somebody = (who) => ({who, decode: true, melody: true, width: 640, height: 360, fps: 30, kbps: 600});

// Scripted participants for so many seconds; resolves when they are connected.
export async function guests(server, room, seconds, peers) {
	const play = start(server, {room, seconds: seconds + 30, together_ms: seconds * 1000, peers});
	await eventually('the others are in', async () => {
		const here = (await server.participants(room)).filter((p) => p.state === 'connected');
		if (here.length < peers.length) throw new Error(`${here.length} of ${peers.length}`);
	}, 90000); // their clips are made first
	return play;
}

// A browser whose every packet goes through a relay with these options. Its camera is dear to code where `texture` is set.
export async function browserBehind(server, room, options, {texture = false, ...more} = {}) {
	const relay = await startRelay({seed: 1, ...options});
	const prepare = async (page) => {
		await page.addInitScript({path: new URL('receiver.js', import.meta.url).pathname});
		await relay.lead(page);
	};
	const person = await open(server, texture ? {
		room, prepare, params: {name: 'red', width: TEXTURE.width, height: TEXTURE.height}, ...more,
		flags: [`--use-file-for-fake-video-capture=${cameraOfTexture()}`, `--use-file-for-fake-audio-capture=${toneOf('red')}`],
	} : {room, person: 'red', prepare, ...more});
	await person.joined();
	person.begin = (tile) => person.page.evaluate((t) => window.receiver.begin(t), tile);
	person.read = () => person.page.evaluate(() => window.receiver.read());
	person.watch = async (seconds, tile) => {
		await person.begin(tile);
		await sleep(1000 * seconds);
		return person.read();
	};
	return {person, relay};
}

// The place of somebody in the mix, 0 to 1; the inner part of their tile.
export async function tileOf(server, room, name) {
	const [layout, people] = [await server.layout(room), await server.participants(room)];
	const id = people.find((p) => p.name === name).id, region = layout.regions.find((r) => r.participant === id);
	const {width, height} = layout.canvas, inner = 0.2;
	return {x: (region.x + inner * region.w) / width, y: (region.y + inner * region.h) / height,
		w: (1 - 2 * inner) * region.w / width, h: (1 - 2 * inner) * region.h / height};
}

export const shown = (r) => `${r.height}p ${r.fps.toFixed(1)} fps ${r.kbps.toFixed(0)} kbit/s, worst gap ${r.gapMs.toFixed(0)} ms, ` +
	`sound concealed ${(100 * r.concealed).toFixed(1)} %, ${r.plis} PLI, ${r.keys} keyframes`;
export const link = (way) => `queue p50 ${way.waited_p50_ms} p95 ${way.waited_p95_ms} max ${way.waited_max_ms} ms, ` +
	`${way.queue_full} of ${way.in} dropped by it, ${way.lost} lost`;

const busyness = async (server) => {
	const metrics = await server.metrics();
	return metrics['tessera_ticks_skipped_total{media="video"}'] + metrics['tessera_ticks_skipped_total{media="audio"}'];
};

// Runs a row: measure() gives figures, of which check(figures) throws, and say(figures) tells in a line. figures.relayLateMs: how late
// the relay itself was at worst.
export async function judge(t, server, {measure, say, check}) {
	for (let attempt = 1; ; attempt++) {
		const before = await busyness(server);
		const figures = await measure(attempt).finally(closeAll);
		const skipped = await busyness(server) - before, busy = skipped > 5 || figures.relayLateMs > 50;
		t.diagnostic(`${say(figures)}${busy ? ` (busy: ${skipped} ticks skipped, relay ${figures.relayLateMs} ms late)` : ''}`);
		try {
			check(figures);
			return;
		} catch (error) {
			if (!busy) throw new Error(`${error.message}; measured: ${say(figures)}`);
			t.diagnostic(`on a busy machine: ${error.message}`);
		}
		if (attempt === ATTEMPTS) return t.skip('this machine is too busy');
	}
}
