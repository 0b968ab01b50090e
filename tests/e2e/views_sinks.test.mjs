// Views of one room as recordings, streams, snapshots and SIP calls have them: each its own picture, all gone when nobody takes them.

import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {request} from './lib/api.mjs';
import {Snapshot, worst} from './lib/edges.mjs';
import {checkMarks, pictures, probe} from './lib/film.mjs';
import {readMark} from './lib/mark.mjs';
import {folder} from './lib/media.mjs';
import {start} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {Phone} from './lib/sip.mjs';
import {eventually} from './lib/wait.mjs';

const room = 'wall', N = 4, SIP = 5991, RTMP = 5992, at = `/v1/rooms/${room}`, dir = join(folder, 'of-views');
const small = {width: 320, height: 180, kbps: 300, fps: 15, tone_amplitude: 0};
const shapes = {
	main: {video: {width: 640, height: 360, fps: 15}},
	portrait: {video: {width: 360, height: 810, fps: 15}, when: {aspect_max: 0.9}},
	square: {video: {width: 480, height: 480, fps: 15}, labels: false, when: {aspect_min: 0.9, aspect_max: 1.5}},
	stage: {video: {width: 640, height: 480, fps: 15}, layout: 'speaker'},
};
const further = Object.keys(shapes).slice(1);
let server, peers;
const children = new Set();

before(async () => {
	mkdirSync(dir, {recursive: true, mode: 0o750});
	server = await startServer({'recording.dir': dir, 'recording.min_free_mb': 1, 'outputs.allow': '127.0.0.1', 'sip.listen': `udp:127.0.0.1:${SIP}`,
		'sip.policy': 'open', 'sip.dial': '127.0.0.1:1024-65535'});
	assert.equal((await ask('PUT', at, shapes.main)).status, 201);
	for (const name of further) assert.equal((await ask('PUT', `${at}/views/${name}`, shapes[name])).status, 201);
	peers = start(server, {seconds: 200, room, urgent: false, peers: [{...small, count: N, who: 0}]});
	await eventually('all are seen', async () => {
		const items = await server.participants(room);
		assert.equal(items.filter((p) => p.state === 'connected' && p.sources.some((s) => s.kind === 'camera' && s.codec)).length, N);
	}, 60000);
});
after(async () => {
	for (const child of children) child.kill('SIGKILL');
	peers?.child.kill('SIGKILL');
	if (server?.child.exitCode === null) await server.stop();
});

async function ask(method, path, json) {
	const reply = await request(server.url + path, {method, headers: {Connection: 'close', ...(json && {'Content-Type': 'application/json'})},
		body: json ? JSON.stringify(json) : undefined});
	return {...reply, json: /json/.test(reply.headers['content-type'] ?? '') && reply.body.length ? JSON.parse(reply.body) : null};
}

function run(command, args) {
	const child = spawn(command, args, {stdio: ['ignore', 'ignore', 'pipe']});
	child.text = '';
	child.stderr.setEncoding('utf8').on('data', (more) => { child.text += more; });
	child.done = once(child, 'close');
	children.add(child);
	child.done.then(() => children.delete(child));
	return child;
}

const view = async (name) => (await ask('GET', `${at}/views/${name}`)).json;
const composed = async () => (await server.metrics()).tessera_views_composed;

async function make(what, json) {
	const reply = await ask('POST', `${at}/${what}`, json);
	assert.equal(reply.status, 201, reply.body.toString());
	assert.equal(reply.json.view, json.view);
	return {...reply.json, path: `${at}/${what}/${reply.json.id}`};
}

// Where everybody is in it.
async function placesIn(name) {
	const {now} = await view(name), items = await server.participants(room), regions = now.regions.filter((r) => r.participant);
	const who = (region) => Number(items.find((p) => p.id === region.participant).name.replace('peer-', ''));
	assert.equal(regions.length, N);
	const tiles = Array.from({length: N}, (_, n) => regions.find((r) => who(r) === n));
	return {regions, who, tiles, width: now.canvas.width, height: now.canvas.height};
}

