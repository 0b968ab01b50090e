/* player - plays a room's HLS of low latency where the browser has Media Source Extensions, else leaves it to the browser.
 *
 *   playlist (held by the server until a part is there) -> parts -> SourceBuffer -> <video>, kept near the live edge
 *
 * It tells 'state' events: {state: 'loading' | 'playing' | 'waiting' | 'failed', error}.
 */
import {ask, Refusal} from './client.js';
import {findStart, readMain, readMedia} from './playlist.js';

const FAR_S = 4, BEHIND_S = 0.3, KEEP_S = 20, RETRY_MS = 1000, RETRIES = 10;

const Source = globalThis.ManagedMediaSource ?? globalThis.MediaSource;
const HLS = 'application/vnd.apple.mpegurl';

export class Player extends EventTarget {
	constructor(video) {
		super();
		this.video = video;
		this.run = 0; /* of play: an older one ends */
		for (const event of ['waiting', 'stalled']) video.addEventListener(event, () => this.mend());
		video.addEventListener('playing', () => {
			if (this.fresh) this.keepUp(true); /* parts came while it began */
			this.fresh = false;
			this.tell('playing');
		});
	}

	tell(state, error = null) {
		this.dispatchEvent(Object.assign(new Event('state'), {state, error}));
	}

	/* url: of the multivariant playlist, with the PIN. Resolves when something may be shown; rejects where the server says no. */
	async play(url) {
		const run = ++this.run, {video} = this;
		this.tell('loading');
		const response = await ask(url);
		const main = readMain(await response.text(), response.url);
		const native = navigator.vendor.startsWith('Apple') && video.canPlayType(HLS);
		const type = `video/mp4; codecs="${main.codecs}"`;
		if (native || !Source?.isTypeSupported(type)) {
			video.src = main.url;
			video.addEventListener('error', () => this.run === run && this.tell('failed', new Refusal(0, 'This browser cannot play it.')), {once: true});
		} else {
			await this.open(type);
			this.follow(run, main.url, type);
		}
		video.play().catch(() => {}); /* until a click, where sound may not begin by itself */
	}

	stop() {
		this.run++;
		this.video.removeAttribute('src');
		this.video.load();
	}

	async open(type) {
		this.source = new Source();
		this.map = null;
		this.fresh = true;
		this.video.disableRemotePlayback = true; /* ManagedMediaSource needs it */
		this.video.src = URL.createObjectURL(this.source);
		await new Promise((resolve) => this.source.addEventListener('sourceopen', resolve, {once: true}));
		URL.revokeObjectURL(this.video.src);
		this.buffer = this.source.addSourceBuffer(type);
		this.source.duration = Infinity;
	}

	async follow(run, url, type) {
		let at = null, failures = 0; /* at: the piece that is appended next */
		while (run === this.run) {
			try {
				const query = at ? `?_HLS_msn=${at.number}&_HLS_part=${at.part}` : '';
				const list = readMedia(await (await ask(url + query)).text(), url);
				at = await this.append(run, list, at) ?? at;
				failures = 0;
				if (!at) await new Promise((resolve) => setTimeout(resolve, RETRY_MS / 2));
			} catch (error) {
				if (run !== this.run) return;
				if (error instanceof Refusal && !error.passing) return this.tell('failed', error);
				if (++failures > RETRIES) return this.tell('failed', error);
				if (failures > 2) this.tell('waiting', error);
				if (!(error instanceof Refusal)) await this.open(type).catch(() => {}); /* the decoder gave up: anew */
				at = null;
				await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
			}
		}
	}

	/* All that the playlist has from `at` on; returns what is next. */
	async append(run, list, at) {
		let first = at ? list.pieces.findIndex((p) => p.number > at.number || (p.number === at.number && p.part >= at.part)) : findStart(list);
		if (at && list.pieces.length && at.number < list.pieces[0].number) first = findStart(list); /* it was away for long */
		this.holdBack = list.holdBack;
		if (first < 0) return at && list.next.number > at.number ? list.next : at;
		for (const piece of list.pieces.slice(first)) {
			const [init, bytes] = await Promise.all([piece.map === this.map ? null : fetchBytes(piece.map), fetchBytes(piece.url)]);
			if (run !== this.run) return null;
			if (init) await this.put(init);
			this.map = piece.map;
			await this.put(bytes);
		}
		this.keepUp(at === null);
		await this.forget();
		return list.next;
	}

	put(bytes) {
		return this.change(() => this.buffer.appendBuffer(bytes));
	}

	change(what) {
		return new Promise((resolve, reject) => {
			const {buffer} = this;
			buffer.addEventListener('updateend', resolve, {once: true});
			buffer.addEventListener('error', () => reject(new Error('The decoder failed.')), {once: true});
			try {
				what();
			} catch (error) {
				reject(error);
			}
		});
	}

	async forget() {
		const {buffered} = this.buffer, until = this.video.currentTime - KEEP_S;
		if (buffered.length && buffered.start(0) < until - KEEP_S) await this.change(() => this.buffer.remove(0, until));
	}

	/* As near to the end as parts allow: at once where it begins or is far behind, else a little faster for a while. */
	keepUp(begins) {
		const {video} = this, {buffered} = this.buffer;
		if (!buffered.length) return;
		const end = buffered.end(buffered.length - 1), begin = buffered.start(buffered.length - 1);
		const behind = end - video.currentTime;
		if (begins || video.currentTime < begin || behind > FAR_S) video.currentTime = Math.max(begin, end - this.holdBack);
		else if (behind > this.holdBack + BEHIND_S) video.playbackRate = 1.08;
		else if (behind < this.holdBack) video.playbackRate = 1;
	}

	/* It ran dry before a gap: over it. */
	mend() {
		const {video} = this, {buffered} = this.buffer ?? {};
		for (let i = 0; i < (buffered?.length ?? 0); i++)
			if (buffered.start(i) > video.currentTime && buffered.start(i) - video.currentTime < 10) {
				video.currentTime = buffered.start(i);
				return;
			}
	}
}

async function fetchBytes(url) {
	return (await ask(url)).arrayBuffer();
}
