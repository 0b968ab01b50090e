// Guests wait for the host, with music and a picture; hosts come by their PIN, by keys and over HTTP; what happens when they leave; rooms
// with a number and a language. Phones are made up, byte by byte.

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {openApi} from './lib/api.mjs';
import {closeAll, open} from './lib/browser.mjs';
import {folder} from './lib/media.mjs';
import {assertAccessible} from './lib/page.mjs';
import {startServer} from './lib/server.mjs';
import {Caller, Phone, statusOf} from './lib/sip.mjs';
import {Reader} from './lib/sse.mjs';
import {eventually} from './lib/wait.mjs';

const PORT = 5995, PIN = '2468', HOST_PIN = '13579';
const CDR = join(folder, `hosts-cdr-${process.pid}.jsonl`);
let server, api, reader;

before(async () => {
	server = await startServer({'sip.listen': `udp:127.0.0.1:${PORT}`, 'sip.policy': 'open', 'sip.lobby': '8000', 'cdr.file': CDR, 'ivr.waiting_max': 3, 'media.ports': '31000-31999', 'limits.half_open_joins_per_address': 0, 'sip.invites_per_second': 1000,
		'ivr.prompts_dir': new URL('../../build/prompts', import.meta.url).pathname});
	api = await openApi(server);
	reader = new Reader(`${server.url}/v1/events`);
	await reader.open();
});
after(async () => {
	reader?.drop();
	await closeAll();
	await server?.stop();
});

const room = async (id, more = {}) => {
	const reply = await api.call('put_v1_rooms_room', {path: {room: id},
		json: {pin: PIN, host_pin: HOST_PIN, wait_for_host: true, host_grace_s: 0, ...more}});
	assert.equal(reply.status, 201);
	return reply.json;
};
const call = (to, how) => Caller.call(PORT, to, how);
async function refused(to, pin) {
	const phone = await new Phone(PORT).open();
	phone.send(phone.request('INVITE', {id: `no-${phone.port}`, to, params: `;pin=${pin}`, body: phone.offer()}));
	const status = statusOf(await phone.heard(/^SIP\/2\.0 [3-6]/));
	phone.send(phone.request('ACK', {id: `no-${phone.port}`, to}));
	phone.close();
	return status;
}
const people = async (id) => (await server.participants(id)).filter((p) => p.state === 'connected').map((p) => p.role).sort();
const are = (id, roles) => eventually(`in ${id}: ${roles}`, async () => assert.deepEqual(await people(id), roles), 15000);
const waiting = async (id) => (await api.call('get_v1_rooms_room_waiting', {path: {room: id}})).json.items;
const wait = (id, n) => eventually(`${n} wait for ${id}`, async () => assert.equal((await waiting(id)).length, n), 15000);
const none = () => eventually('nobody is left', async () => {
	const metrics = await server.metrics();
	assert.deepEqual([metrics.tessera_waiting_participants, metrics.tessera_ivr_callers, metrics.tessera_sip_calls], [0, 0, 0]);
}, 15000);
const lines = () => readFileSync(CDR, 'utf8').trim().split('\n').map((line) => JSON.parse(line)).filter((line) => line.type === 'participant');

async function enter(to, pin, how) {
	const caller = await call(to, how);
	await caller.hears();
	await caller.press(`${pin}#`);
	return caller;
}

