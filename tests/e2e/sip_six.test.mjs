// A call that we make over IPv6: every address in it stands in brackets (RFC 3261 25.1), so that the phone's echo is one we can read.

import assert from 'node:assert/strict';
import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {after, before, test} from 'node:test';
import {openApi} from './lib/api.mjs';
import {startServer} from './lib/server.mjs';
import {response, statusOf} from './lib/sip.mjs';
import {eventually} from './lib/wait.mjs';

const PORT = 5978;
let server, api;

before(async () => {
	server = await startServer({'sip.listen': `udp:[::1]:${PORT}`, 'media.addresses': '::1', 'media.ports': '26000-26099'});
	api = await openApi(server);
});
after(() => server.stop());

test('a call over IPv6 is answered and acknowledged', async () => {
	const got = [], phone = createSocket('udp6').unref();
	phone.bind(0, '::1');
	await once(phone, 'listening');
	const {port} = phone.address();
	phone.on('message', (bytes, from) => {
		const text = bytes.toString('latin1');
		got.push(text);
		if (statusOf(text) || !/^(INVITE|BYE)/.test(text)) return;
		const lines = [...text.matchAll(/^m=(\w+) \d+ (\S+)/mg)].map(([, kind, profile]) =>
			kind === 'audio' ? `m=audio 40000 ${profile} 0` : `m=${kind} 0 ${profile} 0`);
		const body = ['v=0', 'o=- 1 1 IN IP6 ::1', 's=-', 'c=IN IP6 ::1', 't=0 0', ...lines, ''].join('\r\n');
		const reply = response(text, 200, 'OK', {body: text.startsWith('INVITE') ? body : '', more: [`Contact: <sip:phone@[::1]:${port}>`]});
		phone.send(Buffer.from(reply, 'latin1'), from.port, from.address);
	});
	const r = await api.call('post_v1_rooms_room_calls', {path: {room: 'six'}, json: {to: `sip:phone@[::1]:${port}`}});
	assert.equal(r.status, 202);
	await eventually('ACK', () => assert.ok(got.some((text) => text.startsWith('ACK ')), got.join('\n')), 15000);
	for (const name of ['From', 'Contact', 'Via']) {
		const value = new RegExp(`^${name}: (.*)$`, 'm').exec(got[0])[1];
		assert.match(value, /\[::1\]/, `${name}: ${value}`);
	}
	phone.close();
});
