// baresip - a softphone with camera and microphone, on 10.5.5.5 (it takes no loopback address), driven over its control port.
//
//   const phone = await baresip({person: 'green', encryption: 'srtp-mand', audio: 'opus'});
//   await phone.dial('sip:room@10.5.5.5:5970');         resolves when it is up
//   await phone.assertSees(server, 'room', ['red', 'green']);
//   await phone.hangUp(); await phone.assertHeard(['red']); await phone.stop();

import assert from 'node:assert/strict';
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import {join} from 'node:path';
import {inflateSync} from 'node:zlib';
import {colourOf} from './browser.mjs';
import {cameraOf, folder, FPS, HEIGHT, toneOf, WIDTH} from './media.mjs';
import {names, tones, whose} from './people.mjs';
import {eventually} from './wait.mjs';

export const ADDRESS = process.env.E2E_ADDRESS;
const SECONDS = 150;
const HEARD_DB = -40, SILENT_DB = -50;
const CODECS = {opus: 'opus/48000/2', pcma: 'PCMA/8000/1', pcmu: 'PCMU/8000/1', g722: 'G722/16000/1'};
const running = new Set();
let started = 0;

export function stopAll() {
	for (const child of running) child.kill('SIGKILL');
}
process.on('exit', stopAll);

// Its avformat loops with a pause, and crashes on files with sound.
function movieOf(person) {
	const path = join(folder, `${person}.mp4`);
	if (!existsSync(path)) {
		const once = join(folder, `${person}-once.mp4`);
		const run = (...args) => execFileSync('ffmpeg', ['-v', 'error', ...args]);
		run('-i', cameraOf(person), '-c:v', 'libx264', '-preset', 'ultrafast', '-threads', '1', once);
		run('-stream_loop', SECONDS / 3, '-i', once, '-c', 'copy', path);
	}
	return path;
}

// It hangs up at the end of a file: one of some minutes.
function soundOf(person) {
	const path = join(folder, `${person}-long.wav`);
	if (existsSync(path)) return path;
	const second = readFileSync(toneOf(person)), sound = second.subarray(44);
	const header = Buffer.from(second.subarray(0, 44));
	header.writeUInt32LE(36 + SECONDS * sound.length, 4);
	header.writeUInt32LE(SECONDS * sound.length, 40);
	writeFileSync(path, Buffer.concat([header, ...Array(SECONDS).fill(sound)]));
	return path;
}

function configOf({person, port, home, cert, video, ca, mux}) {
	const modules = ['opus', 'g711', 'g722', 'aufile', 'aubridge', 'sndfile', 'srtp', 'dtls_srtp', ...video ? ['avcodec', 'avformat', 'fakevideo', 'snapshot'] : []];
	return [
		'poll_method epoll', `sip_listen ${ADDRESS}:${port}`, ...cert ? [`sip_certificate ${cert}`] : [], ...ca ? [`sip_cafile ${ca}`] : [],
		'call_max_calls 4', `audio_source aufile,${soundOf(person)}`, 'audio_player aubridge,nil', 'audio_alert aubridge,nil',
		'ausrc_srate 48000', 'auplay_srate 48000', 'ausrc_channels 1', 'auplay_channels 1', 'audio_txmode thread',
		...video ? [`video_source avformat,${movieOf(person)}`, 'video_display fakevideo,nil', `video_size ${WIDTH}x${HEIGHT}`, 'video_bitrate 300000', `video_fps ${FPS}`] : [],
		'rtp_ports 40000-41000', `rtcp_mux ${mux ? 'yes' : 'no'}`, 'jitter_buffer_delay 3-10', 'module_path /usr/lib/baresip/modules',
		...modules.map((name) => `module ${name}.so`), 'module_app account.so', 'module_app menu.so', 'module_app ctrl_tcp.so',
		`ctrl_tcp_listen ${ADDRESS}:${port + 4}`, `snd_path ${home}`, ''].join('\n');
}

