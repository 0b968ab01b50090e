// The way of media through the server, seen by scripted participants (tests/peer). What becomes of it when they end: peers_end.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {play, start} from './lib/peer.mjs';
import {startServer, urgent} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const small = {width: 320, height: 180, kbps: 200};
let server;

before(async () => { server = await startServer({'media.ports': '20000-21999'}, undefined, urgent); });
after(async () => { await server.stop(); });

const near = (name, value, low, high) => assert.ok(value >= low && value <= high, `${name}: ${value} not in ${low} .. ${high}`);

test('eight people for 20 s: ticks are even, nothing freezes when somebody comes or goes', async () => {
	const play8 = start(server, {seconds: 22, peers: [
		{...small, count: 6, who: 0},
		{...small, who: 6, decode: true},
		{...small, who: 7, join_ms: 6000, leave_ms: 12000},
		{...small, who: 8, join_ms: 9000},
	]});
	await eventually('all are in', async () => assert.equal((await server.participants('peers')).length, 9), 20000);
	const metrics = await server.metrics();
	assert.equal(metrics['tessera_encoders{media="video",codec="h264"}'], 1);
	assert.equal(metrics['tessera_encoders{media="video",codec="vp8"}'], 0);
	const {peers} = await play8.done;
	for (const {name, video} of peers) {
		assert.ok(video.units >= 0.99 * video.ticks, `${name}: ${video.units} of ${video.ticks} ticks`);
		assert.ok(video.max_gap_ms <= 300, `${name}: a gap of ${video.max_gap_ms} ms`);
		assert.equal(video.lost, 0);
	}
	const eye = peers.find((p) => p.who === 6).video;
	assert.ok(eye.pictures >= 0.98 * eye.units, `${eye.pictures} of ${eye.units} pictures decoded`);
	for (let who = 0; who < 7; who++) assert.ok(eye.marks[who]?.worst_still_ms < 1000, `${who}: ${JSON.stringify(eye.marks[who])}`);
	assert.ok(eye.marks[7].seen > 60 && eye.marks[8].seen > 60);
	assert.ok(eye.worst_wrong_run <= 20, `another's picture in a tile for ${eye.worst_wrong_run} frames`);
	await server.assertIdle();
});

// Who storms is moved to smaller steps, where only its like is disturbed; each step begins with a keyframe of its own encoder.
test('a storm of keyframe requests is kept from others', async () => {
	const {peers} = await play(server, {seconds: 12, peers: [{...small, who: 0}, {...small, who: 1, key_every_ms: 100}]});
	const [calm, stormy] = [0, 1].map((who) => peers.find((p) => p.who === who).video);
	near('keyframes of who storms', stormy.keys, 8, 28);
	assert.ok(calm.keys <= 5, `${calm.keys} keyframes of the other`);
	assert.ok(calm.min_key_gap_ms > 450 || calm.keys < 2, `two keyframes of the other within ${calm.min_key_gap_ms} ms`);
});

test('everybody hears the others and not themselves, without clicks', async (t) => {
	const tone = {tone_on_ms: 400, tone_period_ms: 2000};
	const late = async () => {
		const metrics = await server.metrics();
		return metrics['tessera_ticks_skipped_total{media="audio"}'] + metrics['tessera_audio_frames_concealed_total'];
	};
	for (let attempt = 1; ; attempt++) {
		const before = await late();
		const {peers} = await play(server, {seconds: 12, peers: [0, 1, 2].map(
			(who) => ({...small, ...tone, who, decode: true, straight: true, tone_phase_ms: 650 * who}))});
		for (const {who, audio} of peers) {
			for (let other = 0; other < 3; other++) {
				const share = audio.tones[other] ?? 0;
				if (other === who) assert.ok(share < 0.01, `${who} hears its own tone in ${share} of the frames`);
				else near(`${who} hears ${other}`, share, 0.13, 0.25);
			}
		}
		/* What this machine was late with is heard, but says nothing about how talkers are moved between mixes. */
		if (await late() !== before && attempt < 4) continue;
		if (await late() !== before) return t.skip('audio is late on this machine');
		for (const {who, audio} of peers) assert.ok(audio.click_dbfs < -55, `${who}: a click of ${audio.click_dbfs} dBFS`);
		return;
	}
});

test('colours survive from VP8 to H.264 and back', async () => {
	const bars = [[180, 128, 128], [162, 44, 142], [131, 156, 44], [112, 72, 58], [84, 184, 198], [65, 100, 212], [35, 212, 114], [16, 128, 128]];
	for (const [send, receive] of [['vp8', 'h264'], ['h264', 'vp8']]) {
		const {peers} = await play(server, {room: `bars-${send}`, seconds: 4, peers: [
			{who: 0, send, receive, bars: true, decode: true}]});
		const seen = peers[0].video.columns;
		assert.equal(seen.length, 8, 'a picture came');
		bars.forEach((bar, i) => bar.forEach((level, plane) =>
			assert.ok(Math.abs(level - seen[i][plane]) <= 4, `${send} to ${receive}, bar ${i}: ${seen[i]} instead of ${bar}`)));
	}
});

test('rubbish from a participant harms nobody', async () => {
	const {peers} = await play(server, {seconds: 8, peers: [{...small, who: 0, decode: true}, {...small, who: 1, garbage_per_s: 500}]});
	for (const {name, video} of peers) assert.ok(video.max_gap_ms <= 300, `${name}: a gap of ${video.max_gap_ms} ms`);
	const [{video}] = peers;
	assert.ok(video.marks[0] && video.marks[1]?.worst_still_ms < 1000);
	const metrics = await server.metrics();
	for (const reason of ['srtp_auth', 'dtls', 'unknown'])
		assert.ok(metrics[`tessera_packets_dropped_total{reason="${reason}"}`] > 0, `${reason} is counted`);
});
