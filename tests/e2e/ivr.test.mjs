// Callers who need a PIN are answered and asked: what they press by each way, hear and see, and how it ends. Most phones are made
// up, byte by byte.

import assert from 'node:assert/strict';
import {copyFileSync, mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {openApi} from './lib/api.mjs';
import {ADDRESS, baresip, stopAll} from './lib/baresip.mjs';
import {startServer} from './lib/server.mjs';
import {Caller} from './lib/sip.mjs';
import {Reader} from './lib/sse.mjs';
import {eventually} from './lib/wait.mjs';

const PORT = 5979, PIN = '2468';
const BUILD = process.env.TS_BUILD ?? new URL('../../build', import.meta.url).pathname;
let server, api;

before(async () => {
	const address = ADDRESS ? `;udp:${ADDRESS}:${PORT}` : '';
	server = await startServer({'sip.listen': `udp:127.0.0.1:${PORT}${address}`, 'sip.policy': 'open', 'sip.lobby': '8000,8001=de',
		'sip.numbers': '77X=board', 'ivr.prompts_dir': join(new URL('../../build', import.meta.url).pathname, 'prompts')});
	api = await openApi(server);
	for (const [room, more] of [['board', {}], ['1234', {}], ['locked', {locked: true}], ['long', {pin: '24681357'}]])
		assert.equal((await api.call('put_v1_rooms_room', {path: {room}, json: {pin: PIN, ...more}})).status, 201);
});
after(async () => {
	stopAll();
	await server?.stop();
});

const call = (to, how) => Caller.call(PORT, to, how);
const isIn = (room) => eventually(`they are in ${room}`, async () => {
	assert.ok((await server.participants(room)).some((p) => p.kind === 'sip' && p.state === 'connected'));
}, 15000);
const empty = async (room) => assert.deepEqual(await server.participants(room) ?? [], []);
const none = () => eventually('nobody is asked', async () => assert.equal((await server.metrics()).tessera_ivr_callers, 0));

for (const [name, way, events] of [['RFC 4733', 'event', true], ['SIP INFO dtmf-relay', 'relay', true], ['SIP INFO dtmf', 'plain', false],
	['tones', 'tone', false]]) {
	test(`a PIN by ${name}`, {timeout: 90000}, async () => {
		const reader = new Reader(`${server.url}/v1/events?room=board`);
		await reader.open();
		const caller = await call('board', {events});
		await caller.hears();
		await empty('board');
		await caller.press(`13*${PIN}`, way); // complete without '#': as long as the PIN is
		await isIn('board');
		assert.equal((await server.get('/v1/rooms/board/calls')).items.filter((c) => c.state === 'answered').length, 1);
		await eventually('readers are told', () => {
			const [person] = reader.rooms.get('board').participants.values();
			assert.equal(person?.kind, 'sip');
		});
		assert.ok(!JSON.stringify([...reader.rooms]).includes('(ivr)'), 'nobody hears of the room they waited in');
		reader.drop();
		await caller.close();
		await eventually('they are gone', () => empty('board'));
		await none();
	});
}

test('three wrong PINs, spoken, then BYE', {timeout: 90000}, async () => {
	const caller = await call('board');
	let heard = await caller.hears();
	for (let i = 0; i < 3; i++) {
		await caller.press('1111');
		heard = await caller.hears(heard);
	}
	await caller.wasSentAway();
	await empty('board');
	await none();
});

test('the lobby asks for the number, then for the PIN', {timeout: 90000}, async () => {
	const caller = await call('8000');
	let heard = await caller.hears();
	await caller.press('1234#');
	heard = await caller.hears(heard);
	await caller.press(`${PIN}`);
	await isIn('1234');
	await caller.close();

	const german = await call('8001');
	heard = await german.hears();
	await german.press('4321#'); // no such room
	heard = await german.hears(heard);
	await german.press('775#'); // by the dial plan
	await german.hears(heard);
	await german.press(PIN);
	await isIn('board');
	await german.close();
	await none();
});

test('how long a long PIN is tells nothing but who knows it', {timeout: 60000}, async () => {
	const caller = await call('long');
	await caller.hears();
	await caller.press('24681357');
	const pressed = Date.now();
	await isIn('long');
	assert.ok(Date.now() - pressed > 4000, 'not judged before a pause');
	await caller.close();
	await none();
});

test('the lock holds for who knows the PIN', {timeout: 90000}, async () => {
	const caller = await call('locked');
	await caller.hears();
	await caller.press(PIN);
	await caller.wasSentAway();
	await empty('locked');
});

test('who hangs up while they are asked leaves nothing behind', {timeout: 60000}, async () => {
	const callers = [];
	for (let i = 0; i < 5; i++) callers.push(await call(i % 2 ? 'board' : '8000'));
	assert.equal((await server.metrics()).tessera_ivr_callers, 5);
	await Promise.all(callers.map((caller) => caller.close()));
	await none();
	assert.equal((await server.metrics()).tessera_rooms, 4);
});

test('a softphone sees what it is asked, and then the room', {timeout: 120000, skip: ADDRESS ? false : 'needs an address off loopback'}, async () => {
	const phone = await baresip({person: 'green', audio: 'opus'});
	await phone.dial(`sip:board@${ADDRESS}:${PORT}`);
	const light = ({width, height, rgb}, from, to) => {
		let n = 0;
		for (let y = Math.floor(from * height); y < to * height; y++) for (let x = 0; x < width; x++) n += rgb[3 * (y * width + x)] > 180;
		return n;
	};
	const before = await eventually('the card is there', async () => {
		const picture = await phone.picture();
		assert.ok(light(picture, 0, 0.33) > 200 && light(picture, 0.33, 0.66) > 200, 'name and question are written');
		assert.equal(light(picture, 0.7, 1), 0, 'nothing is entered');
		return picture;
	});
	assert.deepEqual([before.width, before.height], [640, 360]);
	for (const key of '13') await phone.command('sndcode', key);
	await eventually('two dots are there', async () => {
		const n = light(await phone.picture(), 0.7, 1);
		assert.ok(n > 200, `${n} light`);
		mkdirSync(join(BUILD, 'e2e'), {recursive: true});
		copyFileSync(join(phone.home, `seen-${phone.pictures - 1}.png`), join(BUILD, 'e2e', 'ivr.png'));
	});
	await phone.command('sndcode', '*');
	for (const key of PIN) await phone.command('sndcode', key);
	await phone.assertSees(server, 'board', ['green']);
	await phone.hangUp();
	await phone.stop();
	await none();
});

// As slow as over HTTP, and by the same count: ten wrong ones from an address, then nobody from there is heard for some time.
test('PINs are guessed no faster than over HTTP', {timeout: 120000}, async () => {
	let wrong = 0;
	for (let n = 0; n < 6 && !server.text.includes('why=wait'); n++) {
		const caller = await call('board');
		await caller.hears();
		for (let i = 0; i < 3; i++, wrong++) await caller.press('0000');
		await caller.wasSentAway();
	}
	assert.ok(wrong <= 18, `${wrong} were tried`);
	assert.match(server.text, /why=wait/);
	const late = await call('board');
	await late.hears();
	await late.press('0000'); /* one more may be tried after five seconds */
	await late.press(PIN);
	const http = await fetch(`${server.url}/join/board?pin=${PIN}`, {method: 'POST', headers: {'Content-Type': 'application/sdp'}, body: 'v=0\r\n'});
	assert.equal(http.status, 429);
	await late.wasSentAway();
	await empty('board');
});
