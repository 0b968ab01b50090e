// What is brought into rooms: files with marks and tones, seen and heard by a scripted participant and in a recording; streams from ffmpeg and
// GStreamer that come and go; and what must not be opened.

import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync, copyFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {createServer as createTcp} from 'node:net';
import {basename, join} from 'node:path';
import {after, before, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {request} from './lib/api.mjs';
import {readMark, toneHz, toneLevel, writeMark} from './lib/mark.mjs';
import {folder} from './lib/media.mjs';
import {play} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const W = 320, H = 180, FPS = 25, SECONDS = 4, WHO = 3;
const dir = join(folder, 'media'), recordings = join(folder, 'inputs-recorded');
const children = new Set();
let server, web, secret, reached = [], served = [], hosts = [];

function ffmpeg(args, input) {
	const run = spawnSync('ffmpeg', ['-v', 'error', '-y', ...args], {input, maxBuffer: 1 << 28});
	assert.equal(run.status, 0, run.stderr.toString());
	return run.stdout;
}

// Started, and killed at the end whatever happens.
function child(command, args) {
	const one = spawn(command, args, {stdio: ['ignore', 'pipe', 'pipe']});
	children.add(one);
	one.text = '';
	for (const stream of [one.stdout, one.stderr]) stream.setEncoding('utf8').on('data', (chunk) => { one.text += chunk; });
	return one;
}

process.on('exit', () => { for (const one of children) one.kill('SIGKILL'); });

// SECONDS of marks and a tone that is without a seam where it begins again.
function makeFilm(name) {
	const pictures = [];
	for (let i = 0; i < FPS * SECONDS; i++) {
		const yuv = Buffer.alloc(W * H * 3 / 2, 128);
		writeMark(yuv, W, H, WHO, i);
		pictures.push(yuv);
	}
	const raw = join(dir, 'raw.yuv');
	writeFileSync(raw, Buffer.concat(pictures));
	ffmpeg(['-f', 'rawvideo', '-s', `${W}x${H}`, '-r', String(FPS), '-i', raw, '-f', 'lavfi', '-i', `sine=f=${toneHz(WHO)}:r=48000:d=${SECONDS}`,
		'-c:v', 'libx264', '-preset', 'veryfast', '-g', '25', '-pix_fmt', 'yuv420p', '-af', 'volume=2', '-c:a', 'pcm_s16le', '-f', 'matroska', join(dir, name)]);
}

// A web server on loopback that does ranges; a second one, which inputs.allow does not name.
async function listen(handler) {
	const one = createServer(handler);
	await new Promise((resolve) => { one.listen(0, '127.0.0.1', resolve); });
	return one;
}

function serve(req, res) {
	// as nginx and others do (RFC 9112 3.2)
	if (req.rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length !== 1) return res.writeHead(400).end();
	served.push(basename(req.url));
	hosts.push(req.headers.host);
	if (req.url === '/away') return res.writeHead(302, {Location: `http://127.0.0.1:${secret.address().port}/film.mp4`}).end();
	if (req.url === '/away.m3u8') {
		const text = `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:${secret.address().port}/a.ts\n#EXT-X-ENDLIST\n`;
		return res.writeHead(200, {'Content-Type': 'application/vnd.apple.mpegurl'}).end(text);
	}
	if (req.url.startsWith('/many.m3u8')) { // playlists that name playlists
		let text = '#EXTM3U\n';
		for (let i = 0; i < 1000; i++) text += `#EXT-X-STREAM-INF:BANDWIDTH=${i + 1}\nmany-${i}.m3u8\n`;
		return res.writeHead(200, {'Content-Type': 'application/vnd.apple.mpegurl'}).end(text);
	}
	if (req.url.startsWith('/many-')) {
		const text = '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfilm0.ts\n#EXT-X-ENDLIST\n';
		return res.writeHead(200, {'Content-Type': 'application/vnd.apple.mpegurl'}).end(text);
	}
	if (req.url === '/files.m3u8') {
		const text = '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n';
		return res.writeHead(200, {'Content-Type': 'application/vnd.apple.mpegurl'}).end(text);
	}
	let body;
	try { body = readFileSync(join(dir, basename(req.url))); } catch { return res.writeHead(404).end(); }
	const type = req.url.endsWith('.m3u8') ? 'application/vnd.apple.mpegurl' : 'video/mp4';
	const range = /^bytes=(\d+)-(\d*)$/.exec(req.headers.range ?? '');
	if (!range) return res.writeHead(200, {'Content-Type': type, 'Accept-Ranges': 'bytes', 'Content-Length': body.length}).end(body);
	const from = Number(range[1]), to = range[2] ? Number(range[2]) : body.length - 1;
	if (from >= body.length) return res.writeHead(416).end();
	res.writeHead(206, {'Content-Type': type, 'Content-Range': `bytes ${from}-${to}/${body.length}`, 'Content-Length': to - from + 1});
	return res.end(body.subarray(from, to + 1));
}

before(async () => {
	mkdirSync(dir, {recursive: true});
	mkdirSync(recordings, {recursive: true, mode: 0o750});
	makeFilm('film.mkv');
	web = await listen(serve);
	secret = await listen((req, res) => { reached.push(req.url); res.end(); });
	server = await startServer({
		'inputs.media_dir': dir, 'inputs.max': 16, 'inputs.max_per_room': 2, 'recording.dir': recordings, 'recording.min_free_mb': 1,
		'inputs.allow': `http://127.0.0.1:${web.address().port},http://localhost:${web.address().port},rtmp://127.0.0.1:19350,srt://127.0.0.1:19000,rtsp://127.0.0.1:18554-18555`,
	});
});

after(async () => {
	for (const one of children) one.kill('SIGKILL');
	web?.close();
	secret?.close();
	if (server?.child.exitCode === null) await server.stop();
});

async function ask(method, path, json) {
	const reply = await request(server.url + path, {method, headers: {Connection: 'close', ...(json && {'Content-Type': 'application/json'})},
		body: json ? JSON.stringify(json) : undefined});
	return {...reply, json: reply.body.length ? JSON.parse(reply.body) : null};
}

async function bring(room, json) {
	const reply = await ask('POST', `/v1/rooms/${room}/inputs`, json);
	assert.equal(reply.status, 201, reply.body.toString());
	return `/v1/rooms/${room}/inputs/${reply.json.id}`;
}

const becomes = (path, state, limitMs = 15000) => eventually(`it is ${state}`, async () => {
	const {json} = await ask('GET', path);
	assert.equal(json.state, state, JSON.stringify(json));
	return json;
}, limitMs);

// When the block of the test pattern is at the left once more, and when its tone begins, in seconds.
function beats(file) {
	const times = spawnSync('ffprobe', ['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', file])
		.stdout.toString().trim().split('\n').map(parseFloat);
	const grey = ffmpeg(['-i', file, '-map', '0:v', '-vf', `scale=${W}:${H}`, '-fps_mode', 'passthrough', '-pix_fmt', 'gray', '-f', 'rawvideo', '-']);
	const bytes = ffmpeg(['-i', file, '-map', '0:a', '-af', 'aresample=async=1', '-ac', '1', '-ar', '48000', '-f', 's16le', '-']);
	const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2), seen = [], heard = [];
	for (let i = 0, before = -1; i < times.length; i++) {
		const row = grey.subarray(i * W * H + 145 * W, i * W * H + 146 * W), x = row.findIndex((value) => value > 180);
		if (x >= 0 && before > W / 2 && x < W / 2) seen.push(times[i]);
		if (x >= 0) before = x;
	}
	for (let at = 0, loud = true; at + 480 < samples.length; at += 240) {
		const now = toneLevel(samples, at, 480, 1000) > 2500;
		if (now && !loud) heard.push((at + 240) / 48000);
		loud = now;
	}
	return {seen, heard};
}

