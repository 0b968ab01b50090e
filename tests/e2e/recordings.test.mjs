// What a room saw and heard, as its recordings have it: scripted participants with marks and tones; ffmpeg reads the files.
// RECORDING_SECONDS=600 is the length of the one whose sound and pictures are compared, RECORDING_KILLS=20 so many kill -9 at random.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {request} from './lib/api.mjs';
import {checkMarks, checkTones, decode, pictures, probe, samplesOf} from './lib/film.mjs';
import {readMark, toneHz, toneLevel} from './lib/mark.mjs';
import {folder} from './lib/media.mjs';
import {start} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const small = {width: 320, height: 180, kbps: 300, fps: 30};
let server, peers;

async function begin(name, settings = {}) {
	const dir = join(folder, name);
	mkdirSync(dir, {recursive: true, mode: 0o750});
	server = await startServer({'recording.dir': dir, 'recording.min_free_mb': 1, ...settings});
	return dir;
}

after(async () => {
	peers?.child.kill('SIGKILL');
	if (server?.child.exitCode === null) await server.stop();
});

// Connections of their own: files are looked at for longer than the server keeps idle ones.
async function ask(method, path, json, headers = {}) {
	const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
	const reply = await request(server.url + path, {method, headers: {Connection: 'close', ...headers, ...(json && {'Content-Type': type})},
		body: json ? JSON.stringify(json) : undefined});
	return {...reply, json: /json/.test(reply.headers['content-type'] ?? '') && reply.body.length ? JSON.parse(reply.body) : null};
}

const record = async (room, json) => {
	const reply = await ask('POST', `/v1/rooms/${room}/recordings`, json);
	assert.equal(reply.status, 201, reply.body.toString());
	return `/v1/rooms/${room}/recordings/${reply.json.id}`;
};

const isIn = (path, state) => eventually(`it is ${state}`, async () => {
	const {json} = await ask('GET', path);
	assert.equal(json.state, state, JSON.stringify(json));
	return json;
}, 60000);

async function people(room, n, seconds = 200) {
	peers = start(server, {seconds, room, urgent: false, peers: [{...small, count: n, who: 0}]});
	await eventually('all are seen', async () => {
		const {json} = await ask('GET', `/v1/rooms/${room}/participants`);
		assert.equal(json.items.filter((p) => p.state === 'connected' && p.sources.some((s) => s.kind === 'camera')).length, n);
	}, 60000);
}

async function goHome() {
	peers.child.kill('SIGKILL');
	await peers.done.catch(() => {});
}

async function tilesOf(room, n) {
	const {json} = await ask('GET', `/v1/rooms/${room}/layout`);
	const {items} = (await ask('GET', `/v1/rooms/${room}/participants`)).json;
	const regions = json.regions.filter((r) => r.participant);
	return Array.from({length: n}, (_, who) => {
		const {id} = items.find((p) => p.name === `peer-${who}`), {x, y, w, h} = regions.find((r) => r.participant === id);
		return {x, y, w, h};
	});
}

