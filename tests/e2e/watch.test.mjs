// A watcher (WHEP) sees and hears everybody and is no tile.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {closeAll, open} from './lib/browser.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const room = 'stage';
let server, red, green, watcher;

before(async () => { server = await startServer({'room.max_watchers': 1}); });
after(async () => {
	await closeAll();
	await server.stop();
});

test('a watcher who is first waits for pictures', async () => {
	watcher = await open(server, {room, params: {watch: 1}});
	await watcher.joined();
	assert.deepEqual((await server.participants(room)).map((p) => p.kind), ['whep']);
	assert.deepEqual((await server.layout(room)).regions, []);
});

test('the watcher sees and hears everybody', async () => {
	red = await open(server, {room, person: 'red'});
	green = await open(server, {room, person: 'green', params: {codec: 'h264'}});
	await watcher.assertSees(['red', 'green']);
	await watcher.assertHears(['red', 'green']);
	await watcher.screenshot('watch');
});

test('the watcher is listed as one, and no tile', async () => {
	await red.assertSees(['red', 'green']);
	await red.assertHears(['green']);
	const people = await server.participants(room);
	assert.deepEqual(people.map((p) => [p.kind, p.state, p.sources.length]),
		[['whep', 'connected', 0], ['webrtc', 'connected', 1], ['webrtc', 'connected', 1]]);
	assert.equal((await server.metrics())['tessera_participants{kind="whep"}'], 1);
	assert.deepEqual((await server.layout(room)).hidden, []);
});

test('a watcher too many is refused with the reason', async () => {
	const second = await open(server, {room, params: {watch: 1}});
	await eventually('the page tells why', async () => assert.match(await second.status(), /could not join: the room is full/));
	await second.close();
});

test('the watcher leaves without disturbing anybody', async () => {
	await watcher.leave();
	await eventually('the watcher is gone', async () => {
		assert.deepEqual((await server.participants(room)).map((p) => p.name), ['red', 'green']);
	}, 2000);
	await red.assertSees(['red', 'green']);
});
