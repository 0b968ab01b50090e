// oldroom - a room system of before H.264: a Phone (sip.mjs) with H.263 by ffmpeg, which cuts and joins payloads by itself, and PCMU or G.729.
//
//   const room = await new OldRoom(port, {person: 'green', format: 'h263'}).open();
//   await room.join('desk', {as: 192});
//   await room.assertSees(server, 'desk', ['red', 'green']); await room.assertHears(['red']);
//   await room.leave();

import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {colourOf} from './browser.mjs';
import {cameraOf, folder} from './media.mjs';
import {names, people, tones, whose} from './people.mjs';
import {Phone, portsOf, Rtp} from './sip.mjs';
import {eventually} from './wait.mjs';

const HEARD_DB = -40, SILENT_DB = -50, RATE = 8000;
const sizes = {QCIF: [176, 144], CIF: [352, 288]};
const running = new Set();
let opened = 0;

process.on('exit', () => {
	for (const child of running) child.kill('SIGKILL');
});

// ITU-T G.711.
export function toUlaw(sample) {
	const sign = sample < 0 ? 0x80 : 0, magnitude = Math.min(32635, Math.abs(sample)) + 0x84;
	const exponent = Math.floor(Math.log2(magnitude)) - 7;
	return ~(sign | exponent << 4 | magnitude >> exponent + 3 & 15) & 0xff;
}
export function fromUlaw(code) {
	const bits = ~code & 0xff, sample = (((bits & 15) << 3) + 0x84 << (bits >> 4 & 7)) - 0x84;
	return bits & 0x80 ? -sample : sample;
}

export function toneLevels(samples, rate = RATE) {
	return tones.map((hz) => {
		let re = 0, im = 0;
		for (let i = 0; i < samples.length; i++) {
			const w = 2 * Math.PI * hz * i / rate, window = 1 - Math.cos(2 * Math.PI * i / samples.length);
			re += samples[i] / 32768 * window * Math.cos(w);
			im += samples[i] / 32768 * window * Math.sin(w);
		}
		return 20 * Math.log10(Math.max(1e-9, Math.hypot(re, im) / samples.length));
	});
}

// 20 ms of somebody's tone.
function toneAt(person, n) {
	return Buffer.from(Array.from({length: 160}, (_, i) => toUlaw(Math.round(8000 * Math.sin(2 * Math.PI * people[person].hz * (n * 160 + i) / RATE)))));
}

async function socket() {
	const s = createSocket('udp4').unref();
	s.bind(0, '127.0.0.1');
	await once(s, 'listening');
	return s;
}

export class OldRoom {
	// format: h261 (payload type 31, RFC 4587), h263 (34, RFC 2190) or h263-1998 (RFC 4629); audio: pcmu or g729; camera: whether it sends pictures; every:
	// pictures between keyframes; loses: one of so many packets of its camera, 0: none.
	constructor(port, {person, format = 'h263', size = 'QCIF', mpi = 2, audio = 'pcmu', camera = true, every = 30, loses = 0}) {
		Object.assign(this, {port, person, format, size, mpi, audio, camera, every, loses, id: `old-${++opened}`, heard: [], payloads: []});
		this.pt = {h261: 31, h263: 34}[format] ?? 96;
	}

	async open() {
		this.phone = await new Phone(this.port).open();
		const plain = this.phone.request.bind(this.phone);
		this.phone.request = (...args) => plain(...args).replace(/^From: </m, `From: "${this.person}" <`);
		this.keyframesWanted = 0;
		this.phone.on('INFO', (request) => {
			if (/picture_fast_update/.test(request)) this.keyframesWanted++;
			this.phone.reply(request, 200, 'OK');
		});
		this.sound = await new Rtp().open();
		this.video = await socket();
		this.sound.socket.on('message', (bytes) => {
			if (bytes[1] >= 192 && bytes[1] < 224) return;
			const payload = bytes.subarray(12);
			this.payloads.push(payload);
			if (this.audio === 'pcmu') this.heard.push(...Array.from(payload, fromUlaw));
			if (this.heard.length > 2 * RATE) this.heard.splice(0, this.heard.length - 2 * RATE);
		});
		return this;
	}

