// Real-time text of SIP calls: scripted phones over a way that loses a tenth of the packets, messages by REST, what is typed as messages.

import assert from 'node:assert/strict';
import {createSocket} from 'node:dgram';
import {mkdtemp} from 'node:fs/promises';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {openApi} from './lib/api.mjs';
import {folder} from './lib/media.mjs';
import {TextPhone} from './lib/rtt.mjs';
import {Phone} from './lib/sip.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const room = 'relay', path = {room}, PORT = 5390;
let server, api, anna, bert;

before(async () => {
	server = await startServer({'node.state_dir': await mkdtemp(join(folder, 'state-')), 'sip.listen': `udp:127.0.0.1:${PORT}`, 'sip.policy': 'open', 'sip.invites_per_second': 100});
	api = await openApi(server);
	assert.equal((await api.call('put_v1_rooms_room', {path, json: {}})).status, 201);
});
after(async () => {
	await anna?.close();
	await bert?.close();
	await server?.stop();
});

const metrics = async () => (await fetch(`${server.url}/metrics`)).text();
const messages = async () => (await api.call('get_v1_rooms_room_messages', {path})).json.items;

test('two phones, a tenth of all packets lost, nothing of the text', {timeout: 60000}, async () => {
	anna = await TextPhone.call(PORT, room, {loss: 0.1, seed: 3, name: 'Anna'});
	bert = await TextPhone.call(PORT, room, {loss: 0.1, seed: 8, name: 'Bert'});
	assert.match(anna.up.ok, /\r\nm=text \d+ RTP\/AVP 97 98\r\na=rtpmap:98 t140\/1000\r\na=fmtp:98 cps=90\r\na=rtpmap:97 red\/1000\r\na=fmtp:97 98\/98\/98\r\na=sendrecv/);
	const words = 'The quick brown fox jumps over the lazy dog äöü €𝄞 0123456789 and so it goes on and on, line by line. ';
	const long = words.repeat(5).trim();
	anna.type(`Helo\blo Bert. ${long}\u2028`);
	await eventually('Bert reads it', () => assert.ok(bert.read.endsWith('\u2028'), bert.read), 40000);
	assert.equal(bert.read, `[Anna] Hello Bert. ${long}\u2028`);
	assert.equal(bert.missing, 0);
	console.log(`lost on the way: ${anna.lostOut} of ${anna.seq} up, ${bert.lostIn} of ${bert.lostIn + bert.packets} down`);
	assert.ok(anna.lostOut > 2 && bert.lostIn > 2, 'packets were lost');
	await eventually('a message', async () => assert.deepEqual((await messages()).map((m) => [m.name, m.via, m.text]), [['Anna', 'typed', `Hello Bert. ${long}`]]));
	assert.match(await metrics(), /tessera_rtt_packets_repaired_total [1-9]/);
	assert.equal(anna.read, '', 'nobody reads themselves');
});

test('messages reach phones, to all and to one; two write at once', {timeout: 60000}, async () => {
	const ids = Object.fromEntries((await server.participants(room)).map((p) => [p.name, p.id]));
	bert.read = anna.read = '';
	assert.equal((await api.call('post_v1_rooms_room_messages', {path, json: {text: 'Welcome\nall', name: 'The desk'}})).status, 201);
	await eventually('both read it', () => assert.deepEqual([anna.read, bert.read], Array(2).fill('[The desk] Welcome all\u2028')), 15000);
	await api.call('post_v1_rooms_room_messages', {path, json: {text: 'For Anna', to: ids.Anna}});
	await eventually('Anna reads it', () => assert.match(anna.read, /\[\?\] For Anna\u2028$/), 15000);
	assert.doesNotMatch(bert.read, /For Anna/);
	const carl = await TextPhone.call(PORT, room, {name: 'Carl', red: false});
	try {
		assert.doesNotMatch(carl.up.ok, /red\/1000/);
		anna.type('First I say this. ');
		bert.type('And I say that.\u2028');
		await eventually('Carl reads both', () => {
			assert.match(carl.read, /\[Anna\] First I say this\. /);
			assert.match(carl.read, /\[Bert\] And I say that\.\u2028/);
		}, 20000);
		assert.doesNotMatch(carl.read, /\uFFFD/);
	} finally {
		await carl.close();
	}
});

test('text of strangers counts for nothing, and nothing is sent to them', {timeout: 60000}, async () => {
	const stranger = createSocket('udp4').unref();
	await new Promise((resolve) => { stranger.bind(0, '127.0.0.2', resolve); });
	let came = 0;
	stranger.on('message', () => came++);
	const packet = Buffer.concat([Buffer.from([0x80, 98 | 0x80, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9]), Buffer.from('evil\u2028')]);
	const before = (await messages()).length;
	for (let i = 0; i < 100; i++) stranger.send(packet, anna.textPort, '127.0.0.1');
	anna.type('after\u2028');
	await eventually('they go on', () => assert.match(bert.read, /after\u2028$/), 15000);
	assert.equal(came, 0);
	assert.deepEqual((await messages()).slice(before).map((m) => m.text), ['First I say this. after']);
	assert.match(await metrics(), /tessera_rtt_packets_refused_total\{reason="stranger"\} [1-9]/);
	stranger.close();
});

test('a line that was not ended is a message when its caller hangs up; who only watches is not read', {timeout: 60000}, async () => {
	const carl = await TextPhone.call(PORT, room, {name: 'Carl'});
	const id = (await server.participants(room)).find((p) => p.name === 'Carl').id, one = {...path, id};
	bert.read = '';
	assert.equal((await api.call('patch_v1_rooms_room_participants_id', {path: one, json: {role: 'watcher'}})).status, 200);
	carl.type('unseen\u2028');
	await eventually('it was sent', () => assert.equal(carl.waits, ''), 15000);
	anna.type('in between\u2028');
	await eventually('others are read', () => assert.match(bert.read, /in between\u2028$/), 15000);
	assert.equal((await api.call('patch_v1_rooms_room_participants_id', {path: one, json: {role: 'guest'}})).status, 200);
	carl.type('I have to');
	await eventually('it is read', () => assert.match(bert.read, /\[Carl\] I have to$/), 15000);
	assert.doesNotMatch(bert.read, /unseen/);
	await carl.close();
	await eventually('a message', async () => assert.equal((await messages()).at(-1).text, 'I have to'));
	assert.ok((await messages()).every((m) => m.text !== 'unseen'));
});

test('lines of text that are refused, and calls that go on without', {timeout: 60000}, async () => {
	const phone = await new Phone(PORT).open();
	const rows = {
		'no t140': ['m=text 40002 RTP/AVP 99', 'a=rtpmap:99 t140/8000'],
		'over TCP': ['m=text 40002 TCP/MSRP *'],
		'keys by DTLS': ['m=text 40002 UDP/TLS/RTP/SAVPF 98', 'a=rtpmap:98 t140/1000', 'a=fingerprint:sha-256 AA'],
	};
	for (const [name, lines] of Object.entries(rows)) {
		const id = `bad-${name.replaceAll(' ', '-')}`;
		const call = await phone.call({id, to: 'other', body: phone.offer(40000, ['m=audio PORT RTP/AVP 0', ...lines])});
		assert.match(call.ok, /\r\nm=text 0 /, name);
		await phone.hangUp(call);
	}
	phone.close();
});
