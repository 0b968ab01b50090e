// Whom a description names need not want anything: a third host gets three times what the INVITE had at most, however it was named, and
// a silent phone's stream goes to nobody else. Hosts are 127.0.0.x, since all of them are this machine.

import assert from 'node:assert/strict';
import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {after, before, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {openApi} from './lib/api.mjs';
import {startServer} from './lib/server.mjs';
import {Phone, portsOf, Rtp} from './lib/sip.mjs';
import {eventually} from './lib/wait.mjs';

const PORT = 5976, VICTIM = '127.0.0.9', THIEF = '127.0.0.66';
let server, api;

before(async () => {
	server = await startServer({
		'sip.listen': `udp:127.0.0.1:${PORT};tcp:127.0.0.1:${PORT}`, 'sip.max_calls_per_address': 100, 'sip.invites_per_second': 40,
		'media.ports': '20000-29999', 'sip.rtp_timeout': 20,
	});
	api = await openApi(server);
});
after(() => server.stop());

class Host {
	async open(address) {
		this.socket = createSocket('udp4').unref();
		this.bytes = this.rtp = this.rtcp = this.spoken = 0;
		this.socket.on('message', (data) => {
			this.bytes += data.length;
			this.spoken += data.length > 12; // more than an opener
			this[data[1] >= 192 && data[1] < 224 ? 'rtcp' : 'rtp']++;
		});
		this.socket.bind(0, address);
		await once(this.socket, 'listening');
		this.port = this.socket.address().port;
		return this;
	}

	// RTP with PCMU, or an empty receiver report.
	send(port, {ssrc = 77, seq = 0, rtcp = false} = {}) {
		const bytes = Buffer.alloc(rtcp ? 8 : 172, 0xff);
		bytes.writeUInt32BE(rtcp ? 0x80c90001 : (0x80000000 | seq) >>> 0, 0);
		bytes.writeUInt32BE(rtcp ? ssrc : seq * 160, 4);
		if (!rtcp) bytes.writeUInt32BE(ssrc, 8);
		this.socket.send(bytes, port, '127.0.0.1');
	}

	close() { this.socket.close(); }
}

const sdp = (host, port, more = []) => ['v=0', `o=- 1 1 IN IP4 ${host}`, 's=-', `c=IN IP4 ${host}`, 't=0 0', `m=audio ${port} RTP/AVP 0`,
	...more, `m=video ${port} RTP/AVP 97`, 'a=rtpmap:97 H264/90000', 'a=fmtp:97 profile-level-id=42e01f;packetization-mode=1', ''].join('\r\n');

async function everything(name, act) {
	const phone = await new Phone(PORT).open(), victim = await new Host().open(VICTIM);
	try {
		await act(phone, victim, name);
	} finally {
		phone.close();
		victim.close();
	}
}

function assertSpared(victim, asked) {
	assert.ok(victim.bytes <= 3 * asked.length, `${victim.bytes} bytes came, ${asked.length} were sent`);
}

test('without an ACK a named host gets next to nothing', () => everything('noack', async (phone, victim, id) => {
	const invite = phone.request('INVITE', {id, to: id, body: sdp(VICTIM, victim.port)});
	phone.send(invite);
	await phone.answer(200, 'INVITE', id);
	await sleep(8000);
	assertSpared(victim, invite);
	// nor who is said to have sent it: without an ACK an answer is repeated only as far as that
	const answers = phone.got.reduce((sum, text) => sum + text.length, 0);
	assert.ok(answers <= 3 * invite.length + 400, `${answers} bytes answer ${invite.length}`);
}));

test('who says a short INVITE again, as our 200 was lost, hears it again', () => everything('lost', async (phone, victim, id) => {
	const invite = phone.request('INVITE', {id, to: id, body: sdp(VICTIM, victim.port)});
	phone.send(invite);
	await phone.answer(200, 'INVITE', id);
	const answers = () => phone.got.filter((text) => text.startsWith('SIP/2.0 200'));
	let said = 1;
	await eventually('the 200 comes four times', async () => {
		if (said <= answers().length && said < 4) {
			phone.send(invite);
			said++;
		}
		assert.ok(answers().length >= 4, `${answers().length} came`);
	});
	assert.equal(new Set(answers().map((text) => /^To: .*$/m.exec(text)[0])).size, 1, 'it is the same call');
	assertSpared(victim, invite);
	const bytes = answers().reduce((sum, text) => sum + text.length, 0);
	assert.ok(bytes <= 3 * said * invite.length + 400, `${bytes} bytes answer ${said} times ${invite.length}`);
}));

test('nor with an ACK from another host, by recvonly, and the call ends by silence', () => everything('recvonly', async (phone, victim, id) => {
	const body = sdp(VICTIM, victim.port, ['a=recvonly']);
	await phone.call({id, to: id, body});
	await phone.heard('BYE', 35000);
	assertSpared(victim, phone.request('INVITE', {id, to: id, body}));
}));

test('a caller who never acknowledges hears nothing, even if they find the port', () => everything('forged', async (phone, victim, id) => {
	const invite = phone.request('INVITE', {id, to: id, body: sdp(VICTIM, victim.port)});
	phone.send(invite);
	const [audio] = portsOf(await phone.answer(200, 'INVITE', id));
	for (let seq = 1; seq < 100; seq++) {
		victim.send(audio, {seq});
		await sleep(20);
	}
	assert.equal(victim.spoken, 0, 'nothing that could be heard');
	assertSpared(victim, invite);
}));

test('reports go to no third host either', () => everything('rtcp', async (phone, victim, id) => {
	const rtp = await new Rtp().open();
	const {ok} = await phone.call({id, to: id, body: phone.offer(rtp.port, [`m=audio PORT RTP/AVP 0`, `a=rtcp:${victim.port} IN IP4 ${VICTIM}`])});
	rtp.talk(portsOf(ok)[0], Rtp.loud);
	await eventually('sound comes', () => assert.ok(rtp.packets > 20));
	await sleep(4000);
	assert.equal(victim.bytes, 0);
	rtp.close();
}));

test('nor does a later description move media to one', () => everything('moved', async (phone, victim, id) => {
	const rtp = await new Rtp().open();
	const call = await phone.call({id, to: id, body: phone.offer(rtp.port)});
	rtp.talk(portsOf(call.ok)[0], Rtp.loud);
	await eventually('sound comes', () => assert.ok(rtp.packets > 20));
	rtp.close();
	const again = phone.request('INVITE', {id, to: id, tag: call.tag, cseq: 2, branch: `${id}-2`, body: sdp(VICTIM, victim.port).replace(/m=video[^]*/, '')});
	phone.send(again);
	await eventually('it is answered', () => assert.ok(phone.got.filter((text) => /^SIP\/2.0 200 [^]*CSeq: 2 INVITE/m.test(text)).length));
	phone.send(phone.request('ACK', {id, to: id, tag: call.tag, cseq: 2, branch: `${id}-2a`}));
	await sleep(5000);
	assertSpared(victim, again);
}));

test('whom we call may answer with no third host', () => everything('dialled', async (phone, victim) => {
	phone.on('INVITE', (request) => phone.reply(request, 200, 'OK', {
		body: ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', `c=IN IP4 ${VICTIM}`, 't=0 0',
			...[...request.matchAll(/^m=(\w+) \d+ (\S+)/mg)].map(([, kind, profile]) => `m=${kind} ${kind === 'audio' ? victim.port : 0} ${profile} 0`), ''].join('\r\n'),
	}));
	phone.on('BYE', (request) => phone.reply(request, 200, 'OK'));
	await api.call('post_v1_rooms_room_calls', {path: {room: 'dialled'}, json: {to: `sip:phone@127.0.0.1:${phone.port}`}});
	await phone.heard('ACK');
	await sleep(5000);
	assert.ok(victim.bytes <= 3 * 400, `${victim.bytes} bytes came`);
}));

