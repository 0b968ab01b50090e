// Keys that are pressed in a call: by RFC 4733, SIP INFO and tones, and what they do. The phones are made up, byte by byte.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {after, before, test} from 'node:test';
import {openApi} from './lib/api.mjs';
import {closeAll, open} from './lib/browser.mjs';
import {Snapshot, worst} from './lib/edges.mjs';
import {play, snapshotPath, start} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {Caller} from './lib/sip.mjs';
import {Reader} from './lib/sse.mjs';
import {eventually} from './lib/wait.mjs';

const PORT = 5977;
let server, api;

before(async () => {
	server = await startServer({'sip.listen': `udp:127.0.0.1:${PORT}`, 'sip.policy': 'open', 'keypad.timeout_ms': '1000'});
	api = await openApi(server);
});
after(async () => {
	await closeAll();
	await server?.stop();
});

// A phone that is in the room.
class Presser extends Caller {
	static async call(room, how) {
		const phone = Object.setPrototypeOf(await Caller.call(PORT, room, how), Presser.prototype);
		await eventually('the phone is connected', async () => {
			phone.id = (await server.participants(room)).find((p) => p.kind === 'sip' && p.state === 'connected')?.id;
			assert.ok(phone.id);
		});
		return phone;
	}

	look() { return server.get(`/v1/rooms/${this.room}/participants/${this.id}`); }

	async is(what) {
		await eventually(JSON.stringify(what), async () => {
			const now = await this.look();
			assert.deepEqual(Object.fromEntries(Object.keys(what).map((key) => [key, now?.[key]])), what);
		});
	}
}
const patch = (path, json) => api.call('patch_v1_rooms_room_participants_id', {path, json});

for (const [name, way, events] of [['RFC 4733', 'event', true], ['SIP INFO dtmf-relay', 'relay', true], ['SIP INFO dtmf', 'plain', false],
	['tones, where nothing else was agreed to', 'tone', false]]) {
	test(`*6 mutes and unmutes by ${name}`, {timeout: 60000}, async () => {
		const phone = await Presser.call(`mute-${way}`, {events});
		await phone.press('*6', way);
		await phone.is({muted: true, muted_by: 'self'});
		await phone.press('*6', way);
		await phone.is({muted: false, muted_by: null});
		await phone.close();
	});
}

test('a phone that sends a press in two ways pressed once', {timeout: 60000}, async () => {
	const phone = await Presser.call('twice', {events: true});
	const counted = async () => (await server.metrics()).tessera_digits_total, before = await counted();
	for (const key of '*9') {
		phone.event(key);
		assert.equal(await phone.info('application/dtmf-relay', `Signal= ${key}\nDuration=100`), 200);
	}
	await phone.is({hand: true});
	await phone.press('*6', 'event'); /* what would come twice has come by now */
	await phone.is({muted: true, hand: true});
	assert.equal(await counted() - before, 4);
	await phone.close();
});

test('an INFO that says nothing is refused, one of another kind too', {timeout: 60000}, async () => {
	const phone = await Presser.call('refused');
	assert.equal(await phone.info('application/dtmf-relay', 'Signal=E\r\n'), 400);
	assert.equal(await phone.info('application/dtmf', 'hello'), 400);
	assert.equal(await phone.info('application/dtmf-relay', 'Signal=hf\r\n'), 200); /* a hook flash: no key */
	assert.equal(await phone.info('application/x-unknown', 'Signal=5\r\n'), 415);
	assert.match(phone.phone.got.at(-1), /^Accept: .*application\/dtmf-relay, application\/dtmf\r$/m);
	await phone.press('5', 'plain');
	await phone.close();
});

test('a host changes the layout by a key of the room, and all see it; a guest does not', {timeout: 120000}, async () => {
	const room = 'stage';
	await api.call('post_v1_rooms', {json: {id: room, keypad: {'*1': 'layout:speaker-only', '*7': 'none'}}});
	const playing = start(server, {room, seconds: 100, peers: [{count: 3, who: 0, audio: false, kbps: 1200}]});
	const names = await eventually('three are here', async () => {
		const here = (await server.participants(room)).filter((p) => p.sources.length && p.state === 'connected');
		assert.equal(here.length, 3);
		return new Map(here.map((p) => [p.id, p.name]));
	}, 30000);
	const phone = await Presser.call(room, {events: true}), events = new Reader(`${server.url}/v1/events`);
	await events.open();
	const path = {room, id: phone.id};
	await phone.press('*1', 'event');
	await eventually('it is refused', () => assert.deepEqual(events.keypads, [{room, participant: phone.id, keys: '*1', action: 'layout:speaker-only', outcome: 'refused'}]));
	assert.equal((await server.layout(room)).name, 'grid');
	assert.equal((await patch(path, {role: 'host'})).status, 200);
	await phone.press('*1', 'event');
	await eventually('it is done', () => assert.equal(events.keypads.at(-1)?.outcome, 'done'));
	const {name, canvas, regions} = await server.layout(room);
	assert.equal(name, 'speaker-only');
	await play(server, {room, seconds: 2, snapshot: snapshotPath('keys'), peers: [{who: 5, watch: true, decode: true}]});
	const shown = regions.filter((r) => names.has(r.participant));
	assert.ok(shown.length, 'somebody with a camera is shown');
	const off = worst(new Snapshot(snapshotPath('keys'), canvas.width, canvas.height), regions, ({participant}) => +names.get(participant).split('-')[1]);
	assert.ok(off <= 2, `${off} pixels off`);
	await phone.press('*7', 'event'); /* which the room has taken away */
	await eventually('it is unknown', () => assert.deepEqual(events.keypads.at(-1), {room, participant: phone.id, keys: '*7', action: null, outcome: 'unknown'}));
	await phone.press('*5', 'event');
	await eventually('the room is locked', async () => assert.equal((await server.get(`/v1/rooms/${room}`)).locked, true));
	events.drop();
	await phone.close();
	playing.child.kill();
	await playing.done.catch(() => {});
});

