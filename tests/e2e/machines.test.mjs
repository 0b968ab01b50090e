// Programs that hear a room and speak in it by WebSocket: what they hear, who hears them, how soon, how they end, what is refused.

import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {request} from './lib/api.mjs';
import {connect, knock, tone} from './lib/machine.mjs';
import {toneHz, toneLevel} from './lib/mark.mjs';
import {folder} from './lib/media.mjs';
import {start} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const AGENT_HZ = 2200, TOKEN = 'a-token-of-the-operator', SECOND = 48000;
let server;

before(async () => { server = await startServer({'room.recorded_tone': 'off', 'limits.joins_per_second': 0}); });
after(async () => { if (server.child.exitCode === null) await server.stop(); });

async function ask(method, path, json) {
	const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
	const reply = await request(server.url + path, {method, headers: json && {'Content-Type': type}, body: json && JSON.stringify(json)});
	return {...reply, json: reply.body.length ? JSON.parse(reply.body) : null};
}

const nobody = (room) => eventually('nobody is left', async () => { assert.equal((await server.participants(room)).length, 0); });

test('it hears three, is heard by them, and not by itself', {timeout: 120000}, async () => {
	const file = (who) => join(folder, `machines-${who}.pcm`), room = 'three';
	const peers = start(server, {seconds: 60, room,
		peers: [0, 1, 2].map((who) => ({who, width: 320, height: 180, fps: 15, kbps: 300, decode: true, pcm: file(who)}))});
	let people;
	await eventually('all are here', async () => {
		people = (await server.participants(room)).filter((p) => p.state === 'connected');
		assert.equal(people.length, 3);
	});
	const agent = await connect(server, room, {rate: 48000, name: 'Agent'});
	const all = await connect(server, room, {rate: 48000, hears: 'all', speak: false});
	const peer1 = people.find((p) => p.name === 'peer-1').id;
	const one = await connect(server, room, {rate: 48000, hears: peer1, speak: false});
	for (const who of [0, 1, 2]) await eventually(`it hears ${who}`, () => { assert.ok(agent.level(toneHz(who)) > 500, String(agent.level(toneHz(who)))); });
	await eventually('one alone is heard', () => {
		assert.ok(one.level(toneHz(1)) > 500);
		assert.ok(one.level(toneHz(0)) < 50 && one.level(toneHz(2)) < 50);
	});
	const talk = await agent.told('talk', (event) => event.participant === peer1 && event.talking);
	assert.equal(talk.name, 'peer-1');
	assert.ok(talk.time_ms >= 0 && talk.time_ms <= agent.frames.at(-1).ms);

	// whom a matrix keeps from all is kept from programs, whatever they ask to hear
	assert.equal((await ask('PUT', `/v1/rooms/${room}/audio/matrix`, {entries: [{from: peer1, to: '*', off: true}]})).status, 200);
	await eventually('one of three is silent', () => {
		for (const it of [agent, all, one]) assert.ok(it.level(toneHz(1)) < 50, String(it.level(toneHz(1))));
		assert.ok(agent.level(toneHz(0)) > 500);
	});
	assert.equal((await ask('DELETE', `/v1/rooms/${room}/audio/matrix`)).status, 204);

	// it speaks, and its own voice comes back to nobody but who wants all
	agent.speak(tone(AGENT_HZ, 6 * SECOND));
	agent.say({event: 'mark', mark: {name: 'over'}});
	await eventually('all hear it', () => { assert.ok(all.level(AGENT_HZ) > 2000); });
	await all.told('talk', (event) => event.participant === agent.id && event.talking);
	assert.ok(agent.level(AGENT_HZ, 50) < 30, String(agent.level(AGENT_HZ, 50)));
	assert.ok(one.level(AGENT_HZ, 50) < 30);
	const listed = (await server.participants(room)).find((p) => p.id === agent.id);
	assert.equal(listed.kind, 'machine');
	assert.equal(listed.name, 'Agent');
	assert.equal(listed.speaking, true);
	const mark = await agent.told('mark');
	assert.deepEqual([mark.mark.name, mark.cleared], ['over', false]);

	// what waits is forgotten
	agent.speak(tone(AGENT_HZ, 20 * SECOND));
	agent.say({event: 'mark', name: 'never'});
	await eventually('it is heard again', () => { assert.ok(all.level(AGENT_HZ) > 2000); });
	agent.say({event: 'clear'});
	assert.equal((await agent.told('mark', (event) => event.mark.name === 'never')).cleared, true);
	await eventually('it is silent', () => { assert.ok(all.level(AGENT_HZ) < 30); }, 3000);

	// the clock: frames of 20 ms, one behind the other, and none is missing
	const numbers = agent.frames.map((frame) => frame.number), first = agent.frames[0];
	assert.deepEqual(numbers, numbers.map((_, i) => numbers[0] + i));
	for (const frame of agent.frames) assert.equal(frame.data.length, 1920);
	const drift = agent.frames.at(-1).ms - first.ms - 20 * (agent.frames.length - 1);
	assert.ok(drift >= 0 && drift % 20 === 0, `${drift} ms`); // a tick that was skipped is time that passed

	agent.say({event: 'snapshot', id: 's1'});
	const shot = await agent.told('snapshot');
	assert.equal(shot.id, 's1');
	assert.equal(Buffer.from(shot.payload, 'base64').readUInt16BE(0), 0xffd8);
	const stats = await ask('GET', `/v1/rooms/${room}/participants/${agent.id}`);
	assert.equal(stats.status, 200);
	for (const machine of [agent, all, one]) await machine.end();
	await peers.end();
	for (const who of [0, 1, 2]) {
		const bytes = readFileSync(file(who)), pcm = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
		let most = 0;
		for (let at = 0; at + 9600 <= pcm.length; at += 4800) most = Math.max(most, toneLevel(pcm, at, 9600, AGENT_HZ));
		assert.ok(most > 2000, `peer ${who} heard it at ${most}`);
	}
});

