// Server-sent events: whoever reads them, through whatever breaks, ends up with what GET shows; who does not read harms nobody.

import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join as join_} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {after, before, test} from 'node:test';
import {offer, openApi} from './lib/api.mjs';
import {start} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {Reader} from './lib/sse.mjs';
import {eventually} from './lib/wait.mjs';

let server, api, folder;
before(async () => {
	folder = await mkdtemp(join_(tmpdir(), 'tessera-events-'));
	server = await startServer({'node.state_dir': folder, 'limits.joins_per_second': 0, 'limits.half_open_joins': 0, 'limits.half_open_joins_per_address': 0});
	api = await openApi(server);
});
after(async () => {
	await server.stop();
	await rm(folder, {recursive: true});
});

const events = (query = '') => new Reader(`${server.url}/v1/events${query}`);

/* what moves all the time is told by `levels`, or asked for */
function still({stats, speaking, audio, sources, ...rest}) {
	return {...rest, codec: audio.codec, sources: sources.map(({fps, ...s}) => s)};
}

async function shown(filter = () => true) {
	const state = {};
	for (const room of (await server.get('/v1/rooms')).items.filter(filter)) {
		const [people, layout] = [await server.participants(room.id), await server.layout(room.id)];
		state[room.id] = {room, layout, participants: Object.fromEntries(people.map((p) => [p.id, still(p)]))};
	}
	return state;
}

const known = (reader) => Object.fromEntries([...reader.rooms].map(([id, {room, layout, participants}]) =>
	[id, {room, layout, participants: Object.fromEntries([...participants].map(([key, p]) => [key, still(p)]))}]));

const join = async (room, name) => {
	const {status, headers, text} = await api.call('post_join_room', {path: {room}, query: {name}, body: offer(), type: 'application/sdp'});
	assert.equal(status, 201, text);
	return headers.location.slice(3);
};

// Somebody in that room: joins that never come end after 5 s.
async function somebodyIn(room) {
	for (;;) {
		const [somebody] = await server.participants(room);
		if (somebody) return somebody;
		await api.call('patch_v1_rooms_room', {path: {room}, json: {locked: false}}); /* the last one may have gone while it was */
		await join(room, 'Ann');
	}
}

// The k-th of a sequence of changes of every kind.
async function change(k, here) {
	const room = `r${k % 3}`;
	switch (k % 10) {
	case 0: return api.call('put_v1_rooms_room', {path: {room: k % 20 ? room : 'pinned'}, json: {max_watchers: k, pin: k % 20 ? null : 'abcd'}});
	case 1: return here.push([room, await join(room, `p${k}`)]);
	case 2: return api.call('patch_v1_rooms_room', {path: {room: 'kept'}, json: {locked: k % 4 === 2}});
	case 5: {
		const [, secret] = here.shift() ?? [];
		return secret && api.call('delete_s_secret', {path: {secret}});
	}
	case 7: return k % 30 === 7 && api.call('delete_v1_rooms_room', {path: {room}});
	case 8: return api.call('put_v1_rooms_room_layout', {path: {room: 'kept'}, json: {name: k % 20 === 8 ? 'speaker' : 'grid'}});
	default: {
		const p = await somebodyIn('kept');
		return api.call('patch_v1_rooms_room_participants_id', {path: {room: 'kept', id: p.id}, json: {
			name: `n${k}`, muted: k % 2 === 0, gain_db: -(k % 20), role: k % 3 ? 'host' : null}});
	}
	}
}

test('50 readers over 200 changes, some dropped and back, all end with what GET shows', async (t) => {
	await api.call('put_v1_rooms_room', {path: {room: 'kept'}, json: {}});
	await somebodyIn('kept');
	const readers = Array.from({length: 50}, (_, i) => events(i % 5 === 4 ? '?room=kept' : ''));
	t.after(() => readers.forEach((reader) => reader.drop()));
	await Promise.all(readers.slice(0, 40).map((reader) => reader.open()));
	const here = [];
	let away = [], drops = 0;
	for (let k = 0; k < 200; k++) {
		await change(k, here);
		if (k === 100) await Promise.all(readers.slice(40).map((reader) => reader.open())); /* late ones */
		if (k % 9 === 4) {
			away = readers.slice(k % 40, k % 40 + 7).filter((reader) => reader.request);
			for (const reader of away) reader.drop();
			drops += away.length;
		}
		if (k % 9 === 8) {
			await Promise.all(away.map((reader) => reader.open()));
			away = [];
		}
	}
	await Promise.all(away.map((reader) => reader.open()));
	await eventually('all know what is', async () => {
		const [all, kept] = [await shown(), await shown(({id}) => id === 'kept')];
		for (const [i, reader] of readers.entries()) assert.deepEqual(known(reader), i % 5 === 4 ? kept : all, `reader ${i}`);
	});
	for (const reader of readers) assert.equal(reader.counts.reset, undefined, 'nobody had to begin anew');
	t.diagnostic(`${drops} drops, ${readers[0].lastId.split('.')[1]} events, reader 0: ${JSON.stringify(readers[0].counts)}`);
	for (const reader of readers) reader.drop();
	await eventually('readers are gone', async () => assert.equal((await server.metrics()).tessera_event_readers, 0));
});

