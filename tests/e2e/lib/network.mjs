// network - what the tests of bad networks share: a browser behind a relay that is watched, scripted participants beside it, and the
// judgement: a row that fails on a machine that was too busy counts for nothing.

import {readdirSync, readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {closeAll, open} from './browser.mjs';
import {cameraOfTexture, TEXTURE, toneOf} from './media.mjs';
import {start} from './peer.mjs';
import {startRelay} from './relay.mjs';
import {eventually} from './wait.mjs';

// For how long what changes again and again is watched; 3 min is what is promised.
export const SWING_SECONDS = Number(process.env.NETWORK_SECONDS ?? 60);
const ATTEMPTS = 3;

export const nowMs = () => Number(process.hrtime.bigint()) / 1e6; // the clock of tests/peer
export {sleep};

// What 640x360 cameras look like: somebody with much to code in their picture, and a melody.
export const somebody = (who) => ({who, decode: true, melody: true, width: 640, height: 360, fps: 30, kbps: 600});

// Scripted participants for so many seconds at most, .end() before that; resolves when they are connected.
export async function guests(server, room, seconds, peers) {
	const play = start(server, {room, seconds: seconds + 30, together_ms: seconds * 1000, peers});
	await eventually('the others are in', async () => {
		const here = (await server.participants(room)).filter((p) => p.state === 'connected');
		if (here.length < peers.length) throw new Error(`${here.length} of ${peers.length}`);
	}, 90000); // their clips are made first
	return play;
}

// Pictures are counted as they are shown; a small window costs less to paint.
const SHOWN = {painted: true, look: {viewport: {width: 480, height: 300}}};

// A browser whose every packet goes through a relay with these options. Its camera is dear to code where `texture` is set.
export async function browserBehind(server, room, options, {texture = false, ...more} = {}) {
	const relay = await startRelay({seed: 1, ...options});
	const prepare = async (page) => {
		await page.addInitScript({path: new URL('receiver.js', import.meta.url).pathname});
		await relay.lead(page);
	};
	const person = await open(server, texture ? {
		room, prepare, ...SHOWN, params: {name: 'red', width: TEXTURE.width, height: TEXTURE.height}, ...more,
		flags: [`--use-file-for-fake-video-capture=${cameraOfTexture()}`, `--use-file-for-fake-audio-capture=${toneOf('red')}`],
	} : {room, person: 'red', prepare, ...SHOWN, ...more});
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

// CPU time in ticks: of the whole machine, of the hypervisor's other guests (steal), and of what belongs to this run, which in its process
// namespace is all that /proc shows, children that have ended included. Elsewhere all is taken for ours.
function cpuTimes() {
	const [user, nice, system, idle, iowait, irq, softirq, steal] = readFileSync('/proc/stat', 'utf8').split('\n')[0].split(/\s+/).slice(1).map(Number);
	let own = 0;
	for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
		try {
			const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
			own += fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0);
		} catch { /* it has just ended */ }
	}
	const busy = user + nice + system + irq + softirq;
	return {busy, steal, all: busy + steal + idle + iowait, own};
}

// Why the time since then says nothing of the product; null: it does. Seen from outside: what the server itself does, and how late it is,
// is what is tested, and makes nothing busy.
function disturbance(then, relayLateMs) {
	const now = cpuTimes(), all = now.all - then.all || 1;
	const others = Math.max(0, now.busy - then.busy - (now.own - then.own)) / all, steal = (now.steal - then.steal) / all;
	const text = `others had ${(100 * others).toFixed(0)} % of the machine, its host ${(100 * steal).toFixed(0)} %, the relay was ${relayLateMs} ms late`;
	return others > 0.15 || steal > 0.05 || (relayLateMs > 50 && others + steal > 0.05) ? text : null;
}

// Runs a row: measure() gives figures, of which check(figures) throws, and say(figures) tells in a line. figures.relayLateMs: how late
// the relay itself was at worst. A row that fails while somebody else uses the machine is tried again; what never had a quiet machine is
// skipped, which is no pass, and is said aloud. That is no error on a CI machine either: those are shared as well.
export async function judge(t, server, {measure, say, check}) {
	for (let attempt = 1; ; attempt++) {
		const then = cpuTimes();
		const figures = await measure(attempt).finally(closeAll);
		const disturbed = disturbance(then, figures.relayLateMs);
		t.diagnostic(`${say(figures)}${disturbed ? ` (${disturbed})` : ''}`);
		try {
			check(figures);
			return;
		} catch (error) {
			if (!disturbed) throw new Error(`${error.message}; measured: ${say(figures)}`);
			t.diagnostic(`disturbed: ${error.message}`);
			if (attempt < ATTEMPTS) continue;
			console.log(`!!! NOT JUDGED, so not passed: "${t.name}": ${error.message}; ${disturbed}`);
			return t.skip(`not judged: ${disturbed}`);
		}
	}
}
