// edges - where the pictures of build/peer's people end in a mixed picture, by the colours of their walls (tests/media/scene.c).
//
//   const mix = new Snapshot(path, 1280, 720);   worst(mix, layout.regions, who) --> pixels, the farthest that an edge is off

import {readFileSync} from 'node:fs';

const REACH = 40; // pixels on either side of where the edge should be
const TOLERANCE = 24; // of both chroma levels together; two neighbours' walls are over 50 apart
const AT = 0.12; // of a tile's side: above the head, beside the mark, below no rounded corner

export function wall(who) {
	const hue = who * 2.399963, saturation = 62 - 14 * (Math.floor(who / 8) % 3);
	return [Math.round(128 + saturation * Math.cos(hue)), Math.round(128 + saturation * Math.sin(hue))];
}

export class Snapshot {
	constructor(path, width, height) {
		Object.assign(this, {i420: readFileSync(path), width, height});
	}

	isWall(x, y, who) {
		if (x < 0 || y < 0 || x >= this.width || y >= this.height) return false;
		const area = this.width * this.height, at = (y >> 1) * (this.width >> 1) + (x >> 1), [u, v] = wall(who);
		return Math.abs(this.i420[area + at] - u) + Math.abs(this.i420[area * 5 / 4 + at] - v) < TOLERANCE;
	}

	// From outside inwards: how far from the edge their wall begins.
	off(x, y, dx, dy, who) {
		for (let step = -REACH; step < REACH; step++) if (this.isWall(x + dx * step, y + dy * step, who)) return Math.abs(step);
		return REACH;
	}
}

const meet = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

// who: of a region, the number of the person in it. Tiles with something on top of them are left out, and bottoms, where the names are.
export function worst(mix, regions, who) {
	let off = 0;
	for (const r of regions) {
		if (!r.participant || regions.some((other) => other.z > r.z && meet(r, other))) continue;
		const x = r.x + Math.floor(r.w * AT), y = r.y + Math.floor(r.h * AT);
		off = Math.max(off, mix.off(r.x, y, 1, 0, who(r)), mix.off(r.x + r.w - 1, y, -1, 0, who(r)), mix.off(x, r.y, 0, 1, who(r)));
	}
	return off;
}