// Level in dB of each tone in 16-bit samples, as an analyser would show it.
function levels(pcm, rate, channels) {
	const n = Math.floor(pcm.length / 2 / channels);
	return tones.map((hz) => {
		let re = 0, im = 0;
		for (let i = 0; i < n; i++) {
			const x = pcm.readInt16LE(2 * channels * i) / 32768, w = 2 * Math.PI * hz * i / rate, window = 1 - Math.cos(2 * Math.PI * i / n);
			re += x * window * Math.cos(w);
			im += x * window * Math.sin(w);
		}
		return 20 * Math.log10(Math.max(1e-9, Math.hypot(re, im) / n));
	});
}

// 8-bit RGB without interlacing, which is what it writes.
function decodePng(bytes) {
	const parts = [];
	let width = 0, height = 0;
	for (let at = 8; at < bytes.length;) {
		const length = bytes.readUInt32BE(at), type = bytes.toString('latin1', at + 4, at + 8);
		if (type === 'IHDR') {
			[width, height] = [bytes.readUInt32BE(at + 8), bytes.readUInt32BE(at + 12)];
			assert.deepEqual([...bytes.subarray(at + 16, at + 21)], [8, 2, 0, 0, 0]);
		}
		if (type === 'IDAT') parts.push(bytes.subarray(at + 8, at + 8 + length));
		at += length + 12;
	}
	const data = inflateSync(Buffer.concat(parts)), row = 3 * width, rgb = Buffer.alloc(row * height);
	for (let y = 0; y < height; y++) {
		const filter = data[y * (row + 1)];
		for (let x = 0; x < row; x++) {
			const left = x >= 3 ? rgb[y * row + x - 3] : 0, up = y ? rgb[(y - 1) * row + x] : 0, corner = x >= 3 && y ? rgb[(y - 1) * row + x - 3] : 0;
			let guess = [0, left, up, left + up >> 1][filter];
			if (filter === 4) { // Paeth
				const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
				guess = a <= b && a <= c ? left : b <= c ? up : corner;
			}
			rgb[y * row + x] = data[y * (row + 1) + 1 + x] + guess & 255;
		}
	}
	return {width, height, rgb};
}

// BT.601, limited range.
const yuvOf = ([r, g, b]) => [16 + 0.257 * r + 0.504 * g + 0.098 * b, 128 - 0.148 * r - 0.291 * g + 0.439 * b, 128 + 0.439 * r - 0.368 * g - 0.071 * b];

function meanOf({width, rgb}, {x, y, w, h}, scale) {
	return yuvOf([0, 1, 2].map((channel) => {
		let sum = 0, n = 0;
		for (let j = Math.ceil(y * scale); j < Math.floor((y + h) * scale); j++)
			for (let i = Math.ceil(x * scale); i < Math.floor((x + w) * scale); i++, n++) sum += rgb[3 * (j * width + i) + channel];
		return sum / n;
	}));
}

class Baresip {
	constructor(fields) {
		Object.assign(this, fields, {events: [], answers: [], pictures: 0});
	}

	async start() {
		this.child = spawn('baresip', ['-f', this.home], {stdio: ['ignore', 'pipe', 'pipe'], cwd: this.home});
		running.add(this.child);
		this.ended = once(this.child, 'close').then(() => running.delete(this.child));
		const log = createWriteStream(join(this.home, 'log'));
		this.text = '';
		for (const stream of [this.child.stdout, this.child.stderr]) {
			stream.setEncoding('utf8').on('data', (more) => {
				this.text += more;
				log.write(more);
			});
		}
		await eventually('baresip listens', async () => {
			assert.equal(this.child.exitCode, null, this.text);
			const socket = net.connect(this.port + 4, ADDRESS);
			await once(socket, 'connect');
			this.socket = socket;
		});
		let rest = Buffer.alloc(0);
		this.socket.on('error', () => {}).on('data', (more) => {
			rest = Buffer.concat([rest, more]);
			for (;;) { // netstrings
				const colon = rest.indexOf(':'), length = Number(rest.subarray(0, colon));
				if (colon < 0 || rest.length < colon + length + 2) return;
				const message = JSON.parse(rest.subarray(colon + 1, colon + 1 + length));
				rest = rest.subarray(colon + length + 2);
				(message.event ? this.events : this.answers).push(message);
			}
		});
		return this;
	}

	async command(command, params = '') {
		const text = JSON.stringify({command, params, token: String(this.answers.length)});
		const before = this.answers.length;
		this.socket.write(`${Buffer.byteLength(text)}:${text},`);
		return eventually(`baresip answers ${command}`, () => {
			assert.ok(this.answers.length > before, this.text.slice(-2000));
			return this.answers[before];
		});
	}

