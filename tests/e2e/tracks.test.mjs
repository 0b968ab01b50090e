// Each participant's own streams beside the mix, as they came: scripted participants with marks and tones, in H.264 and VP8; who mutes and
// unmutes, a pause, downloads, a server that is killed. ffmpeg reads the files.

import assert from 'node:assert/strict';
import {readdirSync, readFileSync, writeFileSync, mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {request} from './lib/api.mjs';
import {pictures, probe, samplesOf} from './lib/film.mjs';
import {readMark, toneHz, toneLevel} from './lib/mark.mjs';
import {folder} from './lib/media.mjs';
import {start} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const room = 'apart', dir = join(folder, 'tracks'), small = {width: 320, height: 180, kbps: 300, fps: 30};
let server, peers;

async function ask(method, path, json, headers = {}) {
	const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
	const reply = await request(server.url + path, {method, headers: {Connection: 'close', ...headers, ...(json && {'Content-Type': type})},
		body: json ? JSON.stringify(json) : undefined});
	return {...reply, json: /json/.test(reply.headers['content-type'] ?? '') && reply.body.length ? JSON.parse(reply.body) : null};
}
const look = async (path) => (await ask('GET', path)).json;
const isIn = (path, state) => eventually(`it is ${state}`, async () => {
	const json = await look(path);
	assert.equal(json.state, state, JSON.stringify(json));
	return json;
}, 30000);
const begin = () => startServer({'recording.dir': dir, 'recording.min_free_mb': 1});

before(async () => {
	mkdirSync(dir, {recursive: true, mode: 0o750});
	server = await begin();
	peers = start(server, {seconds: 120, room, urgent: false, peers: [{...small, count: 1, who: 0}, {...small, count: 1, who: 1, send: 'vp8'}]});
	await eventually('all are seen', async () => {
		const items = await server.participants(room);
		assert.equal(items.filter((p) => p.state === 'connected' && p.sources.some((s) => s.kind === 'camera')).length, 2);
	}, 60000);
});

after(async () => {
	peers?.child.kill('SIGKILL');
	if (server?.child.exitCode === null) await server.stop();
});

const record = async (json) => {
	const reply = await ask('POST', `/v1/rooms/${room}/recordings`, {format: 'mkv', tracks: 'mix+participants', ...json});
	assert.equal(reply.status, 201, reply.body.toString());
	return `/v1/rooms/${room}/recordings/${reply.json.id}`;
};

async function fetchTrack(own, number) {
	const reply = await ask('GET', `${own}/tracks/${number}`), file = join(folder, `track-${number}.mkv`);
	assert.equal(reply.status, 200);
	writeFileSync(file, reply.body);
	return file;
}

// Which marks a film of one camera shows, over its whole picture.
function marksOf(file) {
	const {width, height} = small, seen = new Map();
	let n = 0;
	for (const {grey} of pictures(file, width, height)) {
		const mark = readMark(grey, width, {x: 0, y: 0, w: width, h: height});
		if (mark) seen.set(mark.who, (seen.get(mark.who) ?? 0) + 1);
		n++;
	}
	return {n, seen};
}

test('camera and voice of each, as they sent them', async () => {
	const {items} = (await ask('GET', `/v1/rooms/${room}/participants`)).json, used = (await server.metrics())['tessera_decoders{media="video",codec="h264"}'];
	const own = await record({name: 'Apart'});
	assert.equal((await ask('POST', `/v1/rooms/${room}/recordings`, {tracks: 'mix+participants'})).json.type, 'urn:tessera:problem:tracks-taken');
	await eventually('four streams', async () => assert.equal((await look(own)).track_files.length, 4), 20000);
	await sleep(4000); // so long are the films
	assert.equal((await server.metrics())['tessera_decoders{media="video",codec="h264"}'], used, 'nothing is decoded for it');
	// silence while one is muted
	const [first] = items.filter((p) => p.name === 'peer-0');
	assert.equal((await ask('PATCH', `/v1/rooms/${room}/participants/${first.id}`, {muted: true})).status, 200);
	await sleep(1000);
	assert.equal((await ask('PATCH', `/v1/rooms/${room}/participants/${first.id}`, {muted: false})).status, 200);
	await eventually('another file for who is heard again', async () => assert.equal((await look(own)).track_files.length, 5), 20000);
	await sleep(1000);
	assert.equal((await ask('DELETE', own)).status, 204);
	const done = await isIn(own, 'done');
	assert.equal(done.tracks, 'mix+participants');
	assert.deepEqual([...new Set(done.track_files.map((t) => t.participant))].sort(), items.map((p) => p.id).sort());
	for (const track of done.track_files) {
		const who = Number(track.name.slice(5)), file = await fetchTrack(own, track.number), {streams} = probe(file);
		assert.equal(streams.length, 1);
		assert.equal(streams[0].codec_name, track.codec);
		assert.ok(track.bytes > 1000 && track.first_ms > 0 && Math.abs(track.start_ms) < 12000, JSON.stringify(track));
		if (track.kind === 'camera') {
			assert.deepEqual([track.codec, streams[0].width, streams[0].height], [who ? 'vp8' : 'h264', 320, 180]);
			const {n, seen} = marksOf(file);
			assert.ok(n > 100, `${n} pictures`);
			assert.deepEqual([...seen.keys()], [who], 'nobody else');
			assert.ok(seen.get(who) > 0.9 * n, `${seen.get(who)} of ${n}`);
			assert.ok(track.duration_ms > 3500);
		} else {
			assert.equal(track.codec, 'opus');
			const samples = samplesOf(file), most = [0, 0];
			for (let at = 0; at + 960 <= samples.length; at += 960)
				for (const tone of [0, 1]) most[tone] = Math.max(most[tone], toneLevel(samples, at, 960, toneHz(tone)));
			assert.ok(most[who] > 2500 && most[1 - who] < 1000, `tones of ${who}: ${most}`);
		}
	}
	// who was muted has two, and nothing of between
	const voices = done.track_files.filter((t) => t.kind === 'voice' && t.participant === first.id);
	assert.equal(voices.length, 2);
	const gap = voices[1].first_ms - voices[0].first_ms - voices[0].duration_ms;
	assert.ok(gap > 700, `${gap} ms of silence`);
	// downloads
	const [{number, bytes}] = done.track_files, part = await ask('GET', `${own}/tracks/${number}`, undefined, {Range: 'bytes=4-9'});
	assert.deepEqual([part.status, part.headers['content-range'], part.headers['content-type']], [206, `bytes 4-9/${bytes}`, 'video/x-matroska']);
	assert.match(part.headers['content-disposition'], new RegExp(`filename="apart-[0-9-]+-t${number}.mkv"`));
	for (const bad of ['0', '99', 'x', '1x', '1000']) assert.equal((await ask('GET', `${own}/tracks/${bad}`)).status, 404);
	const sidecar = await look(`${own}/sidecar`);
	assert.deepEqual(sidecar.tracks.map((t) => [t.number, t.participant, t.kind, t.bytes]), done.track_files.map((t) => [t.number, t.participant, t.kind, t.bytes]));
	assert.deepEqual(sidecar.tracks.map((t) => t.file), done.track_files.map((t) => `${done.id}-t${t.number}.mkv`));
	// removed with the recording
	assert.equal((await ask('DELETE', own)).status, 204);
	await eventually('nothing is left', () => assert.deepEqual(readdirSync(dir), []), 10000);
});

test('two rooms keep tracks beside each other; who is moved goes on in the files of the other', async () => {
	const own = await record({}), beside = '/v1/rooms/beside';
	const move = async (from, to) => {
		const {id} = (await server.participants(from)).find((p) => p.name === 'peer-1');
		const reply = await ask('PATCH', `/v1/rooms/${from}/participants/${id}`, {room: to});
		assert.equal(reply.status, 200, reply.body.toString());
		await eventually(`in ${to}`, async () => assert.ok((await server.participants(to)).some((p) => p.name === 'peer-1' && p.state === 'connected')));
	};
	await eventually('four streams', async () => assert.equal((await look(own)).track_files.length, 4), 20000);
	assert.equal((await ask('PUT', beside, {})).status, 201);
	await move(room, 'beside');
	const made = await ask('POST', `${beside}/recordings`, {format: 'mkv', tracks: 'mix+participants'});
	assert.equal(made.status, 201, made.body.toString());
	const other = `${beside}/recordings/${made.json.id}`;
	await eventually('camera and voice there', async () => assert.equal((await look(other)).track_files.length, 2), 20000);
	await sleep(1500); // so long are the films
	await move('beside', room);
	await eventually('two more here', async () => assert.equal((await look(own)).track_files.length, 6), 20000);
	await sleep(1500);
	assert.equal((await ask('DELETE', own)).status, 204);
	for (const [path, first] of [[other, 0], [own, 4]]) {
		const {track_files} = await isIn(path, 'done');
		for (const {number, kind, name} of track_files.slice(first)) {
			assert.equal(name, 'peer-1');
			if (kind === 'camera') assert.deepEqual([...marksOf(await fetchTrack(path, number)).seen.keys()], [1]);
		}
		assert.equal((await ask('DELETE', path)).status, 204);
	}
	assert.equal((await ask('DELETE', beside)).status, 204);
});

test('a pause ends the files, and so does who leaves; a kill -9 leaves what plays', async () => {
	const own = await record({});
	await eventually('four streams', async () => assert.equal((await look(own)).track_files.length, 4), 20000);
	assert.equal((await ask('PATCH', own, {paused: true})).status, 200);
	await sleep(1000);
	assert.equal((await ask('PATCH', own, {paused: false})).status, 200);
	await eventually('eight files', async () => assert.equal((await look(own)).track_files.length, 8), 20000);
	const [leaver] = await server.participants(room);
	assert.equal((await ask('DELETE', `/v1/rooms/${room}/participants/${leaver.id}`)).status, 204);
	await sleep(3000);
	const grew = async () => new Map((await look(own)).track_files.map((t) => [t.number, t.bytes]));
	const before_ = await grew();
	await sleep(1500);
	const growing = [...await grew()].filter(([number, bytes]) => bytes > before_.get(number)).map(([number]) => number);
	assert.equal(growing.length, 2, 'of who is left alone');
	server.kill();
	await server.ended;
	server = await begin();
	const left = await isIn(own, 'done');
	assert.equal(left.reason, 'server-died');
	assert.equal(left.track_files.length, 8);
	for (const {number, kind} of left.track_files.filter((t) => growing.includes(t.number))) {
		const file = await fetchTrack(own, number);
		if (kind === 'camera') assert.ok(marksOf(file).n > 30);
		else assert.ok(samplesOf(file).length > 48000);
	}
	assert.ok(readFileSync(join(dir, `${left.id}.json`), 'utf8').includes('-t8.mkv'));
	await server.stop();
});
