// mark - reads the marks of scripted participants (tests/media/mark.h) out of decoded grey pictures, and their tones.

const COLUMNS = 8, ROWS = 6, CELLS = COLUMNS * ROWS;

function crc24(data) {
	let crc = 0xb704ce ^ data;
	for (let i = 0; i < 24; i++) {
		crc <<= 1;
		if (crc & 0x1000000) crc ^= 0x1864cfb;
	}
	return crc & 0xffffff;
}

// {who, frame} of the tile {x, y, w, h} of a grey picture, or null. Tiles that their 16:9 picture fills, up to 16:9.
export function readMark(grey, stride, tile) {
	const side = tile.h, cx = tile.x + tile.w / 2, cy = tile.y + tile.h / 2;
	const mean = [];
	for (let cell = 0; cell < CELLS; cell++) {
		const column = cell % COLUMNS, row = Math.floor(cell / COLUMNS);
		let sum = 0;
		for (let i = 0; i < 4; i++) {
			for (let k = 0; k < 4; k++) {
				const y = Math.floor(cy + (row + 0.25 + 0.5 * (i + 0.5) / 4 - ROWS / 2) * side / 12);
				const x = Math.floor(cx + (column + 0.25 + 0.5 * (k + 0.5) / 4 - COLUMNS / 2) * side / 9);
				sum += grey[y * stride + x];
			}
		}
		mean.push(sum / 16);
	}
	const low = Math.min(...mean), high = Math.max(...mean);
	if (high - low < 60) return null;
	const bits = mean.map((value) => value > (low + high) / 2 ? 1 : 0);
	const number = (from, to) => bits.slice(from, to).reduce((n, bit) => n * 2 + bit, 0);
	const data = number(0, 24);
	return crc24(data) === number(24, 48) ? {who: data >> 16, frame: data & 0xffff} : null;
}

// The same mark in a grey picture of w by h, 16:9 (mark.h). The picture is changed.
export function writeMark(grey, w, h, who, frame) {
	const data = who << 16 | frame & 0xffff, check = crc24(data);
	for (let cell = 0; cell < CELLS; cell++) {
		const bit = cell < 24 ? data >> (23 - cell) & 1 : check >> (47 - cell) & 1;
		const column = cell % COLUMNS, row = Math.floor(cell / COLUMNS);
		const x0 = Math.round(w / 2 + (column - COLUMNS / 2) * h / 9), x1 = Math.round(w / 2 + (column + 1 - COLUMNS / 2) * h / 9);
		const y0 = Math.round(h / 2 + (row - ROWS / 2) * h / 12), y1 = Math.round(h / 2 + (row + 1 - ROWS / 2) * h / 12);
		for (let y = y0; y < y1; y++) grey.fill(bit ? 235 : 16, y * w + x0, y * w + x1);
	}
}

export const toneHz = (who) => 419 + 150 * who;

// How strong a tone is in samples[at, at + n) at 48 kHz, as an amplitude of 32767.
export function toneLevel(samples, at, n, hz) {
	let re = 0, im = 0;
	for (let i = 0; i < n; i++) {
		const hann = 0.5 - 0.5 * Math.cos(2 * Math.PI * i / n), phase = 2 * Math.PI * hz * i / 48000;
		re += samples[at + i] * hann * Math.cos(phase);
		im += samples[at + i] * hann * Math.sin(phase);
	}
	return 4 * Math.hypot(re, im) / n;
}
