// admin - somebody who operates the server with /admin: a Chromium of their own, and the page.
//
//   const boss = await openAdmin(server, {at: '#/rooms/standup', token: '...'});
//   await boss.page.click(...); await boss.toast(/is in tile 2/); await boss.close();

import assert from 'node:assert/strict';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {chromium} from 'playwright-core';
import {eventually} from './wait.mjs';

const OUT = process.env.TS_BUILD ? join(process.env.TS_BUILD, 'e2e') : new URL('../../../build/e2e', import.meta.url).pathname;
const FLAGS = ['--no-sandbox', '--allow-loopback-in-peer-connection', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
	'--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required'];
let browser = null;

// server null: no page is opened yet.
export async function openAdmin(server, {at = '', look = {}, query = ''} = {}) {
	browser ??= await chromium.launch({executablePath: '/usr/bin/chromium', args: FLAGS});
	const context = await browser.newContext({viewport: {width: 1440, height: 900}, ...look});
	const page = await context.newPage(), messages = [];
	page.on('pageerror', (error) => messages.push(String(error)));
	page.on('console', (line) => { if (line.type() === 'error' && /Content Security|TypeError|Refused to/.test(line.text())) messages.push(line.text()); });
	if (server) await page.goto(`${server.url}/admin${query}${at}`);
	return {
		page, context, messages,
		toast: (pattern) => eventually(`it says ${pattern}`, async () => assert.match(await page.textContent('#toasts'), pattern)),
		async screenshot(name) {
			mkdirSync(OUT, {recursive: true});
			await page.screenshot({path: join(OUT, `${name}.png`)});
		},
		async close() {
			await context.close();
			assert.deepEqual(messages, [], 'errors of the page');
		},
	};
}

export async function closeAdmins() {
	await browser?.close();
	browser = null;
}

// Participants that need no browser: the server's own test pictures.
export async function bringIn(server, room, names) {
	const ids = [];
	for (const name of names) {
		const response = await fetch(`${server.url}/v1/rooms/${room}/inputs`, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({url: 'test:', name})});
		assert.equal(response.status, 201, await response.text());
	}
	await eventually(`${names.join(', ')} are in ${room}`, async () => {
		const here = (await server.participants(room)).filter((p) => p.state === 'connected').map((p) => p.name);
		for (const name of names) assert.ok(here.includes(name), `${name} of ${here}`);
	});
	for (const name of names) ids.push((await server.participants(room)).find((p) => p.name === name).id);
	return ids;
}

export async function api(server, method, path, json, headers = {}) {
	const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
	const response = await fetch(server.url + path, {method, headers: {'Content-Type': type, ...headers}, body: json === undefined ? undefined : JSON.stringify(json)});
	assert.ok(response.ok, `${method} ${path}: ${response.status} ${response.ok ? '' : await response.text()}`);
	return response.status === 204 ? null : response.json();
}
