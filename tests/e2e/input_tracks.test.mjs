// The own streams of what was brought in, beside the mix ("tracks": "mix+participants"): files that loop, a publisher over RTMP and one over
// SRT, a stream that breaks off and comes back, sound alone, G.711. ffmpeg reads the files.

import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {request} from './lib/api.mjs';
import {decode, pictures, probe} from './lib/film.mjs';
import {readMark, toneHz, toneLevel, writeMark} from './lib/mark.mjs';
import {folder} from './lib/media.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const W = 320, H = 180, FPS = 25, SECONDS = 3, WHO = 2, RTMP = 19351, SRT = 19352, CALLED = 19353;
const dir = join(folder, 'tracks-in'), media = join(folder, 'tracks-media'), children = new Set();
let server;

function ffmpeg(args) {
	const run = spawnSync('ffmpeg', ['-v', 'error', '-y', ...args], {maxBuffer: 1 << 28});
	assert.equal(run.status, 0, run.stderr.toString());
	return run.stdout;
}

function child(args) {
	const one = spawn('ffmpeg', ['-v', 'error', '-nostdin', ...args], {stdio: 'ignore'});
	children.add(one);
	return one;
}

process.on('exit', () => { for (const one of children) one.kill('SIGKILL'); });

// Marks and a tone, with B-frames and AAC.
function makeFilm(name, seconds) {
	const parts = [];
	for (let i = 0; i < FPS * seconds; i++) {
		const yuv = Buffer.alloc(W * H * 3 / 2, 128);
		writeMark(yuv, W, H, WHO, i);
		parts.push(yuv);
	}
	writeFileSync(join(media, 'raw.yuv'), Buffer.concat(parts));
	ffmpeg(['-f', 'rawvideo', '-s', `${W}x${H}`, '-r', String(FPS), '-i', join(media, 'raw.yuv'), '-f', 'lavfi', '-i', `sine=f=${toneHz(WHO)}:r=48000:d=${seconds}`,
		'-c:v', 'libx264', '-preset', 'veryfast', '-bf', '2', '-g', '25', '-pix_fmt', 'yuv420p', '-af', 'volume=2', '-c:a', 'aac', join(media, name)]);
}

function makeOthers() {
	ffmpeg(['-f', 'lavfi', '-i', `sine=f=${toneHz(1)}:r=44100:d=${SECONDS}`, '-af', 'volume=2', '-c:a', 'libmp3lame', join(media, 'sound.mp3')]);
	ffmpeg(['-i', join(media, 'film.mp4'), '-c:v', 'copy', '-c:a', 'pcm_mulaw', '-ar', '8000', join(media, 'mulaw.mov')]);
}

async function ask(method, path, json) {
	const reply = await request(server.url + path, {method, headers: {Connection: 'close', ...(json && {'Content-Type': 'application/json'})},
		body: json ? JSON.stringify(json) : undefined});
	return {...reply, json: /json/.test(reply.headers['content-type'] ?? '') && reply.body.length ? JSON.parse(reply.body) : null};
}

async function make(path, json) {
	const reply = await ask('POST', path, json);
	assert.equal(reply.status, 201, reply.body.toString());
	return `${path}/${reply.json.id}`;
}

const look = async (path) => (await ask('GET', path)).json;
// A recording lasts while somebody is in the room: the test pattern, of which there is nothing to keep.
const occupy = (room) => make(`/v1/rooms/${room}/inputs`, {url: 'test:', name: 'Pattern'});
const record = (room) => make(`/v1/rooms/${room}/recordings`, {format: 'mkv', tracks: 'mix+participants'});
const tracks = (own, check, limitMs = 20000) => eventually('its tracks', async () => {
	const {track_files} = await look(own);
	assert.ok(check(track_files), JSON.stringify(track_files));
	return track_files;
}, limitMs);

async function end(own) {
	assert.equal((await ask('DELETE', own)).status, 204);
	return eventually('it is done', async () => {
		const json = await look(own);
		assert.equal(json.state, 'done');
		return json;
	}, 30000);
}

async function fetchTrack(own, {number}) {
	const reply = await ask('GET', `${own}/tracks/${number}`), file = join(folder, `input-track-${number}.mkv`);
	assert.equal(reply.status, 200);
	writeFileSync(file, reply.body);
	return file;
}

// The numbers in the marks of a film, in the order of its pictures.
function framesOf(file) {
	const frames = [];
	let n = 0;
	for (const {grey} of pictures(file, W, H, ['-enc_time_base', '1/1000'])) {
		const mark = readMark(grey, W, {x: 0, y: 0, w: W, h: H});
		if (mark) assert.equal(mark.who, WHO);
		if (mark) frames.push(mark.frame);
		n++;
	}
	assert.ok(frames.length > 0.9 * n, `${frames.length} of ${n} pictures have a mark`);
	return frames;
}

