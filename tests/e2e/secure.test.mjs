// Joining over HTTPS, whose certificate is renewed while people are there; media over TCP where the network lets no UDP through.

import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync, renameSync, writeFileSync} from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {chromium} from 'playwright-core';
import {folder} from './lib/media.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const FLAGS = ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--ignore-certificate-errors',
	'--allow-loopback-in-peer-connection', '--autoplay-policy=no-user-gesture-required', '--disable-gpu', '--disable-quic',
	'--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const joiner = new URL('lib/joiner.js', import.meta.url).pathname;
let browser;

before(async () => { browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: FLAGS}); });
after(async () => { await browser?.close(); });

async function pageAt(url) {
	const page = await browser.newPage();
	await page.goto(`${url}/healthz`);
	await page.addScriptTag({path: joiner});
	page.join = (place, options = {}) => page.evaluate(async ([p, o]) => {
		window.me = await window.joiner.join(p, o);
		return {status: window.me.status, session: window.me.session, answer: window.me.answer};
	}, [place, options]);
	page.stats = () => page.evaluate(() => window.joiner.stats(window.me));
	page.sees = async (what, more = 5) => {
		const before = (await page.stats()).decoded;
		await eventually(what, async () => {
			const {state, decoded} = await page.stats();
			assert.equal(state, 'connected');
			assert.ok(decoded > before + more, `${decoded - before} pictures`);
		});
	};
	return page;
}

async function freePort() {
	const probe = createServer().listen(0, '127.0.0.1');
	await once(probe, 'listening');
	const {port} = probe.address();
	probe.close();
	await once(probe, 'close');
	return port;
}

// A certificate and key in place of what is there; the certificate.
function certify(name) {
	const fresh = (what) => join(folder, `${what}.new`), place = (what) => join(folder, `${what}.pem`);
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', `/CN=${name}`,
		'-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', fresh('key'), '-out', fresh('cert')], {stdio: 'ignore'});
	for (const what of ['cert', 'key']) renameSync(fresh(what), place(what));
	return readFileSync(place('cert'));
}

// Verified by that certificate alone; the name in what the server showed.
function askedOf(url, ca, agent = new https.Agent({maxCachedSessions: 0})) {
	return new Promise((resolve, reject) => {
		https.get(`${url}/healthz`, {ca, agent}, (response) => {
			const name = response.socket.getPeerCertificate().subject?.CN;
			response.resume().on('end', () => resolve(name));
		}).on('error', reject);
	});
}

test('people join over HTTPS and stay while its certificate is renewed', async () => {
	const first = certify('first'), port = await freePort();
	const server = await startServer({'http.listen': `127.0.0.1:0;https:127.0.0.1:${port}`,
		'http.cert': join(folder, 'cert.pem'), 'http.key': join(folder, 'key.pem')});
	const url = `https://127.0.0.1:${port}`;
	assert.equal(await askedOf(url, first), 'first');
	const hsts = (at, Host, options) => new Promise((resolve, reject) => (options ? https : http).get(`${at}/healthz`, {...options, headers: {Host}},
		(response) => response.resume().on('end', () => resolve(response.headers['strict-transport-security']))).on('error', reject));
	assert.equal(await hsts(url, 'meet.example.org', {ca: first, agent: false, checkServerIdentity: () => undefined}), 'max-age=2592000');
	assert.equal(await hsts(url, `localhost:${port}`, {ca: first, agent: false, checkServerIdentity: () => undefined}), undefined);
	assert.equal(await hsts(server.url, 'meet.example.org'), undefined);
	const tab = await pageAt(url);
	const {status, session} = await tab.join('/join/tls?name=t');
	assert.equal(status, 201);
	assert.match(session, new RegExp(`^${url}/s/`));
	await tab.sees('pictures come');

	const kept = new https.Agent({keepAlive: true, maxSockets: 1});
	assert.equal(await askedOf(url, first, kept), 'first');
	const second = certify('second');
	server.child.kill('SIGHUP');
	await eventually('the new one is shown', async () => assert.equal(await askedOf(url, second), 'second'));
	await assert.rejects(askedOf(url, first), /self.signed/i);
	assert.equal(await askedOf(url, first, kept), 'first', 'a connection goes on with what it was made with');
	kept.destroy();
	await tab.sees('pictures still come');

	writeFileSync(join(folder, 'cert.pem'), 'rubbish');
	server.child.kill('SIGHUP');
	await eventually('that is told', () => assert.match(server.text, /certificate not taken/));
	assert.equal(await askedOf(url, second), 'second');
	await tab.sees('and pictures still come');
	assert.equal(await tab.evaluate(() => fetch(window.me.session, {method: 'DELETE'}).then((r) => r.status)), 200);
	await server.assertIdle();
	await tab.close();
	await server.stop();
});

test('media go over TCP where nothing else does', async () => {
	const server = await startServer({'ice.tcp': 'on', 'media.addresses': '127.0.0.1'});
	const tab = await pageAt(server.url), {status, answer} = await tab.join('/join/tcp?name=t', {only: 'tcp'});
	assert.equal(status, 201);
	assert.match(answer, /a=candidate:\S+ 1 TCP \d+ 127\.0\.0\.1 \d+ typ host tcptype passive/i);
	assert.doesNotMatch(answer, /a=candidate:\S+ 1 UDP/i);
	await tab.sees('pictures come', 60);
	const {local, remote} = await tab.stats();
	assert.deepEqual([local.protocol, remote.protocol], ['tcp', 'tcp']);
	const [{state, sources}] = await server.participants('tcp');
	assert.deepEqual([state, sources.length], ['connected', 1]);
	await tab.evaluate(() => fetch(window.me.session, {method: 'DELETE'}));
	await server.assertIdle();

	const usual = await tab.join('/join/tcp?name=t');
	assert.match(usual.answer, /a=candidate:\S+ 1 UDP/i);
	await tab.sees('pictures come');
	assert.equal((await tab.stats()).local.protocol, 'udp', 'UDP is taken where it works');
	await tab.close();
	await server.stop();
});