test('a guest waits with music; the host comes by a PIN of keys, and the guest hears them', {timeout: 90000}, async () => {
	assert.equal((await room('board')).host_pin_set, true);
	const guest = await enter('board', PIN);
	await wait('board', 1);
	await are('board', []);
	const [told] = await waiting('board');
	assert.deepEqual([told.kind, told.role, told.waiting, told.room], ['sip', 'guest', true, 'board']);
	assert.equal((await server.get('/v1/rooms/board')).waiting, 1);
	await eventually('readers are told', () => assert.equal(reader.waiting.get(told.id)?.room, 'board'));
	let loud = guest.loud;
	for (let i = 0; i < 3; i++) loud = await guest.hears(loud); // words, then music without an end

	const host = await enter('board', HOST_PIN, {hz: 700});
	await are('board', ['guest', 'host']);
	await eventually('the guest hears the host', () => assert.ok(guest.share(700) > 0.7, `${guest.share(700)} of it is theirs`));
	await eventually('readers are told of that', () => assert.deepEqual(reader.waited.at(-1), {room: 'board', id: told.id, admitted: true, reason: null}));
	assert.ok(reader.rooms.get('board').participants.has(told.id), 'they are the same participant');
	assert.ok(!JSON.stringify([...reader.rooms, ...reader.calls]).includes('(waiting)'), 'nobody hears of the room they waited in');
	const calls = (await api.call('get_v1_calls')).json.items.filter((c) => c.room === 'board');
	assert.deepEqual(calls.map((c) => [c.media.audio.codec_in, c.media.audio.mos_in > 3, c.address, c.state]), Array(2).fill(['pcmu', true, '127.0.0.1', 'answered']));
	const trace = (await api.call('get_v1_calls_id_trace', {path: {id: calls[0].id}})).json.items;
	assert.ok(trace[0].text.startsWith('INVITE sip:board@'), trace[0].text);
	await host.close();
	await guest.close();
	await eventually('their lines are written', () => assert.deepEqual(lines().map((l) => [l.room, l.role, l.waiting]), [['board', 'host', false], ['board', 'guest', false]]));
	assert.ok(!server.text.includes(HOST_PIN) && !readFileSync(CDR, 'utf8').includes(HOST_PIN));
	await none();
	assert.equal((await api.call('get_v1_calls_id', {path: {id: calls[0].id}})).json.outcome, 'completed');
});

test('a browser waits: picture, music, words; then sees the host; waits again when they leave', {timeout: 120000}, async () => {
	await room('hall', {when_host_leaves: 'wait', language: 'de'});
	const anna = await open(server, {room: 'hall', person: 'red', codec: 'vp8', join: false});
	await anna.page.click('#join');
	await anna.page.fill('#pin', PIN);
	await anna.page.click('#join');
	await anna.joined();
	await eventually('the page says it', async () => assert.match(await anna.page.textContent('#waits-words'), /Waiting for the host/));
	await assertAccessible(anna, 'who waits');
	const light = () => anna.page.evaluate(() => {
		const video = document.getElementById('mix'), canvas = new OffscreenCanvas(video.videoWidth || 1, video.videoHeight || 1), context = canvas.getContext('2d');
		context.drawImage(video, 0, 0);
		const {data, width, height} = context.getImageData(0, 0, canvas.width, canvas.height), rows = [0, 0, 0];
		for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) rows[Math.floor(3 * y / height)] += data[4 * (y * width + x)] > 180;
		return {width, height, rows};
	});
	await eventually('the card is there', async () => {
		const seen = await light();
		assert.deepEqual([seen.width, seen.height], [640, 360]);
		assert.ok(seen.rows.every((n) => n > 200), `three lines are written: ${seen.rows}`);
	});
	const loudness = () => anna.page.evaluate(async () => {
		const stats = [...(await window.tessera.pc.getStats()).values()].find((s) => s.type === 'inbound-rtp' && s.kind === 'audio');
		return stats.totalAudioEnergy;
	});
	const quiet = await loudness();
	await eventually('music plays', async () => assert.ok(await loudness() > quiet + 1e-5));
	await anna.screenshot('hosts-waits');
	assert.deepEqual((await anna.page.evaluate(async () => (await (await fetch(`${window.tessera.session}/participants`)).json()).items)).map((p) => p.role), ['guest']);
	assert.equal(await anna.page.evaluate(async () => (await fetch(`${window.tessera.session}/waiting`)).status), 403);

	const bob = await open(server, {room: 'hall', person: 'green', codec: 'vp8', join: false});
	await bob.page.click('#join');
	await bob.page.fill('#pin', HOST_PIN);
	await bob.page.click('#join');
	await bob.joined();
	await are('hall', ['guest', 'host']);
	await anna.assertSees(['red', 'green']);
	await anna.assertHears(['green']);
	assert.ok(await anna.page.isHidden('#waits'));

	const phone = await call('hall', {pin: PIN});
	await are('hall', ['guest', 'guest', 'host']);
	await bob.leave();
	await wait('hall', 2);
	await are('hall', []);
	await eventually('the page says it again', async () => assert.ok(await anna.page.isVisible('#waits')));
	await eventually('and shows it', async () => assert.ok((await light()).rows.every((n) => n > 200)));
	let loud = phone.loud;
	loud = await phone.hears(loud);

	// they are the host themselves
	await anna.page.fill('#host-pin', '9999');
	await anna.page.click('#waits button');
	await eventually('it is wrong', async () => assert.match(await anna.page.textContent('#host-status'), /not the PIN/));
	await anna.page.fill('#host-pin', HOST_PIN);
	await anna.page.click('#waits button');
	await are('hall', ['guest', 'host']);
	await phone.close();
	await bob.close();
	await anna.close();
	await none();
});