// Times of pictures as they are shown, in ms.
const timesOf = (file) => spawnSync('ffprobe', ['-v', 'error', '-select_streams', 'v', '-show_entries', 'frame=pts_time', '-of', 'csv=p=0', file])
	.stdout.toString().split('\n').filter((line) => /^[0-9]/.test(line)).map((t) => Math.round(parseFloat(t) * 1000));

function hears(file, who) {
	// times of Matroska are of milliseconds: frames may overlap by a few samples
	const bytes = decode(file, ['-map', '0:a', '-ac', '1', '-ar', '48000', '-f', 's16le'], false);
	const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
	let most = 0;
	for (let at = 0; at + 960 <= samples.length; at += 960) most = Math.max(most, toneLevel(samples, at, 960, toneHz(who)));
	assert.ok(most > 2000, `the tone of ${who}: ${most}`);
	return samples.length / 48000;
}

before(async () => {
	mkdirSync(dir, {recursive: true, mode: 0o750});
	mkdirSync(media, {recursive: true});
	makeFilm('film.mp4', SECONDS);
	makeFilm('long.mp4', 4 * SECONDS);
	makeOthers();
	server = await startServer({'recording.dir': dir, 'recording.min_free_mb': 1, 'inputs.media_dir': media, 'inputs.max': 32, 'inputs.max_per_room': 8, 'inputs.allow': `srt://127.0.0.1:${CALLED}`,
		'ingest.rtmp_listen': `127.0.0.1:${RTMP}`, 'ingest.srt_listen': `127.0.0.1:${SRT}`});
});

after(async () => {
	for (const one of children) one.kill('SIGKILL');
	if (server?.child.exitCode === null) await server.stop();
});

test('a film that loops: its own pictures in their order, and its sound, from the first one on', async () => {
	const room = 'loops';
	await occupy(room);
	const own = await record(room);
	const input = await make(`/v1/rooms/${room}/inputs`, {url: 'media:film.mp4', name: 'Film', loop: true});
	const begun = await tracks(own, (list) => list.length === 2);
	assert.deepEqual(begun.map((t) => [t.name, t.kind, t.codec]).sort(), [['Film', 'camera', 'h264'], ['Film', 'voice', 'aac']]);
	await eventually('twice around', async () => assert.ok((await look(input)).loops >= 2), 20000);
	assert.equal((await ask('DELETE', input)).status, 204);
	const done = await end(own), camera = done.track_files.find((t) => t.kind === 'camera'), voice = done.track_files.find((t) => t.kind === 'voice');
	assert.equal(done.track_files.length, 2, 'one file each, however often it went round');
	const film = await fetchTrack(own, camera), frames = framesOf(film), times = timesOf(film);
	assert.deepEqual([camera.width, camera.height, camera.lost], [W, H, 0]);
	assert.ok(frames.length > 2 * FPS * SECONDS, `${frames.length} pictures`);
	// nothing coded anew, nothing out of its turn, nothing missing: three times around; where it was cut off, pictures that are shown before
	// what is decoded first were still to come
	for (const [i, frame] of frames.slice(0, -3).entries()) assert.equal(frame, i % (FPS * SECONDS), `picture ${i}`);
	// the round is as long as the longer track, AAC by its frames; where a busy machine sets the clock back there is a gap
	let later = 0;
	for (let i = 1; i < times.length; i++) {
		const gap = times[i] - times[i - 1];
		assert.ok(gap >= (i % (FPS * SECONDS) ? 38 : 35), `${gap} ms before picture ${i}`);
		later += gap > (i % (FPS * SECONDS) ? 42 : 140);
	}
	assert.ok(later <= 4, `${later} gaps in ${times.length} pictures`);
	assert.ok(hears(await fetchTrack(own, voice), WHO) > 2 * SECONDS);
	assert.ok(Math.abs(voice.first_ms - camera.first_ms) < 100, `sound ${voice.first_ms - camera.first_ms} ms after the picture`);
	const [stream] = probe(film).streams;
	assert.deepEqual([stream.codec_name, stream.width, stream.height, stream.has_b_frames], ['h264', W, H, 2]);
});

test('publishers over RTMP and SRT', async () => {
	for (const [room, url, format] of [['pushes', `rtmp://127.0.0.1:${RTMP}/live/pushes`, 'flv'], ['sends', `srt://127.0.0.1:${SRT}?streamid=sends`, 'mpegts']]) {
		await occupy(room);
		const own = await record(room);
		const pusher = child(['-re', '-i', join(media, 'long.mp4'), '-c', 'copy', '-f', format, url]);
		await tracks(own, (list) => list.length === 2 && list.every((t) => t.duration_ms > 2500));
		pusher.kill('SIGKILL');
		const done = await end(own);
		console.log(`${format}: ${JSON.stringify(done.track_files.map((t) => [t.kind, t.packets, t.lost, t.duration_ms]))}`);
		assert.deepEqual(done.track_files.map((t) => [t.kind, t.codec]).sort(), [['camera', 'h264'], ['voice', 'aac']]);
		const frames = framesOf(await fetchTrack(own, done.track_files.find((t) => t.kind === 'camera')));
			// the last ones were still to come: those that are shown before what is decoded first
		for (let i = 1; i < frames.length - 3; i++) assert.equal(frames[i], frames[i - 1] + 1, `picture ${i} of ${frames} over ${format}`);
		hears(await fetchTrack(own, done.track_files.find((t) => t.kind === 'voice')), WHO);
	}
});

