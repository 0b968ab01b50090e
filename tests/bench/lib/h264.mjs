// h264 - a clip as access units of RTP payloads (RFC 6184, packetization-mode 1), for scripted senders.

import {execFileSync} from 'node:child_process';

const PAYLOAD = 1180, FU_A = 28;

function* nalUnits(stream) {
	let begin = -1;
	for (let at = 0; at + 3 <= stream.length; at++) {
		if (stream[at] || stream[at + 1] || stream[at + 2] !== 1) continue;
		if (begin >= 0) yield stream.subarray(begin, stream[at - 1] === 0 ? at - 1 : at);
		begin = at += 3;
		at--;
	}
	if (begin >= 0) yield stream.subarray(begin);
}

function payloadsOf(nal) {
	if (nal.length <= PAYLOAD) return [nal];
	const parts = [];
	for (let at = 1; at < nal.length; at += PAYLOAD) {
		const part = nal.subarray(at, at + PAYLOAD), flags = (at === 1 ? 0x80 : 0) | (at + PAYLOAD >= nal.length ? 0x40 : 0);
		parts.push(Buffer.concat([Buffer.from([nal[0] & 0x60 | FU_A, flags | nal[0] & 31]), part]));
	}
	return parts;
}

// [[payload ...] ...]: of each picture, of a file of H.264 in whatever container.
export function loadPictures(file) {
	const stream = execFileSync('ffmpeg', ['-v', 'error', '-i', file, '-c', 'copy', '-bsf:v', 'h264_mp4toannexb', '-f', 'h264', '-'], {maxBuffer: 1 << 28});
	const pictures = [];
	let open = null;
	for (const nal of nalUnits(stream)) {
		const slice = (nal[0] & 31) === 1 || (nal[0] & 31) === 5, first = slice && nal[1] & 0x80; // first_mb_in_slice is 0
		if (!open || open.slices && (!slice || first)) pictures.push(open = {slices: false, payloads: []});
		open.slices ||= slice;
		open.payloads.push(...payloadsOf(nal));
	}
	return pictures.map(({payloads}) => payloads);
}
