/* editor_model - the document that is being edited, what of it is selected, and what came before.
 *
 *   change(what) -> a copy is changed -> compared -> undo has the one before -> 'change'
 *
 * Changes of one gesture (a drag, the same field) are one step back. A document is never changed in place: who holds one may compare.
 */
import {add, fraction, max, min, ONE, read, sub, write, ZERO} from './fraction.js';

/** @typedef {import('./fraction.js').Fraction} Fraction
 * @typedef {{x: Fraction, y: Fraction, w: Fraction, h: Fraction}} Box */

const STEPS = 200;
export const REGIONS_MAX = 49;

export const emptyLayout = (name) => ({name, variants: [{regions: []}]});

/** The box of a region as fractions; what cannot be read is 0. @returns {Box} */
export const boxOf = (region) => ({x: read(region.x) ?? ZERO, y: read(region.y) ?? ZERO, w: read(region.w) ?? ZERO, h: read(region.h) ?? ZERO});

/** @param {Box} box */
export function writeBox(region, box) {
	for (const key of ['x', 'y', 'w', 'h']) region[key] = write(box[key]);
}

/** Moved into the canvas, and no larger than it. @param {Box} box @returns {Box} */
export function inside(box) {
	const w = min(box.w, ONE), h = min(box.h, ONE);
	return {x: max(ZERO, min(box.x, sub(ONE, w))), y: max(ZERO, min(box.y, sub(ONE, h))), w, h};
}

const overlap = (a, b) => {
	const apart = (p, l, q, m) => { const e = add(p, l), f = add(q, m); return e.n * q.d <= q.n * e.d || f.n * p.d <= p.n * f.d; };
	return !apart(a.x, a.w, b.x, b.w) && !apart(a.y, a.h, b.y, b.h);
};

/** Regions that lie over others need another z: whoever was moved last comes to the front of those they lie over.
 * @param {any[]} regions @param {Iterable<number>} moved */
export function liftOver(regions, moved) {
	for (const i of moved) {
		const box = boxOf(regions[i]), zs = new Set(regions.filter((r, k) => k !== i && overlap(box, boxOf(r))).map((r) => r.z ?? 0));
		if (!zs.has(regions[i].z ?? 0)) continue;
		const z = Math.max(...zs) + 1;
		if (z <= 1000) regions[i].z = z;
	}
}

/** Which variant of a document is for so many people on that canvas; the rule of docs/LAYOUTS.md. */
export function variantFor(doc, count, presentation, aspect) {
	const number = (x) => { const f = read(x); return f ? f.n / f.d : 0; };
	let last = -1;
	for (const [i, {max: most, when = {}}] of (doc.variants ?? []).entries()) {
		if (when.presentation !== undefined && when.presentation !== presentation) continue;
		if (when.aspect_min !== undefined && aspect < number(when.aspect_min) - 1e-9) continue;
		if (when.aspect_max !== undefined && aspect > number(when.aspect_max) + 1e-9) continue;
		if (most === undefined || count <= most) return i;
		last = i;
	}
	return last;
}

export class Model extends EventTarget {
	constructor(doc) {
		super();
		this.doc = doc;
		this.variant = 0;
		/** @type {Set<number>} */
		this.selected = new Set();
		this.past = [];
		this.future = [];
		this.gesture = '';
	}

	get regions() { return this.doc.variants?.[this.variant]?.regions ?? []; }

	#tell(type) { this.dispatchEvent(new Event(type)); }

	#settle() {
		this.variant = Math.max(0, Math.min(this.variant, (this.doc.variants?.length ?? 1) - 1));
		this.selected = new Set([...this.selected].filter((i) => i < this.regions.length));
	}

	/** @param {(doc: any) => void} edit of a copy @param {string} gesture changes of one gesture in a row are one step */
	change(edit, gesture = '') {
		const before = this.doc, next = structuredClone(before);
		edit(next);
		if (JSON.stringify(next) === JSON.stringify(before)) return;
		if (!gesture || gesture !== this.gesture) {
			this.past.push(before);
			if (this.past.length > STEPS) this.past.shift();
		}
		this.gesture = gesture;
		this.future = [];
		this.doc = next;
		this.#settle();
		this.#tell('change');
	}

	/** Of the regions that are selected. @param {(region: any, index: number) => void} edit */
	changeSelected(edit, gesture = '') {
		this.change((doc) => { for (const i of this.selected) edit(doc.variants[this.variant].regions[i], i); }, gesture);
	}

	endGesture() { this.gesture = ''; }

	#step(from, to) {
		if (!from.length) return;
		to.push(this.doc);
		this.doc = from.pop();
		this.gesture = '';
		this.#settle();
		this.#tell('change');
	}

	undo() { this.#step(this.past, this.future); }
	redo() { this.#step(this.future, this.past); }

	/** @param {Iterable<number>} indices */
	select(indices) {
		const next = new Set(indices);
		if (next.size === this.selected.size && [...next].every((i) => this.selected.has(i))) return;
		this.selected = next;
		this.gesture = '';
		this.#tell('select');
	}

	show(variant) {
		if (variant === this.variant || !this.doc.variants?.[variant]) return;
		this.variant = variant;
		this.selected = new Set();
		this.gesture = '';
		this.#tell('select');
	}

	/** @param {Box} box */
	addRegion(box) {
		if (this.regions.length >= REGIONS_MAX) return;
		const index = this.regions.length;
		this.change((doc) => {
			doc.variants ??= [{regions: []}];
			const region = {x: 0, y: 0, w: 0, h: 0, show: 'next'}, {regions} = doc.variants[this.variant];
			writeBox(region, inside(box));
			regions.push(region);
			liftOver(regions, [index]);
		});
		this.select([index]);
	}

	copySelected() {
		const first = this.regions.length;
		const count = Math.min(this.selected.size, REGIONS_MAX - first);
		const step = fraction(1, 24);
		this.change((doc) => {
			const {regions} = doc.variants[this.variant];
			for (const i of [...this.selected].slice(0, count)) {
				const copy = structuredClone(regions[i]), box = boxOf(copy);
				writeBox(copy, inside({...box, x: add(box.x, step), y: add(box.y, step)}));
				regions.push(copy);
				liftOver(regions, [regions.length - 1]);
			}
		});
		this.select(Array.from({length: count}, (_, i) => first + i));
	}

	removeSelected() {
		const gone = this.selected;
		this.selected = new Set();
		this.change((doc) => { doc.variants[this.variant].regions = doc.variants[this.variant].regions.filter((_, i) => !gone.has(i)); });
		this.#tell('select');
	}
}
