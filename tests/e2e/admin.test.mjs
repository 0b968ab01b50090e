// /admin by mouse and by keyboard: rooms, people, what runs in a room, events; names that are hostile; logging in; dark, phone, right to left.
// Screenshots stay in build/e2e.

import assert from 'node:assert/strict';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {api, bringIn, closeAdmins, openAdmin} from './lib/admin.mjs';
import {assertAccessible, DARK, PHONE} from './lib/page.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const TOKEN = 'a-token-of-16-characters';
const NAMES = ['Ada Lovelace', 'Grace Hopper', 'Alan Turing'];
let server, folder;

before(async () => {
	folder = await mkdtemp(join(tmpdir(), 'tessera-admin-'));
	server = await startServer({'recording.dir': folder, 'recording.min_free_mb': 1, 'inputs.max': 16, 'inputs.max_per_room': 8});
	await bringIn(server, 'standup', NAMES);
	await api(server, 'PUT', '/v1/rooms/quiet', {});
});
after(async () => {
	await closeAdmins();
	await server.stop();
	await rm(folder, {recursive: true});
});

const people = () => server.participants('standup');
const person = async (name) => (await people()).find((p) => p.name === name);
const is = (what, check) => eventually(what, async () => assert.ok(await check(), what));
const row = (page, name) => page.locator('.a-person', {hasText: name});
const owners = async () => { const byId = new Map((await people()).map((p) => [p.id, p.name])); return (await server.layout('standup')).regions.map((r) => byId.get(r.participant)); };

test('by mouse: rooms with live pictures, people, tiles, what runs', async () => {
	const boss = await openAdmin(server), {page} = boss;
	await is('the room is listed with its people', async () => /Ada Lovelace, Grace Hopper/.test(await page.textContent('.a-card:has-text("standup")')));
	await is('its picture is live', () => page.evaluate(() => [...document.querySelectorAll('.a-card video')].some((v) => v.videoWidth > 0 && !v.hidden)));
	assert.equal((await page.textContent('.a-card:has-text("standup") .a-count')).trim(), '3', 'it does not count itself');
	await boss.screenshot('admin-rooms');
	await assertAccessible(boss, 'rooms');

	await page.click('a:has-text("standup")');
	await is('the tiles are over the picture', async () => await page.locator('.a-tile').count() === 3);
	await is('it moves', () => page.evaluate(() => document.querySelector('.a-stage video').videoWidth > 0));
	await boss.screenshot('admin-room');
	await assertAccessible(boss, 'a room');

	await row(page, 'Grace').getByRole('button', {name: 'Mute Grace Hopper'}).click();
	await is('Grace is muted', async () => (await person('Grace Hopper')).muted_by === 'api');
	await row(page, 'Grace').getByRole('button', {name: 'Unmute Grace Hopper'}).click();
	await is('Grace is not', async () => !(await person('Grace Hopper')).muted);

	const before_ = await owners(), from = before_.indexOf('Alan Turing'), to = (from + 1) % 3;
	const center = async (locator) => { const b = await locator.boundingBox(); return [b.x + b.width / 2, b.y + b.height / 2]; };
	const drag = async (a, b) => { await page.mouse.move(...a); await page.mouse.down(); await page.mouse.move((a[0] + b[0]) / 2, (a[1] + b[1]) / 2); await page.mouse.move(...b, {steps: 3}); await page.mouse.up(); };
	await drag(await center(row(page, 'Alan').locator('.a-grip')), await center(page.locator('.a-tile').nth(to)));
	await is('they swapped', async () => { const now = await owners(); return now[to] === 'Alan Turing' && now[from] === before_[to]; });
	await boss.toast(/Alan Turing is in tile/);
	await is('the page shows it', async () => /Alan/.test(await page.locator('.a-tile').nth(to).getAttribute('aria-label')));
	await drag(await center(page.locator('.a-tile').nth(to)), await center(page.locator('.a-tile').nth(from)));
	await is('and back', async () => (await owners())[from] === 'Alan Turing');
	await page.click('text=Undo all placing');
	await is('nothing is asked for', async () => !(await server.layout('standup')).order.length);

	await page.click('.a-title >> text=Locked');
	await is('it is locked', async () => (await server.get('/v1/rooms/standup')).locked);
	await page.click('.a-title >> text=Locked');
	await page.click('.a-title >> text=Record');
	await is('it is recorded', async () => (await server.get('/v1/rooms/standup')).recorded);
	await page.click('text=Stop recording');
	await is('it is not', async () => !(await server.get('/v1/rooms/standup')).recorded);
	await page.click('summary:has-text("Recordings")');
	await is('the recording is listed', async () => await page.locator('.a-thing:has-text("done")').count() === 1);

	await page.click('summary:has-text("Settings")');
	await page.selectOption('label:has-text("Layout") + select', 'speaker');
	await is('the layout is speaker', async () => (await server.layout('standup')).name === 'speaker');
	await page.selectOption('label:has-text("Layout") + select', 'grid');
	await page.fill('label:has-text("PIN") + input', '4711');
	await page.click('button:has-text("Set")');
	await is('it has a PIN', async () => (await server.get('/v1/rooms/standup')).pin_set);
	await is('the PIN is shown nowhere', async () => !(await page.content()).includes('4711') && await page.inputValue('label:has-text("PIN") + input') === '');
	await page.click('text=No PIN');
	await is('it has none', async () => !(await server.get('/v1/rooms/standup')).pin_set);

	await row(page, 'Alan').locator('.a-open').click();
	await page.fill('dialog label:has-text("Role") + input', 'host');
	await page.click('dialog form:has-text("Role") button');
	await is('the role is set', async () => (await person('Alan Turing')).role === 'host');
	await is('the server says why', async () => (await page.textContent('dialog .a-why')).length > 20);
	await boss.screenshot('admin-person');
	await assertAccessible(boss, 'a person');
	await page.fill('dialog label:has-text("Move to room") + input', 'quiet');
	await page.click('dialog button:has-text("Move")');
	await is('the participant is in the other room', async () => (await server.participants('quiet')).some((p) => p.name === 'Alan Turing'));
	await is('and not here', async () => await row(page, 'Alan').count() === 0);
	await page.goto(`${server.url}/admin#/rooms/quiet`);
	await row(page, 'Alan').locator('.a-open').click();
	await page.fill('dialog label:has-text("Move to room") + input', 'standup');
	await page.click('dialog button:has-text("Move")');
	await is('and back', async () => Boolean(await person('Alan Turing')));

	await page.click('nav >> text=Events');
	await is('what happened is listed', async () => /went to/.test(await page.textContent('.a-events')));
	await assertAccessible(boss, 'events');
	await boss.screenshot('admin-events');
	await page.click('nav >> text=Node');
	await is('the node tells', async () => /Participants3/.test((await page.textContent('.a-numbers')).replace(/\s/g, '')));
	await assertAccessible(boss, 'node');
	await boss.close();
});

