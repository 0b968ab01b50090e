// media - files for a browser's fake camera and microphone, made when first asked for.
//
//   +------------------+
//   |      colour      |    a person's camera: their colour, and a white box that wanders below the middle
//   |  [] ->           |
//   +------------------+

import {existsSync, mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {bars, people} from './people.mjs';

export const WIDTH = 320, HEIGHT = 180, FPS = 15;
const FRAMES = 32, BOX = 40, BOX_TOP = 120;
const SAMPLE_RATE = 48000, AMPLITUDE = 0.25;

export const folder = process.env.E2E_TMP ?? mkdtempSync(join(tmpdir(), 'tessera-e2e.'));

function once(name, make) {
	const path = join(folder, name);
	if (!existsSync(path)) writeFileSync(path, make());
	return path;
}

// colourAt(x, y, frame) is asked for even x and y; chroma of 4:2:0 and the four luma samples around are the same.
function frameOf(frame, colourAt) {
	const picture = Buffer.alloc(WIDTH * HEIGHT * 3 / 2);
	const u0 = WIDTH * HEIGHT, v0 = u0 + u0 / 4;
	for (let y = 0; y < HEIGHT; y += 2) {
		for (let x = 0; x < WIDTH; x += 2) {
			const [luma, u, v] = colourAt(x, y, frame);
			const at = y * WIDTH + x, chroma = y / 2 * WIDTH / 2 + x / 2;
			picture[at] = picture[at + 1] = picture[at + WIDTH] = picture[at + WIDTH + 1] = luma;
			picture[u0 + chroma] = u;
			picture[v0 + chroma] = v;
		}
	}
	return picture;
}

function y4m(frames, colourAt) {
	const parts = [Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F${FPS}:1 Ip A1:1 C420jpeg\n`)];
	for (let i = 0; i < frames; i++) parts.push(Buffer.from('FRAME\n'), frameOf(i, colourAt));
	return Buffer.concat(parts);
}

export function cameraOf(name) {
	const inBox = (x, y, left) => x >= left && x < left + BOX && y >= BOX_TOP && y < BOX_TOP + BOX;
	const leftAt = (frame) => 2 * Math.round(frame * (WIDTH - BOX) / (FRAMES - 1) / 2);
	return once(`${name}.y4m`, () => y4m(FRAMES,
		(x, y, frame) => inBox(x, y, leftAt(frame)) ? [235, 128, 128] : people[name].yuv));
}

// The bars in two rows of four, in the middle that a tile of 4:3 shows; the outer ones go on to the edge.
const BAR_W = 60, BAR_H = HEIGHT / 2, BARS_LEFT = 40;

export function cameraOfBars() {
	const column = (x) => Math.min(3, Math.max(0, Math.floor((x - BARS_LEFT) / BAR_W)));
	return once('bars.y4m', () => y4m(2, (x, y) => bars[column(x) + (y < BAR_H ? 0 : 4)]));
}

// Where a bar's inner part is in a tile that the picture fills.
export function barIn(region, bar) {
	const scale = Math.max(region.w / WIDTH, region.h / HEIGHT);
	const x = BARS_LEFT + BAR_W * (bar % 4 + 0.25), y = BAR_H * (bar < 4 ? 0.25 : 1.25);
	return {
		x: region.x + region.w / 2 + (x - WIDTH / 2) * scale, y: region.y + region.h / 2 + (y - HEIGHT / 2) * scale,
		w: BAR_W / 2 * scale, h: BAR_H / 2 * scale,
	};
}

// A picture that is dear to code, and moves everywhere: bands and blocks that wander. 640x360.
export const TEXTURE = {width: 640, height: 360, fps: 15};
export function cameraOfTexture() {
	const {width, height, fps} = TEXTURE, frames = 30;
	const block = (x, y) => (Math.imul(x * 73856093 ^ y * 19349663, 2654435761) >>> 24) / 4;
	return once('texture.y4m', () => {
		const parts = [Buffer.from(`YUV4MPEG2 W${width} H${height} F${fps}:1 Ip A1:1 C420jpeg\n`)];
		for (let f = 0; f < frames; f++) {
			const picture = Buffer.alloc(width * height * 3 / 2, 128);
			for (let y = 0; y < height; y++) {
				for (let x = 0; x < width; x++) {
					const at = x + 8 * f;
					picture[y * width + x] = 60 + 50 * (at >> 6 & 1) + block(at >> 2, y >> 2) + (block(x, y + f) >> 2);
				}
			}
			parts.push(Buffer.from('FRAME\n'), picture);
		}
		return Buffer.concat(parts);
	});
}

// One second, so that any whole number of hertz repeats without a seam.
export function toneOf(name) {
	return once(`${name}.wav`, () => {
		const wav = Buffer.alloc(44 + SAMPLE_RATE * 2);
		wav.write('RIFF', 0);
		wav.writeUInt32LE(wav.length - 8, 4);
		wav.write('WAVEfmt ', 8);
		wav.writeUInt32LE(16, 16);
		wav.writeUInt16LE(1, 20); // PCM
		wav.writeUInt16LE(1, 22); // mono
		wav.writeUInt32LE(SAMPLE_RATE, 24);
		wav.writeUInt32LE(SAMPLE_RATE * 2, 28);
		wav.writeUInt16LE(2, 32);
		wav.writeUInt16LE(16, 34);
		wav.write('data', 36);
		wav.writeUInt32LE(SAMPLE_RATE * 2, 40);
		for (let i = 0; i < SAMPLE_RATE; i++)
			wav.writeInt16LE(Math.round(32767 * AMPLITUDE * Math.sin(2 * Math.PI * people[name].hz * i / SAMPLE_RATE)), 44 + 2 * i);
		return wav;
	});
}
