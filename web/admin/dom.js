/* dom - what every part of the admin page does with its elements. Names come from strangers: they are only ever text, and isolated, so
 * that marks of direction in them turn nothing around. */
import {element, icon} from '../dom.js';
import {words} from './api.js';

export {$, element, icon, tell} from '../dom.js';

/** A name as others chose it. @param {string} text @param {string} [instead] */
export const nameOf = (text, instead = 'Guest') => element('bdi', {textContent: text || instead, title: text || '', className: 'a-name'});

/** @param {string} text @param {(event: Event) => void} onClick @param {{symbol?: string, className?: string, title?: string, only?: boolean}} looks
 * only: the symbol alone is seen */
export function button(text, onClick, {symbol = '', className = '', title = '', only = false} = {}) {
	const made = element('button', {type: 'button', className: only ? `quiet bare ${className}` : className});
	if (symbol) made.append(icon(symbol));
	made.append(element('span', {className: only ? 'unseen' : '', textContent: text}));
	if (only || title) made.title = title || text;
	made.addEventListener('click', onClick);
	return made;
}

let ids = 0;
export const newId = () => `a-${ids++}`;

/** A label with its field; help below it. */
export function field(text, input, help = '') {
	input.id ||= newId();
	const row = element('div', {className: 'a-field'}, element('label', {htmlFor: input.id, textContent: text}), input);
	if (help) {
		const line = element('p', {className: 'help', id: newId(), textContent: help});
		input.setAttribute('aria-describedby', line.id);
		row.append(line);
	}
	return row;
}

export function check(text, checked, onChange) {
	const box = element('input', {type: 'checkbox', checked});
	if (onChange) box.addEventListener('change', () => onChange(box.checked, box));
	return element('label', {className: 'check'}, box, element('span', {textContent: text}));
}

/** @param {[string, string][]} options value, words */
export function select(options, value, onChange) {
	const made = element('select', {}, ...options.map(([key, text]) => element('option', {value: key, textContent: text})));
	made.value = value;
	if (onChange) made.addEventListener('change', () => onChange(made.value, made));
	return made;
}

/** Text that is written only where it changed: what reads the page aloud is not disturbed. */
export function put(node, text) {
	if (node.textContent !== text) node.textContent = text;
}

export function toggle(node, name, on) {
	if (node.classList.contains(name) !== on) node.classList.toggle(name, on);
}

/** Children by key: those whose key stays are kept, with their focus, and updated; they stand in the order of the items.
 * @template T
 * @param {HTMLElement} list @param {T[]} items @param {(item: T) => string} keyOf @param {(item: T) => HTMLElement} make
 * @param {(node: HTMLElement, item: T) => void} [update] */
export function keyed(list, items, keyOf, make, update) {
	const old = new Map([...list.children].map((child) => [/** @type {HTMLElement} */ (child).dataset.key, child]));
	items.forEach((item, i) => {
		const key = keyOf(item);
		const node = /** @type {HTMLElement} */ (old.get(key) ?? make(item));
		node.dataset.key = key;
		old.delete(key);
		update?.(node, item);
		if (list.children[i] !== node) list.insertBefore(node, list.children[i] ?? null);
	});
	for (const child of old.values()) child.remove();
}

/* ---- what is told */

const TOASTS_MAX = 4, TOAST_MS = 6000;

export function toast(text, isError = false) {
	const box = document.getElementById('toasts');
	const line = element('p', {className: `note${isError ? ' error' : ''}`, textContent: text});
	box.append(line);
	while (box.children.length > TOASTS_MAX) box.firstChild.remove();
	setTimeout(() => line.remove(), isError ? 2 * TOAST_MS : TOAST_MS);
}

/** Waits for what was asked of the server; tells what became of it. Resolves to the answer, undefined where it was refused.
 * @template T @param {Promise<T>} asked @param {string} [done] @returns {Promise<T | undefined>} */
export async function act(asked, done = '') {
	try {
		const answer = await asked;
		if (done) toast(done);
		return answer;
	} catch (error) {
		toast(words(error), true);
		return undefined;
	}
}

/* ---- dialogs */

/** A dialog with a title; removed when it closes. */
export function openBox(title, ...children) {
	const heading = element('h2', {id: newId()});
	heading.append(title);
	const box = element('dialog', {className: 'a-dialog'});
	box.setAttribute('aria-labelledby', heading.id);
	box.append(element('div', {className: 'a-dialog-head'}, heading, button('Close', () => box.close(), {symbol: 'close', only: true})), ...children);
	box.addEventListener('click', (event) => { if (event.target === box) box.close(); });
	box.addEventListener('close', () => box.remove());
	document.body.append(box);
	box.showModal();
	return box;
}

/** Asks before what cannot be undone. */
export function sure(question, verb) {
	return new Promise((resolve) => {
		let answer = false;
		const yes = button(verb, () => { answer = true; box.close(); }, {className: 'a-danger'});
		const no = button('Cancel', () => box.close());
		const box = openBox('Are you sure?', element('p', {textContent: question}), element('div', {className: 'a-actions'}, no, yes));
		box.addEventListener('close', () => resolve(answer));
		no.focus();
	});
}

/* ---- numbers */

export const time = (ms) => new Date(ms).toLocaleTimeString([], {hour: '2-digit', minute: '2-digit', second: '2-digit'});

export function bytes(n) {
	const units = ['B', 'kB', 'MB', 'GB', 'TB'];
	let i = 0;
	while (n >= 1000 && i < units.length - 1) [n, i] = [n / 1000, i + 1];
	return `${n < 10 && i ? n.toFixed(1) : Math.round(n)} ${units[i]}`;
}

export function duration(ms) {
	const s = Math.max(0, Math.round(ms / 1000)), two = (n) => String(n).padStart(2, '0');
	return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}
