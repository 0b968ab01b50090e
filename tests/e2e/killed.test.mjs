// A browser that dies without a word: stalled, then gone within 12 s; the others go on.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {closeAll, open} from './lib/browser.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const GONE_MS = 12000;
const room = 'fragile';
let server, red, green;

before(async () => { server = await startServer(); });
after(async () => {
	await closeAll();
	await server.stop();
});

test('a killed browser is stalled, then gone within 12 s', async () => {
	red = await open(server, {room, person: 'red'});
	green = await open(server, {room, person: 'green'});
	await red.assertSees(['red', 'green']);
	const states = new Set();
	await green.kill();
	await eventually('green is gone', async () => {
		const people = await server.participants(room);
		for (const p of people) if (p.name === 'green') states.add(p.state);
		assert.deepEqual(people.map((p) => p.name), ['red']);
	}, GONE_MS);
	assert.ok(states.has('stalled'), `its states: ${[...states]}`);
	await red.assertSees(['red']);
	await red.assertHears([]);
});

test('a closed tab says goodbye', async () => {
	await red.page.close({runBeforeUnload: true});
	await eventually('nobody is left', async () => assert.deepEqual(await server.participants(room), []), 2000);
	await server.assertIdle();
});
