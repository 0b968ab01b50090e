// Calls by hand: bodies of several parts, answers in 18x, redirects, forks, whom the proxy's password is given, where a call may go and
// where its BYE goes, callers' digests.

import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {after, before, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {openApi} from './lib/api.mjs';
import {startServer} from './lib/server.mjs';
import {Phone, Rtp, response, statusOf} from './lib/sip.mjs';
import {eventually} from './lib/wait.mjs';

const PORT = 5974, PROXIED = 5975, GUARDED = 5976, REALM = 5977, CLOSED = 5978;
let server, api;

before(async () => {
	server = await startServer({'sip.listen': `udp:127.0.0.1:${PORT};tcp:127.0.0.1:${PORT}`, 'sip.invites_per_second': 100, 'media.ports': '20000-20099'});
	api = await openApi(server);
});
after(() => server.stop());

const hash = (algorithm, text) => createHash(algorithm).update(text).digest('hex');
const fieldsOf = (text) => Object.fromEntries([...(text ?? '').matchAll(/(\w+)="?([^",\r]*)"?/g)].map(([, name, value]) => [name, value]));
const headerOf = (text, name) => new RegExp(`^${name}: *(.*)\r$`, 'mi').exec(text)?.[1];
const part = (type, body, more = []) => ['--u', ...more, `Content-Type: ${type}`, '', body].join('\r\n');
const mixed = (...parts) => `${parts.join('\r\n')}\r\n--u--\r\n`;

async function withPhones(n, act, port = PORT) {
	const phones = await Promise.all(Array.from({length: n}, () => new Phone(port).open()));
	try {
		await act(...phones);
	} finally {
		for (const phone of phones) phone.close();
	}
}

async function dial(room, to, at = api) {
	const {status, json, text} = await at.call('post_v1_rooms_room_calls', {path: {room}, json: {to}});
	assert.equal(status, 202, text);
	return json.id;
}
const becomes = (room, id, wanted, from = server) => eventually(JSON.stringify(wanted), async () => {
	const call = await from.get(`/v1/rooms/${room}/calls/${id}`);
	for (const [name, value] of Object.entries(wanted)) assert.deepEqual(call[name], value, JSON.stringify(call));
	return call;
});

// PCMU alone; video, which is offered too, is refused.
function answerTo(request, phone) {
	const lines = [...request.matchAll(/^m=(\w+) \d+ (\S+)/mg)].map(([, kind, profile]) =>
		kind === 'audio' ? `m=audio 40000 ${profile} 0` : `m=${kind} 0 ${profile} 0`);
	return phone.offer(40000, lines);
}

test('the description is found wherever it stands: INVITE, re-INVITE, UPDATE, ACK', () => withPhones(1, async (phone) => {
	const type = 'multipart/mixed;boundary="u"';
	const isup = part('application/isup', 'x', ['Content-Disposition: signal;handling=optional']);
	const body = mixed(isup, part('application/sdp', phone.offer()));
	const ask = async (id, code, more) => {
		phone.send(phone.request('INVITE', {id, to: id, type, ...more}));
		return phone.answer(code, 'INVITE', id);
	};
	const ok = await ask('parts', 200, {body});
	const tag = /;tag=[^;\r]+/.exec(headerOf(ok, 'To'))[0];
	phone.send(phone.request('ACK', {id: 'parts', to: 'parts', tag, branch: 'parts-ack'}));
	for (const [cseq, method] of [[2, 'INVITE'], [3, 'UPDATE']]) {
		phone.send(phone.request(method, {id: 'parts', to: 'parts', tag, branch: `parts-${cseq}`, cseq, type, body}));
		const answer = await phone.heard(new RegExp(`^SIP/2\\.0 200 (?=[^]*^CSeq: ${cseq} ${method}\r$)`, 'm'));
		assert.match(answer, /^m=audio [1-9]\d* RTP\/AVP 0\r$/m);
		if (method === 'INVITE') phone.send(phone.request('ACK', {id: 'parts', to: 'parts', tag, branch: 'parts-ack2', cseq}));
	}
	await phone.hangUp({id: 'parts', to: 'parts', tag});

	const offer = await ask('late', 200, {});
	const late = /;tag=[^;\r]+/.exec(headerOf(offer, 'To'))[0];
	phone.send(phone.request('ACK', {id: 'late', to: 'late', tag: late, branch: 'late-ack', type, body: mixed(part('application/sdp', answerTo(offer, phone)))}));
	await eventually('the answer is taken', async () => assert.equal((await server.get('/v1/rooms/late/calls')).items[0].state, 'answered'));
	await phone.hangUp({id: 'late', to: 'late', tag: late});

	assert.match(await ask('must', 415, {body: mixed(part('application/sdp', phone.offer()),
		part('application/isup', 'x', ['Content-Disposition: signal;handling=required']))}), /^Accept: application\/sdp\r$/m);
	assert.match(await ask('zipped', 415, {type: 'application/sdp', body: 'x', more: ['Content-Encoding: gzip']}), /^Accept-Encoding: identity\r$/m);
}));

test('what a 18x said is the answer where the 200 says nothing', () => withPhones(1, async (phone) => {
	for (const [room, more] of [['early', []], ['reliable', ['Require: 100rel', 'RSeq: 1']]]) {
		phone.on('INVITE', (request) => {
			phone.reply(request, 183, 'Session Progress', {body: answerTo(request, phone), more: ['Content-Type: application/sdp', ...more].slice(1)});
			phone.reply(request, 200, 'OK');
		});
		const id = await dial(room, phone.uri);
		await becomes(room, id, {state: 'answered', code: 200});
		await api.call('delete_v1_rooms_room_calls_id', {path: {room, id}});
		await phone.heard('BYE ');
	}
	phone.on('INVITE', (request) => phone.reply(request, 200, 'OK'));
	await becomes('never', await dial('never', phone.uri), {state: 'ended', outcome: 'failed', reason: 'bad-answer'});
}));

test('a redirect is followed once, and only where calls may go', () => withPhones(2, async (one, two) => {
	const moved = (phone, to) => phone.on('INVITE', (request) =>
		phone.send(response(request, 302, 'Moved', {more: to.map((contact) => `Contact: ${contact}`)})));
	two.takeCalls();
	moved(one, ['<sip:x@169.254.169.254>;q=1.0', '<sip:x@127.0.0.1:22;transport=tcp>', `<${two.uri}>;q=0.5`]);
	const id = await dial('moved', one.uri);
	await becomes('moved', id, {state: 'answered'});
	const invite = two.has('INVITE ');
	assert.equal(headerOf(invite, 'Call-ID'), headerOf(one.has('INVITE '), 'Call-ID'));
	await api.call('delete_v1_rooms_room_calls_id', {path: {room: 'moved', id}});
	await two.heard('BYE ');

	moved(two, [`<${one.uri}>`]);
	moved(one, [`<${two.uri}>`]);
	const before = one.got.filter((text) => text.startsWith('INVITE ')).length;
	await becomes('loop', await dial('loop', one.uri), {state: 'ended', outcome: 'failed', code: 302});
	assert.equal(one.got.filter((text) => text.startsWith('INVITE ')).length, before + 1);
}));

test('a second fork that answers is acknowledged and ended', () => withPhones(1, async (phone) => {
	phone.on('BYE', (request) => phone.reply(request, 200, 'OK'));
	phone.on('INVITE', (request) => {
		const answer = response(request, 200, 'OK', {body: answerTo(request, phone), more: [`Contact: <${phone.uri}>`]});
		phone.send(answer);
		phone.send(answer.replace(';tag=phone', ';tag=other'));
	});
	const id = await dial('forks', phone.uri);
	await phone.heard(/^ACK [^]*^To: .*;tag=other\r$/m);
	await phone.heard(/^BYE [^]*^To: .*;tag=other\r$/m);
	await becomes('forks', id, {state: 'answered'});
	assert.ok(!phone.has(/^BYE [^]*^To: .*;tag=phone\r$/m));
}));

test('forks are ended once each, and not as many as somebody invents', () => withPhones(1, async (phone) => {
	phone.on('BYE', (request) => phone.reply(request, 200, 'OK'));
	phone.on('INVITE', (request) => {
		const answer = response(request, 200, 'OK', {body: answerTo(request, phone), more: [`Contact: <${phone.uri}>`]});
		phone.send(answer);
		for (let i = 0; i < 60; i++) phone.send(answer.replace(';tag=phone', `;tag=other${i % 30}`));
	});
	const id = await dial('invented', phone.uri);
	await becomes('invented', id, {state: 'answered'});
	const branches = () => new Set(phone.got.filter((text) => text.startsWith('BYE ')).map((text) => headerOf(text, 'Via')));
	await eventually('eight', async () => assert.equal(branches().size, 8));
	await sleep(300);
	assert.equal(branches().size, 8);
}));

test('who took our call answers it and ends it, though sip.allow lets them call nobody', () => withPhones(1, async (phone) => {
	const closed = await startServer({'sip.listen': `udp:127.0.0.1:${CLOSED}`, 'sip.allow': '127.0.0.9', 'media.ports': '20400-20499'});
	try {
		phone.takeCalls();
		phone.send(phone.request('INVITE', {id: 'stranger', body: phone.offer()}));
		await phone.answer(403, 'INVITE', 'stranger');
		const id = await dial('closed', phone.uri, await openApi(closed));
		await becomes('closed', id, {state: 'answered'}, closed);
		phone.send(phone.request('INVITE', {id: 'still', body: phone.offer()}));
		await phone.answer(403, 'INVITE', 'still');
		const invite = phone.has('INVITE '), call = headerOf(invite, 'Call-ID');
		phone.send([`BYE sip:x@127.0.0.1:${CLOSED} SIP/2.0`, `Via: SIP/2.0/UDP 127.0.0.1:${phone.port};branch=z9hG4bKbye`,
			`From: ${headerOf(invite, 'To')};tag=phone`, `To: ${headerOf(invite, 'From')}`, `Call-ID: ${call}`, 'CSeq: 1 BYE',
			'Max-Forwards: 70', 'Content-Length: 0', '', ''].join('\r\n'));
		await phone.answer(200, 'BYE', call);
		await becomes('closed', id, {state: 'ended', outcome: 'completed'}, closed);
	} finally {
		await closed.stop();
	}
}, CLOSED));

test('where a call may not go', async () => {
	const refused = ['sip:x@127.0.0.1:22;transport=tcp', 'sip:x@127.0.0.1:6379;transport=tcp', 'sip:x@169.254.169.254', 'sip:x@0.0.0.0', 'sip:x@224.0.1.75',
		'sip:x@[fe80::1]', 'sip:x@[fd00:ec2::254]', 'sip:x@[::ffff:169.254.169.254]', 'sips:x@127.0.0.1:443', 'sip:x@255.255.255.255'];
	for (const to of refused)
		assert.equal((await api.call('post_v1_rooms_room_calls', {path: {room: 'no'}, json: {to}})).status, 422, to);
	// an open port and a closed one are told in the same words
	const call = await becomes('no', await dial('no', 'sip:x@127.0.0.1:5099;transport=tcp'), {state: 'ended', outcome: 'failed'});
	assert.deepEqual([call.code, call.reason], [503, 'unreachable']);
});

// The caller says to be somewhere else, where a third phone listens.
test('what ends a call goes to who signals, whatever Contact and Record-Route say', () => withPhones(2, async (phone, third) => {
	for (const [id, more] of [['contact', []], ['route', [`Record-Route: <sip:127.0.0.3:${third.port};lr>`]]]) {
		const uri = phone.uri;
		phone.uri = `sip:phone@127.0.0.2:${third.port}`;
		await phone.call({id, to: id, more});
		phone.uri = uri;
		phone.on('BYE', (request) => phone.reply(request, 200, 'OK'));
		const [person] = await server.participants(id);
		await api.call('delete_v1_rooms_room_participants_id', {path: {room: id, id: person.id}});
		const bye = await phone.heard(new RegExp(`^BYE sip:phone@127\\.0\\.0\\.2:${third.port} [^]*^Call-ID: ${id}\r$`, 'm'));
		assert.equal(/^Route: /m.test(bye), id === 'route');
	}
	await sleep(200);
	assert.deepEqual(third.got, []);
}));

// ---- the proxy's password

const challenge = (realm, more = 'qop="auth", algorithm=MD5') => `Digest realm="${realm}", nonce="n1", ${more}`;

async function withProxy(settings, act) {
	await withPhones(1, async (proxy) => {
		const caller = await startServer({
			'sip.listen': `udp:127.0.0.1:${PROXIED}`, 'sip.proxy': `sip:127.0.0.1:${proxy.port}`, 'sip.proxy_user': 'trunk', 'sip.proxy_password': 'era1',
			'media.ports': '20200-20299', ...settings,
		});
		try {
			await act(proxy, caller, await openApi(caller));
		} finally {
			await caller.stop();
		}
	}, PROXIED);
}

const proofIn = (phone) => phone.has(/^(Proxy-)?Authorization: Digest /m);

test('the proxy gets the strongest answer that it asks for, and only for its realm', () => withProxy({'sip.proxy_realm': 'inner'}, async (proxy, caller, at) => {
	const ask = (code, more) => proxy.on('INVITE', (request) => {
		const proof = fieldsOf(/^(?:Proxy-)?Authorization: Digest (.*)\r$/m.exec(request)?.[1]);
		if (!proof.response) return proxy.reply(request, code, 'Prove It', {more});
		const sha = (text) => hash('sha256', text);
		assert.equal(proof.algorithm, 'SHA-256');
		assert.equal(proof.response, sha(`${sha('trunk:inner:era1')}:n1:${proof.nc}:${proof.cnonce}:auth:${sha(`INVITE:${proof.uri}`)}`));
		return proxy.reply(request, 486, 'Busy Here');
	});
	const name = 'Proxy-Authenticate';
	ask(407, [`${name}: ${challenge('inner')}`, `${name}: ${challenge('inner', 'qop="auth", algorithm=SHA-256')}`]);
	await becomes('a', await dial('a', 'sip:x@192.0.2.9', at), {outcome: 'busy'}, caller);
	assert.ok(proofIn(proxy));
	proxy.got.length = 0;
	for (const [code, more] of [
		[401, [`WWW-Authenticate: ${challenge('evil.example')}`]],       // of whoever was called, relayed
		[407, [`${name}: ${challenge('evil.example')}`]],
		[407, [`${name}: ${challenge('inner', 'algorithm=SHA-256')}`]],  // without qop, which RFC 2069 has for MD5 alone
		[407, [`${name}: ${challenge('inner', 'qop="auth", algorithm=SHA-512-256')}`]],
		[407, [`${name}: Basic realm="inner"`]],
	]) {
		ask(code, more);
		await becomes('b', await dial('b', 'sip:x@192.0.2.9', at), {state: 'ended', code}, caller);
		assert.equal(proofIn(proxy), undefined, more[0]);
	}
	proxy.got.length = 0;
	proxy.on('INVITE', (request) => { // MD5 without qop, and nothing else: RFC 2069
		const proof = fieldsOf(/^Proxy-Authorization: Digest (.*)\r$/m.exec(request)?.[1]);
		if (!proof.response) return proxy.reply(request, 407, 'Prove It', {more: [`${name}: ${challenge('inner', 'algorithm=MD5')}`]});
		const md5 = (text) => hash('md5', text);
		assert.equal(proof.qop, undefined);
		assert.equal(proof.response, md5(`${md5('trunk:inner:era1')}:n1:${md5(`INVITE:${proof.uri}`)}`));
		return proxy.reply(request, 486, 'Busy Here');
	});
	await becomes('b', await dial('b', 'sip:x@192.0.2.9', at), {outcome: 'busy'}, caller);
}));

test('no password for others than the proxy: the first realm counts, and none after a redirect', () => withProxy({}, async (proxy, caller, at) => {
	const refuse = (code, header) => proxy.on('INVITE', (request) => proxy.reply(request, proofIn(proxy) ? 486 : code, 'No', {more: [header]}));
	refuse(401, `WWW-Authenticate: ${challenge('evil.example')}`);
	await becomes('c', await dial('c', 'sip:x@192.0.2.9', at), {state: 'ended', code: 401}, caller);
	refuse(407, `Proxy-Authenticate: ${challenge('trunk.example')}`);
	await becomes('c', await dial('c', 'sip:x@192.0.2.9', at), {outcome: 'busy'}, caller);
	proxy.got.length = 0;
	refuse(407, `Proxy-Authenticate: ${challenge('evil.example')}`);
	await becomes('c', await dial('c', 'sip:x@192.0.2.9', at), {state: 'ended', code: 407}, caller);
	assert.equal(proofIn(proxy), undefined);
	let first = true;
	proxy.on('INVITE', (request) => {
		proxy.send(response(request, first ? 302 : 407, 'No', {more: [first ? 'Contact: <sip:y@192.0.2.10>' : `Proxy-Authenticate: ${challenge('trunk.example')}`]}));
		first = false;
	});
	await becomes('c', await dial('c', 'sip:x@192.0.2.9', at), {state: 'ended', code: 407}, caller);
	assert.ok(proxy.has('INVITE sip:y@192.0.2.10 '));
	assert.equal(proofIn(proxy), undefined);
}));

test('without a proxy nobody gets it', () => withPhones(1, async (phone) => {
	const caller = await startServer({'sip.listen': `udp:127.0.0.1:${REALM}`, 'sip.proxy_user': 'trunk', 'sip.proxy_password': 'era1', 'media.ports': '20300-20399'});
	try {
		phone.on('INVITE', (request) => phone.reply(request, 401, 'No', {more: [`WWW-Authenticate: ${challenge('evil.example')}`]}));
		await becomes('d', await dial('d', phone.uri, await openApi(caller)), {state: 'ended', code: 401}, caller);
		assert.equal(proofIn(phone), undefined);
	} finally {
		await caller.stop();
	}
}, REALM));

// ---- callers' digests

test('a caller proves a password once, for the room they call', async () => {
	const guarded = await startServer({'sip.listen': `udp:127.0.0.1:${GUARDED}`, 'sip.users': 'alice:wonderland', 'sip.invites_per_second': 100,
		'media.ports': '20400-20499'});
	try {
		await withPhones(1, async (phone) => {
			let n = 0;
			const invite = async (to, proof) => {
				const id = `d${n++}`;
				const request = phone.request('INVITE', {id, to, body: phone.offer(), more: proof ? [`Authorization: ${proof}`] : []});
				phone.send(request);
				const final = await phone.heard(new RegExp(`^SIP/2\\.0 [2-6]\\d\\d (?=[^]*^Call-ID: ${id}\r$)`, 'm'));
				phone.send(phone.request('ACK', {id, to, tag: /;tag=[^;\r]+/.exec(headerOf(final, 'To'))?.[0] ?? ''}));
				return final;
			};
			const nonceOf = async () => {
				const asked = await invite('roomA');
				const offered = [...asked.matchAll(/^WWW-Authenticate: Digest (.*)\r$/mg)].map(([, text]) => fieldsOf(text));
				assert.deepEqual(offered.map(({algorithm}) => algorithm), ['SHA-256', 'MD5']);
				assert.ok(offered.every(({qop}) => qop === 'auth'));
				return offered[0].nonce;
			};
			const prove = (nonce, {algorithm = 'SHA-256', to = 'roomA', uri = `sip:${to}@127.0.0.1:${GUARDED}`, nc = '00000001', password = 'wonderland', qop = 'auth'} = {}) => {
				const h = (text) => hash(algorithm === 'MD5' ? 'md5' : 'sha256', text);
				const [a1, a2] = [h(`alice:tessera:${password}`), h(`INVITE:${uri}`)];
				const answer = qop ? h(`${a1}:${nonce}:${nc}:c0:auth:${a2}`) : h(`${a1}:${nonce}:${a2}`);
				return `Digest username="alice", realm="tessera", nonce="${nonce}", uri="${uri}", response="${answer}", algorithm=${algorithm}` +
					(qop ? `, qop=auth, cnonce="c0", nc=${nc}` : '');
			};
			assert.notEqual(await nonceOf(), await nonceOf(), 'two at once have nonces of their own');
			const nonce = await nonceOf();
			const proof = prove(nonce);
			assert.equal(statusOf(await invite('roomA', proof)), 200);
			assert.match(await invite('roomA', proof), /^SIP\/2\.0 401 [^]*stale=true/, 'said again');
			assert.equal(statusOf(await invite('roomB', prove(nonce, {nc: '00000002'}))), 401, 'of another room');
			assert.equal(statusOf(await invite('roomA', prove(nonce, {nc: '00000002', algorithm: 'MD5'}))), 200, 'counted on');
			assert.equal(statusOf(await invite('roomA', prove(await nonceOf(), {qop: ''}))), 401, 'without qop');
			assert.equal(statusOf(await invite('roomA', prove(await nonceOf(), {password: 'mirror'}))), 401, 'wrong');
			const equal = prove(await nonceOf(), {uri: `SIP:%72oomA@127.0.0.1:${GUARDED};x=y`});
			assert.equal(statusOf(await invite('roomA', equal)), 200, 'an equal URI (RFC 3261 19.1.4)');
		}, GUARDED);
	} finally {
		await guarded.stop();
	}
});

// ---- names and numbers

test('names and numbers as people write them', () => withPhones(1, async (phone) => {
	const call = async (id, from, uri) => {
		const request = phone.request('INVITE', {id, to: id, body: phone.offer()})
			.replace(/^From: <sip:phone@127.0.0.1>/m, `From: ${from}`).replace(/^INVITE \S+/, `INVITE ${uri}`);
		phone.send(request);
		const ok = await phone.answer(200, 'INVITE', id);
		phone.send(phone.request('ACK', {id, to: id, tag: /;tag=[^;\r]+/.exec(headerOf(ok, 'To'))[0]}));
	};
	await call('said', '"John \\"The Duke\\" Wayne" <sip:j@h>', `sip:said;day=x@127.0.0.1:${PORT}`);
	await call('spaced', 'Bob  van der Berg <sip:j@h>', `sip:spaced@127.0.0.1:${PORT}`);
	await call('number', '<tel:+49-30>', `sip:12-(34)@127.0.0.1:${PORT};user=phone`);
	const nameIn = async (room) => (await server.participants(room)).map(({name}) => name);
	assert.deepEqual(await nameIn('said'), ['John "The Duke" Wayne']);
	assert.deepEqual(await nameIn('spaced'), ['Bob van der Berg']);
	assert.deepEqual(await nameIn('1234'), ['+4930']);
}));
