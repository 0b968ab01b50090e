// What is written in a room: captions by REST in the page, over the picture, in HLS (hls.js shows them) and beside a recording;
// messages between pages and REST, hostile ones too.

import assert from 'node:assert/strict';
import {mkdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {mkdtemp} from 'node:fs/promises';
import {after, before, test} from 'node:test';
import {chromium} from 'playwright-core';
import {openApi} from './lib/api.mjs';
import {closeAll, open} from './lib/browser.mjs';
import {folder} from './lib/media.mjs';
import {api as ask, assertAccessible, assertFits} from './lib/page.mjs';
import {Reader} from './lib/sse.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const room = 'talk', path = {room};
const HLSJS = readFileSync(createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js'), 'utf8');
let server, api, ann, events, annId;

const say = (json) => api.call('post_v1_rooms_room_captions', {path, json});
const write = (json) => api.call('post_v1_rooms_room_messages', {path, json});

before(async () => {
	const dir = join(folder, 'text-recorded');
	mkdirSync(dir, {recursive: true, mode: 0o750});
	server = await startServer({'node.state_dir': await mkdtemp(join(folder, 'state-')), 'recording.dir': dir, 'recording.min_free_mb': 1});
	api = await openApi(server);
	await api.call('put_v1_rooms_room', {path, json: {hls: 'always'}});
	ann = await open(server, {room, person: 'red', params: {name: 'Ann'}});
	await ann.joined();
	[{id: annId}] = await server.participants(room);
	events = new Reader(`${server.url}/v1/events?room=${room}`);
	await events.open();
});
after(async () => {
	events?.drop();
	await closeAll();
	await server?.stop();
});

// Of a band at the lower edge of the picture: how many pixels are as bright as letters, as dark as the ground of captions.
const band = (person) => person.page.evaluate(() => {
	const video = document.getElementById('mix'), canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
	const context = canvas.getContext('2d');
	context.drawImage(video, 0, 0);
	const {width, height} = canvas, top = Math.round(height * 0.8);
	const {data} = context.getImageData(Math.round(width * 0.2), top, Math.round(width * 0.6), Math.round(height * 0.17));
	let white = 0, black = 0;
	for (let i = 0; i < data.length; i += 4) {
		const least = Math.min(data[i], data[i + 1], data[i + 2]), most = Math.max(data[i], data[i + 1], data[i + 2]);
		white += least > 200;
		black += most < 30;
	}
	return {white: white / (data.length / 4), black: black / (data.length / 4)};
});

test('captions in the page, and as events', {timeout: 60000}, async () => {
	const interim = await say({participant: annId, text: 'Good mor', final: false, lang: 'en'});
	assert.deepEqual([interim.status, interim.json.name, interim.json.final, interim.json.lang], [201, 'Ann', false, 'en']);
	await eventually('it is in the page', async () => assert.equal((await ann.page.textContent('#captions')).trim(), 'Ann: Good mor'));
	const final = await say({participant: annId, text: 'Good morning <b>all</b> \u202Eevil\u0007'});
	assert.equal(final.json.id, interim.json.id, 'one caption');
	await eventually('it was replaced', async () => assert.equal((await ann.page.textContent('#captions')).trim(), 'Ann: Good morning <b>all</b> evil'));
	await say({text: 'مرحبا', lang: 'ar'});
	await eventually('from the right', async () => assert.equal(
		await ann.page.evaluate(() => getComputedStyle(document.querySelector('#captions p:last-child')).direction), 'rtl'));
	await ann.screenshot('text-captions');
	await eventually('events', async () => assert.deepEqual(events.captions.map(({event, data}) => [event, data.caption.text]), [
		['caption.interim', 'Good mor'], ['caption', 'Good morning <b>all</b> evil'], ['caption', 'مرحبا']]));
	assert.equal((await api.call('get_v1_rooms_room_captions', {path})).json.items.length, 2);
	assert.equal((await say({participant: 'nobody', text: 'x'})).status, 404);
	assert.equal((await say({text: '\u202E\u0007'})).status, 422);
	assert.equal((await say({text: 'x'.repeat(501)})).status, 422);
	assert.equal((await say({text: 'x', lang: 'no language'})).status, 422);
});

test('burnt into a view that shows them, and only there', {timeout: 60000}, async () => {
	const plain = await band(ann);
	assert.ok(plain.black < 0.05, JSON.stringify(plain));
	await api.call('patch_v1_rooms_room', {path, json: {captions: {size: 'large', contrast: 'high'}}});
	assert.deepEqual((await api.call('get_v1_rooms_room', {path})).json.captions, {size: 'large', contrast: 'high'});
	const words = {participant: annId, text: 'These words are part of the picture, for everybody who receives it'};
	await eventually('letters on black', async () => {
		await say({...words, final: false}); // for as long as it takes
		const {white, black} = await band(ann);
		assert.ok(white > 0.02 && black > 0.25, `${white} ${black}`);
	}, 20000);
	await ann.screenshot('text-burnt');
	await say(words);
	await eventually('they go by themselves', async () => {
		const {black} = await band(ann);
		assert.ok(black < 0.05, `${black}`);
	}, 15000);
	await api.call('patch_v1_rooms_room', {path, json: {captions: null}});
	await say({participant: annId, text: 'These words are not'});
	await eventually('the page has them', async () => assert.match(await ann.page.textContent('#captions'), /These words are not/));
	const {black} = await band(ann);
	assert.ok(black < 0.05, `${black}`);
});

test('hls.js shows them, and the recording has them', {timeout: 90000}, async () => {
	const started = await api.call('post_v1_rooms_room_recordings', {path, json: {format: 'mp4'}});
	assert.equal(started.status, 201);
	const index = await (await fetch(`${server.url}/hls/${room}/index.m3u8`)).text();
	assert.match(index, /#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="captions",.*URI="\w+\/captions.m3u8"/);
	const [, key] = /\n(\w+)\/live\.m3u8\n/.exec(index);
	const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required', '--disable-gpu']});
	try {
		const page = await browser.newPage();
		await page.setContent('<video muted autoplay playsinline></video>');
		await page.evaluate(HLSJS);
		await page.evaluate((from) => {
			window.told = [];
			window.hls = new window.Hls({enableWorker: false});
			window.hls.on(window.Hls.Events.ERROR, (_, data) => window.told.push(`${data.details} ${data.fatal}`));
			window.hls.on(window.Hls.Events.SUBTITLE_TRACKS_UPDATED, () => { window.hls.subtitleTrack = 0; window.hls.subtitleDisplay = true; });
			window.hls.loadSource(from);
			window.hls.attachMedia(document.querySelector('video'));
		}, `${server.url}/hls/${room}/${key}/index.m3u8`);
		await eventually('it plays', async () => assert.ok(await page.evaluate(() => document.querySelector('video').currentTime) > 0.5,
			`${await page.evaluate(() => window.told)}`), 30000);
		const sent = await say({participant: annId, text: 'Seen by who watches & nobody else'});
		const cue = await eventually('a cue is shown', async () => {
			const shown = await page.evaluate(() => {
				const video = document.querySelector('video');
				const cue = [...video.textTracks].flatMap((track) => [...track.cues ?? []]).find(({text}) => text.includes('Seen by'));
				return cue && {text: cue.text, start: cue.startTime, now: video.currentTime, at: window.hls.playingDate?.getTime()};
			});
			assert.ok(shown, `${await page.evaluate(() => window.told)}`);
			return shown;
		}, 30000);
		assert.match(cue.text, /Seen by who watches (&|&amp;) nobody else/);
		// by the playlist's dates, where it is shown is when it was sent
		const off = cue.at - (cue.now - cue.start) * 1000 - sent.json.sent_ms;
		console.log(`the cue begins ${Math.round(off)} ms beside its time`);
		assert.ok(Math.abs(off) < 700, `${off} ms`);
		assert.deepEqual((await page.evaluate(() => window.told)).filter((e) => e.endsWith('true')), []);
	} finally {
		await browser.close();
	}
	const {id} = started.json;
	await api.call('delete_v1_rooms_room_recordings_id', {path: {...path, id}});
	const done = await eventually('the recording is done', async () => {
		const {json} = await api.call('get_v1_rooms_room_recordings_id', {path: {...path, id}});
		assert.equal(json.state, 'done');
		return json;
	}, 20000);
	assert.equal(done.captions, 1);
	await eventually('its captions are there', async () => {
		const {status, body} = await api.call('get_v1_rooms_room_recordings_id_captionsvtt', {path: {...path, id}});
		assert.equal(status, 200);
		assert.match(body.toString(), /^WEBVTT\n\n\d\d:\d\d:\d\d\.\d{3} --> \d\d:\d\d:\d\d\.\d{3}\n<v Ann>Seen by who watches &amp; nobody else\n\n$/);
	});
});

test('messages between pages and REST, to all and to one', {timeout: 90000}, async () => {
	await api.call('patch_v1_rooms_room', {path, json: {hls: 'off'}});
	const bob = await open(server, {room, person: 'green', params: {name: 'Bob'}});
	await bob.joined();
	const bobId = (await server.participants(room)).find((p) => p.name === 'Bob').id;
	await ann.page.fill('#chat-text', 'Hello <img src=x onerror=alert(1)> \u202Eall');
	await ann.page.press('#chat-text', 'Enter');
	const words = (person) => person.page.$$eval('#chat-list .words', (list) => list.map((p) => p.textContent));
	await eventually('Bob reads it', async () => assert.deepEqual(await words(bob), ['Hello <img src=x onerror=alert(1)> all']));
	assert.equal(await bob.page.$$eval('#chat-list img', (list) => list.length), 0);
	assert.equal((await write({text: 'For Bob\r\nalone', to: bobId, name: 'The desk'})).status, 201);
	await eventually('Bob reads that', async () => assert.deepEqual((await words(bob)).slice(1), ['For Bob\nalone']));
	await bob.page.selectOption('#chat-to', annId);
	await bob.page.fill('#chat-text', 'Only for Ann');
	await bob.page.click('#chat-form button');
	await eventually('Ann reads it', async () => assert.deepEqual((await words(ann)).slice(1), ['Only for Ann']));
	const {items} = (await api.call('get_v1_rooms_room_messages', {path})).json;
	assert.deepEqual(items.map((m) => [m.name, m.to, m.via, m.text]), [
		['Ann', 'all', 'page', 'Hello <img src=x onerror=alert(1)> all'], ['The desk', bobId, 'api', 'For Bob\nalone'], ['Bob', annId, 'page', 'Only for Ann']]);
	// who comes later reads what was for all
	const carl = await open(server, {room, person: 'blue', params: {name: 'Carl'}});
	await carl.joined();
	await eventually('Carl reads the first', async () => assert.deepEqual(await words(carl), ['Hello <img src=x onerror=alert(1)> all']));
	await ann.screenshot('text-chat');
	await assertAccessible(ann, 'with messages');
	await assertFits(ann);
	assert.deepEqual(events.messages.length, 3);
	// too much, and too long
	const many = await Promise.all(Array.from({length: 20}, (_, i) => write({text: `no. ${i}`})));
	assert.ok(many.some((r) => r.status === 429), 'a limit');
	assert.equal(many.find((r) => r.status === 429).json.type, 'urn:tessera:problem:too-much-text');
	assert.equal((await write({text: 'x'.repeat(4097)})).status, 422);
	const session = await ann.page.evaluate(() => window.tessera.session);
	await ask(server, 'POST', `${new URL(session).pathname}/messages`, {text: 'by hand'});
});
