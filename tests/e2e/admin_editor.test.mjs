// The layout editor: a layout from nothing, by mouse, by touch and by keys, saved, applied, and where the mix has it; JSON both ways, errors in
// their lines; the server's picture for 1 to 49 people. Screenshots stay in build/e2e.

import assert from 'node:assert/strict';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {api, bringIn, closeAdmins, openAdmin} from './lib/admin.mjs';
import {assertAccessible, DARK, PHONE} from './lib/page.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const is = (what, check) => eventually(what, async () => assert.ok(await check(), what));
let server, folder;

before(async () => {
	folder = await mkdtemp(join(tmpdir(), 'tessera-editor-'));
	server = await startServer({'node.state_dir': folder});
	await bringIn(server, 'r', ['Ada', 'Grace']);
});
after(async () => {
	await closeAdmins();
	await server.stop();
	await rm(folder, {recursive: true});
});

const json = async (page) => JSON.parse(await page.inputValue('.a-code'));
const regions = async (page, variant = 0) => (await json(page)).variants[variant].regions;
const places = (list) => list.map((r) => [r.x, r.y, r.w, r.h].join(' '));

// Fractions of the canvas as a place on the screen; the middle of it must be on the screen.
async function spot(page, x, y) {
	const box = await page.locator('.a-canvas').boundingBox();
	return [box.x + x * box.width, box.y + y * box.height];
}
async function draw(page, from, to) {
	await page.mouse.move(...await spot(page, ...from));
	await page.mouse.down();
	await page.mouse.move(...await spot(page, (from[0] + to[0]) / 2, (from[1] + to[1]) / 2), {steps: 2});
	await page.mouse.move(...await spot(page, ...to), {steps: 3});
	await page.mouse.up();
}

// Of the mix: how far the background reaches into it from each side, along the lines in the middle.
const margins = (page, box) => page.evaluate(async ({x, y, w, h}) => {
	const bitmap = await createImageBitmap(await (await fetch('/v1/rooms/r/snapshot.jpg', {cache: 'no-store'})).blob());
	const canvas = new OffscreenCanvas(bitmap.width, bitmap.height), context = canvas.getContext('2d');
	context.drawImage(bitmap, 0, 0);
	const {data} = context.getImageData(0, 0, bitmap.width, bitmap.height);
	const isBack = (px, py) => { const i = 4 * (py * bitmap.width + px); return data[i] > 200 && data[i + 1] < 70 && data[i + 2] > 200; };
	const row = Math.round(y + h * 0.3), column = Math.round(x + w * 0.06); // in the pattern's grey
	const seek = (n, at) => { for (let i = 0; i < n; i++) if (!at(i)) return i; return n; };
	return {width: bitmap.width, height: bitmap.height, left: x - 20 + seek(60, (i) => isBack(x - 20 + i, row)), top: y - 20 + seek(60, (i) => isBack(column, y - 20 + i)),
		right: x + w + 20 - seek(60, (i) => isBack(x + w + 19 - i, row)), bottom: y + h + 20 - seek(60, (i) => isBack(column, y + h + 19 - i))};
}, box);

