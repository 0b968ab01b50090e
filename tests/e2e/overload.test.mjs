// Overload: the server has one core, and rooms are added until that is too little. Step by step it leaves things out, in the order that
// docs/OVERLOAD.md tells, until nobody new may join; sound goes on meanwhile; and all comes back when the load has gone.
//
// How fast the machine is does not matter: a room costs so much (1920x1080 at 60, in two codecs) that a few are too many for any core, and
// rooms are added until the last level is reached.

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {after, before, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {offer, openApi} from './lib/api.mjs';
import {startCrowd} from './lib/crowd.mjs';
import {startServer} from './lib/server.mjs';
import {Phone} from './lib/sip.mjs';
import {Reader} from './lib/sse.mjs';
import {eventually} from './lib/wait.mjs';

const STEPS = ['none', 'fewer-steps', 'half-rate', 'fast-encoders', 'frozen-tiles', 'no-cameras', 'no-joins'];
const LAST = STEPS.length - 1;
// Rooms in all, and one of them each so many ms: the load lasts 75 s at most.
const ROOMS = 24, EVERY_MS = 1000, LOAD_MS = 75000, BACK_MS = 90000;
// A frame of sound is 20 ms; this is what a jitter buffer of a browser rides out.
const GAP_MS = 200;
const SIP_PORT = 5963;

// The cores this test may use: the server has the first, the load the others.
const cores = /Cpus_allowed_list:\s*(\S+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1].split(',').flatMap((range) => {
	const [first, last = first] = range.split('-').map(Number);
	return Array.from({length: last - first + 1}, (_, i) => first + i);
});
const on = (list) => ['taskset', '-c', list.join(',')];
const others = cores.length > 1 ? cores.slice(1) : cores;

let server, api, reader, sound, mirror;

before(async () => {
	server = await startServer({'overload.max_level': LAST, 'media.ports': '20000-21999', 'limits.joins_per_second': 0, 'limits.half_open_joins': 0,
		'limits.half_open_joins_per_address': 0, 'sip.listen': `udp:127.0.0.1:${SIP_PORT}`}, undefined, on(cores.slice(0, 1)));
	api = await openApi(server);
	reader = new Reader(`${server.url}/v1/events`);
	await reader.open();
});
after(async () => {
	sound?.kill();
	mirror?.kill();
	reader?.drop();
	await server?.stop();
});

const level = async () => (await server.metrics()).tessera_overload_level;
const join = (room) => fetch(`${server.url}/join/${room}`, {method: 'POST', headers: {'Content-Type': 'application/sdp'}, body: offer()});
const told = () => reader.overloads.map((o) => o.level);

async function load() {
	const video = {width: 1920, height: 1080, fps: 60, bitrate_kbps: 3000};
	const groups = [];
	for (let k = 0; k < ROOMS; k++) {
		await api.call('put_v1_rooms_room', {path: {room: `load${k}`}, json: {video}});
		// three of one codec and two of the other; what they send is made once
		for (const [who, count, codec, query] of [[0, 2, 'h264', ''], [2, 1, 'h264', 'max_height=540'], [3, 2, 'vp8', '']])
			groups.push({room: `load${k}`, who, count, send: codec, receive: codec, query, talkers: 1, join_ms: k * EVERY_MS, width: 640, height: 360, kbps: 500});
	}
	return startCrowd({url: server.url, groups}, on(others));
}

async function checkRefusals() {
	const response = await join('new');
	const problem = await response.json();
	assert.equal(response.status, 503, JSON.stringify(problem));
	assert.equal(problem.type, 'urn:tessera:problem:overloaded');
	const seconds = Number(response.headers.get('retry-after'));
	assert.ok(seconds >= 20 && seconds <= 40, `Retry-After: ${seconds}`);
	const ready = await fetch(`${server.url}/readyz`);
	assert.equal(ready.status, 503);
	assert.match((await ready.json()).type, /overloaded$/);
	assert.deepEqual((await server.get('/healthz')).overload, {level: LAST, step: STEPS[LAST]});
	const out = await api.call('post_v1_rooms_room_calls', {path: {room: 'sound'}, json: {to: 'sip:x@127.0.0.1:5999'}});
	assert.equal(out.status, 503, out.text);
	assert.match(out.json.type, /overloaded$/);
	const phone = await new Phone(SIP_PORT).open();
	try {
		phone.send(phone.request('INVITE', {id: 'in', to: 'sound', body: phone.offer()}));
		assert.match(await phone.answer(503), /^Retry-After: *(2\d|3\d|40)\b/mi);
	} finally {
		phone.close();
	}
}

test('steps come in order, sound goes on, nobody new may join, and all comes back', {timeout: 280000}, async (t) => {
	await api.call('put_v1_rooms_room', {path: {room: 'mirror'}, json: {self: 'hide', video: {width: 320, height: 180, fps: 15}}});
	sound = startCrowd({url: server.url, groups: [{count: 2, room: 'sound', send: 'none', receive: 'none', talkers: 1}]}, on(others));
	mirror = startCrowd({url: server.url, groups: [
		{count: 2, room: 'mirror', send: 'vp8', receive: 'vp8', talkers: 0, width: 320, height: 180, kbps: 100}]}, on(others));
	await Promise.all([sound.ready, mirror.ready]);
	const mirrors = async () => (await server.participants('mirror')).map(({personal}) => personal && [personal.state, personal.because]);
	const each = (state, because) => [[state, because], [state, because]];
	await eventually('two have a view of their own', async () => assert.deepEqual(await mirrors(), each('own', null)));
	assert.equal(await level(), 0);
	sound.mark();
	const since = Date.now();

	const crowd = await load();
	const end = Date.now() + LOAD_MS;
	let frozen = 0, report;
	try {
		while (await level() < LAST) {
			assert.ok(Date.now() < end, `level ${await level()} after ${LOAD_MS} ms: ${JSON.stringify(told())}`);
			await sleep(200);
		}
		await checkRefusals();
		assert.deepEqual(await mirrors(), each('shared', 'overload'), 'views of their own were taken back');
		for (const {id} of (await server.get('/v1/rooms')).items)
			for (const participant of await server.participants(id))
				frozen += participant.sources.filter((source) => source.frozen).length;
	} finally {
		report = await crowd.stop();
	}
	t.diagnostic(`levels ${told().join(' ')}; frozen ${frozen}; because ${[...new Set(reader.overloads.map((o) => o.because))].join(', ')}; ` +
		`joined ${report.people.filter((p) => p.status === 201).length}, refused ${report.people.filter((p) => p.status === 503).length}`);
	assert.ok(frozen > 0, 'tiles are frozen');
	assert.ok(report.people.some((p) => p.status === 201));

	await eventually('all is as before', async () => assert.equal(await level(), 0), BACK_MS);
	await eventually('they are back', async () => assert.deepEqual(await mirrors(), each('own', null)), BACK_MS);
	assert.ok(reader.personals.some(({personal}) => personal?.because === 'overload'));
	await eventually('events tell the same', () => assert.equal(told().at(-1), 0));
	assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
	assert.equal((await join('new')).status, 201);

	let at = 0;
	for (const {level: to, before, step} of reader.overloads) {
		assert.equal(before, at, JSON.stringify(told()));
		assert.equal(Math.abs(to - at), 1, JSON.stringify(told()));
		assert.equal(step, STEPS[to]);
		at = to;
	}
	assert.deepEqual([...new Set(told())].slice(0, LAST), [1, 2, 3, 4, 5, 6], 'each in its turn');
	const metrics = await server.metrics();
	const ups = metrics['tessera_overload_steps_total{direction="up"}'], downs = metrics['tessera_overload_steps_total{direction="down"}'];
	assert.equal(ups, downs);
	assert.equal(ups + downs, reader.overloads.length);

	const seconds = (Date.now() - since) / 1000, {people} = await sound.stop();
	t.diagnostic(people.map(({name, audio}) => `${name}: ${audio.packets} packets, ${audio.lost} lost, at most ${audio.max_gap_ms.toFixed(0)} ms apart`).join('; ') +
		`; in ${seconds.toFixed(1)} s; sound skipped ${metrics['tessera_ticks_skipped_total{media="audio"}']} ticks, ` +
		`dropped ${metrics['tessera_packets_dropped_total{reason="stale"}']} as stale`);
	for (const {name, audio} of people) {
		assert.ok(audio.packets > 0.99 * 50 * seconds, `${name} got ${audio.packets} packets`);
		assert.equal(audio.lost, 0, name);
		assert.ok(audio.max_gap_ms < GAP_MS, `${name} heard nothing for ${audio.max_gap_ms} ms`);
	}
});
