// Browsers that call by SIP over WebSocket (RFC 7118) with JsSIP and SIP.js: they see, hear, are seen and heard, hold and resume, are
// hung up, register and are called.

import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {closeAll} from './lib/browser.mjs';
import {openApi} from './lib/api.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';
import {phone} from './lib/webphone.mjs';
import {open} from './lib/browser.mjs';

const PORT = 5990;
let server, api;

before(async () => {
	server = await startServer({'sip.listen': `udp:127.0.0.1:${PORT}`, 'sip.websocket': 'on', 'sip.min_session_expires': 4});
	api = await openApi(server);
});
after(async () => {
	await closeAll();
	await server.stop();
});

const calls = async (room) => (await server.get(`/v1/rooms/${room}/calls`)).items;

for (const kind of ['jssip', 'sipjs'])
	test(`${kind}: in a room with a browser of the page: seen, heard, held, resumed, hung up`, {timeout: 120000}, async () => {
		const room = `web-${kind}`;
		const anna = await open(server, {room, person: 'green'});
		await anna.joined();
		const bert = await phone(server, {room, person: 'red', kind});
		await bert.call(`sip:${room}@127.0.0.1`);
		await anna.assertSees(['green', 'red']);
		await anna.assertHears(['red']);
		await bert.assertSees(['green', 'red']);
		await bert.assertHears(['green']);
		const [call] = await calls(room);
		assert.equal(call.state, 'answered');
		assert.equal(call.address, '127.0.0.1');

		await bert.do('hold');
		await eventually('the call is held', async () => assert.equal((await calls(room))[0].state, 'held'));
		await eventually('nothing is received any more', async () => {
			const before = await bert.decoded();
			await bert.page.waitForTimeout(500);
			assert.equal(await bert.decoded(), before);
		});
		await bert.do('resume');
		await eventually('the call goes on', async () => assert.equal((await calls(room))[0].state, 'answered'));
		await bert.assertSees(['green', 'red']);
		await anna.assertHears(['red']);

		await bert.do('hangUp');
		await eventually('the call is over', async () => {
			const [ended] = await calls(room);
			assert.equal(ended.state, 'ended');
			assert.equal(ended.outcome, 'completed');
		});
		await anna.leave();
		await anna.close();
		await bert.close();
	});
