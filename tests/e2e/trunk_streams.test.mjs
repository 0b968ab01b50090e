// Trunks over TCP and TLS, behind a NAT, and with several servers: whom we register at, whom we call, and by which connection we are called.

import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {after, before, test} from 'node:test';
import {openApi} from './lib/api.mjs';
import {startServer} from './lib/server.mjs';
import {Phone} from './lib/sip.mjs';
import {authority, digestOf, fieldsOf, headerOf, nameServer, Registrar, startKamailio, StreamRegistrar} from './lib/trunks.mjs';
import {eventually} from './lib/wait.mjs';

// What we say of where we are leads nowhere: nobody can connect to us.
const PORT = 5987, TLS_PORT = 5988, NOWHERE = '192.0.2.99', KAMAILIO = 5067, LOCAL = 5989;
const names = {'A sip.test': ['127.0.0.1'], 'A other.test': ['127.0.0.1']};
let server, api, dns, good, bad;

before(async () => {
	good = authority('trunk-good', 'DNS:sip.test');
	bad = authority('trunk-bad', 'DNS:sip.test');
	dns = await nameServer(names);
	server = await startServer({
		'sip.listen': `udp:127.0.0.1:${PORT};tcp:127.0.0.1:${PORT};tls:127.0.0.1:${TLS_PORT}`, 'sip.advertise': NOWHERE, 'sip.dns': dns.address, 'sip.dial': '127.0.0.0/8:1-65535',
		'sip.cert': good.cert, 'sip.key': good.key, 'sip.ca': good.ca, 'media.ports': '20000-20099',
	});
	api = await openApi(server);
});
after(async () => {
	await server.stop();
	dns.close();
});

const trunkBecomes = (wanted, id = 'carrier') => eventually(`trunk: ${JSON.stringify(wanted)}`, async () => {
	const trunk = await server.get(`/v1/sip/trunks/${id}`);
	for (const [name, value] of Object.entries(wanted)) assert.deepEqual(trunk[name], value, JSON.stringify(trunk));
	return trunk;
});
async function withTrunk(settings, act) {
	const {status, text} = await api.call('post_v1_sip_trunks', {json: {id: 'carrier', user: 'carrier', password: 'secret', options_interval: 0, ...settings}});
	assert.equal(status, 201, text);
	try {
		return await act();
	} finally {
		await api.call('delete_v1_sip_trunks_id', {path: {id: 'carrier'}});
	}
}
const callBecomes = (room, id, wanted) => eventually(JSON.stringify(wanted), async () => {
	const call = await server.get(`/v1/rooms/${room}/calls/${id}`);
	for (const [name, value] of Object.entries(wanted)) assert.deepEqual(call[name], value, JSON.stringify(call));
	return call;
});
async function dial(room, to) {
	const reply = await api.call('post_v1_rooms_room_calls', {path: {room}, json: {to}});
	assert.equal(reply.status, 202, reply.text);
	return reply.json.id;
}
const SDP = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', 'm=audio 40000 RTP/AVP 0', ''].join('\r\n');
const answerOf = (request, port = 40000) => SDP.slice(0, SDP.indexOf('m=')) + [...request.matchAll(/^m=(\w+) \d+ (\S+)/mg)]
	.map(([, kind, profile]) => `m=${kind} ${kind === 'audio' ? port : 0} ${profile} 0\r\n`).join('');