async function stopRecording(room, id) {
	const path = `/v1/rooms/${room}/recordings/${id}`;
	assert.equal((await ask('DELETE', path)).status, 204);
	await eventually('it is written', async () => assert.equal((await ask('GET', path)).json.state, 'done'));
	return join(recordings, `${id}.mp4`);
}

test('a file is seen in its tile and heard, again and again without a gap', async () => {
	const pattern = await bring('pattern', {url: 'test:'});
	await becomes(pattern, 'live');
	const lips = (await ask('POST', '/v1/rooms/pattern/recordings', {format: 'mp4'})).json;
	const room = 'film', path = await bring(room, {url: 'media:film.mkv', name: 'Film', loop: true});
	await becomes(path, 'live');
	const recording = (await ask('POST', `/v1/rooms/${room}/recordings`, {format: 'mp4'})).json;
	const [p] = await server.participants(room);
	assert.deepEqual([p.kind, p.name, p.state], ['input', 'Film', 'connected']);
	await sleep(9000);
	const input = (await ask('GET', path)).json;
	assert.ok(input.loops >= 1, `${input.loops} loops`);
	assert.deepEqual([input.video_info.codec, input.video_info.width, input.audio_info.codec], ['h264', W, 'pcm_s16le']);
	const file = await stopRecording(room, recording.id), {seen, heard} = beats(await stopRecording('pattern', lips.id));
	const apart = heard.map((at) => Math.min(...seen.map((when) => Math.abs(when - at)).concat(9)));
	assert.ok(apart.length >= 3 && seen.length >= 3, `${seen} seen, ${heard} heard`);
	assert.ok(apart.sort((a, b) => a - b)[apart.length >> 1] < 0.08, `sound and picture are apart: ${seen} seen, ${heard} heard`);
	console.log(`sound and picture: ${heard.map((at) => Math.round(1000 * Math.min(...seen.map((when) => Math.abs(when - at)))))} ms apart`);
	assert.equal((await ask('DELETE', pattern)).status, 204);
	assert.equal((await ask('DELETE', path)).status, 204);
	assert.equal((await ask('GET', path)).status, 404);
	await eventually('the room is gone', async () => assert.equal((await server.participants(room)).length, 0));

	const grey = ffmpeg(['-i', file, '-map', '0:v', '-vf', `scale=${W}:${H}`, '-pix_fmt', 'gray', '-f', 'rawvideo', '-']);
	const frames = [];
	for (let at = 0; at < grey.length; at += W * H) {
		const mark = readMark(grey.subarray(at, at + W * H), W, {x: 0, y: 0, w: W, h: H});
		if (mark) frames.push(mark);
	}
	const all = grey.length / W / H;
	assert.ok(frames.every((mark) => mark.who === WHO));
	assert.ok(frames.length > 0.95 * all, `${frames.length} of ${all} pictures have the mark`);
	let most = 0, rounds = 0;
	for (let i = 1; i < frames.length; i++) {
		const step = (frames[i].frame - frames[i - 1].frame + FPS * SECONDS) % (FPS * SECONDS);
		if (frames[i].frame < frames[i - 1].frame) rounds++;
		most = Math.max(most, step);
	}
	assert.ok(rounds >= 1, 'it went round');
	assert.ok(most <= 8, `${most} pictures were left out at once`);

	const bytes = ffmpeg(['-i', file, '-map', '0:a', '-ac', '1', '-ar', '48000', '-f', 's16le', '-']);
	const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2), quiet = [];
	for (let at = 9600; at + 960 < samples.length - 9600; at += 960)
		if (toneLevel(samples, at, 960, toneHz(WHO)) < 2000) quiet.push(Math.round(at / 48));
	/* a machine that is late makes a hole or two; a loop with a gap makes one each time */
	assert.ok(quiet.length <= 3, `no tone at ${quiet} ms`);
});

