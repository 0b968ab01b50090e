// Eight people come and go, with both codecs, a watcher and a smaller step, and phones, on the binaries that make built with sanitizers.

import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {play} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {Phone, portsOf, Rtp, sipp} from './lib/sip.mjs';
import {eventually} from './lib/wait.mjs';

const build = process.env.TS_BUILD ?? new URL('../../build', import.meta.url).pathname;
const small = {width: 320, height: 180, kbps: 150, fps: 15};

for (const flavour of ['asan', 'tsan']) {
	const binary = join(build, flavour, 'tessera');
	test(`eight people come and go under ${flavour}`, {skip: existsSync(binary) ? false : `${binary} is not built`}, async (t) => {
		const server = await startServer({}, binary);
		t.after(() => server.kill());
		const {peers} = await play(server, {seconds: 16, peers: [
			{...small, count: 3, who: 0},
			{...small, who: 3, send: 'vp8', receive: 'vp8', join_ms: 2000, leave_ms: 11000},
			{...small, who: 4, send: 'vp8', decode: true, key_every_ms: 300, join_ms: 3000},
			{...small, who: 5, query: 'max_height=360', join_ms: 4000, leave_ms: 11000, leave: 'close'},
			{...small, who: 6, garbage_per_s: 50, join_ms: 5000},
			{...small, who: 7, wrong_fingerprint: true, join_ms: 5000},
			{who: 8, watch: true, leave_ms: 9000},
			{...small, who: 9, join_ms: 9000},
		]});
		for (const {name, who, video} of peers) if (who !== 7) assert.ok(video.units > 20, `${name}: ${video.units} pictures`);
		await server.assertIdle(20000);
		await server.stop(); // throws if a sanitizer spoke
	});

	test(`phones come and go under ${flavour}`, {skip: existsSync(binary) ? false : `${binary} is not built`}, async (t) => {
		const port = 5970, server = await startServer({'sip.listen': `udp:127.0.0.1:${port};tcp:127.0.0.1:${port}`, 'sip.min_session_expires': 4}, binary);
		t.after(() => server.kill());
		const talk = async (id) => {
			const phone = await new Phone(port).open(), audio = await new Rtp().open(), video = await new Rtp().open();
			const call = await phone.call({id, to: 'phones', body: phone.offer(0, [`m=audio ${audio.port} RTP/AVP 0`,
				`m=video ${video.port} RTP/AVP 97`, 'a=rtpmap:97 H264/90000', 'a=fmtp:97 profile-level-id=42e01f'])});
			audio.talk(portsOf(call.ok)[0], Rtp.loud);
			video.talk(portsOf(call.ok)[1], Buffer.from([0x41, 0x9a, 0x00]), 97, 100);
			await eventually('sound and picture come', () => assert.ok(audio.packets > 50 && video.frames > 20));
			await phone.hangUp(call);
			for (const it of [phone, audio, video]) it.close();
		};
		await Promise.all([talk('a'), talk('b'), sipp('hold', ['-s', 'phones'], {port}), sipp('hold', ['-s', 'phones', '-t', 't1'], {port}),
			sipp('refresh', ['-s', 'phones'], {port})]);
		await server.assertIdle(20000);
		await server.stop();
	});
}
