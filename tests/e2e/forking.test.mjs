// Several phones of one user: all ring, the first that answers has the call.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {openApi} from './lib/api.mjs';
import {Registered} from './lib/registered.mjs';
import {startServer} from './lib/server.mjs';
import {headerOf} from './lib/trunks.mjs';
import {eventually} from './lib/wait.mjs';

const PORT = 5985;
let server, api;

before(async () => {
	server = await startServer({'sip.listen': `udp:127.0.0.1:${PORT}`, 'media.ports': '20000-20099', 'sip.registrar': 'on', 'sip.users': 'alice:wonder',
		'sip.early_media': 'room'});
	api = await openApi(server);
});
after(() => server.stop());

const dial = async (room) => {
	const reply = await api.call('post_v1_rooms_room_calls', {path: {room}, json: {to: 'user:alice'}});
	assert.equal(reply.status, 202, reply.text);
	return reply.json.id;
};
const becomes = (room, id, wanted) => eventually(JSON.stringify(wanted), async () => {
	const call = await server.get(`/v1/rooms/${room}/calls/${id}`);
	for (const [name, value] of Object.entries(wanted)) assert.deepEqual(call[name], value, JSON.stringify(call));
	return call;
});
const answerOf = (phone, request, port = 40000) => phone.offer(port, [...request.matchAll(/^m=(\w+) \d+ (\S+)/mg)].map(([, kind, profile]) =>
	kind === 'audio' ? `m=audio ${port} ${profile} 0` : `m=${kind} 0 ${profile} 0`));

// Phones of alice that ring and no more; q of each.
async function withPhones(q, act) {
	const phones = [];
	try {
		for (const value of q) {
			const phone = await new Registered(PORT).open();
			phones.push(phone);
			phone.tag = `t${phone.port}`;
			phone.on('INVITE', (request) => {
				phone.invite = request;
				phone.reply(request, 180, 'Ringing');
			});
			phone.on('CANCEL', (request) => {
				phone.reply(request, 200, 'OK');
				phone.say(487, 'Request Terminated');
			});
			phone.on('BYE', (request) => phone.reply(request, 200, 'OK'));
			phone.say = (code, reason, body = '') => phone.reply(phone.invite, code, reason, {body});
			phone.take = () => phone.say(200, 'OK', answerOf(phone, phone.invite));
			assert.match(await phone.register('alice', 'wonder', {contact: `<${phone.uri}>;q=${value}`}), /^SIP\/2\.0 200/);
		}
		await act(...phones);
	} finally {
		for (const phone of phones) {
			await phone.again({contact: '*', expires: 0});
			phone.close();
		}
	}
}
const reasonOf = (phone) => headerOf(phone.has('CANCEL'), 'Reason');

test('all phones ring; who answers first has the call, the others are told that it was taken elsewhere', () => withPhones([1, 1, 1], async (a, b, c) => {
	const id = await dial('all');
	for (const phone of [a, b, c]) await phone.heard('INVITE');
	for (const name of ['Call-ID', 'From', 'To', 'CSeq']) assert.equal(new Set([a, b, c].map(({invite}) => headerOf(invite, name))).size, 1, name);
	assert.match(headerOf(a.invite, 'To'), /<sip:alice@127\.0\.0\.1>/);
	for (const phone of [a, b, c]) assert.match(phone.invite, new RegExp(`^INVITE ${phone.uri} `));
	await becomes('all', id, {state: 'ringing'});
	b.take();
	await becomes('all', id, {state: 'answered'});
	await b.heard('ACK');
	for (const phone of [a, c]) {
		await phone.heard('CANCEL');
		assert.equal(reasonOf(phone), 'SIP;cause=200;text="Call completed elsewhere"');
		assert.equal(headerOf(phone.has('CANCEL'), 'CSeq').split(' ')[0], headerOf(phone.invite, 'CSeq').split(' ')[0]);
	}
	assert.equal((await server.participants('all')).length, 1);
	await api.call('delete_v1_rooms_room_calls_id', {path: {room: 'all', id}});
	await b.heard('BYE');
	assert.match(b.has('BYE'), new RegExp(`^BYE ${b.uri} `));
	assert.ok(![a, c].some((phone) => phone.has('BYE')));
}));

test('an answer that crosses the CANCEL is acknowledged and ended', () => withPhones([1, 1], async (a, b) => {
	b.on('CANCEL', (request) => {
		b.reply(request, 200, 'OK');
		b.take();
	});
	const id = await dial('cross');
	for (const phone of [a, b]) await phone.heard('INVITE');
	a.take();
	await becomes('cross', id, {state: 'answered'});
	await b.heard('ACK');
	await b.heard('BYE');
	await becomes('cross', id, {state: 'answered'});
	assert.ok(!a.has('BYE'));
	await api.call('delete_v1_rooms_room_calls_id', {path: {room: 'cross', id}});
	await a.heard('BYE');
}));

