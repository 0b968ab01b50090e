// Trunks: registration with its failures, servers found by DNS, calls by number, a registrar of our own, and kamailio as provider.

import assert from 'node:assert/strict';
import {mkdtempSync, readdirSync, readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {openApi} from './lib/api.mjs';
import {folder} from './lib/media.mjs';
import {Registered} from './lib/registered.mjs';
import {startServer} from './lib/server.mjs';
import {Phone} from './lib/sip.mjs';
import {Reader} from './lib/sse.mjs';
import {digestOf, fieldsOf, headerOf, nameServer, Registrar, startKamailio} from './lib/trunks.mjs';
import {eventually} from './lib/wait.mjs';

const PORT = 5981, NARROW = 5983, KAMAILIO = 5066;
const state = mkdtempSync(join(folder, 'trunks-'));
const names = {
	'NAPTR provider.test': [[10, 20, 'SIP+D2T', '_sip._tcp.provider.test'], [10, 10, 'SIP+D2U', '_sip._udp.provider.test']],
	'SRV _sip._udp.provider.test': [[20, 0, 5069, 'second.provider.test'], [10, 0, 5069, 'dead.provider.test']],
	'A dead.provider.test': ['127.0.0.31'], 'A second.provider.test': ['127.0.0.32'],
};
let server, api, dns, registrar;

before(async () => {
	dns = await nameServer(names);
	registrar = await new Registrar('127.0.0.1').open();
	server = await startServer({
		'sip.listen': `udp:127.0.0.1:${PORT};tcp:127.0.0.1:${PORT}`, 'sip.dns': dns.address, 'node.state_dir': state, 'media.ports': '20000-20099',
		'sip.registrar': 'on', 'sip.users': 'alice:wonder,bob:builder', 'sip.min_expires': 10,
		'trunk of-file.proxy': `127.0.0.1:${registrar.port}`, 'trunk of-file.options_interval': 1, 'trunk of-file.trusted': 'on',
		'trunk of-file.dial': '9(.)=\\1', 'trunk of-file.numbers': '+4930(1XX)=team-\\1, 77=seven', 'trunk of-file.headers': 'X-Account=account',
	});
	api = await openApi(server);
});
after(async () => {
	await server.stop();
	registrar.close();
	dns.close();
});

async function makeTrunk(settings) {
	const {status, json, text} = await api.call('post_v1_sip_trunks', {json: settings});
	assert.equal(status, 201, text);
	return json;
}
const remove = (id) => api.call('delete_v1_sip_trunks_id', {path: {id}});
const trunkBecomes = (id, wanted, limitMs = 15000) => eventually(`trunk ${id}: ${JSON.stringify(wanted)}`, async () => {
	const trunk = await server.get(`/v1/sip/trunks/${id}`);
	for (const [name, value] of Object.entries(wanted)) assert.deepEqual(trunk[name], value, JSON.stringify(trunk));
	return trunk;
}, limitMs);
const account = (at, more = {}) => ({id: 'carrier', registrar: `127.0.0.1:${at.port}`, user: 'carrier', password: 'secret', options_interval: 0, ...more});

async function withRegistrar(act, address = '127.0.0.1', port = 0) {
	const at = await new Registrar(address).open(port);
	try {
		return await act(at);
	} finally {
		await remove('carrier');
		at.close();
	}
}

test('a trunk registers by SHA-256, is refreshed before it ends, and unregisters', () => withRegistrar(async (at) => {
	at.expires = 3;
	const reader = new Reader(`${server.url}/v1/events`);
	await reader.open();
	const made = await makeTrunk(account(at));
	assert.equal(made.password, undefined);
	assert.equal(made.password_set, true);
	await trunkBecomes('carrier', {state: 'registered', code: 200, server: `udp 127.0.0.1:${at.port}`});
	assert.match(headerOf(at.got[1].text, 'Authorization'), /algorithm=SHA-256, qop=auth/);
	assert.equal(at.bound.size, 1);
	const contact = [...at.bound.keys()][0];
	assert.match(contact, /^<sip:[0-9a-f]{20}@127\.0\.0\.1:5981>$/);
	at.nonce++; // the old nonce is refused, and nobody calls it stale: that is no wrong password
	const n = at.got.length, began = at.got.at(-1).at;
	await eventually('it is refreshed', () => assert.ok(at.got.length > n));
	assert.ok(at.got[n].at - began < 3000, 'before the end');
	await eventually('the new nonce is answered', () => assert.equal(fieldsOf(headerOf(at.got.at(-1).text, 'Authorization')).nonce, `n${at.nonce}`));
	await trunkBecomes('carrier', {state: 'registered'});
	assert.equal(headerOf(at.got[n].text, 'Call-ID'), headerOf(at.got[0].text, 'Call-ID'));
	await remove('carrier');
	await eventually('unregistered', () => assert.equal(at.bound.size, 0));
	assert.equal(await server.get('/v1/sip/trunks/carrier'), null);
	await eventually('events tell of all that', () => {
		const told = reader.trunks.filter(({data}) => data.id === 'carrier');
		for (const wanted of ['registering', 'registered']) assert.ok(told.some(({data}) => data.state === wanted), JSON.stringify(told));
		assert.equal(told.at(-1).event, 'trunk.removed');
		assert.doesNotMatch(JSON.stringify(told), /secret/);
	});
	reader.drop();
}));

test('423 makes it ask for more', () => withRegistrar(async (at) => {
	at.min = 700;
	at.expires = 700;
	await makeTrunk(account(at));
	await trunkBecomes('carrier', {state: 'registered'});
	assert.equal(headerOf(at.got.at(-1).text, 'Expires'), '700');
}));

test('a wrong password is tried twice, then never again until it is changed', () => withRegistrar(async (at) => {
	await makeTrunk(account(at, {password: 'guess'}));
	await trunkBecomes('carrier', {state: 'refused', code: 401, reason: 'wrong-password', next_ms: null});
	const answered = () => at.got.filter(({text}) => headerOf(text, 'Authorization')).length;
	assert.equal(answered(), 2);
	const {status, json} = await api.call('patch_v1_sip_trunks_id', {path: {id: 'carrier'}, json: {password: 'secret'}});
	assert.equal(status, 200);
	assert.equal(json.password, undefined);
	await trunkBecomes('carrier', {state: 'registered'});
	assert.equal(answered(), 3);
}));

test('a challenge of auth-int alone, or of another realm, is not answered', () => withRegistrar(async (at) => {
	at.script = (text) => text.startsWith('REGISTER') && {code: 401, more: ['WWW-Authenticate: Digest realm="provider", nonce="x", qop="auth-int"']};
	await makeTrunk(account(at, {realm: 'provider'}));
	await trunkBecomes('carrier', {state: 'failed', reason: 'challenge-unsupported'});
	at.script = (text) => text.startsWith('REGISTER') && {code: 401, more: ['WWW-Authenticate: Digest realm="thief", nonce="x", qop="auth"']};
	await trunkBecomes('carrier', {state: 'failed', reason: 'other-realm'});
	assert.ok(at.got.every(({text}) => !headerOf(text, 'Authorization')));
}));

test('503 is left alone for as long as Retry-After says', () => withRegistrar(async (at) => {
	let said = 0;
	at.script = (text) => (text.startsWith('REGISTER') && !said++ ? {code: 503, more: ['Retry-After: 4']} : null);
	await makeTrunk(account(at));
	const failed = await trunkBecomes('carrier', {state: 'failed', code: 503});
	assert.ok(failed.next_ms - failed.changed_ms >= 4000, JSON.stringify(failed));
	await trunkBecomes('carrier', {state: 'registered'});
	assert.ok(at.got[1].at - at.got[0].at >= 3900, `${at.got[1].at - at.got[0].at} ms`);
}));

test('a registrar that is gone for a time gets the registration back', async () => {
	let at = await new Registrar('127.0.0.1').open();
	const {port} = at;
	at.expires = 2;
	await makeTrunk(account(at));
	await trunkBecomes('carrier', {state: 'registered'});
	at.close();
	await trunkBecomes('carrier', {state: 'failed', reason: 'no-answer'});
	at = await new Registrar('127.0.0.1').open(port);
	await trunkBecomes('carrier', {state: 'registered'});
	assert.equal(at.bound.size, 1);
	await remove('carrier');
	at.close();
});

test('of two servers in SRV the second is registered at when the first is dead', async () => {
	await withRegistrar(async (at) => {
		await makeTrunk(account(at, {registrar: 'provider.test'}));
		await trunkBecomes('carrier', {state: 'registered', server: 'udp 127.0.0.32:5069'});
		assert.deepEqual([...new Set(dns.asked)].slice(0, 2), ['NAPTR provider.test', 'SRV _sip._udp.provider.test']);
	}, '127.0.0.32', 5069);
});

test('trunks made by REST are kept where only this user reads them; bad ones are refused', async () => {
	await makeTrunk({id: 'kept', registrar: '127.0.0.1:9', user: 'x', password: 'secret', options_interval: 0});
	assert.equal(statSync(join(state, 'trunks', 'kept.json')).mode & 0o777, 0o600);
	assert.match(readFileSync(join(state, 'trunks', 'kept.json'), 'utf8'), /secret/);
	const all = await server.get('/v1/sip/trunks');
	assert.deepEqual(all.items.map(({id}) => id), ['of-file', 'kept']);
	assert.doesNotMatch(JSON.stringify(all), /secret/);
	const problem = async (operation, status, type, options) => {
		const reply = await api.call(operation, options);
		assert.equal(reply.status, status, reply.text);
		assert.match(reply.json.type, new RegExp(`${type}$`));
	};
	await problem('post_v1_sip_trunks', 409, 'trunk-exists', {json: {id: 'kept', registrar: 'a', user: 'x'}});
	await problem('post_v1_sip_trunks', 422, 'trunk', {json: {id: 'none', user: 'x'}});
	await problem('post_v1_sip_trunks', 422, 'trunk', {json: {id: 'bad', registrar: 'a', user: 'x', dial: ['no rule']}});
	await problem('post_v1_sip_trunks', 422, 'field', {json: {id: 'bad', registrar: 'a b', user: 'x'}});
	await problem('patch_v1_sip_trunks_id', 409, 'trunk-of-file', {path: {id: 'of-file'}, json: {user: 'x'}});
	await problem('delete_v1_sip_trunks_id', 409, 'trunk-of-file', {path: {id: 'of-file'}});
	await problem('get_v1_sip_trunks_id', 404, 'no-such-trunk', {path: {id: 'nobody'}});
	await remove('kept');
	assert.deepEqual(readdirSync(join(state, 'trunks')), []);
});

// ---- calls by the static trunk of the file

const callBecomes = (room, id, wanted) => eventually(JSON.stringify(wanted), async () => {
	const call = await server.get(`/v1/rooms/${room}/calls/${id}`);
	for (const [name, value] of Object.entries(wanted)) assert.deepEqual(call[name], value, JSON.stringify(call));
	return call;
});
async function dial(room, to, status = 202) {
	const reply = await api.call('post_v1_rooms_room_calls', {path: {room}, json: {to}});
	assert.equal(reply.status, status, reply.text);
	return reply.json;
}

test('OPTIONS are sent and tell whether the trunk is there', async () => {
	await trunkBecomes('of-file', {state: 'static', reachable: true});
	registrar.script = (text) => text.startsWith('OPTIONS') && {code: 0};
	await trunkBecomes('of-file', {reachable: false}, 20000);
	registrar.script = null;
	await trunkBecomes('of-file', {reachable: true}, 20000);
});

test('a number is rewritten and called by its trunk, with a Route; one that no trunk takes is refused', async () => {
	let invite;
	registrar.script = (text) => {
		if (!text.startsWith('INVITE')) return null;
		invite = text;
		return {code: 486};
	};
	const {id} = await dial('out', '9 (030) 55-5'.replaceAll(' ', ''));
	await callBecomes('out', id, {state: 'ended', outcome: 'busy', trunk: 'of-file'});
	assert.match(invite, /^INVITE sip:030555@127\.0\.0\.1;user=phone SIP/);
	assert.match(headerOf(invite, 'Route'), new RegExp(`^<sip:127\\.0\\.0\\.1:${registrar.port};lr>$`));
	registrar.script = null;
	assert.match((await dial('out', 'tel:+1555', 409)).type, /no-trunk$/);
	assert.match((await dial('out', 'user:alice', 409)).type, /not-registered$/);
});

test('what follows the INVITE bears the name and password of the trunk that asked, or none', () => withRegistrar(async (at) => {
	const got = {};
	const ringing = ['Require: 100rel', 'RSeq: 7', `Contact: <sip:x@127.0.0.1:${at.port}>`];
	const ask = () => ({code: 407, more: ['Proxy-Authenticate: Digest realm="provider", nonce="n1", qop="auth", algorithm=MD5']});
	at.script = (text) => {
		const method = text.split(' ')[0];
		(got[method] ??= []).push(text);
		if (method === 'OPTIONS') return {code: 200};
		if (method !== 'INVITE') return {code: method === 'ACK' ? 0 : 200};
		return headerOf(text, 'Proxy-Authorization') ? {code: 180, more: ringing} : ask();
	};
	await makeTrunk(account(at, {registrar: '', proxy: `127.0.0.1:${at.port}`, realm: 'provider', dial: ['8(.)=\\1']}));
	await trunkBecomes('carrier', {state: 'static', server: `udp 127.0.0.1:${at.port}`});
	const {id} = await dial('asked', '8055');
	await eventually('the 180 is acknowledged', () => assert.ok(got.PRACK));
	await api.call('delete_v1_rooms_room_calls_id', {path: {room: 'asked', id}});
	await eventually('CANCEL', () => assert.ok(got.CANCEL));
	for (const text of [got.INVITE[1], got.PRACK[0]]) {
		const fields = fieldsOf(headerOf(text, 'Proxy-Authorization')), [method, uri] = text.split(' ');
		assert.equal(fields.username, 'carrier', text);
		assert.equal(fields.response, digestOf({...fields, password: 'secret', method, uri}));
	}
	for (const text of [...got.CANCEL, ...got.ACK ?? []]) {
		const name = fieldsOf(headerOf(text, 'Proxy-Authorization')).username;
		assert.ok(name === undefined || name === 'carrier', text);
	}
}));

// The trunk has the address and port of `phone`.
const trunkAt = (phone, more = {}) => makeTrunk({id: 'carrier', proxy: `127.0.0.1:${phone.port}`, options_interval: 0, trusted: true, numbers: ['+4930(1XX)=team-\\1'],
	headers: ['X-Account=account'], ...more});

test('a call of a trunk is known by its address: numbers to rooms, asserted names, headers; a number of none is refused', async () => {
	const phone = await new Phone(PORT).open();
	const body = phone.offer();
	await trunkAt(phone);
	await trunkBecomes('carrier', {state: 'static', server: `udp 127.0.0.1:${phone.port}`});
	phone.send(phone.request('INVITE', {id: 'in-1', to: '+4930101', body, more: [
		'P-Asserted-Identity: "Carol" <sip:c@x>', 'X-Account: 4711']}));
	const ok = await phone.answer(200, 'INVITE', 'in-1');
	const tag = /;tag=[^;\r]+/.exec(headerOf(ok, 'To'))[0];
	phone.send(phone.request('ACK', {id: 'in-1', to: '+4930101', tag, branch: 'in-1-ack'}));
	const [call] = (await server.get('/v1/rooms/team-101/calls')).items;
	assert.equal(call.trunk, 'carrier');
	assert.equal(call.name, 'Carol');
	assert.deepEqual(call.attributes, {account: '4711'});
	// OPTIONS in the dialog
	phone.send(phone.request('OPTIONS', {id: 'in-1', to: '+4930101', tag, branch: 'in-1-o', cseq: 2}));
	await phone.answer(200, 'OPTIONS', 'in-1');
	await phone.hangUp({id: 'in-1', to: '+4930101', tag});
	phone.send(phone.request('INVITE', {id: 'in-2', to: '55', body}));
	await phone.answer(404, 'INVITE', 'in-2');
	await remove('carrier');
	phone.close();
});

test('a source that may be forged makes no call of a trunk: another port or transport, no trust, known by its token alone', async () => {
	const [phone, other] = [await new Phone(PORT).open(), await new Phone(PORT).open()];
	const ask = async (from, id, code) => {
		from.send(from.request('INVITE', {id, to: '+4930101', body: from.offer()}));
		await from.answer(code, 'INVITE', id);
	};
	for (const [id, more, from, code] of [
		['port', {}, other, 401], // of another one, who is asked for a password
		['trust', {trusted: false}, phone, 401],
		['token', {inbound: 'token'}, phone, 401],
		['address', {inbound: 'address', numbers: []}, phone, 404], // the trunk's: it has no such number
	]) {
		await trunkAt(phone, more);
		await trunkBecomes('carrier', {state: 'static', inbound: more.inbound ?? 'auto', server: `udp 127.0.0.1:${phone.port}`});
		await ask(from, `of-${id}`, code);
		await remove('carrier');
	}
	const narrow = await startServer({'sip.listen': `udp:127.0.0.1:${NARROW};tcp:127.0.0.1:${NARROW}`, 'sip.allow': '192.0.2.0/24', 'media.ports': '20100-20199',
		'sip.registrar': 'on', 'sip.users': 'alice:wonder', 'trunk plain.proxy': `127.0.0.1:${phone.port}`, 'trunk plain.options_interval': 0,
		'trunk stream.proxy': `127.0.0.1:${other.port}`, 'trunk stream.options_interval': 0, 'trunk stream.transport': 'tcp', 'trunk stream.trusted': 'on'});
	await eventually('the trunks have their addresses', async () => {
		assert.equal((await narrow.get('/v1/sip/trunks/plain')).server, `udp 127.0.0.1:${phone.port}`);
		assert.equal((await narrow.get('/v1/sip/trunks/stream')).server, `tcp 127.0.0.1:${other.port}`);
	});
	phone.server = other.server = NARROW;
	await ask(phone, 'allow', 403);
	await ask(other, 'datagram', 403);
	phone.send(phone.request('REGISTER', {id: 'allow-r'}));
	await phone.answer(403, 'REGISTER', 'allow-r');
	await narrow.stop();
	phone.close();
	other.close();
});

// ---- our own registrar

const registrations = async () => (await server.get('/v1/sip/registrations')).items;

test('phones register, are called as user:NAME, and unregister', async () => {
	const [phone, other] = [await new Registered(PORT).open(), await new Registered(PORT).open()];
	assert.match(await phone.register('alice', 'wonder'), /^SIP\/2\.0 200 [^]*^Contact: <sip:phone@127\.0\.0\.1:\d+>;expires=60;q=1\.000\r$/m);
	// through a NAT: the contact leads nowhere, the source counts; lower q
	assert.match(await other.register('alice', 'wonder', {contact: '<sip:alice@10.9.9.9:5060>;q=0.5', algorithm: 'MD5', expires: 99999}), /^SIP\/2\.0 200/);
	const listed = await registrations();
	assert.deepEqual(listed.map(({user, q, source}) => [user, q, source]),
		[['alice', 1, `udp 127.0.0.1:${phone.port}`], ['alice', 0.5, `udp 127.0.0.1:${other.port}`]]);
	phone.takeCalls();
	const {id} = await dial('desk', 'user:alice');
	await callBecomes('desk', id, {state: 'answered'});
	assert.match(phone.has('INVITE'), new RegExp(`^INVITE sip:phone@127\\.0\\.0\\.1:${phone.port} `));
	await api.call('delete_v1_rooms_room_calls_id', {path: {room: 'desk', id}});
	await callBecomes('desk', id, {state: 'ended'});
	assert.match(await phone.register('alice', 'wonder', {expires: 0}), /^SIP\/2\.0 200/);
	other.on('INVITE', (request) => other.reply(request, 486, 'Busy Here'));
	await callBecomes('desk', (await dial('desk', 'user:alice')).id, {outcome: 'busy'});
	assert.match(other.has('INVITE'), /^INVITE sip:alice@10\.9\.9\.9:5060 /);
	assert.match(await other.register('alice', 'wonder', {contact: '*', expires: 0}), /^SIP\/2\.0 200/);
	assert.deepEqual(await registrations(), []);
	phone.close();
	other.close();
});

test('registrations are bounded: wrong passwords, other names, brief ones, too many', async () => {
	const phone = await new Registered(PORT).open();
	assert.match(await phone.register('bob', 'guess'), /^SIP\/2\.0 401/);
	assert.match(await phone.register('bob', 'builder', {to: 'alice'}), /^SIP\/2\.0 403/);
	assert.match(await phone.register('bob', 'builder', {expires: 5}), /^SIP\/2\.0 423 [^]*^Min-Expires: 10\r$/m);
	assert.match(await phone.register('bob', 'builder', {contact: '*', expires: 60}), /^SIP\/2\.0 400/);
	assert.match(await phone.register('bob', 'builder', {contact: '<http://x>'}), /^SIP\/2\.0 400/);
	const five = Array.from({length: 5}, (_, i) => `<sip:b${i}@10.0.0.1>`).join(', ');
	assert.match(await phone.register('bob', 'builder', {contact: five}), /^SIP\/2\.0 503/);
	assert.deepEqual(await registrations(), []);
	phone.close();
});

test('REGISTERs that may be forged do not keep the phones of their address from registering', async () => {
	const [phone, forger] = [await new Registered(PORT).open(), await new Registered(PORT).open()];
	const flood = () => {
		for (let i = 0; i < 60; i++) forger.send(forger.request('REGISTER', {id: `forged-${i}`, branch: `forged-${i}-${Math.random()}`, cseq: 1}));
	};
	flood();
	assert.match(await phone.register('alice', 'wonder'), /^SIP\/2\.0 200/, 'a first time');
	for (let i = 0; i < 20; i++) flood(); // more than is answered
	assert.match(await phone.again(), /^SIP\/2\.0 200/, 'with the nonce that it has');
	assert.ok(forger.got.length >= 60 && forger.got.length < 1260, `${forger.got.length}: 401 are not without end`);
	assert.ok(forger.got.every((text) => text.startsWith('SIP/2.0 401')));
	assert.match(await phone.again({contact: '*', expires: 0}), /^SIP\/2\.0 200/);
	phone.close();
	forger.close();
});

// ---- kamailio

test('kamailio: calls both ways with record-routing, and a restart survived', async () => {
	let kamailio = await startKamailio(KAMAILIO, {tessera: 'mosaic', desk: 'phone'}, {seconds: 4});
	const phone = await new Registered(KAMAILIO).open();
	try {
		await makeTrunk({id: 'kamailio', registrar: 'pbx.test', proxy: `127.0.0.1:${KAMAILIO}`, user: 'tessera', password: 'mosaic', trusted: true,
			dial: ['(4711)=\\1'], numbers: ['tessera=lobby'], options_interval: 0});
		await trunkBecomes('kamailio', {state: 'registered'});
		await kamailio.stop();
		kamailio = await startKamailio(KAMAILIO, {tessera: 'mosaic', 4711: 'phone'}, {seconds: 60});
		await eventually('registered at the new one, which knew nothing', async () => {
			const trunk = await server.get('/v1/sip/trunks/kamailio');
			assert.ok(trunk.state === 'registered' && trunk.expires_ms - trunk.changed_ms > 30000, JSON.stringify(trunk));
		}, 20000);

		// out: to a phone that is registered there
		await registerAt(phone, '4711', 'phone');
		phone.takeCalls();
		const {id} = await dial('lobby', '4711');
		await callBecomes('lobby', id, {state: 'answered', trunk: 'kamailio'});
		const invite = phone.has('INVITE');
		assert.match(headerOf(invite, 'Record-Route'), new RegExp(`^<sip:127\\.0\\.0\\.1:${KAMAILIO};lr`));
		assert.match(headerOf(invite, 'From'), /<sip:tessera@pbx\.test>/);
		assert.doesNotMatch(invite, /^Proxy-Authorization/m);
		await api.call('delete_v1_rooms_room_calls_id', {path: {room: 'lobby', id}});
		await phone.heard('BYE'); // along the route
		assert.equal([...phone.has('BYE').matchAll(/^Via:/mg)].length, 2);

		// in: kamailio looks our registration up, and asserts who calls
		const call = await callThrough(phone, 'tessera');
		const [incoming] = (await server.get('/v1/rooms/lobby/calls')).items.filter((one) => one.direction === 'in');
		assert.equal(incoming.trunk, 'kamailio');
		assert.equal(incoming.name, 'Asserted by kamailio');
		assert.equal((await server.participants('lobby')).length, 1);
		await callBecomes('lobby', incoming.id, {state: 'answered'});
		await api.call('delete_v1_rooms_room_calls_id', {path: {room: 'lobby', id: incoming.id}});
		await eventually('BYE by the route', () => assert.ok(phone.got.some((text) => text.startsWith('BYE') && text.includes(call.id))));
	} finally {
		await remove('kamailio');
		await kamailio.stop();
		phone.close();
	}
});

async function registerAt(phone, user, password) {
	const text = (more, cseq) => phone.request('REGISTER', {id: `k-${user}`, to: user, branch: `k${cseq}`, cseq, more: ['Expires: 60', ...more]})
		.replace(/^REGISTER \S+/, 'REGISTER sip:pbx.test').replace(/^(To|From): <sip:[^>]*>/mg, `$1: <sip:${user}@pbx.test>`);
	phone.send(text([], 1));
	const challenge = fieldsOf(headerOf(await phone.answer(401, 'REGISTER'), 'WWW-Authenticate'));
	phone.send(text([authorization('Authorization', 'REGISTER', 'sip:pbx.test', user, password, challenge)], 2));
	await phone.answer(200, 'REGISTER');
}

function authorization(name, method, uri, username, password, {realm, nonce}) {
	const answer = digestOf({username, realm, password, method, uri, nonce, nc: '00000001', cnonce: 'c'});
	return `${name}: Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${answer}", qop=auth, nc=00000001, cnonce="c"`;
}

// A call of the phone by kamailio; up when it returns.
async function callThrough(phone, to) {
	const id = 'by-kamailio', uri = `sip:${to}@pbx.test`, body = phone.offer();
	const text = (more, cseq) => phone.request('INVITE', {id, to, body, branch: `i${cseq}`, cseq, more})
		.replace(/^INVITE \S+/, `INVITE ${uri}`).replace(/^To: <[^>]*>/m, `To: <${uri}>`).replace(/^From: <[^>]*>/m, 'From: "Not believed" <sip:4711@pbx.test>');
	const ack = (answered, target, tag, cseq, more = []) => phone.send(phone.request('ACK', {id, to, branch: more.length ? 'a2' : 'i1', cseq, more})
		.replace(/^ACK \S+/, `ACK ${target}`).replace(/^To: .*\r$/m, `To: <${uri}>${tag}\r`).replace(/^From: <[^>]*>/m, 'From: "Not believed" <sip:4711@pbx.test>'));
	phone.send(text([], 1));
	const asked = await phone.answer(407, 'INVITE', id);
	ack(asked, uri, /;tag=[^;\r]+/.exec(headerOf(asked, 'To'))[0], 1);
	phone.send(text([authorization('Proxy-Authorization', 'INVITE', uri, '4711', 'phone', fieldsOf(headerOf(asked, 'Proxy-Authenticate')))], 2));
	const ok = await phone.answer(200, 'INVITE', id);
	assert.match(headerOf(ok, 'Record-Route'), /;lr/);
	ack(ok, /<([^>]+)>/.exec(headerOf(ok, 'Contact'))[1], /;tag=[^;\r]+/.exec(headerOf(ok, 'To'))[0], 2, [`Route: ${headerOf(ok, 'Record-Route')}`]);
	return {id};
}

test('a server that ends unregisters; sip.dial holds for trunks made by REST, not for those of the file', async () => {
	const at = await new Registrar('127.0.0.1').open();
	const other = await startServer({'sip.listen': `udp:127.0.0.1:${PORT + 1}`, 'sip.dial': '10.0.0.0/8', 'node.state_dir': mkdtempSync(join(folder, 'trunks-')),
		'trunk f.registrar': `127.0.0.1:${at.port}`, 'trunk f.user': 'carrier', 'trunk f.password': 'secret'});
	const post = (id) => fetch(`${other.url}/v1/sip/trunks`, {method: 'POST', headers: {'Content-Type': 'application/json'},
		body: JSON.stringify({id, registrar: `127.0.0.1:${at.port}`, user: 'carrier', password: 'secret'})});
	assert.equal((await post('r')).status, 201);
	await eventually('one registers, one may not', async () => {
		const {items} = await other.get('/v1/sip/trunks');
		assert.deepEqual(items.map(({id, state, reason}) => [id, state, reason]), [['f', 'registered', null], ['r', 'failed', 'sip.dial']]);
	});
	assert.equal(at.bound.size, 1);
	await other.stop();
	assert.equal(at.bound.size, 0);
	at.close();
});

test('metrics count trunks by state', async () => {
	const metrics = await server.metrics();
	assert.equal(metrics['tessera_sip_trunks{state="static"}'], 1);
	assert.equal(metrics['tessera_sip_trunks{state="registered"}'], 0);
	assert.ok(metrics.tessera_sip_trunk_failures_total > 0);
});
