// A moderator calls telephones from the page, sees what becomes of it, and hangs up. Screenshots stay in build/e2e.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {closeAll, open} from './lib/browser.mjs';
import {assertAccessible} from './lib/page.mjs';
import {startServer} from './lib/server.mjs';
import {Phone} from './lib/sip.mjs';
import {eventually} from './lib/wait.mjs';

const PORT = 5070;
let phone, server;

before(async () => {
	server = await startServer({'sip.listen': `udp:127.0.0.1:${PORT}`, 'sip.rtp_timeout': 0});
	phone = await new Phone(PORT).open();
});
after(async () => {
	await closeAll();
	phone.close();
	await server.stop();
});

test('whom the moderator calls: ringing, in the room, hung up; busy; what is no address', async () => {
	const anna = await open(server, {room: 'desk', person: 'green'}), {page} = anna;
	await anna.joined();
	await page.click('#layout');
	const call = async (to) => {
		await page.fill('#dial-to', to);
		await page.press('#dial-to', 'Enter');
	};
	const newest = (pattern) => eventually(`it says ${pattern}`, async () =>
		assert.match(await page.textContent('#calls li:first-child'), pattern));

	let invite;
	phone.on('INVITE', (request) => phone.reply(invite = request, 180, 'Ringing'));
	phone.on('BYE', (request) => phone.reply(request, 200, 'OK'));
	await call(phone.uri.replace('sip:', ''));
	await newest(/^phone@.*ringing/);
	assert.doesNotMatch(await page.textContent('#news'), /joined/, 'who is only called has not joined');
	phone.takeCalls();
	phone.handlers.get('INVITE')(invite);
	await newest(/in the room/);
	await eventually('the join is news', async () => assert.match(await page.textContent('#news'), /joined/));
	await eventually('the list has it', async () => assert.match(await page.textContent('#people-list'), /phone/));
	await anna.screenshot('page-dial');
	await assertAccessible(anna, 'a call');
	await page.click('[aria-label^="Hang up phone"]');
	await newest(/over/);
	await phone.heard('BYE ');

	phone.on('INVITE', (request) => phone.reply(request, 486, 'Busy Here'));
	await call(phone.uri);
	await newest(/busy/);
	await call('two words');
	await eventually('what is no address is refused', async () => assert.match(await page.textContent('#layout-status.error'), /no address/));
	await anna.screenshot('page-dial-refused');
	await anna.close();
});