test('an answer that comes when the call that won is over is acknowledged and ended', () => withPhones([1, 1], async (a, b) => {
	b.on('CANCEL', (request) => b.reply(request, 200, 'OK')); // and takes its time
	const id = await dial('late');
	for (const phone of [a, b]) await phone.heard('INVITE');
	a.take();
	await becomes('late', id, {state: 'answered'});
	await b.heard('CANCEL');
	const [from, to] = ['From', 'To'].map((name) => headerOf(a.invite, name));
	a.send(a.request('BYE', {id: headerOf(a.invite, 'Call-ID'), branch: 'late-bye', cseq: 7})
		.replace(/^From: .*\r$/m, `From: ${to};tag=${a.tag}\r`).replace(/^To: .*\r$/m, `To: ${from}\r`));
	await becomes('late', id, {state: 'ended'});
	b.take();
	await b.heard('ACK');
	await b.heard('BYE');
	assert.match(b.has('BYE'), new RegExp(`^BYE ${b.uri} `));
	// and one of a fork behind it, which says it twice
	const before = a.got.length;
	a.tag = 'behind';
	for (let i = 0; i < 2; i++) a.take();
	await eventually('it is acknowledged and ended', () => {
		const since = a.got.slice(before);
		for (const method of ['ACK', 'BYE']) assert.ok(since.some((text) => text.startsWith(method) && headerOf(text, 'To').endsWith('tag=behind')), since.join('\n'));
	});
}));

test('one that is busy does not end the call; when all have refused the best response counts', () => withPhones([1, 1, 1], async (a, b, c) => {
	const id = await dial('best');
	for (const phone of [a, b, c]) await phone.heard('INVITE');
	a.say(503, 'Service Unavailable');
	b.say(486, 'Busy Here');
	for (const phone of [a, b]) await phone.heard('ACK');
	await becomes('best', id, {state: 'ringing'});
	c.say(500, 'Oops');
	await becomes('best', id, {state: 'ended', outcome: 'busy', code: 486, reason: 'Busy Here'});
	assert.ok(![a, b, c].some((phone) => phone.has('CANCEL')));
}));

test('a 6xx stops all', () => withPhones([1, 1, 0.5], async (a, b, c) => {
	const id = await dial('declined');
	for (const phone of [a, b]) await phone.heard('INVITE');
	a.say(603, 'Decline');
	await b.heard('CANCEL');
	assert.equal(reasonOf(b), 'SIP;cause=603;text="Declined elsewhere"');
	await becomes('declined', id, {state: 'ended', outcome: 'declined', code: 603});
	assert.ok(!c.has('INVITE'), 'nor is the next one called');
}));

test('phones of a lower q ring when the higher ones refused', () => withPhones([0.5, 1], async (low, high) => {
	const id = await dial('q');
	await high.heard('INVITE');
	assert.ok(!low.has('INVITE'));
	high.say(480, 'Temporarily Unavailable');
	await low.heard('INVITE');
	low.take();
	await becomes('q', id, {state: 'answered'});
	await api.call('delete_v1_rooms_room_calls_id', {path: {room: 'q', id}});
	await low.heard('BYE');
}));

test('hanging up cancels all, and says so', () => withPhones([1, 1], async (a, b) => {
	const id = await dial('off');
	for (const phone of [a, b]) await phone.heard('INVITE');
	await becomes('off', id, {state: 'ringing'});
	await api.call('delete_v1_rooms_room_calls_id', {path: {room: 'off', id}});
	for (const phone of [a, b]) {
		await phone.heard('CANCEL');
		assert.equal(reasonOf(phone), 'Q.850;cause=16;text="Normal call clearing"');
	}
	await becomes('off', id, {state: 'ended', outcome: 'cancelled', code: 487});
}));

test('early media of two phones: the one that answers is heard, the other is not the call', () => withPhones([1, 1], async (a, b) => {
	for (const phone of [a, b]) {
		phone.on('INVITE', (request) => {
			phone.invite = request;
			phone.say(183, 'Session Progress', answerOf(phone, request, phone.media));
		});
	}
	[a.media, b.media] = [40010, 40012];
	const id = await dial('early');
	for (const phone of [a, b]) await phone.heard('INVITE');
	await eventually('in the room before the answer', async () => assert.equal((await server.participants('early')).length, 1));
	b.say(200, 'OK', answerOf(b, b.invite, b.media));
	await becomes('early', id, {state: 'answered'});
	await a.heard('CANCEL');
	assert.equal((await server.participants('early')).length, 1);
	await api.call('delete_v1_rooms_room_calls_id', {path: {room: 'early', id}});
	await b.heard('BYE');
}));

test('nothing is left of all that', async () => {
	await eventually('no call', async () => assert.equal((await server.metrics()).tessera_sip_calls, 0));
});