test('from nothing by mouse: drawn, snapped, saved, applied, and the mix has it within two pixels', async () => {
	const boss = await openAdmin(server, {at: '#/layouts/new?room=r'}), {page} = boss;
	await is('the canvas is there', () => page.isVisible('.a-canvas'));
	await draw(page, [0.09, 0.17], [0.66, 0.74]);
	await is('there is one', async () => (await regions(page)).length === 1);
	await draw(page, [0.74, 0.51], [0.92, 0.92]);
	await is('there are two', async () => (await regions(page)).length === 2);
	await page.fill('.a-name-field input', 'drawn');
	await page.keyboard.press('Tab');
	await page.locator('.a-region').nth(0).click();
	for (const [label, value] of [['Left', '1/12'], ['Top', '1/6'], ['Width', '7/12'], ['Height', '7/12']]) {
		await page.fill(`.a-inspector label:text-is("${label}") + input`, value);
		await page.keyboard.press('Enter');
		await page.keyboard.press('Tab');
	}
	await is('numbers are taken', async () => places(await regions(page))[0] === '1/12 1/6 7/12 7/12');
	await page.selectOption('label:text-is("Shows") + select', 'speaker');
	await page.click('summary:has-text("The layout")');
	await page.fill('label:text-is("Background") + input >> nth=-1', '#ff00ff');
	await is('all of it is in the text', async () => (await json(page)).background === '#ff00ff' && (await json(page)).name === 'drawn');
	await is('the server draws it', () => page.evaluate(() => { const i = document.querySelector('.a-canvas-picture'); return !i.hidden && i.naturalWidth === 960; }));
	await boss.screenshot('editor');
	await assertAccessible(boss, 'the editor');
	const text = await json(page);
	await page.getByRole('button', {name: 'Save', exact: true}).click();
	await boss.toast(/Saved as drawn/);
	assert.deepEqual(await server.get('/v1/layouts/drawn'), text);
	await page.getByRole('button', {name: 'Apply', exact: true}).click();
	await boss.toast(/r shows it now/);
	const layout = await server.layout('r');
	assert.equal(layout.name, 'drawn');
	assert.equal(layout.regions.length, 2);
	for (const region of layout.regions) {
		await eventually(`the mix has a tile at ${region.x}, ${region.y}`, async () => {
			const seen = await margins(page, region);
			assert.deepEqual([seen.width, seen.height], [layout.canvas.width, layout.canvas.height]);
			for (const [side, at] of [['left', region.x], ['top', region.y], ['right', region.x + region.w], ['bottom', region.y + region.h]]) {
				assert.ok(Math.abs(seen[side] - at) <= 2, `${side}: ${seen[side]}, not ${at}`);
			}
		});
	}
	// and what was drawn is what was asked for
	const [first] = layout.regions;
	for (const [key, at] of [['x', 1280 / 12], ['y', 720 / 6], ['w', 1280 * 7 / 12], ['h', 720 * 7 / 12]]) assert.ok(Math.abs(first[key] - at) <= 2, `${key}: ${first[key]}`);
	await boss.close();
});

test('moved, resized, snapped, aligned, copied, undone', async () => {
	await api(server, 'PUT', '/v1/layouts/moves', {name: 'moves', variants: [{regions: [{x: 0, y: 0, w: '1/4', h: '1/4', show: 'next'}, {x: '1/2', y: '1/2', w: '1/4', h: '1/4', show: 'next'}]}]});
	const boss = await openAdmin(server, {at: '#/layouts/moves'}), {page} = boss;
	await is('it is there', async () => await page.locator('.a-region').count() === 2);
	await page.evaluate(() => document.querySelector('.a-canvas').scrollIntoView({block: 'center'}));
	await draw(page, [0.1, 0.1], [0.1 + 0.33, 0.1 + 0.005]); // from inside the first: moves it
	await is('it snapped to a third', async () => places(await regions(page))[0] === '1/3 0 1/4 1/4');
	await draw(page, [1 / 3 + 0.25, 0.25], [0.67, 0.66]); // its corner
	await is('its corner snapped to two thirds, and it is in front', async () => {
		const [first] = await regions(page);
		return places([first])[0] === '1/3 0 1/3 2/3' && first.z === 1;
	});
	await page.click('nav >> text=Node');
	await page.goBack();
	await is('what was not saved is there again', async () => await page.locator('.a-region').count() === 2 && places(await regions(page))[0] === '1/3 0 1/3 2/3');
	await page.goto('about:blank');
	await page.goto(`${server.url}/admin#/layouts/moves`);
	await is('a new page begins with what is stored', async () => await page.locator('.a-region').count() === 2 && places(await regions(page))[0] === '0 0 1/4 1/4');
	await page.evaluate(() => document.querySelector('.a-canvas').scrollIntoView({block: 'center'}));
	await draw(page, [0.1, 0.1], [0.1 + 0.33, 0.1 + 0.005]);
	await draw(page, [1 / 3 + 0.25, 0.25], [0.67, 0.66]);
	await is('the same', async () => places(await regions(page))[0] === '1/3 0 1/3 2/3');
	await page.click('[title^="Undo"]');
	await is('one gesture is one step', async () => places(await regions(page))[0] === '1/3 0 1/4 1/4');
	await page.keyboard.press('Control+z');
	await is('and the first', async () => places(await regions(page))[0] === '0 0 1/4 1/4');
	await page.keyboard.press('Control+Shift+z');
	await is('once more', async () => places(await regions(page))[0] === '1/3 0 1/4 1/4');
	await page.locator('.a-region').nth(0).click();
	await page.locator('.a-region').nth(1).click({modifiers: ['Shift']});
	await page.click('[title="Align right"]');
	await is('they are aligned', async () => (await regions(page)).every((r) => r.x === '1/2'));
	await boss.screenshot('editor-many');
	await page.getByRole('button', {name: 'Copy', exact: true}).click();
	await is('there are four', async () => (await regions(page)).length === 4);
	await page.locator('.a-region').nth(3).press('Delete');
	await is('there are two again: the copies were selected', async () => (await regions(page)).length === 2);
	await page.click('label:has-text("Keep 16:9")');
	await draw(page, [0.02, 0.3], [0.24, 0.9]);
	await is('it is 16:9', async () => { const r = (await regions(page)).at(-1); return r.w === r.h; });
	await boss.close();
});

