// Provisional responses that are acknowledged (RFC 3262), UPDATE before and in a call (RFC 3311), the session timer's refresher (RFC
// 4028), glare (RFC 3261 14), descriptions with lines that nobody knows, the reason of an end (RFC 3326): by hand, message by message.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {openApi} from './lib/api.mjs';
import {startServer} from './lib/server.mjs';
import {Phone, portsOf, Rtp, sipp, statusOf} from './lib/sip.mjs';
import {eventually} from './lib/wait.mjs';

const PORT = 5981, EARLY = 5982;
let server, api, hearing, hearingApi;

before(async () => {
	server = await startServer({
		'sip.listen': `udp:127.0.0.1:${PORT};tcp:127.0.0.1:${PORT}`, 'sip.invites_per_second': 100, 'sip.min_session_expires': 4, 'sip.session_expires': 8,
		'media.ports': '20000-20199',
	});
	api = await openApi(server);
	hearing = await startServer({'sip.listen': `udp:127.0.0.1:${EARLY}`, 'sip.early_media': 'room', 'media.ports': '20200-20299'});
	hearingApi = await openApi(hearing);
});
after(async () => {
	await server.stop();
	await hearing.stop();
});

// Nobody who has not proved where they are is sent more than three times what they sent.
const pad = `Subject: ${'x'.repeat(3000)}`;
const headerOf = (text, name) => new RegExp(`^${name}: *(.*)\r$`, 'mi').exec(text)?.[1];
const tagOf = (text, name = 'To') => /;tag=[^;\r]+/.exec(headerOf(text, name))?.[0];

