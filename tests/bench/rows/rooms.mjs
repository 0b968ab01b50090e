// rooms - (a) H.264 rooms by size, (b) the same in VP8, half in each, who comes by SIP, and cameras that send no more than their tile
// shows, as the join page does: floor and server in turn.

import {clips} from '../lib/clips.mjs';
import {context, quick} from '../lib/context.mjs';
import {measure} from '../lib/measure.mjs';
import {doubtful, fixed, percent, printer, spread} from '../lib/table.mjs';

const cases = quick ? [[4], [16], [4, 'vp8']] : [[1], [4], [9], [16], [25], [49], [4, 'h264', '1280x720'], [9, 'h264', '1280x720'],
	[4, 'vp8'], [16, 'vp8'], [4, 'both'], [16, 'both'], [16, 'h264', '640x360', 'SIP'], [16, 'h264', '640x360', 'SIP SDES'], [4, 'h264', '1280x720', 'fitted'],
	[16, 'h264', '640x360', 'fitted'], [25, 'h264', '640x360', 'fitted']];
const kbps = {'640x360': 600, '1280x720': 1500};
const fittedTo = {4: ['640x360', 1000], 16: ['320x180', 350], 25: ['320x180', 350]}; // and what the server's REMB allows for it

const one = (count, codec, size, who = 0) => ({count, who, room: 'bench', send: codec, receive: codec, talkers: who ? 0 : 3,
	files: clips(codec, size, kbps[size])});

// The floor knows nothing of tiles; both are judged against the camera, since what is sent differs.
function fitted(n, codec, size) {
	const sent = clips(codec, ...fittedTo[n], size);
	return {groups: [{...one(n, codec, size), files: sent}], files: clips(codec, size, kbps[size]), ideals: clips('camera', size)};
}

function scenario(n, codec, size, way) {
	if (way === 'fitted') return fitted(n, codec, size);
	if (codec !== 'both') return {groups: [one(n, codec, size)], files: clips(codec, size, kbps[size])};
	const h264 = clips('h264', size, kbps[size]), vp8 = clips('vp8', size, kbps[size]), half = n >> 1;
	return {groups: [one(n - half, 'h264', size), one(half, 'vp8', size, n - half)], files: h264.flatMap((file, i) => [file, vp8[i]])};
}

// SIP: RTP in the clear; SIP SDES: SRTP with keys in the descriptions.
const bySip = (groups, way) => groups.map((group) => ({...group, sip: true, srtp: way === 'SIP SDES'}));

export const name = 'rooms';

export async function run() {
	const print = printer('(a), (b) rooms: everybody sends and receives, 3 talk; 1280x720 30 fps 1.5 Mbit/s out', [
		['participants', (r) => r.name, 24], ['floor', (r) => fixed(r.floor, 3), 6], ['server', (r) => fixed(r.cores, 3), 6],
		['ratio (spread)', (r) => spread(r.ratios) + doubtful(r), 20], ['to shared floor', (r) => spread(r.ratios_shared), 18],
		['per core', (r) => fixed(r.per_core, 1), 8], ['RSS MB', (r) => fixed(r.rss_mb, 0), 6], ['fps', (r) => fixed(r.fps, 2), 5],
		['pictures', (r) => percent(r.units), 8], ['lost', (r) => r.lost, 5], ['late', (r) => percent(r.late, 2), 7],
		['PSNR dB', (r) => fixed(r.psnr_db, 2), 7], ['floor', (r) => fixed(r.floor_psnr_db, 2), 6], ['generator', (r) => fixed(r.generator, 3), 9]]);
	const rows = [];
	for (const [n, codec = 'h264', size = '640x360', way] of cases) {
		const title = `${n} ${codec} ${size}${way ? ` ${way}` : ''}`;
		if (!context.wants(title)) continue;
		const {groups, ...what} = scenario(n, codec, size, way), sip = /^SIP/.test(way);
		const row = await measure(title, {groups: sip ? bySip(groups, way) : groups, floor: {n, codec, ...what},
			settings: sip ? {'sip.listen': 'udp:127.0.0.1:15062'} : {}});
		rows.push({...row, codec, size, way});
		print(row);
	}
	return rows;
}
