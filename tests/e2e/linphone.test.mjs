// linphonec (linphone-cli of Debian) in a room with baresip: it is seen and heard, hears, and presses keys; VP8 on one side, H.264 on the other.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {ADDRESS, baresip, stopAll} from './lib/baresip.mjs';
import {colourOf} from './lib/browser.mjs';
import {closeAll, hasLinphone, linphone} from './lib/linphone.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const options = {skip: !ADDRESS ? 'needs an address off loopback' : hasLinphone ? false : 'needs linphone-cli', timeout: 120000};
const PORT = 5974, ROOM = 'mixed';
let server;

before(async () => {
	if (options.skip) return;
	server = await startServer({'sip.listen': `udp:${ADDRESS}:${PORT}`, 'sip.policy': 'open', 'media.ports': '20000-29999', 'room.width': '640', 'room.height': '360'});
});
after(async () => {
	stopAll();
	await closeAll();
	await server?.stop();
});

test('linphone calls in: seen, heard, hears, and presses keys', options, async () => {
	const phone = await linphone({person: 'red', address: ADDRESS});
	await phone.call(`sip:${ROOM}@${ADDRESS}:${PORT}`);
	const look = async () => (await server.participants(ROOM)).find((p) => /linphone/i.test(p.user_agent ?? ''));
	await eventually('its sound and picture come', async () => {
		const info = await look();
		assert.ok(info?.audio?.level_dbov > -60, JSON.stringify(info));
		const camera = info.sources.find(({kind}) => kind === 'camera');
		assert.equal(camera?.codec, 'vp8');
		assert.ok(camera.width > 0, JSON.stringify(camera));
	}, 20000);

	const green = await baresip({person: 'green'});
	await green.dial(`sip:${ROOM}@${ADDRESS}:${PORT}`);
	await eventually('baresip sees linphone’s picture', async () => {
		const {width, height, rgb} = await green.picture(), layout = await server.layout(ROOM), {id} = await look();
		const area = colourOf(layout.regions.find(({participant}) => participant === id)), scale = width / layout.canvas.width;
		const at = 3 * (Math.round((area.y + area.h / 2) * scale) * width + Math.round((area.x + area.w / 2) * scale));
		const [r, g, b] = rgb.subarray(at, at + 3);
		assert.ok(height && r > 180 && g < 90 && b < 90, `${r} ${g} ${b}`);
	}, 30000);
	// it has no display, so what it sees is nowhere to be looked at; what it says of it is in its reports
	await eventually('it is sent the room as VP8, and takes it', async () => {
		const {receives, stats} = await look();
		assert.equal(receives.codec, 'vp8');
		assert.ok(stats.rtt_ms > 0, JSON.stringify(stats));
	}, 20000);

	phone.press('*6');
	await eventually('*6 mutes', async () => assert.equal((await look()).muted_by, 'self'));
	phone.press('*6');
	await eventually('and unmutes', async () => assert.equal((await look()).muted_by, null));
	await phone.stop();
	assert.ok(phone.heard('green') > -40 && phone.heard('red') < -50, `green ${phone.heard('green')} dB, red ${phone.heard('red')} dB`);
	await eventually('it has left', async () => assert.equal((await server.participants(ROOM)).length, 1));
	await green.hangUp();
	await green.stop();
});
