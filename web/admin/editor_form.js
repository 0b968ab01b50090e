/* editor_form - what the regions that are selected are like, the variants, and the layout as a whole: fields that change the model. */
import {button, check, element, field, select} from './dom.js';
import {add, less, ONE, read, sub, write} from './fraction.js';
import {boxOf, writeBox} from './editor_model.js';
import {align, distribute} from './editor_snap.js';

const SHOWS = [['next', 'The next participant'], ['speaker', 'The speaker'], ['presentation', 'The presentation'], ['role:', 'Who has the role …'],
	['identity:', 'Who has the identity …'], ['participant:', 'The participant with the id …']];
const ELSES = [['', 'Nothing: it is not drawn'], ['blank', 'Its background'], ...SHOWS];
const COLOUR = /^#[0-9a-f]{6}$/i;

/* "role:host" -> ["role:", "host"] */
const split = (selector = '') => { const [, kind, value] = /^(\w+:)(.*)$/.exec(selector) ?? [, selector, '']; return [kind, value]; };

function selector(text, options, now, onChange) {
	const [kind, value] = split(now);
	const words = element('input', {value, maxLength: 128, autocomplete: 'off', spellcheck: false, ariaLabel: `${text}: which`});
	const list = select(/** @type {any} */ (options), kind, () => { words.hidden = !list.value.endsWith(':'); send(); if (!words.hidden) words.focus(); });
	words.hidden = !kind.endsWith(':');
	const send = () => { if (words.hidden || words.value) onChange(words.hidden ? list.value : list.value + words.value.trim()); };
	words.addEventListener('change', send);
	const row = field(text, list);
	row.append(words);
	return row;
}

function fractionField(text, now, onChange) {
	const input = element('input', {value: String(now), autocomplete: 'off', spellcheck: false, inputMode: 'text', pattern: '\\d{1,7}([/.]\\d{1,7})?', required: true});
	input.addEventListener('change', () => { const f = read(input.value); if (f && input.reportValidity()) onChange(f); });
	return field(text, input);
}

function colourField(text, now, instead, onChange) {
	const input = element('input', {type: 'color', value: COLOUR.test(now) ? now : instead});
	input.addEventListener('input', () => onChange(input.value));
	return field(text, input);
}

/* null: of what is selected, regions differ in it. */
function common(regions, get) {
	const values = regions.map((r) => JSON.stringify(get(r)));
	return values.every((v) => v === values[0]) ? get(regions[0]) : null;
}

const isEmpty = (value) => value === undefined || value === '' || value === null;
const set = (key, value) => (region) => { if (isEmpty(value)) delete region[key]; else region[key] = value; };

/* ---- of regions */

function boxFields(model, region) {
	const box = boxOf(region);
	const put = (key) => (f) => model.changeSelected((r) => {
		const next = {...boxOf(r), [key]: f};
		const [from, size] = key === 'x' || key === 'w' ? ['x', 'w'] : ['y', 'h'];
		if (less(ONE, add(next[from], next[size]))) next[key === from ? size : from] = less(ONE, next[key]) ? next[key] : sub(ONE, next[key]);
		writeBox(r, next);
	});
	return element('div', {className: 'a-four'}, ...[['x', 'Left'], ['y', 'Top'], ['w', 'Width'], ['h', 'Height']].map(([key, text]) => fractionField(text, write(box[key]), put(key))));
}

function gridField(model, grid) {
	const kind = grid === 'auto' ? 'auto' : grid ? 'fixed' : '';
	const number = (key) => {
		const input = element('input', {type: 'number', min: 1, max: 49, value: grid?.[key] ?? 2, ariaLabel: key});
		input.addEventListener('change', () => { if (input.reportValidity()) model.changeSelected((r) => { r.grid = {...r.grid, [key]: Number(input.value)}; }); });
		return input;
	};
	const row = field('Tiles', select([['', 'One'], ['auto', 'As many as people'], ['fixed', 'Columns and rows']], kind,
		(is) => model.changeSelected(set('grid', is === 'fixed' ? {columns: 2, rows: 2} : is))));
	if (kind === 'fixed') row.append(element('div', {className: 'a-pair'}, number('columns'), number('rows')));
	return row;
}

