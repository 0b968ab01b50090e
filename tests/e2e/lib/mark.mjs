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
