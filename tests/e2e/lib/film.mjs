// film - what is in a file of pictures and sound, by ffmpeg: whose mark is in which tile, whose tone is heard.
//
//   checkMarks(file, 1280, 720, tiles, 0.9);     tiles: {x, y, w, h} of participant 0, 1 ...
//   checkTones(samplesOf(file), 2);

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readMark, toneHz, toneLevel} from './mark.mjs';

export function probe(file) {
	const run = spawnSync('ffprobe', ['-v', 'error', '-show_streams', '-show_format', '-of', 'json', file]);
	assert.equal(run.status, 0, run.stderr.toString());
	return JSON.parse(run.stdout);
}

// ffmpeg's complaints count: a file that plays has none.
export function decode(file, args, strict = true) {
	const run = spawnSync('ffmpeg', ['-v', 'error', '-i', file, ...args, '-'], {maxBuffer: 1 << 30});
	assert.equal(run.status, 0, run.stderr.toString());
	if (strict) assert.equal(run.stderr.toString(), '');
	return run.stdout;
}

// Each picture's time in seconds, and what is in it.
export function* pictures(file, width, height, filter = []) {
	const times = spawnSync('ffprobe', ['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', file])
		.stdout.toString().trim().split('\n').map(parseFloat);
	const grey = decode(file, ['-map', '0:v', ...filter, '-fps_mode', 'passthrough', '-pix_fmt', 'gray', '-f', 'rawvideo']);
	assert.equal(grey.length, times.length * width * height, 'every packet is a picture');
	for (let i = 0; i < times.length; i++) yield {at: times[i], grey: grey.subarray(i * width * height, (i + 1) * width * height)};
}

export function samplesOf(file) {
	const bytes = decode(file, ['-map', '0:a', '-ac', '1', '-ar', '48000', '-f', 's16le']);
	return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
}

// By each participant: how many of their pictures were in their own tile.
export function checkMarks(file, width, height, tiles, least) {
	const seen = tiles.map(() => 0);
	let wrong = 0, n = 0, all = 0, gap = 0, before = 0;
	for (const {at, grey} of pictures(file, width, height)) {
		gap = Math.max(gap, at - before);
		before = at;
		if (all++ % 4) continue;
		n++;
		tiles.forEach((tile, who) => {
			const mark = readMark(grey, width, tile);
			if (mark?.who === who) seen[who]++;
			else if (mark) wrong++;
		});
	}
	assert.equal(wrong, 0, 'nobody is in the tile of another');
	seen.forEach((count, who) => assert.ok(count >= least * n, `${who}: ${count} of ${n} pictures`));
	return {gap, n};
}

// Everybody's tone is there, and no other.
export function checkTones(samples, n) {
	const window = 960;
	const most = Array.from({length: n + 2}, () => 0);
	for (let at = 0; at + window <= samples.length; at += window)
		for (let who = 0; who < n + 2; who++) most[who] = Math.max(most[who], toneLevel(samples, at, window, toneHz(who)));
	for (let who = 0; who < n; who++) assert.ok(most[who] > 2500, `${who} is heard: ${most}`);
	for (let who = n; who < n + 2; who++) assert.ok(most[who] < 1500, `${who} is not there: ${most}`);
}