function looksFields(model, first) {
	const {border} = first;
	return [
		field('Picture', select([['fill', 'Fills the tile, cropped'], ['fit', 'Whole, with bars']], first.fit ?? 'fill', (fit) => model.changeSelected(set('fit', fit === 'fill' ? '' : fit)))),
		check('The name is shown', first.label !== false, (on) => model.changeSelected(set('label', on ? '' : false))),
		check('Border', Boolean(border), (on) => model.changeSelected(set('border', on ? {width: '1/180', color: '#ffffff'} : ''))),
		...(border ? [element('div', {className: 'a-pair'}, fractionField('Width', border.width, (f) => model.changeSelected((r) => { r.border = {color: '#ffffff', ...r.border, width: write(f)}; })),
			colourField('Colour', border.color, '#ffffff', (color) => model.changeSelected((r) => { r.border = {width: '1/180', ...r.border, color}; }, 'border colour')))] : []),
		element('div', {className: 'a-pair'}, fractionField('Corners', first.radius ?? 0, (f) => model.changeSelected(set('radius', f.n ? write(f) : ''))),
			colourField('Background', first.background, '#101418', (color) => model.changeSelected(set('background', color), 'background'))),
	];
}

function order(model) {
	const input = element('input', {type: 'number', min: -1000, max: 1000, value: String(common([...model.selected].map((i) => model.regions[i]), (r) => r.z ?? 0) ?? 0)});
	input.addEventListener('change', () => { if (input.reportValidity()) model.changeSelected(set('z', Number(input.value) || '')); });
	return field('In front of (z)', input, 'The larger one covers the smaller.');
}

function together(model) {
	const boxes = () => [...model.selected].map((i) => boxOf(model.regions[i]));
	const apply = (all) => model.change((doc) => [...model.selected].forEach((i, k) => writeBox(doc.variants[model.variant].regions[i], all[k])));
	const tool = (text, symbol, change) => button(text, () => apply(change(boxes())), {symbol, only: true});
	const same = (key) => (all) => all.map((b) => ({...b, [key]: less(ONE, add(key === 'w' ? b.x : b.y, all[0][key])) ? b[key] : all[0][key]}));
	const tools = [tool('Align left', 'a-left', (b) => align(b, 'left')), tool('Align centres', 'a-center', (b) => align(b, 'center')), tool('Align right', 'a-right', (b) => align(b, 'right')),
		tool('Align top', 'a-top', (b) => align(b, 'top')), tool('Align middles', 'a-middle', (b) => align(b, 'middle')), tool('Align bottom', 'a-bottom', (b) => align(b, 'bottom')),
		tool('Distribute horizontally', 'd-h', (b) => distribute(b, 'x')), tool('Distribute vertically', 'd-v', (b) => distribute(b, 'y'))];
	return element('div', {className: 'a-tools', role: 'toolbar', ariaLabel: 'Align and distribute'}, ...tools,
		button('Same width', () => apply(same('w')(boxes())), {className: 'quiet'}), button('Same height', () => apply(same('h')(boxes())), {className: 'quiet'}));
}

function regionFields(model) {
	const chosen = [...model.selected].map((i) => model.regions[i]), [first] = chosen;
	if (!first) return [element('p', {className: 'dim', textContent: 'Draw a region on the canvas, or select one. With Shift several are selected.'})];
	const many = chosen.length > 1;
	return [
		...(many ? [together(model)] : [boxFields(model, first)]),
		selector('Shows', SHOWS, common(chosen, (r) => r.show) ?? first.show, (show) => model.changeSelected(set('show', show))),
		selector('Else, when nobody fits', ELSES, common(chosen, (r) => r.else) ?? '', (other) => model.changeSelected(set('else', other))),
		gridField(model, first.grid), ...looksFields(model, first), order(model),
		element('div', {className: 'a-actions'}, button('Copy', () => model.copySelected(), {symbol: 'copy'}), button('Delete', () => model.removeSelected(), {symbol: 'trash'})),
	];
}