test('by keyboard: the same', async () => {
	const boss = await openAdmin(server, {look: DARK}), {page} = boss;
	const press = (...keys) => keys.reduce((done, key) => done.then(() => page.keyboard.press(key)), Promise.resolve());
	// to the next control whose name fits
	const reach = async (pattern, max = 80) => {
		const seen = [];
		for (let i = 0; i < max; i++) {
			const name = await page.evaluate(() => { const e = document.activeElement; return `${e.ariaLabel ?? ''} ${e.textContent} ${e.labels?.[0]?.textContent ?? ''} ${e.placeholder ?? ''}`; });
			if (pattern.test(name)) return;
			seen.push(name.trim().slice(0, 30));
			await press('Tab');
		}
		assert.fail(`${pattern} is not reached: ${seen.join(' | ')}`);
	};
	await is('the rooms are there', async () => await page.locator('.a-card').count() === 2);
	await reach(/^ *standup/);
	await press('Enter');
	await is('the tiles are there', async () => await page.locator('.a-tile').count() === 3);
	assert.equal(await page.evaluate(() => document.activeElement.id), 'main', 'the focus begins with the page');
	await assertAccessible(boss, 'a room, dark');
	await boss.screenshot('admin-room-dark');
	await reach(/Tile 1/);
	const [first, second] = await owners();
	await press('Enter');
	await is('whom to show is asked', () => page.isVisible('dialog'));
	await page.locator('.a-choices button', {hasText: second}).focus();
	await press('Enter');
	await is('they swapped', async () => { const now = await owners(); return now[0] === second && now[1] === first; });
	await is('the focus is where it was', () => page.evaluate(() => document.activeElement.classList.contains('a-tile')));
	await reach(/Calls/);
	await press('Enter');
	await reach(/Call a phone/);
	await page.keyboard.type('nobody@192.0.2.1');
	await press('Enter');
	await boss.toast(/sip\.listen/); // it is off here, and the page says so and what to do
	await reach(/^ *Mute Grace/, 120);
	await press('Enter');
	await is('Grace is muted', async () => (await person('Grace Hopper')).muted);
	await is('the focus stays', () => page.evaluate(() => /Unmute Grace/.test(document.activeElement.textContent)));
	await press('Enter');
	await is('Grace is not', async () => !(await person('Grace Hopper')).muted);
	await reach(/More about Grace/);
	await press('Enter');
	await is('all about Grace is there', () => page.isVisible('dialog'));
	await assertAccessible(boss, 'a person, dark');
	await reach(/Loudness for others/);
	await press('ArrowLeft', 'ArrowLeft', 'ArrowLeft');
	await is('Grace is quieter', async () => (await person('Grace Hopper')).gain_db === -3);
	await press('Escape');
	await is('it is closed', async () => !await page.isVisible('dialog'));
	await boss.close();
});