test('what one says another hears within 60 ms', {timeout: 60000}, async (t) => {
	const room = 'soon', from = await connect(server, room, {rate: 48000}), to = await connect(server, room, {rate: 48000});
	await eventually('sound flows', () => { assert.ok(from.frames.length > 25 && to.frames.length > 25); });
	const delays = [];
	for (let i = 0; i < 25; i++) {
		const heard = new Promise((resolve) => {
			to.onframe = (one) => { if (Math.max(...new Int16Array(one.data.buffer.slice(one.data.byteOffset, one.data.byteOffset + 1920))) > 2000) resolve(one.at); };
		});
		const sent = performance.now();
		from.speak(tone(AGENT_HZ, 2880));
		delays.push(await heard - sent);
		to.onframe = null;
		// the burst is over, at a moment that is no multiple of a tick
		const n = to.frames.length;
		await eventually('it is silent again', () => { assert.ok(to.frames.length > n + 8 && to.level(AGENT_HZ, 3) < 100); });
	}
	delays.sort((a, b) => a - b);
	t.diagnostic(`p50 ${delays[12].toFixed(1)} ms, p90 ${delays[22].toFixed(1)} ms, least ${delays[0].toFixed(1)} ms`);
	assert.ok(delays[12] <= 60, `p50 ${delays[12]} ms`);
	for (const machine of [from, to]) await machine.end();
});

test('every rate, codec and framing is heard as it was said', {timeout: 90000}, async () => {
	const room = 'codecs', ear = await connect(server, room, {rate: 48000, speak: false});
	for (const rate of [8000, 16000, 24000]) {
		const agent = await connect(server, room, {rate});
		assert.equal(agent.start.mediaFormat.sampleRate, rate);
		const pcm = Int16Array.from({length: 3 * rate}, (_, i) => 8000 * Math.sin(2 * Math.PI * 1000 * i / rate));
		agent.speak(pcm);
		await eventually(`${rate} is heard`, () => { assert.ok(ear.level(1000) > 5000, String(ear.level(1000))); });
		await eventually('it hears', () => { assert.equal(agent.frames[0]?.data.length, rate / 25); });
		await agent.end();
		await eventually('it is over', () => { assert.ok(ear.level(1000, 5) < 50); });
	}
	// one codes what the other says: packets of Opus, frames of the telephone in JSON, as Twilio has them
	const source = await connect(server, room, {rate: 48000});
	source.speak(tone(1000, 20 * SECOND));
	for (const options of [{codec: 'opus'}, {codec: 'mulaw', framing: 'json'}]) {
		const back = 'back', echo = await connect(server, back, {rate: 48000, speak: false});
		const takes = await connect(server, room, {...options}), gives = await connect(server, back, {...options});
		await eventually('it comes', () => { assert.ok(takes.frames.length > 50); });
		const packets = takes.frames.slice(-50);
		for (const {data} of packets) {
			if (options.codec === 'opus') gives.ws.send(data, 2);
			else gives.say({event: 'media', media: {payload: data.toString('base64')}});
		}
		await eventually('it is heard elsewhere', () => { assert.ok(echo.level(1000) > 4000, String(echo.level(1000))); });
		for (const machine of [takes, gives, echo]) await machine.end();
	}
	for (const machine of [source, ear]) await machine.end();
	await nobody(room);
});