// Marks, and where walls end, of one picture that ffmpeg reads from file; tiles that are too small for marks are judged by their walls.
function checkPicture(file, places, seek = []) {
	const {width, height, tiles} = places, raw = `${file}.yuv`;
	const {status, stderr} = spawnSync('ffmpeg', ['-v', 'error', '-y', ...seek, '-i', file, '-frames:v', '1', '-pix_fmt', 'yuv420p', '-f', 'rawvideo', raw]);
	assert.equal(status, 0, stderr.toString());
	const mix = new Snapshot(raw, width, height);
	assert.equal(mix.i420.length, width * height * 3 / 2, `it is of ${width}x${height}`);
	tiles.forEach((tile, who) => {
		if (tile.h >= 120) assert.equal(readMark(mix.i420, width, tile)?.who, who, `${who} is in their tile`);
	});
	const off = worst(mix, places.regions, places.who);
	assert.ok(off <= 2, `edges are off by ${off} pixels`);
	return off;
}

async function snapshot(name) {
	const {status, body, headers} = await ask('GET', `${at}/snapshot.jpg${name ? `?view=${name}` : ''}`), file = join(dir, `${name ?? 'main'}.jpg`);
	assert.deepEqual([status, headers['content-type']], [200, 'image/jpeg']);
	writeFileSync(file, body);
	return file;
}

// Nobody takes any of them but main, which people receive.
const unwatched = () => eventually('they cost nothing', async () => {
	for (const name of further) {
		const {sinks, encoders, receivers} = await view(name);
		assert.deepEqual([name, sinks, encoders, receivers], [name, 0, 0, 0]);
	}
	assert.equal(await composed(), 1);
});

test('what is no view is refused in words', async () => {
	const problem = async (method, path, json) => {
		const {status, json: {type, pointer}} = await ask(method, path, json);
		return [status, type.replace('urn:tessera:problem:', ''), pointer];
	};
	assert.deepEqual(await problem('POST', `${at}/recordings`, {view: 'nowhere'}), [422, 'no-such-view', '/view']);
	assert.deepEqual(await problem('POST', `${at}/outputs`, {type: 'hls', view: 'nowhere'}), [422, 'no-such-view', '/view']);
	assert.deepEqual(await problem('POST', `${at}/calls`, {to: 'sip:a@127.0.0.1', view: 'nowhere'}), [422, 'no-such-view', '/view']);
	assert.deepEqual(await problem('POST', '/v1/rooms/not-yet/calls', {to: 'sip:a@127.0.0.1', view: 'portrait'}), [422, 'no-such-view', '/view']);
	assert.deepEqual(await problem('GET', `${at}/snapshot.jpg?view=nowhere`), [404, 'no-such-view', '/view']);
	for (const bad of ['', '=content', '.x', 'x'.repeat(33), 7]) assert.equal((await ask('POST', `${at}/recordings`, {view: bad})).status, 422, String(bad));
	assert.equal((await ask('GET', `${at}/snapshot.jpg?view=%3Dcontent`)).status, 404);
	assert.deepEqual((await ask('GET', `${at}/recordings`)).json.items, []);
	await unwatched();
});

test('four views of a room: each recording and snapshot is of its own layout', {timeout: 120000}, async () => {
	// nobody receives them, yet there are pictures: main has people's cameras decoded
	for (const name of further) checkPicture(await snapshot(name), await placesIn(name));
	await unwatched();

	const recordings = {};
	for (const name of Object.keys(shapes)) recordings[name] = await make('recordings', {view: name, format: 'mp4'});
	await eventually('each is coded', async () => {
		for (const name of Object.keys(shapes)) assert.deepEqual([name, (await view(name)).sinks], [name, 1]);
		for (const name of further) assert.equal((await view(name)).encoders, 1);
		assert.equal(await composed(), 4);
	});
	await sleep(6000);
	const places = {}, off = [];
	for (const name of Object.keys(shapes)) {
		places[name] = await placesIn(name);
		off.push(checkPicture(await snapshot(name), places[name]));
	}
	for (const name of Object.keys(shapes)) assert.equal((await ask('DELETE', recordings[name].path)).status, 204);
	for (const name of Object.keys(shapes)) {
		const {path, id} = recordings[name], {width, height, tiles} = places[name], file = join(dir, `${id}.mp4`);
		const done = await eventually('it is done', async () => {
			const {json} = await ask('GET', path);
			assert.equal(json.state, 'done');
			return json;
		}, 60000);
		assert.deepEqual([done.view, done.parts.map((p) => [p.width, p.height])], [name, [[width, height]]]);
		assert.deepEqual(probe(file).streams.map((s) => s.codec_name), ['h264', 'opus']);
		const readable = tiles.filter((tile) => tile.h >= 120).length;
		if (readable === N) checkMarks(file, width, height, tiles, 0.8);
		off.push(checkPicture(file, places[name], ['-ss', '4']));
		const sidecar = (await ask('GET', `${path}/sidecar`)).json, layouts = sidecar.journal.filter((e) => e.event === 'layout');
		assert.equal(sidecar.view, name);
		assert.deepEqual(layouts.at(-1).canvas, {width, height});
	}
	console.log(`edges are off by at most ${Math.max(...off)} pixels`);
	await unwatched();
});