test('its pictures keep no room alive', async () => {
	await bringIn(server, 'passing', ['Nobody']);
	const boss = await openAdmin(server, {at: '#/rooms/passing'}), {page} = boss;
	await is('it watches', () => page.evaluate(() => document.querySelector('.a-stage video')?.videoWidth > 0));
	await is('as a watcher', async () => (await server.participants('passing')).some((p) => p.kind === 'whep'));
	const {items: [input]} = await server.get('/v1/rooms/passing/inputs');
	await api(server, 'DELETE', `/v1/rooms/passing/inputs/${input.id}`);
	await is('the room is gone with the last one', async () => await server.get('/v1/rooms/passing') === null);
	await is('and the page says so', async () => await page.textContent('#main h1') === 'Rooms');
	await boss.close();
});

test('names do no harm, and turn nothing around', async () => {
	const hostile = ['<img src=x onerror=alert(1)>', '\u202Egnp.exe\u2066 evil', '😀'.repeat(30), '"><script>alert(2)</script>', '${7*7} {{x}}', 'a'.repeat(128)];
	await bringIn(server, 'names', ['x1', 'x2', 'x3', 'x4', 'x5', 'x6']);
	for (const [i, p] of (await server.participants('names')).entries()) await api(server, 'PATCH', `/v1/rooms/names/participants/${p.id}`, {name: hostile[i], role: i === 0 ? 'host' : null});
	const boss = await openAdmin(server, {at: '#/rooms/names'}), {page} = boss;
	page.on('dialog', () => boss.messages.push('a script of a name ran'));
	await is('all are listed', async () => await page.locator('.a-person').count() === 6);
	assert.ok((await page.textContent('.a-people')).includes(hostile[0]), 'as text');
	assert.equal(await page.locator('.a-people img, .a-people script').count(), 0);
	assert.equal(await page.locator('.a-person bdi').count(), 6, 'each is isolated');
	for (const r of await page.locator('.a-person').all()) {
		const [a, b] = await Promise.all([r.boundingBox(), r.locator('.a-open').boundingBox()]);
		assert.ok(b.x >= a.x && b.x + b.width <= a.x + a.width, 'no name leaves its row');
	}
	await row(page, 'onerror').locator('.a-open').click();
	await assertAccessible(boss, 'a hostile name');
	await boss.screenshot('admin-hostile');
	await page.keyboard.press('Escape');
	await page.click('nav >> text=Rooms');
	await is('the cards are there', async () => await page.locator('.a-card').count() === 3);
	await page.click('nav >> text=Events');
	await is('the events are there', async () => await page.locator('.a-event').count() >= 0);
	await boss.close();
	await api(server, 'DELETE', '/v1/rooms/names');
});

test('on a phone, dark, and from right to left', async () => {
	for (const [name, options] of [['phone', {look: PHONE}], ['phone-dark', {look: {...PHONE, ...DARK}}], ['rtl', {query: '?dir=rtl'}], ['rtl-phone', {look: PHONE, query: '?dir=rtl'}]]) {
		const boss = await openAdmin(server, {at: '#/rooms/standup', ...options}), {page} = boss;
		await is('people are listed', async () => await page.locator('.a-person').count() === 3);
		for (const at of ['#/rooms/standup', '#/rooms', '#/layouts', '#/layouts/new?from=grid', '#/events', '#/node']) {
			await page.evaluate((hash) => { location.hash = hash; }, at);
			await is(`${at} is drawn`, () => page.evaluate(() => document.querySelector('#main').children.length > 1));
			const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
			assert.ok(over <= 0, `${name} ${at}: ${over} pixels too wide`);
			await boss.screenshot(`admin-${name}-${at.replace(/\W+/g, '-')}`);
			await assertAccessible(boss, `${name} ${at}`);
		}
		await boss.close();
	}
});

