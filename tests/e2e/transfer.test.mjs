// Transfers by REFER, in and out (RFC 3515), in another's place (RFC 3891); what calls keep of themselves and the lines of cdr.file.

import assert from 'node:assert/strict';
import {existsSync, readFileSync, renameSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {openApi} from './lib/api.mjs';
import {ADDRESS, baresip, stopAll} from './lib/baresip.mjs';
import {folder} from './lib/media.mjs';
import {start} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {Phone, TcpPhone, portsOf, Rtp, statusOf} from './lib/sip.mjs';
import {Reader} from './lib/sse.mjs';
import {eventually} from './lib/wait.mjs';

const ALL = 5983, ROOMS = 5984, NONE = 5985, GUARDED = 5986;
const CDR = join(folder, 'cdr.jsonl');
let server, api, rooms, none, guarded;

before(async () => {
	const listen = (port) => ({'sip.listen': `udp:127.0.0.1:${port};tcp:127.0.0.1:${port}`, 'sip.invites_per_second': 100});
	server = await startServer({...listen(ALL), 'sip.transfer': 'all', 'cdr.file': CDR, 'media.ports': '20000-20199'});
	api = await openApi(server);
	rooms = await startServer({...listen(ROOMS), 'media.ports': '20200-20299'});
	none = await startServer({...listen(NONE), 'sip.transfer': 'none', 'media.ports': '20300-20399'});
	guarded = await startServer({...listen(GUARDED), 'join.policy': 'pin', 'join.pin': '4711', 'sip.policy': '', 'media.ports': '20400-20499'});
});
after(() => Promise.all([server, rooms, none, guarded].map((one) => one.stop())));

const headerOf = (text, name) => new RegExp(`^${name}: *(.*)\r$`, 'mi').exec(text)?.[1];
const tagOf = (text, name = 'To') => /;tag=([^;\r]+)/.exec(headerOf(text, name))?.[1];
const bodyOf = (text) => text.slice(text.indexOf('\r\n\r\n') + 4);

async function withPhones(kinds, port, act) {
	const phones = await Promise.all((Array.isArray(kinds) ? kinds : Array(kinds).fill(Phone)).map((kind) => new kind(port).open()));
	try {
		await act(...phones);
	} finally {
		for (const phone of phones) phone.close();
	}
}

const final = (phone, cseq, method) => phone.heard(new RegExp(`^SIP/2\\.0 [2-6]\\d\\d (?=[^]*^CSeq: ${cseq} ${method}\r$)`, 'm'));
const refer = (phone, call, to, cseq, more = []) => {
	phone.send(phone.request('REFER', {...call, branch: `${call.id}-refer${cseq}`, cseq, more: [...to.map((one) => `Refer-To: ${one}`), ...more]}));
	return final(phone, cseq, 'REFER');
};
const notifies = (phone) => {
	const list = [];
	phone.on('NOTIFY', (request) => {
		if (!list.includes(request)) list.push(request);
		phone.reply(request, 200, 'OK');
	});
	return {list, codes: () => list.map((text) => Number(/^SIP\/2\.0 (\d+)/.exec(bodyOf(text))[1]))};
};
const becomes = (room, id, wanted) => eventually(JSON.stringify(wanted), async () => {
	const call = await server.get(`/v1/rooms/${room}/calls/${id}`);
	for (const [name, value] of Object.entries(wanted)) assert.deepEqual(call[name], value, JSON.stringify(call));
	return call;
});

// ---- in

test('blind: whom a caller names is called into their room, and they are told how it goes', () => withPhones(2, ALL, async (phone, callee) => {
	const told = notifies(phone);
	let invite;
	callee.on('INVITE', (request) => {
		invite = request;
		callee.reply(request, 180, 'Ringing');
	});
	callee.on('BYE', (request) => callee.reply(request, 200, 'OK'));
	const call = await phone.call({id: 'blind', to: 'blind'});
	const accepted = await refer(phone, call, [`"The callee" <${callee.uri}>`], 2);
	assert.equal(statusOf(accepted), 202);
	assert.match(headerOf(accepted, 'Contact'), /tessera@/);
	await callee.heard('INVITE ');
	await eventually('100 and 180', () => assert.deepEqual(told.codes(), [100, 180]));
	assert.match(headerOf(told.list[0], 'Event'), /^refer$/);
	assert.match(headerOf(told.list[1], 'Subscription-State'), /^active/);
	assert.match(headerOf(told.list[1], 'Content-Type'), /^message\/sipfrag/);
	assert.equal(statusOf(await refer(phone, call, [`<${callee.uri}>`], 3)), 491); // one at a time
	callee.reply(invite, 200, 'OK', {body: callee.offer(40000, ['m=audio PORT RTP/AVP 0', 'm=video 0 RTP/AVP 97'])});
	await eventually('200', () => assert.deepEqual(told.codes(), [100, 180, 200]));
	assert.match(headerOf(told.list[2], 'Subscription-State'), /^terminated;reason=noresource$/);
	await phone.hangUp(call);
	const {items} = await server.get('/v1/rooms/blind/calls');
	assert.deepEqual(items.map(({direction, referred, state}) => [direction, referred, state]), [['in', false, 'ended'], ['out', true, 'answered']]);
	const trace = (await server.get(`/v1/rooms/blind/calls/${items[0].id}/ladder`)).items.map(({text}) => text.split(' ')[0]);
	assert.ok(trace.includes('REFER') && trace.includes('NOTIFY'), trace.join());
	await api.call('delete_v1_rooms_room_calls_id', {path: {room: 'blind', id: items[1].id}});
	await callee.heard('BYE ');
}));

test('blind: who is busy is told so, and the call goes on; without a subscription nothing is told', () => withPhones(2, ALL, async (phone, callee) => {
	const told = notifies(phone);
	callee.on('INVITE', (request) => callee.reply(request, 486, 'Busy Here'));
	const call = await phone.call({id: 'busy', to: 'busy'});
	assert.equal(statusOf(await refer(phone, call, [`<${callee.uri}>`], 2)), 202);
	await eventually('486', () => assert.deepEqual(told.codes(), [100, 486]));
	assert.match(bodyOf(told.list[1]), /^SIP\/2\.0 486 Busy Here\r\n$/);
	let calls = 0;
	callee.on('INVITE', (request) => {
		if (++calls === 1) callee.reply(request, 180, 'Ringing');
	});
	const silent = await refer(phone, call, [`<${callee.uri}>`], 3, ['Refer-Sub: false', 'Supported: norefersub']);
	assert.equal(statusOf(silent), 202);
	assert.equal(headerOf(silent, 'Refer-Sub'), 'false');
	const ringing = await eventually('it rings', async () => {
		const {items} = await server.get('/v1/rooms/busy/calls');
		assert.equal(items[2].state, 'ringing');
		return items[2];
	});
	const more = ['Refer-Sub: false', 'Supported: norefersub'];
	assert.equal(statusOf(await refer(phone, call, [`<${callee.uri}>`], 5, more)), 491); // one at a time, silent or not
	await api.call('delete_v1_rooms_room_calls_id', {path: {room: 'busy', id: ringing.id}});
	callee.on('CANCEL', () => {});
	const invite = callee.got.findLast((text) => text.startsWith('INVITE '));
	await callee.heard('CANCEL ');
	callee.reply(invite, 487, 'Request Terminated');
	callee.on('INVITE', (request) => callee.reply(request, 486, 'Busy Here'));
	await eventually('both calls are over', async () => {
		const {items} = await server.get('/v1/rooms/busy/calls');
		assert.deepEqual(items.map(({state}) => state), ['answered', 'ended', 'ended']);
	});
	assert.equal(told.list.length, 2);
	assert.equal(statusOf(await refer(phone, call, [`<${callee.uri}>`], 6)), 202);
	await eventually('a third one has an id', () => assert.equal(headerOf(told.list.at(-1), 'Event'), 'refer;id=6'));
	await phone.hangUp(call);
}));

test('blind: who is called and does not answer is let go with who asked; into a locked room nobody is called', () => withPhones(2, ALL, async (phone, callee) => {
	notifies(phone);
	callee.on('INVITE', (request) => callee.reply(request, 180, 'Ringing'));
	const call = await phone.call({id: 'gone', to: 'gone'});
	const lock = (locked) => api.call('patch_v1_rooms_room', {path: {room: 'gone'}, json: {locked}});
	assert.equal((await lock(true)).status, 200);
	assert.equal(statusOf(await refer(phone, call, [`<${callee.uri}>`], 2)), 403);
	assert.equal((await lock(false)).status, 200);
	assert.ok(!callee.has('INVITE '));
	assert.equal(statusOf(await refer(phone, call, [`<${callee.uri}>`], 3)), 202);
	await eventually('it rings', async () => assert.equal((await server.get('/v1/rooms/gone/calls')).items[1].state, 'ringing'));
	await phone.hangUp(call);
	await callee.heard('CANCEL ');
	callee.reply(callee.has('INVITE '), 487, 'Request Terminated');
}));

test('what REFER may not say, and where it may not lead', () => withPhones(1, ALL, async (phone) => {
	const call = await phone.call({id: 'bad', to: 'bad'});
	const rows = [
		[[], 400], [['<sip:a@127.0.0.1>', '<sip:b@127.0.0.1>'], 400], [['nonsense'], 400], [['<sip:a@127.0.0.1'], 400], [['<http://127.0.0.1/x>'], 416],
		[['<sip:a@127.0.0.1;method=BYE>'], 416], [['<sip:a@127.0.0.1?Replaces=x>'], 400], [['<sip:a@169.254.169.254>'], 403],
	];
	let cseq = 2;
	for (const [to, code] of rows) assert.equal(statusOf(await refer(phone, call, to, cseq++)), code, to.join());
	phone.send(phone.request('REFER', {id: 'outside', more: [`Refer-To: <${phone.uri}>`]}));
	await phone.answer(403, 'REFER', 'outside');
	phone.send(phone.request('NOTIFY', {...call, branch: 'stray', cseq: cseq++, more: ['Event: refer', 'Subscription-State: active'], body: 'SIP/2.0 200 OK', type: 'message/sipfrag'}));
	await phone.answer(481, 'NOTIFY', 'bad');
	await phone.hangUp(call);
}));

test('sip.transfer: rooms calls nobody, but moves between rooms; none does nothing', async () => {
	await withPhones(2, ROOMS, async (phone, callee) => {
		const call = await phone.call({id: 'rooms', to: 'rooms'});
		assert.equal(statusOf(await refer(phone, call, [`<${callee.uri}>`], 2)), 603);
		await phone.hangUp(call);
		assert.ok(!callee.has('INVITE '));
	});
	await withPhones(2, ROOMS, async (phone) => {
		const told = notifies(phone), rtp = await new Rtp().open();
		const call = await phone.call({id: 'lobby', to: 'lobby', body: phone.offer(rtp.port)});
		rtp.talk(portsOf(call.ok)[0], Rtp.loud);
		await eventually('they are in', async () => assert.equal((await rooms.participants('lobby'))[0]?.state, 'connected'));
		const [{id}] = await rooms.participants('lobby');
		const patched = await fetch(`${rooms.url}/v1/rooms/lobby/participants/${id}`,
			{method: 'PATCH', headers: {'Content-Type': 'application/json'}, body: '{"role":"host","gain_db":3,"muted":true}'});
		assert.equal(patched.status, 200);
		assert.equal((await fetch(`${rooms.url}/v1/rooms/secret`, {method: 'PUT', headers: {'Content-Type': 'application/json'}, body: '{"pin":"2468"}'})).status, 201);
		assert.equal(statusOf(await refer(phone, call, [`<sip:secret@127.0.0.1:${ROOMS}>`], 2)), 403);
		assert.equal(statusOf(await refer(phone, call, [`<sip:secret@127.0.0.1:${ROOMS};pin=2468>`], 3)), 202);
		await eventually('100 and 200', () => assert.deepEqual(told.codes(), [100, 200]));
		const heard = async () => {
			const [person] = await rooms.participants('secret');
			assert.equal(person.id, id);
			assert.deepEqual([person.role, person.gain_db, person.muted], [null, 0, true]); // a host elsewhere
			assert.ok(person.audio.level_dbov > -30);
		};
		await eventually('they are heard there', heard);
		assert.deepEqual(await rooms.participants('lobby'), []);
		assert.equal((await rooms.get('/v1/rooms/secret/calls')).items[0].state, 'answered');
		await phone.hangUp(call);
		rtp.close();
	});
	await withPhones(1, NONE, async (phone) => {
		const call = await phone.call({id: 'none', to: 'none'});
		assert.equal(statusOf(await refer(phone, call, [`<sip:desk@127.0.0.1:${NONE}>`], 2)), 603);
		await phone.hangUp(call);
	});
});

test('attended: who is named with Replaces is called in the place of another call', () => withPhones(2, ALL, async (phone, callee) => {
	const told = notifies(phone);
	callee.takeCalls();
	const call = await phone.call({id: 'att', to: 'att'});
	const escaped = encodeURIComponent('consult@phone;to-tag=a1;from-tag=b2');
	assert.equal(statusOf(await refer(phone, call, [`<${callee.uri}?Replaces=${escaped}&Require=replaces>`], 2)), 202);
	const invite = await callee.heard('INVITE ');
	assert.equal(headerOf(invite, 'Replaces'), 'consult@phone;to-tag=a1;from-tag=b2');
	assert.match(headerOf(invite, 'Require'), /replaces/);
	assert.ok(!invite.split('\r\n')[0].includes('Replaces'));
	await eventually('200', () => assert.equal(told.codes().at(-1), 200));
	await phone.hangUp(call);
	const {items} = await server.get('/v1/rooms/att/calls');
	await api.call('delete_v1_rooms_room_calls_id', {path: {room: 'att', id: items[1].id}});
	await callee.heard('BYE ');
}));

// ---- in another's place

const replacesOf = (call, id = call.id) => `Replaces: ${id};to-tag=${tagOf(call.ok)};from-tag=${tagOf(call.ok, 'From')}`;

test('attended: a call takes the place of another, with its room, mute and tile', () => withPhones([Phone, TcpPhone], ALL, async (one, two) => {
	one.on('BYE', (request) => one.reply(request, 200, 'OK'));
	const rtp = await new Rtp().open(), next = await new Rtp().open();
	const call = await one.call({id: 'place', to: 'place', body: one.offer(rtp.port)});
	rtp.talk(portsOf(call.ok)[0], Rtp.loud);
	const [first] = await eventually('one is in', async () => {
		const list = await server.participants('place');
		assert.equal(list[0]?.state, 'connected');
		return list;
	});
	assert.equal((await api.call('patch_v1_rooms_room_participants_id', {path: {room: 'place', id: first.id}, json: {muted: true}})).status, 200);
	const ask = async (id, header, code) => {
		two.send(two.request('INVITE', {id, to: 'tessera', body: two.offer(next.port), more: header}));
		return two.answer(code, 'INVITE', id);
	};
	await ask('p1', ['Replaces: nobody;to-tag=1;from-tag=2'], 481);
	await ask('p2', ['Replaces: place;to-tag=1'], 400);
	await ask('p3', [replacesOf(call), replacesOf(call)], 400);
	await ask('p4', [`${replacesOf(call)};early-only`], 486);
	await ask('p5', [replacesOf(call).replace('to-tag', 'x').replace('from-tag', 'to-tag').replace('x=', 'from-tag=')], 481);
	const taken = await two.call({id: 'p6', to: 'tessera', body: two.offer(next.port), more: [replacesOf(call), 'Require: replaces']});
	next.talk(portsOf(taken.ok)[0], Rtp.loud);
	const bye = await one.heard('BYE ');
	assert.match(headerOf(bye, 'Reason'), /Replaced/);
	const [now] = await eventually('two is in their place', async () => {
		const list = await server.participants('place');
		assert.equal(list.length, 1);
		assert.equal(list[0].state, 'connected');
		return list;
	});
	assert.notEqual(now.id, first.id);
	assert.equal(now.muted, true);
	await two.hangUp(taken);
	rtp.close();
	next.close();
}));

test('attended: over UDP the address shows nothing: in as anybody, who ends the other call when the ACK proves them', () => withPhones(2, ALL, async (one, two) => {
	one.on('BYE', (request) => one.reply(request, 200, 'OK'));
	const call = await one.call({id: 'unsure', to: 'unsure'});
	const [first] = await eventually('one is in', async () => {
		const list = await server.participants('unsure');
		assert.equal(list.length, 1);
		return list;
	});
	assert.equal((await api.call('patch_v1_rooms_room_participants_id', {path: {room: 'unsure', id: first.id}, json: {role: 'host'}})).status, 200);
	two.send(two.request('INVITE', {id: 'u1', to: 'tessera', body: two.offer(), more: [replacesOf(call)]}));
	const ok = await two.answer(200, 'INVITE', 'u1'), tag = `;tag=${tagOf(ok)}`;
	const states = async () => (await server.participants('unsure')).map(({id, role}) => [id === first.id, role]);
	assert.deepEqual(await states(), [[true, 'host'], [false, null]]);
	assert.ok(!one.has('BYE '));
	two.send(two.request('ACK', {id: 'u1', to: 'tessera', tag, branch: 'u1-ack'}));
	await one.heard('BYE ');
	await eventually('two is alone, and no host', async () => assert.deepEqual(await states(), [[false, null]]));
	await two.hangUp({id: 'u1', to: 'tessera', tag});
}));

test('attended: who calls from where the call comes from needs no PIN, who may be a stranger does', () => withPhones([Phone, TcpPhone], GUARDED, async (one, two) => {
	one.on('BYE', (request) => one.reply(request, 200, 'OK'));
	one.send(one.request('INVITE', {id: 'nopin', to: 'pin', body: one.offer()}).replace(' SIP/2.0', ';pin=1 SIP/2.0'));
	await one.answer(200, 'INVITE', 'nopin'); // asked for it
	one.send(one.request('INVITE', {id: 'pin', to: 'pin', body: one.offer()}).replace(' SIP/2.0', ';pin=4711 SIP/2.0'));
	const ok = await one.answer(200, 'INVITE', 'pin'), call = {id: 'pin', to: 'pin', tag: `;tag=${tagOf(ok)}`, ok};
	one.send(one.request('ACK', {...call, branch: 'pin-ack'}));
	one.send(one.request('INVITE', {id: 'forged', to: 'tessera', body: one.offer(), more: [replacesOf(call)]}));
	await one.answer(403, 'INVITE', 'forged');
	const asked = {id: 'nopin', ok: one.has(/^SIP\/2\.0 200 [^]*^Call-ID: nopin/m)};
	two.send(two.request('INVITE', {id: 'ivr', to: 'tessera', body: two.offer(), more: [replacesOf(asked)]}));
	await two.answer(481, 'INVITE', 'ivr'); // who is asked is in no room
	assert.ok(!one.has('BYE '));
	const taken = await two.call({id: 'same', to: 'tessera', body: two.offer(), more: [replacesOf(call)]});
	await one.heard('BYE ');
	await two.hangUp(taken);
}));

// ---- out

test('out: the peer is asked to call somebody else, and leaves when that went well', () => withPhones(1, ALL, async (phone) => {
	const reader = new Reader(`${server.url}/v1/events`);
	await reader.open();
	const call = await phone.call({id: 'out', to: 'out'});
	const {items: [{id}]} = await server.get('/v1/rooms/out/calls');
	const transfer = (json, at = id) => api.call('post_v1_rooms_room_calls_id_transfer', {path: {room: 'out', id: at}, json});
	let asked;
	phone.on('REFER', (request) => {
		asked = request;
		phone.reply(request, 202, 'Accepted');
	});
	await becomes('out', id, {state: 'answered'}); // by the ACK
	assert.equal((await transfer({to: 'http://x/'})).status, 422);
	assert.equal((await transfer({to: 'sip:a@b'}, 'nobody')).status, 404);
	const {status, json} = await transfer({to: 'sip:bob@192.0.2.7'});
	assert.equal(status, 202);
	assert.deepEqual(json, {to: 'sip:bob@192.0.2.7', state: 'asked', code: null});
	await becomes('out', id, {transfer: {to: 'sip:bob@192.0.2.7', state: 'trying', code: 202}});
	assert.equal(headerOf(asked, 'Refer-To'), '<sip:bob@192.0.2.7>');
	assert.match(headerOf(asked, 'Contact'), /tessera@/);
	assert.equal((await transfer({to: 'sip:bob@192.0.2.7'})).status, 409);
	let cseq = 2;
	const notify = async (state, body, event = 'refer') => {
		phone.send(phone.request('NOTIFY', {...call, branch: `n${cseq}`, cseq, more: [`Event: ${event}`, `Subscription-State: ${state}`], body, type: 'message/sipfrag;version=2.0'}));
		return statusOf(await final(phone, cseq++, 'NOTIFY'));
	};
	assert.equal(await notify('active;expires=60', 'SIP/2.0 180 Ringing', 'presence'), 481);
	assert.equal(await notify('active;expires=60', 'SIP/2.0 180 Ringing', 'refer;id=99999999'), 481);
	assert.equal(await notify('active;expires=60', 'SIP/2.0 180 Ringing'), 200);
	await becomes('out', id, {transfer: {to: 'sip:bob@192.0.2.7', state: 'trying', code: 180}});
	assert.equal(await notify('terminated;reason=noresource', 'SIP/2.0 486 Busy Here'), 200);
	await becomes('out', id, {state: 'answered', transfer: {to: 'sip:bob@192.0.2.7', state: 'failed', code: 486}});
	assert.equal(await notify('active;expires=60', 'SIP/2.0 180 Ringing'), 481); // over

	assert.equal((await transfer({to: 'sip:bob@192.0.2.8'})).status, 202);
	await becomes('out', id, {transfer: {to: 'sip:bob@192.0.2.8', state: 'trying', code: 202}});
	phone.on('BYE', (request) => phone.reply(request, 200, 'OK'));
	assert.equal(await notify('terminated;reason=noresource', 'SIP/2.0 200 OK', `refer;id=${/^\d+/.exec(headerOf(asked, 'CSeq'))}`), 200);
	assert.match(headerOf(await phone.heard('BYE '), 'Reason'), /SIP;cause=200;text="Transferred"/);
	await becomes('out', id, {state: 'ended', outcome: 'completed', reason: 'transferred', transfer: {to: 'sip:bob@192.0.2.8', state: 'done', code: 200}});
	assert.equal((await transfer({to: 'sip:bob@192.0.2.8'})).status, 409);
	const states = reader.calls.filter((one) => one.id === id && one.transfer).map(({transfer: {state, code}}) => `${state} ${code}`);
	assert.deepEqual([...new Set(states)], ['asked null', 'trying 202', 'trying 180', 'failed 486', 'done 200']);
	reader.drop();
}));

test('out: who does not want it is kept, who hangs up on the way is there', () => withPhones(1, ALL, async (phone) => {
	phone.on('REFER', (request) => phone.reply(request, 603, 'Decline'));
	const call = await phone.call({id: 'declined', to: 'declined'});
	const {items: [{id}]} = await server.get('/v1/rooms/declined/calls');
	await becomes('declined', id, {state: 'answered'}); // by the ACK
	const transfer = () => api.call('post_v1_rooms_room_calls_id_transfer', {path: {room: 'declined', id}, json: {to: 'sip:bob@192.0.2.7'}});
	assert.equal((await transfer()).status, 202);
	await becomes('declined', id, {state: 'answered', transfer: {to: 'sip:bob@192.0.2.7', state: 'failed', code: 603}});
	phone.on('REFER', (request) => phone.reply(request, 202, 'Accepted'));
	assert.equal((await transfer()).status, 202);
	await becomes('declined', id, {transfer: {to: 'sip:bob@192.0.2.7', state: 'trying', code: 202}});
	await phone.hangUp(call);
	await becomes('declined', id, {state: 'ended', transfer: {to: 'sip:bob@192.0.2.7', state: 'done', code: 202}});
}));

test('baresip goes where it is sent, and sends others', {skip: ADDRESS ? false : 'needs an address off loopback'}, async () => {
	const port = 5987, here = (room) => `sip:${room}@${ADDRESS}:${port}`;
	const its = await startServer({'sip.listen': `udp:${ADDRESS}:${port}`, 'sip.policy': 'open', 'sip.transfer': 'all', 'sip.dial': `${ADDRESS}:1024-65535`,
		'media.ports': '20500-20599'});
	const itsApi = await openApi(its);
	const states = async (room) => (await its.participants(room)).map(({state}) => state);
	try {
		const one = await baresip({person: 'green', video: false}), two = await baresip({person: 'blue', video: false});
		await one.dial(here('first'));
		await eventually('in the first room', async () => assert.deepEqual(await states('first'), ['connected']));
		const [call] = (await its.get('/v1/rooms/first/calls')).items;
		await eventually('by the ACK', async () => assert.equal((await its.get(`/v1/rooms/first/calls/${call.id}`)).state, 'answered'));
		assert.equal((await itsApi.call('post_v1_rooms_room_calls_id_transfer', {path: {room: 'first', id: call.id}, json: {to: here('second')}})).status, 202);
		await eventually('in the second room', async () => assert.deepEqual(await states('second'), ['connected']));
		await eventually('the first call is over', async () => {
			const {state, transfer} = await its.get(`/v1/rooms/first/calls/${call.id}`);
			assert.deepEqual([state, transfer.state], ['ended', 'done']);
		});
		assert.deepEqual(await states('first'), []);

		await one.command('transfer', two.uri);
		await eventually('the other one is called, and the first leaves', async () => {
			const calls = (await its.get('/v1/rooms/second/calls')).items;
			assert.deepEqual(calls.map(({state, referred}) => [state, referred]), [['ended', false], ['answered', true]], JSON.stringify(calls));
			assert.deepEqual(await states('second'), ['connected']);
		});
		await one.stop();
		await two.stop();
	} finally {
		stopAll();
		await its.stop();
	}
});

// ---- what is kept

const lines = () => (existsSync(CDR) ? readFileSync(CDR, 'utf8').trim().split('\n').filter(Boolean).map((line) => JSON.parse(line)) : []);
const lineOf = (room, kind) => eventually(`a line of ${kind} in ${room}`, () => {
	const found = lines().find((line) => line.room === room && line.kind === kind);
	assert.ok(found, readFileSync(CDR, 'utf8').slice(-2000));
	return found;
});

test('a call keeps its codecs, addresses, numbers and the reason of its end; each who left has a line', () => withPhones(1, ALL, async (phone) => {
	const rtp = await new Rtp().open();
	const peer = start(server, {room: 'kept', seconds: 60, peers: [{count: 1, who: 0}]});
	await eventually('they are in', async () => assert.equal((await server.participants('kept'))[0]?.state, 'connected'));
	const began = Date.now();
	const call = await phone.call({id: 'kept', to: 'kept', body: phone.offer(rtp.port)});
	const {items: [{id}]} = await server.get('/v1/rooms/kept/calls');
	rtp.talk(portsOf(call.ok)[0], Rtp.loud);
	await eventually('sound both ways', async () => {
		const {media, address} = await server.get(`/v1/rooms/kept/calls/${id}`);
		assert.equal(address, '127.0.0.1');
		assert.equal(media.audio.codec_in, 'pcmu');
		assert.equal(media.audio.codec_out, 'pcmu');
		assert.ok(media.audio.packets_in > 50 && media.audio.packets_out > 50, JSON.stringify(media));
	});
	// without numbers between, as if lost
	rtp.seq += 40;
	await eventually('losses are counted', async () => assert.ok((await server.get(`/v1/rooms/kept/calls/${id}`)).media.audio.lost >= 40));
	phone.send(phone.request('BYE', {...call, branch: 'bye', cseq: 5, more: ['Reason: Q.850;cause=16;text="Terminated"']}));
	const ended = await becomes('kept', id, {state: 'ended', outcome: 'completed', cause: {sip: null, q850: 16, text: 'Terminated'}});
	assert.ok(ended.media.audio.lost >= 40 && ended.media.audio.loss_in > 0 && ended.media.audio.loss_in < 1, JSON.stringify(ended));
	assert.ok(ended.media.audio.mos_in >= 1 && ended.media.audio.mos_in < 4.4, `${ended.media.audio.mos_in}`);
	assert.ok(ended.media.audio.mos_out > 3.5);
	peer.child.kill('SIGTERM');
	await peer.done;

	const sip = await lineOf('kept', 'sip'), browser = await lineOf('kept', 'webrtc');
	for (const line of [sip, browser]) {
		assert.ok(line.joined_ms >= began - 30000 && line.left_ms >= line.joined_ms && line.left_ms <= Date.now());
		assert.equal(line.duration_ms, line.left_ms - line.joined_ms);
	}
	assert.equal(sip.reason, 'bye');
	assert.deepEqual(sip.audio, ended.media.audio);
	assert.equal(sip.sip.id, id);
	assert.deepEqual([sip.sip.direction, sip.sip.outcome, sip.sip.q850_cause, sip.sip.address], ['in', 'completed', 16, '127.0.0.1']);
	assert.equal(browser.sip, null);
	assert.ok(browser.reason);
	rtp.close();
}));

test('who was asked for a PIN and left has a line of no room', () => withPhones(1, ALL, async (phone) => {
	assert.equal((await api.call('put_v1_rooms_room', {path: {room: 'pinned'}, json: {pin: '2468'}})).status, 201);
	await phone.hangUp(await phone.call({id: 'asked', to: 'pinned'}));
	const line = await eventually('its line', () => {
		const found = lines().find(({room}) => room === null);
		assert.ok(found);
		return found;
	});
	assert.deepEqual([line.kind, line.reason, line.audio, line.sip.outcome, line.sip.direction], ['sip', 'bye', null, 'not-admitted', 'in']);
}));

test('the file is begun anew at SIGHUP', () => withPhones(1, ALL, async (phone) => {
	await phone.hangUp(await phone.call({id: 'before', to: 'before'}));
	await lineOf('before', 'sip');
	renameSync(CDR, `${CDR}.old`);
	process.kill(server.pid, 'SIGHUP');
	await eventually('it is there', () => assert.ok(existsSync(CDR)));
	await phone.hangUp(await phone.call({id: 'later', to: 'later'}));
	await lineOf('later', 'sip');
	assert.ok(!lines().some(({room}) => room === 'before'));
	const metrics = await server.metrics();
	assert.ok(metrics['tessera_cdr_lines_total{result="written"}'] > 10);
	assert.equal(metrics['tessera_cdr_lines_total{result="dropped"}'], 0);
}));
