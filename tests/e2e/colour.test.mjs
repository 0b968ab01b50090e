// Colour bars, sent as VP8 and as H.264, decoded as VP8 and as H.264: all four ways keep the colours.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {closeAll, open} from './lib/browser.mjs';
import {barIn, cameraOfBars} from './lib/media.mjs';
import {bars, distance} from './lib/people.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const TOLERANCE = 4;
const room = 'bars';
const at = {};
let server;

before(async () => {
	server = await startServer();
	at.vp8 = await open(server, {room, person: 'red', camera: cameraOfBars(), params: {codec: 'vp8'}});
	at.h264 = await open(server, {room, person: 'green', camera: cameraOfBars(), params: {codec: 'h264'}});
});
after(async () => {
	await closeAll();
	await server.stop();
});

for (const [from, to] of [['vp8', 'h264'], ['h264', 'vp8'], ['vp8', 'vp8'], ['h264', 'h264']]) {
	test(`${from} to ${to}`, async () => {
		await at[to].joined();
		await eventually(`each bar is within ${TOLERANCE} levels`, async () => {
			const sender = (await server.participants(room)).find((p) => p.sources[0]?.codec === from);
			const region = (await server.layout(room)).regions.find((r) => sender && r.participant === sender.id);
			assert.ok(region, `a tile with ${from}`);
			const {areas} = await at[to].picture(bars.map((_, i) => barIn(region, i)));
			const off = areas.map(({yuv}, i) => distance(yuv, bars[i]));
			assert.ok(off.every((levels) => levels <= TOLERANCE), `off by ${off.map((levels) => levels.toFixed(1))}`);
		});
		assert.equal((await at[to].incoming()).codec.toLowerCase(), `video/${to}`);
	});
}
