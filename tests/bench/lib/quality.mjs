// quality - PSNR of a recorded mix against the ideal composite of its sources (psnr.c).

import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import {context} from './context.mjs';

// tiles: [{x, y, w, h, file}]. null when there is nothing to compare.
export function psnr(mix, tiles) {
	if (!tiles.length) return null;
	const input = tiles.map((t) => `${t.x} ${t.y} ${t.w} ${t.h} ${t.file}\n`).join('');
	const result = JSON.parse(execFileSync(join(context.build, 'psnr'), [mix, '15'], {input, encoding: 'utf8'}));
	return result.tiles > result.unmatched ? result : null;
}

// What the server says is where; people are called NAME-I and send files[I mod n].
export async function serverTiles(server, room, files) {
	const layout = await server.get(`/v1/rooms/${room}/layout`), people = await server.get(`/v1/rooms/${room}/participants`);
	const number = new Map(people.items.map((p) => [p.id, Number(p.name.split('-').pop())]));
	return layout.regions.filter((r) => number.has(r.participant)).map(({x, y, w, h, participant}) => (
		{x, y, w, h, file: files[number.get(participant) % files.length]}));
}

// The grid of floor.c.
export function floorTiles(n, files, width = 1280, height = 720) {
	const columns = Math.ceil(Math.sqrt(n)), rows = Math.ceil(n / columns), even = (v) => Math.floor(v) & ~1;
	return Array.from({length: n}, (_, i) => {
		const x = even(i % columns * width / columns), y = even(Math.floor(i / columns) * height / rows);
		return {x, y, w: even((i % columns + 1) * width / columns) - x, h: even((Math.floor(i / columns) + 1) * height / rows) - y,
			file: files[i % files.length]};
	});
}
