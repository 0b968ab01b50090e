// Phones: many calls at once and their memory, delayed offers, hold and resume, digest, session timers, CANCEL, limits; whom we
// call and what became of it.
//
// TS_SIP_CALLS=500 has as many calls; 60 else.

import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {openApi} from './lib/api.mjs';
import {folder} from './lib/media.mjs';
import {startServer} from './lib/server.mjs';
import {Phone, portsOf, Rtp, sipp, statusOf} from './lib/sip.mjs';
import {Reader} from './lib/sse.mjs';
import {eventually} from './lib/wait.mjs';

const CALLS = Number(process.env.TS_SIP_CALLS ?? 60), RATE = 20, TALK_MS = 2000;
// What is kept of a call that ended (its messages, ten minutes or 500 calls), and what the heap needs to breathe.
const KEPT_KB = 20, SLACK_KB = 6144;
const PORT = 5970, GUARDED = 5971;
const MEDIA_PORTS = '20000-29999'; // four of them a call
let server, guarded, api;

before(async () => {
	server = await startServer({
		'sip.listen': `udp:127.0.0.1:${PORT};tcp:127.0.0.1:${PORT}`, 'sip.invites_per_second': 200, 'sip.max_calls': 1000,
		'sip.max_calls_per_address': 1000, 'sip.min_session_expires': 4, 'sip.rtp_timeout': 0, 'sip.numbers': '9(X.)=room-\\1',
		'limits.max_rooms': 1000, 'media.ports': MEDIA_PORTS,
	});
	api = await openApi(server);
	guarded = await startServer({
		'sip.listen': `udp:127.0.0.1:${GUARDED}`, 'sip.users': 'alice:wonderland', 'sip.digest': 'md5', 'sip.max_calls_per_address': 1, 'sip.invites_per_second': 5,
		'media.ports': '30000-30001',
	});
});
after(async () => {
	await server.stop();
	await guarded.stop();
});

// ---- sipp

// Milliseconds from INVITE to 200, sorted; of the newest file that sipp left.
function responseTimes() {
	const file = readdirSync(folder).find((name) => /^call_\d+_rtt\.csv$/.test(name));
	const rows = readFileSync(join(folder, file), 'utf8').trim().split('\n').slice(1);
	rmSync(join(folder, file));
	return rows.map((row) => Number(row.split(';')[1])).sort((a, b) => a - b);
}

async function manyCalls(n, transport, prefix) {
	const rooms = join(folder, `${prefix}.csv`);
	writeFileSync(rooms, `SEQUENTIAL\n${Array.from({length: n}, (_, i) => `${prefix}${i}`).join('\n')}\n`);
	await sipp('call', ['-inf', rooms, '-m', n, '-r', RATE, '-l', n, '-d', TALK_MS, '-t', transport, '-trace_rtt', '-rtt_freq', '1'],
		{port: PORT, seconds: 60 + n / RATE});
	await server.assertIdle(30000);
	assert.deepEqual((await server.get('/v1/rooms')).items, []);
	const times = responseTimes();
	assert.equal(times.length, n);
	console.log(`# ${n} calls, ${transport}: INVITE to 200 p50 ${times[n >> 1].toFixed(1)} ms, p99 ${times[Math.floor(n * 0.99)].toFixed(1)} ms; ` +
		`${await server.rss()} kB resident`);
}

test(`${CALLS} calls at ${RATE} a second, a room each: none fails, all is given back`, {timeout: 170000}, async () => {
	await manyCalls(CALLS / 2, 'u1', 'warm');
	const before = await server.rss();
	await manyCalls(CALLS, 'u1', 'cold');
	const limit = before + CALLS * KEPT_KB + SLACK_KB;
	await eventually('memory goes back', async () => assert.ok(await server.rss() < limit, `${before} kB, then ${await server.rss()} kB`));
	await manyCalls(20, 't1', 'tcp');
});

