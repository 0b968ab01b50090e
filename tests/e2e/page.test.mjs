// The join page before the call: the lobby, and what it says when somebody cannot join. Screenshots stay in build/e2e.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {closeAll, open} from './lib/browser.mjs';
import {api, assertAccessible, assertFits, closed, DARK, focused, PHONE, tells, text} from './lib/page.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

let server;

before(async () => { server = await startServer(); });
after(async () => {
	await closeAll();
	await server.stop();
});

// getUserMedia fails for these kinds with an error of that name.
const broken = (name, kinds) => (page) => page.addInitScript(([error, failing]) => {
	const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
	navigator.mediaDevices.getUserMedia = (wanted) =>
		failing.some((kind) => wanted[kind]) ? Promise.reject(new DOMException('as the test wants it', error)) : real(wanted);
}, [name, kinds]);

test('the lobby: camera, level of the microphone, choice of devices; light, dark, small', async () => {
	for (const [name, look] of [['light', {}], ['dark', DARK], ['phone', {...PHONE, ...DARK}]]) {
		const anna = await open(server, {room: 'standup', person: 'green', join: false, look, params: {name: 'Anna'}});
		await eventually('Anna sees the preview', async () => assert.ok(await anna.page.evaluate(() => document.getElementById('preview').videoWidth)));
		await eventually('the meter moves', async () => assert.ok(await anna.page.evaluate(() => document.querySelectorAll('#level .lit').length) > 0));
		assert.equal(await anna.page.locator('#lobby select').count(), 2);
		await anna.page.waitForTimeout(300);
		await anna.screenshot(`page-lobby-${name}`);
		await assertAccessible(anna, `lobby, ${name}`);
		await assertFits(anna);
		await closed(anna);
	}
	assert.deepEqual(await server.get('/v1/rooms'), {items: []});
});

test('camera off and microphone muted before joining: so it begins', async () => {
	const anna = await open(server, {room: 'quiet', person: 'green', join: false});
	await eventually('the camera is open', async () => assert.ok(await anna.page.isVisible('#preview')));
	await anna.page.click('#lobby-camera');
	await anna.page.click('#lobby-mic');
	await eventually('it is off', async () => assert.ok(await anna.page.isVisible('#preview-off')));
	await anna.screenshot('page-lobby-off');
	await anna.page.click('#join');
	await anna.joined();
	await eventually('others see it', async () => {
		const [{muted, sources, state}] = await server.participants('quiet');
		assert.deepEqual({muted, sources, state}, {muted: true, sources: [], state: 'connected'});
	});
	await anna.page.click('#camera');
	await anna.page.click('#mic');
	await eventually('Anna is back', async () => {
		const [{muted, sources}] = await server.participants('quiet');
		assert.deepEqual([muted, sources.length], [false, 1]);
	});
	await closed(anna);
});

test('camera and microphone refused: says so, joins without', async () => {
	const anna = await open(server, {room: 'refused', join: false, devices: 'refuse', params: {name: 'Anna'}});
	await eventually('it is told', async () => assert.match(await text(anna, 'trouble'), /microphone and camera may not be used/));
	await anna.screenshot('page-refused');
	await assertAccessible(anna, 'refused');
	await anna.page.click('#join');
	await anna.joined();
	await tells(anna, /microphone and camera may not be used/);
	await eventually('Anna is connected', async () => {
		const [{name, state, sources}] = await server.participants('refused');
		assert.deepEqual({name, state, sources}, {name: 'Anna', state: 'connected', sources: []});
	});
	await anna.screenshot('page-refused-call');
	await closed(anna);
});

test('a camera in use, one that is not there: the microphone works all the same', async () => {
	for (const [error, pattern] of [['NotReadableError', /camera could not be opened; another program/], ['NotFoundError', /No camera was found/]]) {
		const anna = await open(server, {room: 'blind', person: 'green', join: false, prepare: broken(error, ['video'])});
		await eventually('it is told', async () => assert.match(await text(anna, 'trouble'), pattern));
		assert.equal(await anna.page.evaluate(() => document.getElementById('level').hidden), false);
		await anna.screenshot(`page-camera-${error}`);
		await closed(anna);
	}
});

test('a room name that cannot be: the form does not go', async () => {
	const anna = await open(server, {room: 'x', join: false, params: {audio: 0, video: 0}});
	await anna.page.fill('#room', 'a/b');
	await anna.page.click('#join');
	assert.equal(await anna.page.evaluate(() => document.getElementById('room').validity.valid), false);
	assert.equal((await anna.state()).state, 'idle');
	await closed(anna);
});

test('the room is full', async () => {
	await api(server, 'PUT', '/v1/rooms/small', {max_participants: 1});
	const first = await open(server, {room: 'small', person: 'red'});
	await first.joined();
	const second = await open(server, {room: 'small', person: 'green'});
	await tells(second, /could not join: the room is full/);
	assert.equal((await server.participants('small')).length, 1);
	await second.screenshot('page-full');
	await closed(first, second);
});

test('the room is locked', async () => {
	await api(server, 'PUT', '/v1/rooms/private', {locked: true});
	const anna = await open(server, {room: 'private', person: 'green'});
	await tells(anna, /could not join: the room is locked/);
	await anna.screenshot('page-locked');
	await closed(anna);
});

test('a PIN: asked for, wrong, right; focus is where one types it', async () => {
	await api(server, 'PUT', '/v1/rooms/board', {pin: '4711'});
	const anna = await open(server, {room: 'board', person: 'green', join: false, look: DARK});
	await anna.page.click('#join');
	await tells(anna, /asks for a PIN/);
	assert.equal(await focused(anna), 'pin');
	await anna.page.keyboard.type('1234');
	await anna.page.keyboard.press('Enter');
	await tells(anna, /not the PIN of this room/);
	assert.equal(await focused(anna), 'pin');
	await anna.screenshot('page-pin');
	await assertAccessible(anna, 'PIN');
	await anna.page.keyboard.type('4711');
	await anna.page.keyboard.press('Enter');
	await anna.joined();
	await closed(anna);
	const guest = await open(server, {room: 'board', person: 'blue', hash: '#pin=4711'});
	await guest.joined();
	await closed(guest);
});