for (const kind of ['tcp', 'tls']) {
	test(`a trunk over ${kind}: calls both ways go over the connection of the registration, which is made again when it breaks`, async () => {
		const at = await new StreamRegistrar('127.0.0.1', kind === 'tls' ? good : null).open();
		const upper = kind.toUpperCase();
		const texts = (method) => at.texts.filter((text) => text.startsWith(method));
		const settings = {registrar: `sip.test:${at.port}`, transport: kind, dial: ['8(.)=\\1'], numbers: [`77=seven-${kind}`]};
		at.script = (text) => (text.startsWith('INVITE') ? {code: 200, body: answerOf(text), more: [`Contact: <sip:x@127.0.0.1:${at.port};transport=${kind}>`]}
			: text.startsWith('BYE') ? {code: 200} : null);
		await withTrunk(settings, async () => {
			await trunkBecomes({state: 'registered', server: `${kind} 127.0.0.1:${at.port}`});
			const via = headerOf(at.got[0].text, 'Via');
			assert.match(via, new RegExp(`^SIP/2\\.0/${upper} 192\\.0\\.2\\.99:${kind === 'tls' ? TLS_PORT : PORT};branch=[^;]+;rport;alias$`));
			assert.equal(at.streams.length, 1);

			// out
			const id = await dial('out', '855');
			await callBecomes('out', id, {state: 'answered', trunk: 'carrier', secure: kind === 'tls'});
			await eventually('ACK', () => assert.equal(texts('ACK').length, 1));
			await api.call('delete_v1_rooms_room_calls_id', {path: {room: 'out', id}});
			await eventually('BYE', () => assert.equal(texts('BYE').length, 1));
			assert.equal(at.streams.length, 1, 'one connection for all');

			// in: to what we registered, which nobody can connect to
			const contact = /<([^>]+)>/.exec([...at.bound.keys()][0])[1];
			assert.match(contact, /@192\.0\.2\.99:/);
			const head = (method, cseq, tag = '') => [`${method} ${contact} SIP/2.0`, `Via: SIP/2.0/${upper} 127.0.0.1:${at.port};branch=z9hG4bK${method}${cseq}`,
				'From: <sip:4711@sip.test>;tag=in', `To: <sip:77@sip.test>${tag}`, 'Call-ID: inward', `CSeq: ${cseq} ${method}`,
				`Contact: <sip:x@127.0.0.1:${at.port};transport=${kind}>`, 'Max-Forwards: 70'];
			at.send([...head('INVITE', 1), 'Content-Type: application/sdp', `Content-Length: ${SDP.length}`, '', SDP].join('\r\n'));
			const ok = await eventually('200', () => {
				const found = at.texts.find((text) => text.startsWith('SIP/2.0 200') && text.includes('Call-ID: inward'));
				assert.ok(found, at.texts.join('\n'));
				return found;
			});
			at.send([...head('ACK', 1, /;tag=[^;\r]+/.exec(headerOf(ok, 'To'))[0]), 'Content-Length: 0', '', ''].join('\r\n'));
			const call = await eventually('the call', async () => {
				const [one] = (await server.get(`/v1/rooms/seven-${kind}/calls`)).items;
				assert.equal(one?.state, 'answered');
				return one;
			});
			assert.equal(call.trunk, 'carrier');
			await api.call('delete_v1_rooms_room_calls_id', {path: {room: `seven-${kind}`, id: call.id}});
			await eventually('our BYE', () => assert.equal(texts('BYE').length, 2));
			assert.equal(at.streams.length, 1, 'one connection for all');

			// the NAT forgets it
			const n = at.got.length;
			at.stream.destroy();
			await eventually('registered by another one', () => assert.ok(at.streams.length === 2 && at.got.length > n));
			await trunkBecomes({state: 'registered'});
			at.stream.destroy();
			await eventually('and again', () => assert.equal(at.streams.length, 3));
			await trunkBecomes({state: 'registered'});
		});
		await eventually('unregistered', () => assert.equal(at.bound.size, 0));
		at.close();
	});
}

test('a TLS registrar without the right certificate gets nothing: another name, another authority', async () => {
	for (const [name, certificate] of [['other.test', good], ['sip.test', bad]]) {
		const at = await new StreamRegistrar('127.0.0.1', certificate).open();
		await withTrunk({registrar: `${name}:${at.port}`, transport: 'tls'}, async () => {
			await trunkBecomes({state: 'failed', code: null, reason: 'unreachable'});
			assert.deepEqual(at.texts, []);
		});
		at.close();
	}
});

test('flow keep-alives are sent to a registrar that asks for them (RFC 5626), and one that does not answer loses us', async () => {
	const at = await new StreamRegistrar('127.0.0.1').open();
	let pings = 0;
	const judge = at.judge.bind(at);
	at.script = (text) => {
		const said = judge(text);
		return said.code === 200 ? {...said, more: [...said.more, 'Flow-Timer: 10']} : said;
	};
	await withTrunk({registrar: `127.0.0.1:${at.port}`, transport: 'tcp'}, async () => {
		await trunkBecomes({state: 'registered'});
		at.stream.on('data', (text) => { pings += text === '\r\n\r\n'; });
		await eventually('a keep-alive', () => assert.ok(pings), 25000);
		await eventually('a new connection, as it had no answer', () => assert.equal(at.streams.length, 2), 20000);
	});
	at.close();
});

