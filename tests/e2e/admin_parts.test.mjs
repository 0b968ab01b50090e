// What of /admin needs no browser: exact fractions, snapping, JSON with lines, which variant applies, whom a drag moves. The rules that the
// server has too are compared with the server's.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import * as F from '../../web/admin/fraction.js';
import {emptyLayout, inside, liftOver, Model, variantFor} from '../../web/admin/editor_model.js';
import {lineOf, parse, TextError, write} from '../../web/admin/editor_json.js';
import {placement} from '../../web/admin/place.js';
import {align, distribute, shape, snapMove, snapResize} from '../../web/admin/editor_snap.js';
import {startServer} from './lib/server.mjs';

globalThis.Event ??= class {};
let server;
before(async () => { server = await startServer(); });
after(() => server.stop());

const box = (x, y, w, h) => Object.fromEntries(Object.entries({x, y, w, h}).map(([k, v]) => [k, F.read(v)]));
const text = (b) => ['x', 'y', 'w', 'h'].map((k) => String(F.write(b[k]))).join(' ');

test('fractions are read as the server reads them', async () => {
	const layout = (w) => ({name: 't', variants: [{regions: [{x: 0, y: 0, w, h: 1, show: 'next'}]}]});
	for (const [value, expected] of [['2/3', '2/3'], ['4/6', '2/3'], [0.25, '1/4'], ['0.5', '1/2'], [1, 1], [0.333333, '333333/1000000'], ['1', 1],
		['1/0', null], ['-1/2', null], ['2/3x', null], [-1, null], ['', null], [null, null], ['1/2000000', null], [true, null]]) {
		const mine = F.read(value);
		assert.equal(mine && F.write(mine), expected, JSON.stringify(value));
		const response = await fetch(`${server.url}/v1/layouts/t/preview.png?count=1&width=64&height=64`, {
			method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(layout(value))});
		assert.equal(response.ok, mine !== null, `${JSON.stringify(value)}: the server says ${response.status}`);
	}
	assert.deepEqual(F.add(F.fraction(1, 3), F.fraction(1, 6)), {n: 1, d: 2});
	assert.ok(F.fraction(1, 2345678).d <= 1000000, 'what is too fine is rounded');
});

test('the variant that applies is the server\'s', async () => {
	for (const name of ['speaker', 'grid', 'presentation', 'portrait', 'lecture']) {
		const doc = await server.get(`/v1/layouts/${name}`);
		for (const [w, h] of [[1280, 720], [720, 720], [720, 1280]]) for (const presents of [false, true]) for (const count of [1, 2, 5, 6, 7, 12, 49]) {
			const i = variantFor(doc, count, presents, w / h), svg = async (d) => (await (await fetch(
				`${server.url}/v1/layouts/${d}/preview.svg?count=${count}&width=${w}&height=${h}&presentation=${presents}`)).text());
			const alone = {...doc, name: 'alone', variants: [{regions: doc.variants[i].regions}]};
			const response = await fetch(`${server.url}/v1/layouts/alone`, {method: 'PUT', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(alone)});
			assert.ok(response.ok);
			assert.equal(await svg('alone'), await svg(name), `${name}, ${count} people, ${w}x${h}, ${presents}`);
		}
	}
});

test('boxes snap to halves, thirds and others, and never leave the canvas', () => {
	const moved = (b, others = []) => text(snapMove(b, others).box);
	assert.equal(moved(box('0.34', '0.01', '1/3', '1/3')), '1/3 0 1/3 1/3');
	assert.equal(moved(box('0.49', '0.2', '1/4', '1/4')), '1/2 5/24 1/4 1/4', 'the middle of it at a third');
	assert.equal(moved(box('0.37', '0.1', '1/10', '1/10'), [box('0.2', '0.11', '0.16', '1/2')]), '9/25 11/100 1/10 1/10', 'beside another');
	assert.equal(text(inside(box('0.9', '0.9', '1/2', '1/2'))), '1/2 1/2 1/2 1/2');
	assert.equal(text(snapResize(box(0, 0, '0.66', '0.51'), 'se', [], null).box), '0 0 2/3 1/2');
	assert.equal(text(snapResize(box(0, 0, '0.44', '0.4'), 'se', null, null).box), '0 0 211/480 2/5', 'nothing snaps');
	assert.equal(text(shape(box(0, 0, '1/2', '1/4'), 'se', [16, 9])), '0 0 1/2 1/2', '16:9 on 16:9');
	assert.equal(text(shape(box(0, 0, '1/2', '1/4'), 'se', [4, 3])), '0 0 1/2 3/8', '16:9 on 4:3');
	for (let i = 0; i < 2000; i++) {
		const r = () => F.fraction(Math.floor(Math.random() * 961), 960);
		const {box: b} = i % 2 ? snapMove({x: r(), y: r(), w: r(), h: r()}, []) : snapResize(inside({x: r(), y: r(), w: r(), h: r()}), ['se', 'nw', 'e', 'n'][i % 4], [], i % 3 ? null : [16, 9]);
		for (const [from, size] of [['x', 'w'], ['y', 'h']]) {
			assert.ok(!F.less(b[from], F.ZERO) && !F.less(F.ONE, F.add(b[from], b[size])), text(b));
		}
	}
});