test('a token is asked for, kept in memory alone, and wrong ones are told', async () => {
	const locked = await startServer({'http.api_token': TOKEN, 'join.policy': 'open'});
	const boss = await openAdmin(locked), {page} = boss;
	await is('it asks', () => page.isVisible('#login-token'));
	await assertAccessible(boss, 'log in');
	await boss.screenshot('admin-login');
	await page.fill('#login-token', 'not the token at all');
	await page.keyboard.press('Enter');
	await is('it says no', async () => /not right/.test(await page.textContent('#login-status')));
	await page.fill('#login-token', TOKEN);
	await page.keyboard.press('Enter');
	await is('it is live', async () => await page.textContent('#live') === 'Live');
	assert.deepEqual(await page.evaluate(() => [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie]), ['{}', '{}', '']);
	assert.ok(!(await page.content()).includes(TOKEN));
	// a dialog does not outlive the log out
	await page.evaluate(async () => (await import('/web/admin/dom.js')).openBox('Somebody'));
	await page.evaluate(() => document.querySelector('#logout').click());
	await is('it asks again', () => page.isVisible('#login-token'));
	assert.equal(await page.locator('dialog').count(), 0);
	// a link in the same tab
	await page.evaluate((token) => { location.hash = `token=${token}`; }, TOKEN);
	await is('it logs in', async () => await page.textContent('#live') === 'Live');
	assert.ok(!page.url().includes(TOKEN));
	await page.click('#logout');
	await page.goto('about:blank');
	await page.goto(`${locked.url}/admin#token=${TOKEN}`);
	await is('a link logs in', async () => await page.textContent('#live') === 'Live');
	assert.ok(!page.url().includes(TOKEN), 'and is taken out of the address');
	await boss.close();
	await locked.stop();
});

test('the connection is lost, said, and comes back', async () => {
	const passing = await startServer({'http.listen': '127.0.0.1:28080'});
	const boss = await openAdmin(passing), {page} = boss;
	await is('it is live', async () => await page.textContent('#live') === 'Live');
	const calls = (made) => page.evaluate(async (call) => {
		const room = (await import('/web/admin/store.js')).store.rooms.get('after');
		if (call) room.calls.set(call.id, call);
		return room?.calls.size;
	}, made);
	await api(passing, 'PUT', '/v1/rooms/after', {});
	await page.evaluate(() => { location.hash = '#/rooms/after'; });
	await is('the room is known, and has no calls', async () => await calls() === 0);
	await calls({id: 'one', state: 'answered'});
	await page.evaluate(() => { location.hash = '#/rooms'; });
	await passing.stop();
	await is('it says so', async () => /lost/.test(await page.textContent('#live')));
	const again = await startServer({'http.listen': '127.0.0.1:28080'});
	await api(again, 'PUT', '/v1/rooms/after', {});
	await is('it is back, with what is there now', async () => await page.textContent('#live') === 'Live' && await page.locator('.a-card:has-text("after")').count() === 1);
	await is('what ran before runs no more', async () => await calls() === 0);
	await boss.close();
	await again.stop();
});

test('client.js serves pages of others: joins, watches, controls', async () => {
	const boss = await openAdmin(server), {page} = boss;
	const told = await page.evaluate(async () => {
		const {control, join, watch, Refusal} = await import(new URL('/client.js', location.href).href);
		const connected = (seat) => new Promise((resolve) => {
			const look = () => { if (seat.state === 'connected') resolve(true); };
			seat.addEventListener('state', look);
			look();
		});
		const api = control(), events = api.events({room: 'client'});
		const joined = new Promise((resolve) => events.addEventListener('participant.joined', ({detail}) => resolve(detail.participant.name)));
		await new Promise((resolve) => events.addEventListener('open', resolve, {once: true}));
		const canvas = document.createElement('canvas').captureStream(10);
		const call = await join('client', {name: 'By module', stream: canvas});
		await connected(call);
		const view = await watch('client', {audio: false, max_height: 180});
		await connected(view);
		const own = await call.own(), renamed = await call.change({name: 'Renamed'});
		const {items} = await api.call('get', '/v1/rooms/{room}/participants', {path: {room: 'client'}});
		const refused = await api.call('patch', '/v1/rooms/{room}', {path: {room: 'client'}, json: {max_participants: 0}}).catch((error) => error);
		const name = await joined;
		call.leave();
		view.leave();
		events.close();
		return {name, own: own.name, renamed: renamed.name, kinds: items.map((p) => p.kind).sort(), state: call.state,
			refusal: [refused instanceof Refusal, refused.status, refused.type, refused.pointer]};
	});
	assert.deepEqual(told, {name: 'By module', own: 'By module', renamed: 'Renamed', kinds: ['webrtc', 'whep'], state: 'left', refusal: [true, 422, 'field', '/max_participants']});
	const response = await fetch(`${server.url}/client.js`);
	assert.equal(response.headers.get('access-control-allow-origin'), '*', 'pages of others may load it');
	assert.doesNotMatch(await response.text(), /^\s*import /m, 'one file');
	await boss.close();
});
