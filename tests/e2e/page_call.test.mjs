// The join page in the call: what it shows, what a moderator does, how it comes back. Screenshots stay in build/e2e.

import assert from 'node:assert/strict';
import {createServer} from 'node:net';
import {after, before, test} from 'node:test';
import {closeAll, open} from './lib/browser.mjs';
import {api, assertAccessible, assertFits, closed, DARK, focused, PHONE, tells, text} from './lib/page.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

let server;

before(async () => { server = await startServer(); });
after(async () => {
	await closeAll();
	await server.stop();
});

const session = (person) => person.page.evaluate(() => window.tessera.session);

test('the call: who is here, who speaks, news; light, dark, small', async () => {
	const anna = await open(server, {room: 'standup', person: 'green', params: {name: 'Anna Nowak'}, look: DARK});
	await anna.joined();
	const bjorn = await open(server, {room: 'standup', person: 'blue', params: {name: 'Björn'}});
	await bjorn.joined();
	await eventually('Anna reads that Björn joined', async () => assert.match(await text(anna, 'news'), /Björn joined/));
	await eventually('both are listed, both speak', async () => {
		assert.match(await text(anna, 'people-list'), /Anna Nowak \(you\).*Björn/);
		assert.equal(await anna.page.locator('#people-list .talks').count(), 2);
	});
	await eventually('the connection is good', async () => assert.match(await text(anna, 'quality'), /Good/));
	await anna.screenshot('page-call-dark');
	await bjorn.screenshot('page-call-light');
	await assertAccessible(anna, 'call, dark');
	await assertAccessible(bjorn, 'call, light');
	await bjorn.page.click('#mic');
	await eventually('Anna sees that Björn is muted', async () => assert.ok(await anna.page.isVisible('[aria-label="Unmute Björn"]')));
	await anna.page.click('#quality');
	assert.match(await text(anna, 'quality-list'), /Round trip.*ms/);
	await eventually('the server says why', async () => assert.match(await text(anna, 'quality-why'), /You are sent [^]*Sound that you hear: \d/));
	await anna.screenshot('page-quality');
	await assertAccessible(anna, 'quality');
	for (const [button, box] of [['settings', 'settings-box'], ['layout', 'layout-box']]) {
		await bjorn.page.click(`#${button}`);
		await bjorn.page.waitForSelector(`#${box}[open]`);
		await bjorn.page.waitForTimeout(500);
		await bjorn.screenshot(`page-${button}`);
		await assertAccessible(bjorn, button);
		await bjorn.page.keyboard.press('Escape');
		assert.equal(await focused(bjorn), button);
	}
	await bjorn.page.setViewportSize(PHONE.viewport);
	await bjorn.page.waitForTimeout(300);
	await bjorn.screenshot('page-call-phone');
	await assertFits(bjorn);
	await assertAccessible(bjorn, 'call, phone');
	await bjorn.page.setViewportSize({width: 780, height: 390});
	await bjorn.page.waitForTimeout(300);
	await bjorn.screenshot('page-call-phone-landscape');
	await assertFits(bjorn);
	await bjorn.leave();
	await eventually('Anna reads that Björn left', async () => assert.match(await text(anna, 'news'), /Björn left/));
	await bjorn.page.setViewportSize({width: 1280, height: 800});
	await bjorn.screenshot('page-left');
	await assertAccessible(bjorn, 'left');
	await bjorn.page.click('#rejoin');
	await bjorn.joined();
	await closed(anna, bjorn);
});

test('sharing the screen, and stopping it', async () => {
	const anna = await open(server, {room: 'show', person: 'green', params: {name: 'Anna'}});
	await anna.joined();
	const kinds = async () => (await server.participants('show'))[0].sources.map((s) => s.kind);
	await anna.page.click('#share');
	await eventually('there are slides', async () => assert.deepEqual(await kinds(), ['camera', 'slides']));
	await eventually('all are told', async () => assert.match(await text(anna, 'people-list'), /presents/));
	await anna.page.waitForTimeout(1500);
	await anna.screenshot('page-sharing');
	await assertAccessible(anna, 'sharing');
	await anna.page.click('#unshare');
	await eventually('they are gone', async () => assert.deepEqual(await kinds(), ['camera']));
	await anna.page.keyboard.press('s');
	await eventually('and here again', async () => assert.deepEqual(await kinds(), ['camera', 'slides']));
	await anna.page.evaluate(() => window.tessera.screen.dispatchEvent(new Event('ended'))); // as the browser's own button does
	await eventually('and gone', async () => assert.deepEqual(await kinds(), ['camera']));
	await closed(anna);
});