	happened(type, before = 0) {
		return eventually(`baresip: ${type}`, () => {
			assert.ok(this.events.slice(before).some((event) => event.type === type), `${JSON.stringify(this.events)}\n${this.text.slice(-2000)}`);
		});
	}

	async dial(uri) {
		const before = this.events.length;
		await this.command('dial', uri);
		await this.happened('CALL_ESTABLISHED', before);
	}

	async hangUp() {
		const before = this.events.length;
		await this.command('hangup');
		await this.happened('CALL_CLOSED', before);
	}

	// What it sees: {width, height, rgb}.
	async picture() {
		const path = join(this.home, `seen-${this.pictures++}.png`);
		await this.command('snapshot_recv', path);
		return eventually('the snapshot is written', () => decodePng(readFileSync(path)), 15000);
	}

	// In that part of the picture, as shares of it.
	async assertSeesArea(x, y, w, h, person) {
		await eventually(`baresip sees ${person}`, async () => {
			const {width, height, rgb} = await this.picture();
			const mean = meanOf({width, rgb}, {x: x * width, y: y * height, w: w * width, h: h * height}, 1);
			assert.equal(whose(mean) ?? mean.map(Math.round).join(), person);
		}, 60000);
	}

	async assertSees(server, room, expected) {
		await eventually(`baresip sees ${expected.join(', ')}`, async () => {
			const layout = await server.layout(room), {width, rgb} = await this.picture();
			const byId = new Map((await server.participants(room)).map((p) => [p.id, p.name]));
			const scale = width / layout.canvas.width;
			const seen = layout.regions.map((region) => {
				const mean = meanOf({width, rgb}, colourOf(region), scale);
				return whose(mean) ?? mean.map(Math.round).join();
			});
			assert.deepEqual(layout.regions.map((region) => byId.get(region.participant)).sort(), expected.slice().sort());
			assert.deepEqual(seen, layout.regions.map((region) => byId.get(region.participant)), 'each is in their tile');
		}, 60000);
	}

	// In the last two seconds of the call that ended last.
	async assertHeard(expected) {
		const files = readdirSync(this.home).filter((name) => name.endsWith('dec.wav')).sort();
		const wav = readFileSync(join(this.home, files.at(-1)));
		const rate = wav.readUInt32LE(24), channels = wav.readUInt16LE(22), bytes = 4 * rate * channels;
		assert.ok(wav.length > bytes, `${wav.length} bytes of sound`);
		const found = levels(wav.subarray(wav.length - bytes), rate, channels);
		const shown = names.map((name, i) => `${name} ${found[i].toFixed(0)} dB`).join(', ');
		for (const [i, name] of names.entries()) {
			if (expected.includes(name)) assert.ok(found[i] > HEARD_DB, `${name} was heard: ${shown}`);
			else assert.ok(found[i] < SILENT_DB, `${name} was not heard: ${shown}`);
		}
	}

	async stop() {
		this.socket?.destroy();
		this.child.kill('SIGTERM');
		const timer = setTimeout(() => this.child.kill('SIGKILL'), 3000);
		await this.ended;
		clearTimeout(timer);
	}
}

// encryption: none, srtp, srtp-mand, dtls_srtp; mux: RTCP on the socket of RTP; audio: opus, pcma, pcmu, g722; cert: a PEM file for TLS, which it takes on port + 1.
export async function baresip({person, encryption = '', audio = 'opus', video = true, cert, ca, mux = false}) {
	const port = 5200 + 10 * started++, home = join(folder, `baresip-${process.pid}-${port}`);
	mkdirSync(home);
	writeFileSync(join(home, 'config'), configOf({person, port, home, cert, video, ca, mux}));
	writeFileSync(join(home, 'accounts'), `"${person}" <sip:${person}@${ADDRESS}:${port}>;regint=0;answermode=auto;audio_codecs=${CODECS[audio]}` +
		`${encryption && `;mediaenc=${encryption}`}\n`);
	writeFileSync(join(home, 'contacts'), '');
	const phone = new Baresip({home, port, person, uri: `sip:${person}@${ADDRESS}:${port}`});
	return phone.start();
}