test('a recording has everybody in their tile, their tones, a pause, and another size in another part', async () => {
	const room = 'kept', dir = await begin('kept');
	assert.equal((await ask('PUT', `/v1/rooms/${room}`, {})).status, 201);
	const nobody = await ask('POST', `/v1/rooms/${room}/recordings`, {});
	assert.deepEqual([nobody.status, nobody.json.type], [409, 'urn:tessera:problem:nobody-here']);
	await people(room, 2);
	const tiles = await tilesOf(room, 2);
	const path = await record(room, {name: 'Plan / "B"'}), webm = await record(room, {format: 'webm'}), m4a = await record(room, {format: 'm4a'});
	assert.equal((await ask('GET', `/v1/rooms/${room}`)).json.recorded, true);
	await sleep(9000);
	const paused = await ask('PATCH', path, {paused: true});
	assert.deepEqual([paused.status, paused.json.state], [200, 'paused']);
	await sleep(4000);
	assert.equal((await ask('PATCH', path, {paused: false})).json.state, 'recording');
	await sleep(6000);
	assert.equal((await ask('PATCH', `/v1/rooms/${room}`, {video: {width: 640, height: 360}})).status, 200);
	await eventually('another part', async () => assert.equal((await ask('GET', path)).json.parts.length, 2));
	await sleep(4000);
	for (const one of [path, webm, m4a]) assert.equal((await ask('DELETE', one)).status, 204);
	const done = await isIn(path, 'done');
	await isIn(webm, 'done');
	await isIn(m4a, 'done');
	assert.equal((await ask('GET', `/v1/rooms/${room}`)).json.recorded, false);
	assert.equal(done.reason, 'stopped');
	assert.equal(done.dropped, 0);
	assert.deepEqual(done.parts.map((p) => [p.width, p.height, p.seekable]), [[1280, 720, true], [640, 360, true]]);
	const wall = done.last_ms - done.first_ms;
	assert.ok(Math.abs(wall - done.duration_ms - 4000) < 700, `a pause of 4 s is not in ${done.duration_ms} of ${wall} ms`);

	const id = path.split('/').at(-1), files = [join(dir, `${id}.mp4`), join(dir, `${id}-2.mp4`)];
	for (const [i, file] of files.entries()) {
		assert.equal(statSync(file).mode & 0o777, 0o640);
		const bytes = readFileSync(file), {streams, format} = probe(file);
		assert.ok(bytes.indexOf('moov') < bytes.indexOf('mdat'), 'the index is in front');
		assert.deepEqual(streams.map((s) => s.codec_name), ['h264', 'opus']);
		// within a picture of what the API says
		assert.ok(Math.abs(format.duration * 1000 - done.parts[i].duration_ms) < 34, `${format.duration} s of ${done.parts[i].duration_ms} ms`);
		for (const s of streams) assert.ok(Math.abs(s.duration - format.duration) < 0.25, `${s.codec_name}: ${s.duration} of ${format.duration} s`);
		assert.ok(Number(streams[1].start_time) < 0.06, `sound begins at ${streams[1].start_time}`);
	}
	const {gap} = checkMarks(files[0], 1280, 720, tiles, 0.9);
	assert.ok(gap < 1, `pictures are ${gap} s apart`);
	const half = tiles.map(({x, y, w, h}) => ({x: x / 2, y: y / 2, w: w / 2, h: h / 2}));
	checkMarks(files[1], 640, 360, half, 0.8);
	checkTones(samplesOf(files[0]), 2);
	checkTones(samplesOf(join(dir, `${m4a.split('/').at(-1)}.m4a`)), 2);
	const film = join(dir, `${webm.split('/').at(-1)}.webm`);
	assert.deepEqual(probe(film).streams.map((s) => s.codec_name), ['vp8', 'opus']);
	checkMarks(film, 1280, 720, tiles, 0.8);
	checkTones(samplesOf(film), 2);

	// download: whole, a part, not changed, out of range
	const file = readFileSync(files[0]), whole = await ask('GET', `${path}/file`);
	assert.ok(whole.body.equals(file));
	assert.equal(whole.headers['content-type'], 'video/mp4');
	assert.match(whole.headers['content-disposition'], /^attachment; filename="kept-\d{8}-\d{6}\.mp4"; filename\*=UTF-8''Plan%20_%20%22B%22%20kept-/);
	const some = await ask('GET', `${path}/file`, null, {Range: 'bytes=100-199', 'If-Range': whole.headers.etag});
	assert.deepEqual([some.status, some.headers['content-range']], [206, `bytes 100-199/${file.length}`]);
	assert.ok(some.body.equals(file.subarray(100, 200)));
	assert.equal((await ask('GET', `${path}/file`, null, {Range: 'bytes=0-9', 'If-Range': '"x"'})).status, 200);
	assert.equal((await ask('GET', `${path}/file`, null, {'If-None-Match': whole.headers.etag})).status, 304);
	assert.equal((await ask('GET', `${path}/file`, null, {Range: `bytes=${file.length}-`})).status, 416);
	assert.equal((await ask('GET', `${path}/file?part=2`)).body.length, statSync(files[1]).size);
	assert.equal((await ask('GET', `${path}/file?part=3`)).status, 404);

	// who was there, who spoke, what was shown
	const sidecar = (await ask('GET', `${path}/sidecar`)).json, events = sidecar.journal.map((e) => e.event);
	for (const event of ['joined', 'layout', 'speaks', 'paused', 'resumed', 'ended']) assert.ok(events.includes(event), `${event}: ${events}`);
	assert.equal(sidecar.journal.filter((e) => e.event === 'joined').length, 2);

	// gone with its files
	assert.equal((await ask('DELETE', path)).status, 204);
	assert.equal((await ask('GET', path)).status, 404);
	await eventually('no file is left', () => assert.deepEqual(readdirSync(dir).filter((f) => f.includes(id)), []));
	await goHome();
	await server.stop();
});

