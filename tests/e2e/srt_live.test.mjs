// SRT with a program of others: srt-live-transmit takes a room's stream, as listener and as caller, and brings what it took into another room.

import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {openSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {request} from './lib/api.mjs';
import {checkMarks, checkTones, probe, samplesOf} from './lib/film.mjs';
import {folder} from './lib/media.mjs';
import {play, start} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const room = 'srt', small = {width: 320, height: 180, kbps: 300, fps: 30}, W = 640, H = 360, secret = 'passphrase=0123456789ab';
const missing = spawnSync('srt-live-transmit', ['-version']).error && 'no srt-live-transmit';
const children = new Set();
let server, peers;

after(async () => {
	for (const child of children) child.kill('SIGKILL');
	peers?.child.kill('SIGKILL');
	if (server?.child.exitCode === null) await server.stop();
});

function run(command, args, stdio) {
	const child = spawn(command, args, {stdio});
	children.add(child);
	child.done = once(child, 'close').finally(() => children.delete(child));
	return child;
}

async function ask(method, at, json) {
	const reply = await request(server.url + at, {method, headers: {Connection: 'close', ...(json && {'Content-Type': 'application/json'})},
		body: json ? JSON.stringify(json) : undefined});
	return {...reply, json: reply.body.length ? JSON.parse(reply.body) : null};
}

async function make(at, json) {
	const reply = await ask('POST', at, json);
	assert.equal(reply.status, 201, reply.body.toString());
	return `${at}/${reply.json.id}`;
}

const isLive = (at) => eventually('it is live', async () => {
	const {json} = await ask('GET', at);
	assert.equal(json.state, 'live', JSON.stringify(json));
}, 20000);

const take = (url, file) => run('srt-live-transmit', ['-q', '-chunk:1316', url, 'file://con'], ['ignore', openSync(file, 'w'), 'ignore']);

test('srt-live-transmit takes a stream, as listener and as caller', {skip: missing}, async () => {
	server = await startServer({'outputs.allow': 'srt://127.0.0.0/8', 'inputs.allow': 'srt://127.0.0.1:19376'});
	assert.equal((await ask('PUT', `/v1/rooms/${room}`, {video: {width: W, height: H}})).status, 201);
	peers = start(server, {seconds: 100, room, urgent: false, peers: [{...small, count: 2, who: 0}]});
	peers.done.catch(() => {});
	await eventually('both are seen', async () => {
		const items = await server.participants(room);
		assert.equal(items.filter((p) => p.state === 'connected' && p.sources.some((s) => s.kind === 'camera')).length, 2);
	}, 30000);
	const {regions} = await server.layout(room), items = await server.participants(room);
	const tiles = ['peer-0', 'peer-1'].map((name) => {
		const {x, y, w, h} = regions.find((r) => r.participant === items.find((p) => p.name === name).id);
		return {x, y, w, h};
	});
	const files = ['listener', 'caller'].map((name) => join(folder, `${name}.ts`));
	const listener = take(`srt://127.0.0.1:19374?mode=listener&${secret}`, files[0]);
	const outputs = [await make(`/v1/rooms/${room}/outputs`, {url: `srt://127.0.0.1:19374?${secret}`}),
		await make(`/v1/rooms/${room}/outputs`, {url: `srt://127.0.0.1:19375?mode=listener&${secret}`})];
	const caller = take(`srt://127.0.0.1:19375?mode=caller&${secret}`, files[1]);
	for (const output of outputs) await isLive(output);
	for (const file of files) await eventually('some seconds have come', () => assert.ok(statSync(file).size > 600000, `${statSync(file).size} bytes`), 30000);
	for (const output of outputs) assert.equal((await ask('GET', output)).json.dropped, 0);
	for (const child of [listener, caller]) {
		child.kill('SIGTERM');
		await child.done;
	}
	for (const output of outputs) assert.equal((await ask('DELETE', output)).status, 204);
	for (const file of files) {
		const film = file.replace('.ts', '.mkv'); // cut where it was: the last picture is not whole
		assert.equal(spawnSync('ffmpeg', ['-v', 'fatal', '-y', '-i', file, '-c', 'copy', '-t', '4', film]).status, 0);
		assert.deepEqual(probe(film).streams.map((s) => s.codec_name).sort(), ['aac', 'h264']);
		checkMarks(film, W, H, tiles, 0.8);
		checkTones(samplesOf(film), 2);
	}
});

test('what srt-live-transmit sends is brought in', {skip: missing}, async () => {
	const raw = join(folder, 'listener.ts');
	const film = run('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', raw, '-map', '0', '-c', 'copy', '-f', 'mpegts', '-'], ['ignore', 'pipe', 'ignore']);
	run('srt-live-transmit', ['-q', '-chunk:1316', 'file://con', 'srt://127.0.0.1:19376?mode=listener'], [film.stdout, 'ignore', 'ignore']);
	const input = await make('/v1/rooms/in/inputs', {url: 'srt://127.0.0.1:19376', name: 'Relay'});
	await isLive(input);
	const playing = play(server, {seconds: 6, room: 'in', peers: [{...small, who: 2, decode: true}]});
	await eventually('its pictures come', async () => { // while somebody sees them: else they are not decoded
		const [p] = await server.participants('in');
		assert.deepEqual([p.kind, p.name, p.state], ['input', 'Relay', 'connected']);
		assert.ok(p.sources[0]?.fps >= 15, JSON.stringify(p.sources));
	}, 20000);
	const {peers: [{audio}]} = await playing;
	for (const who of [0, 1]) assert.ok(audio.tones[who] > 0.3, JSON.stringify(audio.tones));
	assert.equal((await ask('DELETE', input)).status, 204);
});
