// bfcproom - a room system that presents: a Phone (sip.mjs) with two lines of video in H.264 by ffmpeg, and a BFCP client of its own, by RFC 8855
// over UDP or RFC 4582 over TCP, with TLS (RFC 8856) or without.
//
//   const room = await new BfcpRoom(port, {name: 'green'}).open();
//   await room.join('desk');                    Hello, FloorQuery
//   const {status} = await room.ask();          FloorRequest: 'granted', 'denied', 'accepted'
//   room.present();                             sends its colour on the second line
//   await room.assertShown('red');              what comes on the second line
//   await room.release(); await room.leave();

import assert from 'node:assert/strict';
import {execFileSync, spawn, spawnSync} from 'node:child_process';
import {X509Certificate} from 'node:crypto';
import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {readFileSync, writeFileSync} from 'node:fs';
import {connect} from 'node:net';
import {join} from 'node:path';
import tls from 'node:tls';
import {cameraOf, folder} from './media.mjs';
import {whose} from './people.mjs';
import {Phone, Rtp} from './sip.mjs';
import {eventually} from './wait.mjs';

const W = 320, H = 180;
const running = new Set();
let opened = 0;

process.on('exit', () => {
	for (const child of running) child.kill('SIGKILL');
});

// ---- BFCP

const primitives = ['', 'FloorRequest', 'FloorRelease', 'FloorRequestQuery', 'FloorRequestStatus', 'UserQuery', 'UserStatus', 'FloorQuery', 'FloorStatus',
	'ChairAction', 'ChairActionAck', 'Hello', 'HelloAck', 'Error', 'FloorRequestStatusAck', 'FloorStatusAck', 'Goodbye', 'GoodbyeAck'];
const statuses = ['', 'pending', 'accepted', 'granted', 'denied', 'cancelled', 'released', 'revoked'];
const BENEFICIARY_ID = 1, FLOOR_ID = 2, REQUEST_ID = 3, REQUEST_STATUS = 5, ERROR_CODE = 6, NAME = 12, BENEFICIARY = 14, REQUEST = 15, OVERALL = 18;
const acks = {FloorRequestStatus: 'FloorRequestStatusAck', FloorStatus: 'FloorStatusAck'};

const u16 = (value) => Buffer.from([value >> 8, value & 255]);
function attribute(type, value) {
	const whole = Buffer.concat([Buffer.from([type << 1 | 1, value.length + 2]), value]);
	return Buffer.concat([whole, Buffer.alloc(-whole.length & 3)]);
}

function* attributes(bytes) {
	for (let at = 0; at + 2 <= bytes.length;) {
		const length = bytes[at + 1];
		assert.ok(length >= 2 && at + length <= bytes.length, 'an attribute has its length');
		yield {type: bytes[at] >> 1, value: bytes.subarray(at + 2, at + length)};
		at += length + 3 & ~3;
	}
}

function requestOf(value) {
	const out = {id: value.readUInt16BE(0)};
	for (const {type, value: inner} of attributes(value.subarray(2))) {
		if (type === OVERALL)
			for (const a of attributes(inner.subarray(2)))
				if (a.type === REQUEST_STATUS) [out.status, out.queue] = [statuses[a.value[0]], a.value[1]];
		if (type !== BENEFICIARY) continue;
		out.user = inner.readUInt16BE(0);
		for (const a of attributes(inner.subarray(2))) if (a.type === NAME) out.name = a.value.toString();
	}
	return out;
}

export function readMessage(bytes) {
	assert.equal(bytes.length, 12 + 4 * bytes.readUInt16BE(2), 'the payload length is right');
	const m = {version: bytes[0] >> 5, responder: Boolean(bytes[0] & 16), primitive: primitives[bytes[1]], conference: bytes.readUInt32BE(4),
		transaction: bytes.readUInt16BE(8), user: bytes.readUInt16BE(10), floors: [], requests: []};
	for (const {type, value} of attributes(bytes.subarray(12))) {
		if (type === FLOOR_ID) m.floors.push(value.readUInt16BE(0));
		if (type === REQUEST) m.requests.push(requestOf(value));
		if (type === ERROR_CODE) m.error = value[0];
	}
	return m;
}

export function writeMessage({version, responder = false, primitive, conference, transaction, user}, ...list) {
	const payload = Buffer.concat(list), head = Buffer.alloc(12);
	head[0] = version << 5 | (responder && version > 1 ? 16 : 0);
	head[1] = primitives.indexOf(primitive);
	head.writeUInt16BE(payload.length / 4, 2);
	head.writeUInt32BE(conference, 4);
	head.writeUInt16BE(transaction, 8);
	head.writeUInt16BE(user, 10);
	return Buffer.concat([head, payload]);
}
export const floorId = (id) => attribute(FLOOR_ID, u16(id));
export const beneficiary = (id) => attribute(BENEFICIARY_ID, u16(id));

