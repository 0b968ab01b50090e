// admin_picture - the picture of /admin in docs/ADMIN.md, made of the running server: node admin_picture.mjs FILE.png
// Started by tools/docs/admin-picture.

import {openAdmin, closeAdmins, bringIn, api} from './admin.mjs';
import {startServer} from './server.mjs';
import {eventually} from './wait.mjs';

const PEOPLE = ['Ada Lovelace', 'Grace Hopper', 'Alan Turing', 'Hedy Lamarr', 'مريم الزهراء', '王小明'];
const server = await startServer({'inputs.max': 8, 'inputs.max_per_room': 8});
await api(server, 'PUT', '/v1/rooms/standup', {layout: 'speaker'});
for (const id of await bringIn(server, 'standup', PEOPLE)) await api(server, 'PATCH', `/v1/rooms/standup/participants/${id}`, {video_muted: true});
const [host, , quiet] = await server.participants('standup');
await api(server, 'PATCH', `/v1/rooms/standup/participants/${host.id}`, {role: 'host', hand: true});
await api(server, 'PATCH', `/v1/rooms/standup/participants/${quiet.id}`, {muted: true});
await api(server, 'PATCH', '/v1/rooms/standup/layout', {spotlight: [host.id]});
const boss = await openAdmin(server, {at: '#/rooms/standup', look: {viewport: {width: 1280, height: 800}}});
const looks = () => boss.page.evaluate(() => { const v = document.querySelector('.a-stage video'); return v && !v.hidden && v.videoHeight >= 480 && v.currentTime > 10; /* it began coarse */ });
await eventually('the picture is there', async () => { if (!await looks()) throw new Error('not yet'); });
await boss.page.screenshot({path: process.argv[2]});
await boss.close();
await closeAdmins();
await server.stop();
