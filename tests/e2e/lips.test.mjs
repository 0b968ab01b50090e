// Lip sync: one whose pictures come later than their sound, as seen and heard in the mix, by the mix's own clock (tests/peer/lips.h).

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {play} from './lib/peer.mjs';
import {startServer, urgent} from './lib/server.mjs';

let server;

const PORT = 5990; // of SIP

before(async () => {
	server = await startServer({'media.addresses': '127.0.0.1', 'sip.listen': `udp:127.0.0.1:${PORT}`, 'sip.policy': 'open'}, undefined, urgent);
});
after(async () => { await server.stop(); });

function median(list) {
	const sorted = [...list].sort((a, b) => a - b);
	return sorted[sorted.length >> 1];
}

// By how much the picture is behind the sound, ms, in the mix of that time.
function skew(lips, fromMs, toMs) {
	const within = (list) => list.filter(([at]) => at >= fromMs && at < toMs).map(([, age]) => age);
	const pictures = within(lips.pictures), sounds = within(lips.sounds);
	assert.ok(pictures.length > (toMs - fromMs) / 100 && sounds.length >= (toMs - fromMs) / 2000,
		`${pictures.length} pictures and ${sounds.length} tones from ${fromMs} to ${toMs} ms`);
	return median(pictures) - median(sounds);
}

async function watch(room, sender) {
	const {peers} = await play(server, {room, seconds: 60, together_ms: 30000, peers: [
		{who: 1, ...sender},
		{who: 2, watch: true, decode: true, straight: true, lips: 1},
	]});
	return peers.find((peer) => peer.who === 2).lips;
}

test('flash and beep are within 20 ms, though pictures are 120 ms late', {timeout: 120000}, async (t) => {
	const lips = await watch('lips-late', {video_delay_ms: 120});
	const late = skew(lips, 15000, 29000);
	t.diagnostic(`the picture is ${late.toFixed(1)} ms behind the sound`);
	assert.ok(Math.abs(late) <= 20, `${late.toFixed(1)} ms`);
});

test('3 s after a stall of 500 ms they are within 80 ms', {timeout: 120000}, async (t) => {
	const lips = await watch('lips-stall', {video_delay_ms: 60, video_stall_at_ms: 15000, video_stall_ms: 500});
	const before = skew(lips, 8000, 15000), then = skew(lips, 18500, 24500);
	t.diagnostic(`before ${before.toFixed(1)} ms, after ${then.toFixed(1)} ms`);
	assert.ok(Math.abs(before) <= 30, `${before.toFixed(1)} ms`);
	assert.ok(Math.abs(then) <= 80, /* aimed at: 40 */ `${then.toFixed(1)} ms`);
});

test('a phone (SIP) whose pictures are 150 ms late likewise', {timeout: 120000}, async (t) => {
	const lips = await watch('lips-phone', {sip: PORT, video_delay_ms: 150});
	const late = skew(lips, 15000, 29000);
	t.diagnostic(`the picture is ${late.toFixed(1)} ms behind the sound`);
	assert.ok(Math.abs(late) <= 20, `${late.toFixed(1)} ms`);
});
