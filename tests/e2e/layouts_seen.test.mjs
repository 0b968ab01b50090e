// Every shipped layout as a browser shows it.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {closeAll, open} from './lib/browser.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

let server;
before(async () => { server = await startServer(); });
after(async () => {
	await closeAll();
	await server.stop();
});

const choose = (name) => fetch(`${server.url}/v1/rooms/looks/layout`,
	{method: 'PUT', body: JSON.stringify({name}), headers: {'Content-Type': 'application/json'}});

test('a browser sees each shipped layout, everybody in their tile', async () => {
	const people = [];
	for (const person of ['red', 'green', 'blue']) {
		people.push(await open(server, {room: 'looks', person}));
		await people.at(-1).joined();
	}
	for (const {name} of (await server.get('/v1/layouts')).items) {
		assert.equal((await choose(name)).status, 200);
		await eventually(`${name} is seen`, async () => {
			const {told, seen} = await people[0].look();
			assert.ok(told.length > 0);
			assert.deepEqual(seen.map((who) => who ?? undefined), told); /* nobody in an empty region */
		});
		await people[0].screenshot(`layout-${name}`);
	}
});
