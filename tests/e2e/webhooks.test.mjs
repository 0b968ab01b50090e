// Webhooks: every event arrives, in order, signed, whatever receivers and the server go through; and who answers badly delays nobody.

import assert from 'node:assert/strict';
import {createHmac} from 'node:crypto';
import http from 'node:http';
import net from 'node:net';
import {mkdtemp, readFile, readdir, rm, stat} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {Webhook} from 'standardwebhooks';
import {openApi} from './lib/api.mjs';
import {startServer} from './lib/server.mjs';
import {Caller} from './lib/sip.mjs';
import {Reader} from './lib/sse.mjs';
import {eventually} from './lib/wait.mjs';

const KEY = Buffer.from('0123456789abcdef0123456789abcdef'), SECRET = `whsec_${KEY.toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const SLOW_MS = 250; /* of a control request, on a busy machine */
let folder, server, api;
const opened = new Set();

const settings = () => ({'node.state_dir': folder, 'webhooks.allow': 'http://127.0.0.0/8', 'webhooks.retry_base_ms': 50, 'webhooks.retry_max_s': 1,
	'webhooks.batch_ms': 20, 'webhooks.timeout_ms': 1000, 'webhooks.refusals': 3, 'webhooks.dead_letters': 5});

async function restart(more = {}) {
	server = await startServer({...settings(), ...more});
	api = await openApi(server);
}
before(async () => {
	folder = await mkdtemp(join(tmpdir(), 'tessera-webhooks-'));
	await restart();
});
after(async () => {
	for (const receiver of opened) receiver.close();
	await server.stop();
	await rm(folder, {recursive: true});
});

// Somebody who is sent events. answer(response, message): 204 if it is not given.
class Receiver {
	messages = [];
	events = [];

	constructor(secret = SECRET, answer = (response) => response.writeHead(204).end()) {
		this.secret = secret;
		this.answer = answer;
		opened.add(this);
	}

	async open(port = 0) {
		this.http = http.createServer((request, response) => {
			const parts = [];
			request.on('data', (part) => parts.push(part));
			request.on('end', () => this.take(request, response, Buffer.concat(parts)));
			request.on('error', () => {});
		});
		await new Promise((resolve) => { this.http.listen(port, '127.0.0.1', resolve); });
		this.port = this.http.address().port;
		this.url = `http://127.0.0.1:${this.port}/hook`;
		return this;
	}

	// The signature by our own hands and by the library of Standard Webhooks.
	take({headers}, response, body) {
		const {'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature} = headers;
		try {
			const hmac = createHmac('sha256', Buffer.from(this.secret.slice(6), 'base64')).update(`${id}.${time}.${body}`).digest('base64');
			assert.equal(signature, `v1,${hmac}`);
			new Webhook(this.secret).verify(body.toString(), headers);
			assert.equal(headers['content-type'], 'application/json');
			const message = {id, headers, body: body.toString(), ...JSON.parse(body)};
			assert.equal(message.type, 'events');
			assert.ok(Date.parse(message.timestamp) > 0, message.timestamp);
			this.messages.push(message);
			this.answer(response, message);
			if (response.statusCode < 300) this.events.push(...message.data.events);
		} catch (error) {
			this.failed = error;
			response.writeHead(500).end();
		}
	}

	close() {
		opened.delete(this);
		this.http?.closeAllConnections();
		this.http?.close();
		return this.port;
	}

	names() { return this.events.map((e) => e.type); }
	ids() { return this.events.map((e) => e.id); }
}

const made = [];
async function hook(url, more = {}) {
	const {status, json, text} = await api.call('post_v1_webhooks', {json: {url, secret: SECRET, ...more}});
	assert.equal(status, 201, text);
	made.push(json.id);
	return json.id;
}
const look = async (id) => (await api.call('get_v1_webhooks_id', {path: {id}})).json;
const remove = async (id) => assert.equal((await api.call('delete_v1_webhooks_id', {path: {id}})).status, 204);
const room = (id, locked = false) => api.call('put_v1_rooms_room', {path: {room: id}, json: {locked}});

// n changes of each of these rooms, all events of which a reader of /v1/events is told too.
async function change(rooms, n) {
	for (let i = 0; i < n; i++)
		for (const id of rooms) {
			const start = performance.now();
			assert.ok((await room(id, i % 2 === 1)).status < 300);
			slowest = Math.max(slowest, performance.now() - start);
		}
}
let slowest = 0;