test('a participant sees and hears it, and one that is kicked is over', async () => {
	const room = 'seen', path = await bring(room, {url: 'media:film.mkv', loop: true});
	const {peers} = await play(server, {seconds: 8, room, peers: [{width: W, height: H, kbps: 300, who: 0, decode: true}]});
	const [{video, audio}] = peers;
	assert.ok(video.marks[WHO]?.seen > 60, JSON.stringify(video.marks));
	assert.ok(audio.tones[WHO] > 0.6, JSON.stringify(audio.tones));
	const [p] = await server.participants(room);
	assert.equal((await ask('DELETE', `/v1/rooms/${room}/participants/${p.id}`)).status, 204);
	const over = await becomes(path, 'ended');
	assert.equal(over.reason, 'kicked');
	const silent = await bring(room, {url: 'test:', audio: false});
	await becomes(silent, 'live');
	assert.equal((await server.participants(room))[0].audio.codec, null);
	await ask('DELETE', silent);
});

test('files end, break off, are not there, and do not leave their folder', async () => {
	symlinkSync('/etc/passwd', join(dir, 'link.mp4'));
	copyFileSync(join(dir, 'film.mkv'), join(dir, 'short.mkv'));
	truncateSync(join(dir, 'short.mkv'), 40000);
	writeFileSync(join(dir, 'noise.mp4'), Buffer.from(Array.from({length: 5000}, (_, i) => i * 7919 % 251)));
	writeFileSync(join(dir, 'list.m3u8'), '#EXTM3U\n#EXTINF:1,\nfilm.mkv\n#EXT-X-ENDLIST\n');
	writeFileSync(join(dir, 'list.txt'), "ffconcat version 1.0\nfile '/etc/passwd'\n");
	for (const url of ['media:/etc/passwd', 'media:../film.mkv', 'media:', 'file:///etc/passwd', 'gopher://127.0.0.1/', 'concat:a|b', 'http://127.0.0.1:1/'])
		assert.equal((await ask('POST', '/v1/rooms/no/inputs', {url})).json.type, 'urn:tessera:problem:url', url);
	const failing = await Promise.all(['link.mp4', 'none.mp4', 'noise.mp4', 'list.m3u8', 'list.txt'].map((name, i) => bring(`no${i}`, {url: `media:${name}`})));
	for (const path of failing) await becomes(path, 'failed');
	const short = await bring('short', {url: 'media:short.mkv'});
	const over = await becomes(short, 'ended');
	assert.match(over.reason, /over|input-ended/);
	const first = await bring('two', {url: 'test:'}), second = await bring('two', {url: 'test:'});
	const third = await ask('POST', '/v1/rooms/two/inputs', {url: 'test:'});
	assert.deepEqual([third.status, third.json.type], [409, 'urn:tessera:problem:too-many-inputs']);
	for (const path of [first, second]) assert.equal((await ask('DELETE', path)).status, 204);
});