test('streams of views: RTMP, HLS, HTTP-FLV', {timeout: 120000}, async () => {
	const film = join(dir, 'rtmp.mkv'), flv = join(dir, 'flv.mkv');
	const taker = run('ffmpeg', ['-v', 'error', '-y', '-listen', '1', '-f', 'flv', '-i', `rtmp://127.0.0.1:${RTMP}/live/key`, '-t', '4', '-c', 'copy', film]);
	const rtmp = await make('outputs', {url: `rtmp://127.0.0.1:${RTMP}/live/key`, view: 'portrait'});
	const hls = await make('outputs', {type: 'hls', view: 'square'}), http = await make('outputs', {type: 'flv', view: 'stage'});
	const player = run('ffmpeg', ['-v', 'error', '-y', '-i', server.url + http.watch_url, '-t', '3', '-c', 'copy', flv]);
	const index = await eventually('there is a playlist', async () => {
		const {status, body} = await ask('GET', hls.watch_url);
		assert.equal(status, 200);
		return body.toString();
	});
	assert.match(index, /RESOLUTION=480x480/);
	const low = run('ffmpeg', ['-v', 'error', '-y', '-i', server.url + hls.watch_url, '-map', '0:v:0', '-t', '3', '-c', 'copy', join(dir, 'hls.mkv')]);
	for (const child of [taker, player, low]) assert.equal((await child.done)[0], 0, child.text);
	checkPicture(film, await placesIn('portrait'), ['-ss', '2']);
	checkPicture(join(dir, 'hls.mkv'), await placesIn('square'), ['-ss', '1']);
	checkPicture(flv, await placesIn('stage'), ['-ss', '1']);
	for (const {path} of [rtmp, hls, http]) assert.equal((await ask('DELETE', path)).status, 204);
	await unwatched();
});

test('a view that is removed leaves its recording and streams in main', {timeout: 120000}, async () => {
	const recording = await make('recordings', {view: 'portrait'}), hls = await make('outputs', {type: 'hls', view: 'portrait'});
	await eventually('it is recorded', async () => assert.ok((await ask('GET', recording.path)).json.duration_ms > 2000));
	assert.equal((await ask('DELETE', `${at}/views/portrait`)).status, 204);
	assert.equal((await ask('GET', recording.path)).json.view, 'main');
	assert.equal((await ask('GET', hls.path)).json.view, 'main');
	// another one of that name is none of theirs
	assert.equal((await ask('PUT', `${at}/views/portrait`, shapes.portrait)).status, 201);
	const {duration_ms: then} = await eventually('it goes on', async () => {
		const {json} = await ask('GET', recording.path);
		assert.equal(json.parts.length, 2);
		return json;
	});
	await eventually('and on', async () => assert.ok((await ask('GET', recording.path)).json.duration_ms > then + 2000));
	assert.equal((await view('portrait')).sinks, 0);
	assert.equal((await ask('DELETE', recording.path)).status, 204);
	assert.equal((await ask('DELETE', hls.path)).status, 204);
	const done = await eventually('it is done', async () => {
		const {json} = await ask('GET', recording.path);
		assert.equal(json.state, 'done');
		return json;
	}, 60000);
	assert.deepEqual(done.parts.map((p) => [p.width, p.height]), [[360, 810], [640, 360]]);
	assert.equal((await ask('GET', `${recording.path}/sidecar`)).json.journal.filter((e) => e.event === 'view-removed').length, 1);
	const {tiles} = await placesIn('main'), second = join(dir, `${recording.id}-2.mp4`);
	checkMarks(second, 640, 360, tiles, 0.8);
	assert.ok([...pictures(second, 640, 360)].length > 20);
	await unwatched();
});

