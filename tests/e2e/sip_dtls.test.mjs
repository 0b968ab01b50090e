// DTLS-SRTP without ICE (RFC 5763): a softphone and a browser in one room, whoever called, with RTCP on a socket of its own and not.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import {openApi} from './lib/api.mjs';
import {ADDRESS, baresip, stopAll} from './lib/baresip.mjs';
import {closeAll, open} from './lib/browser.mjs';
import {startServer} from './lib/server.mjs';
import {Phone} from './lib/sip.mjs';
import {eventually} from './lib/wait.mjs';

const options = {skip: ADDRESS ? false : 'needs an address off loopback', timeout: 120000};
const PORT = 5970;
let server, api, anna;

before(async () => {
	if (!ADDRESS) return;
	server = await startServer({'sip.listen': `udp:${ADDRESS}:${PORT};udp:127.0.0.1:${PORT}`, 'sip.policy': 'open', 'sip.srtp': 'dtls',
		'sip.dial': `${ADDRESS}:1024-65535`, 'media.ports': '20000-29999'});
	api = await openApi(server);
	anna = await open(server, {room: 'mixed', person: 'red'});
	await anna.joined();
});
after(async () => {
	stopAll();
	await closeAll();
	await server?.stop();
});

async function assertMeet(phone) {
	await anna.assertSees(['red', phone.person]);
	await anna.assertHears([phone.person]);
	await phone.assertSees(server, 'mixed', ['red', phone.person]);
}
const gone = () => eventually('only the browser is left', async () => assert.equal((await server.participants('mixed')).length, 1));
const traceOf = async (id) => (await server.get(`/v1/rooms/mixed/calls/${id}/ladder`)).items.map(({text}) => text);
const newest = async () => (await server.get('/v1/rooms/mixed/calls')).items.at(-1);

for (const mux of [false, true])
	test(`baresip dials in, RTCP ${mux ? 'muxed' : 'on a socket of its own'}`, options, async () => {
		const phone = await baresip({person: 'green', encryption: 'dtls_srtp', mux});
		await phone.dial(`sip:mixed@${ADDRESS}:${PORT}`);
		await assertMeet(phone);
		const ok = (await traceOf((await newest()).id)).find((text) => /^SIP\/2.0 200/.test(text));
		assert.match(ok, /^m=audio \d+ UDP\/TLS\/RTP\/SAVPF? /m);
		assert.match(ok, /^a=fingerprint:sha-256 /m);
		assert.match(ok, /^a=setup:(active|passive)\r$/m);
		assert.doesNotMatch(ok, /^a=crypto/m);
		// reports come both ways: the round trip is known
		await eventually('a round trip', async () => {
			const info = (await server.participants('mixed')).find((p) => p.kind === 'sip');
			assert.ok(info.stats.rtt_ms > 0, JSON.stringify(info.stats));
		});
		await phone.hangUp();
		await phone.assertHeard(['red']);
		await phone.stop();
		await gone();
	});

test('we call baresip by DTLS', options, async () => {
	const phone = await baresip({person: 'blue', encryption: 'dtls_srtp'});
	const {status, json, text} = await api.call('post_v1_rooms_room_calls', {path: {room: 'mixed'}, json: {to: phone.uri, name: 'blue', srtp: 'dtls'}});
	assert.equal(status, 202, text);
	await assertMeet(phone);
	const trace = await traceOf(json.id);
	assert.match(trace[0], /^m=audio \d+ UDP\/TLS\/RTP\/SAVPF /m);
	assert.match(trace[0], /^a=setup:actpass\r$/m);
	assert.doesNotMatch(trace[0], /^a=crypto/m);
	await sleep(3000); // of sound, which is measured when it is over
	await api.call('delete_v1_rooms_room_calls_id', {path: {room: 'mixed', id: json.id}});
	await phone.happened('CALL_CLOSED');
	await phone.assertHeard(['red']);
	await phone.stop();
	await gone();
});

test('keys in the description, and none, are refused', options, async () => {
	const phone = await new Phone(PORT).open();
	phone.send(phone.request('INVITE', {id: 'clear', to: 'mixed', body: phone.offer()}));
	await phone.answer(488, 'INVITE', 'clear');
	const key = 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR';
	phone.send(phone.request('INVITE', {id: 'sdes', to: 'mixed', body: phone.offer(40000, ['m=audio PORT RTP/SAVP 0', key])}));
	await phone.answer(488, 'INVITE', 'sdes');
	phone.close();
	await gone();
});
