/* editor_text - the layout as JSON beside the canvas, with the numbers of lines; what is typed changes the model, and the model the text.
 * What is wrong is marked in its line. */
import {element, newId, put} from './dom.js';
import {lineOf, parse, TextError, write} from './editor_json.js';

const PAUSE_MS = 250;

/** @param {import('./editor_model.js').Model} model */
export function openText(model) {
	const area = element('textarea', {className: 'a-code', spellcheck: false, autocapitalize: 'none', dir: 'ltr', wrap: 'off', id: newId(), ariaLabel: 'The layout as JSON'});
	const gutter = element('div', {className: 'a-gutter', dir: 'ltr'}), error = element('p', {className: 'note error', id: newId(), hidden: true});
	error.setAttribute('role', 'status');
	gutter.setAttribute('aria-hidden', 'true');
	area.setAttribute('aria-describedby', error.id);
	const box = element('details', {className: 'a-panel a-json', open: true}, element('summary', {}, element('h2', {textContent: 'JSON'})), error,
		element('div', {className: 'a-code-box'}, gutter, area));
	let timer = 0, wrong = 0;

	function draw() {
		const count = area.value.split('\n').length;
		if (gutter.children.length !== count) gutter.replaceChildren(...Array.from({length: count}, (_, i) => element('i', {textContent: String(i + 1)})));
		[...gutter.children].forEach((line, i) => line.classList.toggle('wrong', i + 1 === wrong));
	}
	function complain(text, line) {
		wrong = text ? line : 0;
		error.hidden = !text;
		put(error, text ? `Line ${line}: ${text}` : '');
		area.setAttribute('aria-invalid', String(Boolean(text)));
		draw();
	}
	function take() {
		timer = 0;
		try {
			const {value} = parse(area.value);
			if (!value || typeof value !== 'object' || Array.isArray(value)) throw new TextError('a layout is an object', 1, 1);
			const bad = shapeOf(value);
			if (bad) throw new TextError(bad[1], lineOf(parse(area.value).lines, bad[0]), 1);
			complain('', 0);
			model.change((doc) => { for (const key of Object.keys(doc)) delete doc[key]; Object.assign(doc, value); }, 'text');
		} catch (problem) {
			if (!(problem instanceof TextError)) throw problem;
			complain(problem.message, problem.line);
		}
	}
	/* What the canvas needs to draw it at all; the rest the server says. */
	function shapeOf(doc) {
		if (typeof doc.name !== 'string') return ['/name', 'a name is needed'];
		if (!Array.isArray(doc.variants)) return ['/variants', 'a list of variants is needed'];
		for (const [i, v] of doc.variants.entries()) {
			if (!v || !Array.isArray(v.regions)) return [`/variants/${i}/regions`, 'a list of regions is needed'];
			const bad = v.regions.findIndex((r) => !r || typeof r !== 'object' || Array.isArray(r));
			if (bad >= 0) return [`/variants/${i}/regions/${bad}`, 'a region is an object'];
		}
		return null;
	}
	area.addEventListener('input', () => {
		draw();
		clearTimeout(timer);
		timer = setTimeout(take, PAUSE_MS);
	});
	area.addEventListener('scroll', () => { gutter.scrollTop = area.scrollTop; });
	area.addEventListener('change', () => { if (timer) { clearTimeout(timer); take(); } });

	return {
		box,
		/** The model changed: the text follows, unless it says the same already. */
		follow() {
			try {
				if (JSON.stringify(parse(area.value).value) === JSON.stringify(model.doc)) return;
			} catch {
				if (document.activeElement === area) return; /* somebody is typing */
			}
			area.value = write(model.doc);
			complain('', 0);
		},
		/** What the server says against it. @param {{message: string, pointer: string} | null} refusal */
		tell(refusal) {
			if (timer || (!refusal && wrong === 0)) return;
			if (!refusal) return complain('', 0);
			try {
				complain(refusal.message, lineOf(parse(area.value).lines, refusal.pointer));
			} catch {
				/* what is wrong with the text is told already */
			}
		},
		get broken() { return wrong > 0; },
	};
}
