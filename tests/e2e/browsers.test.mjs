// Three people with browsers meet: each sees all three, hears the two others; one leaves, another comes.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {closeAll, open} from './lib/browser.mjs';
import {distance} from './lib/people.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const room = 'three';
const here = {}; // by name
let server;

async function enter(person, params) {
	here[person] = await open(server, {room, person, params});
	await here[person].joined();
}

const everybody = () => Object.keys(here);
const others = (name) => everybody().filter((other) => other !== name);

before(async () => { server = await startServer(); });
after(async () => {
	await closeAll();
	await server.stop();
});

test('each sees everybody in the right tile', async () => {
	await enter('red', {codec: 'h264'});
	await enter('green', {codec: 'vp8'});
	await enter('blue');
	for (const name of everybody()) await here[name].assertSees(everybody());
	await here.red.screenshot('three');
});

test('each gets the codec they asked for, one encoder serves each', async () => {
	assert.equal((await here.red.incoming()).codec, 'video/H264');
	assert.equal((await here.green.incoming()).codec, 'video/VP8');
	const sources = (await server.participants(room)).map((p) => [p.name, p.state, p.sources[0].codec]);
	assert.deepEqual(sources.slice(0, 2), [['red', 'connected', 'h264'], ['green', 'connected', 'vp8']]);
	const metrics = await server.metrics();
	assert.equal(metrics['tessera_encoders{media="video",codec="h264"}'], 1);
	assert.equal(metrics['tessera_encoders{media="video",codec="vp8"}'], 1);
	assert.equal(metrics['tessera_participants{kind="webrtc"}'], 3);
});

test('around the tiles is background', async () => {
	const {areas: [corner, tile]} = await here.red.picture([{x: 20, y: 400, w: 200, h: 300}, {x: 400, y: 400, w: 400, h: 100}]);
	assert.ok(distance(corner.yuv.slice(1), [128, 128]) < 8, `corner: ${corner.yuv}`);
	assert.ok(distance(tile.yuv, corner.yuv) > 30);
});

test('all hear the others and not themselves', async () => {
	for (const name of everybody()) await here[name].assertHears(others(name));
});

test('whoever mutes the microphone is not heard', async () => {
	await here.green.page.click('#mic');
	await here.red.assertHears(['blue']);
	await here.green.page.click('#mic');
	await here.red.assertHears(['green', 'blue']);
});

test('one leaves: they are gone within 2 s, picture and sound follow', async () => {
	const leaver = here.green;
	delete here.green;
	await leaver.leave();
	await eventually('green is not listed any more', async () => {
		assert.deepEqual((await server.participants(room)).map((p) => p.name), everybody());
	}, 2000);
	for (const name of everybody()) {
		await here[name].assertSees(everybody());
		await here[name].assertHears(others(name));
	}
	await here.red.screenshot('two');
	await leaver.close();
});

test('another joins: picture and sound follow', async () => {
	await enter('yellow', {codec: 'vp8'});
	for (const name of everybody()) {
		await here[name].assertSees(everybody());
		await here[name].assertHears(others(name));
	}
	await here.yellow.screenshot('another');
});

test('camera off and on again', async () => {
	await here.blue.page.click('#camera');
	await eventually('blue has no source', async () => {
		const blue = (await server.participants(room)).find((p) => p.name === 'blue');
		assert.deepEqual(blue.sources, []);
	});
	await eventually('a placeholder is in the tile of blue', async () => {
		const {seen, told} = await here.red.look();
		assert.deepEqual(seen, told.map((name) => name === 'blue' ? null : name));
	});
	await here.red.assertHears(['blue', 'yellow']);
	await here.red.screenshot('placeholder');
	await here.blue.page.click('#camera');
	await here.red.assertSees(everybody());
});

test('after everybody left nothing of the room remains', async () => {
	for (const name of everybody()) await here[name].leave();
	await server.assertIdle();
	for (const name of everybody()) await here[name].close();
});
