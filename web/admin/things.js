/* things - what the sections of a room share: a list of what runs, and a form that begins another. */
import {act, element, keyed} from './dom.js';
import {drawing, isDirty, store} from './store.js';

/** @param {{room: string, kind: import('./store.js').What, title: string, form: HTMLElement, empty: string, key?: (item: any) => string,
 *   make: (item: any) => HTMLElement}} about
 * make is called again when what an item shows (key) changed */
export function section({room, kind, title, form, empty, key = JSON.stringify, make}) {
	const list = element('ul', {className: 'a-things'}), none = element('p', {className: 'dim', textContent: empty});
	const count = element('span', {className: 'a-tag', hidden: true});
	const box = element('details', {className: 'a-panel'}, element('summary', {}, element('h2', {textContent: title}), count), form, list, none);
	const stop = drawing((changes) => {
		if (!isDirty(changes, room, kind)) return;
		const items = [...store.rooms.get(room)?.[kind].values() ?? []].reverse();
		keyed(list, items, (item) => item.id, (item) => element('li', {}, make(item)), (row, item) => {
			const text = key(item);
			if (row.dataset.shows !== text) row.replaceChildren(make(item));
			row.dataset.shows = text;
		});
		const running = items.filter((item) => !['ended', 'failed', 'done'].includes(item.state)).length;
		count.hidden = !running;
		count.textContent = String(running);
		none.hidden = items.length > 0;
	});
	return {box, stop};
}

/** A form whose fields give what is asked for; it is emptied when the server agreed.
 * @param {HTMLElement[]} fields @param {string} verb @param {() => Promise<any>} ask */
export function startForm(fields, verb, ask) {
	const form = element('form', {className: 'a-form'}, ...fields, element('div', {className: 'a-actions'}, element('button', {className: 'primary', textContent: verb})));
	form.addEventListener('submit', async (event) => {
		event.preventDefault();
		if (await act(ask()) !== undefined) form.reset();
	});
	return form;
}

/** A line: what it is, how it goes, and buttons. */
export function line(name, state, detail, ...buttons) {
	return element('div', {className: 'a-thing'}, element('div', {className: 'a-thing-text'}, element('bdi', {textContent: name}),
		element('span', {className: 'dim', textContent: [state, detail].filter(Boolean).join(' · ')})), ...buttons);
}
