import {after, before, test} from 'node:test';
import {api, bringIn, closeAdmins, openAdmin} from './lib/admin.mjs';
import {startServer} from './lib/server.mjs';
import {setTimeout as sleep} from 'node:timers/promises';
let server;
before(async () => { server = await startServer({'limits.max_rooms': 200, 'inputs.max': 32, 'inputs.max_per_room': 16}); });
after(async () => { await closeAdmins(); await server.stop(); });
test('look', async () => {
	for (const [id, names] of [['standup', ['Ada Lovelace', 'Grace Hopper', 'Alan Turing', 'مريم الزهراء']], ['design-review', ['Hedy Lamarr']], ['town-hall', []], ['board', []]]) {
		await api(server, 'PUT', `/v1/rooms/${id}`, id === 'board' ? {pin: '1234', locked: true} : {});
		await bringIn(server, id, names);
	}
	const boss = await openAdmin(server);
	await sleep(5000);
	await boss.screenshot('z-rooms');
	await boss.page.evaluate(() => { location.hash = '#/rooms/standup'; });
	await sleep(5000);
	await boss.screenshot('z-room');
	await boss.page.click('.a-open');
	await sleep(1500);
	await boss.screenshot('z-person');
	await boss.page.keyboard.press('Escape');
	for (const p of ['#/layouts', '#/events', '#/node', '#/layouts/new?from=speaker&room=standup', '#/layouts/new']) {
		await boss.page.evaluate((h) => { location.hash = h; }, p);
		await sleep(2500);
		await boss.screenshot('z-' + p.replace(/\W/g, '_'));
	}
	console.log(boss.messages);
	await boss.context.close();
}); 
