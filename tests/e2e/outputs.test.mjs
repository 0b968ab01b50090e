// Streams out of a room, as those who get them have them: ffmpeg listens, nginx takes RTMP; scripted participants with marks and tones.

import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {createWriteStream, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {createServer as createTlsServer} from 'node:tls';
import {request} from './lib/api.mjs';
import {checkMarks, checkTones, probe, samplesOf} from './lib/film.mjs';
import {folder} from './lib/media.mjs';
import {start} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {Reader} from './lib/sse.mjs';
import {eventually} from './lib/wait.mjs';

const small = {width: 320, height: 180, kbps: 300, fps: 30}, W = 640, H = 360, room = 'out', key = 'k3y-0f-the-stream';
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

// Serves one connection after the other; `talk` gets each.
async function serve(port, talk) {
	const sockets = new Set(), server = createServer((socket) => {
		sockets.add(socket);
		socket.on('error', () => {}).on('close', () => sockets.delete(socket));
		talk(socket);
	});
	server.listen(port, '127.0.0.1');
	await once(server, 'listening');
	return {server, close() {
		for (const socket of sockets) socket.destroy();
		server.close();
		return once(server, 'close');
	}};
}

// Of Icecast as much as a source needs: what follows the head is the file.
async function icecast(port, file) {
	const radio = {head: ''}, out = createWriteStream(file);
	const {close} = await serve(port, (socket) => socket.on('data', (bytes) => {
		if (radio.head.endsWith('\r\n\r\n')) return out.write(bytes);
		radio.head += bytes.toString('latin1');
		if (radio.head.endsWith('\r\n\r\n')) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
	}));
	radio.close = async () => { await close(); out.end(); await once(out, 'close'); };
	return radio;
}

// Says yes to whatever an RTSP client asks, reads so many bytes of what is recorded, and then no more of it.
function rtsp(socket, most) {
	let text = '', read = 0;
	socket.on('data', (bytes) => {
		if ((read += bytes.length) > most) return socket.pause();
		text += bytes.toString('latin1');
		for (let end; /^[A-Z]/.test(text) && (end = text.indexOf('\r\n\r\n')) >= 0;) {
			const head = text.slice(0, end), body = Number(/Content-Length: (\d+)/i.exec(head)?.[1] ?? 0);
			if (text.length < end + 4 + body) return;
			text = text.slice(end + 4 + body);
			const transport = /Transport: [^\r]*/.exec(head)?.[0];
			socket.write(`RTSP/1.0 200 OK\r\nCSeq: ${/CSeq: (\d+)/.exec(head)[1]}\r\nSession: 7\r\n${transport ? `${transport}\r\n` : ''}\r\n`);
		}
		if (!/^[A-Z]/.test(text)) text = '';
	});
}

const nginx = (dir) => run('nginx', ['-p', dir, '-c', join(dir, 'nginx.conf'), '-e', join(dir, 'error.log')]);

function nginxConfig(dir) {
	mkdirSync(join(dir, 'kept'), {recursive: true});
	writeFileSync(join(dir, 'nginx.conf'), `user root;
load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
daemon off; master_process off; worker_processes 1; pid ${dir}/pid; error_log ${dir}/error.log;
events {}
rtmp { server { listen 127.0.0.1:19361; application live { live on; record all; record_path ${dir}/kept; record_unique on; record_suffix -%s.flv; } } }
`);
}

// Streams begin where they are heard first, and end where they are cut: neither is to be played to the frame.
function check(file, {video = 'h264', audio = 'aac'} = {}) {
	const {streams} = probe(file);
	assert.deepEqual(streams.map((s) => s.codec_name).sort(), [audio, video].filter(Boolean).sort());
	if (video) checkMarks(file, W, H, tiles, 0.8);
	checkTones(samplesOf(file), 2);
}

test('a room with two in it', async () => {
	server = await startServer({'log.level': 'debug', 'outputs.allow': 'rtmp://127.0.0.1,srt://127.0.0.0/8,rtsp://127.0.0.1,udp://127.0.0.1,icecast://127.0.0.1,localhost,nowhere.invalid'});
	assert.equal((await ask('PUT', `/v1/rooms/${room}`, {video: {width: W, height: H}})).status, 201);
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
		listen(['-f', 'mpegts'], 'udp://127.0.0.1:19354?timeout=2500000', at('udp')),
	];
	await sleep(1000);
	const outputs = [
		await push(`rtmp://127.0.0.1:19351/live/${key}`, {name: 'Channel'}),
		await push('srt://127.0.0.1:19352?passphrase=0123456789ab&streamid=publish:secret'),
		await push('rtsp://127.0.0.1:19353/live'),
		await push('udp://127.0.0.1:19354'),
		await push('srt://127.0.0.1:19355?mode=listener'),
	];
	const radio = await icecast(19356, at('radio')), loud = await push('icecast://source:h4ckme@127.0.0.1:19356/room.ogg');
	const caller = listen(['-f', 'mpegts'], 'srt://127.0.0.1:19355', at('caller'));
	for (const one of [...outputs, loud]) await isIn(one, 'live');
	await sleep(4000);
	for (const one of outputs) {
		const {json} = await ask('GET', one);
		assert.ok(json.bytes > 100000 && json.bitrate_bps > 50000 && json.dropped === 0 && json.attempts <= 3, JSON.stringify(json));
	}
	const {json} = await ask('GET', path);
	assert.deepEqual(json.items.map((o) => o.url), ['rtmp://127.0.0.1:19351/live/***', 'srt://127.0.0.1:19352?passphrase=***&streamid=***',
		'rtsp://127.0.0.1:19353/***', 'udp://127.0.0.1:19354', 'srt://127.0.0.1:19355?mode=listener', 'icecast://***@127.0.0.1:19356/room.ogg']);
	assert.equal(json.items[5].audio_only, true);
	for (const one of [...outputs, loud]) assert.equal((await ask('DELETE', one)).status, 204);
	for (const one of [...receivers, caller]) await ended(one);
	for (const name of ['rtmp', 'srt', 'rtsp', 'udp', 'caller']) check(at(name));
	await radio.close();
	assert.match(radio.head, /^PUT \/room\.ogg HTTP\/1\.1\r\nHost: 127\.0\.0\.1:19356\r\n/);
	assert.match(radio.head, new RegExp(`Authorization: Basic ${Buffer.from('source:h4ckme').toString('base64')}\r\n`));
	check(at('radio'), {video: null, audio: 'opus'});
});

