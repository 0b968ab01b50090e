// Views of one room: a phone that is turned is sent the other one, nobody else sees it, and what nobody receives costs nothing.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {openApi} from './lib/api.mjs';
import {closeAll, open} from './lib/browser.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const path = {room: 'hall'};
let server, api, desk, phone;
before(async () => {
	server = await startServer();
	api = await openApi(server);
});
after(async () => {
	await closeAll();
	await server?.stop();
});

const metric = async (name) => Number((await (await fetch(`${server.url}/metrics`)).text()).match(new RegExp(`^${name} (\\S+)$`, 'm'))[1]);
const size = (who) => who.page.evaluate(() => { const v = document.querySelector('#mix'); return [v.videoWidth, v.videoHeight]; });
const view = async (name) => (await api.call('get_v1_rooms_room_views_view', {path: {...path, view: name}})).json;
const isTall = ([width, height]) => width > 0 && height > width;

// The longest time in ms without a new picture, until it is asked.
async function watchGaps(who) {
	await who.page.evaluate(() => {
		const video = document.querySelector('#mix');
		window.gaps = {worst: 0, last: performance.now(), on: true};
		const next = () => {
			window.gaps.worst = Math.max(window.gaps.worst, performance.now() - window.gaps.last);
			window.gaps.last = performance.now();
			if (window.gaps.on) video.requestVideoFrameCallback(next);
		};
		video.requestVideoFrameCallback(next);
	});
	return () => who.page.evaluate(() => { window.gaps.on = false; return window.gaps.worst; });
}

test('a phone is turned', {timeout: 120000}, async () => {
	await api.call('put_v1_rooms_room', {path, json: {video: {width: 640, height: 360}}});
	await api.call('put_v1_rooms_room_views_view', {path: {...path, view: 'portrait'},
		json: {video: {width: 360, height: 640}, when: {aspect_max: 1}}});
	assert.equal((await view('portrait')).encoders, 0);
	assert.equal(await metric('tessera_views'), 1);
	desk = await open(server, {room: 'hall', person: 'red', painted: true});
	await desk.joined();
	phone = await open(server, {room: 'hall', person: 'blue', painted: true});
	await phone.joined();
	assert.equal(await metric('tessera_views_composed'), 1);

	await phone.page.setViewportSize({width: 390, height: 844});
	await eventually('the phone has the tall picture', async () => assert.ok(isTall(await size(phone))));
	const tall = await view('portrait');
	assert.deepEqual([tall.receivers, tall.encoders], [1, 1]);
	assert.deepEqual([tall.now.canvas.width, tall.now.canvas.height, tall.now.regions.length], [360, 640, 2]);
	assert.ok(tall.now.regions[0].y < tall.now.regions[1].y); // one above the other
	assert.ok(!isTall(await size(desk)));
	assert.equal(await metric('tessera_views_composed'), 2);

	const deskGap = await watchGaps(desk), phoneGap = await watchGaps(phone);
	await phone.page.evaluate(() => { new Promise((resolve) => {
		const video = document.querySelector('#mix');
		addEventListener('resize', () => {
			const at = performance.now();
			const look = () => video.videoWidth > video.videoHeight ? resolve(performance.now() - at) : video.requestVideoFrameCallback(look);
			look();
		}, {once: true});
	}).then((ms) => { window.took = ms; }); });
	await phone.page.setViewportSize({width: 844, height: 390});
	const ms = await eventually('the phone has the wide picture', async () => {
		const value = await phone.page.evaluate(() => window.took);
		assert.ok(value);
		return value;
	});
	const gaps = [await deskGap(), await phoneGap()];
	console.log(`turned within ${Math.round(ms)} ms; gaps of the desk ${Math.round(gaps[0])}, the phone ${Math.round(gaps[1])} ms`);
	assert.ok(ms < 500, `${ms} ms`);
	assert.ok(gaps[0] < 300, `the desk saw nothing new for ${gaps[0]} ms`);
	await eventually('nobody receives the tall one', async () => assert.equal((await view('portrait')).encoders, 0));
	assert.equal(await metric('tessera_views_composed'), 1);
});

test('who runs the room chooses, and a view that is removed leaves its people in main', {timeout: 120000}, async () => {
	const find = async (name) => (await server.participants('hall')).find((p) => p.name === name);
	const id = (await find('red')).id, who = {...path, id};
	const patch = (json) => api.call('patch_v1_rooms_room_participants_id', {path: who, json});
	assert.equal((await patch({view: 'nowhere'})).status, 422);
	assert.equal((await patch({room: 'elsewhere', view: 'portrait'})).status, 422);
	assert.equal((await find('red')).room, 'hall', 'they were not moved');
	const narrow = {video: {width: 360, height: 640}, when: {aspect_min: 2, aspect_max: 1}};
	const refused = await api.call('put_v1_rooms_room_views_view', {path: {...path, view: 'narrow'}, json: narrow});
	assert.deepEqual([refused.status, refused.json.pointer], [422, '/when/aspect_min']);
	assert.equal((await patch({view: 'portrait'})).json.view, 'portrait');
	await eventually('the desk has the tall picture', async () => assert.ok(isTall(await size(desk))));
	await api.call('delete_v1_rooms_room_views_view', {path: {...path, view: 'portrait'}});
	assert.equal((await find('red')).view, 'main');
	await eventually('the desk has the wide picture', async () => assert.ok(!isTall(await size(desk))));
	assert.equal(await metric('tessera_views'), 0);
});