test('callers receive the view for the shape that they tell, and a call the one that was asked for', {timeout: 120000}, async () => {
	const phone = await new Phone(SIP).open();
	const body = (...more) => phone.offer(40000, ['m=audio PORT RTP/AVP 0', ...more]);
	const h264 = ['m=video 40002 RTP/AVP 97', 'a=rtpmap:97 H264/90000', 'a=fmtp:97 profile-level-id=42e01f;packetization-mode=1'];
	const upright = [...h264, 'a=imageattr:97 send [x=640,y=360] recv [x=[360:16:720],y=[640:16:1280],par=[0.5-0.6],q=0.8] [x=640,y=360,q=0.3]'];
	const flat = [...h264, 'a=imageattr:97 recv [x=1280,y=720]'];
	const viewOf = async () => (await server.participants(room)).find((p) => p.kind === 'sip')?.view;
	const receives = (name) => eventually(`they receive ${name}`, async () => assert.equal(await viewOf(), name));
	for (const [id, lines, name] of [['upright', upright, 'portrait'], ['flat', flat, 'main'], ['silent', h264, 'main'],
		['desk', [...h264, 'a=imageattr:* recv [x=640,y=480]'], 'square'],
		['old', ['m=video 40002 RTP/AVP 34', 'a=rtpmap:34 H263/90000', 'a=fmtp:34 CIF=1;QCIF=1'], 'square']]) {
		const call = await phone.call({id, to: room, body: body(...lines)});
		await receives(name);
		if (id === 'upright') { // it is turned, and back
			for (const [cseq, description, then] of [[2, flat, 'main'], [3, upright, 'portrait'], [4, h264, 'portrait']]) {
				phone.send(phone.request('INVITE', {...call, branch: `${id}-${cseq}`, cseq, body: body(...description)}));
				await phone.heard(new RegExp(`^SIP/2\\.0 200 [^]*^CSeq: ${cseq} INVITE\r$`, 'm'));
				phone.send(phone.request('ACK', {...call, branch: `${id}-${cseq}-ack`, cseq}));
				await receives(then);
			}
			const {id: participant} = (await server.participants(room)).find((p) => p.kind === 'sip'), path = `${at}/participants/${participant}`;
			const patch = async (json) => (await request(server.url + path, {method: 'PATCH', headers: {'Content-Type': 'application/merge-patch+json'},
				body: JSON.stringify(json)})).status;
			assert.equal(await patch({view: 'stage'}), 200);
			await receives('stage');
			assert.equal(await patch({view: null}), 200);
			await receives('portrait');
		}
		await phone.hangUp(call);
		await eventually('they have left', async () => assert.equal(await viewOf(), undefined));
	}

	// whom we call is sent what the wish says, whatever they tell
	phone.on('INVITE', (invite) => phone.reply(invite, 200, 'OK', {body: body('m=video 40002 RTP/AVP 97', ...flat.slice(1))}));
	phone.on('BYE', (bye) => phone.reply(bye, 200, 'OK'));
	const made = await ask('POST', `${at}/calls`, {to: phone.uri, view: 'portrait'});
	assert.equal(made.status, 202, made.body.toString());
	await eventually('it is up', async () => assert.equal((await ask('GET', `${at}/calls/${made.json.id}`)).json.state, 'answered'));
	await receives('portrait');
	await eventually('it is coded for them', async () => assert.deepEqual([(await view('portrait')).receivers, (await view('portrait')).encoders], [1, 1]));
	assert.equal((await ask('DELETE', `${at}/calls/${made.json.id}`)).status, 204);
	await eventually('they have left', async () => assert.equal(await viewOf(), undefined));
	phone.close();
	await unwatched();
});
