/* place - what a moderator asks for by dragging a participant onto a tile, as a patch of the room's layout. Pure.
 *
 * A tile of `speaker`: the participant is spotlighted. Any other that people take in order: the two swap; who was in no tile comes
 * into this one and is pinned, so that they stay. An empty tile takes nobody who has one. Tiles for a presentation, a participant or an identity take nobody else.
 */

const NAMED = /^(presentation$|participant:|identity:)/;

/** @param {import('./store.js').Schemas['LayoutNow']} layout @param {string} id @param {number} index of the region
 * @returns {{spotlight?: string[], order?: string[], pins?: string[]} | null} null: it cannot be */
export function placement(layout, id, index) {
	const tile = layout.regions[index];
	if (!tile || NAMED.test(tile.show)) return null;
	if (tile.show === 'speaker') return {spotlight: [id]};
	const cameras = layout.regions.filter((r) => r.participant && r.source === 'camera');
	const order = cameras.map((r) => r.participant), owner = tile.participant;
	const from = order.indexOf(id), to = order.indexOf(owner);
	if (owner === id || (from >= 0 && to < 0)) return {};
	const speaks = cameras[from]?.show === 'speaker';
	if (from >= 0) [order[from], order[to]] = [order[to], order[from]];
	else if (to >= 0) order[to] = id;
	else order.push(id);
	if (speaks) return {order, spotlight: [owner]};
	if (from >= 0) return {order};
	return {order, pins: [...layout.pins.filter((p) => p !== owner && p !== id), id]};
}
