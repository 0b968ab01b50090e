// images - files of still images, made here: PNGs by hand, other kinds by ffmpeg.
//
//   plain(4, 4, 255, 0, 0, 255)              a red one
//   pngOf(header(30000, 30000), ...)         one that lies
//   converted('webp', plain(...))

import {spawnSync} from 'node:child_process';
import {crc32, deflateSync} from 'node:zlib';

const MARK = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);

export function chunk(type, data = Buffer.alloc(0)) {
	const bytes = Buffer.alloc(12 + data.length);
	bytes.writeUInt32BE(data.length, 0);
	bytes.write(type, 4, 'latin1');
	data.copy(bytes, 8);
	bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
	return bytes;
}

export function header(width, height) {
	const data = Buffer.alloc(13);
	data.writeUInt32BE(width, 0);
	data.writeUInt32BE(height, 4);
	data.set([8, 6, 0, 0, 0], 8); // 8 bits, RGBA
	return chunk('IHDR', data);
}

export const pngOf = (...chunks) => Buffer.concat([MARK, ...chunks, chunk('IEND')]);

export function plain(width, height, ...rgba) {
	const row = Buffer.concat([Buffer.alloc(1), Buffer.alloc(4 * width, Buffer.from(rgba))]);
	return pngOf(header(width, height), chunk('IDAT', deflateSync(Buffer.alloc(height * row.length, row))));
}

// kind: what ffmpeg calls the encoder's container: webp, mjpeg, gif, apng
export function converted(kind, bytes, args = []) {
	const run = spawnSync('ffmpeg', ['-v', 'error', '-f', 'png_pipe', '-i', '-', ...args, '-f', kind, '-'], {input: bytes, maxBuffer: 1 << 26});
	if (run.status !== 0) throw new Error(run.stderr.toString());
	return run.stdout;
}
