// aiortc, another implementation of everything: seen and heard by a browser, sees and hears it; VP8 first, then H.264.

import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {after, before, test} from 'node:test';
import {closeAll, colourOf, open} from './lib/browser.mjs';
import {cameraOf, toneOf} from './lib/media.mjs';
import {names, tones, whose} from './lib/people.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const room = 'mixed';
const SCRIPT = new URL('aiortc_client.py', import.meta.url).pathname;
const skip = process.env.E2E_ADDRESS ? false : 'aiortc needs an address that is not loopback';
let server, red;

class Client {
	constructor(person, codec) {
		const url = `${server.url}/join/${room}?name=${person}`;
		this.errors = '';
		this.child = spawn('/usr/bin/python3', [SCRIPT, url, cameraOf(person), toneOf(person), codec, ...tones]);
		this.ended = once(this.child, 'close');
		this.child.stderr.setEncoding('utf8').on('data', (text) => { this.errors += text; });
		createInterface(this.child.stdout).on('line', (line) => Object.assign(this, JSON.parse(line)));
	}

	// The mean of the cells that lie within an area.
	mean({x, y, w, h}) {
		const {width, cell} = this.picture, columns = Math.floor(width / cell);
		const sum = [0, 0, 0];
		let n = 0;
		for (let row = Math.ceil(y / cell); (row + 1) * cell <= y + h; row++) {
			for (let column = Math.ceil(x / cell); (column + 1) * cell <= x + w; column++, n++)
				['y', 'u', 'v'].forEach((plane, i) => { sum[i] += this.picture[plane][row * columns + column]; });
		}
		return sum.map((value) => value / n);
	}

	async assertSees(expected) {
		await eventually(`aiortc sees ${expected}`, async () => {
			assert.ok(this.picture, `no picture yet: ${this.errors}`);
			assert.deepEqual([this.picture.width, this.picture.height], [1280, 720]);
			const byId = new Map((await server.participants(room)).map((p) => [p.id, p.name]));
			const {regions} = await server.layout(room);
			const told = regions.map((region) => byId.get(region.participant));
			assert.deepEqual(told.slice().sort(), expected.slice().sort());
			assert.deepEqual(regions.map((region) => whose(this.mean(colourOf(region)))), told);
		});
	}

	async assertHears(person) {
		await eventually(`aiortc hears ${person} alone`, () => {
			assert.ok(this.tones, 'no sound yet');
			const heard = names.filter((_, i) => this.tones[i] > -40);
			assert.deepEqual(heard, [person], `${this.tones} dB`);
		});
	}

	async leave() {
		this.child.stdin.end();
		const [code] = await this.ended;
		assert.equal(code, 0, this.errors);
		assert.doesNotMatch(this.errors, /Traceback/);
	}
}

before(async () => {
	server = await startServer();
	red = await open(server, {room, person: 'red'});
});
after(async () => {
	await closeAll();
	await server.stop();
});

for (const [codec, person] of [['VP8', 'green'], ['H264', 'yellow']]) {
	test(`aiortc with ${codec} is seen and heard, sees and hears`, {skip}, async (t) => {
		const client = new Client(person, codec);
		t.after(() => client.child.kill());
		await eventually('it joins', () => assert.ok(client.joined, client.errors));
		await red.assertSees(['red', person]);
		await red.assertHears([person]);
		await client.assertSees(['red', person]);
		await client.assertHears('red');
		const {sources, receives} = (await server.participants(room)).find((p) => p.name === person);
		assert.deepEqual([sources[0].codec, receives.codec], [codec.toLowerCase(), codec.toLowerCase()]);
		await client.leave();
		await eventually('it is gone', async () => {
			assert.deepEqual((await server.participants(room)).map((p) => p.name), ['red']);
		}, 2000);
	});
}