test('by keyboard alone', async () => {
	const anna = await open(server, {room: 'keys', person: 'green', join: false});
	const {page} = anna;
	await page.focus('#name');
	await page.keyboard.press('Control+A');
	await page.keyboard.type('Anna');
	await page.keyboard.press('Tab');
	assert.equal(await focused(anna), 'join');
	await page.keyboard.press('Enter');
	await anna.joined();
	assert.equal(await focused(anna), 'where');
	const order = [];
	for (let i = 0; i < 18 && order.at(-1) !== 'leave'; i++) {
		await page.keyboard.press('Tab');
		order.push(await focused(anna));
	}
	for (const id of ['invite', 'mic', 'camera', 'share', 'people-button', 'settings', 'leave']) assert.ok(order.includes(id), `${id} in ${order}`);
	assert.ok(order.indexOf('mic') < order.indexOf('leave'));
	const muted = async () => (await server.participants('keys'))[0].muted;
	await page.keyboard.press('m');
	await eventually('muted', async () => assert.equal(await muted(), true));
	await page.waitForFunction(() => document.getElementById('mic').classList.contains('off') && !document.getElementById('mic').disabled);
	await page.keyboard.press('m');
	await eventually('not muted', async () => assert.equal(await muted(), false));
	await page.focus('#settings');
	await page.keyboard.press('Enter');
	await page.focus('#shortcuts');
	await page.keyboard.press('Space');
	await page.keyboard.press('Escape');
	await page.keyboard.press('m');
	await page.waitForTimeout(500);
	assert.equal(await muted(), false, 'one-letter keys are off');
	await page.focus('#leave');
	await page.keyboard.press('Enter');
	await tells(anna, /go on without you/);
	assert.equal(await focused(anna), 'ended-title');
	await closed(anna);
});

test('muted and removed by the moderator', async () => {
	const anna = await open(server, {room: 'strict', person: 'green', params: {name: 'Anna'}});
	await anna.joined();
	const [{id}] = await server.participants('strict');
	await api(server, 'PATCH', `/v1/rooms/strict/participants/${id}`, {muted: true});
	await eventually('Anna cannot speak', async () => assert.ok(await anna.page.isDisabled('#mic')));
	await tells(anna, /moderator muted you/);
	await anna.page.waitForTimeout(1500);
	await anna.screenshot('page-muted-by-moderator');
	await api(server, 'PATCH', `/v1/rooms/strict/participants/${id}`, {muted: false});
	await eventually('Anna can again', async () => assert.ok(await anna.page.isEnabled('#mic')));
	await api(server, 'DELETE', `/v1/rooms/strict/participants/${id}`);
	await tells(anna, /You were removed/);
	await anna.screenshot('page-removed');
	await closed(anna);
});

test('an ICE restart keeps the session', async () => {
	const anna = await open(server, {room: 'mend', person: 'green'});
	await anna.joined();
	const [old, [{id}]] = [await session(anna), await server.participants('mend')];
	const ufrag = () => anna.page.evaluate(() => /a=ice-ufrag:(\S+)/.exec(window.tessera.pc.remoteDescription.sdp)[1]);
	const before = await ufrag();
	await anna.page.evaluate(() => { window.tessera.mend(); });
	await eventually('there are other credentials', async () => assert.notEqual(await ufrag(), before));
	await anna.joined();
	assert.equal(await session(anna), old);
	assert.deepEqual((await server.participants('mend')).map((p) => p.id), [id]);
	await anna.assertSees(['green']);
	await closed(anna);
});

