/* stage - the picture of a room with its tiles over it: drag a participant onto a tile, or press the tile and choose. One stage a view.
 *
 * Pointer events alone, so that fingers and pens drag as mice do.
 */
import {act, button, element, icon, keyed, nameOf, openBox, put, toast, toggle} from './dom.js';
import {call} from './api.js';
import {openPicture} from './pictures.js';
import {placement} from './place.js';
import {drawing, isDirty, present, store} from './store.js';

const DRAG_PX = 6, HEIGHT = 540;
const NATIVE = ['selectstart', 'dragstart']; /* a drag selects no text, and drags none that is selected */

export function openStage(id) {
	const picture = openPicture(id, {height: HEIGHT, first: true});
	const tiles = element('div', {className: 'a-tiles', role: 'group', ariaLabel: 'Tiles of the picture'});
	const note = element('p', {className: 'dim a-stage-note'});
	const clear = button('Undo all placing', () => patch({spotlight: [], pins: [], order: []}, 'Everybody is where the layout puts them.'), {className: 'quiet', symbol: 'undo'});
	const frame = element('div', {className: 'a-stage', dir: 'ltr'}, picture.box, tiles);
	const box = element('section', {className: 'a-stage-box', ariaLabel: 'Main view'}, frame, element('div', {className: 'a-stage-foot'}, note, clear));

	const patch = (json, done) => act(call('patch', '/v1/rooms/{room}/layout', {path: {room: id}, json}), done);
	const person = (of) => store.rooms.get(id)?.people.get(of);
	const words = (of) => person(of)?.name || 'Guest';

	async function place(who, index) {
		const {layout} = store.rooms.get(id);
		const json = placement(layout, who, index);
		if (!json) toast(`This tile is for ${layout.regions[index]?.show ?? 'nobody'} alone.`, true);
		else if (Object.keys(json).length) await patch(json, `${words(who)} is in tile ${index + 1} now.`);
	}

	function choose(index) {
		const room = store.rooms.get(id);
		const list = element('ul', {className: 'a-choices'}, ...present(room).map((p) => {
			const pick = button('', () => { place(p.id, index); dialog.close(); });
			pick.replaceChildren(nameOf(p.name));
			pick.setAttribute('aria-pressed', String(room.layout.regions[index]?.participant === p.id));
			return element('li', {}, pick);
		}));
		const dialog = openBox(`Show in tile ${index + 1}`, list);
	}

	/* ---- dragging */

	/** @type {{who: string, x: number, y: number, ghost: HTMLElement | null, over: number} | null} */
	let drag = null;

	const tileAt = (x, y) => [...tiles.children].findIndex((tile) => {
		const r = tile.getBoundingClientRect();
		return x >= r.left && x < r.right && y >= r.top && y < r.bottom;
	});

	function begin(event, who) {
		if (event.button || !who) return;
		drag = {who, x: event.clientX, y: event.clientY, ghost: null, over: -1};
		addEventListener('pointermove', onMove);
		addEventListener('pointerup', onUp);
		addEventListener('pointercancel', onCancel);
		addEventListener('keydown', onKey, true);
		for (const type of NATIVE) addEventListener(type, prevent);
	}
	function onMove(event) {
		if (!drag.ghost && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < DRAG_PX) return;
		if (!drag.ghost) {
			drag.ghost = element('div', {className: 'a-ghost'}, nameOf(person(drag.who)?.name));
			document.body.append(drag.ghost);
		}
		event.preventDefault();
		drag.ghost.style.transform = `translate(${event.clientX}px, ${event.clientY}px)`;
		drag.over = tileAt(event.clientX, event.clientY);
		[...tiles.children].forEach((tile, i) => toggle(tile, 'over', i === drag.over));
	}
	function end() {
		drag?.ghost?.remove();
		for (const tile of tiles.children) toggle(tile, 'over', false);
		drag = null;
		removeEventListener('pointermove', onMove);
		removeEventListener('pointerup', onUp);
		removeEventListener('pointercancel', onCancel);
		removeEventListener('keydown', onKey, true);
		for (const type of NATIVE) removeEventListener(type, prevent);
	}
	function onUp() {
		const {who, over, ghost} = drag;
		end();
		if (!ghost) return;
		addEventListener('click', swallow, {capture: true, once: true}); /* the end of a drag is no press */
		setTimeout(() => removeEventListener('click', swallow, true));
		if (over >= 0) place(who, over);
	}
	const prevent = (event) => event.preventDefault();
	const onCancel = () => end();
	const onKey = (event) => { if (event.key === 'Escape') end(); };
	const swallow = (event) => { event.stopPropagation(); event.preventDefault(); };

	/* ---- drawing */

	function makeTile() {
		const tile = /** @type {any} */ (element('button', {type: 'button', className: 'a-tile'}));
		tile.marks = element('span', {className: 'a-tile-marks'});
		tile.append(tile.marks);
		tile.addEventListener('click', () => choose(Number(tile.dataset.key)));
		tile.addEventListener('pointerdown', (event) => begin(event, tile.who));
		return tile;
	}
	function drawTile(tile, {region, i, layout, canvas}) {
		const {style} = tile;
		style.left = `${100 * region.x / canvas.width}%`;
		style.top = `${100 * region.y / canvas.height}%`;
		style.width = `${100 * region.w / canvas.width}%`;
		style.height = `${100 * region.h / canvas.height}%`;
		style.zIndex = String(1000 + region.z);
		tile.who = region.participant;
		const pinned = layout.pins.includes(region.participant), lit = layout.spotlight.includes(region.participant);
		const key = `${pinned} ${lit}`;
		if (tile.marks.dataset.shows !== key) tile.marks.replaceChildren(...[pinned && icon('pin'), lit && icon('star')].filter(Boolean));
		tile.marks.dataset.shows = key;
		const text = `Tile ${i + 1}, ${region.show}: ${region.participant ? words(region.participant) : 'empty'}${pinned ? ', pinned' : ''}${lit ? ', in the spotlight' : ''}`;
		if (tile.ariaLabel !== text) tile.ariaLabel = text;
		tile.title = text;
	}
	function draw() {
		const layout = store.rooms.get(id)?.layout;
		if (!layout) return;
		const {canvas} = layout;
		frame.style.aspectRatio = `${canvas.width} / ${canvas.height}`;
		keyed(tiles, layout.regions.map((region, i) => ({region, i, layout, canvas})), ({i}) => String(i), makeTile, drawTile);
		const hidden = layout.hidden.length, placed = layout.spotlight.length + layout.pins.length + layout.order.length > 0;
		put(note, `${layout.name}, ${layout.regions.length} tiles${hidden ? `, ${hidden} not shown` : ''}. Drag people onto tiles, or press a tile.`);
		clear.hidden = !placed;
	}
	const stop = drawing((changes) => { if (isDirty(changes, id, 'layout', 'people', 'room')) draw(); });

	return {box, begin, place, patch, close() { stop(); end(); picture.close(); }};
}
