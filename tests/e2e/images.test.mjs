// Images that a room shows: behind the tiles, over them, in place of a camera, in regions of a layout; what a browser decodes of it.

import assert from 'node:assert/strict';
import {mkdtemp} from 'node:fs/promises';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {openApi} from './lib/api.mjs';
import {closeAll, open} from './lib/browser.mjs';
import {converted, plain} from './lib/images.mjs';
import {folder} from './lib/media.mjs';
import {distance} from './lib/people.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const room = 'brand', path = {room}, NEAR = 12;
const colours = {orange: [255, 128, 0], violet: [128, 0, 255], teal: [0, 128, 128], lime: [0, 255, 0], grey: [128, 128, 128]};
// BT.601, limited range
const yuvOf = ([r, g, b]) => [
	16 + (65.481 * r + 128.553 * g + 24.966 * b) / 255,
	128 + (-37.797 * r - 74.203 * g + 112 * b) / 255,
	128 + (112 * r - 93.786 * g - 18.214 * b) / 255,
];
const of = (name, width = 16, height = 16, alpha = 255) => plain(width, height, ...colours[name], alpha);

let state, server, api, red;
const put = (name, body, type = 'image/png') => api.call('put_v1_images_name', {path: {name}, body, type});

before(async () => {
	state = await mkdtemp(join(folder, 'state-'));
	server = await startServer({'node.state_dir': state});
	api = await openApi(server);
	await api.call('put_v1_rooms_room', {path, json: {}});
	red = await open(server, {room, person: 'red'});
	await red.joined();
});
after(async () => {
	await closeAll();
	await server?.stop();
});

// What a browser sees at these places of the canvas, [x, y, colour]...
async function assertShows(what, places) {
	await eventually(what, async () => {
		const {width, height, areas} = await red.picture(places.map(([x, y]) => ({x: x - 4, y: y - 4, w: 8, h: 8})));
		assert.deepEqual([width, height], [1280, 720]);
		for (const [i, [x, y, colour]] of places.entries()) {
			const expected = yuvOf(colours[colour] ?? colour);
			assert.ok(distance(areas[i].yuv, expected) <= NEAR, `${x},${y}: ${areas[i].yuv} is not ${colour} (${expected})`);
		}
	});
}

// One tile in the middle, which leaves the canvas seen around it.
const middle = {name: 'middle', variants: [{regions: [{x: '1/4', y: '1/4', w: '1/2', h: '1/2', show: 'next', label: false}]}]};

test('an image behind the tiles, and a watermark over them', {timeout: 60000}, async () => {
	assert.equal((await put('ground', of('orange', 64, 36))).status, 201);
	assert.equal((await put('logo', of('violet', 100, 50))).status, 201);
	await api.call('put_v1_rooms_room_layout', {path, json: middle});
	await api.call('patch_v1_rooms_room', {path, json: {background: 'image:ground'}});
	await assertShows('the background', [[40, 40, 'orange'], [1240, 680, 'orange'], [640, 60, 'orange']]);
	await red.screenshot('images-background');
	await api.call('patch_v1_rooms_room', {path, json: {watermark: {image: 'logo', position: 'top-left', opacity: 1, size: 0.25}}});
	await assertShows('the watermark', [[100, 60, 'violet'], [900, 60, 'orange']]);
	await api.call('patch_v1_rooms_room', {path, json: {watermark: {image: 'logo', position: 'middle', opacity: 0.5, size: 0.25}}});
	await red.screenshot('images-watermark');
});

test('regions with an image and words', {timeout: 60000}, async () => {
	const json = {name: 'branded', variants: [{regions: [
		{x: 0, y: 0, w: '1/2', h: 1, show: 'next'},
		{x: '1/2', y: 0, w: '1/2', h: '1/2', show: 'image:logo'},
		{x: '1/2', y: '1/2', w: '1/2', h: '1/4', show: 'text:Good morning', background: '#204060'},
		{x: '1/2', y: '3/4', w: '1/2', h: '1/4', show: 'image:logo', fit: 'fit'},
	]}]};
	await api.call('patch_v1_rooms_room', {path, json: {watermark: null}});
	assert.equal((await api.call('put_v1_rooms_room_layout', {path, json})).status, 200);
	await assertShows('the regions', [[960, 180, 'violet'], [960, 630, 'violet'], [660, 630, 'orange']]);
	await red.screenshot('images-regions');
});

test('an avatar in place of a camera', {timeout: 60000}, async () => {
	assert.equal((await put('avatar-face', of('lime', 40, 60))).status, 201);
	const [{id}] = await server.participants(room);
	await api.call('put_v1_rooms_room_layout', {path, json: {name: 'grid'}});
	await api.call('patch_v1_rooms_room_participants_id', {path: {...path, id}, json: {video_muted: true}});
	await red.screenshot('images-initials');
	await api.call('patch_v1_rooms_room_participants_id', {path: {...path, id}, json: {avatar: 'avatar-face'}});
	await assertShows('the face', [[640, 360, 'lime'], [640, 200, 'lime']]);
	await red.screenshot('images-avatar');
});

test('an image in use is replaced, and removed', {timeout: 60000}, async () => {
	assert.equal((await put('avatar-face', of('teal', 40, 60))).status, 200);
	await assertShows('the other face', [[640, 360, 'teal']]);
	const {status} = await api.call('delete_v1_images_name', {path: {name: 'avatar-face'}});
	assert.equal(status, 204);
	await eventually('initials again', async () => {
		const [{yuv}] = (await red.picture([{x: 560, y: 200, w: 8, h: 8}])).areas;
		assert.ok(distance(yuv, yuvOf(colours.teal)) > NEAR);
	});
	assert.deepEqual((await server.participants(room)).map((p) => p.avatar), ['avatar-face'], 'whoever has it keeps the name');
	assert.equal((await put('avatar-face', of('lime', 40, 60))).status, 201);
	await assertShows('a face of that name', [[640, 360, 'lime']]);
});

test('WebP, JPEG, one pixel and odd sizes', {timeout: 60000}, async () => {
	assert.equal((await put('webp', converted('webp', of('teal', 33, 17)), 'image/webp')).json.width, 33);
	assert.equal((await put('jpeg', converted('mjpeg', of('teal', 35, 19)), 'image/jpeg')).json.height, 19);
	assert.equal((await put('dot', of('orange', 1, 1))).json.width, 1);
	assert.equal((await put('line', of('orange', 3000, 1))).json.width, 3000);
	const large = await put('large', of('teal', 2400, 1601));
	assert.equal(large.status, 200 + 1, large.text);
	assert.ok(large.json.width * large.json.height <= 1920 * 1080 && large.json.width > 1500, large.text);
	for (const name of ['webp', 'jpeg', 'dot', 'line', 'large']) {
		await api.call('patch_v1_rooms_room', {path, json: {background: `image:${name}`}});
		await api.call('put_v1_rooms_room_layout', {path, json: middle});
		await assertShows(name, [[40, 40, /dot|line/.test(name) ? 'orange' : 'teal']]);
	}
});