test('HTTP and HLS come from where they may, and lead nowhere else', async () => {
	ffmpeg(['-i', join(dir, 'film.mkv'), '-c:v', 'copy', '-c:a', 'aac', join(dir, 'film.mp4')]); // its index is at the end
	ffmpeg(['-i', join(dir, 'film.mkv'), '-c:v', 'copy', '-c:a', 'aac', '-f', 'hls', '-hls_time', '1', '-hls_list_size', '0', join(dir, 'film.m3u8')]);
	const at = `http://127.0.0.1:${web.address().port}`;
	const good = await Promise.all(['film.mp4', 'film.m3u8'].map((name) => bring(`web-${name}`, {url: `${at}/${name}`})));
	const bad = await Promise.all(['away', 'away.m3u8', 'files.m3u8', 'none.mp4'].map((name) => bring(`web-${name}`, {url: `${at}/${name}?key=geheim`})));
	for (const path of good) assert.equal((await becomes(path, 'live')).video_info.codec, 'h264');
	for (const path of bad) {
		const {url, reason} = await becomes(path, 'failed');
		assert.ok(reason);
		assert.match(url, /\?\*\*\*$/);
	}
	for (const path of good) await becomes(path, 'ended');
	assert.ok(served.includes('film3.ts'), `all segments: ${served}`);
	// by a name: each segment is asked for by it, too, though the connection goes to the address that was looked at
	hosts = [];
	const named = await bring('web-named', {url: `http://localhost:${web.address().port}/film.m3u8`});
	await becomes(named, 'ended');
	assert.deepEqual([...new Set(hosts)], [`localhost:${web.address().port}`]);
	assert.ok(hosts.length >= 5, `${hosts}`);
	const before = served.length, many = await bring('web-many', {url: `${at}/many.m3u8`});
	assert.match((await becomes(many, 'failed')).reason, /too many parts/);
	assert.ok(served.length - before <= 66, `${served.length - before} requests`);
	assert.deepEqual(reached, [], 'nobody asked where they may not');
	assert.ok(!server.text.includes('geheim'), 'keys are not logged');
});

