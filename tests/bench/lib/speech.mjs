// speech - what talkers say, in the generator and in our floor alike: 60 s of 48 kHz int16 mono, named to both by TS_SPEECH. Readers of
// ../shared/media/audio/dev where that is, espeak-ng in a bare clone; BENCH_VOICE=tone, or neither: the tone of old, for comparisons.
//
// Talk by a two-state model: spurts of 4 s and pauses of 2 s in the mean, both exponential, the same ones in each run. (ITU-T P.59
// has 1.0 and 1.6 s for a side of a conversation of two; "3 talk" means people who have the word.) Within a spurt speech has pauses of its own.

import {execFileSync} from 'node:child_process';
import {existsSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {context} from './context.mjs';

const RATE = 48000, SECONDS = 60, SPURT_S = 4, PAUSE_S = 2;
const options = ['-ac', '1', '-ar', String(RATE), '-f', 's16le', '-'];
const text = 'The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background. It is easy to tell the depth of a well. '
	+ 'These days a chicken leg is a rare dish. Rice is often served in round bowls. The juice of lemons makes fine punch. ';

const run = (program, args, input) => execFileSync(program, args, {input, maxBuffer: 1 << 26, stdio: ['pipe', 'pipe', 'ignore']});

function talk() {
	const folder = join(context.root, '../shared/media/audio/dev');
	const reader = existsSync(folder) ? readdirSync(folder).find((name) => /^libri.*flac$/.test(name)) : null;
	if (reader) return {what: reader, pcm: run('ffmpeg', ['-v', 'error', '-stream_loop', '-1', '-t', String(SECONDS), '-i', join(folder, reader), ...options])};
	const wav = run('espeak-ng', ['--stdout', text.repeat(3)]);
	return {what: 'espeak-ng', pcm: run('ffmpeg', ['-v', 'error', '-i', '-', ...options], wav)};
}

function withPauses(pcm) {
	const out = Buffer.alloc(SECONDS * RATE * 2);
	let seed = 1, at = 0, from = 0, talks = true;
	while (at < out.length) {
		seed = (seed * 1103515245 + 12345) % 2147483648;
		const bytes = 2 * Math.round(RATE * (talks ? SPURT_S : PAUSE_S) * -Math.log(1 - seed / 2147483648));
		for (let end = Math.min(out.length, at + bytes); at < end; at += 2) {
			if (talks) out.writeInt16LE(pcm.readInt16LE(from % (pcm.length & ~1)), at);
			from += talks ? 2 : 0;
		}
		talks = !talks;
	}
	return out;
}

// Sets TS_SPEECH for all programs; returns what the voice is, for the report.
export function prepareSpeech() {
	delete process.env.TS_SPEECH;
	if (process.env.BENCH_VOICE === 'tone') return 'tone';
	try {
		const {what, pcm} = talk(), path = join(context.folder, 'speech.raw');
		writeFileSync(path, withPauses(pcm));
		process.env.TS_SPEECH = path;
		return what;
	} catch (error) {
		console.error(`bench: no speech (${error.message.split('\n')[0]}): a tone`);
		return 'tone';
	}
}
