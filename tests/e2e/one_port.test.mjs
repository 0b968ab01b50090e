// media.port: all who come by WebRTC on one UDP port a net thread. ONE_PORT=1 tries any other file that way; here is what the port alone
// does: which sockets there are, strangers, an ICE restart, an address that changes.

import assert from 'node:assert/strict';
import {createSocket} from 'node:dgram';
import {execFileSync, spawn} from 'node:child_process';
import {chmodSync, readdirSync, readFileSync, readlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {chromium} from 'playwright-core';
import {folder} from './lib/media.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const here = new URL('.', import.meta.url).pathname;
const FLAGS = ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
	'--allow-loopback-in-peer-connection', '--autoplay-policy=no-user-gesture-required', '--disable-gpu', '--disable-quic',
	'--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const PORT = 30000 + process.pid % 20000, THREADS = 2;
const children = new Set();
let browser, server;

before(async () => {
	server = await startServer({'media.port': PORT, 'media.net_threads': THREADS, 'media.addresses': '127.0.0.1'});
	browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: FLAGS});
});
after(async () => {
	await browser?.close();
	for (const child of children) child.kill('SIGKILL');
	await server?.stop();
});

async function enter(place, at = server, by = browser) {
	const page = await by.newPage();
	await page.goto(`${at.url}/healthz`);
	await page.addScriptTag({path: join(here, 'lib/joiner.js')});
	page.answer = await page.evaluate(async (p) => {
		window.me = await window.joiner.join(p, {});
		return window.me.answer;
	}, place);
	page.stats = () => page.evaluate(() => window.joiner.stats(window.me));
	page.sees = (more = 5) => eventually('pictures come', async () => {
		const {state, decoded} = await page.stats();
		assert.equal(state, 'connected');
		page.seen ??= 0;
		assert.ok(decoded > page.seen + more, `${page.seen}, then ${decoded}`);
	});
	await page.sees();
	return page;
}

// Local ports of a process's UDP sockets.
function udpPorts(pid) {
	const own = new Set(readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
		try { return /socket:\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []; } catch { return []; }
	}));
	return ['udp', 'udp6'].flatMap((kind) => readFileSync(`/proc/${pid}/net/${kind}`, 'utf8').split('\n').slice(1)
		.map((line) => line.trim().split(/\s+/)).filter((f) => own.has(f[9])).map((f) => parseInt(f[1].split(':')[1], 16)));
}

test('four people and two threads need two ports', async () => {
	const people = await Promise.all(['a', 'b', 'c', 'd'].map((name) => enter(`/join/four?name=${name}`)));
	const used = new Set();
	for (const {answer} of people) {
		assert.match(answer, /^a=ice-lite\r$/m);
		const ports = [...answer.matchAll(/^a=candidate:\S+ 1 udp \d+ \S+ (\d+) typ host/gm)].map((m) => Number(m[1]));
		assert.equal(new Set(ports).size, 1, answer);
		used.add(ports[0]);
	}
	assert.deepEqual([...used].sort(), [PORT, PORT + 1]);
	assert.deepEqual([...new Set(udpPorts(server.pid))].sort(), [PORT, PORT + 1]);
	await Promise.all(people.map((page) => page.close()));
	await server.assertIdle(30000); // who closes a tab is waited for
});

