// content - (h) sixteen rooms by SIP with BFCP, of which one presents at 1080p5, and all others are sent it as a second stream: what that
// costs beside the same rooms when nobody presents, and beside the floor program, which does the sixteen people and knows no content.

import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {eventually} from '../../e2e/lib/wait.mjs';
import {clips} from '../lib/clips.mjs';
import {ContentRoom} from '../lib/contentroom.mjs';
import {context, quick} from '../lib/context.mjs';
import {ownFloor} from '../lib/floor.mjs';
import {loadPictures} from '../lib/h264.mjs';
import {cpuSeconds, rssMb} from '../lib/machine.mjs';
import {startServer} from '../lib/server.mjs';
import {fixed, median, percent, printer, spread, sum} from '../lib/table.mjs';

export const name = 'content';

const PORT = 15064, FPS = 5, ROOMS = quick ? 4 : 16;

// Text that scrolls, as a document does: sharp edges, most of it still.
function slides() {
	const path = join(context.folder, 'slides-1080p5.mkv');
	execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', `color=white:size=1920x1080:rate=${FPS}`, '-f', 'lavfi', '-i',
		`testsrc2=size=640x360:rate=${FPS}`, '-filter_complex', "[0]drawgrid=width=64:height=36:thickness=2:color=black,scroll=vertical=0.002[page];[page][1]overlay=1200:600",
		'-t', '8', '-c:v', 'libx264', '-preset', 'superfast', '-tune', 'zerolatency', '-profile:v', 'baseline', '-pix_fmt', 'yuv420p', '-level', '4.0',
		'-b:v', '1200k', '-g', '40', path]);
	return path;
}

async function once(people, document, presents) {
	const server = await startServer({'sip.listen': `udp:127.0.0.1:${PORT}`, 'sip.policy': 'open', 'content.fps': FPS, 'ivr.prompts_dir': join(context.build, 'prompts')}), rooms = [];
	try {
		for (let i = 0; i < ROOMS; i++) {
			const room = await new ContentRoom(PORT, {name: `room${i}`, bfcp: i % 2 ? 'TCP/BFCP' : 'UDP/BFCP'}).open();
			rooms.push(room);
			await room.join('bench');
			room.live(people[i % people.length], 7 * i, i < 3);
		}
		await eventually('all see the room', () => { if (!rooms.every(({mix}) => mix.pictures > 10)) throw new Error('not yet'); }, 20000);
		if (presents) {
			await rooms[0].ask();
			rooms[0].show(document, FPS);
			await eventually('all are sent it', () => { if (!rooms.every(({second}, i) => !i || second.pictures > 5)) throw new Error('not yet'); }, 20000);
		}
		await sleep(context.warmMs);
		for (const {mix, second} of rooms) [mix, second].forEach((counter) => counter.mark());
		const before = await server.metrics(), from = [cpuSeconds(server.pid), cpuSeconds(process.pid), performance.now()];
		await sleep(context.windowMs);
		const to = [cpuSeconds(server.pid), cpuSeconds(process.pid), performance.now()], after = await server.metrics(), seconds = (to[2] - from[2]) / 1000;
		const ticks = (key) => sum(['video', 'audio'].map((media) => after[`tessera_${key}_total{media="${media}"}`] - before[`tessera_${key}_total{media="${media}"}`]));
		const watchers = rooms.slice(1);
		return {
			cores: (to[0] - from[0]) / seconds, generator: (to[1] - from[1]) / seconds, rss_mb: rssMb(server.pid), late: ticks('ticks_delayed') / ticks('ticks'),
			fps: median(rooms.map(({mix}) => mix.pictures)) / seconds, content_fps: median(watchers.map(({second}) => second.pictures)) / seconds,
			content_kbps: median(watchers.map(({second}) => second.bytes)) * 8 / 1000 / seconds, lost: sum(rooms.map(({mix, second}) => mix.lost + second.lost)),
			encoders: after['tessera_encoders{media="video",codec="h264"}'],
		};
	} finally {
		for (const room of rooms) await room.leave().catch(() => {});
		await server.stop();
	}
}

export async function run() {
	const print = printer(`(h) ${ROOMS} rooms by SIP with BFCP, 3 talk; the floor: ${ROOMS} people and no content`, [
		['who presents', (r) => r.name, 14], ['floor', (r) => fixed(r.floor, 3), 6], ['server', (r) => spread(r.cores_rounds, 3), 22],
		['ratio (spread)', (r) => spread(r.ratios), 20], ['RSS MB', (r) => fixed(r.rss_mb, 0), 6], ['fps', (r) => fixed(r.fps, 2), 5],
		['content fps', (r) => fixed(r.content_fps, 2), 11], ['kbit/s', (r) => fixed(r.content_kbps, 0), 6], ['encoders', (r) => r.encoders, 8],
		['lost', (r) => r.lost, 5], ['late', (r) => percent(r.late, 2), 7], ['generator', (r) => fixed(r.generator, 3), 9]]);
	const files = clips('h264'), people = files.map(loadPictures), document = loadPictures(slides()), rows = [];
	for (const presents of [false, true]) {
		const title = presents ? '1080p5' : 'nobody';
		if (!context.wants(`${ROOMS} content ${title}`)) continue;
		const rounds = [];
		for (let round = 0; round < context.rounds; round++) {
			const floor = await ownFloor({n: ROOMS, codec: 'h264', audio: 'pcmu', files});
			rounds.push({floor: floor.cores, ...await once(people, document, presents)});
		}
		const of = (key) => rounds.map((r) => r[key]);
		const row = {name: title, rooms: ROOMS, floor: median(of('floor')), cores: median(of('cores')), cores_rounds: of('cores'),
			ratios: rounds.map((r) => r.cores / r.floor), rss_mb: Math.max(...of('rss_mb')), late: median(of('late')), lost: sum(of('lost')), encoders: Math.max(...of('encoders'))};
		for (const key of ['fps', 'content_fps', 'content_kbps', 'generator']) row[key] = median(of(key));
		rows.push(row);
		print(row);
	}
	return rows;
}
