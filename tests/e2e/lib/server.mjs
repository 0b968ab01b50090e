// server - one run of the binary named by TESSERA, on a free port.
//
//   const server = await startServer({'room.max_participants': 2});
//   await server.get('/v1/rooms')               JSON; null for 404
//   (await server.metrics())['tessera_rooms']   numbers by name{labels}
//   await server.stop();                        SIGTERM; throws unless it ends well
//
// ONE_PORT=1 runs it with media.port, so that any file can be tried by that.

import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {createWriteStream, mkdirSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import './ending.mjs';
import {folder} from './media.mjs';
import {eventually} from './wait.mjs';

const STOP_MS = 5000, STOP_SANITIZED_MS = 20000; // these look for leaks before they end
const BINARY = process.env.TESSERA ?? new URL('../../../build/tessera', import.meta.url).pathname;
const running = new Set();
let started = 0;

process.on('exit', () => {
	for (const child of running) child.kill('SIGKILL');
});
process.on('SIGTERM', () => process.exit(143)); // the runner's time limit

function freePorts() {
	const first = 20000 + (process.pid * 7 + started) % 90 * 100;
	return `${first}-${first + 99}`;
}

class Server {
	constructor(child, log, stop_ms) {
		this.child = child;
		this.stop_ms = stop_ms;
		this.log = log;
		this.text = '';
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding('utf8').on('data', (chunk) => {
				this.text += chunk;
				log.write(chunk);
			});
		}
		this.ended = once(child, 'close');
		child.once('close', () => running.delete(child));
		running.add(child);
	}

	get pid() { return this.child.pid; }

	// What it printed last; for messages of failed tests.
	tail() { return this.text.split('\n').slice(-12).join('\n'); }

	async get(path) {
		const response = await fetch(this.url + path, {signal: AbortSignal.timeout(10000)});
		const body = await response.text();
		if (response.status === 404) return null;
		assert.equal(response.status, 200, `GET ${path}: ${body}`);
		return JSON.parse(body);
	}

	async metrics() {
		const text = await (await fetch(`${this.url}/metrics`, {signal: AbortSignal.timeout(10000)})).text();
		const lines = text.split('\n').filter((line) => line && !line.startsWith('#'));
		return Object.fromEntries(lines.map((line) => {
			const space = line.lastIndexOf(' ');
			return [line.slice(0, space), Number(line.slice(space + 1))];
		}));
	}

	// [] when there is no such room.
	async participants(room) { return (await this.get(`/v1/rooms/${room}/participants`))?.items ?? []; }

	layout(room) { return this.get(`/v1/rooms/${room}/layout`); }

	// Resident memory in kB.
	async rss() { return Number(/VmRSS:\s*(\d+)/.exec(await readFile(`/proc/${this.pid}/status`, 'utf8'))[1]); }

	// Rooms that ended, and what they had opened.
	async assertIdle(limitMs = 10000) {
		await eventually('nothing is left of the rooms', async () => {
			const metrics = await this.metrics();
			const left = Object.entries(metrics).filter(
				([name, value]) => /^tessera_(rooms|participants|encoders|decoders)\b/.test(name) && value !== 0);
			assert.deepEqual(left, []);
		}, limitMs);
	}

	kill() { this.child.kill('SIGKILL'); }

	async stop() {
		const end = Date.now() + this.stop_ms;
		this.child.kill('SIGTERM');
		const timer = setTimeout(() => this.kill(), 2 * this.stop_ms);
		const [code, signal] = await this.ended;
		clearTimeout(timer);
		this.log.end();
		assert.equal(signal ?? code, 0, `the server's end:\n${this.tail()}`);
		assert.doesNotMatch(this.text, /runtime error:|(Address|Leak|Thread|UndefinedBehavior)Sanitizer/);
		assert.ok(Date.now() <= end, `the server ends within ${this.stop_ms / 1000} s of SIGTERM`);
	}
}

// Words to put before a command, so that it runs before whatever else this machine does; none where that is not permitted.
export const urgent = spawnSync('chrt', ['-r', '1', 'true']).status === 0 ? ['chrt', '-r', '1'] : [];

// settings: {'section.key': value}; by: words before the command; more: arguments besides
export async function startServer(settings = {}, binary = BINARY, by = [], more = []) {
	started++;
	// busy machines must not change what tests measure: overload.test.mjs alone switches the ladder on; and pictures are
	// compared as soon as they change: transition.test.mjs alone has tiles move
	const all = {'http.listen': '127.0.0.1:0', 'sip.listen': '', 'media.ports': freePorts(), 'overload.max_level': 0, 'room.transition_ms': 0, ...settings};
	// what one server keeps must not reach another: an API key has it refuse whoever has none
	all['node.state_dir'] ??= join(folder, `state-${process.pid}-${started}`);
	mkdirSync(all['node.state_dir'], {recursive: true, mode: 0o750});
	if (process.env.ONE_PORT && all['ice.tcp'] !== 'on') all['media.port'] ??= 30000 + (process.pid * 7 + started) % 20000;
	if (!process.env.E2E_ADDRESS) all['media.addresses'] ??= '127.0.0.1'; // not in a namespace: nothing for other machines
	const args = Object.entries(all).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
	const [command, ...words] = [...by, binary, ...more, ...args];
	const log = createWriteStream(join(folder, `server-${basename(process.argv[1], '.test.mjs')}-${started}.log`));
	const server = new Server(spawn(command, words, {stdio: ['ignore', 'pipe', 'pipe']}), log, /asan|tsan/.test(binary) ? STOP_SANITIZED_MS : STOP_MS);
	try {
		const told = await eventually('the server tells its address', () => {
			const found = /Join at (http:\S+)\//.exec(server.text);
			assert.ok(found || server.child.exitCode !== null, server.tail());
			return found;
		});
		assert.ok(told, `the server ended at once:\n${server.tail()}`);
		server.url = told[1];
		assert.equal((await server.get('/healthz')).status, 'ok');
	} catch (error) {
		server.kill();
		throw error;
	}
	return server;
}