// Once or more each, and in their order when the repetitions are taken away.
function assertAll(got, told) {
	const first = [...new Set(got)];
	assert.deepEqual(told.filter((id) => !first.includes(id)), [], 'missing');
	const sorted = (ids) => ids.map((id) => Number(id.split('.')[1]));
	const numbers = sorted(first.filter((id) => told.includes(id)));
	assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b), 'in order');
}

// All ids that a reader of the stream gets.
async function listen() {
	const reader = new Reader(`${server.url}/v1/events`), ids = [];
	const take = reader.take.bind(reader);
	reader.take = (block) => {
		take(block);
		const event = /^event: (.*)$/m.exec(block)?.[1], id = /^id: (.*)$/m.exec(block)?.[1];
		if (event && id && event !== 'snapshot') ids.push(id);
	};
	await reader.open();
	await eventually('the snapshot', () => assert.ok(reader.counts.snapshot));
	return {reader, ids};
}

test('a webhook is made, shown without its secret, changed and removed', async () => {
	const receiver = await new Receiver(OTHER).open();
	const {json: one, headers, text} = await api.call('post_v1_webhooks', {json: {url: `${receiver.url.replace('//', '//me:pass@')}?key=geheim`, secret: SECRET, events: ['room.*']}});
	assert.equal(headers.location, `/v1/webhooks/${one.id}`);
	const all = text + (await api.call('get_v1_webhooks')).text + (await api.call('get_v1_webhooks_id', {path: {id: one.id}})).text;
	assert.doesNotMatch(all, new RegExp(`geheim|pass@|${KEY.toString('base64').slice(0, 8)}`));
	assert.equal(one.secret_end, SECRET.slice(-4));
	const file = await stat(join(folder, 'webhooks', `${one.id}.json`));
	assert.equal(file.mode & 0o777, 0o600);
	const stored = async () => JSON.parse(await readFile(join(folder, 'webhooks', `${one.id}.json`), 'utf8')).url;
	assert.equal((await api.call('patch_v1_webhooks_id', {path: {id: one.id}, json: {url: one.url, events: ['room.*']}})).status, 200);
	assert.match(await stored(), /me:pass@.*key=geheim/, 'the URL as it is shown means the one that is stored');
	const patched = await api.call('patch_v1_webhooks_id', {path: {id: one.id}, json: {secret: OTHER, url: receiver.url, events: ['room.created', 'participant.*']}});
	assert.equal(patched.status, 200, patched.text);
	await room('made');
	await eventually('it comes under the new secret', () => assert.deepEqual(receiver.names(), ['room.created']));
	assert.equal(receiver.failed, undefined);
	assert.equal((await api.call('patch_v1_webhooks_id', {path: {id: one.id}, json: {enabled: false}})).json.state, 'off');
	await remove(one.id);
	assert.equal((await api.call('get_v1_webhooks_id', {path: {id: one.id}})).status, 404);
	await eventually('its files are gone', async () => assert.deepEqual((await readdir(join(folder, 'webhooks'))).filter((f) => f.startsWith(one.id)), []));
	receiver.close();
});

test('what makes no sense, and where webhooks.allow does not lead, is refused', async () => {
	const refused = [{url: 'ftp://127.0.0.1/'}, {url: 'file:///etc/passwd'}, {url: 'http://10.1.2.3/'}, {url: 'https://127.0.0.1/'}, {url: 'http://[::1]/'},
		{url: 'http://169.254.169.254/latest'}, {url: 'http://127.0.0.1\\@10.0.0.1/'}, {url: 'http://a b/'}, {url: `http://127.0.0.1/${'x'.repeat(2000)}`},
		{url: 'http://0x7f000001/'}, {secret: 'whsec_c2hvcnQ='}, {secret: 'no secret at all, but long enough for it'}, {events: ['room.unknown']},
		{events: ['snapshot']}, {url: null}, {extra: 1}];
	for (const bad of refused) {
		const {status, text} = await api.call('post_v1_webhooks', {json: {url: 'http://127.0.0.1:9/', secret: SECRET, ...bad}});
		if (bad.url === 'http://0x7f000001/' && status === 201) continue; /* a name, which is asked for when it is sent */
		assert.equal(status, 422, `${JSON.stringify(bad)}: ${text}`);
		assert.doesNotMatch(text, /no secret at all|c2hvcnQ/);
	}
	const {items} = (await api.call('get_v1_webhooks')).json;
	for (const {id} of items) await remove(id);
	const id = await hook('http://127.0.0.1:9/');
	for (const patch of [{url: null}, {secret: null}, {url: 'http://10.1.2.3/'}])
		assert.equal((await api.call('patch_v1_webhooks_id', {path: {id}, json: patch})).status, 422);
	await remove(id);
	for (const call of ['get_v1_webhooks_id', 'delete_v1_webhooks_id', 'post_v1_webhooks_id_test', 'get_v1_webhooks_id_deadletters', 'post_v1_webhooks_id_redeliver'])
		assert.equal((await api.call(call, {path: {id}})).status, 404, call);
});

