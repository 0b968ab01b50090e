// Sounds that are played into a room: who hears them, how loudly, and which come by themselves. What peers hear is written to files.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {request} from './lib/api.mjs';
import {toneLevel} from './lib/mark.mjs';
import {folder} from './lib/media.mjs';
import {start} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {Reader} from './lib/sse.mjs';
import {eventually} from './lib/wait.mjs';

const BEEP = 1400, CHIME = 659.26; // Hz: of "recorded"; the first note of "chime"
const small = {width: 320, height: 180, kbps: 300, fps: 15};
let server;

const sounds = join(folder, 'sounds');

before(async () => {
	mkdirSync(sounds, {recursive: true});
	const made = spawnSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'sine=frequency=1000:duration=2', '-ar', '44100', '-ac', '2', join(sounds, 'a.mp3')]);
	assert.equal(made.status, 0, made.stderr.toString());
	writeFileSync(join(sounds, 'text.txt'), 'no sound\n');
	server = await startServer({'room.recorded_tone': 'off', 'inputs.media_dir': sounds, 'inputs.allow': 'http://127.0.0.1/32'});
});
after(async () => { await server.stop(); });

async function ask(method, path, json) {
	const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
	const reply = await request(server.url + path, {method, headers: json && {'Content-Type': type}, body: json && JSON.stringify(json)});
	return {...reply, json: reply.body.length ? JSON.parse(reply.body) : null};
}

const file = (room, who) => join(folder, `${room}-${who}.pcm`);

async function people(room, n, seconds) {
	const peers = start(server, {seconds, room, urgent: false,
		peers: Array.from({length: n}, (_, who) => ({...small, who, decode: true, tone_amplitude: 0, pcm: file(room, who)}))});
	let list;
	await eventually('all are here', async () => {
		list = (await ask('GET', `/v1/rooms/${room}/participants`)).json.items;
		assert.equal(list.filter((p) => p.state === 'connected').length, n);
	}, 30000);
	return {peers, id: (who) => list.find((p) => p.name === `peer-${who}`).id};
}

// The loudest 100 ms of that tone, dBov of a sine (a full one has -3), and for how long it was there.
function heard(room, who, hz) {
	const bytes = readFileSync(file(room, who)), n = 4800;
	const pcm = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
	let most = 0, ms = 0;
	for (let at = 0; at + n <= pcm.length; at += n / 4) {
		const level = toneLevel(pcm, at, n, hz);
		if (level > most) most = level;
		if (level > 200) ms += 25;
	}
	return {dbov: 20 * Math.log10(Math.max(most, 1) / 32768) - 3, ms};
}

test('an announcement is heard by those it is meant for, at its level', {timeout: 90000}, async (t) => {
	const {peers, id} = await people('tones', 3, 14);
	const events = new Reader(`${server.url}/v1/events`);
	await events.open();
	await sleep(1500);
	const all = await ask('POST', '/v1/rooms/tones/announcements', {sound: 'chime', gain_db: 6});
	assert.equal(all.status, 201, all.body.toString());
	await sleep(1500);
	const one = await ask('POST', '/v1/rooms/tones/announcements', {sound: 'recorded', to: id(1)});
	assert.equal(one.status, 201);
	assert.equal(one.json.to, id(1));
	assert.equal((await ask('GET', one.headers.location)).json.id, one.json.id);
	const own = await ask('POST', '/v1/rooms/tones/announcements', {file: 'a.mp3', to: id(2)});
	assert.equal(own.status, 201, own.body.toString());
	assert.equal((await ask('POST', '/v1/rooms/tones/announcements', {file: 'text.txt'})).json.loading, true);
	await eventually('all are gone', async () => {
		assert.deepEqual((await ask('GET', '/v1/rooms/tones/announcements')).json.items, []);
	});
	assert.equal((await ask('GET', one.headers.location)).status, 404);
	await peers.done;
	assert.deepEqual([events.counts['announcement.updated'], events.counts['announcement.removed']], [5, 4]); // a.mp3 once more, when it was read
	events.drop();
	for (let who = 0; who < 3; who++) {
		const chime = heard('tones', who, CHIME), beep = heard('tones', who, BEEP);
		t.diagnostic(`p${who}: chime ${chime.dbov.toFixed(1)} dBov, ${chime.ms} ms; beep ${beep.dbov.toFixed(1)} dBov, ${beep.ms} ms`);
		assert.ok(Math.abs(chime.dbov + 18) < 3 && chime.ms >= 100, 'the chime, of -24 dBov and 6 more');
		const tone = heard('tones', who, 1000);
		if (who === 2) assert.ok(tone.dbov > -26 && tone.dbov < -18 && tone.ms > 1500, `the file: ${tone.dbov} dBov, ${tone.ms} ms`);
		else assert.ok(tone.dbov < -50, `the file to p${who}`);
		if (who === 1) assert.ok(Math.abs(beep.dbov + 28) < 3 && beep.ms >= 400, 'the beeps, to whom they are played');
		else assert.ok(beep.dbov < -50, `beeps to p${who}`);
	}
});

