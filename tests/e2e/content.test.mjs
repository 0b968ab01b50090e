// What rooms present by SIP and BFCP, and what they are sent on their second line: floor control as scripted room systems see it, pictures as a
// browser and they see them.

import assert from 'node:assert/strict';
import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {connect} from 'node:net';
import {after, afterEach, before, test} from 'node:test';
import tls from 'node:tls';
import {BfcpRoom, beneficiary, floorId, selfSigned, writeMessage} from './lib/bfcproom.mjs';
import {closeAll, colourOf, open} from './lib/browser.mjs';
import {api} from './lib/page.mjs';
import {whose} from './lib/people.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const PORT = 5976;
let server, anna;
const rooms = [];

async function room(options) {
	const made = await new BfcpRoom(PORT, options).open();
	rooms.push(made);
	return made;
}

const metric = async (name) => (await server.metrics())[name] ?? 0;
const becomes = (what, read, wanted) => eventually(what, async () => assert.deepEqual(await read(), wanted));
const slidesOf = async (name) => (await server.participants('desk')).find((p) => p.name === name)?.sources.some(({kind}) => kind === 'slides') ?? null;

// Whose slides the layout says are shown, and whose colour the browser sees there.
async function assertPresents(name) {
	await eventually(`the browser sees what ${name} presents`, async () => {
		const layout = await server.layout('desk'), region = layout.regions.find(({source}) => source === 'slides');
		const who = (await server.participants('desk')).find(({id}) => id === region?.participant)?.name ?? null;
		assert.equal(who, name);
		if (!name) return;
		const picture = await anna.picture([colourOf(region)]);
		assert.equal(whose(picture.areas[0].yuv), name);
	});
}

before(async () => {
	server = await startServer({'sip.listen': `udp:127.0.0.1:${PORT}`, 'sip.policy': 'open', 'sip.dial': '127.0.0.0/8', 'sip.invites_per_second': 100});
	anna = await open(server, {room: 'desk', person: 'red'});
	await anna.joined();
});
afterEach(async () => {
	for (const one of rooms.splice(0)) await one.leave();
	await becomes('no BFCP is left', () => metric('tessera_bfcp_users'), 0);
});
after(async () => {
	await closeAll();
	await server?.stop();
});

test('a room presents by BFCP over UDP, and a browser sees it while it has the floor', async () => {
	const green = await (await room({name: 'green'})).join('desk');
	assert.match(green.answer.bfcp, /^m=application [1-9]\d* UDP\/BFCP \*\r$/m);
	assert.match(green.answer.bfcp, /^a=floorctrl:s-only\r$/m);
	assert.match(green.answer.bfcp, /^a=floorid:2 mstrm:12\r$/m);
	assert.match(green.answer.slides, /^a=label:12\r$/m);
	// without the floor its slides are nothing to others
	await green.present();
	await becomes('its packets come', () => slidesOf('green'), true);
	await assertPresents(null);
	assert.equal((await green.ask()).status, 'granted');
	await assertPresents('green');
	await green.assertHolder('green');
	assert.equal((await green.release()).status, 'released');
	await assertPresents(null);
	await green.assertHolder(null);
});

