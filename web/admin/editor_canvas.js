/* editor_canvas - the canvas of the editor: draw, move and resize regions with mouse, finger, pen or keys; beneath them the server's own
 * picture of the layout.
 *
 * Keys on a region: arrows move it, with Shift they resize; Alt makes the step fine. Delete removes, Ctrl+D copies, Ctrl+A selects all.
 */
import {element, keyed} from './dom.js';
import {add, fraction, max, min, ONE, sub, value, write, ZERO} from './fraction.js';
import {boxOf, inside, liftOver, writeBox} from './editor_model.js';
import {fine, snapMove, snapResize} from './editor_snap.js';

const HANDLES = ['n', 's', 'e', 'w', 'ne', 'nw', 'se', 'sw'];
const DRAG_PX = 4, STEP = fraction(1, 48), FINE_STEP = fraction(1, 240);
const ARROWS = {ArrowLeft: ['x', -1], ArrowRight: ['x', 1], ArrowUp: ['y', -1], ArrowDown: ['y', 1]};

/** @param {import('./editor_model.js').Model} model
 * @param {{aspect: () => [number, number], snaps: () => boolean, wide: () => boolean}} looks wide: 16:9 is kept */
export function openCanvas(model, looks) {
	const picture = element('img', {className: 'a-canvas-picture', alt: '', hidden: true, draggable: false});
	const regions = element('div', {className: 'a-regions', role: 'group', ariaLabel: 'Regions'}), guides = element('div', {className: 'a-guides'});
	const hint = element('p', {className: 'a-hint', textContent: 'Press and drag to draw a region'});
	const frame = element('div', {className: 'a-canvas', dir: 'ltr'}, hint, picture, regions, guides);
	guides.setAttribute('aria-hidden', 'true');
	/** @type {any} */
	let drag = null;

	const others = (except) => model.regions.filter((_, i) => !except.has(i)).map(boxOf);
	function place(event) {
		const r = frame.getBoundingClientRect();
		return {x: Math.max(0, Math.min(1, (event.clientX - r.left) / r.width)), y: Math.max(0, Math.min(1, (event.clientY - r.top) / r.height))};
	}
	function showGuides(lines) {
		guides.replaceChildren(...lines.map(({axis, at}) => {
			const line = element('i', {className: axis === 'x' ? 'v' : 'h'});
			line.style[axis === 'x' ? 'left' : 'top'] = `${100 * value(at)}%`;
			return line;
		}));
	}

	/* ---- pointers */

	function begin(event, kind, index) {
		if (event.button || drag) return;
		event.stopPropagation();
		if (kind !== 'draw') {
			const many = event.shiftKey || event.ctrlKey || event.metaKey;
			if (many) model.select(model.selected.has(index) ? [...model.selected].filter((i) => i !== index) : [...model.selected, index]);
			else if (!model.selected.has(index)) model.select([index]);
		} else {
			model.select([]);
		}
		const from = place(event);
		drag = {kind, index, from, pointer: event.pointerId, x: event.clientX, y: event.clientY, moves: false,
			boxes: new Map([...model.selected].map((i) => [i, boxOf(model.regions[i])])), box: model.regions[index] && boxOf(model.regions[index])};
		frame.setPointerCapture(event.pointerId);
	}

	function onMove(event) {
		if (!drag || event.pointerId !== drag.pointer) return;
		if (!drag.moves && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < DRAG_PX) return;
		if (!drag.moves && drag.kind === 'draw') {
			model.addRegion({x: fine(drag.from.x), y: fine(drag.from.y), w: fraction(1, 240), h: fraction(1, 240)});
			drag.index = model.regions.length - 1;
			drag.box = {...boxOf(model.regions[drag.index]), x: fine(drag.from.x), y: fine(drag.from.y)};
		}
		drag.moves = true;
		const at = place(event), free = event.altKey || !looks.snaps();
		if (drag.kind === 'move') move(fine(at.x - drag.from.x), fine(at.y - drag.from.y), free);
		else resize(drag.kind === 'draw' ? drawn(at) : dragged(at), free, event.shiftKey);
	}

	function move(dx, dy, free) {
		const moved = {...drag.box, x: add(drag.box.x, dx), y: add(drag.box.y, dy)};
		const {box, lines} = free ? {box: inside(moved), lines: []} : snapMove(moved, others(model.selected));
		const by = {x: sub(box.x, drag.box.x), y: sub(box.y, drag.box.y)};
		showGuides(lines);
		model.change((doc) => {
			const list = doc.variants[model.variant].regions;
			for (const [i, old] of drag.boxes) writeBox(list[i], inside({...old, x: add(old.x, by.x), y: add(old.y, by.y)}));
			liftOver(list, drag.boxes.keys());
		}, 'drag');
	}
	/* The corner that one draws to, and the handle that it is. */
	function drawn({x, y}) {
		const handle = (y < drag.from.y ? 'n' : 's') + (x < drag.from.x ? 'w' : 'e');
		const a = {x: Math.min(x, drag.from.x), y: Math.min(y, drag.from.y), r: Math.max(x, drag.from.x), b: Math.max(y, drag.from.y)};
		return {handle: looks.snaps() ? 'nwse' : handle, shape: handle, box: {x: fine(a.x), y: fine(a.y), w: sub(fine(a.r), fine(a.x)), h: sub(fine(a.b), fine(a.y))}};
	}
	function dragged({x, y}) {
		const {kind: handle, box: old} = drag, right = add(old.x, old.w), bottom = add(old.y, old.h), box = {...old};
		if (handle.includes('w')) { box.x = min(fine(x), right); box.w = sub(right, box.x); }
		if (handle.includes('e')) box.w = max(ZERO, sub(fine(x), old.x));
		if (handle.includes('n')) { box.y = min(fine(y), bottom); box.h = sub(bottom, box.y); }
		if (handle.includes('s')) box.h = max(ZERO, sub(fine(y), old.y));
		return {handle, shape: handle, box};
	}
	function resize({handle, shape, box}, free, wide) {
		const aspect = wide || looks.wide() ? looks.aspect() : null;
		const near = free ? null : others(new Set([drag.index]));
		const made = snapResize(box, aspect ? shape : handle, near, aspect);
		showGuides(made.lines);
		model.change((doc) => {
			const list = doc.variants[model.variant].regions;
			writeBox(list[drag.index], made.box);
			liftOver(list, [drag.index]);
		}, 'drag');
	}
	function end(event) {
		if (!drag || event.pointerId !== drag.pointer) return;
		drag = null;
		showGuides([]);
		model.endGesture();
	}
	frame.addEventListener('pointerdown', (event) => begin(event, 'draw', -1));
	frame.addEventListener('pointermove', onMove);
	frame.addEventListener('pointerup', end);
	frame.addEventListener('pointercancel', end);

	/* ---- keys */

	function nudge(event) {
		const [axis, sign] = ARROWS[event.key], size = axis === 'x' ? 'w' : 'h', step = event.altKey ? FINE_STEP : STEP;
		const key = event.shiftKey ? size : axis;
		model.changeSelected((region) => {
			const box = boxOf(region), next = sign > 0 ? add(box[key], step) : sub(box[key], step);
			if (event.shiftKey) writeBox(region, {...box, [size]: max(FINE_STEP, min(next, sub(ONE, box[axis])))});
			else writeBox(region, inside({...box, [axis]: max(ZERO, next)}));
		}, `${event.key}${event.shiftKey}`);
		model.change((doc) => liftOver(doc.variants[model.variant].regions, model.selected), `${event.key}${event.shiftKey}`);
	}
	regions.addEventListener('keydown', (event) => {
		const index = Number(/** @type {HTMLElement} */ (event.target).dataset.key), command = event.ctrlKey || event.metaKey;
		if (!model.selected.has(index) && (ARROWS[event.key] || event.key === 'Delete')) model.select([index]);
		if (ARROWS[event.key]) nudge(event);
		else if (event.key === 'Delete' || event.key === 'Backspace') { model.removeSelected(); focus(Math.min(index, model.regions.length - 1)); }
		else if (event.key === ' ' || event.key === 'Enter') model.select(event.shiftKey || command ? [...model.selected, index] : [index]);
		else if (event.key === 'Escape') model.select([]);
		else if (command && event.key === 'd') { model.copySelected(); focus(model.regions.length - 1); }
		else if (command && event.key === 'a') model.select(model.regions.keys());
		else return;
		event.preventDefault();
		event.stopPropagation();
	});
	const focus = (index) => /** @type {HTMLElement} */ (regions.children[index])?.focus();

	/* ---- drawing */

	function make() {
		const node = /** @type {any} */ (element('div', {className: 'a-region', tabIndex: 0, role: 'button'}));
		node.text = element('span', {className: 'a-region-text'});
		node.append(node.text, ...HANDLES.map((handle) => {
			const grip = element('i', {className: `a-handle ${handle}`});
			grip.addEventListener('pointerdown', (event) => begin(event, handle, Number(node.dataset.key)));
			return grip;
		}));
		node.addEventListener('pointerdown', (event) => begin(event, 'move', Number(node.dataset.key)));
		return node;
	}
	function update(node, {region, i}) {
		const box = boxOf(region), {style} = node, isSelected = model.selected.has(i);
		for (const [key, side] of [['x', 'left'], ['y', 'top'], ['w', 'width'], ['h', 'height']]) style[side] = `${100 * value(box[key])}%`;
		style.zIndex = String(1001 + (Number(region.z) || 0) + (isSelected ? 4000 : 0));
		node.classList.toggle('selected', isSelected);
		node.setAttribute('aria-pressed', String(isSelected));
		const grid = region.grid === 'auto' ? ', grid' : region.grid ? `, grid ${region.grid.columns} x ${region.grid.rows}` : '';
		node.text.textContent = `${i + 1}  ${region.show ?? ''}${grid}`;
		node.ariaLabel = `Region ${i + 1}: ${region.show ?? ''}${grid}, at ${write(box.x)}, ${write(box.y)}, size ${write(box.w)} by ${write(box.h)}`;
	}
	function draw() {
		const [w, h] = looks.aspect();
		frame.style.aspectRatio = `${w} / ${h}`;
		hint.hidden = model.regions.length > 0;
		frame.style.setProperty('--wide', String(w / h));
		keyed(regions, model.regions.map((region, i) => ({region, i})), ({i}) => String(i), make, update);
	}
	return {box: frame, picture, draw, focus};
}