test('challenges: RFC 2069 without qop is answered by MD5; of SHA-256 and MD5 the stronger; auth-int alone not at all', async () => {
	const digest = (more) => `WWW-Authenticate: Digest realm="provider", nonce="n1"${more}`;
	for (const [more, wanted] of [
		[[''], {algorithm: 'MD5', qop: undefined, nc: undefined}],
		[[', algorithm=MD5, qop="auth"', ', algorithm=SHA-256, qop="auth"'], {algorithm: 'SHA-256', qop: 'auth'}],
		[['', ', algorithm=MD5, qop="auth,auth-int"'], {algorithm: 'MD5', qop: 'auth'}],
		[[', algorithm=MD5-sess, qop="auth"', ', algorithm=MD5, qop="auth"'], {algorithm: 'MD5', qop: 'auth'}],
		[[', qop="auth-int"', ', algorithm=SHA-256, qop="auth-int"'], null],
		[[', algorithm=SHA-256'], null],
	]) {
		const at = await new Registrar('127.0.0.1').open();
		at.script = (text) => {
			if (!text.startsWith('REGISTER')) return null;
			return headerOf(text, 'Authorization') ? {code: 200} : {code: 401, more: more.map(digest)};
		};
		await withTrunk({registrar: `127.0.0.1:${at.port}`, realm: 'provider'}, async () => {
			await trunkBecomes(wanted ? {state: 'registered'} : {state: 'failed', code: 401, reason: 'challenge-unsupported'});
			const given = headerOf(at.got.at(-1).text, 'Authorization');
			if (!wanted) return assert.equal(given, undefined);
			for (const [name, value] of Object.entries(wanted)) assert.equal(fieldsOf(given)[name], value, given);
			if (wanted.qop) assert.equal(fieldsOf(given).response, digestOf({...fieldsOf(given), password: 'secret', method: 'REGISTER'}));
			assert.match(given, /username="carrier"/);
		});
		at.close();
	}
});

// It was only slow, and takes the call when nobody wants it any more: of each of its phones it is told so.
async function assertEnded(hop, tag) {
	const before = hop.followed.length;
	await eventually(`ACK and BYE come to ${tag}`, async () => {
		hop.answer(200, {body: answerOf(hop.invite.text), tag, more: [`Contact: <sip:x@${hop.address}:${hop.port}>`]});
		const came = hop.followed.slice(before).filter((text) => headerOf(text, 'To').includes(`tag=${tag}`)).map((text) => text.split(' ')[0]);
		assert.deepEqual(came.slice(0, 2), ['ACK', 'BYE']);
	});
}

test('a call goes on to the next server of the names: one that says 503, one that refuses, one that is silent', async () => {
	const [silent, busy, last] = [await new Registrar('127.0.0.41').open(5071), await new Registrar('127.0.0.42').open(5071), await new Registrar('127.0.0.43').open(5071)];
	Object.assign(names, {
		'NAPTR many.test': [[10, 10, 'SIP+D2T', '_sip._tcp.many.test'], [20, 10, 'SIP+D2U', '_sip._udp.many.test']],
		'SRV _sip._tcp.many.test': [[10, 0, 9, 'closed.many.test']], // nobody listens there
		'SRV _sip._udp.many.test': [[10, 0, 5071, 'a.many.test'], [20, 0, 5071, 'b.many.test'], [30, 0, 5071, 'c.many.test']],
		'A closed.many.test': ['127.0.0.44'], 'A a.many.test': ['127.0.0.41'], 'A b.many.test': ['127.0.0.42'], 'A c.many.test': ['127.0.0.43'],
	});
	const asked = [];
	const says = (name, said) => (text) => {
		if (text.startsWith('INVITE')) asked.push(name);
		return text.startsWith('INVITE') ? said(text) : {code: text.startsWith('BYE') ? 200 : 0};
	};
	silent.script = says('silent', () => ({code: 0}));
	busy.script = says('busy', () => ({code: 503}));
	last.script = says('last', (text) => ({code: 200, body: answerOf(text), more: ['Contact: <sip:x@127.0.0.43:5071>']}));
	await withTrunk({proxy: 'many.test', dial: ['8(.)=\\1']}, async () => {
		await trunkBecomes({state: 'static', server: 'tcp 127.0.0.44:9'});
		const id = await dial('over', '855');
		await callBecomes('over', id, {state: 'answered', trunk: 'carrier', code: 200});
		assert.deepEqual([...new Set(asked)], ['silent', 'busy', 'last']);
		await assertEnded(silent, 'a');
		await callBecomes('over', id, {state: 'answered', trunk: 'carrier', code: 200});
		await api.call('delete_v1_rooms_room_calls_id', {path: {room: 'over', id}});
		await callBecomes('over', id, {state: 'ended'});
		await assertEnded(silent, 'b');
		// likewise where nobody answered
		last.script = says('last', () => ({code: 486}));
		await callBecomes('over', await dial('over', '858'), {state: 'ended', outcome: 'busy', code: 486});
		await assertEnded(silent, 'c');
		// all of them refuse
		last.script = says('last', () => ({code: 503}));
		silent.script = says('silent', () => ({code: 503}));
		await callBecomes('over', await dial('over', '856'), {state: 'ended', outcome: 'failed', code: 503});
		// who is busy says so for all: no other is asked
		asked.length = 0;
		silent.script = says('silent', () => ({code: 486}));
		await callBecomes('over', await dial('over', '857'), {state: 'ended', outcome: 'busy', code: 486});
		assert.deepEqual([...new Set(asked)], ['silent']);
	});
	for (const one of [silent, busy, last]) one.close();
});