test('what a room presents goes to another room as a second stream, sharp, coded once; the floor is taken over', async () => {
	const green = await (await room({name: 'green'})).join('desk');
	const blue = await (await room({name: 'blue', bfcp: 'TCP/BFCP'})).join('desk');
	const yellow = await (await room({name: 'yellow', bfcp: ''})).join('desk'); // slides, but no floor control
	assert.equal((await green.ask()).status, 'granted');
	await green.present();
	await assertPresents('green');
	await blue.assertShown('green');
	await yellow.assertShown('green');
	const {content} = (await server.participants('desk')).find(({name}) => name === 'yellow');
	assert.deepEqual(content, {receives: {codec: 'h264', width: 1920, height: 1080, fps: 10, kbps: 1200}, floor: null, bfcp: null});
	assert.equal(green.packets, 0, 'who presents is not sent it');
	await blue.assertHolder('green');
	assert.equal(await metric('tessera_encoders{media="video",codec="h264"}'), 2, 'one for the mix, one for the second stream');

	// over TCP, by RFC 4582
	assert.equal((await blue.ask()).status, 'granted');
	await green.assertStatus('revoked');
	await green.assertHolder('blue');
	const {participant, since_ms: sinceMs} = await server.get('/v1/rooms/desk/presentation');
	const told = (await server.participants('desk')).find(({id}) => id === participant);
	assert.deepEqual([told.name, told.content.floor, told.content.bfcp.transport, told.content.bfcp.version], ['blue', 'granted', 'tcp', 1]);
	assert.ok(Math.abs(sinceMs - Date.now()) < 60000);
	green.silence();
	await blue.present();
	await assertPresents('blue');
	await green.assertShown('blue');
	await yellow.assertShown('blue');
	assert.equal((await blue.release()).status, 'released');
	await assertPresents(null);
	const before = green.packets;
	await becomes('nobody is sent anything', async () => (await metric('tessera_encoders{media="video",codec="h264"}')), 1);
	assert.ok(before > 0);

	// one without BFCP presents just so, and holds the floor for others to see
	await yellow.present();
	await assertPresents('yellow');
	await green.assertHolder('yellow');
	await green.assertShown('yellow');
	// the view it is made by is nobody's to change
	const own = `${server.url}/v1/rooms/desk/views/=content`, headers = {'Content-Type': 'application/merge-patch+json'};
	for (const request of [{}, {method: 'DELETE'}, {method: 'PATCH', headers, body: '{"labels": false}'}]) assert.equal((await fetch(own, request)).status, 404);
	await green.assertShown('yellow');
});

test('a browser that shares its screen takes the floor, and a room sees it; the room takes it back', async () => {
	const green = await (await room({name: 'green', version: 1})).join('desk'); // of before RFC 8855, over UDP
	assert.equal((await green.ask()).status, 'granted');
	await green.present();
	await assertPresents('green');
	await anna.page.click('#share');
	await green.assertStatus('revoked');
	await green.assertHolder('red');
	green.silence();
	await eventually('it is sent the screen', () => assert.ok(green.picture && green.packets > 20, `${green.packets} packets`));
	assert.equal((await green.ask()).status, 'granted');
	await green.assertHolder('green');
	// the browser goes on, and has the floor again when nobody else wants it
	assert.equal((await green.release()).status, 'released');
	await green.assertHolder('red');
	await anna.page.click('#unshare');
	await green.assertHolder(null);
});

test('who crashes while it holds the floor loses it', async () => {
	const green = await (await room({name: 'green'})).join('desk');
	const blue = await (await room({name: 'blue', bfcp: 'TCP/BFCP'})).join('desk');
	assert.equal((await blue.ask()).status, 'granted');
	await green.assertHolder('blue');
	blue.tcp.destroy(); // the connection ends, the call goes on
	await green.assertHolder(null);
	assert.equal((await green.ask()).status, 'granted');
	await green.present();
	await assertPresents('green');
	await green.leave();
	await assertPresents(null);
	assert.deepEqual(await server.get('/v1/rooms/desk/presentation'), {participant: null, since_ms: null});
});

test('a Hello that comes before the ACK is answered after it', async () => {
	for (const bfcp of ['UDP/BFCP', 'TCP/BFCP']) {
		const early = async (one) => {
			if (bfcp.startsWith('TCP')) await one.connect();
			one.sayHello(99);
			// it has come: a second one, of a stranger, is behind it
			const refused = () => metric('tessera_bfcp_refused_total{reason="stranger"}'), before = await refused();
			const stray = createSocket('udp4');
			stray.send(writeMessage({version: 1, primitive: 'Hello', conference: (one.conference ^ 1) >>> 0, transaction: 1, user: one.user}), one.controlTo, '127.0.0.1');
			await eventually('the stray one came', async () => assert.equal(await refused(), before + 1));
			stray.close();
			assert.equal(one.got.length, 0, 'nothing is answered yet');
		};
		const green = await (await room({name: 'green', bfcp})).join('desk', {early});
		await eventually('it is answered', () => assert.ok(green.got.some(({primitive, transaction}) => primitive === 'HelloAck' && transaction === 99)));
		await green.leave();
	}
});

