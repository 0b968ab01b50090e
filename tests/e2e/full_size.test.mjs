// How soon a camera fills the mix: its picture at the server is 1280x720, not what Chromium dares at first.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {closeAll, open} from './lib/browser.mjs';
import {startServer, urgent} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const SOON_MS = 6000; /* 2 s are the aim, and kept where the browser has a core for itself */
const STAYS_MS = 7000; /* longer than the page prefers size */
let server;

before(async () => { server = await startServer({}, undefined, urgent); });
after(async () => {
	await closeAll();
	await server.stop();
});

test('a camera of 1280x720 is seen at full size soon, and stays so', async (t) => {
	const one = await open(server, {room: 'full'});
	await one.joined();
	const joined = Date.now();
	const width = async () => (await server.participants('full'))[0]?.sources.find((s) => s.width)?.width ?? 0;
	await eventually('1280 pixels a line', async () => assert.equal(await width(), 1280), SOON_MS);
	t.diagnostic(`${Date.now() - joined} ms from joined to full size`);
	const preference = () => one.page.evaluate(() => window.tessera.senders.video.getParameters().degradationPreference);
	assert.equal(await preference(), 'maintain-resolution');
	await eventually('the browser may shrink it again', async () => assert.equal(await preference(), 'balanced'), 3 * STAYS_MS);
	await eventually('and does not', async () => assert.equal(await width(), 1280), STAYS_MS);
	await one.close();
});
