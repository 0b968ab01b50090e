// SIP that nobody should send: RFC 4475's torture messages and some of our own, floods, and RTP from where it does not belong.

import assert from 'node:assert/strict';
import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {existsSync, readFileSync} from 'node:fs';
import net from 'node:net';
import {after, before, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {startServer} from './lib/server.mjs';
import {Phone, portsOf, Rtp, statusOf} from './lib/sip.mjs';
import {eventually} from './lib/wait.mjs';

const PORT = 5970;
const SHARED = new URL('../../../shared/media/conformance/rfc4475/', import.meta.url).pathname;
let server;

before(async () => {
	server = await startServer({
		'sip.listen': `udp:127.0.0.1:${PORT};tcp:127.0.0.1:${PORT}`, 'sip.invites_per_second': 40, 'sip.max_calls_per_address': 200,
		'sip.numbers': '9(X.)=room-\\1', 'media.ports': '20000-29999',
	});
});
after(() => server.stop());

// A call as it should be: the server lives.
async function assertTakesCalls(id) {
	const phone = await new Phone(PORT).open();
	await phone.hangUp(await phone.call({id, to: id}));
	phone.close();
}

// Sends each to the server; which status it gets first, 0 for none. Responses go to the port of the topmost Via and are told apart by
// Call-ID; where many share a branch each gets one of its own, or the server would take them for one said again.
async function statuses(messages) {
	const sockets = new Map(), got = [];
	const socketAt = async (port) => {
		if (sockets.has(port)) return sockets.get(port);
		const socket = createSocket('udp4').unref();
		socket.on('message', (bytes) => got.push(bytes.toString('latin1')));
		socket.bind(port, '127.0.0.1');
		await once(socket, 'listening');
		sockets.set(port, socket);
		return socket;
	};
	const valueOf = (text, name) => new RegExp(`^(?:${name})\\s*:\\s*(?:\\r\\n\\s+)?(\\S+)`, 'mi').exec(text)?.[1];
	const idOf = (text) => valueOf(text, 'Call-ID|i') ?? valueOf(text, 'CSeq');
	const sent = [];
	for (const [i, [name, text]] of messages.entries()) {
		const via = /^(?:Via|v)\s*:[^,]*?[^,;\s:]+\s*:\s*(\d+)\s*[;\r]/mi.exec(text);
		const own = text.replace(/(branch\s*=\s*z9hG4bK[\w.-]*)/i, (branch) => (/z9hG4bK$/.test(branch) ? branch : `${branch}x${i}`));
		const socket = await socketAt(Number(via?.[1] ?? 5060));
		socket.send(Buffer.from(own, 'latin1'), PORT, '127.0.0.1');
		sent.push([name, idOf(text)]);
		await sleep(25); // within invites_per_second
	}
	const result = () => Object.fromEntries(sent.map(([name, id]) => [name, statusOf(got.find((text) => id && idOf(text) === id && !text.startsWith('SIP/2.0 1')) ?? '')]));
	return {result, close: () => sockets.forEach((socket) => socket.close())};
}

async function assertStatuses(messages, expected) {
	const {result, close} = await statuses(messages);
	const wrong = () => Object.entries(result()).filter(([name, status]) => !expected[name].includes(status))
		.map(([name, status]) => `${name}: ${status}, not one of ${expected[name]}`);
	try {
		await eventually('each is answered as it should be', () => assert.deepEqual(wrong(), []), 5000);
		await sleep(1000); // no answer is an answer
		assert.deepEqual(wrong(), []);
	} finally {
		close();
	}
}

// What a UAS shall do with each, by section; 0: nothing. A request in a dialog that we do not know gets 481, REGISTER 405, and a user
// whose name is no room 404, each as good as 200 where the RFC says "accept".
const accepted = [200, 404, 405, 481, 488], dropped = [0];
const RFC4475 = {
	wsinv: accepted, intmeth: [405, 501], esc01: accepted, escnull: accepted, esc02: [405, 501], lwsdisp: [200], longreq: [...accepted, 413, 414, 415, 513],
	dblreq: accepted, semiuri: [200], transports: [200], mpart01: [200, 405, 415], unreason: dropped, noreason: dropped,
	badinv01: [400], clerr: [400], ncl: [400], scalar02: [400], scalarlg: dropped, quotbal: [400], ltgtruri: [400], lwsruri: [400],
	lwsstart: [400, ...accepted], trws: [400, ...accepted], escruri: [400, ...accepted], baddate: [400, ...accepted], regbadct: [400, 405, 200],
	badaspec: [400, 200], baddn: [400, ...accepted], badvers: [505], mismatch01: [400], mismatch02: [400, 501], bigcode: dropped, badbranch: [200],
	insuf: [400], unkscm: [416], novelsc: [416], unksm2: [405], bext01: [420], invut: [415, 200], regaut01: [405], multi01: [400], mcl01: [400],
	bcast: dropped, zeromf: [200], cparam01: [405], cparam02: [405], regescrt: [405], sdp01: [406, 200], inv2543: accepted,
};

test('RFC 4475', {skip: existsSync(SHARED) ? false : 'no ../shared'}, async () => {
	const messages = Object.keys(RFC4475).map((name) => [name, readFileSync(`${SHARED}${name}.dat`, 'latin1')]);
	await assertStatuses(messages, RFC4475);
	await assertTakesCalls('after-torture');
});

// ---- our own: [what, lines of the head or all of it, body]

const head = (name, changes = {}, more = []) => {
	const lines = {
		start: 'INVITE sip:own@127.0.0.1 SIP/2.0', Via: `SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK${name}`, From: `<sip:o@127.0.0.1>;tag=${name}`,
		To: '<sip:own@127.0.0.1>', 'Call-ID': name, CSeq: '1 INVITE', Contact: '<sip:o@127.0.0.1:5060>', 'Max-Forwards': '70', ...changes};
	const {start, ...headers} = lines;
	return [start, ...Object.entries(headers).filter(([, value]) => value !== null).map(([key, value]) => `${key}: ${value}`), ...more].join('\r\n');
};
const SDP = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n';
const withBody = (text, body, type = 'application/sdp') => `${text}\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const bare = (text) => `${text}\r\nContent-Length: 0\r\n\r\n`;
const options = (name, changes = {}, more = []) => bare(head(name, {start: 'OPTIONS sip:127.0.0.1 SIP/2.0', CSeq: '1 OPTIONS', ...changes}, more));
const OWN = [
	['plain', options('plain'), [200]],
	['space-in-uri', options('space-in-uri', {start: 'OPTIONS sip:a@127.0.0.1; x SIP/2.0'}), [400]],
	['brackets-around-uri', options('brackets-around-uri', {start: 'OPTIONS <sip:127.0.0.1> SIP/2.0'}), [400]],
	['tab-in-start', options('tab-in-start', {start: 'OPTIONS\tsip:127.0.0.1\tSIP/2.0'}), [400]],
	['no-uri', options('no-uri', {start: 'OPTIONS SIP/2.0'}), [400]],
	['version-1', options('version-1', {start: 'OPTIONS sip:127.0.0.1 SIP/1.0'}), [505]],
	['other-scheme', options('other-scheme', {start: 'OPTIONS mailto:a@h SIP/2.0'}), [416]],
	['other-method', options('other-method', {start: 'JUMP sip:127.0.0.1 SIP/2.0', CSeq: '1 JUMP'}), [501]],
	['method-not-of-cseq', options('method-not-of-cseq', {CSeq: '1 BYE'}), [400]],
	['cseq-2-32', options('cseq-2-32', {CSeq: '4294967296 OPTIONS'}), [400]],
	['cseq-letters', options('cseq-letters', {CSeq: 'one OPTIONS'}), [400]],
	['no-cseq', options('no-cseq', {CSeq: null}), [400]],
	['no-from', options('no-from', {From: null}), [400]],
	['no-to', options('no-to', {To: null}), [400]],
	['open-quote', options('open-quote', {To: '"Own <sip:own@127.0.0.1>'}), [400]],
	['two-from', options('two-from', {}, ['From: <sip:p@127.0.0.1>;tag=2']), [400]],
	['forwards-300', options('forwards-300', {'Max-Forwards': '300'}), [400]],
	['forwards-0', options('forwards-0', {'Max-Forwards': '0'}), [200]],
	['length-beyond', `${head('length-beyond')}\r\nContent-Type: application/sdp\r\nContent-Length: 500\r\n\r\n${SDP}`, [400]],
	['length-below-0', `${head('length-below-0')}\r\nContent-Length: -1\r\n\r\n`, [400]],
	['length-twice', `${head('length-twice')}\r\nContent-Length: 0\r\nl: 1\r\n\r\nx`, [400]],
	['require', options('require', {}, ['Require: path, gruu']), [420]],
	['proxy-require', options('proxy-require', {}, ['Proxy-Require: gruu']), [200]],
	['other-body', withBody(head('other-body'), '<a/>', 'application/xml'), [415]],
	['accepts-no-sdp', withBody(head('accepts-no-sdp', {}, ['Accept: text/plain']), `${SDP}m=audio 4000 RTP/AVP 0\r\n`), [406]],
	['no-contact', withBody(head('no-contact', {Contact: null}), `${SDP}m=audio 4000 RTP/AVP 0\r\n`), [400]],
	['no-description', withBody(head('no-description'), 'hello'), [400]],
	['no-media', withBody(head('no-media'), SDP), [488]],
	['all-refused', withBody(head('all-refused'), `${SDP}m=audio 0 RTP/AVP 0\r\n`), [488]],
	['port-70000', withBody(head('port-70000'), `${SDP}m=audio 70000 RTP/AVP 0\r\n`), [400]],
	['no-address', withBody(head('no-address'), `${SDP.replace(/c=.*\r\n/, '')}m=audio 4000 RTP/AVP 0\r\n`), [200, 400, 488]],
	['name-for-address', withBody(head('name-for-address'), `${SDP.replace('c=IN IP4 127.0.0.1', 'c=IN IP4 phone.example')}m=audio 4000 RTP/AVP 0\r\n`), [200, 400, 488]],
	['300-lines', withBody(head('300-lines'), SDP + 'm=audio 4000 RTP/AVP 0\r\n'.repeat(300)), [400, 413, 488]],
	['no-room', withBody(head('no-room', {start: 'INVITE sip:no%2Froom@127.0.0.1 SIP/2.0'}), `${SDP}m=audio 4000 RTP/AVP 0\r\n`), [404]],
	['nul-in-user', withBody(head('nul-in-user', {start: 'INVITE sip:own%00@127.0.0.1 SIP/2.0'}), `${SDP}m=audio 4000 RTP/AVP 0\r\n`), [404]],
	['maddr', options('maddr', {Via: 'SIP/2.0/UDP 127.0.0.1:5060;maddr=127.0.0.1;branch=z9hG4bKmaddr'}), [0]],
	['unknown-dialog', bare(head('unknown-dialog', {start: 'BYE sip:own@127.0.0.1 SIP/2.0', CSeq: '9 BYE', To: '<sip:own@127.0.0.1>;tag=none'})), [481]],
	['stray-ack', bare(head('stray-ack', {start: 'ACK sip:own@127.0.0.1 SIP/2.0', CSeq: '9 ACK', To: '<sip:own@127.0.0.1>;tag=none'})), [0]],
	['stray-cancel', bare(head('stray-cancel', {start: 'CANCEL sip:own@127.0.0.1 SIP/2.0', CSeq: '9 CANCEL'})), [481]],
	['stray-response', options('stray-response', {start: 'SIP/2.0 200 OK'}), [0]],
	['status-2-32', options('status-2-32', {start: 'SIP/2.0 4294967496 OK'}), [0]],
	['long-header', options('long-header', {}, [`Subject: ${'x'.repeat(50000)}`]), [200, 400, 513]],
	['500-vias', options('500-vias', {}, Array(500).fill('Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKv')), [200, 400, 513, 0]],
	['rfc-2543', options('rfc-2543', {Via: 'SIP/2.0/UDP 127.0.0.1:5060', From: '<sip:o@127.0.0.1>'}), [200]],
	['control-bytes', options('control-bytes', {To: '"\x01\x02\x7f\xff" <sip:own@127.0.0.1>'}), [200, 400]],
	['nothing', '', [0]],
	['line-ends', '\r\n\r\n\r\n', [0]],
	['noise', Array.from({length: 1000}, (_, i) => String.fromCharCode((i * 7919 + 13) % 256)).join(''), [0]],
];

test('requests that are wrong in ways of their own', async () => {
	await assertStatuses(OWN, Object.fromEntries(OWN.map(([name, , expected]) => [name, expected])));
	await assertTakesCalls('after-own');
});

test('TCP: noise, requests in pieces and headers without end harm nobody', async () => {
	const send = async (parts) => {
		const socket = net.connect(PORT, '127.0.0.1');
		let text = '', closed = false;
		socket.setEncoding('latin1').on('data', (more) => { text += more; }).on('error', () => {}).on('close', () => { closed = true; });
		await once(socket, 'connect');
		for (const part of parts) {
			if (closed) break;
			socket.write(Buffer.from(part, 'latin1'));
			await sleep(20);
		}
		return {socket, text: () => text, closed: () => closed};
	};
	const before = await server.rss();
	const whole = options('pieces').replace('SIP/2.0/UDP', 'SIP/2.0/TCP');
	const pieces = await send(whole.match(/[^]{1,40}/g));
	await eventually('a request in pieces is answered', () => assert.equal(statusOf(pieces.text()), 200));
	const endless = await send([`OPTIONS sip:127.0.0.1 SIP/2.0\r\n`, ...Array(200).fill(`Subject: ${'x'.repeat(65000)}\r\n`)]);
	const noisy = await send([OWN.at(-1)[1]]);
	assert.ok(await server.rss() < before + 8192, 'its 13 MB are not kept');
	for (const {socket} of [pieces, endless, noisy]) socket.destroy();
	await assertTakesCalls('after-tcp');
});

// ---- RTP

// A call with sound and picture, and what it should see of each.
async function callWithMedia(id) {
	const phone = await new Phone(PORT).open(), audio = await new Rtp().open(), video = await new Rtp().open();
	const body = phone.offer(0, [`m=audio ${audio.port} RTP/AVP 0`, `m=video ${video.port} RTP/AVP 97`, 'a=rtpmap:97 H264/90000',
		'a=fmtp:97 profile-level-id=42e01f;packetization-mode=1']);
	const call = await phone.call({id, to: id, body});
	const [audioPort, videoPort] = portsOf(call.ok);
	return {
		phone, call, audio, video, audioPort, videoPort, level: async () => (await server.participants(id))[0].audio.level_dbov,
		async end() {
			await phone.hangUp(call);
			for (const it of [phone, audio, video]) it.close();
		},
	};
}

test('a third party that sends RTP to a call changes nothing', async () => {
	const {audio, video, audioPort, videoPort, level, end} = await callWithMedia('robbed');
	const thief = await new Rtp().open();
	audio.talk(audioPort, Rtp.silent);
	video.talk(videoPort, Buffer.from([0x09, 0x10]), 97, 200);
	await eventually('sound and picture come', () => assert.ok(audio.packets > 20 && video.frames > 5));
	const heard = [];
	for (const end = Date.now() + 5000; Date.now() < end;) {
		for (let i = 0; i < 10; i++) {
			thief.send(audioPort, Rtp.loud);
			thief.send(videoPort, Rtp.loud, 97);
			await sleep(10);
		}
		heard.push(await level());
	}
	assert.ok(Math.max(...heard) < -60, `nobody hears the thief: ${heard}`);
	assert.equal(thief.packets, 0, 'and the thief gets nothing');
	const packets = audio.packets, frames = video.frames;
	await eventually('the call goes on', () => assert.ok(audio.packets > packets + 20 && video.frames > frames + 5));
	audio.talk(audioPort, Rtp.loud);
	await eventually('its own voice is heard', async () => assert.ok(await level() > -20, `level ${await level()}`));
	thief.close();
	await end();
});

test('a flood of INVITEs is limited; a call keeps its sound and picture', async () => {
	const {audio, video, audioPort, videoPort, end} = await callWithMedia('steady');
	const phone = await new Phone(PORT).open();
	audio.talk(audioPort, Rtp.loud);
	video.talk(videoPort, Buffer.from([0x09, 0x10]), 97, 200);
	await eventually('sound and picture come', () => assert.ok(audio.packets > 20 && video.frames > 5));
	const pace = async (act) => {
		const begin = [audio.packets, video.frames], start = Date.now();
		while (Date.now() < start + 3000) {
			act();
			await sleep(5);
		}
		return [audio.packets - begin[0], video.frames - begin[1]];
	};
	const quiet = await pace(() => {});
	let n = 0;
	const flooded = await pace(() => {
		for (let i = 0; i < 10; i++, n++) phone.send(phone.request('INVITE', {id: `flood${n}`, to: 'flood', body: phone.offer()}));
	});
	assert.ok(flooded[0] > quiet[0] / 4 && flooded[1] > quiet[1] / 4, `${quiet} packets and pictures, ${flooded} in the flood of ${n}`);
	assert.match(phone.has('SIP/2.0 503'), /^Retry-After: \d+\r$/m);
	const taken = new Set(phone.got.filter((text) => statusOf(text) === 200).map((text) => /^Call-ID: (.*)\r$/m.exec(text)[1])).size;
	assert.ok(taken < n / 3, `${taken} of ${n} taken`);
	phone.close();
	await end();
});