test('nginx is gone and comes back: live again within 10 s; another size is another stream', async () => {
	const dir = join(folder, 'nginx');
	nginxConfig(dir);
	let peer = nginx(dir);
	const events = new Reader(`${server.url}/v1/events`);
	await events.open();
	const one = await push(`rtmp://127.0.0.1:19361/live/${key}?sign=s1gned`);
	await isIn(one, 'live');
	await sleep(2000);
	peer.kill('SIGKILL');
	const lost = await isIn(one, 'retrying');
	assert.match(`${lost.reason} ${lost.detail}`, /^(closed|refused) [a-z :0-9]+$/);
	const skipped = (await server.metrics())['tessera_ticks_skipped_total{media="video"}'];
	await sleep(1500);
	peer = nginx(dir);
	const at = Date.now();
	const again = await isIn(one, 'live', 10000);
	assert.ok(Date.now() - at < 10000);
	assert.ok(again.attempts > 1 && again.since_ms > lost.since_ms, JSON.stringify(again));
	await sleep(3000);
	assert.equal((await ask('PATCH', `/v1/rooms/${room}`, {video: {width: 320, height: 180}})).status, 200);
	await sleep(3000);
	assert.equal((await isIn(one, 'live')).attempts, again.attempts + 1);
	assert.equal((await ask('PATCH', `/v1/rooms/${room}`, {video: {width: W, height: H}})).status, 200);
	assert.equal((await ask('DELETE', one)).status, 204);
	await sleep(500);
	peer.kill('SIGKILL');
	await peer.done;
	const files = readdirSync(join(dir, 'kept')).map((f) => join(dir, 'kept', f)).sort((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs);
	assert.equal(files.length, 3);
	assert.deepEqual(files.map((f) => probe(f).streams.find((s) => s.codec_type === 'video').width), [W, W, 320]);
	checkMarks(files[1], W, H, tiles, 0.8);
	console.log(`ticks skipped: ${(await server.metrics())['tessera_ticks_skipped_total{media="video"}'] - skipped}`);
	await eventually('events tell of all that', () => assert.ok(events.outputs.some((e) => e.event === 'output.removed')));
	const told = events.outputs.filter((e) => e.event === 'output.updated').map((e) => e.data.state);
	for (const state of ['connecting', 'live', 'retrying']) assert.ok(told.includes(state), `${state}: ${told}`);
	events.drop();
	assert.ok(!JSON.stringify(events.outputs).includes(key));
});

test('a peer that reads no more: the room and other streams go on, memory stays, and it is left for another try', async () => {
	for (const name of ['tcp_rmem', 'tcp_wmem']) writeFileSync(`/proc/sys/net/ipv4/${name}`, '4096 16384 16384');
	const most = [100000, Infinity], film = join(folder, 'beside.mkv');
	const deaf = await serve(19371, (socket) => rtsp(socket, most.shift() ?? Infinity));
	const receiver = listen(['-f', 'mpegts'], 'udp://127.0.0.1:19372?timeout=2500000', film);
	const beside = await push('udp://127.0.0.1:19372');
	await isIn(beside, 'live');
	const rss = await server.rss(), one = await push('rtsp://127.0.0.1:19371/live');
	const lost = await isIn(one, 'retrying', 20000);
	assert.equal(lost.reason, 'stalled');
	assert.ok(lost.dropped > 20, `${lost.dropped} dropped`);
	assert.equal((await isIn(one, 'live', 10000)).attempts, 2);
	const grown = await server.rss() - rss;
	assert.ok(grown < 40000, `${grown} kB more`); // the queue's 6 MB; AddressSanitizer keeps what was freed
	await sleep(1000);
	assert.equal((await ask('GET', beside)).json.dropped, 0);
	for (const at of [one, beside]) await ask('DELETE', at);
	await ended(receiver);
	await deaf.close();
	const {gap} = checkMarks(film, W, H, tiles, 0.8);
	assert.ok(gap < 0.5, `pictures are ${gap} s apart`);
	console.log(`memory ${grown} kB, dropped ${lost.dropped}, gap beside ${gap.toFixed(3)} s`);
});

test('what may not be, and what nobody is told', async () => {
	for (const [url, type] of [['file:///etc/passwd', 'url'], ['http://127.0.0.1/x', 'url'], ['rtmp://127.0.0.1/nokey', 'url'],
		['rtmp://10.1.2.3/a/b', 'not-allowed'], ['rtmp://169.254.169.254/a/b', 'not-allowed'], ['udp://127.0.0.2:5000', 'not-allowed'],
		['rtmps://elsewhere.invalid/a/b', 'not-allowed']]) {
		const reply = await ask('POST', path, {url});
		assert.deepEqual([reply.status, reply.json.type], [422, `urn:tessera:problem:${type}`], url);
	}
	const {json} = await ask('GET', `/v1/rooms/${room}`);
	assert.equal(json.streamed, false);
	const metrics = await server.metrics();
	assert.equal(metrics['tessera_outputs{protocol="rtmp"}'], 0);
	assert.ok(metrics['tessera_output_bytes_total{protocol="srt"}'] > 100000);
	const cert = join(folder, 'stranger.pem');
	spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', cert, '-out', `${cert}.crt`, '-days', '2', '-subj', '/CN=localhost']);
	const stranger = createTlsServer({key: readFileSync(cert), cert: readFileSync(`${cert}.crt`)}, (socket) => socket.on('error', () => {}));
	stranger.on('tlsClientError', () => {}).listen(19382, '127.0.0.1');
	const secure = await push(`rtmps://localhost:19382/live/${key}`);
	assert.equal((await isIn(secure, 'retrying')).reason, 'tls');
	await ask('DELETE', secure);
	stranger.close();
	await push(`rtmp://nowhere.invalid/live/${key}`);
	await sleep(200);
	peers.child.kill('SIGKILL');
	await peers.done.catch(() => {});
	await server.stop(); // in time, whatever name servers say
	for (const secret of [key, 's1gned', '0123456789ab', 'publish:secret', 'h4ckme', Buffer.from('source:h4ckme').toString('base64')])
		assert.ok(!server.text.includes(secret), secret);
});