test('hosts let in and refuse; so does the API', {timeout: 90000}, async () => {
	await room('door', {when_host_leaves: 'end'});
	const first = await enter('door', PIN), second = await enter('door', PIN);
	await wait('door', 2);
	const [one, two] = await waiting('door');
	assert.equal((await api.call('patch_v1_rooms_room_waiting_id', {path: {room: 'door', id: one.id}, json: {waiting: false}})).json.waiting, false);
	await are('door', ['guest']);
	assert.equal((await api.call('delete_v1_rooms_room_waiting_id', {path: {room: 'door', id: two.id}})).status, 204);
	await second.wasSentAway();
	await eventually('readers are told', () => assert.equal(reader.waited.at(-1).reason, 'refused'));
	assert.equal((await api.call('delete_v1_rooms_room_waiting_id', {path: {room: 'door', id: two.id}})).status, 404);

	const late = await enter('door', PIN);
	await wait('door', 1);
	const host = await enter('door', HOST_PIN);
	await are('door', ['guest', 'guest', 'host']);
	await host.close();
	await Promise.all([first.wasSentAway(), late.wasSentAway()]); // the meeting is over
	await are('door', []);
	await none();
});

test('who waits for a room that is removed is sent away', {timeout: 60000}, async () => {
	await room('gone');
	const guests = [await enter('gone', PIN), await enter('gone', PIN)];
	await wait('gone', 2);
	assert.equal((await api.call('delete_v1_rooms_room', {path: {room: 'gone'}})).status, 204);
	await Promise.all(guests.map((guest) => guest.wasSentAway()));
	await none();
});

test('with a host there guests go in, unless the room is full', {timeout: 90000}, async () => {
	await room('page', {locked: false});
	const bob = await open(server, {room: 'page', person: 'green', join: false});
	await bob.page.click('#join');
	await bob.page.fill('#pin', HOST_PIN);
	await bob.page.click('#join');
	await bob.joined();
	await are('page', ['host']);
	// nobody waits while a host is there, but who finds no place
	await api.call('patch_v1_rooms_room', {path: {room: 'page'}, json: {max_participants: 1}});
	assert.equal(await refused('page', PIN), 486);
	await bob.close();
	await none();
});

test('too many wait', {timeout: 90000}, async () => {
	await room('crowd');
	const callers = [];
	for (let i = 0; i < 3; i++) callers.push(await call('crowd', {pin: PIN}));
	await wait('crowd', 3);
	assert.equal(await refused('crowd', PIN), 486);
	const host = await call('crowd', {pin: HOST_PIN});
	await are('crowd', ['guest', 'guest', 'guest', 'host']);
	for (const caller of [...callers, host]) await caller.close();
	await none();
});