test('a tab that crashed comes back into its own place', async () => {
	const anna = await open(server, {room: 'crash', person: 'green'});
	await anna.joined();
	const [{id, identity}] = await server.participants('crash');
	const address = anna.page.url();
	await anna.page.goto('chrome://crash').catch(() => {});
	anna.page = await anna.page.context().newPage();
	await anna.page.goto(address, {referer: `${server.url}/`});
	await anna.joined();
	await eventually('Anna is there once', async () => {
		const people = await server.participants('crash');
		assert.deepEqual(people.map((p) => p.identity), [identity]);
		assert.notEqual(people[0].id, id);
	}, 5000); // before the server would have noticed
	const twin = await anna.page.context().newPage();
	await twin.goto(address, {referer: `${server.url}/`});
	await eventually('a second tab is somebody else', async () => assert.equal((await server.participants('crash')).length, 2));
	assert.equal((await anna.state()).state, 'joined');
	await closed(anna);
});

test('whoever has the API token in the address chooses a layout by its picture', async () => {
	const token = '0123456789abcdef0123';
	const guarded = await startServer({'http.api_token': token});
	const layout = async () => (await (await fetch(`${guarded.url}/v1/rooms/led/layout`, {headers: {Authorization: `Bearer ${token}`}})).json()).name;
	const anna = await open(guarded, {room: 'led', person: 'green', hash: `#token=${token}`});
	await anna.joined();
	assert.equal(await anna.page.evaluate(() => location.hash), '');
	await anna.page.click('#layout');
	await eventually('every layout is drawn', async () => {
		const drawn = await anna.page.evaluate(() =>
			[...document.querySelectorAll('#layouts label')].map((label) => label.querySelector('img')?.naturalWidth ?? 0));
		assert.ok(drawn.length > 2 && drawn.every((width) => width > 0), `${drawn}`);
	});
	await anna.screenshot('page-layout-token');
	await anna.page.check('#layouts input[value=speaker]');
	await eventually('it is taken', async () => assert.equal(await layout(), 'speaker'));
	const bjorn = await open(guarded, {room: 'led', person: 'blue'});
	await bjorn.joined();
	assert.equal(await bjorn.page.isVisible('#layout'), false);
	await closed(anna, bjorn);
	await guarded.stop();
});

const freePort = () => new Promise((resolve) => {
	const probe = createServer().listen(0, '127.0.0.1', () => {
		const {port} = probe.address();
		probe.close(() => resolve(port));
	});
});

test('the server dies and is there again: the page joins anew; it ends: the page says so; it is not there', async () => {
	const settings = {'http.listen': `127.0.0.1:${await freePort()}`};
	const first = await startServer(settings);
	const anna = await open(first, {room: 'phoenix', person: 'green'});
	await anna.joined();
	first.kill();
	await first.ended;
	await tells(anna, /server cannot be reached. Trying again in/, 40000);
	assert.equal((await anna.state()).state, 'mending');
	await anna.screenshot('page-mending');
	await assertAccessible(anna, 'mending');
	const second = await startServer(settings);
	await eventually('Anna is back', async () => {
		assert.equal((await anna.state()).state, 'joined');
		assert.deepEqual((await second.participants('phoenix')).map((p) => p.state), ['connected']);
	});
	await second.stop();
	await tells(anna, /server ended the call|room was closed/);
	assert.equal((await anna.state()).state, 'ended');
	await anna.screenshot('page-ended');
	await anna.page.click('#rejoin');
	await tells(anna, /server cannot be reached/);
	await anna.screenshot('page-unreachable');
	await closed(anna);
});

test('a page that may not make sound yet asks for a click', async () => {
	const anna = await open(server, {room: 'silent', person: 'green', prepare: (page) => page.addInitScript(() => {
		const real = HTMLMediaElement.prototype.play;
		addEventListener('pointerdown', () => { window.clicked = true; }, true);
		HTMLMediaElement.prototype.play = function play() {
			return this.muted || window.clicked ? real.call(this) : Promise.reject(new DOMException('no', 'NotAllowedError'));
		};
	})});
	await anna.page.waitForSelector('#sound:not([hidden])');
	await anna.screenshot('page-sound');
	await assertAccessible(anna, 'sound');
	await anna.page.click('#sound');
	await anna.joined();
	await closed(anna);
});
