// What is left when scripted participants (tests/peer) end, die or are refused: of their codecs, tiles and memory. Nothing here is
// about single pictures, which are those of peers.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {after, before, test} from 'node:test';
import {play, start} from './lib/peer.mjs';
import {startServer, urgent} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const small = {width: 320, height: 180, kbps: 200};
let server;

before(async () => { server = await startServer({'media.ports': '20000-21999'}, undefined, urgent); });
after(async () => { await server.stop(); });

test('a codec lives as long as its last receiver', async () => {
	const both = start(server, {seconds: 12, peers: [
		{...small, count: 2, who: 0},
		{...small, who: 2, send: 'vp8', receive: 'vp8', leave_ms: 5000},
		{who: 3, watch: true, receive: 'vp8', leave_ms: 5000},
	]});
	const encoders = async (codec) => (await server.metrics())[`tessera_encoders{media="video",codec="${codec}"}`];
	await eventually('both codecs are encoded, each once', async () =>
		assert.deepEqual([await encoders('h264'), await encoders('vp8')], [1, 1]));
	await eventually('VP8 is gone', async () => assert.deepEqual([await encoders('h264'), await encoders('vp8')], [1, 0]), 12000);
	await both.done;
	await server.assertIdle();
});

test('a wrong fingerprint ends that join only', async () => {
	const {peers} = await play(server, {seconds: 5, peers: [{...small, who: 0}, {...small, who: 1, wrong_fingerprint: true}]});
	assert.ok(peers[0].video.units > 60);
	assert.equal(peers[1].video.packets, 0);
	assert.equal(peers[1].connected_ms, -1);
	assert.match(server.text, /to=ended reason=fingerprint/);
});

// The mean luma of a tile in the room's snapshot.
async function brightness(room, participant) {
	const {x, y, w, h} = (await server.layout(room)).regions.find((r) => r.participant === participant);
	const reply = await fetch(`${server.url}/v1/rooms/${room}/snapshot.jpg`), jpeg = Buffer.from(await reply.arrayBuffer());
	assert.equal(reply.status, 200, `${jpeg}`); /* 404: nothing is mixed yet */
	const {stdout} = spawnSync('ffmpeg', ['-v', 'error', '-i', '-', '-vf', `crop=${w}:${h}:${x}:${y}`, '-f', 'rawvideo', '-pix_fmt', 'gray', '-'],
		{input: jpeg, maxBuffer: 1 << 24});
	assert.equal(stdout.length, w * h);
	return stdout.reduce((sum, luma) => sum + luma, 0) / stdout.length;
}

test('a silent death is seen after 2 s and over after 12 s', async (t) => {
	const dies = start(server, {room: 'death', seconds: 60, peers: [{...small, who: 0}]});
	const stays = start(server, {room: 'death', seconds: 20, peers: [{...small, who: 1}]});
	t.after(() => [dies, stays].forEach(({child}) => child.kill('SIGKILL')));
	const named = async (name) => (await server.participants('death')).find((p) => p.name === name);
	await eventually('both are seen', async () => {
		for (const name of ['peer-0', 'peer-1']) assert.ok((await named(name)).sources[0].width > 0);
	});
	const {id} = await named('peer-0'), bright = await eventually('a snapshot', () => brightness('death', id));
	dies.child.kill('SIGKILL');
	const killed = Date.now();
	await eventually('the peer is marked stalled', async () => assert.equal((await named('peer-0')).state, 'stalled'), 5000);
	await eventually('its tile is dimmed', async () => assert.ok(await brightness('death', id) < 0.75 * bright), 4000);
	await eventually('it is gone', async () => assert.equal(await named('peer-0'), undefined), 15000);
	const seconds = (Date.now() - killed) / 1000;
	assert.ok(seconds >= 2 && seconds <= 13, `gone after ${seconds} s`);
	assert.equal((await stays.done).peers[0].video.lost, 0);
});

test('memory comes back after twenty rooms', async () => {
	const rss = () => server.rss();
	const room = (n, seconds) => play(server, {room: `memory-${n}`, seconds, peers: [
		{...small, count: 2, who: 0}, {...small, who: 2, send: 'vp8', receive: 'vp8'}]});
	await room('warm', 4);
	await server.assertIdle();
	const warm = await rss();
	for (let n = 0; n < 10; n++) await Promise.all([room(`${n}a`, 2), room(`${n}b`, 2)]);
	await server.assertIdle();
	await eventually('memory comes back', async () => { /* a second after the last room */
		const after20 = await rss();
		assert.ok(after20 <= warm + 10 * 1024, `RSS ${warm} kB after one room, ${after20} kB after twenty more`);
	});
});