test('an unknown or forgotten id begins anew', async () => {
	for (const id of ['00000000.1', 'x', '.', '99999999999999999999']) {
		const reader = events('?room=kept');
		reader.lastId = id;
		await reader.open();
		await eventually('there is a snapshot', () => assert.equal(reader.counts.snapshot, 1));
		assert.equal(reader.counts.reset, 1, id);
		reader.drop();
	}
	const old = events();
	await old.open();
	await eventually('there is a snapshot', () => assert.equal(old.counts.snapshot, 1));
	old.drop();
	for (let k = 0; k < 4200; k++) await api.call('patch_v1_rooms_room', {path: {room: 'kept'}, json: {locked: k % 2 === 0}});
	await old.open();
	await eventually('it begins anew', () => assert.deepEqual([old.counts.reset, old.counts.snapshot], [1, 2]));
	old.drop();
});

test('a participant reads of their room, in fewer words, until they leave', async () => {
	const secret = await join('kept', 'Bob');
	const reader = new Reader(`${server.url}/s/${secret}/events`);
	await reader.open();
	await api.call('patch_s_secret', {path: {secret}, json: {muted: true}});
	await api.call('put_v1_rooms_room', {path: {room: 'elsewhere'}, json: {}});
	await eventually('Bob reads of the mute', () => {
		const bob = [...reader.rooms.get('kept').participants.values()].find(({name}) => name === 'Bob');
		assert.equal(bob.muted_by, 'self');
		assert.equal(bob.stats, undefined);
		assert.equal(bob.identity, undefined);
	});
	assert.deepEqual([...reader.rooms.keys()], ['kept']);
	await api.call('delete_s_secret', {path: {secret}});
	await eventually('the stream ends', () => assert.ok(reader.ended));
	assert.equal((await api.call('get_s_secret_events', {path: {secret}})).status, 404);
	await api.call('delete_v1_rooms_room', {path: {room: 'elsewhere'}});
});

test('levels come, at most 4 times a second', async () => {
	const playing = start(server, {room: 'loud', seconds: 8, peers: [{count: 2, who: 0, width: 320, height: 180, kbps: 200}]});
	await eventually('they are in', async () => assert.equal((await server.participants('loud')).length, 2));
	const reader = events('?room=loud');
	await reader.open();
	await sleep(3000);
	const {levels} = reader; /* one of them at once */
	assert.ok(levels >= 2 && levels <= 14, `${levels} in 3 s`);
	reader.drop();
	await playing.done;
});

// It takes little into its socket, for good: left alone, the kernel would hold megabytes for it.
function readerThatDoesNotRead() {
	const {hostname, port} = new URL(server.url);
	const child = spawn('/usr/bin/python3', ['-c', `
import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
s.connect(('${hostname}', ${port}))
s.sendall(b'GET /v1/events HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n')
sys.stdin.readline()
while s.recv(65536): pass
`], {stdio: ['pipe', 'ignore', 'ignore']});
	return {ended: once(child, 'close'), read: () => child.stdin.end('\n'), kill: () => child.kill('SIGKILL')};
}

// So that each event about the layout of a room has some KB.
async function putManyRegions() {
	const regions = Array.from({length: 49}, (_, i) => ({x: `${i % 7}/7`, y: `${Math.floor(i / 7)}/7`, w: '1/7', h: '1/7', show: 'speaker'}));
	const {status, text} = await api.call('put_v1_layouts_name', {path: {name: 'many'}, json: {name: 'many', variants: [{max: 49, regions}]}});
	assert.ok(status === 201 || status === 200, text);
}

test('what changes all the time cuts off nobody: all read how it is in the end', async (t) => {
	const path = {room: 'restless'};
	await putManyRegions();
	await api.call('put_v1_rooms_room', {path, json: {layout: 'many'}});
	const stuck = readerThatDoesNotRead(), reader = events('?room=restless');
	t.after(() => [stuck.kill(), reader.drop()]);
	await reader.open();
	await eventually('both read', async () => assert.equal((await server.metrics()).tessera_event_readers, 2));
	for (let k = 0; k < 2000; k++) await api.call('patch_v1_rooms_room', {path, json: {max_watchers: k % 1000, locked: k % 2 === 0}});
	assert.equal((await server.metrics()).tessera_event_readers_cut_total, 0);
	await eventually('the last state', () => assert.equal(reader.rooms.get('restless').room.max_watchers, 999));
	await api.call('delete_v1_rooms_room', {path});
	stuck.kill();
	reader.drop();
	await eventually('readers are gone', async () => assert.equal((await server.metrics()).tessera_event_readers, 0));
});

test('a reader that does not read is closed, and nobody notices', async (t) => {
	const stuck = readerThatDoesNotRead(), reader = events();
	t.after(() => [stuck.kill(), reader.drop()]);
	await reader.open();
	const cut = async () => (await server.metrics()).tessera_event_readers_cut_total;
	await eventually('both read', async () => assert.equal((await server.metrics()).tessera_event_readers, 2));
	let slowest = 0;
	await putManyRegions();
	for (let k = 0; k < 6000 && (k % 100 || await cut() === 0); k++) { // what happens once is kept for each reader
		const path = {room: `passing${k}`};
		const began = performance.now();
		await api.call('put_v1_rooms_room', {path, json: {layout: 'many'}});
		await api.call('delete_v1_rooms_room', {path});
		slowest = Math.max(slowest, performance.now() - began);
	}
	assert.equal(await cut(), 1, 'the stuck one was cut off');
	assert.ok(slowest < 3000, `a room took ${slowest} ms`);
	await eventually('the other one goes on', async () => {
		assert.deepEqual(known(reader), await shown());
		assert.equal((await server.metrics()).tessera_event_readers, 1);
	});
	assert.equal(reader.counts.snapshot, 1, 'and was never interrupted');
	stuck.read();
	await stuck.ended; // its connection was closed
	reader.drop();
});
