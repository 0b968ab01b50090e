/* editor - the page on which a layout is drawn: canvas, properties, variants, JSON, the server's picture for 1 to 49 people, save, apply.
 *
 *   model <-> canvas | form | text;  model -> preview (POST /v1/layouts/{name}/preview.png) -> canvas, text
 */
import {act, button, check, element, field, put, select, sure, toast} from './dom.js';
import {call, Refusal, request, words} from './api.js';
import {emptyLayout, Model, variantFor} from './editor_model.js';
import {openCanvas} from './editor_canvas.js';
import {openForm} from './editor_form.js';
import {openPreview} from './editor_preview.js';
import {openText} from './editor_text.js';
import {drawing, isDirty, store} from './store.js';

const SHAPES = /** @type {[string, [number, number], string][]} */ ([['16/9', [16, 9], '16:9, a screen'], ['4/3', [4, 3], '4:3'], ['1/1', [1, 1], '1:1'], ['9/16', [9, 16], '9:16, a phone']]);
const PEOPLE_MAX = 49, LONG_PX = 960;
const NAME = '[A-Za-z0-9_~\\-][A-Za-z0-9._~\\-]{0,63}';

/* even numbers of pixels */
const sizeOf = ([w, h]) => { const by = LONG_PX / Math.max(w, h); return {width: Math.round(w * by / 2) * 2, height: Math.round(h * by / 2) * 2}; };

async function load(name) {
	const response = await request('get', '/v1/layouts/{name}', {path: {name}});
	return {doc: await response.json(), etag: response.headers.get('ETag')};
}

/** @param {HTMLElement} main @param {string} name of a layout; 'new': from nothing @param {URLSearchParams} params room: where it is to be applied; from: a layout to begin with */
export function openEditor(main, name, params) {
	let closed = false, end = () => {};
	const key = `${name}?${params}`;
	const from = name === 'new' ? params.get('from') : name;
	(from ? act(load(from)) : Promise.resolve({doc: emptyLayout('my-layout'), etag: null})).then((loaded) => {
		if (closed) return;
		if (!loaded) {
			main.append(element('p', {className: 'a-empty', textContent: 'There is no such layout.'}));
			return;
		}
		if (name === 'new' && from) Object.assign(loaded, {doc: {...loaded.doc, name: `my-${from}`.slice(0, 64)}, etag: null});
		end = edit(main, loaded, params.get('room') ?? '', key);
	});
	return () => { closed = true; end(); };
}

/* What was not saved when the page was left for another; of the last layout alone. */
let draft = {key: '', doc: null};
/* the next who logs in here begins anew */
store.addEventListener('state', () => { if (store.state === 'idle') draft = {key: '', doc: null}; });