test('five hundred come and go, and nothing is left of them', {timeout: 120000}, async () => {
	const room = 'many', AT_ONCE = 8;
	const come = (n) => Promise.all(Array.from({length: AT_ONCE}, async (_, i) =>
		(await connect(server, room, {codec: ['pcm16', 'opus', 'mulaw'][(n + i) % 3]})).end()));
	for (let n = 0; n < 56; n += AT_ONCE) await come(n);
	await nobody(room);
	const before = await server.rss();
	for (let n = 0; n < 450; n += AT_ONCE) await come(n);
	await nobody(room);
	await eventually('the gauge is back', async () => { assert.equal((await server.metrics()).tessera_machines, 0); });
	const grown = await server.rss() - before;
	assert.ok(grown < 20000, `${grown} kB more`);
});

test('who does not read is cut, and the room goes on', {timeout: 60000}, async () => {
	const room = 'slow', talker = await connect(server, room, {rate: 48000}), other = await connect(server, room, {rate: 48000});
	talker.speak(tone(1000, 29 * SECOND));
	const slow = await connect(server, room, {rate: 48000, speak: false});
	slow.ws.socket.pause();
	const before = other.frames.length;
	await eventually('it is gone', async () => { assert.equal((await server.participants(room)).length, 2); }, 40000);
	const metrics = await server.metrics();
	assert.equal(metrics['tessera_machines_cut_total{reason="slow"}'], 1);
	assert.ok(metrics['tessera_machine_frames_dropped_total{direction="out"}'] >= 250);
	slow.ws.socket.resume();
	const numbers = other.frames.slice(before).map((frame) => frame.number);
	assert.deepEqual(numbers, numbers.map((_, i) => numbers[0] + i));
	await talker.end();
	await other.end();
	slow.ws.destroy();
});

test('what makes no sense is told, and who goes on with it is cut', {timeout: 60000}, async () => {
	const agent = await connect(server, 'bad', {codec: 'opus'});
	agent.ws.send('no JSON');
	assert.match((await agent.told('error')).message, /JSON/);
	agent.say({event: 'hear', hears: 'nobody'});
	await agent.told('error', (event) => event.about === 'hear');
	agent.ws.send(Buffer.alloc(3), 2);
	await agent.told('error', (event) => event.about === 'media');
	for (let i = 0; i < 20; i++) agent.say({event: 'what'});
	assert.equal(await agent.closed(), 1008);
	const flood = await connect(server, 'bad', {rate: 8000, framing: 'raw'});
	for (let i = 0; i < 80; i++) flood.speak(new Int16Array(8000));
	assert.equal(await flood.closed(), 1008);
	await nobody('bad');
	const refused = async (options) => {
		const ws = await knock(server, 'bad', options);
		ws.destroy();
		return ws.status;
	};
	assert.equal(await refused({rate: 44100}), 400);
	assert.equal(await refused({rate: 32000}), 400);
	assert.equal(await refused({codec: 'mp3'}), 400);
	assert.equal(await refused({hears: '01ARZ3NDEKTSV4RRFFQ69G5FAV'}), 422);
	assert.equal((await ask('GET', '/v1/rooms/bad/media')).status, 426);
	assert.equal((await ask('GET', '/v1/rooms/bad')).status, 404, 'no room was made for those');
});

test('REST moves, mutes and removes it; each end has its code', {timeout: 60000}, async () => {
	const agent = await connect(server, 'ends', {rate: 48000}), path = `/v1/rooms/ends/participants/${agent.id}`;
	assert.equal((await ask('PATCH', path, {muted: true, gain_db: -6})).status, 200);
	assert.equal((await agent.told('muted')).muted, true);
	assert.equal((await ask('PATCH', path, {muted: false})).status, 200);
	await agent.told('muted', (event) => !event.muted);
	const second = await connect(server, 'ends');
	await agent.told('joined', (event) => event.participant === second.id);
	second.say({event: 'stop'});
	assert.equal(await second.closed(), 1000);
	await agent.told('left', (event) => event.participant === second.id);
	assert.equal((await ask('PATCH', path, {room: 'elsewhere'})).status, 200);
	assert.equal((await agent.told('moved')).room, 'elsewhere');
	const n = agent.frames.length;
	await eventually('it hears the other room', () => { assert.ok(agent.frames.length > n + 25); });
	assert.equal((await ask('DELETE', `/v1/rooms/elsewhere/participants/${agent.id}`)).status, 204);
	assert.equal(await agent.closed(), 4000);
	const third = await connect(server, 'ends');
	assert.equal((await ask('DELETE', '/v1/rooms/ends')).status, 204);
	assert.equal(await third.closed(), 1001);
});

