// Where HTTP leads inputs (announcements: announcements.test.mjs): followed five times at most, each place by the same rules as the first; what is not named is never
// asked, and accounts stay with the server that they are meant for.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdirSync, readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {basename, join} from 'node:path';
import {after, before, test} from 'node:test';
import {request} from './lib/api.mjs';
import {folder} from './lib/media.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const dir = join(folder, 'redirects'), SECRET = 'Basic dXNlcjpnZWhlaW0=';
let server, web, other, secret, six, served = [], reached = [];

function ffmpeg(args) {
	const run = spawnSync('ffmpeg', ['-v', 'error', '-y', ...args]);
	assert.equal(run.status, 0, run.stderr.toString());
}

async function listen(handler, host = '127.0.0.1') {
	const one = createServer(handler);
	await new Promise((resolve) => { one.listen(0, host, resolve); });
	return one;
}

const port = (one) => one.address().port;

// A file of dir, by ranges.
function give(req, res) {
	let body;
	try { body = readFileSync(join(dir, basename(req.url.split('?')[0]))); } catch { return res.writeHead(404).end(); }
	const type = req.url.endsWith('.m3u8') ? 'application/vnd.apple.mpegurl' : 'video/mp4';
	const from = Number(/^bytes=(\d+)-/.exec(req.headers.range ?? '')?.[1] ?? -1);
	if (from < 0) return res.writeHead(200, {'Content-Type': type, 'Content-Length': body.length}).end(body);
	if (from >= body.length) return res.writeHead(416).end();
	res.writeHead(206, {'Content-Type': type, 'Content-Range': `bytes ${from}-${body.length - 1}/${body.length}`, 'Content-Length': body.length - from});
	return res.end(body.subarray(from));
}

// /to/URL leads there; /chain/N leads N times; /deep/... is the folder, whose second segment is elsewhere.
function serve(req, res) {
	served.push({host: req.headers.host, url: req.url, account: req.headers.authorization});
	const go = (location, status = 302) => res.writeHead(status, {Location: location}).end();
	const [, what, ...rest] = req.url.split('/');
	if (what === 'to') return go(decodeURIComponent(rest.join('/')));
	if (what === 'chain') return rest[0] === '0' ? go('/film.mp4', 301) : go(`../chain/${rest[0] - 1}`, 307);
	if (what === 'loop') return go(req.url, 308);
	if (what === 'locked') {
		if (req.headers.authorization !== SECRET) return res.writeHead(401, {'WWW-Authenticate': 'Basic realm="x"'}).end();
		return give(req, res);
	}
	if (req.url === '/deep/film1.ts') return go(`http://127.0.0.1:${port(other)}/film1.ts`);
	if (req.url === '/bad/film1.ts') return go(`http://127.0.0.1:${port(secret)}/film1.ts`);
	return give(req, res);
}

before(async () => {
	mkdirSync(dir, {recursive: true});
	ffmpeg(['-f', 'lavfi', '-i', 'testsrc=s=320x180:r=25:d=3', '-f', 'lavfi', '-i', 'sine=f=440:r=48000:d=3', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25',
		'-pix_fmt', 'yuv420p', '-c:a', 'aac', join(dir, 'film.mp4')]);
	ffmpeg(['-i', join(dir, 'film.mp4'), '-c', 'copy', '-f', 'hls', '-hls_time', '1', '-hls_list_size', '0', join(dir, 'film.m3u8')]);
	web = await listen(serve);
	other = await listen(serve);
	secret = await listen((req, res) => { reached.push(req.url); res.end(); });
	six = await listen((req, res) => { reached.push(req.url); res.end(); }, '::1').catch(() => null); // where there is IPv6
	server = await startServer({
		'inputs.max': 32, 'inputs.max_per_room': 32,
		// by its name the third may be asked for, but not at an address of this machine
		'inputs.allow': [`http://127.0.0.1:${port(web)}`, `http://127.0.0.1:${port(other)}`, `http://localhost:${port(web)}`, `http://localhost:${port(secret)}`].join(),
	});
});

after(async () => {
	for (const one of [web, other, secret, six]) one?.close();
	if (server?.child.exitCode === null) await server.stop();
});

async function ask(method, path, json) {
	const reply = await request(server.url + path, {method, headers: {Connection: 'close', ...(json && {'Content-Type': 'application/json'})},
		body: json ? JSON.stringify(json) : undefined});
	return {...reply, json: reply.body.length ? JSON.parse(reply.body) : null};
}

async function bring(url) {
	const reply = await ask('POST', '/v1/rooms/led/inputs', {url});
	assert.equal(reply.status, 201, reply.body.toString());
	return `/v1/rooms/led/inputs/${reply.json.id}`;
}

