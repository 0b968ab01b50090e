/* editor_snap - where edges of regions go by themselves: halves, thirds, quarters and sixths of the canvas, the edges and middles of others,
 * the shape 16:9; and regions in line with each other. Pure, in exact fractions. */
import {add, fraction, less, max, min, mul, ONE, sub, value, ZERO} from './fraction.js';
import {inside} from './editor_model.js';

/** @typedef {import('./fraction.js').Fraction} Fraction
 * @typedef {import('./editor_model.js').Box} Box */

const NEAR = 0.015;       /* of the canvas */
const FINE = 960;         /* what snaps to nothing lies on such parts */
const SMALLEST = fraction(1, 24);
const PARTS = [1, 2, 3, 4, 6].flatMap((d) => Array.from({length: d + 1}, (_, n) => fraction(n, d)));

/** @param {number} x */
export const fine = (x) => fraction(Math.round(x * FINE), FINE);

const edges = (box, [from, size]) => [box[from], add(box[from], box[size]), add(box[from], mul(box[size], 1, 2))];

/** What an edge may snap to, along one axis. @param {Box[]} others @param {'x' | 'y'} axis */
const targets = (others, axis) => [...PARTS, ...others.flatMap((box) => edges(box, axis === 'x' ? ['x', 'w'] : ['y', 'h']))];

/** The nearest target of a place; null: none is near. @returns {Fraction | null} */
export function nearest(place, all, near = NEAR) {
	let best = null;
	for (const target of all) {
		const off = Math.abs(value(target) - place);
		if (off <= near && (!best || off < best.off)) best = {target, off};
	}
	return best && best.target;
}

/** A box that was moved: either edge, or its middle, may snap.
 * @param {Box} box @param {Box[]} others @returns {{box: Box, lines: {axis: 'x' | 'y', at: Fraction}[]}} */
export function snapMove(box, others) {
	const out = {...box}, lines = [];
	for (const [axis, size] of /** @type {const} */ ([['x', 'w'], ['y', 'h']])) {
		const all = targets(others, axis), offsets = [ZERO, box[size], mul(box[size], 1, 2)];
		let best = null;
		for (const offset of offsets) {
			const place = value(box[axis]) + value(offset), target = nearest(place, all);
			if (target && (!best || Math.abs(value(target) - place) < best.off)) best = {at: target, start: sub(target, offset), off: Math.abs(value(target) - place)};
		}
		out[axis] = best ? best.start : fine(value(box[axis]));
		if (best) lines.push({axis, at: best.at});
	}
	return {box: inside(out), lines};
}

/** A box whose edges (of 'n', 'e', 's', 'w') were moved to where `box` has them.
 * @param {Box} box @param {string} handle @param {Box[] | null} others null: nothing snaps
 * @param {[number, number] | null} aspect of the canvas: 16:9 is kept; null: it is not
 * @returns {{box: Box, lines: {axis: 'x' | 'y', at: Fraction}[]}} */
export function snapResize(box, handle, others, aspect) {
	let {x, y} = box, right = add(x, box.w), bottom = add(y, box.h);
	const lines = [];
	const snap = (at, axis) => {
		const target = others && nearest(value(at), targets(others, axis));
		if (target) lines.push({axis, at: target});
		return max(ZERO, min(ONE, target ?? fine(value(at))));
	};
	if (handle.includes('w')) x = min(snap(x, 'x'), sub(right, SMALLEST));
	if (handle.includes('e')) right = max(snap(right, 'x'), add(x, SMALLEST));
	if (handle.includes('n')) y = min(snap(y, 'y'), sub(bottom, SMALLEST));
	if (handle.includes('s')) bottom = max(snap(bottom, 'y'), add(y, SMALLEST));
	let out = {x, y, w: sub(right, x), h: sub(bottom, y)};
	if (aspect) out = shape(out, handle, aspect);
	return {box: inside(out), lines};
}

/** The same box as 16:9 of pixels; the edge that is not held moves. */
export function shape(box, handle, aspect) {
	const [n, d] = aspect; /* width : height of the canvas */
	const heightOf = (w) => mul(w, n * 9, d * 16), widthOf = (h) => mul(h, d * 16, n * 9);
	let w = box.w, h = heightOf(w);
	if (handle === 'n' || handle === 's') { h = box.h; w = widthOf(h); }
	const bottom = add(box.y, box.h), right = add(box.x, box.w);
	if (less(ONE, h)) { h = ONE; w = widthOf(h); }
	if (less(ONE, w)) { w = ONE; h = heightOf(w); }
	return inside({x: handle.includes('w') ? max(ZERO, sub(right, w)) : box.x, y: handle.includes('n') ? max(ZERO, sub(bottom, h)) : box.y, w, h});
}

/** Boxes in line: 'left', 'center', 'right', 'top', 'middle', 'bottom' of what they all lie in. @param {Box[]} boxes */
export function align(boxes, how) {
	const left = boxes.map((b) => b.x).reduce(min), top = boxes.map((b) => b.y).reduce(min);
	const right = boxes.map((b) => add(b.x, b.w)).reduce(max), bottom = boxes.map((b) => add(b.y, b.h)).reduce(max);
	const middle = (from, to, size) => sub(mul(add(from, to), 1, 2), mul(size, 1, 2));
	return boxes.map((b) => ({
		left: {...b, x: left}, center: {...b, x: middle(left, right, b.w)}, right: {...b, x: sub(right, b.w)},
		top: {...b, y: top}, middle: {...b, y: middle(top, bottom, b.h)}, bottom: {...b, y: sub(bottom, b.h)},
	}[how]));
}

/** Boxes with equal gaps between them; the outermost stay. @param {Box[]} boxes @param {'x' | 'y'} axis */
export function distribute(boxes, axis) {
	const size = axis === 'x' ? 'w' : 'h';
	const order = boxes.map((_, i) => i).sort((i, j) => value(boxes[i][axis]) - value(boxes[j][axis]));
	if (order.length < 3) return boxes;
	const first = boxes[order[0]], last = boxes[order.at(-1)];
	const sum = order.map((i) => boxes[i][size]).reduce(add);
	const gap = mul(sub(sub(add(last[axis], last[size]), first[axis]), sum), 1, order.length - 1);
	const out = [...boxes];
	let at = first[axis];
	for (const i of order) {
		out[i] = {...boxes[i], [axis]: max(ZERO, at)};
		at = add(add(at, boxes[i][size]), gap);
	}
	return out;
}