test('a room whose BFCP is lost presents as one without, until it is heard', async () => {
	const green = await (await room({name: 'green', mute: true})).join('desk');
	const blue = await (await room({name: 'blue', bfcp: 'TCP/BFCP'})).join('desk');
	await green.present();
	await assertPresents('green');
	await blue.assertHolder('green');
	await blue.assertShown('green');
	// it is heard after all: what it shows stays, and is its own by BFCP too; from now on it asks
	await green.greet();
	await green.assertHolder('green');
	await assertPresents('green');
	assert.equal((await green.ask()).status, 'granted');
	await blue.assertHolder('green');
	await assertPresents('green');
	assert.equal((await green.release()).status, 'released');
	await assertPresents(null);
});

test('BFCP over TLS: the floor goes both ways; another certificate, and words in the clear, are refused', async () => {
	const blue = await (await room({name: 'blue', bfcp: 'TCP/TLS/BFCP'})).join('desk');
	assert.match(blue.answer.bfcp, /^m=application [1-9]\d* TCP\/TLS\/BFCP \*\r$/m);
	assert.match(blue.answer.bfcp, /^a=setup:passive\r$/m);
	const green = await (await room({name: 'green'})).join('desk');
	assert.equal((await blue.ask()).status, 'granted');
	await blue.present();
	await assertPresents('blue');
	await green.assertShown('blue');
	await green.assertHolder('blue');
	const told = (await server.participants('desk')).find(({name}) => name === 'blue');
	assert.equal(told.content.bfcp.transport, 'tls');
	assert.equal((await green.ask()).status, 'granted');
	await blue.assertStatus('revoked');
	await blue.assertHolder('green');

	// who knows the ids, and the address, has not the key
	const stranger = tls.connect({port: blue.controlTo, host: '127.0.0.1', ...selfSigned('forged'), rejectUnauthorized: false}).on('error', () => {});
	stranger.write(writeMessage({version: 1, primitive: 'FloorRequest', conference: blue.conference, transaction: 1, user: blue.user}, floorId(blue.floor)));
	const clear = connect(blue.controlTo, '127.0.0.1').on('error', () => {});
	clear.write(writeMessage({version: 1, primitive: 'FloorRequest', conference: blue.conference, transaction: 1, user: blue.user}, floorId(blue.floor)));
	await Promise.all([stranger, clear].map((one) => once(one.resume(), 'close')));
	await blue.assertHolder('green');
	assert.equal((await green.release()).status, 'released');
	assert.equal((await blue.ask()).status, 'granted'); // it goes on as if nothing had been
	blue.tcp.destroy();
	await green.assertHolder(null);
});

test('what is refused: DTLS, a server as peer, strangers, wrong ids', async () => {
	const secure = await (await room({name: 'blue', bfcp: 'UDP/TLS/BFCP'})).join('desk');
	assert.match(secure.answer.bfcp, /^m=application 0 UDP\/TLS\/BFCP \*\r$/m);
	assert.match(secure.answer.slides, /^m=video [1-9]/m);
	const plain = await (await room({name: 'yellow', slides: false})).join('desk');
	assert.equal(plain.answer.slides, undefined);

	const green = await (await room({name: 'green'})).join('desk');
	const before = green.got.length, refused = await metric('tessera_bfcp_refused_total{reason="stranger"}');
	const hello = {version: 2, primitive: 'Hello', conference: green.conference, transaction: 77, user: green.user};
	green.say(writeMessage({...hello, user: green.user ^ 1}));
	green.say(writeMessage({...hello, conference: (green.conference ^ 1) >>> 0}));
	green.say(Buffer.from('no message'));
	await becomes('they are dropped', async () => (await metric('tessera_bfcp_refused_total{reason="stranger"}')) - refused, 2);
	assert.equal(green.got.length, before, 'and not answered');
	assert.equal((await green.request('FloorRequest', floorId(99))).error, 6);
	assert.equal((await green.request('FloorRequest', floorId(green.floor), beneficiary(green.user ^ 1))).error, 5);
	assert.equal((await green.request('ChairAction')).error, 5);
	assert.equal((await green.request('FloorRelease')).error, 7);
	// a flood of one address is not worked off
	for (let i = 0; i < 300; i++) green.say(writeMessage({...hello, transaction: 1000 + i}));
	await eventually('the flood is cut', async () => assert.ok(await metric('tessera_bfcp_refused_total{reason="rate"}') > 100));
});