test('digest: the right password enters, a wrong one does not', async () => {
	await sipp('digest', ['-s', 'inner', '-auth_uri', `inner@127.0.0.1:${GUARDED}`, '-au', 'alice', '-ap', 'wonderland'], {port: GUARDED});
	await sipp('digest_wrong', ['-s', 'inner', '-au', 'alice', '-ap', 'looking-glass'], {port: GUARDED});
	await sipp('digest_wrong', ['-s', 'inner', '-au', 'bob', '-ap', 'wonderland'], {port: GUARDED});
});

// ---- by hand: calls that come

async function withPhone(port, act) {
	const phone = await new Phone(port).open();
	try {
		await act(phone);
	} finally {
		phone.close();
	}
}

const callsOf = async (room) => (await server.get(`/v1/rooms/${room}/calls`)).items;

// In one segment, so that nothing can answer in between.
test('a call that is cancelled while it rings ends 487', async () => {
	const phone = new Phone(PORT), socket = net.connect(PORT, '127.0.0.1');
	await once(socket, 'connect');
	phone.port = socket.localPort;
	phone.uri = `sip:phone@127.0.0.1:${phone.port};transport=tcp`;
	let text = '';
	socket.setEncoding('latin1').on('data', (more) => { text += more; });
	const invite = phone.request('INVITE', {id: 'cancelled', to: 'cancelled', body: phone.offer()});
	const cancel = phone.request('CANCEL', {id: 'cancelled', to: 'cancelled'});
	socket.write((invite + cancel).replaceAll('SIP/2.0/UDP', 'SIP/2.0/TCP'));
	const answers = () => text.split('\r\n\r\n').map((message) => `${statusOf(message)} ${/^CSeq: 1 (.*)\r$/m.exec(message)?.[1]}`);
	await eventually('all is answered', () => assert.deepEqual(answers().slice(0, 2), ['200 CANCEL', '487 INVITE']));
	const [call] = await callsOf('cancelled');
	assert.deepEqual([call.state, call.outcome, call.code], ['ended', 'cancelled', 487]);
	assert.deepEqual(await server.participants('cancelled'), []);
	socket.destroy();
	phone.close();
});

test('what is not supported is said to be so', () => withPhone(PORT, async (phone) => {
	phone.send(phone.request('INVITE', {id: 'a', more: ['Require: precondition'], body: phone.offer()}));
	assert.match(await phone.answer(420), /^Unsupported: precondition\r$/m);
	phone.send(phone.request('REGISTER', {id: 'b'}));
	assert.match(await phone.answer(405, 'REGISTER'), /^Allow: INVITE, /m);
	phone.send(phone.request('OPTIONS', {id: 'c'}));
	assert.match(await phone.answer(200, 'OPTIONS'), /^Supported: timer, 100rel, replaces, norefersub\r$/m);
	phone.send(phone.request('INVITE', {id: 'd', to: 'no%2Froom', body: phone.offer()}));
	await phone.answer(404);
	phone.send(phone.request('INVITE', {id: 'e', more: ['Session-Expires: 2', 'Supported: timer'], body: phone.offer()}));
	assert.match(await phone.answer(422), /^Min-SE: 4\r$/m);
	phone.send(phone.request('INVITE', {id: 'f', body: phone.offer().replace('AVP 0', 'AVP 3')}));
	await phone.answer(488);
	phone.send(phone.request('BYE', {id: 'g'}));
	await phone.answer(481, 'BYE');
}));

test('a number means a room; its trace has no secrets', () => withPhone(PORT, async (phone) => {
	phone.send(phone.request('INVITE', {id: 'number', to: '9123', more: ['Authorization: Digest username="a", response="0123456789abcdef"'],
		body: phone.offer(40000, ['m=audio PORT RTP/SAVP 0', `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${'A'.repeat(40)}`])}));
	await phone.answer(200);
	const [call] = await callsOf('room-123');
	assert.equal(call.state, 'ringing', 'no ACK yet');
	const {items} = await server.get(`/v1/rooms/room-123/calls/${call.id}/ladder`);
	const text = items.map((item) => item.text).join('');
	assert.match(text, /^INVITE sip:9123@/);
	assert.match(text, /^SIP\/2.0 200 OK/m);
	assert.equal([...text.matchAll(/^a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(hidden\)\r$/mg)].length, 2);
	assert.doesNotMatch(text, /AAAA|0123456789abcdef/);
}));

