// Browsers that call by SIP over WebSocket (RFC 7118) with JsSIP and SIP.js: they see, hear, are seen and heard, hold and resume, are
// hung up, register and are called.

import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {closeAll} from './lib/browser.mjs';
import {openApi} from './lib/api.mjs';
import {hasEdge, startEdge} from './lib/edge.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';
import {phone} from './lib/webphone.mjs';
import {open} from './lib/browser.mjs';

const PORT = 5990;
let server, api;

before(async () => {
	server = await startServer({'sip.listen': `udp:127.0.0.1:${PORT}`, 'sip.websocket': 'on', 'sip.min_session_expires': 4});
	api = await openApi(server);
});
after(async () => {
	await closeAll();
	await server.stop();
});

const calls = async (room) => (await server.get(`/v1/rooms/${room}/calls`)).items;

for (const kind of ['jssip', 'sipjs'])
	test(`${kind}: in a room with a browser of the page: seen, heard, held, resumed, hung up`, {timeout: 120000}, async () => {
		const room = `web-${kind}`;
		const anna = await open(server, {room, person: 'green'});
		await anna.joined();
		const bert = await phone(server, {room, person: 'red', kind});
		await bert.call(`sip:${room}@127.0.0.1`);
		await anna.assertSees(['green', 'red']);
		await anna.assertHears(['red']);
		await bert.assertSees(['green', 'red']);
		await bert.assertHears(['green']);
		const [call] = await calls(room);
		assert.equal(call.state, 'answered');
		assert.equal(call.address, '127.0.0.1');

		await bert.do('hold');
		await eventually('the call is held', async () => assert.equal((await calls(room))[0].state, 'held'));
		await eventually('nothing is received any more', async () => {
			const before = await bert.decoded();
			await bert.page.waitForTimeout(500);
			assert.equal(await bert.decoded(), before);
		});
		await bert.do('resume');
		await eventually('the call goes on', async () => assert.equal((await calls(room))[0].state, 'answered'));
		await bert.assertSees(['green', 'red']);
		await anna.assertHears(['red']);

		await bert.do('hangUp');
		await eventually('the call is over', async () => {
			const [ended] = await calls(room);
			assert.equal(ended.state, 'ended');
			assert.equal(ended.outcome, 'completed');
		});
		await anna.leave();
		await anna.close();
		await bert.close();
	});

test('through kamailio as the edge: record-routed both ways', {timeout: 120000, skip: hasEdge ? false : 'needs kamailio-websocket-modules'}, async () => {
	const room = 'edge', edge = await startEdge(PORT + 9, PORT);
	try {
		const anna = await open(server, {room, person: 'green'});
		await anna.joined();
		const bert = await phone(server, {room, person: 'red', kind: 'jssip', ws: edge.url});
		await bert.call(`sip:${room}@127.0.0.1`);
		await anna.assertSees(['green', 'red']);
		await bert.assertSees(['green', 'red']);
		await bert.assertHears(['green']);
		await bert.do('hold');
		await eventually('the call is held', async () => assert.equal((await calls(room))[0].state, 'held'));
		await bert.do('resume');
		await bert.assertSees(['green', 'red']);
		const [call] = await calls(room);
		await api.call('delete_v1_rooms_room_calls_id', {path: {room, id: call.id}});
		await bert.seen('ended');
		const bye = (await server.get(`/v1/rooms/${room}/calls/${call.id}/ladder`)).items.map(({text}) => text).find((text) => text.startsWith('BYE'));
		assert.match(bye, /^Route: <sip:127\.0\.0\.1[^>]*lr/m);
		await anna.leave();
		await anna.close();
		await bert.close();
	} finally {
		await edge.stop();
	}
});

describe('browsers that register', () => {
	let guarded, their;
	before(async () => {
		guarded = await startServer({'sip.listen': `udp:127.0.0.1:${PORT + 1}`, 'sip.websocket': 'on', 'sip.registrar': 'on',
			'sip.users': 'red:rose,green:leaf', 'sip.digest': 'md5'});
		their = await openApi(guarded);
	});
	after(() => guarded.stop());
	const registered = async () => (await guarded.get('/v1/sip/registrations')).items.map(({user}) => user);

	for (const [kind, user, password] of [['jssip', 'red', 'rose'], ['sipjs', 'green', 'leaf']])
		test(`${kind} is called over its own connection`, {timeout: 120000}, async () => {
			const room = `called-${kind}`;
			const anna = await open(guarded, {room, person: 'blue'});
			await anna.joined();
			const bert = await phone(guarded, {room, person: user, kind, user, password, register: true});
			await bert.seen('registered');
			assert.deepEqual(await registered(), [user]);
			const {status, json, text} = await their.call('post_v1_rooms_room_calls', {path: {room}, json: {to: `user:${user}`, name: user}});
			assert.equal(status, 202, text);
			await eventually('it rings', async () => assert.ok(await bert.page.evaluate(() => window.phone.incoming)));
			await bert.do('answer');
			await anna.assertSees(['blue', user]);
			await anna.assertHears([user]);
			await bert.assertSees(['blue', user]);
			await bert.assertHears(['blue']);
			const trace = (await guarded.get(`/v1/rooms/${room}/calls/${json.id}/ladder`)).items.map(({text: t}) => t);
			assert.match(trace[0], /^INVITE sip:\S+\.invalid;transport=ws SIP\/2.0\r\nVia: SIP\/2.0\/WS 127\.0\.0\.1/);
			assert.match(trace[0], /^Contact: <sip:tessera@127\.0\.0\.1\S*;transport=ws>\r$/m);
			await bert.do('hold');
			await eventually('the call is held', async () => assert.equal((await guarded.get(`/v1/rooms/${room}/calls/${json.id}`)).state, 'held'));
			await bert.do('resume');
			await bert.assertSees(['blue', user]);
			await their.call('delete_v1_rooms_room_calls_id', {path: {room, id: json.id}});
			await bert.seen('ended');
			// a registration ends with its connection
			await anna.leave();
			await anna.close();
			await bert.close();
			await eventually('nobody is registered', async () => assert.deepEqual(await registered(), []));
		});

	test('a wrong password does not register, nor call', {timeout: 60000}, async () => {
		const bert = await phone(guarded, {room: 'x', person: 'red', kind: 'jssip', user: 'red', password: 'thorn', register: true});
		await bert.seen('registrationFailed');
		await bert.do('call', 'sip:x@127.0.0.1');
		await bert.seen('failed');
		assert.deepEqual(await registered(), []);
		await bert.close();
	});
});
