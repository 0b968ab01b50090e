// What rooms present by SIP and BFCP, and what they are sent on their second line: floor control as scripted room systems see it, pictures as a
// browser and they see them.

import assert from 'node:assert/strict';
import {after, afterEach, before, test} from 'node:test';
import {BfcpRoom, beneficiary, floorId, writeMessage} from './lib/bfcproom.mjs';
import {closeAll, colourOf, open} from './lib/browser.mjs';
import {people, whose} from './lib/people.mjs';
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
	server = await startServer({'sip.listen': `udp:127.0.0.1:${PORT}`, 'sip.policy': 'open', 'sip.invites_per_second': 100});
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
	assert.equal(green.packets, 0, 'who presents is not sent it');
	await blue.assertHolder('green');
	assert.equal(await metric('tessera_encoders{media="video",codec="h264"}'), 2, 'one for the mix, one for the second stream');

	// over TCP, by RFC 4582
	assert.equal((await blue.ask()).status, 'granted');
	await green.assertStatus('revoked');
	await green.assertHolder('blue');
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
});