test('a sound is fetched from where inputs.allow lets it, and from nowhere else', {timeout: 90000}, async (t) => {
	const asked = [], web = createServer((request_, reply) => {
		asked.push(request_.url);
		if (request_.url.startsWith('/moved.mp3')) reply.writeHead(302, {Location: '/a.mp3?from=moved'}).end();
		else if (request_.url === '/away.mp3') reply.writeHead(302, {Location: 'http://127.0.0.1:9/a.mp3'}).end();
		else if (request_.url.startsWith('/a.mp3')) reply.writeHead(200, {'Content-Type': 'audio/mpeg'}).end(readFileSync(join(sounds, 'a.mp3')));
		else reply.writeHead(404).end();
	});
	web.listen(0, '127.0.0.1');
	t.after(() => { web.closeAllConnections(); web.close(); });
	await once(web, 'listening');
	const base = `http://127.0.0.1:${web.address().port}`, path = '/v1/rooms/fetched/announcements';
	const {peers} = await people('fetched', 1, 9);
	for (const [url, words] of [['file:///etc/passwd', /http/], ['rtsp://127.0.0.1/x', /http/], ['http://10.1.2.3/a.mp3', /./], ['http://169.254.169.254/latest', /./]]) {
		const reply = await ask('POST', path, {url});
		assert.deepEqual([reply.status, reply.json.type], [422, 'urn:tessera:problem:not-allowed'], `${url}: ${reply.body}`);
		assert.match(reply.json.detail, words);
	}
	const made = await ask('POST', path, {url: `${base}/moved.mp3?token=hidden`});
	assert.equal(made.status, 201, made.body.toString());
	assert.equal(made.json.loading, true);
	assert.doesNotMatch(made.body.toString(), /hidden/);
	for (const url of [`${base}/away.mp3`, `${base}/none.mp3`])
		assert.equal((await ask('POST', path, {url})).status, 201);
	await eventually('it is played, and all are gone', async () => assert.deepEqual((await ask('GET', path)).json.items, []), 20000);
	assert.doesNotMatch(server.text, /hidden/);
	await peers.done;
	const tone = heard('fetched', 0, 1000);
	t.diagnostic(`${tone.dbov.toFixed(1)} dBov, ${tone.ms} ms; asked for ${asked}`);
	assert.ok(tone.dbov > -26 && tone.dbov < -18 && tone.ms > 1500 && tone.ms < 3000, `once: ${tone.dbov} dBov, ${tone.ms} ms`);
	assert.ok(asked.includes('/a.mp3?from=moved'), `a redirect to where it may was followed: ${asked}`);
});

test('a room has its tones: music for one, none for two', {timeout: 90000}, async (t) => {
	const made = await ask('PUT', '/v1/rooms/music', {tones: {alone: true, join: true}});
	assert.equal(made.status, 201, made.body.toString());
	assert.deepEqual(made.json.tones, {join: true, leave: false, alone: true, recorded: false});
	const first = await people('music', 1, 12);
	const playing = async () => (await ask('GET', '/v1/rooms/music/announcements')).json.items.map((a) => a.sound);
	await eventually('music plays', async () => assert.ok((await playing()).includes('alone')));
	await sleep(2500);
	const second = start(server, {seconds: 4, room: 'music', urgent: false, peers: [{...small, who: 5, tone_amplitude: 0}]});
	await eventually('it stops', async () => assert.ok(!(await playing()).includes('alone')), 10000);
	await second.done;
	await eventually('it plays again', async () => assert.ok((await playing()).includes('alone')), 10000);
	await first.peers.done;
	const music = heard('music', 0, 261.63), join = heard('music', 0, 783.99);
	t.diagnostic(`music ${music.dbov.toFixed(1)} dBov, ${music.ms} ms; the join tone ${join.dbov.toFixed(1)} dBov`);
	assert.ok(music.dbov > -44 && music.dbov < -30 && join.dbov > -34);
});

test('what cannot be played is refused with the reason', async () => {
	const cases = [
		['/v1/rooms/nowhere/announcements', {}, 404, 'no-such-room'],
		['/v1/rooms/empty/announcements', {}, 409, 'nobody-here'],
		['/v1/rooms/empty/announcements', {sound: 'fanfare'}, 422, 'field'],
		['/v1/rooms/empty/announcements', {file: ''}, 422, 'field'],
		['/v1/rooms/empty/announcements', {gain_db: 100}, 422, 'field'],
		['/v1/rooms/empty/announcements', {to: '01ARZ3NDEKTSV4RRFFQ69G5FAV'}, 404, 'no-such-participant'],
	];
	assert.equal((await ask('PUT', '/v1/rooms/empty', {})).status, 201);
	for (const [path, body, status, type] of cases) {
		const reply = await ask('POST', path, body);
		assert.equal(reply.status, status, `${path} ${JSON.stringify(body)}: ${reply.body}`);
		assert.match(reply.json.type, new RegExp(`${type}$`));
	}
});
