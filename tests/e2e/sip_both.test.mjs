// Keys by DTLS and in the description, in one offer (RFC 8643, and as room systems have it): ours to telephones of each kind, and theirs to us. Two
// softphones see each other, and are heard; without a browser.

import assert from 'node:assert/strict';
import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {after, before, test} from 'node:test';
import {openApi} from './lib/api.mjs';
import {ADDRESS, baresip, stopAll} from './lib/baresip.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const options = {skip: ADDRESS ? false : 'needs an address off loopback', timeout: 120000};
const PORT = 5972, ROOM = 'mixed';
let server, api, green, between;

// Between a phone and the server: INVITEs of the phone go on with another body.
async function changeBodies(change) {
	const socket = createSocket('udp4').bind(0, ADDRESS);
	await once(socket, 'listening');
	let phone;
	socket.on('message', (bytes, {port}) => {
		if (port === PORT) {
			socket.send(bytes, phone, ADDRESS);
			return;
		}
		phone = port;
		const text = bytes.toString('latin1'), [head, body] = text.split('\r\n\r\n'), other = body && change(body);
		const sent = body ? `${head.replace(/^Content-Length: *\d+/im, `Content-Length: ${other.length}`)}\r\n\r\n${other}` : text;
		socket.send(Buffer.from(sent, 'latin1'), PORT, ADDRESS);
	});
	return {port: socket.address().port, close: () => socket.close()};
}

const traceOf = async (id) => (await server.get(`/v1/rooms/${ROOM}/calls/${id}/ladder`)).items.map(({text}) => text);
const levelOf = async (name) => (await server.participants(ROOM)).find((p) => p.name === name)?.audio?.level_dbov;
const assertHeardBy = (name) => eventually(`the room hears ${name}`, async () => assert.ok(await levelOf(name) > -60, `${name}: ${await levelOf(name)}`));

before(async () => {
	if (!ADDRESS) return;
	server = await startServer({'sip.listen': `udp:${ADDRESS}:${PORT}`, 'sip.policy': 'open', 'sip.dial': `${ADDRESS}:1024-65535`, 'media.ports': '20000-29999',
		'room.width': '640', 'room.height': '360'});
	api = await openApi(server);
	// a key is put beside its certificate on the way
	const key = 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR';
	between = await changeBodies((body) => body.replace(/UDP\/TLS\/RTP\/SAVPF?/g, 'RTP/SAVP').replace(/^a=setup:/mg, `${key}\r\na=setup:`));
	green = await baresip({person: 'green', encryption: 'dtls_srtp'});
});
after(async () => {
	between?.close();
	stopAll();
	await server?.stop();
});

test('baresip offers both: DTLS is taken, and answered alone', options, async () => {
	await green.dial(`sip:${ROOM}@${ADDRESS}:${between.port}`);
	await assertHeardBy('green');
	const [{id}] = (await server.get(`/v1/rooms/${ROOM}/calls`)).items, trace = await traceOf(id);
	assert.match(trace[0], /^m=audio \d+ RTP\/SAVP /m);
	assert.match(trace[0], /^a=crypto:1 /m);
	const ok = trace.find((text) => /^SIP\/2.0 200/.test(text));
	assert.match(ok, /^m=audio \d+ RTP\/SAVP /m);
	assert.match(ok, /^a=fingerprint:sha-256 /m);
	assert.doesNotMatch(ok, /^a=crypto/m);
	await green.assertSees(server, ROOM, ['green']);
});

for (const [encryption, srtp, agreed] of [['srtp', 'both', 'sdes'], ['', 'both', 'clear'], ['srtp-mand', 'required-both', 'sdes'], ['dtls_srtp', 'required-both', 'dtls']])
	test(`our offer (${srtp}) to baresip with ${encryption || 'neither'}: ${agreed}`, options, async () => {
		const phone = await baresip({person: 'blue', encryption});
		const {status, json, text} = await api.call('post_v1_rooms_room_calls', {path: {room: ROOM}, json: {to: phone.uri, name: 'blue', srtp}});
		assert.equal(status, 202, text);
		await phone.happened('CALL_ESTABLISHED');
		await assertHeardBy('blue');
		const trace = await traceOf(json.id), ok = trace.find((t) => /^SIP\/2.0 200/.test(t)), offer = trace[0];
		const count = (line) => offer.match(line)?.length;
		// sound, camera and slides
		assert.equal(count(new RegExp(`^m=(audio|video) \\d+ RTP/${srtp === 'both' ? 'AVP' : 'SAVP'} `, 'mg')), 3, offer);
		for (const line of [/^a=fingerprint:sha-256 /mg, /^a=setup:actpass\r$/mg, /^a=crypto:1 /mg, /^a=rtcp-mux\r$/mg]) assert.equal(count(line), 3, `${line} in ${offer}`);
		assert.equal(/^a=fingerprint/m.test(ok), agreed === 'dtls', ok);
		assert.equal(/^a=crypto/m.test(ok), agreed === 'sdes', ok);
		await phone.assertSees(server, ROOM, ['blue', 'green']);
		await phone.hangUp();
		await phone.stop();
		await eventually('one is left', async () => assert.equal((await server.participants(ROOM)).length, 1));
	});

test('required: a telephone that has neither is not called in the clear', options, async () => {
	const phone = await baresip({person: 'blue', video: false});
	const {json} = await api.call('post_v1_rooms_room_calls', {path: {room: ROOM}, json: {to: phone.uri, name: 'blue', srtp: 'required-both', video: false}});
	await eventually('the call is over', async () => assert.equal((await server.get(`/v1/rooms/${ROOM}/calls/${json.id}`)).state, 'ended'));
	await phone.stop();
});
