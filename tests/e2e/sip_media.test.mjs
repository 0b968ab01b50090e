// A softphone and a browser in one room: each sees and hears the other, whatever the codec and the encryption, whoever called.

import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {once} from 'node:events';
import {appendFileSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';
import tls from 'node:tls';
import {openApi} from './lib/api.mjs';
import {ADDRESS, baresip, stopAll} from './lib/baresip.mjs';
import {closeAll, open} from './lib/browser.mjs';
import {folder} from './lib/media.mjs';
import {startServer} from './lib/server.mjs';
import {response} from './lib/sip.mjs';
import {eventually} from './lib/wait.mjs';

const options = {skip: ADDRESS ? false : 'needs an address off loopback'};
const PORT = 5970, TLS_PORT = 5971;
let server, api, anna, good;

// PEM files of an authority and of what it vouches for: {ca, cert (with its key), key}.
function authority(name) {
	const path = (end) => join(folder, `${name}-${end}.pem`);
	const make = (end, ...args) => {
		execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
			'-subj', `/CN=${name} ${end}`, '-keyout', path(`${end}-key`), '-out', path(end), ...args], {stdio: 'pipe'});
	};
	make('ca');
	make('cert', '-CA', path('ca'), '-CAkey', path('ca-key'), '-addext', `subjectAltName=IP:${ADDRESS}`, '-addext', 'basicConstraints=critical,CA:FALSE');
	appendFileSync(path('cert'), readFileSync(path('cert-key')));
	return {ca: path('ca'), cert: path('cert'), key: path('cert-key')};
}

before(async () => {
	if (!ADDRESS) return;
	good = authority('good');
	server = await startServer({
		'sip.listen': `udp:${ADDRESS}:${PORT};tcp:${ADDRESS}:${PORT};tls:${ADDRESS}:${TLS_PORT}`, 'sip.policy': 'open',
		'sip.cert': good.cert, 'sip.key': good.key, 'sip.ca': good.ca, 'sip.dial': `${ADDRESS}:1024-65535`, 'media.ports': '20000-29999',
	});
	api = await openApi(server);
	anna = await open(server, {room: 'mixed', person: 'red'});
	await anna.joined();
});
after(async () => {
	stopAll();
	await closeAll();
	await server?.stop();
});

// Both see and hear each other; the phone is up.
async function assertMeet(phone, check) {
	await anna.assertSees(['red', phone.person]);
	await anna.assertHears([phone.person]);
	await phone.assertSees(server, 'mixed', ['red', phone.person]);
	await check?.((await server.participants('mixed')).find((p) => p.kind === 'sip'));
	await sleep(1000);
}

async function gone() {
	await eventually('only the browser is left', async () => assert.equal((await server.participants('mixed')).length, 1));
}

for (const [encryption, audio, person] of [['srtp-mand', 'opus', 'green'], ['', 'pcma', 'blue'], ['', 'g722', 'yellow']]) {
	test(`baresip dials in: ${audio}, H.264, ${encryption || 'plain'}`, options, async () => {
		const phone = await baresip({person, encryption, audio});
		await phone.dial(`sip:mixed@${ADDRESS}:${PORT}`);
		await assertMeet(phone, (info) => {
			assert.equal(info.audio.codec, audio);
			assert.ok(info.audio.level_dbov > -60, `level ${info.audio.level_dbov}`);
			assert.match(info.user_agent, /baresip/);
		});
		await phone.hangUp();
		await phone.assertHeard(['red']);
		await phone.stop();
		await gone();
	});
}

async function called(to, more) {
	const {status, json, text} = await api.call('post_v1_rooms_room_calls', {path: {room: 'mixed'}, json: {to, ...more}});
	assert.equal(status, 202, text);
	return json.id;
}
const show = (id) => server.get(`/v1/rooms/mixed/calls/${id}`);
const ended = (id) => eventually('the call ends', async () => {
	const call = await show(id);
	assert.equal(call.state, 'ended');
	return call;
});

for (const transport of ['udp', 'tls']) {
	test(`we call baresip over ${transport}`, options, async () => {
		const phone = await baresip({person: 'green', encryption: 'srtp', cert: good.cert});
		const to = transport === 'tls' ? `sip:green@${ADDRESS}:${phone.port + 1};transport=tls` : phone.uri;
		const id = await called(to, {name: 'green', srtp: transport === 'tls' ? 'required' : 'offered'});
		await eventually('it answers', async () => assert.equal((await show(id)).state, 'answered'));
		await assertMeet(phone);
		const trace = (await server.get(`/v1/rooms/mixed/calls/${id}/ladder`)).items.map(({text}) => text);
		assert.match(trace[0], transport === 'tls' ? /^m=audio \d+ RTP\/SAVP /m : /^m=audio \d+ RTP\/AVP /m);
		assert.match(trace[0], /^a=crypto:1 .*\(hidden\)\r$/m);
		assert.match(trace.find((text) => /^SIP\/2.0 200/.test(text)), /^a=crypto:/m);
		if (transport === 'tls') assert.match(trace[0], /^Via: SIP\/2.0\/TLS /m);
		await api.call('delete_v1_rooms_room_calls_id', {path: {room: 'mixed', id}});
		await phone.happened('CALL_CLOSED');
		assert.equal((await ended(id)).outcome, 'completed');
		await phone.assertHeard(['red']);
		await phone.stop();
		await gone();
	});
}

// Who does not prove to be whom we called hears not even the INVITE.
test('a wrong certificate is refused', options, async () => {
	const bad = authority('bad');
	const heard = [];
	const impostor = tls.createServer({cert: readFileSync(bad.cert), key: readFileSync(bad.key)}, (socket) => {
		socket.on('error', () => {}).on('data', (bytes) => {
			heard.push(bytes.toString());
			if (heard.at(-1).startsWith('INVITE ')) socket.write(response(heard.at(-1), 486, 'Busy Here'));
		});
	});
	impostor.on('tlsClientError', () => {}).listen(0, ADDRESS);
	await once(impostor, 'listening');
	const {port} = impostor.address();
	const call = await ended(await called(`sip:green@${ADDRESS}:${port};transport=tls`));
	assert.deepEqual([call.outcome, call.code], ['failed', 503], JSON.stringify(call));
	assert.deepEqual(heard, []);
	impostor.setSecureContext({cert: readFileSync(good.cert), key: readFileSync(good.key)});
	assert.equal((await ended(await called(`sip:green@${ADDRESS}:${port};transport=tls`))).outcome, 'busy', 'the right one is called');
	assert.match(heard[0], /^INVITE sip:green@/);
	impostor.close();
	await gone();
});
