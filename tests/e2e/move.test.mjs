// Participants are moved to another room, and keep their call: a browser, a phone, a watcher and an input.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {openApi} from './lib/api.mjs';
import {ADDRESS, baresip, stopAll} from './lib/baresip.mjs';
import {closeAll, open} from './lib/browser.mjs';
import {startServer} from './lib/server.mjs';
import {Reader} from './lib/sse.mjs';
import {eventually} from './lib/wait.mjs';

const PORT = 5978;
let server, api, anna, bert;

before(async () => {
	server = await startServer({'sip.listen': ADDRESS ? `udp:${ADDRESS}:${PORT}` : '', 'sip.policy': 'open'});
	api = await openApi(server);
	anna = await open(server, {room: 'one', person: 'red', painted: true});
	bert = await open(server, {room: 'two', person: 'blue', painted: true});
	await anna.joined();
	await bert.joined();
});
after(async () => {
	stopAll();
	await closeAll();
	await server?.stop();
});

const idOf = (room, name) => eventually(`${name} is in ${room}`, async () => {
	const person = (await server.participants(room) ?? []).find((p) => p.name === name && p.state === 'connected');
	assert.ok(person);
	return person.id;
});
const move = (room, id, to, more = {}) => api.call('patch_v1_rooms_room_participants_id', {path: {room, id}, json: {room: to, ...more}});

// The longest time in ms in which a page was shown no new picture, from now until stop() is called.
async function watchGaps(person) {
	await person.page.evaluate(() => {
		const video = document.querySelector('#mix');
		window.gaps = {worst: 0, last: performance.now(), frames: 0, on: true};
		const next = () => {
			const now = performance.now();
			window.gaps.worst = Math.max(window.gaps.worst, now - window.gaps.last);
			window.gaps.last = now;
			window.gaps.frames++;
			if (window.gaps.on) video.requestVideoFrameCallback(next);
		};
		video.requestVideoFrameCallback(next);
	});
	return () => person.page.evaluate(() => { window.gaps.on = false; return window.gaps; });
}

test('a browser is moved: picture, sound, page and events go on', {timeout: 180000}, async () => {
	await anna.assertSees(['red']);
	await bert.assertSees(['blue']);
	const reader = new Reader(`${server.url}/v1/events`);
	const told = [];
	reader.apply = ((apply) => function note(event, data) {
		if (event.startsWith('participant.')) told.push([event, data.room, data.id ?? data.participant.id, data.moved_to ?? data.moved_from]);
		return apply.call(this, event, data);
	})(reader.apply);
	await reader.open();
	const stopAnna = await watchGaps(anna), stopBert = await watchGaps(bert);
	const id = await idOf('one', 'red'), session = await anna.page.evaluate(() => window.tessera.session);
	const {status, json, text} = await move('one', id, 'two', {name: 'red'});
	assert.equal(status, 200, text);
	assert.deepEqual([json.id, json.room], [id, 'two']);
	anna.room = 'two';
	await anna.assertSees(['red', 'blue']);
	await bert.assertSees(['red', 'blue']);
	await anna.assertHears(['blue']);
	await bert.assertHears(['red']);
	const gapsAnna = await stopAnna(), gapsBert = await stopBert();
	assert.ok(gapsAnna.worst < 500, `the longest gap of who was moved: ${JSON.stringify(gapsAnna)}`);
	assert.ok(gapsBert.worst < 500, `... of who was there: ${JSON.stringify(gapsBert)}`);
	assert.equal(await server.get('/v1/rooms/one'), null, 'the room they left was theirs alone');
	await eventually('readers are told', () => {
		assert.ok(told.some((e) => JSON.stringify(e) === JSON.stringify(['participant.left', 'one', id, 'two'])), JSON.stringify(told));
		assert.ok(told.some((e) => JSON.stringify(e) === JSON.stringify(['participant.joined', 'two', id, 'one'])), JSON.stringify(told));
	});
	reader.drop();
	// the page is of the new room, by the same session
	await eventually('the page names the new room', async () => assert.deepEqual(await anna.page.evaluate(() =>
		[window.tessera.room, window.tessera.session, window.tessera.state, document.title, document.getElementById('where').textContent]),
	['two', session, 'joined', 'two - tessera', 'two']));
	assert.equal((await (await fetch(new URL(session, server.url))).json()).room, 'two');
	await eventually('the page lists who is there', async () => assert.match(await anna.page.textContent('#people-list'), /blue/));
});

test('who may not go stays where they are', {timeout: 60000}, async () => {
	const id = await idOf('two', 'red');
	for (const [room, more] of [['shut', {locked: true}], ['small', {max_participants: 1}]])
		assert.equal((await api.call('put_v1_rooms_room', {path: {room}, json: more})).status, 201);
	assert.equal((await move('two', id, 'shut')).status, 423);
	assert.equal((await move('two', id, 'no/room')).status, 422);
	const bertId = await idOf('two', 'blue');
	assert.equal((await move('two', bertId, 'small')).status, 200);
	assert.equal((await move('two', id, 'small')).status, 409);
	assert.equal((await move('two', id, 'two')).status, 200);
	assert.equal((await move('small', bertId, 'two')).status, 200);
	await anna.assertSees(['red', 'blue']);
});

test('an input is moved', {timeout: 60000}, async () => {
	const {json: input} = await api.call('post_v1_rooms_room_inputs', {path: {room: 'films'}, json: {url: 'test:', name: 'film'}});
	const id = await idOf('films', 'film');
	assert.equal((await move('films', id, 'cinema')).status, 200);
	await eventually('it is there', async () => {
		assert.equal((await server.get(`/v1/rooms/cinema/inputs/${input.id}`))?.state, 'live');
		assert.ok((await server.participants('cinema'))[0].sources[0].width > 0);
	});
	await api.call('delete_v1_rooms_room_inputs_id', {path: {room: 'cinema', id: input.id}});
});

test('a phone is moved there and back in a call', {timeout: 180000, skip: ADDRESS ? false : 'needs an address off loopback'}, async () => {
	const phone = await baresip({person: 'green', audio: 'opus', encryption: 'srtp-mand'});
	await phone.dial(`sip:three@${ADDRESS}:${PORT}`);
	await phone.assertSees(server, 'three', ['green']);
	const id = await idOf('three', 'green');
	assert.equal((await move('three', id, 'two')).status, 200);
	assert.equal((await server.get('/v1/rooms/two/calls')).items.at(-1).participant, id);
	await phone.assertSees(server, 'two', ['red', 'blue', 'green']);
	await anna.assertSees(['red', 'blue', 'green']);
	await anna.assertHears(['blue', 'green']);
	assert.equal((await move('two', id, 'three')).status, 200);
	await anna.assertSees(['red', 'blue']);
	await phone.assertSees(server, 'three', ['green']);
	assert.equal((await move('three', id, 'two')).status, 200);
	const since = Date.now();
	await anna.assertHears(['blue', 'green']);
	await eventually('the seconds that are looked at are of this room', () => assert.ok(Date.now() - since > 3000));
	await phone.hangUp();
	await phone.assertHeard(['red', 'blue']);
	await phone.stop();
	await anna.assertSees(['red', 'blue']);
});
