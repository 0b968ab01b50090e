// browser - a person with a browser: a Chromium of their own, its fake camera and microphone, and the join page.
//
//   const anna = await open(server, {room: 'r', person: 'red', codec: 'vp8'});
//   await anna.joined();
//   await anna.assertSees(['red', 'green']);      each in the tile where the server says they are, moving
//   await anna.assertHears(['green']);            these tones and no others
//   await anna.leave(); await anna.close();

import assert from 'node:assert/strict';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {chromium} from 'playwright-core';
import {cameraOf, HEIGHT, toneOf, WIDTH} from './media.mjs';
import {names, tones, whose} from './people.mjs';
import {eventually} from './wait.mjs';

const FLAGS = [
	'--no-sandbox', '--use-fake-device-for-media-stream', '--allow-loopback-in-peer-connection',
	'--autoplay-policy=no-user-gesture-required', '--disable-gpu', '--disable-quic', '--no-first-run',
	'--disable-background-networking', '--disable-component-update', '--disable-sync',
];
const HEARD_DB = -40, SILENT_DB = -50; // a tone that is heard measures -26 dB, what a codec adds beside it about -65
const OUT = process.env.TS_BUILD ? join(process.env.TS_BUILD, 'e2e') : new URL('../../../build/e2e', import.meta.url).pathname;

// The part of a tile where a person's colour must be, and where their box wanders; inside what cropping to 4:3 leaves.
const part = (r, x, y, w, h) => ({x: r.x + r.w * x, y: r.y + r.h * y, w: r.w * w, h: r.h * h});
export const colourOf = (region) => part(region, 0.2, 0.1, 0.6, 0.4);
const pathOf = (region) => part(region, 0, 0.66, 1, 0.23);

class Person {
	constructor(server, room, browser, context, page) {
		Object.assign(this, {server, room, browser, context, page, messages: []});
		page.on('pageerror', (error) => this.messages.push(String(error)));
	}

	state() { return this.page.evaluate(() => ({state: window.tessera.state, error: window.tessera.error})); }

	status() { return this.page.evaluate(() => document.querySelector('main:not([hidden]) [role=status]').textContent); }

	async joined() {
		await eventually('the page joins', async () => {
			assert.equal((await this.state()).state, 'joined', await this.status());
		});
		await eventually('sound is on', async () => {
			assert.equal(await this.page.evaluate(() => document.getElementById('mix').paused || document.getElementById('mix').muted), false);
		});
	}

	picture(areas) { return this.page.evaluate((a) => window.e2e.picture(a), areas); }

	incoming() { return this.page.evaluate(() => window.e2e.incoming()); }

	// One look: whose picture is in each tile, who the server says is there, and where their box is.
	async look() {
		const layout = await this.server.layout(this.room);
		const byId = new Map((await this.server.participants(this.room)).map((p) => [p.id, p.name]));
		const picture = await this.picture(layout.regions.flatMap((region) => [colourOf(region), pathOf(region)]));
		assert.deepEqual([picture.width, picture.height], [1280, 720]);
		assert.deepEqual(layout.canvas, {width: 1280, height: 720});
		return {
			told: layout.regions.map((region) => byId.get(region.participant)),
			seen: layout.regions.map((_, i) => whose(picture.areas[2 * i].yuv)),
			boxes: layout.regions.map((_, i) => picture.areas[2 * i + 1].white),
		};
	}

	// These are in the picture and no others, each in their tile, and everybody's box wanders.
	async assertSees(expected) {
		const once = async () => {
			const {told, seen, boxes} = await this.look();
			assert.deepEqual(told.slice().sort(), expected.slice().sort(), 'the layout names them');
			assert.deepEqual(seen, told, 'each is in their tile');
			return boxes;
		};
		await eventually(`sees ${expected.join(', ')}`, once);
		const places = expected.map(() => new Set());
		let looks = 0;
		await eventually('everything seen moves', async () => {
			(await once()).forEach((x, i) => { if (x !== null) places[i].add(Math.round(x * 20)); });
			looks++;
			for (const [i, set] of places.entries()) assert.ok(set.size >= 3, `tile ${i}: box at ${[...set]} in ${looks} looks`);
		}, 60000);
	}

