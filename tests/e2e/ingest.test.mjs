// Publishers that push: ffmpeg and GStreamer by RTMP and SRT, seen and heard by a scripted participant; who may not, who guesses, who sends
// rubbish, too much or nothing at all.

import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {connect} from 'node:net';
import {join} from 'node:path';
import {afterEach, before, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {request} from './lib/api.mjs';
import {readMark, toneHz, writeMark} from './lib/mark.mjs';
import {folder} from './lib/media.mjs';
import {play} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const W = 320, H = 180, FPS = 25, SECONDS = 4, RTMP = 21935, RTMPS = 21936, SRT = 29000;
const dir = join(folder, 'ingest');
const children = new Set(), sockets = new Set();
let server;

function ffmpeg(args, input) {
	const run = spawnSync('ffmpeg', ['-v', 'error', '-y', ...args], {input, maxBuffer: 1 << 28});
	assert.equal(run.status, 0, run.stderr.toString());
	return run.stdout;
}

function child(command, args, stdin = 'ignore') {
	const one = spawn(command, args, {stdio: [stdin, 'pipe', 'pipe']});
	children.add(one);
	one.text = '';
	one.over = new Promise((resolve) => { one.once('exit', (code, signal) => resolve(code ?? signal)); });
	for (const stream of [one.stdout, one.stderr]) stream.setEncoding('utf8').on('data', (chunk) => { one.text += chunk; });
	return one;
}

process.on('exit', () => { for (const one of children) one.kill('SIGKILL'); });

function picture(who, frame) {
	const yuv = Buffer.alloc(W * H * 3 / 2, 128);
	writeMark(yuv, W, H, who, frame);
	return yuv;
}

// Marks and a tone of that participant, in H.264 with B-frames and AAC.
function makeFilm(who) {
	const raw = join(dir, 'raw.yuv');
	writeFileSync(raw, Buffer.concat(Array.from({length: FPS * SECONDS}, (_, i) => picture(who, i))));
	ffmpeg(['-f', 'rawvideo', '-s', `${W}x${H}`, '-r', String(FPS), '-i', raw, '-f', 'lavfi', '-i', `sine=f=${toneHz(who)}:r=48000:d=${SECONDS}`,
		'-c:v', 'libx264', '-preset', 'veryfast', '-bf', '2', '-g', '25', '-pix_fmt', 'yuv420p', '-af', 'volume=2', '-c:a', 'aac', join(dir, `film${who}.mp4`)]);
}

before(() => {
	mkdirSync(dir, {recursive: true});
	for (const who of [3, 5]) makeFilm(who);
});

async function start(settings = {}) {
	server = await startServer({'ingest.rtmp_listen': `127.0.0.1:${RTMP}`, 'ingest.srt_listen': `127.0.0.1:${SRT}`, ...settings});
}

async function stop() {
	for (const one of children) one.kill('SIGKILL');
	for (const one of sockets) one.destroy();
	sockets.clear();
	await server.assertIdle();
	await server.stop();
}

afterEach(async () => {
	for (const one of children) one.kill('SIGKILL');
	for (const one of sockets) one.destroy();
	if (server?.child.exitCode === null) {
		server.kill();
		await server.ended;
	}
});

async function ask(method, path, json) {
	const reply = await request(server.url + path, {method, headers: {Connection: 'close', ...(json && {'Content-Type': 'application/json'})},
		body: json ? JSON.stringify(json) : undefined});
	return {...reply, json: reply.body.length ? JSON.parse(reply.body) : null};
}

const rtmp = (path) => ['-f', 'flv', `rtmp://127.0.0.1:${RTMP}/${path}`];
const srt = (streamid, more = '') => ['-f', 'mpegts', `srt://127.0.0.1:${SRT}?streamid=${streamid}${more}`];
const push = (who, to) => child('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', join(dir, `film${who}.mp4`), '-c', 'copy', ...to]);
const inputs = async (room) => (await ask('GET', `/v1/rooms/${room}/inputs`)).json.items;

