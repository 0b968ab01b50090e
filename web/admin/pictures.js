/* pictures - what rooms look like now: by WHEP at a small step while few are on the screen, else snapshots, one after the other; only of
 * what is on the screen, and only of rooms where somebody is. Joining as a watcher may ask for a PIN that the token does not replace, and
 * watchers have a limit: where it is refused, there are snapshots.
 *
 *   mount -> seen (IntersectionObserver) -> live | snapshots -> unseen: nothing
 */
import {element} from '../dom.js';
import {request, watch} from './api.js';
import {addMine, present, store} from './store.js';

const LIVE_MAX = 4;         /* more connections than that cost a browser too much */
const LOOK_MS = 500, SETTLE_MS = 1200; /* who only scrolls past joins nothing */
const AGE_MS = 4000;        /* of a snapshot, before the next one */
const AGAIN_MS = 30000;     /* after a refusal */
const AT_ONCE = 2;          /* snapshots */

/** @type {Set<Picture>} */
const all = new Set();
let timer = 0, loading = 0;

const observer = new IntersectionObserver((entries) => {
	for (const {target, isIntersecting} of entries)
		for (const picture of all) if (picture.box === target) picture.see(isIntersecting);
});

const isOccupied = (id) => {
	const room = store.rooms.get(id);
	return Boolean(room) && present(room).some((p) => p.state !== 'connecting');
};

class Picture {
	/** @param {string} room @param {{height: number, first: boolean}} looks first: live before others */
	constructor(room, {height, first}) {
		this.room = room;
		this.height = height;
		this.first = first;
		this.seenAt = this.shotAt = this.notBefore = 0; /* ms of performance.now(); 0: is not seen, never */
		this.busy = this.closed = false;
		this.url = '';
		/** @type {import('../client.js').Seat | null} */
		this.seat = null;
		this.video = element('video', {muted: true, autoplay: true, playsInline: true, hidden: true, tabIndex: -1});
		this.video.setAttribute('aria-hidden', 'true');
		this.image = element('img', {alt: '', hidden: true, draggable: false});
		this.note = element('span', {className: 'a-nobody'});
		this.box = element('div', {className: 'a-picture'}, this.note, this.image, this.video);
		this.stop = new AbortController();
	}

	see(isSeen) {
		this.seenAt = isSeen ? this.seenAt || performance.now() : 0;
		if (!isSeen) this.unwatch();
		work();
	}

	get wanted() { return this.seenAt && !document.hidden && isOccupied(this.room); }

	show(what) {
		this.video.hidden = what !== 'video';
		this.image.hidden = what !== 'image';
		this.note.textContent = what ? '' : isOccupied(this.room) ? 'Loading …' : 'Nobody is here';
	}

	async watch() {
		if (this.busy || this.seat) return;
		this.busy = true;
		try {
			const seat = await watch(this.room, {audio: false, max_height: this.height, max_fps: 15, name: 'admin', signal: this.stop.signal});
			if (this.closed || !this.wanted) return seat.leave();
			this.seat = seat;
			seat.own().then(({id}) => addMine(this.room, id), () => {});
			this.video.srcObject = seat.stream;
			this.video.onplaying = () => { if (this.seat === seat) this.show('video'); };
			seat.addEventListener('state', () => {
				if (seat !== this.seat || ['connected', 'interrupted'].includes(seat.state)) return;
				this.unwatch();
				this.notBefore = performance.now() + AGAIN_MS;
			});
		} catch {
			this.notBefore = performance.now() + AGAIN_MS;
		} finally {
			this.busy = false;
		}
	}

	unwatch() {
		const {seat} = this;
		this.seat = null;
		seat?.leave();
		this.video.srcObject = null;
		if (!this.video.hidden) this.show(this.url ? 'image' : '');
	}

	async shoot() {
		this.shotAt = performance.now();
		loading++;
		try {
			const blob = await (await request('get', '/v1/rooms/{room}/snapshot.jpg', {path: {room: this.room}, signal: this.stop.signal})).blob();
			if (this.closed) return;
			const old = this.url;
			this.url = URL.createObjectURL(blob);
			this.image.src = this.url;
			await this.image.decode().catch(() => {});
			URL.revokeObjectURL(old);
			if (!this.seat || this.video.hidden) this.show('image');
		} catch {
			/* nobody was in the room yet, or it is gone: the next one may be there */
		} finally {
			loading--;
		}
	}

	close() {
		this.closed = true;
		all.delete(this);
		observer.unobserve(this.box);
		this.unwatch();
		this.stop.abort();
		URL.revokeObjectURL(this.url);
		this.url = '';
		this.box.remove();
		work();
	}
}

/* One look at all of them: who is to be live, whose snapshot is the oldest. */
function work() {
	const now = performance.now();
	const wanted = [...all].filter((p) => p.wanted).sort((p, q) => Number(q.first) - Number(p.first) || p.seenAt - q.seenAt);
	const few = wanted.length <= LIVE_MAX;
	for (const picture of all) {
		const live = wanted.includes(picture) && (few || picture.first);
		if (!live && picture.seat) picture.unwatch();
		if (!picture.wanted && (!picture.image.hidden || !picture.note.textContent) && !isOccupied(picture.room)) picture.show('');
		if (live && now - picture.seenAt > SETTLE_MS && now > picture.notBefore) picture.watch();
	}
	const stale = wanted.filter((p) => (!p.seat || p.video.hidden) && now - p.shotAt > AGE_MS).sort((p, q) => p.shotAt - q.shotAt);
	for (const picture of stale) if (loading < AT_ONCE) picture.shoot();
	clearTimeout(timer);
	timer = all.size ? setTimeout(work, LOOK_MS) : 0;
}
document.addEventListener('visibilitychange', work);

/** A box with the picture of a room; close() it when it is not needed any more. */
export function openPicture(room, {height = 180, first = false} = {}) {
	const picture = new Picture(room, {height, first});
	all.add(picture);
	picture.show('');
	observer.observe(picture.box);
	work();
	return picture;
}

export function closePictures() {
	for (const picture of [...all]) picture.close();
}
addEventListener('pagehide', closePictures);
