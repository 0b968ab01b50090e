// Files of many formats through a real room: each is brought in with marks and a tone of its own, and a scripted participant says which marks
// stood in which tile, and which tones it heard. Three rooms at once.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdirSync, statSync, truncateSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {request} from './lib/api.mjs';
import {toneHz, writeMark} from './lib/mark.mjs';
import {folder} from './lib/media.mjs';
import {play} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const W = 320, H = 180, FPS = 25, SECONDS = 2, EACH = 5;
const dir = join(folder, 'formats'), h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];
let server;

function ffmpeg(args) {
	const run = spawnSync('ffmpeg', ['-v', 'error', '-y', ...args]);
	return run.status === 0 ? '' : run.stderr.toString();
}

// name, args of ffmpeg, [codec, codec of sound or null, width, height], and what else there is to it; who: place in the list, from 1 on.
const rotationOf = (file) => Number(spawnSync('ffprobe', ['-v', 'error', '-show_entries', 'stream_side_data=rotation', '-of', 'csv=p=0', file]).stdout.toString().replace(/[^-0-9]/g, ''));
// To be shown a quarter clockwise, which is -90. FFmpeg 6 and later has an option for it; what the tag of those before means has changed.
const turned = (file, to) => {
	for (const args of [['-display_rotation', '270', '-i', file], ['-i', file, '-metadata:s:v', 'rotate=270'], ['-i', file, '-metadata:s:v', 'rotate=90']])
		if (!ffmpeg([...args, '-c', 'copy', to]) && [-90, 270].includes(rotationOf(to))) return '';
	return 'not turned';
};
const formats = [
	{name: 'bframes.mp4', args: [...h264, '-preset', 'veryfast', '-bf', '3', '-c:a', 'aac'], is: ['h264', 'aac', W, H]},
	{name: 'hevc.mkv', args: ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none', '-pix_fmt', 'yuv420p', '-c:a', 'ac3'], is: ['hevc', 'ac3', W, H]},
	{name: 'vp9.webm', args: ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '600k', '-c:a', 'libopus'], is: ['vp9', 'opus', W, H]},
	{name: 'av1.webm', args: ['-c:v', 'libaom-av1', '-usage', 'realtime', '-cpu-used', '8', '-b:v', '600k', '-c:a', 'libvorbis'], is: ['av1', 'vorbis', W, H]},
	{name: 'mpeg2.mpg', args: ['-c:v', 'mpeg2video', '-b:v', '3M', '-c:a', 'mp2'], is: ['mpeg2video', 'mp2', W, H]},
	// fields of 50 pictures a second
	{name: 'fields.ts', rate: 50, args: ['-vf', 'interlace=lowpass=off', '-c:v', 'mpeg2video', '-flags', '+ildct+ilme', '-b:v', '4M', '-c:a', 'mp2'],
		is: ['mpeg2video', 'mp2', W, H]},
	{name: 'tenbit.mkv', args: ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p10le', '-c:a', 'flac'], is: ['h264', 'flac', W, H]},
	{name: 'odd.mkv', args: ['-vf', 'scale=321:181,format=yuv444p', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'libmp3lame'], is: ['h264', 'mp3', 321, 181]},
	// upright when its phone's tag is minded
	{name: 'turned.mp4', args: ['-vf', 'transpose=cclock', ...h264, '-c:a', 'aac'], then: turned, is: ['h264', 'aac', H, W]},
	{name: 'variable.mp4', args: ['-vf', 'select=not(mod(n\\,3))+lt(mod(n\\,11)\\,4)', '-vsync', 'vfr', ...h264, '-c:a', 'aac'], is: ['h264', 'aac', W, H]},
	{name: 'surround.mp4', args: [...h264, '-af', 'volume=2,pan=5.1|c0=c0|c1=c0|c2=c0|c3=0*c0|c4=c0|c5=c0', '-c:a', 'aac'], is: ['h264', 'aac', W, H]},
	{name: 'cd.mov', args: [...h264, '-ar', '44100', '-c:a', 'pcm_s16be'], is: ['h264', 'pcm_s16be', W, H]},
	{name: 'bare.h264', args: [...h264, '-bf', '2', '-an'], is: ['h264', null, W, H]},
	{name: 'cut.mkv', args: [...h264, '-c:a', 'aac'], then: (file, to) => {
		const error = ffmpeg(['-i', file, '-c', 'copy', to]);
		if (!error) truncateSync(to, Math.floor(statSync(to).size * 0.7));
		return error;
	}, is: ['h264', 'aac', W, H]},
].map((f, i) => ({...f, who: i + 1}));

// Marks that count up, at 25 or 50 a second.
function raw(who, rate) {
	const parts = [];
	for (let i = 0; i < rate * SECONDS; i++) {
		const yuv = Buffer.alloc(W * H * 3 / 2, 128);
		writeMark(yuv, W, H, who, i);
		parts.push(yuv);
	}
	const path = join(dir, 'raw.yuv');
	writeFileSync(path, Buffer.concat(parts));
	return path;
}

function make({name, args, then, who, rate = FPS}) {
	const to = join(dir, name), first = then ? join(dir, `first-${name}`) : to;
	const error = ffmpeg(['-f', 'rawvideo', '-s', `${W}x${H}`, '-r', String(rate), '-i', raw(who, rate), '-f', 'lavfi', '-i', `sine=f=${toneHz(who)}:r=48000:d=${SECONDS}`,
		...(args.includes('-af') ? [] : ['-af', 'volume=2']), ...args, first]) || then?.(first, to);
	assert.equal(error ?? '', '', name);
}

before(async () => {
	mkdirSync(dir, {recursive: true});
	for (const format of formats) make(format);
	server = await startServer({'inputs.media_dir': dir, 'inputs.max': 16, 'inputs.max_per_room': EACH});
});

after(async () => {
	await server.stop();
});

async function ask(method, path, json) {
	const reply = await request(server.url + path, {method, headers: {Connection: 'close', ...(json && {'Content-Type': 'application/json'})},
		body: json ? JSON.stringify(json) : undefined});
	return {...reply, json: reply.body.length ? JSON.parse(reply.body) : null};
}

test('each is seen in its own tile, and heard', async () => {
	const rooms = [];
	for (let i = 0; i < formats.length; i += EACH) rooms.push({room: `formats-${i}`, list: formats.slice(i, i + EACH)});
	for (const {room, list} of rooms)
		for (const format of list) {
			// whose tile it is, the scripted participant goes by the name
			const reply = await ask('POST', `/v1/rooms/${room}/inputs`, {url: `media:${format.name}`, name: `peer-${format.who}`, loop: true});
			assert.equal(reply.status, 201, reply.body.toString());
			format.path = `/v1/rooms/${room}/inputs/${reply.json.id}`;
		}
	await Promise.all(formats.map(({name, path, is: [codec, sound, width, height]}) => eventually(`${name} is live`, async () => {
		const {json} = await ask('GET', path);
		assert.equal(json.state, 'live', JSON.stringify(json));
		assert.deepEqual([json.video_info.codec, json.audio_info?.codec ?? null], [codec, sound], name);
		if (json.video_info.width) assert.ok(Math.abs(json.video_info.width - width) <= 1 && Math.abs(json.video_info.height - height) <= 1, JSON.stringify(json));
	}, 20000)));
	const reports = await Promise.all(rooms.map(({room}) => play(server, {seconds: 8, room, peers: [{width: W, height: H, kbps: 300, who: 0, decode: true}]})));
	for (const [i, {peers: [{video, audio}]}] of reports.entries()) {
		const shown = JSON.stringify({marks: video.marks, tones: audio.tones}), all = [0, ...rooms[i].list.map((f) => f.who)];
		assert.deepEqual(Object.keys(video.marks).map(Number).sort((a, b) => a - b), all, shown);
		for (const {name, who, is: [, sound]} of rooms[i].list) {
			// of as many pictures as came at all
			assert.ok(video.marks[who].seen > Math.max(20, 0.8 * video.marks[0].seen), `${name} is seen: ${shown}`);
			assert.ok(!sound || audio.tones[who] > 0.3, `${name} is heard: ${shown}`);
		}
		for (const [who, part] of Object.entries(audio.tones)) assert.ok(all.includes(Number(who)) || part < 0.1, `nobody else is heard: ${shown}`);
	}
	for (const {name, path} of formats) {
		const {json} = await ask('GET', path);
		assert.equal(json.state, 'live', `${name}: ${JSON.stringify(json)}`);
		assert.ok(json.loops >= 2, `${name} went round ${json.loops} times`);
	}
});