test('the test button tells what the receiver answers', async () => {
	const receiver = await new Receiver().open();
	const id = await hook(receiver.url, {events: ['overload']});
	const press = async () => (await api.call('post_v1_webhooks_id_test', {path: {id}})).json;
	const good = await press();
	assert.deepEqual([good.delivered, good.status, good.error], [true, 204, null]);
	assert.deepEqual(receiver.names(), ['webhook.test']);
	receiver.answer = (response) => response.writeHead(418).end();
	assert.deepEqual((({delivered, status}) => [delivered, status])(await press()), [false, 418]);
	receiver.close();
	const down = await press();
	assert.deepEqual([down.delivered, down.status], [false, null]);
	assert.match(down.error, /connection/);
	await remove(id);
});

test('the receiver is down, the server is killed meanwhile: every event arrives, in order', async () => {
	const receiver = await new Receiver().open();
	const id = await hook(receiver.url);
	const before_ = await listen();
	await change(['alpha', 'beta'], 3);
	await eventually('the first ones arrive', () => assert.ok(receiver.events.length >= 6));
	const port = receiver.close();
	await change(['alpha', 'beta', 'gamma'], 20);
	await eventually('all is on disk', async () => {
		const {queued, failures} = await look(id);
		assert.ok(queued >= 60 - 20 && failures > 1, `${queued} ${failures}`);
		assert.ok(receiver.events.length + queued >= before_.ids.length, `${receiver.events.length} + ${queued} of ${before_.ids.length}`);
	});
	const told = [...before_.ids];
	before_.reader.drop();
	server.kill();
	await server.ended;
	await restart();
	const {queued, oldest_ms, state} = await eventually('it is read again', async () => {
		const now = await look(id);
		assert.ok(now.queued > 0);
		return now;
	});
	assert.ok(oldest_ms > 0, `${queued} ${oldest_ms} ${state}`);
	assert.ok((await server.metrics()).tessera_webhook_events_queued >= 40);
	const after_ = await listen();
	await change(['alpha', 'delta'], 3);
	await receiver.open(port);
	opened.add(receiver);
	await eventually('all is delivered', async () => assert.equal((await look(id)).queued, 0));
	await eventually('and arrived', () => {
		assertAll(receiver.ids(), told);
		assertAll(receiver.ids(), after_.ids);
	});
	assert.equal(receiver.failed, undefined);
	/* of each room by itself, too */
	const boot = (id_) => id_.split('.')[0];
	for (const name of ['alpha', 'beta', 'gamma']) {
		const own = receiver.events.filter((e) => (e.data.id ?? e.data.room) === name && boot(e.id) === boot(told[0])).map((e) => e.id);
		assertAll(own, told.filter((t) => own.includes(t)));
	}
	/* the same message is the same bytes */
	const bodies = new Map();
	for (const {id: message, body} of receiver.messages) {
		assert.equal(bodies.get(message) ?? body, body);
		bodies.set(message, body);
	}
	const metrics = await server.metrics();
	assert.equal(metrics.tessera_webhook_events_queued, 0);
	assert.equal(metrics['tessera_webhook_events_total{result="dropped"}'], 0);
	assert.ok(metrics['tessera_webhook_events_total{result="delivered"}'] >= 40);
	after_.reader.drop();
	await remove(id);
	receiver.close();
});

test('a torn last record is dropped, what stands before it arrives', async () => {
	const receiver = await new Receiver().open(), port = receiver.close();
	const id = await hook(`http://127.0.0.1:${port}/`, {events: ['room.created']});
	for (const name of ['t1', 't2', 't3']) await room(name);
	await eventually('they are on disk', async () => assert.equal((await look(id)).queued, 3));
	server.kill();
	await server.ended;
	const queue = join(folder, 'webhooks', id);
	const [segment] = (await readdir(queue)).filter((f) => f.endsWith('.seg'));
	const {truncate} = await import('node:fs/promises');
	await truncate(join(queue, segment), (await stat(join(queue, segment))).size - 5);
	await restart();
	opened.add(await receiver.open(port));
	await room('t4');
	await eventually('they arrive', () => assert.deepEqual(receiver.events.map((e) => e.data.id), ['t1', 't2', 't4']));
	assert.match(server.text, /webhook queue damaged/);
	await remove(id);
	receiver.close();
});