// The same beat in both: marks count pictures of 30 a second from when the peer's clip began, its tone begins 50 ms after each second of its own.
// Of the sound's way 9 ms are the peer's: its Opus looks ahead, and its tone swells.
test('sound and picture are together', async () => {
	const room = 'beat', dir = await begin('beat'), wait = 6, length = Number(process.env.RECORDING_SECONDS ?? 20), swell = 9, phase = 50;
	await people(room, 1, wait + length + 12);
	const [tile] = await tilesOf(room, 1), path = await record(room, {format: 'mkv'});
	await sleep((wait + length) * 1000);
	await ask('DELETE', path);
	await isIn(path, 'done');
	const file = join(dir, `${path.split('/').at(-1)}.mkv`), quarter = {x: tile.x / 4, y: tile.y / 4, w: tile.w / 4, h: tile.h / 4};
	const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
	const seconds = [];
	let before = null;
	for (const {at, grey} of pictures(file, 320, 180, ['-vf', 'scale=320:180'])) {
		const mark = readMark(grey, 320, quarter);
		if (mark && mark.frame !== before) seconds.push({at, phase: (at - mark.frame % small.fps / small.fps + 10) % 1});
		before = mark?.frame;
	}
	const samples = samplesOf(file), begins = [], step = 48, window = 480;
	const offset = Number(probe(file).streams[1].start_time) + 312 / 48000; // what the decoder leaves out first
	for (let at = 0, on = true; at + window <= samples.length; at += step) {
		const now = toneLevel(samples, at, window, toneHz(0)) > 3000;
		const time = (at + window / 2) / 48000 + offset;
		if (now && !on) begins.push({at: time, phase: time % 1});
		on = now;
	}
	const [peer] = (await peers.done).peers, clip = (peer.clip_at_ms - peer.media_at_ms) % 1000;
	const apart = (a, b) => ((a - b + 1.5) % 1 - 0.5) * 1000;
	const origin = seconds[0].phase, of = (list, from, to) => list.filter(({at}) => at >= from && at < to).map(({phase}) => apart(phase, origin));
	const skew = (from, to) => {
		const sees = of(seconds, from, to), hears = of(begins, from, to);
		assert.ok(sees.length > (to - from) * 3 && hears.length > (to - from) / 2, `${sees.length} pictures, ${hears.length} tones`);
		return median(hears) - phase - swell - (median(sees) - clip);
	};
	console.log(`sound is ${skew(0, wait).toFixed(0)} ms behind the picture at first, then ${skew(wait, wait + length).toFixed(0)} ms`);
	assert.ok(Math.abs(skew(wait, wait + length)) <= 40, `${skew(wait, wait + length)} ms`);
	await server.stop();
});