test('kamailio: over TCP, record-routing both ways by the connection of the registration, which it takes for our address (RFC 5923)', async () => {
	const kamailio = await startKamailio(KAMAILIO, {tessera: 'mosaic', 4711: 'phone'});
	const phone = await new Phone(KAMAILIO).open();
	const here = await startServer({'sip.listen': `udp:127.0.0.1:${LOCAL};tcp:127.0.0.1:${LOCAL}`, 'media.ports': '20100-20199', 'trunk pbx.registrar': 'pbx.test',
		'trunk pbx.proxy': `127.0.0.1:${KAMAILIO}`, 'trunk pbx.user': 'tessera', 'trunk pbx.password': 'mosaic', 'trunk pbx.transport': 'tcp',
		'trunk pbx.trusted': 'on', 'trunk pbx.dial': '(4711)=\\1', 'trunk pbx.numbers': 'tessera=lobby'});
	const connections = () => execFileSync('ss', ['-Htn', 'state', 'established', `( sport = :${LOCAL} )`], {encoding: 'utf8'}).trim();
	const hangUp = (id) => fetch(`${here.url}/v1/rooms/lobby/calls/${id}`, {method: 'DELETE'});
	const answered = (test) => eventually('up, so the ACK came', async () => {
		const one = (await here.get('/v1/rooms/lobby/calls')).items.find(test);
		assert.equal(one?.state, 'answered', JSON.stringify(one));
		assert.equal(one.trunk, 'pbx');
		return one;
	});
	try {
		await eventually('registered', async () => assert.equal((await here.get('/v1/sip/trunks/pbx')).state, 'registered'));
		const uri = 'sip:tessera@pbx.test', body = phone.offer();
		const head = (method, to, cseq, tag = '', more = []) => phone.request(method, {id: 'natted', tag, cseq, branch: `${method}${cseq}`, more, body: method === 'INVITE' ? body : ''})
			.replace(/^(\w+) \S+/, `$1 ${to}`).replace(/^To: <[^>]*>/m, `To: <${uri}>`).replace(/^From: <[^>]*>/m, 'From: <sip:4711@pbx.test>');
		phone.send(head('INVITE', uri, 1));
		const asked = await phone.answer(407, 'INVITE', 'natted');
		phone.send(head('ACK', uri, 1, /;tag=[^;\r]+/.exec(headerOf(asked, 'To'))[0]).replace('z9hG4bKACK1', 'z9hG4bKINVITE1'));
		const {realm, nonce} = fieldsOf(headerOf(asked, 'Proxy-Authenticate'));
		const fields = {username: '4711', realm, nonce, uri, nc: '00000001', cnonce: 'c'};
		phone.send(head('INVITE', uri, 2, '', [`Proxy-Authorization: Digest username="4711", realm="${realm}", nonce="${nonce}", uri="${uri}", ` +
			`response="${digestOf({...fields, password: 'phone', method: 'INVITE'})}", qop=auth, nc=00000001, cnonce="c"`]));
		const ok = await phone.answer(200, 'INVITE', 'natted');
		const target = /<([^>]+)>/.exec(headerOf(ok, 'Contact'))[1], tag = /;tag=[^;\r]+/.exec(headerOf(ok, 'To'))[0];
		assert.match(target, new RegExp(`@127\\.0\\.0\\.1:${LOCAL};transport=tcp$`));
		const routes = [...ok.matchAll(/^Record-Route: (.*)\r$/mg)].map(([, one]) => one).join(', ').split(/, */).reverse();
		assert.ok(routes[0].includes(';lr'), routes.join());
		const route = [`Route: ${routes.join(', ')}`];
		phone.send(head('ACK', target, 2, tag, route));
		const call = await answered(({direction}) => direction === 'in');
		assert.equal(connections(), '', 'nobody has connected to us');
		phone.on('BYE', (request) => phone.reply(request, 200, 'OK'));
		await hangUp(call.id);
		await phone.heard('BYE');
		assert.equal(connections(), '');
	} finally {
		await here.stop();
		await kamailio.stop();
		phone.close();
	}
});