// A certificate that nobody vouches for: {cert, key, fingerprint}.
export function selfSigned(name) {
	const path = (end) => join(folder, `${name}-${end}.pem`);
	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', `/CN=${name}`,
		'-keyout', path('key'), '-out', path('cert')], {stdio: 'pipe'});
	const cert = readFileSync(path('cert'));
	return {cert, key: readFileSync(path('key')), fingerprint: `sha-256 ${new X509Certificate(cert).fingerprint256}`};
}

async function udp() {
	const socket = createSocket('udp4').unref();
	socket.bind(0, '127.0.0.1');
	await once(socket, 'listening');
	return socket;
}

export class BfcpRoom {
	// bfcp: 'UDP/BFCP', 'TCP/BFCP', 'TCP/TLS/BFCP', or '' for a room that has none; version: it speaks; acks: whether it acknowledges; slides: whether it has a
	// second line at all; mute: its BFCP is lost on the way, until it greets; shows: another certificate than its description names.
	constructor(port, {name, bfcp = 'UDP/BFCP', version = bfcp.startsWith('TCP') ? 1 : 2, acknowledges = true, slides = true, mute = false, shows}) {
		Object.assign(this, {port, name, bfcp, version, acknowledges, slides, mute, shows, id: `room-${++opened}`, got: [], number: 0, packets: 0});
	}

	async open() {
		this.phone = await new Phone(this.port).open();
		const plain = this.phone.request.bind(this.phone);
		this.phone.request = (...args) => plain(...args).replace(/^From: </m, `From: "${this.name}" <`);
		this.keyframesWanted = 0;
		this.phone.on('INFO', (request) => {
			this.keyframesWanted++;
			this.phone.reply(request, 200, 'OK');
		});
		this.phone.on('BYE', (request) => {
			this.ended = true;
			this.phone.reply(request, 200, 'OK');
		});
		if (this.bfcp.includes('TLS')) this.own = selfSigned(this.id);
		this.sound = await new Rtp().open();
		this.main = await udp();
		this.content = await udp();
		this.control = await udp();
		this.control.on('message', (bytes) => this.take(bytes));
		return this;
	}

