// Cameras of few bytes and many pictures: 600 a second, each a few dozen bytes, each to be decoded. They take their own budget
// (mixer/source/decode_budget.h), not the room's rate.

import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {folder} from './lib/media.mjs';
import {play, start} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const SECONDS = 14, RATE = 600;
const honest = {width: 320, height: 180, kbps: 200, count: 3, who: 0};
const clip = join(folder, 'many-pictures.mp4'); // a second of it, sent again and again
const hostile = {file: clip, fps: RATE, count: 2, who: 4, audio: false};
let server;

before(async () => {
	execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', `testsrc2=size=320x180:rate=${RATE}`, '-frames:v', `${RATE}`, '-pix_fmt', 'yuv420p',
		'-c:v', 'libx264', '-profile:v', 'baseline', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', `${RATE}`, '-b:v', '270k', '-bufsize', '270k',
		'-maxrate', '270k', clip]);
	server = await startServer({'room.width': 640, 'room.height': 360});
});
after(() => server.stop());

// Of the honest: the share of ticks that brought a picture, the longest pause.
function shown({peers}) {
	const of = peers.filter(({who}) => who < hostile.who);
	assert.equal(of.length, honest.count);
	return {share: Math.min(...of.map(({video}) => video.units / video.ticks)), pause_ms: Math.max(...of.map(({video}) => video.max_gap_ms))};
}

test('two cameras of 600 pictures a second do not lower the rate of a room', async (t) => {
	const usual = shown(await play(server, {room: 'usual', seconds: SECONDS, peers: [honest]}));
	await server.assertIdle();

	const attack = start(server, {room: 'flooded', seconds: SECONDS, peers: [honest, hostile]});
	t.after(() => attack.child.kill());
	const errors = {}; // by name: as told at any time, as a pause is followed by another try
	await eventually('the server says who is too demanding', async () => {
		for (const {name, sources} of await server.participants('flooded'))
			for (const {error} of sources) if (error) errors[name] = error;
		assert.deepEqual(Object.keys(errors).sort(), ['peer-4', 'peer-5']);
	});
	const flooded = shown(await attack.done);
	const metrics = await server.metrics();
	t.diagnostic(`usual ${JSON.stringify(usual)}, flooded ${JSON.stringify(flooded)}; ${JSON.stringify(errors)}`);
	assert.ok(metrics.tessera_decode_budget_exceeded_total >= hostile.count, 'both were dropped to a keyframe');
	// what the machine can do at all is what it does without them
	assert.ok(flooded.share >= 0.85 * usual.share, `${flooded.share} of the ticks, ${usual.share} without the two`);
	assert.ok(flooded.pause_ms <= usual.pause_ms + 1000, `no picture for ${flooded.pause_ms} ms`);
	await server.assertIdle();
});