	// The median of some looks: one of them may fall on a gap that a busy machine made.
	async levels(looks = 5) {
		const seen = [];
		for (let i = 0; i < looks; i++) seen.push(await this.page.evaluate((hz) => window.e2e.tones(hz), tones));
		return names.map((_, i) => seen.map((levels) => levels[i]).sort((a, b) => a - b)[looks >> 1]);
	}

	async assertHears(expected) {
		await eventually(`hears ${expected.join(', ') || 'nobody'}`, async () => {
			const levels = await this.levels();
			const shown = names.map((name, i) => `${name} ${levels[i].toFixed(0)} dB`).join(', ');
			for (const [i, name] of names.entries()) {
				if (expected.includes(name)) assert.ok(levels[i] > HEARD_DB, `${name} is heard: ${shown}`);
				else assert.ok(levels[i] < SILENT_DB, `${name} is not heard: ${shown}`);
			}
		});
	}

	async screenshot(name) {
		mkdirSync(OUT, {recursive: true});
		await this.page.evaluate(() => { document.getElementById('mix').style.visibility = ''; });
		await this.page.screenshot({path: join(OUT, `${name}.png`)});
	}

	leave() { return this.page.click('#leave'); }

	// Kills the browser as the machine would: nothing can be said any more.
	async kill() {
		const session = await this.browser.newBrowserCDPSession();
		const {processInfo} = await session.send('SystemInfo.getProcessInfo');
		process.kill(processInfo.find((p) => p.type === 'browser').id, 'SIGKILL');
	}

	async close() {
		await this.context.close();
		if (opened.has(this.browser)) unused.add(this.browser);
		assert.deepEqual(this.messages, [], 'errors of the page');
	}
}

// A Chromium takes seconds to start: one whose window was closed is used again by who has the same camera and flags.
const opened = new Map(); // browsers, and their flags
const unused = new Set();

async function browserOf(args) {
	const flags = args.join(' ');
	for (const browser of unused) {
		if (opened.get(browser) !== flags) continue;
		unused.delete(browser);
		return browser;
	}
	const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args});
	opened.set(browser, flags);
	browser.once('disconnected', () => {
		opened.delete(browser);
		unused.delete(browser);
	});
	return browser;
}

// Opens the join page; with join it joins at once. person: whose camera and microphone; camera: another file for the camera;
// params: further ones of the page's address; hash: what stands behind #; devices 'refuse' answers no when the page asks for them;
// flags: of Chromium; look: of the window, as in newContext; prepare(page): before it loads. What is received is decoded but not painted
// until a screenshot is taken, and nothing is animated: both together were half of what a browser costs. painted: all is, for who counts
// the pictures that are shown.
export async function open(server, {
	room, person, camera, join: at_once = true, devices = 'allow', params = {}, hash = '', flags = [], look = {}, painted = false, prepare,
}) {
	const args = [...FLAGS, ...flags];
	if (devices === 'allow') args.push('--use-fake-ui-for-media-stream');
	if (person) {
		args.push(`--use-file-for-fake-video-capture=${camera ?? cameraOf(person)}`);
		args.push(`--use-file-for-fake-audio-capture=${toneOf(person)}`);
	}
	const browser = await browserOf(args);
	const context = await browser.newContext({viewport: {width: 1280, height: 800}, reducedMotion: 'reduce', ...look});
	await context.addInitScript({path: new URL('inpage.js', import.meta.url).pathname});
	if (!painted) {
		await context.addInitScript(() => addEventListener('DOMContentLoaded', () => {
			const mix = document.getElementById('mix');
			if (mix) mix.style.visibility = 'hidden';
		}));
	}
	const page = await context.newPage();
	const query = new URLSearchParams({room, name: person ?? '', raw: 1, ...params});
	if (person) {
		query.set('width', WIDTH);
		query.set('height', HEIGHT);
	}
	if (at_once) query.set('autojoin', 1);
	await prepare?.(page);
	// autojoin is obeyed where a page of the server led to it
	await page.goto(`${server.url}/?${query}${hash}`, {referer: `${server.url}/`});
	return new Person(server, room, browser, context, page);
}

export async function closeAll() {
	await Promise.allSettled([...opened.keys()].map((browser) => browser.close()));
}