test('a killed server leaves a file that plays, and finishes it when it is back', async () => {
	const room = 'crash', dir = await begin('crash');
	await people(room, 1, 400);
	const kills = Number(process.env.RECORDING_KILLS ?? 0);
	const random = Array.from({length: kills}, (_, i) => [['mp4', 'mkv', 'm4a'][i % 3], 2500 + Math.floor(Math.random() * 4000)]);
	for (const [format, after_ms] of kills ? random : [['mp4', 4300], ['mkv', 5100], ['mp4', 3700]]) {
		const path = await record(room, {format}), id = path.split('/').at(-1);
		await eventually('it has begun', async () => assert.ok((await ask('GET', path)).json.duration_ms > 0));
		const {json: early} = await ask('GET', path), at = Date.now();
		await sleep(after_ms);
		server.kill();
		await server.ended;
		const ran = Date.now() - at + early.duration_ms, file = join(dir, `${id}.${format}`);
		const packets = spawnSync('ffprobe', ['-v', 'error', '-select_streams', format === 'm4a' ? 'a' : 'v', '-show_entries',
			'packet=pts_time', '-of', 'csv=p=0', file]).stdout.toString();
		const last = Math.max(...packets.trim().split('\n').map(parseFloat));
		if (kills) console.log(`${format}: ${(last * 1000).toFixed(0)} of ${ran} ms`);
		assert.ok(last * 1000 > ran - 2500, `${format}: ${last} s of ${ran} ms`); // 2 s, and what is on its way through a busy machine
		decode(file, ['-f', 'null'], false);
		await goHome();
		await begin('crash');
		const done = await isIn(path, 'done');
		assert.equal(done.reason, 'server-died');
		decode(file, ['-f', 'null'], format !== 'mkv');
		if (format !== 'mkv') {
			assert.equal(done.parts[0].seekable, true);
			const bytes = readFileSync(file);
			assert.ok(bytes.indexOf('moov') < bytes.indexOf('mdat'));
		}
		await people(room, 1, 400);
	}
	await goHome();
	await server.stop();
});

test('a disk that gets full ends recordings, not the room; quota and the hook', async (t) => {
	const disk = join(folder, 'disk'), room = 'full';
	mkdirSync(disk, {recursive: true});
	if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=0750', 'none', disk]).status !== 0) return t.skip('no tmpfs may be mounted');
	const hook = join(folder, 'hook.sh'), told = join(folder, 'hook.out');
	writeFileSync(hook, `#!/bin/sh\nenv | grep ^TESSERA_ >>${told}\n`);
	chmodSync(hook, 0o755);
	try {
		await begin('disk', {'recording.min_free_mb': 2, 'recording.hook': hook});
		assert.equal((await ask('PUT', `/v1/rooms/${room}`, {record: 'always'})).status, 201);
		await people(room, 2);
		const first = await eventually('one runs by itself', async () => (await ask('GET', `/v1/rooms/${room}/recordings`)).json.items[0] ?? assert.fail());
		assert.equal(first.automatic, true);
		const paths = [`/v1/rooms/${room}/recordings/${first.id}`, await record(room, {format: 'webm'}), await record(room, {format: 'mkv'})];
		for (const path of paths) {
			const ended = await eventually('it ends', async () => {
				const {json} = await ask('GET', path);
				assert.equal(json.state, 'done', JSON.stringify(json));
				return json;
			}, 120000);
			assert.match(ended.reason, /^disk-(low|error)$/);
		}
		const refused = await ask('POST', `/v1/rooms/${room}/recordings`, {});
		assert.deepEqual([refused.status, refused.json.type], [507, 'urn:tessera:problem:disk-full']);
		for (const file of readdirSync(disk).filter((f) => !f.endsWith('.json'))) decode(join(disk, file), ['-f', 'null'], false);
		assert.equal((await ask('GET', `/v1/rooms/${room}/participants`)).json.items.length, 2);
		await eventually('the hook ran', () => assert.equal(readFileSync(told, 'utf8').match(/^TESSERA_RECORDING=/gm).length, 3));
		assert.match(readFileSync(told, 'utf8'), new RegExp(`^TESSERA_FILE=${disk}/${first.id}\\.mp4$`, 'm'));
		await goHome();
		await server.stop();
	} finally {
		spawnSync('umount', ['-l', disk]);
		rmSync(disk, {recursive: true, force: true});
	}
});