	description() {
		const h264 = (pt) => [`a=rtpmap:${pt} H264/90000`, `a=fmtp:${pt} profile-level-id=42801f;packetization-mode=1;max-fs=8192;max-mbps=245000`,
			'a=rtcp-fb:* nack pli', 'a=rtcp-fb:* ccm fir'];
		return ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 'b=AS:4000', 't=0 0',
			`m=audio ${this.sound.port} RTP/AVP 0`, `m=video ${this.main.address().port} RTP/AVP 97`, ...h264(97), 'a=content:main', 'a=label:11',
			...this.bfcp ? [`m=application ${this.bfcp.startsWith('TCP') ? 9 : this.control.address().port} ${this.bfcp} *`, 'a=setup:actpass',
				'a=connection:new', ...this.own ? [`a=fingerprint:${this.own.fingerprint}`] : [], 'a=floorctrl:c-s', 'a=confid:1', 'a=userid:18', 'a=floorid:2 mstrm:12'] : [],
			...this.slides ? [`m=video ${this.content.address().port} RTP/AVP 97`, ...h264(97), 'a=content:slides', 'a=label:12', 'a=sendrecv'] : [],
			''].join('\r\n');
	}

	// early: what it does between the server's 200 and its own ACK.
	async join(room, {early} = {}) {
		this.call = await this.phone.call({id: this.id, to: room, body: this.description(), early: early && ((ok) => { this.learn(ok); return early(this); })});
		await this.use(this.call.ok);
		return this;
	}

	// What the server said: where to, and under which ids.
	learn(text) {
		const lines = text.split(/^(?=m=)/m).filter((line) => line.startsWith('m='));
		const portOf = (test) => Number(/^m=\w+ (\d+)/.exec(lines.find(test) ?? '')?.[1] ?? 0);
		const isBfcp = (line) => /^m=application \d+ \S+BFCP/.test(line), isSlides = (line) => /^a=content:slides/m.test(line);
		this.soundTo = portOf((line) => line.startsWith('m=audio'));
		this.mainTo = portOf((line) => line.startsWith('m=video') && !isSlides(line));
		this.contentTo = portOf(isSlides);
		this.controlTo = portOf(isBfcp);
		this.answer = {bfcp: lines.find(isBfcp), slides: lines.find(isSlides)};
		const number = (name) => Number(new RegExp(`^a=${name}:(\\d+)`, 'm').exec(this.answer.bfcp ?? '')?.[1]);
		Object.assign(this, {conference: number('confid'), user: number('userid'), floor: number('floorid')});
	}

	async use(text) {
		this.learn(text);
		this.timer = setInterval(() => {
			this.sound.send(this.soundTo, Rtp.silent);
			if (this.mainTo) this.main.send(Buffer.from([0x80, 201, 0, 1, 0, 0, 0, 1]), this.mainTo, '127.0.0.1');
			if (this.contentTo) this.content.send(Buffer.from([0x80, 201, 0, 1, 0, 0, 0, 2]), this.contentTo + 1, '127.0.0.1');
		}, 100).unref();
		if (this.contentTo) await this.watch();
		if (!this.controlTo || this.mute) return;
		if (this.bfcp.startsWith('TCP') && !this.tcp) await this.connect();
		await this.greet();
	}

	async greet() {
		assert.equal((await this.request('Hello')).primitive, 'HelloAck');
		assert.equal((await this.request('FloorQuery', floorId(this.floor))).primitive, 'FloorStatus');
	}

	async connect() {
		const {cert, key} = this.shows ?? this.own ?? {};
		this.tcp = this.own ? tls.connect({port: this.controlTo, host: '127.0.0.1', cert, key, rejectUnauthorized: false}) : connect(this.controlTo, '127.0.0.1');
		await once(this.tcp, this.own ? 'secureConnect' : 'connect');
		if (this.own) {
			const {fingerprint256} = this.tcp.getPeerCertificate();
			assert.match(this.answer.bfcp, new RegExp(`^a=fingerprint:sha-256 ${fingerprint256}\r$`, 'm'), 'the certificate is the one that the answer names');
		}
		let rest = Buffer.alloc(0);
		this.tcp.on('error', () => {});
		this.tcp.on('data', (more) => {
			rest = Buffer.concat([rest, more]);
			for (let size; rest.length >= 12 && rest.length >= (size = 12 + 4 * rest.readUInt16BE(2)); rest = rest.subarray(size)) this.take(rest.subarray(0, size));
		});
	}

	// One message, which nobody repeats.
	sayHello(transaction) {
		this.say(writeMessage({version: this.version, primitive: 'Hello', conference: this.conference, transaction, user: this.user}));
	}

	say(bytes) {
		if (this.tcp) this.tcp.write(bytes);
		else this.control.send(bytes, this.controlTo, '127.0.0.1');
	}

	take(bytes) {
		const m = readMessage(bytes);
		this.got.push(m);
		assert.deepEqual([m.conference, m.user, m.version], [this.conference, this.user, this.version]);
		if (!this.acknowledges || !acks[m.primitive] || m.responder || this.tcp) return;
		if (this.version === 1 && m.transaction === this.number) return; // an answer: version 1 has no bit that says so
		this.say(writeMessage({...m, responder: true, primitive: acks[m.primitive]}));
	}

	// The answer to it, repeated as RFC 8855 8.3 says until there is one.
	async request(primitive, ...list) {
		const transaction = ++this.number;
		const bytes = writeMessage({version: this.version, primitive, conference: this.conference, transaction, user: this.user}, ...list);
		this.say(bytes);
		const again = this.tcp ? null : setInterval(() => this.say(bytes), 500);
		try {
			return await eventually(`${primitive} is answered`, () => {
				const found = this.got.find((m) => m.transaction === transaction && (this.version === 1 || m.responder));
				assert.ok(found, JSON.stringify(this.got.slice(-5)));
				return found;
			}, 10000);
		} finally {
			clearInterval(again);
		}
	}

	async ask() {
		const answer = await this.request('FloorRequest', floorId(this.floor));
		if (answer.primitive !== 'Error') this.asked = answer.requests[0].id;
		return answer.requests[0] ?? {error: answer.error};
	}

	async release() {
		this.silence();
		const answer = await this.request('FloorRelease', attribute(REQUEST_ID, u16(this.asked)));
		return answer.requests[0] ?? {error: answer.error};
	}

	// The last that it was told of who has the floor: their name, or null.
	holder() {
		const last = this.got.findLast((m) => m.primitive === 'FloorStatus');
		return last?.requests.find(({status}) => status === 'granted')?.name ?? null;
	}

	assertHolder(name) { return eventually(`${this.name} is told that ${name} has the floor`, () => assert.equal(this.holder(), name)); }

	assertStatus(status) {
		return eventually(`its request is ${status}`, () => {
			const last = this.got.findLast((m) => m.primitive === 'FloorRequestStatus' && m.requests[0].id === this.asked);
			assert.equal(last?.requests[0].status, status);
		});
	}

	// ---- pictures

	ffmpeg(...args) {
		const child = spawn('ffmpeg', ['-nostdin', '-v', 'error', ...args], {cwd: folder, stdio: ['ignore', 'pipe', 'pipe']});
		running.add(child);
		child.text = '';
		child.stderr.setEncoding('utf8').on('data', (more) => { child.text += more; });
		child.closed = once(child, 'close').then(() => running.delete(child));
		return child;
	}

	// Its colour on the second line.
	async present() {
		this.from ??= await udp().then((from) => from.on('message', (bytes) => this.content.send(bytes, this.contentTo, '127.0.0.1')));
		this.encoder = this.ffmpeg('-re', '-stream_loop', '-1', '-i', cameraOf(this.name), '-vf', 'scale=640:360', '-r', '5', '-an', '-c:v', 'libx264',
			'-profile:v', 'baseline', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '5', '-b:v', '300k', '-f', 'rtp', '-payload_type', '97',
			`rtp://127.0.0.1:${this.from.address().port}?rtcpport=9&pkt_size=1200`);
	}

	silence() {
		this.encoder?.kill('SIGKILL');
		this.encoder = undefined;
	}

	// What comes on the second line: the last picture is kept.
	async watch() {
		const probe = await udp(), port = probe.address().port & ~1;
		probe.close();
		const sdp = join(folder, `${this.id}.sdp`);
		writeFileSync(sdp, ['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', `m=video ${port} RTP/AVP 97`,
			'a=rtpmap:97 H264/90000', 'a=fmtp:97 packetization-mode=1', ''].join('\n'));
		this.out = await udp();
		this.sizes = new Set();
		this.content.on('message', (packet) => {
			if (packet[1] >= 192 && packet[1] < 224) return;
			this.packets++;
			this.lastMs = performance.now();
			this.out.send(packet, port, '127.0.0.1');
			this.ssrc = packet.readUInt32BE(8);
		});
		// PLI, as long as nothing is seen: ffmpeg asks for nothing by itself
		this.asking = setInterval(() => {
			if (this.picture || !this.ssrc) return;
			const pli = Buffer.from([0x81, 206, 0, 2, 0, 0, 0, 2, 0, 0, 0, 0]);
			pli.writeUInt32BE(this.ssrc, 8);
			this.content.send(pli, this.contentTo + 1, '127.0.0.1');
		}, 1000).unref();
		this.decoder = this.ffmpeg('-protocol_whitelist', 'file,udp,rtp', '-fflags', 'nobuffer', '-probesize', '5000', '-analyzeduration', '0', '-f', 'sdp',
			'-i', sdp, '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${W}x${H}`, '-fps_mode', 'passthrough', '-');
		let rest = Buffer.alloc(0);
		this.decoder.stdout.on('data', (more) => {
			rest = Buffer.concat([rest, more]);
			for (const bytes = W * H * 3 / 2; rest.length >= bytes; rest = rest.subarray(bytes)) this.picture = rest.subarray(0, bytes);
		});
		await eventually('ffmpeg listens', () => {
			assert.equal(this.decoder.exitCode, null, this.decoder.text);
			assert.match(spawnSync('ss', ['-Hlun', `sport = :${port}`]).stdout.toString(), /UNCONN/);
		});
	}

	// Whose colour is in the upper part of the second stream, which the wandering box leaves alone.
	shown() { return whose(this.colour()); }

	colour() {
		if (!this.picture) return [0, 0, 0];
		const mean = (at, stride, w, h) => {
			let sum = 0, n = 0;
			for (let y = Math.floor(h * 0.1); y < h * 0.4; y++) for (let x = Math.floor(w * 0.3); x < w * 0.7; x++, n++) sum += this.picture[at + y * stride + x];
			return sum / n;
		};
		return [mean(0, W, W, H), mean(W * H, W / 2, W / 2, H / 2), mean(W * H * 5 / 4, W / 2, W / 2, H / 2)].map(Math.round);
	}

	assertShown(name) {
		return eventually(`${this.name} is sent what ${name} presents`, () =>
			assert.equal(this.shown(), name, `${this.colour()} of ${this.packets} packets ${this.decoder?.text.slice(-300)}`));
	}

	// Its power is cut: nothing more is said.
	crash() {
		clearInterval(this.timer);
		clearInterval(this.asking);
		this.silence();
		this.tcp?.destroy();
		this.acknowledges = false;
	}

	async leave() {
		if (this.left) return;
		this.left = true;
		if (this.call && !this.ended) await this.phone.hangUp(this.call).catch((error) => { if (!this.ended) throw error; });
		this.crash();
		this.decoder?.kill('SIGKILL');
		await this.decoder?.closed;
		this.sound.close();
		for (const socket of [this.main, this.content, this.control, this.from, this.out]) socket?.close();
		this.phone.close();
	}
}
