// page - what tests of the join page share.

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {eventually} from './wait.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const PHONE = {viewport: {width: 390, height: 780}, hasTouch: true, isMobile: true};
export const DARK = {colorScheme: 'dark'};

export const tells = (person, pattern, limitMs) =>
	eventually(`the page tells ${pattern}`, async () => assert.match(await person.status(), pattern), limitMs);
export const text = (person, id) => person.page.textContent(`#${id}`);
export const focused = (person) => person.page.evaluate(() => document.activeElement.id);

export async function api(server, method, path, body) {
	const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
	const response = await fetch(server.url + path, {method, headers: {'Content-Type': type}, body: body && JSON.stringify(body)});
	assert.ok(response.ok, `${method} ${path}: ${response.status} ${await response.text()}`);
}

// No finding of axe, by the rules of WCAG 2.2 A and AA and its best practices.
export async function assertAccessible(person, what) {
	await person.page.evaluate(AXE);
	const {violations} = await person.page.evaluate(() => window.axe.run(document, {resultTypes: ['violations']}));
	assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.any[0]?.message ?? ''}`).join('; ')}`), [], what);
}

// Nothing sticks out to the side, and fingers hit every button.
export async function assertFits(person) {
	const {over, small} = await person.page.evaluate(() => ({
		over: document.documentElement.scrollWidth - innerWidth,
		small: [...document.querySelectorAll('main:not([hidden]) button, main:not([hidden]) input, main:not([hidden]) select')]
			.map((e) => [e.id, e.getBoundingClientRect()]).filter(([, r]) => r.width && (r.width < 36 || r.height < 36)).map(([id]) => id),
	}));
	assert.ok(over <= 0, `${over} pixels too wide`);
	assert.deepEqual(small, []);
}

export async function closed(...people) {
	for (const person of people) await person.close();
}