test('what others send under its address, or hold open, takes nothing from a room', async () => {
	const blue = await (await room({name: 'blue', bfcp: 'TCP/BFCP'})).join('desk');
	assert.equal((await blue.ask()).status, 'granted');
	const refused = () => Promise.all(['rate', 'stranger', 'full'].map((why) => metric(`tessera_bfcp_refused_total{reason="${why}"}`)));
	const [rate, stranger, full] = await refused();
	const idle = await Promise.all(Array.from({length: 12}, async () => {
		const socket = connect(blue.controlTo, '127.0.0.1').on('error', () => {});
		await once(socket, 'connect');
		return socket;
	}));
	const stray = createSocket('udp4');
	const message = writeMessage({version: 1, primitive: 'Hello', conference: (blue.conference ^ 1) >>> 0, transaction: 1, user: blue.user});
	for (let i = 0; i < 300; i++) stray.send(message, blue.controlTo, '127.0.0.1');
	await eventually('they are refused', async () => {
		const now = await refused();
		assert.ok(now[0] > rate && now[1] > stranger && now[2] >= full + 4, now.join(' '));
	});
	await blue.assertHolder('blue');
	assert.equal((await blue.release()).status, 'released');
	stray.close();
	for (const socket of idle) socket.destroy();
});

test('whom we call is offered it, and those who refuse it are in the room all the same', async () => {
	const green = await room({name: 'green'});
	const asked = new Promise((done) => { green.phone.on('INVITE', done); });
	await api(server, 'POST', '/v1/rooms/desk/calls', {to: green.phone.uri});
	const invite = await asked;
	assert.match(invite, /^m=application [1-9]\d* UDP\/BFCP \*\r$/m);
	assert.match(invite, /^a=content:slides\r$/m);
	const lines = [...invite.matchAll(/^m=(\w+) \d+ (\S+) (\S+)/mg)].map(([, kind, proto, format], i) =>
		(i ? `m=${kind} 0 ${proto} ${format}` : `m=audio ${green.sound.port} ${proto} 0`));
	green.phone.reply(invite, 200, 'OK', {body: green.phone.offer(0, lines)});
	await becomes('it is there', async () => (await server.participants('desk')).some(({kind, state}) => kind === 'sip' && state === 'connected'), true);
	assert.equal(await metric('tessera_bfcp_users'), 0);
	const [call] = (await server.get('/v1/rooms/desk/calls')).items.filter(({state}) => state === 'answered');
	await api(server, 'DELETE', `/v1/rooms/desk/calls/${call.id}`);
	await becomes('it is gone', async () => (await server.participants('desk')).some(({kind}) => kind === 'sip'), false);
	// for those who would refuse the whole call
	const next = new Promise((done) => { green.phone.on('INVITE', done); });
	await api(server, 'POST', '/v1/rooms/desk/calls', {to: green.phone.uri, content: false});
	const plain = await next;
	assert.deepEqual([...plain.matchAll(/^m=(\w+)/mg)].map(([, kind]) => kind), ['audio', 'video']);
	assert.doesNotMatch(plain, /BFCP|a=content/);
	green.phone.reply(plain, 486, 'Busy Here');
});