// These mostly wait.
describe('in a call', {concurrency: true}, () => {
	for (const transport of ['u1', 't1']) {
		test(`delayed offer; hold and resume by re-INVITE and UPDATE (${transport})`, async () => {
			const reader = new Reader(`${server.url}/v1/events`);
			await reader.open();
			await sipp('hold', ['-s', `hold-${transport}`, '-t', transport], {port: PORT});
			await eventually('held and taken up again, twice', () => {
				const states = reader.calls.filter((call) => call.room === `hold-${transport}`).map((call) => call.state);
				assert.match(states.join(), /held,answered,held,answered/);
			});
			reader.drop();
		});
	}

	test('session timers are refreshed by us, by UPDATE', () => sipp('refresh', ['-s', 'long'], {port: PORT}));

	test('a caller who promised to refresh and does not is hung up on', () => withPhone(PORT, async (phone) => {
		const more = ['Session-Expires: 4;refresher=uac', 'Supported: timer'];
		const {ok} = await phone.call({id: 'silent', to: 'silent', more});
		assert.match(ok, /^Session-Expires: 4;refresher=uac\r$/m);
		await phone.heard('BYE ');
		assert.equal((await callsOf('silent'))[0].reason, 'session-expired');
	}));

	test('a caller without UPDATE is refreshed by re-INVITE with the same description', () => withPhone(PORT, async (phone) => {
		const more = ['Session-Expires: 8;refresher=uas', 'Supported: timer', 'Allow: INVITE, ACK, BYE'];
		phone.on('INVITE', (request) => phone.reply(request, 200, 'OK',
			{body: phone.offer(), more: ['Session-Expires: 8;refresher=uac', 'Require: timer']}));
		const call = await phone.call({id: 'old', to: 'old', more});
		const body = (text) => text.slice(text.indexOf('\r\n\r\n'));
		await eventually('two refreshes', () => assert.ok(new Set(phone.got.filter((text) => text.startsWith('INVITE ')).map((text) => /^CSeq: .*/m.exec(text)[0])).size >= 2));
		assert.equal(body(phone.has('INVITE ')), body(call.ok));
		await phone.heard('ACK ');
		await phone.hangUp(call);
	}));

	test('a call without media ends, but not on hold', async (t) => {
		const strict = await startServer({'sip.listen': 'udp:127.0.0.1:5973', 'sip.rtp_timeout': 4, 'media.ports': MEDIA_PORTS,
			'media.max_picture': '640x480'});
		t.after(() => strict.stop());
		await withPhone(5973, async (phone) => {
			const small = await phone.call({id: 'small', to: 'small', body: phone.offer(0, ['m=audio 4000 RTP/AVP 0',
				'm=video 4002 RTP/AVP 97', 'a=rtpmap:97 H264/90000', 'a=fmtp:97 profile-level-id=42e028'])});
			assert.match(small.ok, /^a=fmtp:97 .*profile-level-id=42e01e/m, 'level 3.0: no larger pictures');
			await phone.hangUp(small);
			const call = await phone.call({id: 'dead', to: 'dead'});
			const again = async (cseq, body) => {
				phone.send(phone.request('INVITE', {...call, branch: `dead${cseq}`, cseq, body}));
				await phone.heard(new RegExp(`^SIP/2\\.0 200 [^]*^CSeq: ${cseq} INVITE\r$`, 'm'));
				phone.send(phone.request('ACK', {...call, branch: `dead${cseq}a`, cseq}));
			};
			await again(2, `${phone.offer()}a=sendonly\r\n`);
			await sleep(6000);
			assert.equal(phone.has('BYE '), undefined, 'still on hold');
			await again(3, phone.offer());
			await phone.heard('BYE ');
			assert.equal((await strict.get('/v1/rooms/dead/calls')).items[0].reason, 'rtp-timeout');
		});
	});
});

