// Who may do what: API keys and JWTs by the API, by participants with media, by WHIP, WHEP and players, by the admin page; reading files again;
// what is written down of it.

import assert from 'node:assert/strict';
import {createHash, createHmac, createPublicKey, generateKeyPairSync, randomBytes, sign} from 'node:crypto';
import {rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {closeAdmins, openAdmin} from './lib/admin.mjs';
import {offer, request} from './lib/api.mjs';
import {folder} from './lib/media.mjs';
import {start} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const TOKEN = 'the-token-of-the-operator', SECRET = randomBytes(32), FILE_SECRET = randomBytes(32).toString('hex');
const rsa = generateKeyPairSync('rsa', {modulusLength: 2048}), ec = generateKeyPairSync('ec', {namedCurve: 'P-256'});
const at = (name) => join(folder, `identity-${process.pid}-${name}`);
const KEYS = at('keys.json'), JWKS = at('jwks.json'), SIGNING = at('signing.pem');
const LETS = {'outputs.allow': '127.0.0.1', 'http.api_token': TOKEN, 'join.policy': 'token', 'identity.audience': 'tessera', 'identity.leeway_s': 0,
	'identity.keys': KEYS, 'identity.jwt_keys': JWKS, 'identity.signing_key': SIGNING};
const now = () => Math.floor(Date.now() / 1000);
const b64 = (data) => Buffer.from(data).toString('base64url');

// A JWT as any service makes it; key: Buffer (HS256), or a private key.
function jwt(claims, {key = SECRET, kid = 'hs', alg} = {}) {
	alg ??= Buffer.isBuffer(key) ? 'HS256' : key.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256';
	const text = `${b64(JSON.stringify({alg, typ: 'JWT', kid}))}.${b64(JSON.stringify({aud: 'tessera', exp: now() + 600, ...claims}))}`;
	const signature = Buffer.isBuffer(key) ? createHmac('sha256', key).update(text).digest() :
		sign('sha256', Buffer.from(text), {key, dsaEncoding: 'ieee-p1363'});
	return `${text}.${b64(signature)}`;
}
const keyFile = (...more) => writeFileSync(KEYS, JSON.stringify([{id: 'recorder', hash: `sha256:${createHash('sha256').update(FILE_SECRET).digest('hex')}`,
	scopes: ['record'], room: 'sales-*'}, ...more]));

let server;
before(async () => {
	keyFile();
	writeFileSync(JWKS, JSON.stringify({keys: [{kty: 'oct', alg: 'HS256', kid: 'hs', k: b64(SECRET)},
		{...createPublicKey(rsa.privateKey).export({format: 'jwk'}), alg: 'RS256', kid: 'rs'}]}));
	writeFileSync(SIGNING, JSON.stringify({...ec.privateKey.export({format: 'jwk'}), alg: 'ES256', kid: 'es'}));
	server = await startServer({...LETS, 'node.state_dir': at('state'), 'recording.dir': at('recordings'), 'recording.min_free_mb': 1, 'log.level': 'info'});
});
after(async () => {
	await closeAdmins();
	await server?.stop();
	for (const name of ['keys.json', 'jwks.json', 'signing.pem', 'state', 'recordings']) rmSync(at(name), {recursive: true, force: true});
});

async function ask(method, path, bearer, json, headers = {}) {
	const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
	const reply = await request(server.url + path, {method, body: json ? JSON.stringify(json) : undefined,
		headers: {...(bearer && {Authorization: `Bearer ${bearer}`}), ...(json && {'Content-Type': type}), ...headers}});
	const text = reply.body.toString();
	return {...reply, text, json: text && /json/.test(reply.headers['content-type'] ?? '') ? JSON.parse(text) : null};
}
const joins = (path, bearer, direction = 'sendrecv') => request(server.url + path, {method: 'POST', body: offer(direction),
	headers: {'Content-Type': 'application/sdp', ...(bearer && {Authorization: `Bearer ${bearer}`})}});
const status = async (...of) => (await ask(...of)).status;
const audit = (pattern) => eventually(`the log has ${pattern}`, async () => assert.match(server.text, pattern));

test('a key is made, does what it is for, and is removed at once', async () => {
	const made = await ask('POST', '/v1/keys', TOKEN, {name: 'billing', scopes: ['moderate'], room: 'sales-*'});
	assert.equal(made.status, 201);
	assert.equal(made.headers['cache-control'], 'no-store');
	const {key, id} = made.json;
	assert.match(key, /^tsk_[0-9a-f]{12}_[0-9a-f]{64}$/);
	for (const [method, path, json, right] of [['PUT', '/v1/rooms/sales-1', {}, 201], ['PUT', '/v1/rooms/support', {}, 403],
		['GET', '/v1/rooms/sales-1/recordings', null, 403], ['GET', '/v1/keys', null, 403], ['GET', '/metrics', null, 403], ['POST', '/v1/rooms', {}, 403]])
		assert.equal(await status(method, path, key, json), right, `${method} ${path}`);
	assert.equal(await status('PUT', '/v1/rooms/support', TOKEN, {}), 201);
	assert.deepEqual((await ask('GET', '/v1/rooms', key)).json.items.map((room) => room.id), ['sales-1']);
	const [listed] = (await ask('GET', '/v1/keys', TOKEN)).json.items.filter((one) => one.id === id);
	assert.ok(Date.now() - listed.last_used_ms < 60000);
	assert.ok(!('key' in listed));
	// its stream of events has its own rooms alone, and ends with it
	const opened = await request(`${server.url}/v1/events`, {headers: {Authorization: `Bearer ${key}`}, stream: true});
	let text = '', ended = false;
	opened.response.setEncoding('utf8').on('data', (part) => { text += part; }).on('error', () => { ended = true; }).on('close', () => { ended = true; });
	await ask('PATCH', '/v1/rooms/support', TOKEN, {locked: true});
	await ask('PATCH', '/v1/rooms/sales-1', TOKEN, {locked: true});
	await eventually('it is told of its room', async () => assert.match(text, /"locked":true/));
	assert.doesNotMatch(text, /support/);
	assert.equal(await status('DELETE', `/v1/keys/${id}`, TOKEN), 204);
	assert.equal(await status('GET', '/v1/rooms', key), 401);
	await ask('PATCH', '/v1/rooms/sales-1', TOKEN, {locked: false});
	await eventually('its stream ends', async () => assert.ok(ended));
	await audit(new RegExp(`event="?audit"? by=key key="?${id}"? .*method="PUT" route=/v1/rooms/\\{room\\} room="?sales-1"? status=201`));
	await audit(new RegExp(`by=key key="?${id}"? .*room="?support"? status=403`));
	assert.ok(!server.text.includes(key.slice(-64)), 'its secret is in no line of the log');
});

test('keys of a file, read again by SIGHUP', async () => {
	const key = `tsk_recorder_${FILE_SECRET}`, path = '/v1/rooms/sales-1/recordings';
	assert.equal(await status('GET', path, key), 200);
	assert.equal(await status('DELETE', '/v1/keys/recorder', TOKEN), 409);
	keyFile({id: 'broken'});
	server.child.kill('SIGHUP');
	await audit(/API keys not read/);
	assert.equal(await status('GET', path, key), 200, 'a file that cannot be read changes nothing');
	writeFileSync(KEYS, '[]');
	server.child.kill('SIGHUP');
	await eventually('the key is gone', async () => assert.equal(await status('GET', path, key), 401));
	keyFile();
	server.child.kill('SIGHUP');
	await eventually('and comes back', async () => assert.equal(await status('GET', path, key), 200));
});

test('JWTs of three algorithms, and those that are none', async () => {
	const claims = {room: 'sales-*', scope: 'moderate'};
	const pem = rsa.publicKey.export({type: 'spki', format: 'pem'});
	for (const [what, token, right] of [
		['HS256', jwt(claims), 200], ['RS256', jwt(claims, {key: rsa.privateKey, kid: 'rs'}), 200], ['ES256', jwt(claims, {key: ec.privateKey, kid: 'es'}), 200],
		['expired', jwt({...claims, exp: now() - 1}), 401], ['not yet', jwt({...claims, nbf: now() + 100}), 401],
		['for others', jwt({...claims, aud: 'others'}), 401], ['no kid of ours', jwt(claims, {kid: 'zz'}), 401],
		['none', `${b64('{"alg":"none","kid":"hs"}')}.${b64(JSON.stringify({...claims, aud: 'tessera', exp: now() + 60}))}.`, 401],
		['the public key as a secret', jwt(claims, {key: Buffer.from(pem), kid: 'rs', alg: 'HS256'}), 401],
		['another secret', jwt(claims, {key: randomBytes(32)}), 401], ['no scope', jwt({room: '*'}), 403], ['no room', jwt({scope: 'admin'}), 401],
		['16 kB', 'x'.repeat(12000), 401],
	]) {
		const reply = await ask('GET', '/v1/rooms', token);
		assert.equal(reply.status, right, what);
		if (right !== 401) continue;
		assert.equal(reply.headers['www-authenticate'], 'Bearer realm="tessera", error="invalid_token"');
		assert.equal(reply.json.detail, 'this token is not valid here', what);
	}
	const huge = await ask('GET', '/v1/rooms', 'x'.repeat(2 ** 20)).catch((error) => ({status: error.code}));
	assert.ok([413, 431, 'ECONNRESET', 'EPIPE'].includes(huge.status), `1 MB: ${huge.status}`);
	assert.equal(await status('GET', '/healthz'), 200);
});

test('a token that is made here lets somebody in, under its name, who sends what it allows', async () => {
	const make = async (json) => {
		const reply = await ask('POST', '/v1/tokens', TOKEN, {room: 'stage', ...json});
		assert.equal(reply.status, 201, reply.text);
		return reply.json.token;
	};
	assert.equal((await joins('/join/stage')).status, 401);
	const ann = await make({scopes: ['join', 'publish'], name: 'Ann', identity: 'ann', role: 'speaker'});
	const silent = await make({scopes: ['join', 'publish:camera'], name: 'Bob'}), none = await make({scopes: ['join']});
	const peers = start(server, {room: 'stage', seconds: 40, together_ms: 500, peers: [
		{decode: true, width: 320, height: 180, kbps: 200, query: `token=${ann}&name=Boss`},
		{width: 320, height: 180, kbps: 200, query: `token=${silent}`}, {width: 320, height: 180, kbps: 200, query: `token=${none}`}]});
	const people = async () => (await ask('GET', '/v1/rooms/stage/participants', TOKEN)).json?.items ?? [];
	await eventually('three are in', async () => assert.equal((await people()).filter((person) => person.state === 'connected').length, 3), 20000);
	const find = async (name) => (await people()).find((person) => person.name === name);
	await eventually('Ann is seen and heard', async () => {
		const person = await find('Ann');
		assert.deepEqual([person.identity, person.role], ['ann', 'speaker']);
		assert.ok(person.audio.codec && person.sources.length);
	}, 20000);
	await eventually('Bob is seen', async () => assert.ok((await find('Bob')).sources.some((source) => source.width)), 20000);
	const sent = (await people()).map(({name, audio, sources}) => [name, audio.codec, sources.map((source) => source.kind)]);
	assert.deepEqual(sent.toSorted(), [['Ann', 'opus', ['camera']], ['Bob', null, ['camera']], ['peer-0', null, []]]);
	const {peers: [first]} = await peers.end();
	assert.ok(first.first_picture_ms > 0, 'and the mix is received');
});

test('contributors, watchers and players give it where they do', async () => {
	const token = (scope, room = 'tv') => jwt({room, scope});
	assert.equal((await joins('/whip/tv', token('publish:camera'), 'sendonly')).status, 201);
	assert.equal((await joins('/whip/tv', token('watch'), 'sendonly')).status, 403);
	assert.equal((await joins(`/whep/tv?token=${token('watch')}`, null, 'recvonly')).status, 201);
	assert.equal((await joins('/whep/tv', token('watch', 'radio'), 'recvonly')).status, 403);
	for (const type of ['hls', 'flv']) assert.equal(await status('POST', '/v1/rooms/tv/outputs', TOKEN, {type}), 201);
	for (const path of ['/hls/tv/index.m3u8', '/flv/tv.flv']) {
		const answer = async (query) => {
			const reply = await request(server.url + path + query, {stream: true});
			reply.abort();
			return reply.status;
		};
		assert.equal(await answer(''), 401, path);
		assert.equal(await answer(`?token=${token('join')}`), 403, path);
		assert.equal(await answer(`?token=${token('watch', 'radio')}`), 403, path);
		assert.equal(await answer(`?pin=${jwt({room: 'tv', scope: 'watch', exp: now() - 9})}`), 401, path);
	}
	const flv = await request(`${server.url}/flv/tv.flv?token=${token('watch')}`, {stream: true});
	flv.abort();
	assert.equal(flv.status, 200);
});

test('the admin page is entered by a JWT, and shows its rooms', async () => {
	await ask('PUT', '/v1/rooms/other', TOKEN, {});
	await ask('PUT', '/v1/rooms/mine', TOKEN, {});
	const boss = await openAdmin(server, {at: `#token=${jwt({room: 'mine*', scope: 'moderate'})}`});
	await eventually('it is live', async () => assert.equal(await boss.page.textContent('#live'), 'Live'), 20000);
	await eventually('its room is there', async () => assert.equal(await boss.page.locator('.a-card:has-text("mine")').count(), 1));
	assert.equal(await boss.page.locator('.a-card:has-text("other")').count(), 0);
	await boss.close();
});