test('by keyboard alone, in the dark', async () => {
	const boss = await openAdmin(server, {at: '#/layouts/new', look: DARK}), {page} = boss;
	await is('the canvas is there', () => page.isVisible('.a-canvas'));
	await page.locator('button:has-text("Add a region")').focus();
	await page.keyboard.press('Enter');
	await is('the region has the focus', () => page.evaluate(() => document.activeElement.classList.contains('a-region')));
	for (const key of ['ArrowRight', 'ArrowDown', 'ArrowDown', 'Shift+ArrowRight', 'Alt+ArrowRight']) await page.keyboard.press(key);
	await is('it moved and grew', async () => places(await regions(page))[0] === '1/40 1/24 25/48 1/2');
	await page.keyboard.press('Control+d');
	await is('it is copied', async () => (await regions(page)).length === 2);
	await page.keyboard.press('Delete');
	await is('and the copy deleted', async () => (await regions(page)).length === 1);
	await assertAccessible(boss, 'the editor, dark');
	await page.fill('.a-name-field input', 'keys');
	await page.keyboard.press('Enter');
	await page.keyboard.press('Control+s');
	await boss.toast(/Saved as keys/);
	await boss.screenshot('editor-dark');
	assert.equal((await server.get('/v1/layouts/keys')).variants[0].regions.length, 1);
	await boss.close();
});

test('JSON typed by hand comes onto the canvas and back; errors stand in their line', async () => {
	const boss = await openAdmin(server, {at: '#/layouts/new'}), {page} = boss;
	const typed = {name: 'typed', background: '#102030', overflow: {count: false, rotate_s: 20}, variants: [
		{max: 2, when: {aspect_min: '4/3'}, regions: [{x: 0, y: '1/6', w: '1/2', h: '2/3', show: 'role:host', else: 'speaker'},
			{x: '1/2', y: '1/6', w: '1/2', h: '2/3', show: 'next', border: {width: '1/180', color: '#ffffff'}, radius: '1/60', fit: 'fit', label: false}]},
		{regions: [{x: 0, y: 0, w: 1, h: 1, show: 'next', grid: 'auto'}]}]};
	await is('the text is there', () => page.isVisible('.a-code'));
	await page.fill('.a-code', JSON.stringify(typed));
	await is('the canvas has it', async () => await page.locator('.a-tab').count() === 2);
	await page.locator('.a-tab').nth(0).click();
	await is('its regions', async () => await page.locator('.a-region').count() === 2);
	await page.getByRole('button', {name: 'Save', exact: true}).click();
	await boss.toast(/Saved as typed/);
	assert.deepEqual(await server.get('/v1/layouts/typed'), typed);
	await page.click('[aria-label="All layouts"]');
	await page.click('[aria-label="Edit typed"]');
	await is('it comes back', async () => JSON.stringify(await json(page)) === JSON.stringify(typed));

	const wrong = async (text, line, why) => {
		await page.fill('.a-code', text);
		await is(`line ${line} is marked`, async () => {
			const said = await page.textContent('.a-json .note');
			return said.startsWith(`Line ${line}:`) && why.test(said) && await page.textContent('.a-gutter .wrong') === String(line);
		});
	};
	const good = await page.inputValue('.a-code');
	await wrong(good.replace('"name": "typed",', '"name": "typed"'), 3, /comma/);
	await boss.screenshot('editor-wrong');
	const lines = good.split('\n'), bad = lines.findIndex((l) => l.includes('"role:host"'));
	await wrong(good.replace('"role:host"', '"roll:host"'), bad + 1, /./); // only the server knows that
	await assertAccessible(boss, 'a wrong text');
	await page.fill('.a-code', good);
	await is('it is right again', async () => await page.isHidden('.a-json .note'));
	await boss.close();
});