test('an agent in Python hears, and answers by espeak-ng', {timeout: 90000}, async () => {
	const room = 'python', ear = await connect(server, room, {rate: 48000});
	const child = spawn('/usr/bin/python3', [new URL('../../examples/agent.py', import.meta.url).pathname, server.url.replace('http', 'ws'), room], {stdio: ['ignore', 'pipe', 'pipe']});
	let text = '';
	for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk) => { text += chunk; });
	try {
		await ear.told('joined', (event) => event.name === 'Parrot');
		ear.speak(tone(600, 2 * SECOND));
		await eventually('it answers', () => { assert.ok(ear.events.some((event) => event.event === 'talk' && event.name === 'Parrot' && event.talking), text); }, 40000);
		const loud = () => ear.frames.some(({data}) => Math.max(...new Int16Array(data.buffer.slice(data.byteOffset, data.byteOffset + 1920))) > 1000);
		await eventually('its words are heard', () => { assert.ok(loud()); });
		await eventually('it heard', () => { assert.match(text, /heard \d\.\d s/); });
	} finally {
		child.kill('SIGTERM');
		await once(child, 'close');
	}
	await ear.end();
});

test('a drain and the end of the server close it with 1001', {timeout: 60000}, async () => {
	const agent = await connect(server, 'last');
	assert.equal((await ask('POST', '/v1/node/drain', {deadline_s: 30})).status, 202);
	assert.equal(await agent.closed(), 1001);
	await server.ended;
	server = await startServer({'http.api_token': TOKEN, 'join.policy': 'token', 'join.tokens': 'a-token-to-join-by', 'machines.max_per_room': 2});
	const bearer = {Authorization: `Bearer ${TOKEN}`};
	for (const [headers, options, protocol, status] of [
		[{}, {}, null, 401], [{Authorization: 'Bearer wrong-token-of-nobody'}, {}, null, 401], [{}, {token: 'a-token-to-join-by'}, null, 401],
		[bearer, {}, null, 101], [{}, {token: TOKEN}, null, 101], [{Origin: 'https://example.org'}, {}, `tessera.media, tessera.bearer.${TOKEN}`, 101]]) {
		const ws = await knock(server, 'door', options, headers, protocol);
		assert.equal(ws.status, status, ws.body);
		if (protocol) assert.match(ws.head, /Sec-WebSocket-Protocol: tessera\.media(\r|$)/m);
		assert.ok(!ws.head.includes(TOKEN));
		ws.destroy();
	}
	await eventually('they are gone', async () => {
		const reply = await fetch(`${server.url}/v1/rooms/door/participants`, {headers: bearer});
		assert.ok(reply.status === 404 || (await reply.json()).items.length === 0);
	});
	const two = [await connect(server, 'door', {}, bearer), await connect(server, 'door', {}, bearer)];
	const third = await knock(server, 'door', {}, bearer);
	assert.equal(third.status, 409, third.body);
	const key = await request(`${server.url}/v1/keys`, {method: 'POST', headers: {...bearer, 'Content-Type': 'application/json'},
		body: JSON.stringify({name: 'hears', scopes: ['join'], room: 'ears'})});
	const {key: secret} = JSON.parse(key.body), its = {Authorization: `Bearer ${secret}`};
	const other = await knock(server, 'door', {}, its);
	assert.equal(other.status, 403);
	const listener = await connect(server, 'ears', {}, its);
	assert.equal(listener.start.speaks, false, 'without publish:audio it only hears');
	listener.say({event: 'snapshot'});
	await listener.told('error', (event) => /moderate/.test(event.message));
	// who knocks again and again has their joins counted, as everywhere
	const statuses = [];
	for (let i = 0; i < 200 && statuses.at(-1) !== 429; i++) statuses.push((await knock(server, 'door', {}, bearer)).status);
	assert.equal(statuses.at(-1), 429, `${new Set(statuses)}`);
	const stopping = server.stop();
	for (const machine of [...two, listener]) assert.equal(await machine.closed(), 1001);
	await stopping;
});
