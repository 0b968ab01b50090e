// SIP below the dialog under load and abuse: descriptors, connections that say nothing, messages in floods, in pieces, too large, and
// what of all that is kept, answered and logged. Load is bounded in number and time.

import assert from 'node:assert/strict';
import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {readFile} from 'node:fs/promises';
import net from 'node:net';
import {after, before, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {offer} from './lib/api.mjs';
import {startServer} from './lib/server.mjs';
import {Phone, statusOf} from './lib/sip.mjs';
import {eventually} from './lib/wait.mjs';

const PORT = 5975, ALLOWED_PORT = 5976, FEW_PORT = 5977, FULL_PORT = 5989, FORGED_PORT = 5993, COOKIE_PORT = 5994;
let server;

before(async () => {
	server = await startServer({'sip.listen': `udp:127.0.0.1:${PORT};tcp:127.0.0.1:${PORT}`, 'sip.invites_per_second': 100});
});
after(() => server.stop());

let made = 0;
function request(method, {via = 'UDP', port = 5060, id = `id${++made}`, tag = `t${made}`, branch = `b${++made}`, more = [], length = 'Content-Length: 0'} = {}) {
	return [`${method} sip:127.0.0.1 SIP/2.0`, `Via: SIP/2.0/${via} 127.0.0.1:${port};rport;branch=z9hG4bK${branch}`, `From: <sip:f@127.0.0.1>;tag=${tag}`,
		'To: <sip:t@127.0.0.1>', `Call-ID: ${id}`, `CSeq: 1 ${method}`, 'Contact: <sip:f@127.0.0.1>', 'Max-Forwards: 70', ...more, ...length ? [length] : [], '', ''].join('\r\n');
}

// A connection, and what came over it; .closed: it has ended.
function connect(port = PORT, from = '127.0.0.1') {
	const socket = net.connect({port, host: '127.0.0.1', localAddress: from});
	const link = {socket, text: '', closed: false};
	socket.on('data', (bytes) => { link.text += bytes.toString('latin1'); });
	socket.on('error', () => {});
	socket.on('close', () => { link.closed = true; });
	link.end = () => socket.destroy();
	link.answered = (text) => eventually('an answer over TCP', () => assert.match(link.text, text));
	link.ended = (limitMs) => eventually('the connection is closed', () => assert.ok(link.closed), limitMs);
	return link;
}

// Repeats as RFC 3261 does, until there is an answer: how long that took.
async function ask(port = PORT, text = null) {
	const socket = createSocket('udp4').unref();
	let got = '';
	socket.on('message', (bytes) => { got ||= bytes.toString('latin1'); });
	socket.bind(0, '127.0.0.1');
	await once(socket, 'listening');
	const asked = text ?? request('OPTIONS', {port: socket.address().port}), start = Date.now();
	for (let wait = 500; !got && Date.now() - start < 12000; wait = Math.min(2 * wait, 4000)) {
		socket.send(asked, port, '127.0.0.1');
		for (const end = Date.now() + wait; !got && Date.now() < end;) await sleep(5);
	}
	socket.close();
	return {text: got, status: statusOf(got), ms: Date.now() - start};
}

// n datagrams at a rate; make(i) gives their bytes.
async function flood(n, perSecond, make, port = PORT) {
	const socket = createSocket('udp4').unref();
	let answers = 0;
	socket.on('message', () => answers++);
	socket.bind(0, '127.0.0.1');
	await once(socket, 'listening');
	const at = socket.address().port, start = Date.now();
	for (let i = 0; i < n;) {
		for (const due = Math.min(n, (Date.now() - start) * perSecond / 1000); i < due; i++) socket.send(make(i, at), port, '127.0.0.1');
		await sleep(2);
	}
	return {answers: () => answers, close: () => socket.close()};
}

test('1100 connections that say nothing take neither the process nor its descriptors', async () => {
	const few = await startServer({'sip.listen': `udp:127.0.0.1:${FEW_PORT};tcp:127.0.0.1:${FEW_PORT}`}, undefined, ['prlimit', '--nofile=1024:1024']);
	const join = () => fetch(`${few.url}/whip/crowd`, {method: 'POST', headers: {'Content-Type': 'application/sdp'}, body: offer('sendonly')});
	const links = [];
	try {
		const first = await join(); // ICE never comes: its agent is closed while the crowd is there
		assert.equal(first.status, 201);
		for (let i = 0; i < 1100; i++) {
			links.push(connect(FEW_PORT));
			if (i % 50 === 49) await sleep(10);
		}
		await eventually('the crowd has come and most were cut', async () => {
			const metrics = await few.metrics();
			assert.ok(metrics['tessera_sip_connections_cut_total{reason="full"}'] > 800);
			assert.ok(metrics.tessera_sip_connections <= 1024 / 4);
		});
		const honest = connect(FEW_PORT, '127.0.0.9');
		honest.socket.write(request('OPTIONS', {via: 'TCP'}));
		await honest.answered(/^SIP\/2\.0 200 /);
		assert.equal((await join()).status, 201);
		await eventually('those who never came are gone', async () => assert.deepEqual(await few.participants('crowd'), []), 30000);
		await few.assertIdle();
		assert.equal((await ask(FEW_PORT)).status, 200);
		honest.end();
	} finally {
		links.forEach((link) => link.end());
		await few.stop();
	}
});

test('a first connection is heard although others keep the share full, and hosts of calls stay', async () => {
	const full = await startServer({'sip.listen': `udp:127.0.0.1:${FULL_PORT};tcp:127.0.0.1:${FULL_PORT}`, 'sip.max_connections': 20});
	const good = (link) => link.socket.write(request('OPTIONS', {via: 'TCP'}));
	const links = [];
	const come = (from) => {
		links.push(connect(FULL_PORT, from));
		return links.at(-1);
	};
	try {
		// a call of this host was acknowledged
		const phone = await new Phone(FULL_PORT).open();
		await phone.hangUp(await phone.call({id: 'known', to: 'hall'}));
		const known = come('127.0.0.1');
		good(known);
		await known.answered(/^SIP\/2\.0 200 /);
		// strangers from an address each, all of whom said something good
		for (let i = 1; i <= 60; i++) {
			const stranger = come(`127.2.${i}.1`);
			good(stranger);
			await sleep(5);
		}
		await eventually('the share is full', async () => assert.ok((await full.metrics())['tessera_sip_connections_cut_total{reason="full"}'] >= 30));
		for (let i = 1; i <= 5; i++) {
			const honest = come(`127.1.${i}.1`);
			await sleep(20);
			good(honest);
			await honest.answered(/^SIP\/2\.0 200 /);
		}
		assert.equal(known.closed, false);
		phone.close();
	} finally {
		links.forEach((link) => link.end());
		await full.stop();
	}
});

test('a connection must say something good, and soon', async () => {
	const silent = connect(), pinging = connect(), trickling = connect(), good = connect();
	const pings = setInterval(() => pinging.socket.write('\r\n\r\n'), 300);
	const bytes = setInterval(() => trickling.socket.write('x'), 300);
	try {
		good.socket.write(`\r\n\r\n${request('OPTIONS', {via: 'TCP'})}`);
		await good.answered(/^SIP\/2\.0 200 [^]*\r\n\r\n$/); // no pong for the keep-alive of a stranger
		await silent.ended(15000);
		await pinging.ended(15000);
		assert.equal(pinging.text, '');
		await trickling.ended(25000);
		assert.ok(!good.closed);
		good.text = '';
		good.socket.write('\r\n\r\n');
		await good.answered(/^\r\n$/); // RFC 5626 4.4.1
	} finally {
		clearInterval(pings);
		clearInterval(bytes);
		for (const link of [silent, pinging, trickling, good]) link.end();
	}
});

// Bytes that the kernel holds between both ends of a connection, in the direction to the server.
async function onTheWay(link) {
	const own = link.socket.localPort.toString(16).padStart(4, '0').toUpperCase(), its = PORT.toString(16).toUpperCase();
	const rows = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((line) => line.trim().split(/[\s:]+/));
	const of = (from, to) => rows.find((row) => row[2] === from && row[4] === to) ?? assert.fail('the connection is gone');
	return parseInt(of(own, its)[6], 16) + parseInt(of(its, own)[7], 16);
}

test('keep-alives whose answers are never read take no memory, in a call or not', async () => {
	const sdp = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', 'm=audio 40000 RTP/AVP 0', ''].join('\r\n');
	for (const call of [false, true]) {
		const link = connect(), id = `unread${call}`;
		const ask = (method, more = {}) => link.socket.write(request(method, {via: 'TCP', id, tag: id, ...more}));
		const within = (method, tag) => link.socket.write(request(method, {via: 'TCP', id, tag: id}).replace('To: <sip:t@127.0.0.1>', `$&${tag}`).replace('CSeq: 1 BYE', 'CSeq: 2 BYE'));
		let tag;
		if (call) {
			link.socket.write(`${request('INVITE', {via: 'TCP', id, tag: id, length: `Content-Type: application/sdp\r\nContent-Length: ${sdp.length}`})}${sdp}`
				.replaceAll('sip:127.0.0.1', 'sip:unread@127.0.0.1'));
			await link.answered(/^SIP\/2\.0 200 /m);
			tag = /^To: .*(;tag=\S+)\r$/m.exec(link.text)[1];
			within('ACK', tag);
		} else {
			ask('OPTIONS');
			await link.answered(/^SIP\/2\.0 200 /);
		}
		const before = await server.rss();
		link.socket.pause();
		const bytes = Buffer.from('\r\n\r\n'.repeat(1 << 18));
		for (let i = 0; i < 16; i++) { // 8 MB of answers: the kernel takes half of it
			await new Promise((resolve) => link.socket.write(bytes, resolve));
			if (i === 15) await eventually('all was read', async () => assert.equal(await onTheWay(link), 0));
			const grown = await server.rss() - before;
			assert.ok(grown < 10000, `${grown} kB more`); // 170 MB once
		}
		link.text = '';
		link.socket.resume();
		ask('OPTIONS', {id: 'after'});
		await link.answered(/^SIP\/2\.0 200 [^]*^Call-ID: after\r$/m);
		if (call) {
			within('BYE', tag);
			await link.answered(/^CSeq: 2 BYE\r$/m);
		}
		link.end();
	}
});

test('the bytes of a connection are messages, or its end', async () => {
	const rows = [
		['Content-Length: -1', 400], ['Content-Length: 1x', 400], ['l: 0\r\nContent-Length: 0', 400], ['', 400], ['Content-Length:', 400],
		['Content-Length: 65536', 513], ['Content-Length: 4294967296', 513], ['Content-Length: 99999999999999999999', 513],
		[`X: ${'y'.repeat(60000)}\r\nContent-Length: 0`, 513],
	];
	for (const [length, status] of rows) {
		const link = connect();
		link.socket.write(request('OPTIONS', {via: 'TCP', length}));
		await link.answered(new RegExp(`^SIP/2\\.0 ${status} `));
		await link.ended();
	}
	const link = connect(), text = request('OPTIONS', {via: 'TCP', more: ['s:\r\n folded']});
	link.socket.setNoDelay(true);
	for (const byte of text) {
		link.socket.write(byte);
		await sleep(1);
	}
	const [one, two] = [request('OPTIONS', {via: 'TCP', id: 'one'}), request('OPTIONS', {via: 'TCP', id: 'two'})];
	link.socket.write(`${one}\r\n\r\n${two}`);
	await link.answered(/^SIP\/2\.0 200 [^]*Call-ID: one[^]*Call-ID: two/);
	link.end();
});

test('sip.allow is asked before a connection is kept and a message is read', async () => {
	const closed = await startServer({'sip.listen': `udp:127.0.0.1:${ALLOWED_PORT};tcp:127.0.0.1:${ALLOWED_PORT}`, 'sip.allow': '127.0.0.9'});
	try {
		const stranger = connect(ALLOWED_PORT), known = connect(ALLOWED_PORT, '127.0.0.9');
		known.socket.write(request('OPTIONS', {via: 'TCP'}));
		await known.answered(/^SIP\/2\.0 200 /);
		await stranger.ended(2000);
		assert.equal(stranger.text, '');
		known.end();
		assert.equal((await ask(ALLOWED_PORT)).status, 403);
	} finally {
		await closed.stop();
	}
});

test('floods of every method, with one Call-ID, leave nothing behind and do not stop honest callers', async () => {
	const methods = ['OPTIONS', 'REGISTER', 'SUBSCRIBE', 'NOTIFY', 'MESSAGE', 'PUBLISH', 'JUMP', 'BYE', 'CANCEL', 'UPDATE', 'INFO', 'INVITE', 'ACK'];
	const make = (id) => (i, port) => request(methods[i % methods.length], {port, id: id ?? `own${i}`, more: ['Require: x']});
	await ask();
	const before = await server.rss();
	const own = await flood(9000, 3000, make());
	await sleep(500);
	const grown = await server.rss() - before;
	assert.ok(grown < 10000, `${grown} kB more`); // a transaction each was 4 kB
	const running = flood(12000, 3000, make('one'));
	await sleep(2000);
	const honest = await ask();
	assert.equal(honest.status, 200);
	assert.ok(honest.ms < 5000, `answered after ${honest.ms} ms`);
	const one = await running;
	const responses = await flood(2000, 2000, (i) => request('OPTIONS', {id: 'one'}).replace(/^.*/, 'SIP/2.0 200 OK'));
	await sleep(500);
	assert.ok(own.answers() <= 9000 && one.answers() <= 12000 && responses.answers() === 0);
	for (const done of [own, one, responses]) done.close();
	const phone = await new Phone(PORT).open();
	await phone.hangUp(await phone.call({id: 'after-floods', to: 'after'}));
	phone.close();
});

test('datagrams that name a host as their source take nothing from its connections', async (t) => {
	const victim = await startServer({'sip.listen': `udp:127.0.0.1:${FORGED_PORT};tcp:127.0.0.1:${FORGED_PORT}`, 'sip.max_calls_per_address': 5});
	const link = connect(FORGED_PORT);
	try {
		const invites = await flood(40, 1000, (i, port) => request('INVITE', {port}), FORGED_PORT);
		await eventually('its calls over UDP are refused', async () => assert.equal((await ask(FORGED_PORT, request('INVITE'))).status, 503));
		link.socket.write(request('INVITE', {via: 'TCP', id: 'own'}).replaceAll('sip:127.0.0.1', 'sip:hall@127.0.0.1'));
		await link.answered(/^SIP\/2\.0 (200|503) /m);
		assert.match(link.text, /^SIP\/2\.0 200 /m);
		const asking = setInterval(() => link.socket.write(request('OPTIONS', {via: 'TCP'})), 20);
		const options = await flood(20000, 10000, (i, port) => request('OPTIONS', {port}), FORGED_PORT);
		clearInterval(asking);
		// above 4000 a second; a busy machine does not send so fast
		if (!((await victim.metrics())['tessera_sip_messages_refused_total{reason="rate"}'] > 100)) t.diagnostic('sent too slowly to be refused');
		link.socket.write(request('OPTIONS', {via: 'TCP', id: 'last'}));
		await link.answered(/^Call-ID: last\r$/m);
		assert.ok(!link.closed);
		for (const done of [invites, options]) done.close();
	} finally {
		link.end();
		await victim.stop();
	}
});

// Over UDP everybody may call from any address, and from so many at a time that none of them is believed. Who can hear us is: one who is
// asked to call once more, with what only they were told.
test('callers who forge their addresses cost others one more message, not their call', async (t) => {
	const door = await startServer({'sip.listen': `udp:127.0.0.1:${COOKIE_PORT}`, 'media.ports': '22000-23999'});
	t.after(() => door.stop());
	const forged = [];
	for (let n = 1; n <= 250; n++) {
		const socket = createSocket('udp4').unref();
		socket.bind(0, `127.0.3.${n}`);
		await once(socket, 'listening');
		forged.push(socket);
	}
	const body = new Phone(0).offer();
	let n = 0;
	const flooding = setInterval(() => {
		for (let k = 0; k < 6; k++, n++)
			forged[n % forged.length].send(request('INVITE', {id: `forged${n}`, more: ['Content-Type: application/sdp'], length: `Content-Length: ${body.length}`})
				.replaceAll('sip:127.0.0.1', `sip:flood${n % 12}@127.0.0.1`) + body, COOKIE_PORT, '127.0.0.1');
	}, 10);
	t.after(() => {
		clearInterval(flooding);
		for (const socket of forged) socket.close();
	});
	await eventually('their places are taken', async () => assert.ok((await door.metrics()).tessera_half_open_joins >= 60));

	const seen = {};
	for (let i = 0; i < 12; i++) {
		const phone = await new Phone(COOKIE_PORT).open(), id = `honest${i}`;
		phone.send(phone.request('INVITE', {id, to: 'hall', body: phone.offer()}));
		const first = await phone.heard(new RegExp(`^SIP/2\\.0 [2-6]\\d\\d [^]*Call-ID: ${id}\r`)), status = statusOf(first);
		seen[status] = (seen[status] ?? 0) + 1;
		let ok = first;
		if (status === 302) {
			const to = /^Contact: <sip:(\S+)@[^;>]+(;tsway=[0-9a-f]{16})>\r$/m.exec(first);
			assert.ok(to, first);
			phone.send(phone.request('ACK', {id, to: 'hall', tag: /^To: .*(;tag=\S+)\r$/m.exec(first)[1]}));
			phone.send(phone.request('INVITE', {id, to: 'hall', body: phone.offer(), branch: `${id}again`, cseq: 2})
				.replace(/^INVITE (\S+) /, `INVITE $1${to[2]} `));
			ok = await phone.heard(new RegExp(`^SIP/2\\.0 [2-6]\\d\\d [^]*Call-ID: ${id}\r[^]*CSeq: 2 INVITE`));
		}
		assert.equal(statusOf(ok), 200, ok);
		await phone.hangUp({id, to: 'hall', tag: /^To: .*(;tag=\S+)\r$/m.exec(ok)[1]});
		phone.close();
	}
	assert.ok(seen[302] > 0, JSON.stringify(seen));
	assert.equal(Object.keys(seen).filter((status) => status !== '200' && status !== '302').length, 0, JSON.stringify(seen));
	t.diagnostic(`${n} forged calls; honest ones were answered ${JSON.stringify(seen)}`);
});

// Datagrams may be lost, and a machine may be slow: what has no answer is sent again as RFC 3261 does, and what may be let through is
// reckoned from the time that it took.
test('requests within a call have a rate, and are not remembered for long', async (t) => {
	const CALLS = 10, EACH = 78, AT_ONCE = 40, PER_S = 10;
	const phone = await new Phone(PORT).open();
	const within = (call, method, cseq) => phone.send(phone.request(method, {id: `many${call.n}`, to: 'many', tag: call.tag, branch: `many${call.n}-${cseq}`, cseq}));
	const answers = () => { // 'many3 7 OPTIONS': [200, 200]
		const all = {};
		for (const text of phone.got) {
			const of = /^Call-ID: (\S+)\r$[^]*^CSeq: (\d+ \w+)\r$/m.exec(text);
			if (of && statusOf(text)) (all[`${of[1]} ${of[2]}`] ??= []).push(statusOf(text));
		}
		return all;
	};
	const to = (call, method, cseq) => answers()[`many${call.n} ${cseq} ${method}`] ?? [];
	const calls = [];
	t.after(() => phone.close());
	for (let n = 0; n < CALLS; n++) calls.push({n, tag: (await phone.call({id: `many${n}`, to: 'many'})).tag});

	const all = calls.flatMap((call) => Array.from({length: EACH}, (_, i) => [call, i + 2])), begun = performance.now();
	for (const [i, [call, cseq]] of all.sort(([, a], [, b]) => a - b).entries()) {
		within(call, 'OPTIONS', cseq);
		if (i % CALLS === CALLS - 1) await sleep(5);
	}
	await eventually('all have an answer', async () => {
		const got = answers(), left = all.filter(([call, cseq]) => !got[`many${call.n} ${cseq} OPTIONS`]);
		for (const [call, cseq] of left) within(call, 'OPTIONS', cseq);
		if (left.length) await sleep(500);
		assert.equal(left.length, 0);
	});
	const seconds = (performance.now() - begun) / 1000, got = answers();
	const taken = all.filter(([call, cseq]) => got[`many${call.n} ${cseq} OPTIONS`][0] === 200).length;
	const refused = all.filter(([call, cseq]) => got[`many${call.n} ${cseq} OPTIONS`][0] === 503).length;
	t.diagnostic(`${taken} taken, ${refused} refused in ${seconds.toFixed(1)} s`);
	assert.equal(taken + refused, CALLS * EACH);
	assert.ok(taken >= CALLS * AT_ONCE, `${taken} taken`);
	assert.ok(taken <= CALLS * (AT_ONCE + 1 + PER_S * seconds), `${taken} taken in ${seconds} s`);

	const [call] = calls;
	let cseq = 100;
	await eventually('one is taken again', async () => {
		within(call, 'OPTIONS', ++cseq);
		await sleep(200);
		assert.equal(to(call, 'OPTIONS', cseq)[0], 200);
	});
	within(call, 'OPTIONS', cseq);
	await eventually('it has its answer again', () => assert.deepEqual(to(call, 'OPTIONS', cseq), [200, 200]));
	await sleep(9000);
	within(call, 'OPTIONS', cseq);
	await eventually('it is forgotten', () => assert.deepEqual(to(call, 'OPTIONS', cseq), [200, 200, 500]));
	await eventually('the calls have ended', async () => {
		for (const one of calls) if (!to(one, 'BYE', 900).length) within(one, 'BYE', 900);
		await sleep(500);
		for (const one of calls) assert.equal(to(one, 'BYE', 900)[0], 200);
	});
});

test('a refused INVITE is answered once, or twice, and the same way when it comes again', async () => {
	const phone = await new Phone(PORT).open();
	const count = (id) => phone.got.filter((text) => text.includes(`Call-ID: ${id}\r`) && statusOf(text) >= 300);
	phone.send(phone.request('INVITE', {id: 'ext', more: ['Require: x'], body: phone.offer()}));
	phone.send(phone.request('INVITE', {id: 'room', to: 'no%2Froom', body: phone.offer()}));
	phone.send(phone.request('INVITE', {id: 'ports', body: phone.offer()}).replace(/Contact:.*/, 'Contact: <sip:x@127.0.0.1:70596>'));
	await sleep(8000);
	assert.equal(count('ext').length, 1);
	assert.equal(count('ports').length, 1);
	assert.ok(count('room').length >= 1 && count('room').length <= 2, `${count('room').length} answers`);
	phone.send(phone.request('INVITE', {id: 'ext', more: ['Require: x'], body: phone.offer()}));
	await eventually('it is answered again', () => assert.equal(count('ext').length, 2));
	const [first, again] = count('ext').map((text) => /^To: (.*)\r$/m.exec(text)[1]);
	assert.equal(first, again);
	assert.match(first, /;tag=/);
	assert.equal(statusOf(count('ports')[0]), 400);
	phone.close();
});

test('requests of up to 65507 bytes come over UDP, and answers as large go out', async () => {
	for (const size of [8000, 8300, 20000, 60000, 65507]) {
		const bare = request('OPTIONS', {id: 'large', more: ['Subject: ']});
		assert.equal((await ask(PORT, bare.replace('Subject: ', `Subject: ${'y'.repeat(size - bare.length)}`))).status, 200, `${size} bytes`);
	}
	const vias = Array.from({length: 300}, (_, i) => `Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK${'v'.repeat(100)}${i}`);
	const {text, status} = await ask(PORT, request('OPTIONS', {more: vias}));
	assert.equal(status, 200);
	assert.ok(text.length > 40000);
});

test('noise is neither logged line by line nor answered; strangers get no STUN', async () => {
	const lines = server.text.split('\n').length;
	const noise = await flood(5000, 5000, (i) => Buffer.from(`noise ${i} of nobody`));
	const stun = Buffer.concat([Buffer.from('000100002112a442', 'hex'), Buffer.alloc(12, 7)]);
	const pings = await flood(20, 100, () => stun);
	await sleep(500);
	assert.equal(noise.answers() + pings.answers(), 0);
	const more = server.text.split('\n').length - lines;
	assert.ok(more < 40, `${more} lines`);
	const metrics = await server.metrics();
	assert.equal(metrics['tessera_sip_messages_refused_total{reason="stun"}'], 20);
	noise.close();
	pings.close();
	assert.equal((await ask()).status, 200);
});