test('receivers that are slow, silent, talkative, or lead elsewhere delay nobody', async (t) => {
	const silent = net.createServer(() => {});
	const bad = net.createServer((socket) => socket.on('error', () => {}).end('what?\r\n\r\n'));
	const endless = net.createServer((socket) => {
		socket.on('error', () => clearInterval(timer)).on('close', () => clearInterval(timer));
		const timer = setInterval(() => socket.write(`HTTP/1.1 103 Hints\r\nx: ${'y'.repeat(1000)}\r\n\r\n`), 5);
	});
	for (const s of [silent, bad, endless]) {
		const sockets = [];
		s.on('connection', (socket) => sockets.push(socket.on('error', () => {})));
		await new Promise((resolve) => { s.listen(0, '127.0.0.1', resolve); });
		t.after(() => {
			s.close();
			for (const socket of sockets) socket.destroy();
		});
	}
	const at = (s) => `http://127.0.0.1:${s.address().port}/`;
	let reached = 0;
	const target = await new Receiver(SECRET, (response) => { reached++; response.writeHead(200).end(); }).open();
	const good = await new Receiver().open();
	const slow = await new Receiver(SECRET, (response) => setTimeout(() => response.writeHead(200).end(), 400)).open();
	const large = await new Receiver(SECRET, (response) => response.writeHead(200).end(Buffer.alloc(1 << 20))).open();
	const redirect = await new Receiver(SECRET, (response) => response.writeHead(307, {Location: target.url}).end()).open();
	const ids = {};
	for (const [name, url] of Object.entries({good: good.url, slow: slow.url, large: large.url, redirect: redirect.url, silent: at(silent), bad: at(bad), endless: at(endless)}))
		ids[name] = await hook(url, {events: ['room.created', 'room.updated']});
	const rss = await server.rss();
	slowest = 0;
	await change(['busy1', 'busy2'], 30);
	assert.ok(slowest < SLOW_MS, `a control request took ${slowest} ms`);
	await eventually('the good one has all', async () => assert.ok(good.events.length >= 32 && (await look(ids.good)).queued === 0, `${good.events.length}`));
	await eventually('the slow one too, in batches', async () => assert.equal((await look(ids.slow)).queued, 0));
	assert.ok(slow.messages.length < slow.events.length, `${slow.messages.length} messages`);
	await eventually('a long answer is one', async () => assert.equal((await look(ids.large)).queued, 0));
	await eventually('silence is a failure', async () => {
		const h = await look(ids.silent);
		assert.ok(h.failures >= 1 && h.queued >= 32 && h.delivered === 0, JSON.stringify(h));
		assert.match(h.error, /no answer in time/);
	});
	for (const name of ['bad', 'endless'])
		await eventually(`${name} is one`, async () => assert.ok((await look(ids[name])).failures >= 1));
	/* where a redirect leads nobody goes; after some refusals it is given up */
	const letters = await eventually('it is refused', async () => {
		const {items} = (await api.call('get_v1_webhooks_id_deadletters', {path: {id: ids.redirect}})).json;
		assert.ok(items.length >= 1);
		return items;
	});
	assert.deepEqual([letters[0].status, letters[0].tries], [307, 3]);
	assert.match(letters[0].reason, /not followed/);
	assert.equal(reached, 0);
	assert.ok(await server.rss() - rss < 30000, 'memory');
	for (const id of Object.values(ids)) await remove(id);
	for (const r of [target, good, slow, large, redirect]) r.close();
});

