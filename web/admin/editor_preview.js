/* editor_preview - the layout as the server's own compositor draws it, for so many people: asked for a moment after the last change, one
 * picture at a time. What the server says against the layout comes back as well.
 */
import {Refusal, request} from './api.js';

const PAUSE_MS = 150, AGAIN_MS = 1000;

/** @param {HTMLImageElement} image @param {(refusal: Refusal | null) => void} onTold null: the layout is right */
export function openPreview(image, onTold) {
	let wanted = null, timer = 0, busy = false, url = '', closed = false;

	async function ask() {
		if (busy || !wanted || closed) return;
		const {doc, count, width, height, presentation} = wanted;
		wanted = null;
		busy = true;
		try {
			const response = await request('post', '/v1/layouts/{name}/preview.png', {path: {name: doc.name}, query: {count, width, height, presentation}, json: doc});
			const blob = await response.blob();
			if (closed) return;
			const old = url;
			url = URL.createObjectURL(blob);
			image.src = url;
			await image.decode().catch(() => {});
			URL.revokeObjectURL(old);
			image.hidden = false;
			image.dataset.shows = String(count);
			onTold(null);
		} catch (error) {
			if (closed) return;
			if (error instanceof Refusal && error.passing) {
				wanted ??= {doc, count, width, height, presentation};
				timer = setTimeout(ask, AGAIN_MS);
			}
			image.hidden = true;
			onTold(error);
		} finally {
			busy = false;
		}
		if (wanted && !timer) ask();
	}
	return {
		/** @param {{doc: any, count: number, width: number, height: number, presentation: boolean}} what */
		show(what) {
			wanted = what;
			clearTimeout(timer);
			timer = setTimeout(() => { timer = 0; ask(); }, PAUSE_MS);
		},
		close() {
			closed = true;
			clearTimeout(timer);
			URL.revokeObjectURL(url);
		},
	};
}