// Where a description offers no feedback, RFC 5168 is all there is.
test('pictures are asked for by INFO, both ways', () => withPhone(PORT, async (phone) => {
	const audio = await new Rtp().open(), video = await new Rtp().open();
	phone.on('INFO', (request) => phone.reply(request, 200, 'OK'));
	const call = await phone.call({id: 'info', to: 'info', body: phone.offer(0, [`m=audio ${audio.port} RTP/AVP 0`,
		`m=video ${video.port} RTP/AVP 97`, 'a=rtpmap:97 H264/90000', 'a=fmtp:97 profile-level-id=42e01f'])});
	assert.doesNotMatch(call.ok, /a=rtcp-fb/);
	video.talk(portsOf(call.ok)[1], Buffer.from([0x41, 0x9a, 0x00]), 97, 100); // a slice that needs another picture
	assert.match(await phone.heard('INFO '), /<picture_fast_update/);
	await eventually('the mix comes', () => assert.ok(video.frames > 5));
	const sent = async () => (await server.metrics())['tessera_keyframes_total{direction="sent"}'];
	const before = await sent();
	phone.send(phone.request('INFO', {id: 'info', to: 'info', tag: call.tag, branch: 'info-info', cseq: 2, type: 'application/media_control+xml',
		body: '<media_control><vc_primitive><to_encoder><picture_fast_update/></to_encoder></vc_primitive></media_control>'}));
	await phone.answer(200, 'INFO');
	await eventually('a keyframe', async () => assert.ok(await sent() > before));
	phone.send(phone.request('INFO', {id: 'info', to: 'info', tag: call.tag, branch: 'info-key', cseq: 3, type: 'application/x-keys', body: 'Signal=1'}));
	await phone.answer(415, 'INFO');
	await phone.hangUp(call);
	audio.close();
	video.close();
}));

// ---- by hand: calls of ours

async function dial(room, to, more = {}) {
	const {status, json, text} = await api.call('post_v1_rooms_room_calls', {path: {room}, json: {to, ...more}});
	assert.equal(status, 202, text);
	return json.id;
}

const outcome = (room, id, outcome) => eventually(`the call ends ${outcome}`, async () => {
	const call = await server.get(`/v1/rooms/${room}/calls/${id}`);
	assert.equal(call.outcome, outcome, JSON.stringify(call));
	return call;
});

test('what became of whom we call, in REST and in events', () => withPhone(PORT, async (phone) => {
	const reader = new Reader(`${server.url}/v1/events`);
	await reader.open();
	for (const [code, reason, name] of [[486, 'Busy Here', 'busy'], [603, 'Decline', 'declined'], [480, 'Away', 'no-answer'], [500, 'Oh', 'failed']]) {
		phone.on('INVITE', (request) => phone.reply(request, code, reason));
		const call = await outcome('out', await dial('out', phone.uri), name);
		assert.deepEqual([call.code, call.reason], [code, reason]);
		await eventually('it is told', () => assert.deepEqual(reader.calls.at(-1), {...call, room: 'out'}));
	}
	phone.on('INVITE', (request) => phone.reply(request, 180, 'Ringing'));
	const id = await dial('out', phone.uri);
	await eventually('it rings', async () => assert.equal((await server.get(`/v1/rooms/out/calls/${id}`)).state, 'ringing'));
	let invite;
	phone.on('CANCEL', (request) => {
		phone.reply(request, 200, 'OK');
		phone.reply(invite, 487, 'Request Terminated');
	});
	invite = phone.got.findLast((text) => text.startsWith('INVITE '));
	assert.equal((await api.call('delete_v1_rooms_room_calls_id', {path: {room: 'out', id}})).status, 204);
	await outcome('out', id, 'cancelled');
	assert.deepEqual(reader.calls.filter((call) => call.id === id).map((call) => call.state), ['dialling', 'ringing', 'ended']);
	reader.drop();
	await eventually('nobody is in the room', async () => assert.deepEqual(await server.participants('out'), []));
	phone.on('INVITE', () => {}); // a dead address: the call goes on trying, but nobody is there any more
	const dead = await dial('out', phone.uri);
	assert.equal((await api.call('delete_v1_rooms_room_calls_id', {path: {room: 'out', id: dead}})).status, 204);
	await eventually('nobody is in the room', async () => assert.deepEqual(await server.participants('out'), []));
	const tight = await openApi(guarded); // two ports where it takes four
	const {json} = await tight.call('post_v1_rooms_room_calls', {path: {room: 'tight'}, json: {to: phone.uri}});
	await eventually('no ports, no call', async () => {
		const call = await guarded.get(`/v1/rooms/tight/calls/${json.id}`);
		assert.deepEqual([call.state, call.outcome, call.code], ['ended', 'failed', 503], JSON.stringify(call));
	});
}));