test('RTMP and SRT come, go and come again', async () => {
	const pushers = {
		rtmp: ['-f', 'flv', '-listen', '1', 'rtmp://127.0.0.1:19350/live/key'],
		srt: ['-f', 'mpegts', 'srt://127.0.0.1:19000?mode=listener'],
	};
	const push = (kind) => child('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', join(dir, 'film.mp4'), '-c', 'copy', ...pushers[kind]]);
	const urls = {rtmp: 'rtmp://127.0.0.1:19350/live/key', srt: 'srt://127.0.0.1:19000'};
	const kinds = Object.keys(urls), first = kinds.map(push);
	await sleep(500);
	const paths = await Promise.all(kinds.map((kind) => bring(kind, {url: urls[kind], name: kind})));
	for (const path of paths) assert.equal((await becomes(path, 'live', 20000)).live, true);
	for (const kind of kinds) {
		await eventually(`${kind} flows`, async () => {
			const [p] = await server.participants(kind);
			assert.ok(p.sources[0]?.fps >= 20 && p.audio.level_dbov > -60, JSON.stringify([p.sources, p.audio]));
		});
	}
	assert.ok(!(await ask('GET', paths[0])).json.url.includes('key'));
	for (const one of first) one.kill('SIGKILL');
	for (const path of paths) assert.ok((await becomes(path, 'retrying', 20000)).reason);
	for (const kind of kinds) assert.equal((await server.participants(kind))[0].state, 'stalled');
	kinds.forEach(push);
	for (const path of paths) {
		await becomes(path, 'live', 20000);
		assert.equal((await ask('DELETE', path)).status, 204);
	}
});

// One packet in fifty is lost: marks are seen in their order, and its tone is heard.
async function keepsOn(room, path) {
	const {peers: [{video, audio}]} = await play(server, {seconds: 6, room, peers: [{width: W, height: H, kbps: 300, who: 0, decode: true}]});
	assert.ok(video.marks[WHO]?.seen > 0.4 * video.marks[0].seen, JSON.stringify(video.marks));
	assert.ok(audio.tones[WHO] > 0.5, JSON.stringify(audio.tones));
	const {state, retries} = (await ask('GET', path)).json;
	assert.deepEqual([state, retries], ['live', 0]);
	console.log(`RTSP over UDP with loss: ${video.marks[WHO].seen} of ${video.marks[0].seen} pictures, its tone in ${audio.tones[WHO]}`);
}

test('RTSP over TCP, UDP and UDP with loss, and not to where it leads', async (t) => {
	const gi = spawnSync('/usr/bin/python3', ['-c', 'import gi; gi.require_version("GstRtspServer", "1.0")']);
	const away = createTcp((socket) => {
		socket.on('error', () => {});
		socket.on('data', (data) => {
			const cseq = /CSeq: (\d+)/i.exec(data.toString())?.[1] ?? 1;
			socket.write(`RTSP/1.0 302 Found\r\nCSeq: ${cseq}\r\nLocation: rtsp://127.0.0.1:${secret.address().port}/\r\n\r\n`);
		});
	});
	await new Promise((resolve) => { away.listen(18555, '127.0.0.1', resolve); });
	let bytes = 0, connections = 0;
	secret.on('connection', () => { connections++; });
	secret.on('connection', (socket) => socket.on('data', (data) => { bytes += data.length; }));
	const led = await bring('led', {url: 'rtsp://127.0.0.1:18555/film'});
	const {reason, retries} = await becomes(led, 'retrying');
	assert.match(reason, /leads elsewhere/);
	/* libavformat connects before it asks: once for each try, docs/INPUTS.md */
	assert.ok(connections <= retries + 2, `${connections} connections, ${retries} retries`);
	await ask('DELETE', led);
	away.close();
	assert.equal(bytes, 0, 'nothing was said to the other server');
	if (gi.status) return t.skip('no gir1.2-gst-rtsp-server-1.0');
	ffmpeg(['-stream_loop', '7', '-i', join(dir, 'film.mkv'), '-c:v', 'copy', '-c:a', 'libopus', join(dir, 'rtsp.mkv')]);
	const source = child('/usr/bin/python3', [new URL('rtsp_server.py', import.meta.url).pathname, '18554', join(dir, 'rtsp.mkv')]);
	await eventually('it listens', () => assert.match(source.text, /ready/));
	for (const [transport, name] of [['tcp', 'film'], ['udp', 'film'], ['udp', 'lossy']]) {
		const room = `rtsp-${transport}-${name}`, path = await bring(room, {url: `rtsp://127.0.0.1:18554/${name}`, transport});
		await becomes(path, 'live');
		await eventually('it flows', async () => {
			const [p] = await server.participants(room);
			assert.ok(p.sources[0]?.fps >= (name === 'lossy' ? 12 : 20) && p.audio.level_dbov > -60, JSON.stringify([p.sources, p.audio]));
		});
		if (name === 'lossy') await keepsOn(room, path);
		assert.equal((await ask('DELETE', path)).status, 204);
	}
});

test('nothing is left', () => server.assertIdle());