	// session: lines before the first m=; more: behind the last.
	async join(room, {session = [], fmtp = `${this.size}=${this.mpi}`, more = []} = {}) {
		const [pt, name] = this.audio === 'pcmu' ? [0, 'PCMU'] : [18, 'G729'];
		const body = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', ...session, 't=0 0',
			`m=audio ${this.sound.port} RTP/AVP ${pt}`, `a=rtpmap:${pt} ${name}/8000`,
			`m=video ${this.video.address().port} RTP/AVP ${this.pt}`, ...this.pt < 96 ? [] : [`a=rtpmap:${this.pt} H263-1998/90000`],
			...fmtp ? [`a=fmtp:${this.pt} ${fmtp}`] : [], ...more, ''].join('\r\n');
		this.call = await this.phone.call({id: this.id, to: room, body});
		[this.soundTo, this.videoTo] = portsOf(this.call.ok);
		let n = 0;
		if (this.audio === 'pcmu') this.timer = setInterval(() => this.sound.send(this.soundTo, toneAt(this.person, n++)), 20).unref();
		await this.receive();
		if (this.camera) await this.send();
		else this.pulse = setInterval(() => this.video.send(Buffer.from([0x80, 201, 0, 1, 0, 0, 0, 1]), this.videoTo, '127.0.0.1'), 200).unref();
		return this;
	}

	ffmpeg(...args) {
		const child = spawn('ffmpeg', ['-nostdin', '-v', 'error', ...args], {cwd: folder, stdio: ['ignore', 'pipe', 'pipe']});
		running.add(child);
		child.text = '';
		child.stderr.setEncoding('utf8').on('data', (more) => { child.text += more; });
		child.ended = once(child, 'close').then(() => running.delete(child));
		return child;
	}

	// Its camera: ffmpeg's packets go on from our socket, which is what the description names.
	async send() {
		const from = await socket(), [w, h] = sizes[this.size];
		let n = 0;
		from.on('message', (bytes) => {
			if (!this.loses || ++n % this.loses) this.video.send(bytes, this.videoTo, '127.0.0.1');
		});
		this.encoder = this.ffmpeg('-re', '-stream_loop', '-1', '-i', cameraOf(this.person), '-vf', `scale=${w}:${h}`, '-r', '15', '-an',
			...{h261: ['-c:v', 'h261', '-strict', 'experimental'], h263: ['-c:v', 'h263', '-mb_info', '500', '-ps', '500']}[this.format] ?? ['-c:v', 'h263p'],
			'-b:v', '200k', '-g', String(this.every), '-f', 'rtp', ...this.pt === 34 ? ['-rtpflags', 'rfc2190'] : [],
			'-payload_type', String(this.pt), `rtp://127.0.0.1:${from.address().port}?rtcpport=9&pkt_size=700`);
		this.from = from;
	}

	// What comes: decoded by ffmpeg, which prints raw pictures; the last one is kept.
	async receive() {
		const probe = await socket(), port = probe.address().port & ~1, [w, h] = sizes[this.size], bytes = w * h * 3 / 2;
		probe.close();
		const sdp = join(folder, `${this.id}.sdp`);
		writeFileSync(sdp, ['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', `m=video ${port} RTP/AVP ${this.pt}`,
			`a=rtpmap:${this.pt} ${this.format.toUpperCase()}/90000`, ''].join('\n'));
		this.packets = 0;
		this.rate = [];
		const kept = [];
		let decoding = false;
		this.video.on('message', (packet) => {
			if (packet[1] >= 192 && packet[1] < 224) return;
			this.packets++;
			this.rate.push([performance.now(), packet.length - 12]);
			if (kept.length < 2000) kept.push(packet);
			if (decoding) kept.splice(0).forEach((one) => this.out.send(one, port, '127.0.0.1'));
		});
		this.out = await socket();
		this.pictures = 0;
		this.decoder = this.ffmpeg('-protocol_whitelist', 'file,udp,rtp', '-fflags', 'nobuffer', '-probesize', '5000', '-analyzeduration', '0', '-f', 'sdp', '-i', sdp,
			'-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${w}x${h}`, '-fps_mode', 'passthrough', '-');
		let rest = Buffer.alloc(0);
		this.decoder.stdout.on('data', (more) => {
			rest = Buffer.concat([rest, more]);
			while (rest.length >= bytes) {
				this.picture = rest.subarray(0, bytes);
				rest = rest.subarray(bytes);
				this.pictures++;
			}
		});
		// its sockets are open when it has read the description
		await eventually('ffmpeg listens', () => {
			assert.equal(this.decoder.exitCode, null, this.decoder.text);
			assert.match(spawnSync('ss', ['-Hlun', `sport = :${port}`]).stdout.toString(), /UNCONN/);
		});
		decoding = true;
	}

	// Each in the tile where the server says they are: the mix stands between bars.
	async assertSees(server, room, expected) {
		const [w, h] = sizes[this.size];
		await eventually(`${this.person} sees ${expected.join(', ')}`, async () => {
			const layout = await server.layout(room);
			const byId = new Map((await server.participants(room)).map((p) => [p.id, p.name]));
			assert.ok(this.picture, `no picture of ${this.packets} packets: ${this.decoder.text.slice(-500)}`);
			const {width, height} = layout.canvas, scale = Math.min(w / width, h / height);
			const left = (w - width * scale) / 2, top = (h - height * scale) / 2;
			const plane = (at, stride, x0, y0, x1, y1) => {
				let sum = 0, n = 0;
				for (let y = Math.ceil(y0); y < Math.floor(y1); y++)
					for (let x = Math.ceil(x0); x < Math.floor(x1); x++, n++) sum += this.picture[at + y * stride + x];
				return sum / n;
			};
			const seen = layout.regions.map((region) => {
				const area = colourOf(region), x = left + area.x * scale, y = top + area.y * scale;
				const [x1, y1] = [x + area.w * scale, y + area.h * scale];
				const mean = [plane(0, w, x, y, x1, y1), plane(w * h, w / 2, x / 2, y / 2, x1 / 2, y1 / 2),
					plane(w * h * 5 / 4, w / 2, x / 2, y / 2, x1 / 2, y1 / 2)];
				return whose(mean) ?? mean.map(Math.round).join();
			});
			const told = layout.regions.map((region) => byId.get(region.participant));
			assert.deepEqual(told.slice().sort(), expected.slice().sort());
			assert.deepEqual(seen, told, 'each is in their tile');
		}, 60000);
	}

	async assertHears(expected) {
		await eventually(`${this.person} hears ${expected.join(', ')}`, () => {
			assert.ok(this.heard.length > RATE);
			const levels = toneLevels(this.heard.slice(-RATE));
			const shown = names.map((name, i) => `${name} ${levels[i].toFixed(0)} dB`).join(', ');
			for (const [i, name] of names.entries()) {
				if (expected.includes(name)) assert.ok(levels[i] > HEARD_DB, shown);
				else assert.ok(levels[i] < SILENT_DB, shown);
			}
		});
	}

	// Of the payloads in the last seconds.
	kbps(seconds = 4) {
		const since = performance.now() - seconds * 1000;
		return this.rate.filter(([at]) => at > since).reduce((sum, [, bytes]) => sum + bytes * 8, 0) / seconds / 1000;
	}

	async leave() {
		if (this.left) return;
		this.left = true;
		if (this.call) await this.phone.hangUp(this.call);
		clearInterval(this.timer);
		clearInterval(this.pulse);
		for (const child of [this.encoder, this.decoder]) child?.kill('SIGKILL');
		await Promise.all([this.encoder?.ended, this.decoder?.ended]);
		this.sound.close();
		for (const s of [this.video, this.from, this.out]) s?.close();
		this.phone.close();
	}
}