test('addresses of groups are refused', () => everything('group', async (phone, victim, id) => {
	for (const [i, host] of ['224.0.0.251', '239.1.2.3', '255.255.255.255', '240.0.0.1', '0.1.2.3', '169.254.169.254'].entries()) {
		phone.send(phone.request('INVITE', {id: `${id}${i}`, to: id, body: sdp(host, victim.port)}));
		await phone.answer(488, 'INVITE', `${id}${i}`);
	}
}));

test('who only receives gets all as long as reports come, and again at once', () => everything('listener', async (phone, victim, id) => {
	const host = await new Host().open('127.0.0.1'), reports = await new Host().open('127.0.0.1');
	const {ok, tag} = await phone.call({id, to: id, body: phone.offer(host.port, ['m=audio PORT RTP/AVP 0', 'a=recvonly', `a=rtcp:${reports.port}`])});
	const [audio] = portsOf(ok);
	await eventually('sound comes without a word', () => assert.ok(host.rtp > 50));
	await sleep(10500);
	const before = host.rtp;
	await sleep(1000);
	assert.ok(host.rtp <= before + 2, `${host.rtp - before} packets after 10 s without a sign`);
	reports.send(audio + 1, {rtcp: true});
	await eventually('it goes on', () => assert.ok(host.rtp > before + 20), 2000);
	await phone.hangUp({id, to: id, tag});
	host.close();
	reports.close();
}));

test('a silent phone is not robbed, and keeps its stream when its NAT binds anew', () => everything('silent', async (phone, victim, id) => {
	const host = await new Host().open('127.0.0.5'), again = await new Host().open('127.0.0.5'), thief = await new Host().open(THIEF);
	const {ok, tag} = await phone.call({id, to: id, body: sdp('127.0.0.77', 9).replace(/m=video[^]*/, '')});
	const [audio] = portsOf(ok);
	let seq = 1;
	for (; seq < 50; seq++) {
		host.send(audio, {seq});
		await sleep(10);
	}
	assert.ok(host.rtp > 10);
	await sleep(3500);
	for (let i = 0; i < 100; i++) {
		thief.send(audio, {ssrc: 666, seq: seq + i});
		await sleep(10);
	}
	assert.equal(thief.bytes, 0, 'the thief gets nothing');
	again.send(audio, {seq: seq++});
	again.send(audio, {seq: seq++});
	await eventually('the rest comes to the new port', () => assert.ok(again.rtp > 10), 1000);
	await phone.hangUp({id, to: id, tag});
	for (const it of [host, again, thief]) it.close();
}));