test('boxes are aligned and distributed exactly', () => {
	const three = [box(0, 0, '1/6', '1/6'), box('1/2', '1/3', '1/3', '1/6'), box('1/6', '2/3', '1/6', '1/3')];
	assert.deepEqual(align(three, 'left').map((b) => F.write(b.x)), [0, 0, 0]);
	assert.deepEqual(align(three, 'right').map((b) => F.write(F.add(b.x, b.w))), ['5/6', '5/6', '5/6']);
	assert.deepEqual(align(three, 'middle').map((b) => F.write(b.y)), ['5/12', '5/12', '1/3']);
	assert.deepEqual(distribute(three, 'x').map((b) => F.write(b.x)), [0, '1/2', '1/4']);
});

test('what overlaps comes to the front of it', () => {
	const regions = [{x: 0, y: 0, w: 1, h: 1, show: 'speaker'}, {x: '1/2', y: '1/2', w: '1/4', h: '1/4', show: 'next'}];
	liftOver(regions, [1]);
	assert.equal(regions[1].z, 1);
	liftOver(regions, [1]);
	assert.equal(regions[1].z, 1, 'once is enough');
});

test('undo and redo; what one gesture did is one step', () => {
	const model = new Model(emptyLayout('a'));
	model.addRegion(box(0, 0, '1/2', '1/2'));
	for (const x of ['1/8', '1/4', '3/8']) model.changeSelected((r) => { r.x = x; }, 'drag');
	model.endGesture();
	model.changeSelected((r) => { r.x = '1/2'; }, 'drag');
	assert.equal(model.regions[0].x, '1/2');
	model.undo();
	assert.equal(model.regions[0].x, '3/8');
	model.undo();
	assert.equal(model.regions[0].x, 0);
	model.redo();
	assert.equal(model.regions[0].x, '3/8');
	for (let i = 0; i < 500; i++) model.change((d) => { d.background = `#${String(100000 + i)}`; });
	assert.ok(model.past.length <= 200, 'steps are limited');
	for (let i = 0; i < 60; i++) model.addRegion(box(0, 0, '1/2', '1/2'));
	assert.equal(model.regions.length, 49);
});

test('JSON is read with lines, and what is wrong stands where it is', () => {
	const {value, lines} = parse('{"name": "a",\n "variants": [\n  {"regions": [\n   {"x": 0, "~/": 1}\n ]}]}');
	assert.deepEqual(value, {name: 'a', variants: [{regions: [{'x': 0, '~/': 1}]}]});
	assert.equal(lineOf(lines, '/variants/0/regions/0/x'), 4);
	assert.equal(lineOf(lines, '/variants/0/regions/0/~0~1'), 4);
	assert.equal(lineOf(lines, '/variants/0/max'), 3, 'of what is not there, that of what should hold it');
	for (const [bad, line, why] of [['{\n"a": 1\n"b": 2}', 3, /comma/], ['{"a": tru}', 1, /value/], ['[1,\n\n]', 3, /value/], ['{"a":1,"a":2}', 1, /twice/],
		['{"a": "b', 1, /no end/], ['{} x', 1, /nothing more/], ['', 1, /the end/], ['{"a": 01}', 1, /./], ['['.repeat(100), 1, /deep/], ['{"a": "\\q"}', 1, /escape/], ['nul', 1, /value/]]) {
		assert.throws(() => parse(bad), (error) => error instanceof TextError && error.line === line && why.test(error.message), bad.slice(0, 20));
	}
	assert.deepEqual(parse('{"__proto__": {"polluted": 1}}').value.polluted, undefined);
});

test('what is written is read again as it was', async () => {
	for (const {name} of (await server.get('/v1/layouts')).items) {
		const doc = await server.get(`/v1/layouts/${name}`), written = write(doc);
		assert.deepEqual(parse(written).value, doc);
		assert.equal(write(parse(written).value), written);
		for (const line of written.split('\n')) assert.ok((line.match(/"show"/g) ?? []).length <= 1, 'a region a line');
	}
	const odd = {'a"b:c,d': '{"x":1,}', 'list': [], 'none': null};
	assert.deepEqual(parse(write(odd)).value, odd);
});

test('whom a drag moves', () => {
	const region = (show, participant, source = 'camera') => ({show, participant, source});
	const layout = (regions, rest = {}) => ({regions, pins: [], spotlight: [], order: [], hidden: [], ...rest});
	const grid = layout([region('next', 'a'), region('next', 'b'), region('next', 'c')]);
	assert.deepEqual(placement(grid, 'a', 2), {order: ['c', 'b', 'a']}, 'they swap');
	assert.deepEqual(placement(grid, 'a', 0), {}, 'is there');
	assert.deepEqual(placement({...grid, pins: ['b']}, 'x', 1), {order: ['a', 'x', 'c'], pins: ['x']}, 'who was hidden is pinned, in the place of who was');
	const speaker = layout([region('speaker', 'a'), region('next', 'b'), region('next', 'c')]);
	assert.deepEqual(placement(speaker, 'c', 0), {spotlight: ['c']});
	assert.deepEqual(placement(speaker, 'a', 1), {order: ['b', 'a', 'c'], spotlight: ['b']});
	assert.equal(placement(layout([region('presentation', 'a', 'slides')]), 'b', 0), null);
	assert.equal(placement(layout([region('identity:x', 'a')]), 'b', 0), null);
	assert.equal(placement(grid, 'a', 9), null);
});