function edit(main, {doc, etag}, room, key) {
	const model = new Model(doc);
	let shape = SHAPES[0], count = 4, presents = false, saved = JSON.stringify(doc), savedAs = etag ? doc.name : '', refusal = null;

	/* ---- parts */

	const canvas = openCanvas(model, {aspect: () => shape[1], snaps: () => snap.querySelector('input').checked, wide: () => wide.querySelector('input').checked});
	const form = openForm(model), text = openText(model);
	const preview = openPreview(canvas.picture, (told) => {
		refusal = told;
		text.tell(told instanceof Refusal && told.pointer ? told : null);
		put(problem, told && !(told instanceof Refusal && told.pointer && !model.regions.length) ? words(told) : '');
		problem.hidden = !problem.textContent;
	});
	const snap = check('Snap', true), wide = check('Keep 16:9', false);
	const undo = button('Undo', () => model.undo(), {symbol: 'undo', only: true, title: 'Undo (Ctrl+Z)'});
	const redo = button('Redo', () => model.redo(), {symbol: 'redo', only: true, title: 'Redo (Ctrl+Shift+Z)'});
	const problem = element('p', {className: 'note error', hidden: true});
	problem.setAttribute('role', 'status');

	const people = element('input', {type: 'range', min: 1, max: PEOPLE_MAX, value: count}), peopleText = element('output');
	const peopleRow = field('People', people);
	peopleRow.firstChild.append(' ', peopleText);
	people.addEventListener('input', () => { count = Number(people.value); choose(); });
	const shapes = field('Canvas', select(SHAPES.map(([key, , text_]) => /** @type {[string, string]} */ ([key, text_])), shape[0], (key) => { shape = SHAPES.find(([k]) => k === key); choose(); }));
	const presenting = check('Somebody presents', false, (on) => { presents = on; choose(); });
	const applies = element('p', {className: 'dim'});

	const tabs = element('div', {className: 'a-variants', role: 'group', ariaLabel: 'Variants'});
	const variantTools = element('div', {className: 'a-variant-tools'},
		button('New variant', () => addVariant(false), {symbol: 'plus', only: true}), button('Copy this variant', () => addVariant(true), {symbol: 'copy', only: true}),
		button('Tried earlier', () => moveVariant(-1), {symbol: 'back', only: true}), button('Tried later', () => moveVariant(1), {symbol: 'forth', only: true}),
		button('Delete this variant', removeVariant, {symbol: 'trash', only: true}));

	const nameField = element('input', {value: doc.name, pattern: NAME, required: true, maxLength: 64, autocapitalize: 'none', autocomplete: 'off', spellcheck: false, ariaLabel: 'Name of the layout'});
	nameField.addEventListener('change', () => { if (nameField.reportValidity()) model.change((d) => { d.name = nameField.value; }); });
	const rooms = select([], '');
	rooms.ariaLabel = 'Room';
	const saving = button('Save', save, {className: 'primary'}), applying = button('Apply', apply);
	const state = element('span', {className: 'dim'});

	main.append(element('div', {className: 'a-title'}, element('a', {href: '#/layouts', className: 'a-back', title: 'All layouts', ariaLabel: 'All layouts'}, '‹'), element('h1', {className: 'unseen', textContent: 'Layout editor'}),
		element('div', {className: 'a-name-field'}, nameField), undo, redo, state, element('span', {className: 'a-fill'}), saving, element('div', {className: 'a-apply'}, rooms, applying)),
	element('div', {className: 'a-editor'},
		element('div', {className: 'a-editor-main'}, element('div', {className: 'a-variant-row'}, tabs, variantTools),
			element('div', {className: 'a-canvas-bar'}, button('Add a region', addRegion, {symbol: 'plus'}), snap, wide, presenting), canvas.box, problem,
			element('div', {className: 'a-try'}, peopleRow, shapes, applies)),
		element('div', {className: 'a-editor-side'}, form.box, text.box)));

	/* ---- what happens */

	const aspect = () => shape[1][0] / shape[1][1];
	function choose() {
		const variant = variantFor(model.doc, count, presents, aspect());
		if (variant >= 0) model.show(variant);
		draw();
		ask();
	}
	function ask() {
		const empty = !model.doc.variants?.some((v) => v.regions?.length);
		if (empty) {
			canvas.picture.hidden = true;
			problem.hidden = true;
			return;
		}
		preview.show({doc: model.doc, count, ...sizeOf(shape[1]), presentation: presents});
	}
	/* A variant is looked at with as many people as it is for, on a canvas that it is for. */
	function showVariant(i) {
		model.show(i);
		const fits = (n, s, p) => variantFor(model.doc, n, p, s[1][0] / s[1][1]) === i;
		for (const p of [presents, !presents]) for (const s of [shape, ...SHAPES]) for (const n of [count, ...Array.from({length: PEOPLE_MAX}, (_, k) => k + 1)]) {
			if (!fits(n, s, p)) continue;
			[count, shape, presents] = [n, s, p];
			people.value = String(n);
			shapes.querySelector('select').value = s[0];
			presenting.querySelector('input').checked = p;
			draw();
			return ask();
		}
		draw();
	}
	function addRegion() {
		const n = model.regions.length % 4, half = {n: 1, d: 2}, third = {n: 1, d: 3};
		model.addRegion({x: {n: n % 2 ? 1 : 0, d: n % 2 ? 2 : 1}, y: {n: n > 1 ? 1 : 0, d: n > 1 ? 2 : 1}, w: model.regions.length ? third : half, h: model.regions.length ? third : half});
		canvas.focus(model.regions.length - 1);
	}
	function addVariant(copy) {
		const at = model.variant;
		model.change((d) => { d.variants.splice(at + 1, 0, copy ? structuredClone(d.variants[at]) : {regions: []}); });
		model.show(at + 1);
		draw();
	}
	function moveVariant(by) {
		const to = model.variant + by;
		if (!model.doc.variants[to]) return;
		model.change((d) => { const [v] = d.variants.splice(model.variant, 1); d.variants.splice(to, 0, v); });
		showVariant(to);
	}
	function removeVariant() {
		if (model.doc.variants.length > 1) model.change((d) => { d.variants.splice(model.variant, 1); });
		choose();
	}
	async function save() {
		if (text.broken || !nameField.reportValidity()) return toast('The JSON has an error: correct it first.', true);
		const now = model.doc, known = savedAs === now.name ? etag : null;
		const ask_ = (headers) => request('put', '/v1/layouts/{name}', {path: {name: now.name}, json: now, headers});
		try {
			let response;
			try {
				response = await ask_(known ? {'If-Match': known} : {'If-None-Match': '*'});
			} catch (error) {
				if (error.status !== 412 || !await sure(known ? 'Somebody else changed this layout meanwhile.' : `There is a layout ${now.name} already.`, 'Replace it')) throw error;
				response = await ask_({});
			}
			etag = response.headers.get('ETag');
			[saved, savedAs] = [JSON.stringify(now), now.name];
			toast(`Saved as ${now.name}.`);
			history.replaceState(null, '', `#/layouts/${encodeURIComponent(now.name)}`);
		} catch (error) {
			toast(words(error), true);
			if (error.pointer) text.tell(error);
		}
		draw();
	}
	async function apply() {
		if (!rooms.value) return toast('There is no room to show it in.', true);
		await act(call('put', '/v1/rooms/{room}/layout', {path: {room: rooms.value}, json: model.doc}), `${rooms.value} shows it now.`);
	}
	function onKey(event) {
		if (!(event.ctrlKey || event.metaKey)) return;
		const key = event.key.toLowerCase(), types = event.target.matches('textarea, input:not([type=range], [type=checkbox], [type=color])'); /* they undo themselves */
		if (key === 's') save();
		else if (types) return;
		else if (key === 'z') event.shiftKey ? model.redo() : model.undo();
		else if (key === 'y') model.redo();
		else return;
		event.preventDefault();
	}

	/* ---- drawing */

	function describe(v) {
		const {presentation, aspect_min: least, aspect_max: most} = v.when ?? {};
		return [v.max ? `up to ${v.max}` : 'any number', presentation === true && 'presenting', presentation === false && 'not presenting',
			least !== undefined && `from ${least}`, most !== undefined && `to ${most}`].filter(Boolean).join(', ');
	}
	function drawTabs() {
		const variants = model.doc.variants ?? [], key = JSON.stringify([model.variant, variants.map(describe)]);
		if (tabs.dataset.shows === key) return;
		const had = tabs.contains(document.activeElement);
		tabs.dataset.shows = key;
		tabs.replaceChildren(...variants.map((v, i) => {
			const tab = button(`${i + 1}: ${describe(v)}`, () => showVariant(i), {className: 'a-tab'});
			tab.setAttribute('aria-pressed', String(i === model.variant));
			return tab;
		}));
		if (had) /** @type {HTMLElement} */ (tabs.children[model.variant])?.focus();
		tabs.children[model.variant]?.scrollIntoView({block: 'nearest', inline: 'nearest'});
	}
	function draw() {
		drawTabs();
		canvas.draw();
		form.draw();
		put(peopleText, String(count));
		const shown = variantFor(model.doc, count, presents, aspect()), fits = shown === model.variant;
		put(applies, fits ? `Variant ${shown + 1} of ${model.doc.variants?.length ?? 0} applies.` : `Variant ${model.variant + 1} never applies: another one is tried before it.`);
		canvas.box.classList.toggle('elsewhere', !fits);
		undo.disabled = !model.past.length;
		redo.disabled = !model.future.length;
		const dirty = JSON.stringify(model.doc) !== saved;
		put(state, dirty ? 'not saved' : savedAs ? 'saved' : '');
		if (document.activeElement !== nameField && nameField.value !== model.doc.name) nameField.value = model.doc.name;
	}
	model.addEventListener('change', () => { text.follow(); draw(); ask(); });
	model.addEventListener('select', draw);
	addEventListener('keydown', onKey);
	const leaving = (event) => { if (JSON.stringify(model.doc) !== saved) event.preventDefault(); };
	addEventListener('beforeunload', leaving);
	const stop = drawing((changes) => {
		if (!isDirty(changes, '', 'room') && [...changes.keys()].every((id) => store.rooms.has(id) === [...rooms.options].some((o) => o.value === id))) return;
		const chosen = rooms.value || room;
		rooms.replaceChildren(...[...store.rooms.keys()].map((id) => element('option', {value: id, textContent: id})));
		if (store.rooms.has(chosen)) rooms.value = chosen;
		applying.disabled = !rooms.options.length;
	});
	text.follow();
	choose();
	if (draft.key === key) {
		model.change((d) => Object.assign(d, draft.doc));
		toast('What you had not saved is here again. Undo takes it back.');
	}
	return () => {
		stop();
		draft = JSON.stringify(model.doc) === saved ? {key: '', doc: null} : {key, doc: model.doc};
		preview.close();
		removeEventListener('keydown', onKey);
		removeEventListener('beforeunload', leaving);
	};
}