test('through a proxy that wants a password; with our public address; called again when it breaks off', async () => {
	const proxy = await new Phone(5972).open();
	const caller = await startServer({
		'sip.listen': 'udp:127.0.0.1:5972', 'sip.proxy': `sip:127.0.0.1:${proxy.port}`, 'sip.proxy_user': 'tess', 'sip.proxy_password': 'era',
		'sip.advertise': '192.0.2.7', 'sip.redial': 1, 'sip.rtp_timeout': 2, 'media.ports': MEDIA_PORTS,
	});
	const hash = (text) => createHash('md5').update(text).digest('hex');
	const proven = (request) => {
		const fields = Object.fromEntries([.../^Proxy-Authorization: Digest (.*)\r$/m.exec(request)?.[1].matchAll(/(\w+)="?([^",]*)"?/g) ?? []]
			.map(([, name, value]) => [name, value]));
		const [a1, a2] = [hash('tess:inner:era'), hash(`INVITE:${fields.uri}`)];
		return fields.username === 'tess' && fields.nonce === 'n1' && (fields.response === hash(`${a1}:n1:${a2}`) ||
			fields.response === hash(`${a1}:n1:${fields.nc}:${fields.cnonce}:${fields.qop}:${a2}`));
	};
	try {
		proxy.takeCalls();
		const take = proxy.handlers.get('INVITE');
		const challenge = 'Proxy-Authenticate: Digest realm="inner", nonce="n1", qop="auth", algorithm=MD5';
		proxy.on('INVITE', (request) => (proven(request) ? take(request) : proxy.reply(request, 407, 'Prove It', {more: [challenge]})));
		const out = await openApi(caller);
		const {json} = await out.call('post_v1_rooms_room_calls', {path: {room: 'desk'}, json: {to: 'sip:desk@192.0.2.99', redial: true}});
		const show = () => caller.get(`/v1/rooms/desk/calls/${json.id}`);
		await proxy.heard('ACK ');
		const invite = proxy.got.findLast((text) => text.startsWith('INVITE '));
		assert.match(invite, /^INVITE sip:desk@192.0.2.99 /);
		assert.match(invite, /^Via: SIP\/2.0\/UDP 192.0.2.7:5972;/m);
		assert.match(invite, /^Contact: <sip:tessera@192.0.2.7:5972>/m);
		assert.match(invite, /^c=IN IP4 192.0.2.7\r$/m);
		await proxy.heard('BYE '); // it sends no RTP
		await eventually('it is called again', async () => {
			const call = await show();
			assert.deepEqual([call.state, call.redials >= 1], ['answered', true], JSON.stringify(call));
		});
		const {items} = await caller.get(`/v1/rooms/desk/calls/${json.id}/ladder`);
		assert.ok(items.some(({text}) => /^Proxy-Authorization:\(hidden\)\r$/m.test(text)));
		await out.call('delete_v1_rooms_room_calls_id', {path: {room: 'desk', id: json.id}});
		await eventually('it is over', async () => assert.equal((await show()).state, 'ended'));
		const {redials} = await show();
		await sleep(1500);
		assert.deepEqual([(await show()).redials, (await show()).state], [redials, 'ended'], 'and stays so');
	} finally {
		await caller.stop();
		proxy.close();
	}
});