test('what was done stands on their own tile for a while', {timeout: 60000}, async () => {
	const phone = await Presser.call('notice', {events: true});
	const other = start(server, {room: 'notice', seconds: 50, peers: [{who: 0, watch: true, decode: true}]});
	const region = () => server.layout('notice').then(({regions}) => regions.find((r) => r.participant === phone.id));
	const label = async () => {
		const r = await region(), jpeg = Buffer.from(await (await fetch(`${server.url}/v1/rooms/notice/snapshot.jpg`)).arrayBuffer());
		const made = spawnSync('ffmpeg', ['-v', 'error', '-i', '-', '-vf', `crop=${r.w >> 1}:${r.h >> 3}:${r.x}:${r.y + r.h - (r.h >> 3)}`, '-pix_fmt', 'gray', '-f', 'rawvideo', '-'], {input: jpeg});
		assert.equal(made.status, 0, made.stderr.toString());
		return made.stdout;
	};
	const difference = (a, b) => a.reduce((sum, v, i) => sum + Math.abs(v - b[i]), 0) / a.length;
	await eventually('it is shown', async () => assert.ok(await region()));
	let name;
	await eventually('their name is drawn', async () => {
		const [one, two] = [await label(), await label()];
		assert.ok(difference(one, two) < 1 && Math.max(...one) > 150);
		name = one;
	});
	await phone.press('*0', 'event');
	await eventually('the keys are shown', async () => assert.ok(difference(await label(), name) > 2));
	await eventually('and the name again', async () => assert.ok(difference(await label(), name) < 1), 20000);
	await phone.close();
	other.child.kill();
	await other.done.catch(() => {});
});

test('a mute by the API is not theirs to lift, and ## may hang up', {timeout: 60000}, async () => {
	await api.call('post_v1_rooms', {json: {id: 'end', keypad: {'##': 'hangup'}}});
	const phone = await Presser.call('end', {events: true});
	await patch({room: 'end', id: phone.id}, {muted: true});
	await phone.press('*6', 'event');
	await phone.press('*8*8', 'event');
	await phone.is({listen_db: 6, muted: true, muted_by: 'api'});
	phone.phone.on('BYE', (request) => phone.phone.reply(request, 200, 'OK'));
	await phone.press('##', 'event');
	await phone.phone.heard('BYE ');
	await eventually('they are gone', async () => assert.deepEqual(await server.participants('end'), []));
	await phone.close({up: false});
});

test('tables that are none are refused', async () => {
	for (const keypad of [{'*x': 'mute'}, {'*6': 'explode'}, {'*6': 5}, {'123456789': 'mute'}, {'*1': 'layout:../x'}]) {
		const refused = await api.call('post_v1_rooms', {json: {keypad}});
		assert.equal(refused.status, 422, JSON.stringify(keypad));
	}
	const {json} = await api.call('post_v1_rooms', {json: {id: 'kept', keypad: {'*1': 'all:layout', '#2': 'hand'}}});
	assert.deepEqual(json.keypad, {'*1': 'all:layout', '#2': 'hand'});
	const changed = await api.call('patch_v1_rooms_room', {path: {room: 'kept'}, json: {keypad: {'#2': null, '*3': 'mute'}}});
	assert.deepEqual(changed.json.keypad, {'*1': 'all:layout', '*3': 'mute'});
});

test('a browser raises its hand, and lowers it by keys (RTCDTMFSender)', {timeout: 90000}, async () => {
	const anna = await open(server, {room: 'hands', person: 'red', prepare: (page) => page.addInitScript(() => {
		const Real = window.RTCPeerConnection;
		window.RTCPeerConnection = class extends Real { constructor(...args) { super(...args); window.pc = this; } };
	})});
	await anna.joined();
	await anna.page.click('#hand');
	const of = async () => (await server.participants('hands'))[0];
	await eventually('the hand is up', async () => assert.equal((await of()).hand, true));
	const since = (await of()).hand_ms;
	assert.ok(Math.abs(Date.now() - since) < 30000, `${since}`);
	await eventually('the page says so', async () => assert.equal(await anna.page.textContent('#hand'), 'Lower hand'));
	assert.ok(await anna.page.$('#people-list [title="hand raised"]'), 'and the list');
	await anna.page.evaluate(() => {
		const sender = window.pc.getSenders().find((s) => s.track?.kind === 'audio');
		if (!sender.dtmf?.canInsertDTMF) throw new Error('no telephone-event was agreed to');
		sender.dtmf.insertDTMF('*9', 100, 70);
	});
	await eventually('the hand is down', async () => assert.deepEqual([(await of()).hand, (await of()).hand_ms], [false, null]));
	await anna.close();
});