const becomes = (path, state) => eventually(`it is ${state}`, async () => {
	const {json} = await ask('GET', path);
	assert.equal(json.state, state, JSON.stringify(json));
	return json;
}, 20000);

const at = (path) => `http://127.0.0.1:${port(web)}${path}`;
const to = (url) => at(`/to/${encodeURIComponent(url)}`);

test('what is allowed is followed, five times at most', async () => {
	served = [];
	const good = [to('/film.mp4'), to(`http://127.0.0.1:${port(other)}/film.mp4?key=x`), to(`http://localhost:${port(web)}/film.mp4`), at('/chain/4')];
	for (const path of await Promise.all(good.map(bring))) assert.equal((await becomes(path, 'ended')).video_info.codec, 'h264');
	assert.ok(served.some((r) => r.host === `localhost:${port(web)}` && r.url === '/film.mp4'), 'a name is asked for by its name');
	for (const [url, why] of [[at('/chain/5'), /more than five/], [at('/loop'), /more than five/]]) {
		const {reason} = await becomes(await bring(url), 'failed');
		assert.match(reason, why, url);
	}
});

test('what is not allowed is refused in words, and never asked', async () => {
	const rows = [
		[`http://127.0.0.1:${port(secret)}/x`, /inputs.allow/],
		[`http://[::1]:${six ? port(six) : 80}/x`, /inputs.allow/],
		[`http://[::ffff:127.0.0.1]:${port(secret)}/x`, /inputs.allow/],
		[`http://2130706433:${port(secret)}/x`, /inputs.allow/],
		[`http://0.0.0.0:${port(secret)}/x`, /inputs.allow/],
		['http://169.254.169.254/latest/meta-data', /inputs.allow/],
		['http://10.0.0.1/x', /inputs.allow/],
		[`http://localhost:${port(secret)}/x`, /address that inputs.allow/], // a name that leads to this machine
		[`//localhost:${port(secret)}/x`, /address that inputs.allow/],
		['https://127.0.0.1/x', /inputs.allow/], // another scheme, another rule
		['file:///etc/passwd', /none of HTTP/],
		['rtmp://127.0.0.1/live/x', /none of HTTP/],
		['rtsp://127.0.0.1/x', /none of HTTP/],
		['gopher://127.0.0.1/', /none of HTTP/],
		['concat:x%7Cy', /none of HTTP/],
	];
	const paths = await Promise.all(rows.map(([url]) => bring(to(url))));
	for (const [i, path] of paths.entries()) assert.match((await becomes(path, 'failed')).reason, rows[i][1], rows[i][0]);
	assert.deepEqual(reached, []);
});

test('an account goes to no other server', async () => {
	served = [];
	const host = `user:geheim@127.0.0.1:${port(web)}`;
	const own = await bring(`http://${host}/to/${encodeURIComponent('/locked/film.mp4')}`);
	assert.equal((await becomes(own, 'ended')).video_info.codec, 'h264');
	assert.ok(served.some((r) => r.account === SECRET), 'the server itself gets it');
	served = [];
	const led = await bring(`http://${host}/to/${encodeURIComponent(`http://127.0.0.1:${port(other)}/locked/film.mp4`)}`);
	await becomes(led, 'failed');
	assert.ok(served.some((r) => r.host === `127.0.0.1:${port(other)}` && r.url === '/locked/film.mp4'), 'the other one was asked');
	assert.deepEqual(served.filter((r) => r.account), [], 'without it');
	// one that a Location brings is no account of ours
	const named = await bring(to(`http://user:other@127.0.0.1:${port(other)}/locked/film.mp4`));
	await becomes(named, 'failed');
	assert.deepEqual(served.filter((r) => r.account), []);
	assert.ok(!server.text.includes('geheim'), 'nor is it logged');
});

test('HLS: the playlist and its segments', async () => {
	served = [];
	const path = await bring(to(`http://localhost:${port(web)}/deep/film.m3u8`));
	await becomes(path, 'ended');
	const segments = served.filter((r) => r.url.endsWith('.ts'));
	// beside where the playlist was found, by its name; one of them is led elsewhere
	assert.ok(segments.some((r) => r.url === '/deep/film2.ts' && r.host === `localhost:${port(web)}`), JSON.stringify(segments));
	assert.ok(segments.some((r) => r.url === '/film1.ts' && r.host === `127.0.0.1:${port(other)}`), JSON.stringify(segments));
	assert.ok(!(await becomes(path, 'ended')).late);
	await becomes(await bring(at('/bad/film.m3u8')), 'ended');
	assert.deepEqual(reached, [], 'a segment leads nowhere else either');
});