test('the slider shows 1 to 49 people, by the server, and the variant that applies', async () => {
	const boss = await openAdmin(server, {at: '#/layouts/new?from=speaker'}), {page} = boss;
	await is('it is drawn', () => page.evaluate(() => document.querySelector('.a-canvas-picture')?.dataset.shows === '4'));
	for (const [count, variant] of [[1, 5], [4, 6], [49, 7]]) {
		await page.fill('label:has-text("People") + input', String(count));
		await is(`${count} people`, () => page.evaluate((n) => document.querySelector('.a-canvas-picture').dataset.shows === n, String(count)));
		assert.match(await page.textContent('.a-try'), new RegExp(`Variant ${variant} of`));
	}
	await page.selectOption('label:text-is("Canvas") + select', '9/16');
	await is('upright', () => page.evaluate(() => { const i = document.querySelector('.a-canvas-picture'); return i.naturalHeight > i.naturalWidth; }));
	await boss.close();
});

test('with a finger', async () => {
	const boss = await openAdmin(server, {at: '#/layouts/new', look: PHONE}), {page} = boss;
	await is('the canvas is there', () => page.isVisible('.a-canvas'));
	await page.evaluate(() => document.querySelector('.a-canvas').scrollIntoView({block: 'center'}));
	const touch = await boss.context.newCDPSession(page);
	const send = async (type, ...at) => touch.send('Input.dispatchTouchEvent', {type, touchPoints: at.length ? [{x: at[0], y: at[1]}] : []});
	await send('touchStart', ...await spot(page, 0.01, 0.01));
	for (const f of [0.2, 0.35, 0.5]) await send('touchMove', ...await spot(page, f, f));
	await send('touchEnd');
	await is('a region of half the canvas', async () => places(await regions(page))[0] === '0 0 1/2 1/2');
	await boss.screenshot('editor-phone');
	await boss.close();
});

test('previews are bounded', async () => {
	const doc = {name: 'b', variants: [{regions: [{x: 0, y: 0, w: 1, h: 1, show: 'next', grid: 'auto'}]}]};
	const post = (query, body = doc) => fetch(`${server.url}/v1/layouts/b/preview.png${query}`, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)});
	assert.equal((await post('?width=1922')).status, 400);
	assert.equal((await post('?count=101')).status, 400);
	assert.equal((await post('', {...doc, name: 'c'})).status, 422);
	assert.equal((await post('', {...doc, background: 'x'.repeat(70000)})).status, 413);
	const all = await Promise.all(Array.from({length: 60}, () => post('?width=1280&height=720&count=49').then(async (r) => [r.status, r.headers.get('retry-after'), (await r.arrayBuffer()).byteLength])));
	assert.ok(all.some(([status]) => status === 200));
	for (const [status, after_, bytes] of all) assert.ok(status === 200 ? bytes > 1000 : status === 503 && Number(after_) > 0, String([status, after_]));
	await eventually('it draws again', async () => assert.equal((await post('')).status, 200));
	assert.equal(await server.get('/v1/layouts/b'), null, 'nothing is stored');
});