async function withPhone(act, port = PORT) {
	const phone = await new Phone(port).open();
	try {
		await act(phone);
	} finally {
		phone.close();
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
const hangUp = (room, id, at = api) => at.call('delete_v1_rooms_room_calls_id', {path: {room, id}});

function answerTo(request, phone, port = 40000) {
	const lines = [...request.matchAll(/^m=(\w+) \d+ (\S+)/mg)].map(([, kind, profile]) =>
		kind === 'audio' ? `m=audio ${port} ${profile} 0` : `m=${kind} 0 ${profile} 0`);
	return phone.offer(port, lines);
}

// What a phone that is called says within the call, or before it is one: a request that answers `invite`.
function within(phone, invite, method, {cseq = 1, more = [], body = '', type = 'application/sdp', to = 'phone'} = {}) {
	const uri = /<([^>]+)>/.exec(headerOf(invite, 'Contact'))[1];
	phone.send([`${method} ${uri} SIP/2.0`, `Via: SIP/2.0/UDP 127.0.0.1:${phone.port};branch=z9hG4bK${method}${cseq}${to}`, `From: <sip:phone@127.0.0.1>;tag=${to}`,
		`To: ${headerOf(invite, 'From')}`, `Call-ID: ${headerOf(invite, 'Call-ID')}`, `CSeq: ${cseq} ${method}`, `Contact: <${phone.uri}>`, 'Max-Forwards: 70', ...more,
		...body ? [`Content-Type: ${type}`] : [], `Content-Length: ${body.length}`, '', body].join('\r\n'));
	return phone.heard(new RegExp(`^SIP/2\\.0 [2-6]\\d\\d (?=[^]*^CSeq: ${cseq} ${method}\r$)`, 'm'));
}

test('callee: 180 is said until its PRACK, and only then 200', () => withPhone(async (phone) => {
	phone.send(phone.request('INVITE', {id: 'rel', to: 'rel', body: phone.offer(), more: ['Require: 100rel', pad]}));
	const ringing = await phone.answer(180, 'INVITE', 'rel'), tag = tagOf(ringing);
	assert.match(headerOf(ringing, 'Require'), /100rel/);
	const rseq = Number(headerOf(ringing, 'RSeq'));
	assert.ok(rseq >= 1);
	await eventually('180 is said again', () => assert.ok(phone.got.filter((text) => statusOf(text) === 180).length >= 3));
	assert.ok(!phone.has('SIP/2.0 200'));

	const prack = (branch, cseq, rack) => phone.send(phone.request('PRACK', {id: 'rel', to: 'rel', tag, branch, cseq, more: rack ? [`RAck: ${rack}`] : []}));
	const status = async (cseq) => statusOf(await phone.heard(new RegExp(`^SIP/2\\.0 [2-6]\\d\\d (?=[^]*^CSeq: ${cseq} PRACK\r$)`, 'm')));
	prack('p2', 2, '');
	assert.equal(await status(2), 400);
	prack('p3', 3, `${rseq + 1} 1 INVITE`);
	assert.equal(await status(3), 481);
	prack('p4', 4, `${rseq} 1 INVITE`);
	assert.equal(await status(4), 200);
	await phone.answer(200, 'INVITE', 'rel');
	prack('p5', 5, `${rseq} 1 INVITE`);
	assert.equal(await status(5), 481); // nothing waits any more
	phone.send(phone.request('ACK', {id: 'rel', to: 'rel', tag, branch: 'rel-ack'}));
	await eventually('it is up', async () => assert.equal((await server.get('/v1/rooms/rel/calls')).items[0].state, 'answered'));
	const said = phone.got.filter((text) => statusOf(text) === 180).length;
	await phone.hangUp({id: 'rel', to: 'rel', tag});
	assert.equal(phone.got.filter((text) => statusOf(text) === 180).length, said);
	const {items} = await server.get(`/v1/rooms/rel/calls/${(await server.get('/v1/rooms/rel/calls')).items[0].id}/ladder`);
	assert.ok(items.some(({text}) => text.startsWith('PRACK ')));
}));

test('callee: a sipp caller that requires 100rel', () => sipp('prack', ['-s', 'prack'], {port: PORT}));

test('callee: who supports it but does not require it gets the 200 at once; an unknown requirement is refused', () => withPhone(async (phone) => {
	const call = await phone.call({id: 'sup', to: 'sup', more: ['Supported: 100rel']});
	assert.ok(!phone.has('SIP/2.0 180'));
	await phone.hangUp(call);
	phone.send(phone.request('INVITE', {id: 'unknown', to: 'unknown', body: phone.offer(), more: ['Require: 100rel, precondition, timer, x-other']}));
	assert.match(headerOf(await phone.answer(420, 'INVITE', 'unknown'), 'Unsupported'), /^precondition, x-other$/);
}));

test('caller: each reliable 18x is acknowledged once, in order, in its own dialog', () => withPhone(async (phone) => {
	const id = {}, racks = [];
	phone.on('PRACK', (request) => {
		racks.push(headerOf(request, 'RAck'));
		assert.match(headerOf(request, 'To'), /;tag=phone/);
		phone.reply(request, 200, 'OK');
	});
	phone.on('INVITE', (request) => {
		if (id.invite) return; // said again
		id.invite = request;
		assert.match(headerOf(request, 'Supported'), /100rel/);
		const more = (rseq) => ['Require: 100rel', `RSeq: ${rseq}`];
		phone.reply(request, 180, 'Ringing', {more: more(7)});
		phone.reply(request, 180, 'Ringing', {more: more(7)});
		phone.reply(request, 183, 'Ahead', {more: more(9)});
		phone.reply(request, 183, 'Session Progress', {more: more(8), body: answerTo(request, phone)});
	});
	const call = await dial('caller', phone.uri);
	await eventually('two PRACKs', () => assert.equal(racks.length, 2, racks.join()));
	const invite = /^(\d+)/.exec(headerOf(id.invite, 'CSeq'))[1];
	assert.deepEqual(racks, [`7 ${invite} INVITE`, `8 ${invite} INVITE`]);
	await becomes('caller', call, {state: 'ringing', code: 183});

	// the answer was given: an offer in an UPDATE may follow, before the call is taken (RFC 3311 5.1)
	const ok = await within(phone, id.invite, 'UPDATE', {body: answerTo(id.invite, phone, 40100)});
	assert.equal(statusOf(ok), 200);
	assert.match(ok, /^m=audio [1-9]\d* RTP\/AVPF? 0\r$/m);
	assert.match(headerOf(ok, 'Contact'), /tessera@/);
	assert.equal(statusOf(await within(phone, id.invite, 'UPDATE', {cseq: 2})), 200);
	assert.equal(statusOf(await within(phone, id.invite, 'UPDATE', {cseq: 3, body: 'x'})), 400);
	assert.equal(statusOf(await within(phone, id.invite, 'REFER', {cseq: 4})), 481);

	phone.reply(id.invite, 200, 'OK');
	await becomes('caller', call, {state: 'answered', code: 200});
	const ack = await phone.heard('ACK ');
	assert.equal(headerOf(ack, 'CSeq'), `${invite} ACK`);
	await hangUp('caller', call);
	const bye = await phone.heard('BYE ');
	assert.ok(Number(/^\d+/.exec(headerOf(bye, 'CSeq'))) > Number(invite) + 2, 'numbers go on after PRACKs');
	assert.match(headerOf(bye, 'Reason'), /^Q\.850;cause=16/);
}));

test('caller: an offer in an UPDATE before our own has its answer waits', () => withPhone(async (phone) => {
	let invite;
	phone.on('PRACK', (request) => phone.reply(request, 200, 'OK'));
	phone.on('INVITE', (request) => {
		invite = request;
		phone.reply(request, 180, 'Ringing', {more: ['Require: 100rel', 'RSeq: 1']});
	});
	const call = await dial('noanswer', phone.uri);
	await phone.heard('PRACK ');
	assert.equal(statusOf(await within(phone, invite, 'UPDATE', {body: answerTo(invite, phone)})), 491);
	phone.reply(invite, 486, 'Busy Here', {more: ['Reason: Q.850;cause=17;text="User busy"']});
	const ended = await becomes('noanswer', call, {state: 'ended', outcome: 'busy', code: 486});
	assert.deepEqual(ended.cause, {sip: null, q850: 17, text: 'User busy'});
}));

test('caller: the answers of two forks are told apart', () => withPhone(async (phone) => {
	let invite;
	phone.on('PRACK', (request) => phone.reply(request, 200, 'OK'));
	phone.on('INVITE', (request) => {
		invite = request;
		const fork = (tag, code, more, port) => phone.send([`SIP/2.0 ${code} X`, ...['Via', 'From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${headerOf(request, name)}`),
			`To: ${headerOf(request, 'To')};tag=${tag}`, `Contact: <${phone.uri}>`, ...more, ...port ? ['Content-Type: application/sdp'] : [],
			`Content-Length: ${port ? answerTo(request, phone, port).length : 0}`, '', port ? answerTo(request, phone, port) : ''].join('\r\n'));
		fork('one', 183, ['Require: 100rel', 'RSeq: 3'], 40000);
		fork('two', 183, ['Require: 100rel', 'RSeq: 30'], 40002);
		fork('one', 200, [], 0);
	});
	const call = await dial('forks', phone.uri);
	await becomes('forks', call, {state: 'answered'});
	assert.equal(phone.got.filter((text) => text.startsWith('PRACK ')).length, 2);
	assert.equal(tagOf(await phone.heard('ACK ')), ';tag=one');
	await hangUp('forks', call);
	await phone.heard('BYE ');
	assert.ok(invite);
}));

test('early media: heard where the room shall, and not where it shall not', async () => {
	for (const [at, its, port, heard] of [[hearing, hearingApi, EARLY, true], [server, api, PORT, false]]) {
		await withPhone(async (phone) => {
			const rtp = await new Rtp().open();
			let invite;
			phone.on('PRACK', (request) => phone.reply(request, 200, 'OK'));
			phone.on('INVITE', (request) => {
				invite = request;
				phone.reply(request, 183, 'Session Progress', {more: ['Require: 100rel', 'RSeq: 1'], body: answerTo(request, phone, rtp.port)});
			});
			const call = await dial('tone', phone.uri, its);
			await phone.heard('PRACK ');
			rtp.talk(portsOf(invite)[0], Rtp.loud);
			const level = async () => (await at.participants('tone'))[0]?.audio.level_dbov ?? -127;
			if (heard) await eventually('it is heard', async () => assert.ok(await level() > -30, `${await level()}`));
			else {
				await becomes('tone', call, {state: 'ringing'}, at);
				assert.equal((await at.participants('tone'))[0].state, 'connecting');
			}
			phone.reply(invite, 200, 'OK');
			await becomes('tone', call, {state: 'answered'}, at);
			await eventually('it is heard now', async () => assert.ok(await level() > -30, `${await level()}`));
			await hangUp('tone', call, its);
			await phone.heard('BYE ');
			rtp.close();
		}, port);
	}
});

test('UPDATE before we took the call; in it; with a body that is no description', () => withPhone(async (phone) => {
	phone.send(phone.request('INVITE', {id: 'upd', to: 'upd', body: phone.offer(), more: ['Require: 100rel']}));
	const ringing = await phone.answer(180, 'INVITE', 'upd'), tag = tagOf(ringing);
	const ask = async (method, cseq, fields = {}) => {
		phone.send(phone.request(method, {id: 'upd', to: 'upd', tag, branch: `upd${cseq}`, cseq, ...fields}));
		return phone.heard(new RegExp(`^SIP/2\\.0 [2-6]\\d\\d (?=[^]*^CSeq: ${cseq} ${method}\r$)`, 'm'));
	};
	const early = await ask('UPDATE', 2, {body: phone.offer()});
	assert.equal(statusOf(early), 500); // their offer has no answer yet
	assert.ok(Number(headerOf(early, 'Retry-After')) <= 10);
	assert.equal(statusOf(await ask('UPDATE', 3)), 200);
	assert.equal(statusOf(await ask('INVITE', 4, {body: phone.offer()})), 500);
	assert.equal(statusOf(await ask('PRACK', 5, {more: [`RAck: ${headerOf(ringing, 'RSeq')} 1 INVITE`]})), 200);
	await phone.answer(200, 'INVITE', 'upd');
	phone.send(phone.request('ACK', {id: 'upd', to: 'upd', tag, branch: 'upd-ack'}));
	assert.equal(statusOf(await ask('UPDATE', 6, {body: phone.offer(40010)})), 200);
	assert.equal(statusOf(await ask('UPDATE', 7, {body: 'x', type: 'text/plain'})), 415);
	const small = await ask('UPDATE', 8, {more: ['Session-Expires: 2', 'Supported: timer']});
	assert.equal(statusOf(small), 422);
	assert.equal(headerOf(small, 'Min-SE'), '4');
	const timed = await ask('UPDATE', 9, {more: ['Session-Expires: 20;refresher=uas', 'Supported: timer']});
	assert.equal(headerOf(timed, 'Session-Expires'), '20;refresher=uas');
	await phone.hangUp({id: 'upd', to: 'upd', tag});
}));

test('the refresher: we, by UPDATE, who take a longer interval when told; by re-INVITE where UPDATE is unknown', () => withPhone(async (phone) => {
	phone.on('UPDATE', (request) => (headerOf(request, 'Min-SE') === '12'
		? phone.reply(request, 200, 'OK', {more: [`Session-Expires: ${headerOf(request, 'Session-Expires')}`]})
		: phone.reply(request, 422, 'Session Interval Too Small', {more: ['Min-SE: 12']})));
	const call = await phone.call({id: 'fresh', to: 'fresh', more: ['Supported: timer', 'Session-Expires: 4;refresher=uas', 'Allow: INVITE, UPDATE']});
	assert.equal(headerOf(call.ok, 'Session-Expires'), '4;refresher=uas');
	const longer = await phone.heard(/^UPDATE (?=[^]*^Min-SE: 12\r$)/m);
	assert.equal(headerOf(longer, 'Session-Expires'), '12;refresher=uac');
	await phone.hangUp(call);

	phone.on('INVITE', (request) => phone.reply(request, 200, 'OK', {body: phone.offer(), more: ['Session-Expires: 4;refresher=uac']}));
	const other = await phone.call({id: 'reinvite', to: 'reinvite', more: ['Supported: timer', 'Session-Expires: 4;refresher=uas', 'Allow: INVITE']});
	const again = await phone.heard('INVITE ');
	assert.match(headerOf(again, 'Session-Expires'), /^4;refresher=uac$/);
	await phone.hangUp(other);
}));

test('glare: theirs is refused with 491 while ours waits; ours is tried again after one', () => withPhone(async (phone) => {
	let theirs, times = [];
	phone.on('INVITE', (request) => {
		times.push(performance.now());
		if (times.length === 1) {
			phone.send(phone.request('INVITE', {id: 'glare', to: 'glare', tag: theirs.tag, branch: 'glare-2', cseq: 2, body: phone.offer()}));
			phone.on('ACK', () => {});
			eventually('491', () => assert.ok(phone.has(/^SIP\/2\.0 491 (?=[^]*^CSeq: 2 INVITE\r$)/m)))
				.then(() => phone.reply(request, 491, 'Request Pending'));
		} else {
			phone.reply(request, 200, 'OK', {body: phone.offer(), more: ['Session-Expires: 20;refresher=uas']});
		}
	});
	theirs = await phone.call({id: 'glare', to: 'glare', more: ['Supported: timer', 'Session-Expires: 4;refresher=uas', 'Allow: INVITE']});
	await phone.answer(491, 'INVITE', 'glare');
	await eventually('ours comes again', () => assert.equal(times.length, 2));
	assert.ok(times[1] - times[0] < 3500, 'whose Call-ID it is not waits up to 2 s'); // RFC 3261 14.1
	await phone.heard('ACK ');
	await phone.hangUp(theirs);
}));

test('lines that nobody knows get port 0; T.38 alone is refused, and the call goes on', () => withPhone(async (phone) => {
	const rtp = await new Rtp().open();
	const call = await phone.call({id: 'fax', to: 'fax', body: phone.offer(rtp.port)});
	rtp.talk(portsOf(call.ok)[0], Rtp.loud);
	const again = async (cseq, media, extra = '') => {
		phone.send(phone.request('INVITE', {...call, branch: `fax${cseq}`, cseq, body: phone.offer(rtp.port, media) + extra}));
		const answer = await phone.heard(new RegExp(`^SIP/2\\.0 [2-6]\\d\\d (?=[^]*^CSeq: ${cseq} INVITE\r$)`, 'm'));
		phone.send(phone.request('ACK', {...call, branch: statusOf(answer) < 300 ? `fax${cseq}-ack` : `fax${cseq}`, cseq}));
		return answer;
	};
	const heard = (label) => eventually(label, async () => assert.ok((await server.participants('fax'))[0].audio.level_dbov > -30));
	await heard('it is heard');
	assert.equal(statusOf(await again(2, ['m=image 40020 udptl t38'])), 488);
	assert.equal(statusOf(await again(3, ['m=audio 0 RTP/AVP 0', 'm=image 40020 udptl t38', 'a=T38FaxVersion:0'])), 488);
	const both = await again(4, ['m=audio PORT RTP/AVP 0', 'm=image 40020 udptl t38', 'm=application 9 RTP/AVP 100', 'm=message 9 TCP/MSRP *', 'm=x-new 9 X/Y z']);
	assert.equal(statusOf(both), 200);
	assert.deepEqual([...both.matchAll(/^m=(\S+) (\d+)/mg)].map(([, kind, port]) => `${kind} ${port === '0' ? 0 : 1}`),
		['audio 1', 'image 0', 'application 0', 'message 0', 'x-new 0']);
	await heard('and still is');

	// video comes and goes; hold by each of its ways
	const withVideo = ['m=audio PORT RTP/AVP 0', 'm=image 0 udptl t38', 'm=application 0 UDP/BFCP *', 'm=message 0 TCP/MSRP *', 'm=video 40030 RTP/AVP 97', 'a=rtpmap:97 H264/90000'];
	assert.match(await again(5, withVideo), /^m=video [1-9]/m);
	assert.match(await again(6, withVideo.map((line) => line.replace('video 40030', 'video 0'))), /^m=video 0 /m);
	const {items: [{id}]} = await server.get('/v1/rooms/fax/calls');
	const held = withVideo.slice(0, 4);
	let cseq = 7;
	for (const [attribute, answer] of [['sendonly', 'recvonly'], ['inactive', 'inactive']]) {
		assert.match(await again(cseq++, [held[0], `a=${attribute}`, ...held.slice(1), 'm=video 0 RTP/AVP 97']), new RegExp(`^a=${answer}\r$`, 'm'));
		await becomes('fax', id, {state: 'held'});
		assert.equal(statusOf(await again(cseq++, [...held, 'm=video 0 RTP/AVP 97'])), 200);
		await becomes('fax', id, {state: 'answered'});
	}
	phone.send(phone.request('INVITE', {...call, branch: 'zero', cseq, body: phone.offer(rtp.port, [...held, 'm=video 0 RTP/AVP 97']).replace('c=IN IP4 127.0.0.1', 'c=IN IP4 0.0.0.0')}));
	await phone.heard(new RegExp(`^SIP/2\\.0 200 (?=[^]*^CSeq: ${cseq} INVITE\r$)`, 'm'));
	phone.send(phone.request('ACK', {...call, branch: 'zero-ack', cseq}));
	await becomes('fax', id, {state: 'held'});
	await phone.hangUp(call);
	rtp.close();
}));

test('who does not acknowledge a 18x is refused in the end', {timeout: 60000}, () => withPhone(async (phone) => {
	phone.send(phone.request('INVITE', {id: 'never', to: 'never', body: phone.offer(), more: ['Require: 100rel', pad]}));
	await phone.answer(180, 'INVITE', 'never');
	// by the room, which waits for nobody for long, or by the number of repetitions
	await phone.heard(/^SIP\/2\.0 (480|504) (?=[^]*^Call-ID: never\r$)/m, 45000);
	const {items: [call]} = await server.get('/v1/rooms/never/calls');
	assert.match(call.outcome, /^(no-answer|timeout)$/);
	const said = phone.got.filter((text) => statusOf(text) === 180).length;
	assert.ok(said >= 3 && said <= 8, `180 said ${said} times`);
}));