test('a stream that breaks off and comes back goes on in its file; as another codec in another', async () => {
	const room = 'returns', streams = (codec) => child(['-re', '-stream_loop', '-1', '-i', join(media, 'film.mp4'), '-c:v', ...codec, '-c:a', 'copy', '-f', 'mpegts',
		`srt://127.0.0.1:${CALLED}?mode=listener`]);
	const input = await make(`/v1/rooms/${room}/inputs`, {url: `srt://127.0.0.1:${CALLED}`, name: 'Far'}), own = await record(room);
	const isLive = () => eventually('it is live', async () => assert.equal((await look(input)).state, 'live'), 30000);
	let far = streams(['copy']);
	await isLive();
	await tracks(own, (list) => list.length === 2 && list.every((t) => t.duration_ms > 1500));
	far.kill('SIGKILL');
	await eventually('it is lost', async () => assert.equal((await look(input)).state, 'retrying'), 30000);
	// all that came before it was lost is written
	let before_, at = Date.now();
	await eventually('nothing more is written', async () => {
		const [camera] = (await look(own)).track_files.filter((t) => t.kind === 'camera');
		if (camera.bytes !== before_?.bytes) at = Date.now();
		before_ = camera;
		assert.ok(Date.now() - at > 2000);
	});
	far = streams(['copy']);
	await isLive();
	await tracks(own, (list) => list.length === 2 && list.every((t) => t.duration_ms > before_.duration_ms + 1500));
	far.kill('SIGKILL');
	await eventually('it is lost', async () => assert.equal((await look(input)).state, 'retrying'), 30000);
	far = streams(['mpeg2video', '-g', '12']);
	await isLive();
	await tracks(own, (list) => list.some((t) => t.codec === 'mpeg2video' && t.duration_ms > 1000), 30000);
	far.kill('SIGKILL');
	const done = await end(own), cameras = done.track_files.filter((t) => t.kind === 'camera');
	assert.deepEqual(cameras.map((t) => t.codec), ['h264', 'mpeg2video']);
	assert.equal((await ask('DELETE', input)).status, 204);
	const times = timesOf(await fetchTrack(own, cameras[0]));
	// when it was away; a busy machine may make others, where the clock of what comes late is set back
	const gaps = times.slice(1).map((t, i) => t - times[i]).filter((gap) => gap > 800);
	assert.ok(gaps.length >= 1 && gaps.length < 4, `${gaps}`);
	assert.ok(Math.abs(times.at(-1) - cameras[0].duration_ms) < 200, 'its times are those of the clock');
	framesOf(await fetchTrack(own, cameras[0]));
	assert.ok(framesOf(await fetchTrack(own, cameras[1])).length > 20);
});

test('sound alone, pictures alone, a test pattern, and who is muted', async () => {
	const room = 'parts';
	await occupy(room);
	const own = await record(room), inputs = `/v1/rooms/${room}/inputs`;
	await make(inputs, {url: 'media:sound.mp3', name: 'Music', loop: true});
	await make(inputs, {url: 'media:film.mp4', name: 'Silent', loop: true, audio: false});
	const old = await make(inputs, {url: 'media:mulaw.mov', name: 'Old', loop: true});
	const list = await tracks(own, (all) => all.filter((t) => t.duration_ms > 1000).length === 4);
	assert.deepEqual(list.map((t) => [t.name, t.kind, t.codec]).sort(),
		[['Music', 'voice', 'mp3'], ['Old', 'camera', 'h264'], ['Old', 'voice', 'pcm_mulaw'], ['Silent', 'camera', 'h264']]);
	// its own file ends, as of a participant
	const {participant} = await look(old);
	const mute = (muted) => request(`${server.url}/v1/rooms/${room}/participants/${participant}`, {method: 'PATCH',
		headers: {'Content-Type': 'application/merge-patch+json'}, body: JSON.stringify({muted})});
	assert.equal((await mute(true)).status, 200);
	const of = async () => (await look(own)).track_files.filter((t) => t.name === 'Old' && t.kind === 'voice');
	assert.equal((await mute(false)).status, 200);
	await eventually('another file', async () => assert.equal((await of()).length, 2));
	const done = await end(own);
	hears(await fetchTrack(own, done.track_files.find((t) => t.name === 'Music')), 1);
	assert.equal((await ask('DELETE', own)).status, 204);
});
