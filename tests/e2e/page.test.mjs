// What the join page tells its user when something is not as it should be.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {closeAll, open} from './lib/browser.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const room = 'small';
let server, anna, second;

const tells = (person, pattern, limitMs) =>
	eventually(`the page tells ${pattern}`, async () => assert.match(await person.status(), pattern), limitMs);

before(async () => { server = await startServer({'room.max_participants': 1}); });
after(closeAll);

test('camera and microphone refused: joins without, and says so', async () => {
	anna = await open(server, {room: 'other', join: false, devices: 'refuse'});
	await anna.page.fill('#name', 'Anna');
	await anna.page.fill('#room', room);
	await anna.page.click('#join');
	await tells(anna, /microphone and camera may not be used/);
	await anna.joined();
	await eventually('she is connected', async () => {
		const [{name, state, sources}] = await server.participants(room);
		assert.deepEqual({name, state, sources}, {name: 'Anna', state: 'connected', sources: []});
	});
	await anna.screenshot('refused');
});

test('the room is full', async () => {
	second = await open(server, {room, person: 'green'});
	await tells(second, /could not join: the room is full/);
	assert.equal((await server.participants(room)).length, 1);
});

test('a room name that cannot be: the form does not go', async () => {
	await second.page.fill('#room', 'a/b');
	await second.page.click('#join');
	assert.equal(await second.page.evaluate(() => document.getElementById('room').validity.valid), false);
});

test('the server ends', async () => {
	await server.stop();
	await tells(anna, /server ended the call/);
	assert.equal((await anna.state()).state, 'ended');
});

test('the server is not there', async () => {
	await second.page.fill('#room', room);
	await second.page.click('#join');
	await tells(second, /server cannot be reached/);
	await second.screenshot('unreachable');
});