/* ---- of variants, and of the whole */

function variantFields(model) {
	const variant = model.doc.variants?.[model.variant];
	if (!variant) return [];
	const change = (edit, gesture) => model.change((doc) => edit(doc.variants[model.variant]), gesture);
	const most = element('input', {type: 'number', min: 1, max: 10000, value: variant.max ?? '', placeholder: 'any number'});
	most.addEventListener('change', () => { if (most.reportValidity()) change((v) => { if (most.value) v.max = Number(most.value); else delete v.max; }); });
	const when = (key, value) => change((v) => {
		const next = {...v.when};
		if (isEmpty(value)) delete next[key];
		else next[key] = value;
		if (Object.keys(next).length) v.when = next;
		else delete v.when;
	});
	const aspect = (text, key) => {
		const input = element('input', {value: variant.when?.[key] ?? '', placeholder: 'any, or 4/3', autocomplete: 'off', pattern: '\\d{1,7}([/.]\\d{1,7})?'});
		input.addEventListener('change', () => { if (input.reportValidity()) when(key, input.value); });
		return field(text, input);
	};
	return [
		field('For at most so many people', most),
		field('Presentation', select([['', 'With or without'], ['true', 'While somebody presents'], ['false', 'While nobody presents']], String(variant.when?.presentation ?? ''),
			(is) => when('presentation', is === '' ? '' : is === 'true'))),
		element('div', {className: 'a-pair'}, aspect('Canvas at least', 'aspect_min'), aspect('At most', 'aspect_max')),
	];
}

function wholeFields(model) {
	const {doc} = model;
	const turns = element('input', {type: 'number', min: 0, max: 3600, value: doc.overflow?.rotate_s ?? 0});
	const overflow = (key, value) => model.change((d) => { d.overflow = {...d.overflow, [key]: value}; });
	turns.addEventListener('change', () => { if (turns.reportValidity()) overflow('rotate_s', Number(turns.value)); });
	return [
		colourField('Background', doc.background, '#09090b', (color) => model.change((d) => { d.background = color; }, 'whole background')),
		check('The last tile tells how many are not shown', doc.overflow?.count !== false, (on) => overflow('count', on)),
		field('They take turns every so many seconds', turns, '0: never'),
	];
}

/** @param {import('./editor_model.js').Model} model */
export function openForm(model) {
	const region = element('div', {className: 'a-form'}), variant = element('div', {className: 'a-form'}), whole = element('div', {className: 'a-form'});
	const title = element('h2');
	const box = element('section', {className: 'a-panel a-inspector', ariaLabel: 'Properties'}, title, region,
		element('details', {open: true}, element('summary', {}, element('h2', {textContent: 'This variant'})), variant),
		element('details', {}, element('summary', {}, element('h2', {textContent: 'The layout'})), whole));
	let shown = '';

	/* A field that is being used is not made anew under the hand. */
	function draw() {
		const chosen = [...model.selected];
		const text = JSON.stringify([chosen, chosen.map((i) => model.regions[i]), {...model.doc.variants?.[model.variant], regions: 0}, model.variant, {...model.doc, variants: 0}]);
		if (text === shown) return;
		shown = text;
		const {activeElement: active} = document, spot = active && box.contains(active) && !active.closest('summary') ? [...box.querySelectorAll('input, select, button')].indexOf(active) : -1;
		if (active?.getAttribute('type') === 'color' && box.contains(active)) return; /* its picker is open */
		title.textContent = chosen.length > 1 ? `${chosen.length} regions` : chosen.length ? `Region ${chosen[0] + 1}` : 'Regions';
		region.replaceChildren(...regionFields(model));
		variant.replaceChildren(...variantFields(model));
		whole.replaceChildren(...wholeFields(model));
		if (spot >= 0) /** @type {HTMLElement} */ (box.querySelectorAll('input, select, button')[spot])?.focus();
	}
	return {box, draw};
}