test('strangers who flood the port are not heard, and disturb nobody', async () => {
	const [a, b] = [await enter('/join/flood?name=a'), await enter('/join/flood?name=b')];
	const before = (await server.metrics())['tessera_packets_dropped_total{reason="source"}'], socket = createSocket('udp4');
	const rtp = Buffer.alloc(1000, 0x80), dtls = Buffer.alloc(500, 0x16), stun = Buffer.alloc(20);
	const answers = [];
	socket.on('message', (m) => answers.push(m));
	stun.writeUInt16BE(1, 0);
	stun.writeUInt32BE(0x2112a442, 4);
	const frozen = () => a.evaluate(async () => [...(await window.me.pc.getStats()).values()]
		.find((s) => s.type === 'inbound-rtp' && s.kind === 'video').freezeCount);
	const froze = await frozen();
	let sent = 0;
	for (const end = Date.now() + 4000; Date.now() < end; await sleep(5))
		for (const bytes of [rtp, dtls, stun, rtp, dtls, stun, Buffer.from('hello')])
			for (const port of [PORT, PORT + 1]) socket.send(bytes, port, '127.0.0.1', () => sent++);
	await eventually('they are counted', async () => {
		const dropped = (await server.metrics())['tessera_packets_dropped_total{reason="source"}'] - before;
		assert.ok(dropped >= 0.9 * sent, `${dropped} of ${sent}`);
	});
	assert.ok(sent > 3000, `${sent} sent`);
	assert.equal(answers.length, 0);
	assert.equal(await frozen(), froze);
	for (const page of [a, b]) {
		page.seen = (await page.stats()).decoded;
		await page.sees(10);
		await page.close();
	}
	socket.close();
});

test('an ICE restart goes on where it was', async () => {
	const page = await enter('/join/restart?name=a'), moves = (await server.metrics()).tessera_ice_moves_total;
	const {status, text} = await page.evaluate(() => window.joiner.restart(window.me));
	assert.equal(status, 200, text);
	page.seen = (await page.stats()).decoded;
	await page.sees(30);
	assert.ok((await server.metrics()).tessera_ice_moves_total >= moves);
	await page.close();
});

test('whose address changes stays without a word', {skip: process.env.E2E_ADDRESS ? false : 'no namespaces here'}, async () => {
	const ip = (...words) => execFileSync('ip', words, {stdio: ['ignore', 'pipe', 'pipe']});
	const holder = spawn('unshare', ['--net', 'sleep', '600']);
	children.add(holder);
	await eventually('a namespace', () => assert.notEqual(readlinkSync(`/proc/${holder.pid}/ns/net`), readlinkSync('/proc/self/ns/net')));
	const inside = ['-t', String(holder.pid), '-n'], there = (...words) => execFileSync('nsenter', [...inside, ...words]);
	ip('link', 'add', 'here0', 'type', 'veth', 'peer', 'name', 'there0');
	ip('link', 'set', 'there0', 'netns', String(holder.pid));
	ip('addr', 'add', '10.6.0.1/24', 'dev', 'here0');
	ip('link', 'set', 'here0', 'up');
	there('ip', 'link', 'set', 'lo', 'up');
	there('ip', 'addr', 'add', '10.6.0.2/24', 'dev', 'there0');
	there('ip', 'link', 'set', 'there0', 'up');
	const wrapper = join(folder, 'chromium-roams');
	writeFileSync(wrapper, `#!/bin/sh\nexec nsenter ${inside.join(' ')} /usr/bin/chromium "$@"\n`);
	chmodSync(wrapper, 0o755);
	const at = await startServer({'http.listen': '10.6.0.1:18091', 'media.addresses': '10.6.0.1', 'media.port': PORT, 'join.policy': 'open',
		'http.api_token': '0123456789abcdef'});
	const far = await chromium.launch({executablePath: wrapper, args: FLAGS});
	try {
		const page = await enter('/join/roaming?name=m', at, far);
		there('ip', 'addr', 'del', '10.6.0.2/24', 'dev', 'there0');
		there('ip', 'addr', 'add', '10.6.0.3/24', 'dev', 'there0');
		await eventually('media come from the new address', async () => {
			const metrics = await (await fetch(`${at.url}/metrics`, {headers: {Authorization: 'Bearer 0123456789abcdef'}})).text();
			assert.match(metrics, /^tessera_ice_moves_total [1-9]/m);
		}, 30000);
		page.seen = (await page.stats()).decoded;
		await page.sees(30);
	} finally {
		await far.close();
		await at.stop();
	}
});