test('Retry-After is kept to, 410 ends it until it is changed, dead letters are delivered again', async () => {
	const times = [];
	const receiver = await new Receiver(SECRET, (response) => {
		times.push(performance.now());
		if (times.length === 1) response.writeHead(503, {'Retry-After': '2'}).end();
		else response.writeHead(204).end();
	}).open();
	const id = await hook(receiver.url, {events: ['room.created']});
	await room('later');
	await eventually('it comes', () => assert.deepEqual(receiver.events.map((e) => e.data.id), ['later']));
	assert.ok(times[1] - times[0] >= 1900, `${times[1] - times[0]} ms`);

	receiver.answer = (response) => response.writeHead(410).end();
	await room('gone');
	await eventually('it is gone', async () => assert.equal((await look(id)).state, 'gone'));
	await room('unheard');
	receiver.answer = (response) => response.writeHead(400).end();
	assert.equal((await api.call('patch_v1_webhooks_id', {path: {id}, json: {enabled: true}})).status, 200);
	await eventually('it is given up', async () => assert.equal((await look(id)).dead_letters, 1));
	const {items: [letter]} = (await api.call('get_v1_webhooks_id_deadletters', {path: {id}})).json;
	assert.deepEqual([letter.status, letter.events, letter.tries >= 3], [400, 1, true]);
	const text = await readFile(join(folder, 'webhooks', id, 'dead', `${letter.id}.json`), 'utf8');
	assert.equal(JSON.parse(text).events[0].data.id, 'gone');
	assert.equal((await look(id)).dead, 1);

	await server.stop(); /* the list survives it */
	await restart();
	await eventually('the list is read', async () => assert.equal((await look(id)).dead_letters, 1));
	receiver.answer = (response) => response.writeHead(200).end();
	assert.equal((await api.call('post_v1_webhooks_id_redeliver', {path: {id}})).status, 202);
	await eventually('it comes after all', () => assert.equal(receiver.events.at(-1).data.id, 'gone'));
	await eventually('the list is empty', async () => assert.equal((await look(id)).dead_letters, 0));

	receiver.answer = (response) => response.writeHead(422).end();
	for (let i = 0; i < 8; i++) { /* more than are kept */
		await room(`poison${i}`);
		await eventually('it is given up', async () => assert.ok((await look(id)).dead >= i + 1));
	}
	assert.equal((await look(id)).dead_letters, 5);
	assert.equal((await api.call('delete_v1_webhooks_id_deadletters', {path: {id}})).status, 204);
	await eventually('they are forgotten', async () => assert.equal((await look(id)).dead_letters, 0));
	receiver.answer = (response) => response.writeHead(200).end();
	await room('healthy');
	await eventually('it goes on', () => assert.equal(receiver.events.at(-1).data.id, 'healthy'));
	assert.doesNotMatch(server.text, /whsec_|\?key=/);
	await remove(id);
	receiver.close();
});

test('the configuration file names one, which REST leaves alone; too many are refused', async () => {
	const receiver = await new Receiver().open();
	await server.stop();
	await restart({'webhooks.url': `${receiver.url}?token=hidden`, 'webhooks.secret': SECRET, 'webhooks.events': 'room.created', 'webhooks.max': 2});
	const {items} = (await api.call('get_v1_webhooks')).json;
	assert.deepEqual(items.map(({id, from_file}) => [id, from_file]), [['file', true]]);
	await room('filed');
	await eventually('it comes', () => assert.deepEqual(receiver.events.map((e) => e.data.id), ['filed']));
	for (const [call, more] of [['patch_v1_webhooks_id', {json: {enabled: false}}], ['delete_v1_webhooks_id', {}]])
		assert.equal((await api.call(call, {path: {id: 'file'}, ...more})).status, 409);
	const id = await hook(receiver.url);
	assert.equal((await api.call('post_v1_webhooks', {json: {url: receiver.url, secret: SECRET}})).status, 409);
	await remove(id);
	assert.doesNotMatch(server.text, /whsec_|hidden/);
	receiver.close();
});

test('who left: the line of cdr.file, as participant.ended, though there is no file', async () => {
	await server.stop();
	await restart({'sip.listen': 'udp:127.0.0.1:5978', 'sip.policy': 'open', 'webhooks.max': 8});
	const receiver = await new Receiver().open(), id = await hook(receiver.url, {events: ['participant.ended']});
	const caller = await Caller.call(5978, 'desk');
	await eventually('the call is there', async () => assert.equal((await server.participants('desk'))[0]?.state, 'connected'));
	const [participant] = await server.participants('desk');
	await caller.close();
	const [event] = await eventually('it comes', () => {
		assert.equal(receiver.events.length, 1);
		return receiver.events;
	});
	const {type, data: {sip, audio, ...line}} = event;
	assert.equal(type, 'participant.ended');
	assert.deepEqual([line.type, line.id, line.room, line.kind, line.reason, line.waiting], ['participant', participant.id, 'desk', 'sip', 'bye', false]);
	assert.equal(line.duration_ms, line.left_ms - line.joined_ms);
	assert.deepEqual([sip.direction, sip.address, sip.outcome], ['in', '127.0.0.1', 'completed']);
	assert.ok([null, 'pcmu'].includes(audio.codec_in), audio.codec_in); // none where it hung up before its first packet
	await remove(id);
	receiver.close();
});
