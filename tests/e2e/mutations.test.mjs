// 2 000 requests, each valid but for some damage: every one is refused as a problem or succeeds as the document says, and nothing
// hangs, leaks or stays behind. On the plain binary, and on the one with AddressSanitizer where it is built.

import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {offer, openApi, request} from './lib/api.mjs';
import {startServer} from './lib/server.mjs';

const REQUESTS = 2000;
const build = process.env.TS_BUILD ?? new URL('../../build', import.meta.url).pathname;

// xorshift32: the same requests in every run
function random(seed) {
	let x = seed;
	const below = (n) => {
		x ^= x << 13, x ^= x >>> 17, x ^= x << 5;
		return (x >>> 0) % n;
	};
	return {below, one: (list) => list[below(list.length)], yes: (n) => below(n) === 0};
}

const ODD = [null, true, false, 0, -1, 1.5, 1e308, 65536, 2 ** 53, '', 'x'.repeat(300), '\u0000', '\ud800', 'ünïcödé', '\n', [], {}, [[[]]],
	{a: {b: {c: 1}}}, '../..', '127.0.0.1', 'null', '🙂'.repeat(40)];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'BREW'];
const TYPES = ['application/json', 'application/merge-patch+json', 'application/sdp', 'application/trickle-ice-sdpfrag', 'text/plain',
	'application/json; charset=latin1', '', 'x'.repeat(200)];
const TAGS = ['*', '"x"', 'W/"x"', '"', ',,,', '*, "a"', 'x'.repeat(1000)];
const SEGMENTS = ['%00', '%2e%2e', '..', '%', '%zz', 'a'.repeat(300), '%f0%9f%99%82', '*', '{room}', ' ', '%20', '%ff'];
const QUERIES = ['name=%00', 'name=%ff', 'name', '=', '&&&', 'max_height=-1', 'max_height=99999999999', 'max_fps=1e3', 'dry_run=maybe',
	'room=%2f', 'room=', 'pin=%', 'width=0', `name=${'y'.repeat(500)}`, 'people=-5', 'slides=1&slides=2', 'identity=%0a'];

function mutateJson(value, r) {
	const copy = structuredClone(value);
	const places = [];
	(function walk(node) {
		for (const key of Object.keys(node ?? {})) {
			places.push([node, key]);
			if (typeof node[key] === 'object') walk(node[key]);
		}
	})(copy);
	if (!places.length || r.yes(5)) return {...copy, [r.one(['zz', 'id', 'pin', '__proto__', 'a/b~', ''])]: r.one(ODD)};
	const [node, key] = r.one(places);
	if (r.yes(4) && !Array.isArray(node)) delete node[key];
	else node[key] = r.one(ODD);
	return copy;
}

function mutateText(text, r) {
	const bytes = Buffer.from(text);
	switch (r.below(5)) {
	case 0: return bytes.subarray(0, r.below(bytes.length + 1));
	case 1: return Buffer.concat([bytes, bytes]);
	case 2: return Buffer.alloc(70000, '['); /* larger than a body may be */
	case 3: return Buffer.alloc(20000, '[');
	default:
		for (let n = 1 + r.below(4); bytes.length && n; n--) bytes[r.below(bytes.length)] = r.below(256);
		return bytes;
	}
}

// Bodies that are right, by operation.
const layout = {name: 'm', variants: [{max: 2, regions: [{x: 0, y: 0, w: '1/2', h: 1, show: 'next'}, {x: '1/2', y: 0, w: '1/2', h: 1, show: 'speaker'}]}]};
const BODIES = {
	post_v1_rooms: {max_watchers: 5, video: {width: 320, height: 180, fps: 10}},
	put_v1_rooms_room: {pin: '12345', locked: false, layout: 'grid', video: {bitrate_kbps: 500}},
	patch_v1_rooms_room: {locked: true, video: {fps: null}},
	patch_v1_rooms_room_participants_id: {name: 'n', muted: true, gain_db: -3, role: 'r'},
	put_v1_rooms_room_layout: layout, put_v1_layouts_name: layout,
	patch_v1_rooms_room_layout: {spotlight: [], pins: [], order: []},
	patch_s_secret: {name: 'n', muted: false},
	post_v1_rooms_room_calls: {to: 'sip:a@127.0.0.1:9', name: 'a'},
};

