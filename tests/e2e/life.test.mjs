// The life of the process: it drains without cutting anybody, takes new settings by SIGHUP, tells what it does in lines that can be read
// by machines, and says where it crashed.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {offer} from './lib/api.mjs';
import {closeAll, open} from './lib/browser.mjs';
import {folder} from './lib/media.mjs';
import {start} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {Phone, statusOf} from './lib/sip.mjs';
import {Reader} from './lib/sse.mjs';
import {eventually} from './lib/wait.mjs';

const SIP_PORT = 5971;
const joinRoom = (server, room) => fetch(`${server.url}/join/${room}`, {method: 'POST', headers: {'Content-Type': 'application/sdp'}, body: offer()});
const drain = (server, body = {}) => fetch(`${server.url}/v1/node/drain`, {method: 'POST', headers: {'Content-Type': 'application/json'},
	body: JSON.stringify(body)});
const people = (server, room, seconds) => start(server, {room, seconds, peers: [{count: 2, width: 160, height: 90, kbps: 100, fps: 10}]});

async function refused(response, type) {
	assert.equal(response.status, 503);
	assert.match(response.headers.get('content-type'), /^application\/problem\+json/);
	assert.ok(Number(response.headers.get('retry-after')) > 0, 'Retry-After');
	assert.equal((await response.json()).type, `urn:tessera:problem:${type}`);
}