test('a host can begin by telephone where as many wait as may', {timeout: 90000}, async () => {
	await room('begin', {pin: null});
	const callers = [];
	for (let i = 0; i < 3; i++) callers.push(await call('begin'));
	await wait('begin', 3);
	const [host, stranger] = [await call('begin'), await call('begin')]; // asked, as nobody knows who they are
	await wait('begin', 3);
	await host.hears();
	await stranger.press('11111#');
	await host.press(`${HOST_PIN}#`);
	await are('begin', ['guest', 'guest', 'guest', 'host']);
	for (const caller of [...callers, host, stranger]) await caller.close();
	await none();
});

test('a host who waits as a guest enters their PIN there', {timeout: 60000}, async () => {
	await room('late', {pin: null});
	const guest = await call('late');
	await wait('late', 1);
	await guest.hears();
	await guest.press('11111#');
	await guest.press(`${HOST_PIN}#`, 'plain');
	await are('late', ['host']);
	await guest.close();
	await none();
});

test('a room by its number, in its language', {timeout: 90000}, async () => {
	const {number} = await room('zahl', {number: 'auto', language: 'fr', wait_for_host: false});
	assert.match(number, /^[1-9]\d{8}$/);
	assert.equal((await api.call('put_v1_rooms_room', {path: {room: 'other'}, json: {number}})).status, 409);
	assert.equal((await api.call('patch_v1_rooms_room', {path: {room: 'zahl'}, json: {locked: false}})).json.number, number);
	const caller = await call('8000');
	let heard = await caller.hears();
	await caller.press(`${number}#`);
	heard = await caller.hears(heard);
	await caller.press(`${PIN}#`);
	await are('zahl', ['guest']);
	const direct = await call(number, {pin: HOST_PIN});
	await are('zahl', ['guest', 'host']);
	await caller.close();
	await direct.close();
	await none();
});

// 60 calls of every kind; tests/soak/ivr.mjs makes a thousand.
test('churn leaves nothing behind', {timeout: 120000}, async () => {
	await room('churn', {pin: PIN});
	const before = await server.metrics();
	for (let round = 0; round < 6; round++) {
		const callers = await Promise.all(Array.from({length: 10}, (_, i) => call(i % 5 === 2 ? '8000' : 'churn', {pin: ['', PIN, '', HOST_PIN, ''][i % 5]})));
		await Promise.all(callers.map((caller) => caller.close()));
	}
	await none();
	const now = await server.metrics();
	for (const name of ['tessera_rooms', 'tessera_half_open_joins', 'tessera_encoders', 'tessera_decoders'])
		if (name in before) assert.equal(now[name], before[name], name);
});

// Both kinds of PIN are one count, over SIP and HTTP: the last test, since nobody from this address is heard for a while.
test('wrong PINs of either kind', {timeout: 120000}, async () => {
	await room('guess');
	const caller = await call('guess');
	let heard = await caller.hears();
	for (let i = 0; i < 3; i++) {
		await caller.press('1111#');
		heard = await caller.hears(heard);
	}
	await caller.wasSentAway();
	const join = (pin) => fetch(`${server.url}/join/guess?pin=${pin}`, {method: 'POST', headers: {'Content-Type': 'application/sdp'}, body: 'v=0\r\n'});
	const statuses = [];
	for (let i = 0; i < 9; i++) statuses.push((await join('1111')).status);
	assert.deepEqual([...new Set(statuses.slice(0, 6))], [403]);
	assert.equal(statuses.at(-1), 429, `${statuses}`);
	assert.equal((await join(HOST_PIN)).status, 429);
	const late = await call('guess');
	await late.hears();
	await late.press('1111#'); // one more may be tried after five seconds
	await late.press(`${HOST_PIN}#`);
	await late.wasSentAway();
	assert.match(server.text, /why=wait/);
	await are('guess', []);
	await none();
});