const live = (room, n) => eventually(`${n} push into ${room}`, async () => {
	const items = (await inputs(room)).filter((one) => one.state === 'live');
	assert.equal(items.length, n, JSON.stringify(await inputs(room)));
	return items;
}, 20000);

const over = async (room, limitMs = 15000) => {
	const from = Date.now();
	await eventually(`nobody pushes into ${room}`, async () => assert.equal((await server.participants(room)).length, 0), limitMs);
	return Date.now() - from;
};

test('RTMP and SRT are seen in their tiles and heard, and end with their publisher', async () => {
	await start();
	const room = 'studio', one = push(3, rtmp(`live/${room}?name=Studio`)), two = push(5, srt(`#!::r=${room},m=publish,u=Hall`));
	const items = await live(room, 2);
	assert.deepEqual(items.map(({name, url, pushed}) => [name, url, pushed.protocol]).sort(), [['Hall', 'push:srt', 'srt'], ['Studio', 'push:rtmp', 'rtmp']]);
	const {peers: [{video, audio}]} = await play(server, {seconds: 8, room, peers: [{width: W, height: H, kbps: 300, who: 0, decode: true}]});
	for (const who of [3, 5]) {
		// of as many pictures as came at all
		assert.ok(video.marks[who]?.seen > Math.max(20, 0.8 * video.marks[0].seen), JSON.stringify(video.marks));
		assert.ok(audio.tones[who] > 0.6, JSON.stringify(audio.tones));
	}
	for (const {video_info, audio_info, pushed} of await inputs(room)) {
		assert.deepEqual([video_info.codec, video_info.width, audio_info.codec], ['h264', W, 'aac']);
		assert.ok(pushed.kbps > 20 && pushed.bytes > 10000, JSON.stringify(pushed));
	}
	assert.deepEqual((await server.participants(room)).map(({kind}) => kind), ['input', 'input']);
	// kicked: the connection is closed, and nobody is called back
	const kicked = items.find(({name}) => name === 'Studio');
	assert.equal((await ask('DELETE', `/v1/rooms/${room}/participants/${kicked.participant}`)).status, 204);
	assert.notEqual(await one.over, 0);
	assert.equal((await ask('GET', `/v1/rooms/${room}/inputs/${kicked.id}`)).json.reason, 'kicked');
	two.kill('SIGKILL');
	console.log(`a killed SRT publisher was gone after ${await over(room)} ms`);
	const three = push(3, rtmp('solo'));
	const [solo] = await live('solo', 1);
	assert.equal(solo.name, 'rtmp');
	three.kill('SIGKILL');
	console.log(`a killed RTMP publisher was gone after ${await over('solo')} ms`);
	const [ended] = await inputs('solo');
	assert.deepEqual([ended.state, ended.pushed.kbps], ['ended', 0]);
	// DELETE of the input itself
	const four = push(5, srt('solo'));
	const [{id}] = await live('solo', 1);
	assert.equal((await ask('DELETE', `/v1/rooms/solo/inputs/${id}`)).status, 204);
	assert.notEqual(await four.over, 0);
	await stop();
});

