// filmed - the pictures that one of build/peer's watchers decoded (tests/peer/film.h), and where the people in them are, by the colours of
// their walls.
//
//   const film = new Film(path);   film.since(ns)[0].box(0) --> {x, y, w, h, luma} of person 0's tile; null: not seen
//   film.close();                  and the file is gone

import {closeSync, existsSync, openSync, readSync, rmSync} from 'node:fs';
import {wall} from './edges.mjs';

const HEADER = 16, TOLERANCE = 24, FEW = 3; // samples of a line that may be there by chance

class Picture {
	constructor(bytes, frame) {
		Object.assign(this, frame, {bytes});
		this.area = this.width * this.height;
	}

	// [Y, U, V]
	sample(x, y) {
		const chroma = (y >> 1) * (this.width >> 1) + (x >> 1);
		return [this.bytes[y * this.width + x], this.bytes[this.area + chroma],
			this.bytes[this.area * 5 / 4 + chroma]];
	}

	// How far the colour there is from their wall's; 0: it is that.
	off(x, y, who) {
		const [, u, v] = this.sample(x, y), [wu, wv] = wall(who);
		return Math.abs(u - wu) + Math.abs(v - wv);
	}

	// Around all of the wall that is seen: the tile.
	box(who) {
		const columns = new Uint16Array(this.width >> 1), rows = new Uint16Array(this.height >> 1);
		for (let y = 0; y < rows.length; y++) {
			for (let x = 0; x < columns.length; x++) {
				if (this.off(2 * x, 2 * y, who) >= TOLERANCE) continue;
				columns[x]++;
				rows[y]++;
			}
		}
		const ends = (list) => [list.findIndex((n) => n > FEW) * 2, list.findLastIndex((n) => n > FEW) * 2 + 2];
		const [left, right] = ends(columns), [top, bottom] = ends(rows);
		if (left < 0 || top < 0) return null;
		return {x: left, y: top, w: right - left, h: bottom - top, luma: this.luma(left, top, right, bottom)};
	}

	// The mean of a part.
	luma(left, top, right, bottom) {
		let sum = 0;
		for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) sum += this.bytes[y * this.width + x];
		return sum / ((right - left) * (bottom - top));
	}
}

// A file that is still written. ns: when the picture came, by process.hrtime; rtp: its time in ticks of 90 kHz.
export class Film {
	#path; #file = null; #at = 0;
	pictures = [];

	constructor(path) { this.#path = path; }

	#bytes(length, at) {
		const bytes = Buffer.alloc(length);
		return readSync(this.#file, bytes, 0, length, at) === length ? bytes : null;
	}

	#next() {
		const head = this.#bytes(HEADER, this.#at);
		if (!head) return null;
		const width = head.readUInt16LE(12), height = head.readUInt16LE(14), bytes = this.#bytes(width * height * 3 / 2, this.#at + HEADER);
		if (!bytes) return null;
		this.#at += HEADER + bytes.length;
		return new Picture(bytes, {ns: head.readBigInt64LE(0), rtp: head.readUInt32LE(8), width, height});
	}

	// What has come since; the newest of all, undefined: none.
	read() {
		if (this.#file === null && existsSync(this.#path)) this.#file = openSync(this.#path);
		for (let picture; this.#file !== null && (picture = this.#next());) this.pictures.push(picture);
		return this.pictures.at(-1);
	}

	since(ns) {
		this.read();
		return this.pictures = this.pictures.filter((picture) => picture.ns >= ns);
	}

	close() {
		if (this.#file !== null) closeSync(this.#file);
		rmSync(this.#path, {force: true});
	}
}