function make(api, known, r) {
	// a server that drains ends, which life.test.mjs is about
	const all = [...api.operations].filter(([, {path}]) => path !== '/v1/node/drain'), bodies = all.filter(([id]) => BODIES[id]);
	const [id, {path, method, operation}] = r.one(r.yes(2) ? all : bodies);
	const [room, participant] = r.one(known.people);
	const params = {room, id: participant, secret: r.one(known.secrets), name: r.one(['m', 'grid', 'none'])};
	const types = Object.keys(operation.requestBody?.content ?? {});
	const asked = {id, method: method.toUpperCase(), headers: {}, path: path.replace(/{(\w+)}/g, (_, name) => params[name])};
	if (types.length) {
		const type = asked.headers['Content-Type'] = r.one(types);
		asked.body = Buffer.from(/sdp/.test(type) ? offer(id.includes('whep') ? 'recvonly' : id.includes('whip') ? 'sendonly' : 'sendrecv') :
			JSON.stringify(BODIES[id] ?? {}));
	}
	for (let n = r.below(3); n >= 0; n--) damage(asked, id, r);
	return asked;
}

function damage(asked, id, r) {
	switch (r.below(7)) {
	case 0: asked.method = r.one(METHODS); break;
	case 1: asked.headers['Content-Type'] = r.one(TYPES); break;
	case 2: asked.headers[r.one(['If-Match', 'If-None-Match', 'Last-Event-ID', 'Accept', 'Authorization', 'Origin', 'Host'])] = r.one(TAGS); break;
	case 3: {
		const parts = asked.path.split('/');
		parts[1 + r.below(parts.length - 1)] = r.one(SEGMENTS);
		asked.path = parts.join('/');
		asked.elsewhere = true;
		break;
	}
	case 4: asked.path += (asked.path.includes('?') ? '&' : '?') + r.one(QUERIES); break;
	case 5: if (BODIES[id]) asked.body = Buffer.from(JSON.stringify(mutateJson(BODIES[id], r))); break;
	default: if (asked.body) asked.body = mutateText(asked.body, r);
	}
}

/* node's client does not send these bytes; a server that is asked for them has nothing to answer */
const sendable = (path) => /^[\x21-\x7e]+$/.test(path) ? path : encodeURI(path);

async function send(api, asked) {
	const stream = /\/events($|\?)/.test(asked.path);
	const reply = await request(api.server.url + sendable(asked.path), {
		method: asked.method, headers: asked.headers, body: asked.body, stream, timeoutMs: 8000});
	if (stream) reply.abort();
	const what = `${JSON.stringify({...asked, body: asked.body?.toString('latin1').slice(0, 400)})} -> ${reply.status} ${reply.body?.toString().slice(0, 300)}`;
	assert.ok(reply.status >= 200 && reply.status < 500, what);
	if (reply.status >= 400 && reply.body?.length) {
		assert.equal(reply.headers['content-type'], 'application/problem+json', what);
		const problem = JSON.parse(reply.body);
		assert.equal(problem.status, reply.status, what);
		assert.ok(problem.type && problem.title && typeof problem.detail === 'string', what);
	} else if (!stream && reply.status < 300 && !asked.elsewhere && asked.method === api.operations.get(asked.id).method.toUpperCase()) {
		api.check(asked.id, reply);
	}
	return reply;
}

async function run(t, binary) {
	const folder = await mkdtemp(join(tmpdir(), 'tessera-mutations-'));
	const server = await startServer({
		'limits.max_rooms': 5000, 'limits.joins_per_second': 0, 'limits.half_open_joins': 0, 'limits.half_open_joins_per_address': 0, 'room.width': 320, 'room.height': 180, 'room.fps': 5,
		'node.state_dir': folder, 'media.ports': '20000-24999'}, binary);
	const api = await openApi(server), r = random(0x7e55e7a), seen = {};
	const nobody = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
	const known = {people: [['a', nobody], ['a', nobody], ['none', nobody]], secrets: ['0'.repeat(32)]};
	for (let n = 0; n < REQUESTS; n++) {
		if (n % 40 === 0) { /* somebody who may be changed and kicked */
			const joined = await api.call('post_join_room', {path: {room: `m${n}`}, body: offer(), type: 'application/sdp'});
			assert.equal(joined.status, 201, joined.text);
			known.secrets.push(joined.headers.location.slice(3));
			known.people.push([`m${n}`, (await server.participants(`m${n}`))[0].id]);
		}
		if (n % 4 === 0) await api.call('put_v1_rooms_room', {path: {room: 'a'}, json: {}});
		const {status} = await send(api, make(api, known, r));
		seen[status] = (seen[status] ?? 0) + 1;
	}
	t.diagnostic(JSON.stringify(seen));
	assert.ok((seen[200] ?? 0) > 100 && (seen[422] ?? 0) > 60 && (seen[404] ?? 0) > 100, JSON.stringify(seen));
	for (const {id} of (await server.get('/v1/rooms')).items) await request(`${server.url}/v1/rooms/${id}`, {method: 'DELETE'});
	await server.assertIdle(20000);
	await server.stop();
	await rm(folder, {recursive: true});
}

test('the server', (t) => run(t));
const asan = join(build, 'asan', 'tessera');
test('the server under AddressSanitizer', {skip: existsSync(asan) ? false : `${asan} is not built`}, (t) => run(t, asan));