test('RTMPS: a publisher of ffmpeg, strangers who speak no TLS, one address that shakes hands too often', async () => {
	const pem = (name) => join(dir, name);
	const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', pem('key.pem'), '-out', pem('cert.pem')]);
	assert.equal(made.status, 0, String(made.stderr));
	await start({'ingest.rtmps_listen': `127.0.0.1:${RTMPS}`, 'ingest.rtmps_cert': pem('cert.pem'), 'ingest.rtmps_key': pem('key.pem')});
	// connections that say nothing shake no hands: they keep nobody from it
	for (let i = 0; i < 12; i++) await new Promise((resolve, reject) => {
		const socket = connect(RTMPS, '127.0.0.1', () => socket.destroy());
		socket.on('error', reject).on('close', resolve);
	});
	const one = push(3, ['-f', 'flv', `rtmps://127.0.0.1:${RTMPS}/live/secret?name=Tls`]);
	const [{name, url, pushed}] = await live('secret', 1);
	assert.deepEqual([name, url, pushed.protocol], ['Tls', 'push:rtmps', 'rtmps']);
	const {peers: [{video, audio}]} = await play(server, {seconds: 5, room: 'secret', peers: [{width: W, height: H, kbps: 300, who: 0, decode: true}]});
	assert.ok(video.marks[3]?.seen > Math.max(20, 0.8 * video.marks[0].seen), JSON.stringify(video.marks));
	assert.ok(audio.tones[3] > 0.6, JSON.stringify(audio.tones));
	// the certificate is read again, and who is there goes on
	server.child.kill('SIGHUP');
	await eventually('it was read again', async () => assert.match(server.text, /event="certificate" of=rtmps/));
	const stranger = () => new Promise((resolve) => {
		const socket = connect(RTMPS, '127.0.0.1', () => socket.write('\x03 this is RTMP in the clear'));
		sockets.add(socket);
		socket.on('error', () => {}).on('close', resolve).resume();
	});
	await Promise.all(Array.from({length: 20}, stranger));
	assert.equal((await server.metrics())['tessera_push_connections{protocol="rtmps"}'], 1);
	assert.ok((await server.metrics())['tessera_push_connections_cut_total{reason="limit"}'] > 0, 'some were not let in');
	assert.equal((await inputs('secret'))[0].state, 'live');
	one.kill('SIGKILL');
	await over('secret');
	await stop();
});

test('PINs are asked for, wrong ones are refused and throttled, none is logged', async () => {
	await start({'join.policy': 'pin', 'join.pin': '47114711'});
	const right = [rtmp('live/pins?pin=47114711&name=Same'), rtmp('pins?pin=47114711&name=Same'), rtmp('live/pins/47114711'), srt('pins?pin=47114711')];
	for (const to of right) push(3, to);
	const items = await live('pins', 4);
	assert.equal(new Set(items.map(({participant}) => participant)).size, 4, 'each has a participant of its own');
	assert.equal(items.filter(({name}) => name.startsWith('Same')).length, 2);
	const refused = async (to, said) => {
		const one = push(3, to);
		assert.notEqual(await one.over, 0);
		if (said) assert.match(one.text, said);
	};
	await refused(rtmp('live/pins'));
	await refused(rtmp('live/pins?pin=geheim99'));
	await refused(srt('pins'));
	await refused(srt('#!::r=pins,m=publish,s=geheim99'));
	await refused(srt('#!::r=pins,m=request,s=47114711'));
	await refused(srt('no:room'));
	for (let i = 0; i < 8; i++) await refused(rtmp(`live/pins/geheim0${i}`));
	// ten wrong ones: the right one has to wait as well
	await refused(rtmp('live/pins/47114711'));
	const metrics = await server.metrics();
	assert.ok(metrics['tessera_secrets_refused_total{kind="pin"}'] >= 1, 'guesses are throttled');
	assert.ok(metrics.tessera_pushes_refused_total >= 14, `${metrics.tessera_pushes_refused_total} refused`);
	assert.equal((await live('pins', 4)).length, 4, 'those inside are not touched');
	for (const secret of ['geheim', '47114711']) assert.ok(!server.text.includes(secret), 'secrets are not logged');
	assert.ok(!JSON.stringify(await inputs('pins')).includes('47114711'));
	await stop();
});

// ---- strangers

function stranger(bytes = null) {
	const one = connect(RTMP, '127.0.0.1');
	sockets.add(one);
	one.open = true;
	one.on('error', () => {});
	one.on('close', () => { one.open = false; });
	if (bytes) one.on('connect', () => one.write(bytes));
	one.resume();
	return one;
}

const openOf = (all) => all.filter((one) => one.open).length;

