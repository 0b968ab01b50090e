/* own - one's own camera and microphone, in the lobby and in the call: what is open, what is wanted, what went wrong.
 *
 * Whoever shows or sends them listens to 'change'.
 */
import {remembered} from './dom.js';

const WORD = {audio: 'microphone', video: 'camera'};
const INPUT = {audio: 'audioinput', video: 'videoinput'};

class Own extends EventTarget {
	tracks = {audio: null, video: null};
	on = {audio: false, video: false};
	trouble = ''; /* in words; '': none */
	params = new URLSearchParams(location.search);

	get muted() { return !this.tracks.audio?.enabled; }

	/* Opens what is wanted and not open; together first, so that the browser asks once. */
	async open(kinds = ['audio', 'video'].filter((kind) => this.on[kind])) {
		const missing = kinds.filter((kind) => this.tracks[kind]?.readyState !== 'live');
		if (!missing.length) return;
		this.trouble = '';
		if (!navigator.mediaDevices) {
			this.trouble = 'Camera and microphone work only on https addresses and on localhost.';
		} else {
			const failed = await this.#take(missing);
			if (failed && missing.length > 1 && failed.name !== 'NotAllowedError')
				for (const kind of missing) await this.#takeOne(kind);
			else if (failed) this.#fail(missing, failed);
		}
		for (const kind of missing) this.on[kind] = Boolean(this.tracks[kind]);
		this.#changed();
	}

	/* A microphone that is off stays open and silent, to be back at once; a camera that is off is closed, and its light out. */
	async set(kind, on) {
		this.on[kind] = on;
		if (kind === 'video' && !on) this.#drop('video');
		if (on) await this.open([kind]);
		if (this.tracks.audio) this.tracks.audio.enabled = this.on.audio;
		this.#changed();
	}

	async choose(kind, deviceId) {
		remembered(INPUT[kind], deviceId);
		if (!this.tracks[kind]) return;
		this.#drop(kind); /* some machines open one camera at a time */
		await this.open([kind]);
	}

	close() {
		for (const kind of ['audio', 'video']) this.#drop(kind);
		this.#changed();
	}

	/* {audioinput: [{deviceId, label}], ...}: those whose names may be known. */
	async list() {
		const all = await navigator.mediaDevices?.enumerateDevices().catch(() => []) ?? [];
		const byKind = {};
		for (const device of all) if (device.deviceId) (byKind[device.kind] ??= []).push(device);
		return byKind;
	}

	async #take(kinds) {
		try {
			const constraints = Object.fromEntries(kinds.map((kind) => [kind, this.#constraints(kind)]));
			for (const track of (await navigator.mediaDevices.getUserMedia(constraints)).getTracks()) this.#keep(track);
			return null;
		} catch (error) {
			return error;
		}
	}

	async #takeOne(kind) {
		const error = await this.#take([kind]);
		if (error) this.#fail([kind], error);
	}

	#keep(track) {
		this.#drop(track.kind);
		this.tracks[track.kind] = track;
		track.addEventListener('ended', () => {
			if (this.tracks[track.kind] !== track) return;
			this.#drop(track.kind);
			this.on[track.kind] = false;
			this.trouble = `The ${WORD[track.kind]} was disconnected.`;
			this.#changed();
		});
	}

	#drop(kind) {
		this.tracks[kind]?.stop();
		this.tracks[kind] = null;
	}

	#constraints(kind) {
		const id = remembered(INPUT[kind]), device = id ? {deviceId: {ideal: id}} : {};
		if (kind === 'audio') {
			const raw = this.params.get('raw') === '1';
			return {...device, ...(raw && {echoCancellation: false, noiseSuppression: false, autoGainControl: false})};
		}
		const size = {width: {ideal: 1280}, height: {ideal: 720}, frameRate: {ideal: 30}};
		for (const side of ['width', 'height'])
			if (Number(this.params.get(side)) > 0) size[side] = {exact: Number(this.params.get(side))};
		return {...device, ...size};
	}

	#fail(kinds, error) {
		const what = kinds.map((kind) => WORD[kind]).join(' and '), its = kinds.length > 1 ? 'them' : 'it';
		const words = {
			NotAllowedError: /system/i.test(error.message)
				? `The ${what} may not be used: the privacy settings of your system forbid it to the browser.`
				: `The ${what} may not be used. Allow ${its} in the browser, beside the address, and try again.`,
			NotFoundError: `No ${what} was found.`,
			NotReadableError: `The ${what} could not be opened; another program may be using ${its}.`,
			OverconstrainedError: `The ${what} does not offer what was asked of ${its}.`,
		};
		this.trouble = [this.trouble, words[error.name] ?? `The ${what} could not be opened (${error.name}).`].filter(Boolean).join(' ');
	}

	#changed() { this.dispatchEvent(new Event('change')); }
}

export const own = new Own();

/* Calls show(0 to 1) with the loudness of a track until the returned function is called. A page that nobody touched yet may
 * get no sound to measure: then it starts with the first touch. */
export function watchLevel(track, show) {
	const context = new AudioContext(), analyser = new AnalyserNode(context, {fftSize: 1024});
	context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
	const samples = new Float32Array(analyser.fftSize), wake = () => context.resume();
	let level = 0;
	const look = () => {
		analyser.getFloatTimeDomainData(samples);
		const rms = Math.sqrt(samples.reduce((sum, s) => sum + s * s, 0) / samples.length);
		const now = track.enabled ? Math.min(1, Math.max(0, 1 + Math.log10(rms + 1e-6) / 2.5)) : 0; /* -50 dB to 0 dB */
		show(level = Math.max(now, level * 0.8));
	};
	const timer = setInterval(look, 66);
	for (const touch of ['pointerdown', 'keydown']) addEventListener(touch, wake, {once: true});
	return () => {
		clearInterval(timer);
		for (const touch of ['pointerdown', 'keydown']) removeEventListener(touch, wake);
		context.close();
	};
}

/* Fills one place with a select per kind of device; again whenever devices come or go. setSpeaker(id) may be absent. */
export async function showChoices(places, setSpeaker) {
	const devices = await own.list();
	const kinds = [['videoinput', 'Camera'], ['audioinput', 'Microphone'], ...(setSpeaker ? [['audiooutput', 'Speaker']] : [])];
	for (const [n, place] of places.entries()) {
		place.replaceChildren(...kinds.filter(([kind]) => devices[kind]?.length).map(([kind, name]) => {
			const label = Object.assign(document.createElement('label'), {textContent: name, htmlFor: `${kind}-${n}`});
			const select = Object.assign(document.createElement('select'), {id: `${kind}-${n}`});
			for (const [i, device] of devices[kind].entries()) select.add(new Option(device.label || `${name} ${i + 1}`, device.deviceId));
			const inUse = own.tracks[kind.slice(0, 5)]?.getSettings().deviceId;
			select.value = inUse ?? remembered(kind);
			if (select.selectedIndex < 0) select.selectedIndex = 0;
			select.addEventListener('change', () => {
				if (kind === 'audiooutput') setSpeaker(remembered(kind, select.value));
				else own.choose(kind.slice(0, 5), select.value);
			});
			const row = document.createElement('div');
			row.append(label, select);
			return row;
		}));
	}
}
