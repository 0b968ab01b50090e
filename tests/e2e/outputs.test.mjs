// Streams out of a room, as those who get them have them: ffmpeg listens, nginx takes RTMP; scripted participants with marks and tones.

import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, readdirSync, statSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {request} from './lib/api.mjs';
import {checkMarks, checkTones, probe, samplesOf} from './lib/film.mjs';
import {folder} from './lib/media.mjs';
import {start} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const small = {width: 320, height: 180, kbps: 300, fps: 30}, room = 'out', key = 'k3y-0f-the-stream';
const path = `/v1/rooms/${room}/outputs`;
let server, peers, tiles;
const children = new Set();

after(async () => {
	for (const child of children) child.kill('SIGKILL');
	peers?.child.kill('SIGKILL');
	if (server?.child.exitCode === null) await server.stop();
});

function run(command, args) {
	const child = spawn(command, args, {stdio: ['ignore', 'ignore', 'pipe']});
	child.text = '';
	child.stderr.setEncoding('utf8').on('data', (chunk) => { child.text += chunk; });
	child.done = once(child, 'close');
	children.add(child);
	child.done.then(() => children.delete(child));
	return child;
}

async function ask(method, at, json) {
	const reply = await request(server.url + at, {method, headers: {Connection: 'close', ...(json && {'Content-Type': 'application/json'})},
		body: json ? JSON.stringify(json) : undefined});
	return {...reply, json: /json/.test(reply.headers['content-type'] ?? '') && reply.body.length ? JSON.parse(reply.body) : null};
}

async function push(url, more = {}) {
	const reply = await ask('POST', path, {url, ...more});
	assert.equal(reply.status, 201, reply.body.toString());
	return `${path}/${reply.json.id}`;
}

const isIn = (at, state, ms = 15000) => eventually(`it is ${state}`, async () => {
	const {json} = await ask('GET', at);
	assert.equal(json.state, state, JSON.stringify(json));
	return json;
}, ms);

// What ffmpeg takes from a peer that comes to it, as it came.
const listen = (options, url, file) => run('ffmpeg', ['-v', 'error', '-y', ...options, '-i', url, '-c', 'copy', '-f', 'matroska', file]);

// Of UDP nobody hears an end.
async function ended(child) {
	await Promise.race([child.done, sleep(6000)]);
	child.kill('SIGKILL');
	await child.done;
}

// Streams begin where they are heard first, and end where they are cut: neither is to be played to the frame.
function check(file, {video = 'h264', audio = 'aac'} = {}) {
	const {streams} = probe(file);
	assert.deepEqual(streams.map((s) => s.codec_name).sort(), [audio, video].filter(Boolean).sort());
	if (video) checkMarks(file, 1280, 720, tiles, 0.9);
	checkTones(samplesOf(file), 2);
}

test('a room with two in it', async () => {
	server = await startServer({'outputs.allow': 'rtmp://127.0.0.1,srt://127.0.0.0/8,rtsp://127.0.0.1,udp://127.0.0.1,icecast://127.0.0.1,nowhere.invalid'});
	assert.equal((await ask('PUT', `/v1/rooms/${room}`, {})).status, 201);
	const nobody = await ask('POST', path, {url: `rtmp://127.0.0.1/live/${key}`});
	assert.deepEqual([nobody.status, nobody.json.type], [409, 'urn:tessera:problem:nobody-here']);
	peers = start(server, {seconds: 200, room, urgent: false, peers: [{...small, count: 2, who: 0}]});
	await eventually('both are seen', async () => {
		const {json} = await ask('GET', `/v1/rooms/${room}/participants`);
		assert.equal(json.items.filter((p) => p.state === 'connected' && p.sources.some((s) => s.kind === 'camera')).length, 2);
	}, 30000);
	const {json} = await ask('GET', `/v1/rooms/${room}/layout`), {items} = (await ask('GET', `/v1/rooms/${room}/participants`)).json;
	tiles = [0, 1].map((who) => {
		const {id} = items.find((p) => p.name === `peer-${who}`), {x, y, w, h} = json.regions.find((r) => r.participant === id);
		return {x, y, w, h};
	});
});

test('RTMP, SRT both ways, RTSP and MPEG-TS have everybody in their tile, and their tones', async () => {
	const at = (name) => join(folder, `${name}.mkv`);
	const receivers = [
		listen(['-listen', '1', '-f', 'flv'], `rtmp://127.0.0.1:19351/live/${key}`, at('rtmp')),
		listen(['-f', 'mpegts'], 'srt://127.0.0.1:19352?mode=listener&passphrase=0123456789ab', at('srt')),
		listen(['-rtsp_flags', 'listen', '-f', 'rtsp'], 'rtsp://127.0.0.1:19353/live', at('rtsp')),
		listen(['-f', 'mpegts'], 'udp://127.0.0.1:19354?timeout=4000000', at('udp')),
	];
	await sleep(1000);
	const outputs = [
		await push(`rtmp://127.0.0.1:19351/live/${key}`, {name: 'Channel'}),
		await push('srt://127.0.0.1:19352?passphrase=0123456789ab&streamid=publish:secret'),
		await push('rtsp://127.0.0.1:19353/live'),
		await push('udp://127.0.0.1:19354'),
		await push('srt://127.0.0.1:19355?mode=listener'),
	];
	const caller = listen(['-f', 'mpegts'], 'srt://127.0.0.1:19355', at('caller'));
	for (const one of outputs) await isIn(one, 'live');
	await sleep(5000);
	for (const one of outputs) {
		const {json} = await ask('GET', one);
		assert.ok(json.bytes > 100000 && json.bitrate_bps > 50000 && json.dropped === 0 && json.attempts <= 3, JSON.stringify(json));
	}
	const {json} = await ask('GET', path);
	assert.deepEqual(json.items.map((o) => o.url), ['rtmp://127.0.0.1:19351/live/***', 'srt://127.0.0.1:19352?passphrase=***&streamid=***',
		'rtsp://127.0.0.1:19353/***', 'udp://127.0.0.1:19354', 'srt://127.0.0.1:19355?mode=listener']);
	for (const one of outputs) assert.equal((await ask('DELETE', one)).status, 204);
	for (const one of [...receivers, caller]) await ended(one);
	for (const name of ['rtmp', 'srt', 'rtsp', 'udp', 'caller']) check(at(name));
});