test('drain: three rooms go on, nothing new begins, and it ends when the last is empty', async () => {
	const server = await startServer({'sip.listen': `udp:127.0.0.1:${SIP_PORT}`, 'limits.joins_per_second': 0});
	const rooms = ['one', 'two', 'three'], groups = rooms.map((room) => people(server, room, 60));
	const all = async () => (await Promise.all(rooms.map((room) => server.participants(room)))).flat();
	const connected = async () => {
		const list = await all();
		assert.deepEqual([list.length, list.filter((p) => p.state === 'connected').length], [6, 6]);
	};
	await eventually('six are in', connected);
	const reader = new Reader(`${server.url}/v1/events`);
	await reader.open();
	await eventually('a snapshot', async () => assert.equal(reader.node?.state, 'running'));
	assert.equal((await fetch(`${server.url}/v1/rooms/kept`, {method: 'PUT', headers: {'Content-Type': 'application/json'}, body: '{}'})).status, 201);

	const began = await drain(server, {deadline_s: 600}), node = await began.json();
	assert.equal(began.status, 202);
	assert.equal(node.state, 'draining');
	assert.ok(Math.abs(node.deadline_ms - node.drain_began_ms - 600e3) < 10, JSON.stringify(node));
	await eventually('it is told', async () => assert.equal(reader.node.state, 'draining'));
	const ready = await fetch(`${server.url}/readyz`);
	assert.deepEqual([ready.status, (await ready.json()).type], [503, 'urn:tessera:problem:draining']);
	assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
	await refused(await joinRoom(server, 'new'), 'draining');
	await refused(await joinRoom(server, 'kept'), 'draining');
	await refused(await fetch(`${server.url}/v1/rooms`, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{"id":"other"}'}), 'draining');
	await refused(await fetch(`${server.url}/v1/rooms/new/inputs`, {method: 'POST', headers: {'Content-Type': 'application/json'},
		body: '{"url":"test:"}'}), 'draining');
	assert.equal((await server.metrics()).tessera_draining, 1);

	const phone = await new Phone(SIP_PORT).open();
	phone.send(phone.request('INVITE', {to: 'new', id: 'refused', body: 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n'}));
	await eventually('the call is refused', async () => {
		const answer = phone.got.find((text) => statusOf(text) >= 300);
		assert.equal(statusOf(answer ?? ''), 503);
		assert.match(answer, /\r\nRetry-After: \d+/);
	});
	phone.close();

	/* into a room that runs they still come */
	const joined = await joinRoom(server, 'one');
	assert.equal(joined.status, 201);
	assert.equal((await fetch(server.url + joined.headers.get('location'), {method: 'DELETE'})).status, 200);
	await connected();

	/* taken back, and asked for again by a signal */
	assert.equal((await fetch(`${server.url}/v1/node/drain`, {method: 'DELETE'})).status, 204);
	assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
	assert.equal((await server.get('/v1/node')).deadline_ms, null);
	process.kill(server.pid, 'SIGUSR1');
	await eventually('it drains', async () => assert.equal((await server.get('/v1/node')).state, 'draining'));
	await connected();
	reader.drop();
	for (const [i, group] of groups.entries()) {
		assert.equal(server.child.exitCode, null, 'somebody is there still');
		const report = await group.end();
		assert.ok(report.peers.every((p) => p.connected !== false), `room ${rooms[i]}`);
	}
	const [code, signal] = await server.ended;
	assert.deepEqual([code, signal], [0, null], server.tail());
	assert.match(server.text, /event="drained" deadline=kept/);
});

test('drain: at the deadline it ends, whoever is there', async () => {
	const server = await startServer();
	const group = people(server, 'late', 60);
	await eventually('they are in', async () => assert.equal((await server.participants('late')).filter((p) => p.state === 'connected').length, 2));
	const began = Date.now();
	assert.equal((await drain(server, {deadline_s: 2})).status, 202);
	const [code] = await server.ended;
	assert.equal(code, 0, server.tail());
	assert.ok(Date.now() - began >= 1950, 'not before');
	assert.match(server.text, /event="drained" deadline=passed/);
	await group.end().catch(() => {});
});

const lines = (server, event) => server.text.split('\n').filter((line) => line.includes(`event="${event}"`));

test('SIGHUP takes what can be taken, says what needs a restart, and keeps all of a broken file', async () => {
	const file = join(folder, 'life.conf'), write = (text) => writeFileSync(file, text, {mode: 0o600});
	const first = '[join]\npolicy=pin\npin=1111\n[log]\nlevel=info\n[limits]\nmax_rooms=1\n[room]\nfps=15\n';
	write(first);
	const again = await startServer({}, undefined, [], ['--config', file]);
	const enter = (room, pin) => fetch(`${again.url}/join/${room}?pin=${pin}`, {method: 'POST', headers: {'Content-Type': 'application/sdp'}, body: offer()});
	const reload = async (event, n) => {
		process.kill(again.pid, 'SIGHUP');
		await eventually(event, async () => assert.equal(lines(again, event).length, n, again.tail()));
	};
	assert.equal((await enter('a', '1111')).status, 201);
	assert.equal((await enter('b', '1111')).status, 503);

	write(first.replace('pin=1111', 'pin=2222').replace('max_rooms=1', 'max_rooms=2').replace('fps=15', 'fps=20'));
	await reload('setting needs a restart', 1);
	assert.match(lines(again, 'setting needs a restart')[0], / key=room\.fps$/);
	assert.deepEqual(lines(again, 'setting changed').map((line) => / key=.*/.exec(line)[0]),
		[' key=join.pin secret=yes', ' key=limits.max_rooms value="2"']);
	assert.doesNotMatch(again.text, /2222/);
	assert.equal((await enter('b', '1111')).status, 403);
	assert.equal((await enter('b', '2222')).status, 201);

	for (const [n, [broken, says]] of [['[join]\npolicy=pin\npin=12\n', /life\.conf:3: join\.pin: what was given is not/],
		['[join]\npolicy=pin\nwhat is this\n', /life\.conf:3: /], ['[limits]\nmax_romms=3\n', /life\.conf:2: limits\.max_romms is not a known key/]].entries()) {
		write(broken);
		await reload('settings not taken', n + 1);
		assert.match(lines(again, 'settings not taken')[n], says);
	}
	assert.equal((await enter('b', '2222')).status, 201);
	await again.stop();
});

test('JSON: each line of the log is an object, whatever people are called', async () => {
	const server = await startServer({'log.format': 'json', 'log.level': 'debug', 'sip.listen': `udp:127.0.0.1:${SIP_PORT}`});
	const evil = ['a" level=error event="forged', 'x\\', '"}\n{"event":"forged"}', '\u202egnp.exe', 'line\r\nts=1 event="forged"', 'é'.repeat(60)];
	for (const name of evil) {
		await fetch(`${server.url}/join/json?name=${encodeURIComponent(name)}`, {method: 'POST', headers: {'Content-Type': 'application/sdp'}, body: offer()});
		await fetch(`${server.url}/join/json`, {method: 'POST', headers: {'Content-Type': 'application/sdp', 'X-Forwarded-For': name.replace(/[^ -~]/g, '')}, body: offer()});
	}
	const phone = await new Phone(SIP_PORT).open();
	phone.send(phone.request('INVITE', {to: 'json', id: 'evil', more: ['User-Agent: x" event="forged" \\'],
		body: 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n'}));
	await eventually('the call is in the log', async () => assert.match(server.text, /"event":"call"/));
	phone.close();
	await server.stop();
	const objects = server.text.split('\n').filter((line) => line && !line.startsWith('tessera is running')).map((line) => JSON.parse(line));
	assert.ok(objects.length > 10);
	for (const o of objects) {
		assert.match(o.ts, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
		assert.match(o.level, /^(error|warn|info|debug)$/);
		assert.notEqual(o.event, 'forged');
		for (const value of Object.values(o)) assert.doesNotMatch(String(value), /[\u0000-\u001f\u202e]/);
	}
});

test('a crash tells its stack, and dies by its signal', async (t) => {
	for (const [format, signal] of [['text', 'SIGSEGV'], ['json', 'SIGABRT']]) {
		const server = await startServer({'log.format': format});
		if (/AddressSanitizer|asan|tsan/.test(process.env.TESSERA ?? '')) {
			await server.stop();
			return t.skip('sanitizers tell of crashes themselves');
		}
		process.kill(server.pid, signal);
		const [code, by] = await server.ended;
		assert.deepEqual([code, by], [null, signal]);
		const told = server.text.split('\n').filter((line) => line.includes('crash'));
		const [crash, ...frames] = format === 'json' ? told.map((line) => JSON.parse(line))
			: told.map((line) => Object.fromEntries([...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value])));
		assert.deepEqual([crash.event, crash.signal, crash.thread], ['crash', signal, 'tessera']);
		assert.ok(frames.length > 3);
		assert.ok(frames.every((f) => f.event === 'crash.frame' && /^0x[0-9a-f]+$/.test(f.offset ?? f.address)));
		assert.ok(frames.some((f) => f.module === 'tessera'), 'a frame of the server itself');
	}
});

const BINARY = process.env.TESSERA ?? new URL('../../build/tessera', import.meta.url).pathname;

test('the doctor finds what is wrong, and says how to mend it', async () => {
	const server = await startServer(), port = new URL(server.url).port;
	const ask = (settings, ...args) => spawnSync(BINARY, [...args, ...Object.entries({'sip.listen': '', 'media.ports': '23000-23199', ...settings})
		.flatMap(([key, value]) => ['--set', `${key}=${value}`])], {encoding: 'utf8'});
	const findings = (run) => JSON.parse(run.stdout).findings;

	const good = ask({'http.listen': '127.0.0.1:0'}, 'doctor', '--json');
	assert.equal(good.status, 0, good.stdout + good.stderr);
	assert.equal(JSON.parse(good.stdout).ok, true);
	const checks = new Set(findings(good).map((f) => f.check));
	for (const check of ['ports', 'certificates', 'network', 'folders', 'codecs', 'fonts', 'cpu', 'memory', 'limits', 'priority', 'clock'])
		assert.ok(checks.has(check), check);
	assert.ok(findings(good).every((f) => ['good', 'warning', 'bad'].includes(f.status) && (f.status === 'good') === (f.mend === null)));

	writeFileSync(join(folder, 'no.pem'), 'this is no certificate');
	const bad = ask({'http.listen': `https:127.0.0.1:${port}`, 'http.cert': join(folder, 'no.pem'), 'http.key': join(folder, 'none.pem'),
		'node.state_dir': '/proc/none'}, '--doctor', '--json');
	assert.equal(bad.status, 1, bad.stdout + bad.stderr);
	assert.deepEqual(findings(bad).filter((f) => f.status === 'bad').map((f) => f.check).sort(), ['certificates', 'folders', 'ports']);
	const text = ask({'http.listen': `127.0.0.1:${port}`}, 'doctor');
	assert.equal(text.status, 1);
	assert.match(text.stdout, /^bad +ports +http\.listen: TCP port \d+ of 127\.0\.0\.1: Address already in use\n +-> /m);
	assert.equal(ask({'room.fps': 0}, 'doctor').status, 2);
	/* as somebody else than root, as in a container */
	const nobody = spawnSync('setpriv', ['--reuid', '65534', '--regid', '65534', '--clear-groups', BINARY, 'doctor', '--json', '--set', 'http.listen=127.0.0.1:0',
		'--set', 'sip.listen=', '--set', 'node.state_dir=/tmp', '--set', 'recording.dir=/tmp', '--set', 'media.ports=23000-23199'], {encoding: 'utf8'});
	if (!nobody.error && nobody.stdout) assert.equal(JSON.parse(nobody.stdout).ok, true, nobody.stdout + nobody.stderr);
	await server.stop();
});

test('the page says until when the meeting can go on, and who comes new is told', async () => {
	const server = await startServer();
	try {
		const red = await open(server, {room: 'ends', person: 'red'});
		await red.joined();
		const shown = (person) => person.page.evaluate(() => !document.getElementById('ending').hidden && document.getElementById('ending-text').textContent);
		assert.equal(await shown(red), false);
		await drain(server, {deadline_s: 600});
		await eventually('the page says so', async () => assert.match(String(await shown(red)), /this meeting can go on until \d/));
		const late = await open(server, {room: 'ends', person: 'green'});
		await late.joined();
		const refusedThere = await open(server, {room: 'other', person: 'blue'});
		await eventually('the lobby says why not', async () => assert.match(await refusedThere.status(), /about to be updated/));
		await eventually('who came later is told, too', async () => assert.match(String(await shown(late)), /until \d/));
		assert.equal((await fetch(`${server.url}/v1/node/drain`, {method: 'DELETE'})).status, 204);
		await eventually('it is taken back', async () => assert.equal(await shown(red), false));
	} finally {
		await closeAll();
		await server.stop();
	}
});