test('strangers who are slow, many, loud or mute harm nobody', async () => {
	await start({'ingest.max_connections': 12, 'ingest.max_per_address': 10, 'ingest.max_kbps': 2000});
	const [good, stalled, fast] = [push(3, rtmp('live/good')), push(5, rtmp('live/stalled')), 'live/fast'];
	await live('good', 1);
	await live('stalled', 1);
	stalled.kill('SIGSTOP');
	const stopped = Date.now();
	// a hello, byte by byte
	const slow = Array.from({length: 4}, () => stranger());
	const began = Date.now(), drip = setInterval(() => { for (const one of slow) if (one.open) one.write(Buffer.from([3])); }, 500);
	await eventually('slow handshakes end', () => assert.equal(openOf(slow), 0), 12000);
	clearInterval(drip);
	assert.ok(Date.now() - began > 4000, 'they had five seconds');
	// fifty at once: of one address ten, with the two that publish
	const many = Array.from({length: 50}, () => stranger());
	await eventually('most are closed', () => assert.ok(openOf(many) <= 8, `${openOf(many)} open`), 4000);
	const {[`tessera_push_connections{protocol="rtmp"}`]: connections} = await server.metrics();
	assert.ok(connections <= 10, `${connections} connections`);
	for (const one of many) one.destroy();
	// rubbish, in front of the handshake and behind it
	const rubbish = Buffer.from(Array.from({length: 9000}, (_, i) => i * 7919 % 251));
	const bad = [rubbish, Buffer.concat([Buffer.from([3]), Buffer.alloc(3072), rubbish]), Buffer.from('GET / HTTP/1.1\r\n\r\n')].map(stranger);
	await eventually('rubbish is cut', () => assert.equal(openOf(bad), 0), 4000);
	// as fast as it can: 2 Mbit/s for five seconds are 1.25 MB
	const film = join(dir, 'fast.flv');
	ffmpeg(['-f', 'lavfi', '-i', 'nullsrc=s=320x180:r=25,geq=random(1)*255:128:128', '-t', '4', '-c:v', 'libx264', '-preset', 'ultrafast', '-b:v', '8M', '-minrate', '8M', '-bufsize', '8M', film]);
	const loud = child('ffmpeg', ['-v', 'error', '-stream_loop', '-1', '-i', film, '-c', 'copy', ...rtmp(fast)]);
	assert.notEqual(await loud.over, 0);
	await over('stalled', 15000);
	console.log(`a publisher that stalls was gone after ${Date.now() - stopped} ms`);
	const metrics = await server.metrics();
	for (const reason of ['limit', 'silent', 'bad', 'rate'])
		assert.ok(metrics[`tessera_push_connections_cut_total{reason="${reason}"}`] > 0, reason);
	await eventually('the good one flows', async () => {
		const [p] = await server.participants('good');
		assert.ok(p.sources[0]?.fps >= 20 && p.audio.level_dbov > -60, JSON.stringify(p.sources));
	});
	assert.equal(good.exitCode, null);
	await stop();
});

test('pictures that are too large are not decoded', async () => {
	await start({'media.max_picture': '1280x720'});
	const film = join(dir, 'large.flv');
	ffmpeg(['-f', 'lavfi', '-i', 'testsrc=s=3840x2160:r=30', '-t', '1', '-c:v', 'libx264', '-preset', 'ultrafast', film]);
	const one = child('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', film, '-c', 'copy', ...rtmp('live/large')]);
	const failed = await eventually('it has failed', async () => {
		const [input] = await inputs('large');
		assert.equal(input?.state, 'failed', JSON.stringify(input));
		return input;
	}, 20000);
	assert.match(failed.reason, /large|size/);
	assert.notEqual(await one.over, 0);
	await stop();
});

