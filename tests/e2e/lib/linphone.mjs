// linphone - linphonec, a softphone with a still picture for a camera and files for a soundcard, driven by what it reads.
//
//   const phone = await linphone({person: 'red'});
//   await phone.call('sip:room@10.5.5.5:5974');     resolves when it is up
//   phone.press('*6');
//   await phone.stop();  phone.heard('green');      dB, at the loudest

import assert from 'node:assert/strict';
import {execFileSync, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {cameraOf, folder, toneOf} from './media.mjs';
import {people} from './people.mjs';
import {eventually} from './wait.mjs';

export const hasLinphone = spawnSync('linphonec', ['--version']).status === 0;
const running = new Set();
let started = 0;

process.on('exit', () => {
	for (const child of running) child.kill('SIGKILL');
});

// What a test that failed left behind.
export async function closeAll() {
	for (const child of running) {
		child.kill('SIGKILL');
		if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
	}
}

class Linphone {
	constructor(fields) { Object.assign(this, fields, {text: ''}); }

	async start() {
		this.child = spawn('linphonec', ['-c', join(this.home, 'rc'), '-C'], {stdio: ['pipe', 'pipe', 'pipe'], cwd: this.home, env: {...process.env, HOME: this.home}});
		running.add(this.child);
		this.ended = once(this.child, 'close').then(() => running.delete(this.child));
		for (const stream of [this.child.stdout, this.child.stderr]) stream.setEncoding('utf8').on('data', (more) => { this.text += more; });
		this.child.stdin.on('error', () => {});
		this.say('soundcard use files');
		await this.reads('Using wav files');
		this.say(`staticpic set ${this.still}`);
		this.say('webcam use 0');
		return this;
	}

	say(line) { this.child.stdin.write(`${line}\n`); }

	reads(text) { return eventually(`linphone: ${text}`, () => assert.ok(this.text.includes(text), this.text.slice(-1500))); }

	async call(uri) {
		this.say(`call ${uri}`);
		await this.reads('connected');
		this.say(`record ${join(this.home, 'heard.wav')}`);
		this.say(`play ${this.tone}`);
	}

	press(keys) { this.say(keys); }

	// Of what it heard, the loudest half second of that tone, dB.
	heard(person) {
		const pcm = execFileSync('ffmpeg', ['-v', 'error', '-i', join(this.home, 'heard.wav'), '-f', 's16le', '-ac', '1', '-ar', '8000', '-'], {maxBuffer: 1 << 26});
		const {hz} = people[person], N = 4000;
		let best = -120;
		for (let at = 0; at + N <= pcm.length / 2; at += N) {
			let re = 0, im = 0;
			for (let i = 0; i < N; i++) {
				const x = pcm.readInt16LE(2 * (at + i)) / 32768, w = 2 * Math.PI * hz * i / 8000;
				re += x * Math.cos(w);
				im += x * Math.sin(w);
			}
			best = Math.max(best, 20 * Math.log10(Math.max(1e-6, 2 * Math.hypot(re, im) / N)));
		}
		return best;
	}

	async stop() {
		this.say('terminate');
		this.say('quit');
		const timer = setTimeout(() => this.child.kill('SIGKILL'), 5000);
		await this.ended;
		clearTimeout(timer);
	}
}

export async function linphone({person, address}) {
	const port = 5500 + 10 * started++, home = join(folder, `linphone-${process.pid}-${port}`), still = join(home, 'still.jpg');
	mkdirSync(join(home, '.local/share/linphone'), {recursive: true});
	execFileSync('ffmpeg', ['-v', 'error', '-i', cameraOf(person), '-frames:v', '1', '-q:v', '2', still]);
	const tone = join(home, 'tone.wav');
	execFileSync('ffmpeg', ['-v', 'error', '-stream_loop', '30', '-i', toneOf(person), '-ar', '8000', '-ac', '1', tone]);
	writeFileSync(join(home, 'rc'), ['[sip]', `sip_port=${port}`, 'use_ipv6=0', 'default_proxy=-1', 'guess_hostname=0',
		`contact="${person}" <sip:${person}@${address}:${port}>`, 'use_rfc2833=1', 'use_info=0', '[video]', 'enabled=1', 'capture=1', 'display=0', 'automatically_initiate=1',
		'size=cif', '[rtp]', `audio_rtp_port=${port + 1000}`, `video_rtp_port=${port + 1002}`, '[net]', 'mtu=1200', ''].join('\n'));
	return new Linphone({home, person, still, tone}).start();
}