test('SRT with a passphrase; GStreamer by both', async (t) => {
	await start({'ingest.srt_passphrase': 'long-enough-phrase'});
	const open = push(3, srt('open')), wrong = push(3, srt('wrong', '&passphrase=another-long-phrase'));
	push(3, srt('secret', '&passphrase=long-enough-phrase'));
	await live('secret', 1);
	await Promise.all([open.over, wrong.over]);
	assert.ok(!/room=(open|wrong)\b/.test(server.text), 'a handshake alone makes no room and no participant');
	const has = (name) => spawnSync('gst-inspect-1.0', ['--exists', name]).status === 0;
	if (!has('rtmp2sink') || !has('qtdemux')) return t.skip('no GStreamer with rtmp2sink');
	// it knows no loop: a film that lasts
	const long = join(dir, 'long.mp4');
	ffmpeg(['-stream_loop', '9', '-i', join(dir, 'film5.mp4'), '-c', 'copy', long]);
	const pipeline = (mux, sink) => child('gst-launch-1.0', ['-q', 'filesrc', `location=${long}`, '!', 'qtdemux', 'name=d', 'd.video_0', '!', 'queue', '!', 'h264parse',
		'config-interval=-1', '!', ...mux, 'name=m', '!', ...sink, 'd.audio_0', '!', 'queue', '!', 'aacparse', '!', 'm.']);
	pipeline(['flvmux', 'streamable=true'], ['rtmp2sink', 'sync=true', `location=rtmp://127.0.0.1:${RTMP}/live/gst`]);
	if (has('srtsink'))
		pipeline(['mpegtsmux', 'alignment=7'], ['srtsink', 'sync=true', `uri=srt://127.0.0.1:${SRT}?streamid=gst&passphrase=long-enough-phrase`]);
	for (const {video_info, audio_info} of await live('gst', has('srtsink') ? 2 : 1))
		assert.deepEqual([video_info.codec, audio_info.codec], ['h264', 'aac']);
	const {peers: [{video, audio}]} = await play(server, {seconds: 5, room: 'gst', peers: [{width: W, height: H, kbps: 300, who: 0, decode: true}]});
	assert.ok(video.marks[5]?.seen > 20, JSON.stringify(video.marks));
	assert.ok(audio.tones[5] > 0.5, JSON.stringify(audio.tones));
	return stop();
});

test('the delay from the publisher to the mix', async () => {
	const recordings = join(dir, 'recorded');
	mkdirSync(recordings, {recursive: true, mode: 0o750});
	await start({'recording.dir': recordings, 'recording.min_free_mb': 1});
	for (const [kind, to] of Object.entries({rtmp: rtmp('live/delay-rtmp'), srt: srt('delay-srt')})) {
		const room = `delay-${kind}`, written = [], delays = [], from = Date.now();
		const one = child('ffmpeg', ['-v', 'error', '-f', 'rawvideo', '-s', `${W}x${H}`, '-r', String(FPS), '-probesize', '32', '-i', '-', '-c:v', 'libx264',
			'-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25', '-pix_fmt', 'yuv420p', '-flush_packets', '1', '-muxdelay', '0', ...to], 'pipe');
		one.stdin.on('error', () => {});
		const feed = setInterval(() => {
			while (written.length < (Date.now() - from) * FPS / 1000) {
				one.stdin.write(picture(3, written.length));
				written.push(Date.now());
			}
		}, 10);
		await live(room, 1);
		// nothing is drawn for nobody
		assert.equal((await ask('POST', `/v1/rooms/${room}/recordings`, {format: 'mp4'})).status, 201);
		await eventually('there are marks', async () => {
			const {status, body} = await request(`${server.url}/v1/rooms/${room}/snapshot.jpg`), at = Date.now();
			if (status === 200) {
				const grey = ffmpeg(['-f', 'image2pipe', '-i', '-', '-vf', `scale=${W}:${H}`, '-pix_fmt', 'gray', '-f', 'rawvideo', '-'], body);
				const mark = readMark(grey, W, {x: 0, y: 0, w: W, h: H});
				if (mark) delays.push(at - written[mark.frame]);
			}
			assert.ok(delays.length >= 12, `${delays.length} marks`);
		});
		clearInterval(feed);
		one.kill('SIGKILL');
		delays.splice(0, 2); // the first is from before the recording
		delays.sort((a, b) => a - b);
		console.log(`${kind}: ${delays[0]} to ${delays.at(-1)} ms from the publisher's picture to a snapshot of the mix, median ${delays[delays.length >> 1]}`);
		assert.ok(delays[0] < 1500, `${delays} ms`);
		await over(room);
	}
	await stop();
});
