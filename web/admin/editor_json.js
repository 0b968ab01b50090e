/* editor_json - a layout as text: written as people write it, read with the line of each value, so that an error stands where it is. Pure.
 *
 * Source  RFC 8259, RFC 6901.
 */

export class TextError extends Error {
	constructor(message, line, column) {
		super(message);
		this.line = line;
		this.column = column;
	}
}

const DEPTH = 32;

/** @returns {{value: any, lines: Map<string, number>}} lines: of each JSON pointer, counted from 1. Throws a TextError. */
export function parse(text) {
	let at = 0, line = 1, start = 0;
	/** @type {Map<string, number>} */
	const lines = new Map();
	const fail = (what) => { throw new TextError(what, line, at - start + 1); };
	const blank = () => {
		for (; at < text.length && ' \t\r\n'.includes(text[at]); at++) if (text[at] === '\n') { line++; start = at + 1; }
	};
	const seen = () => at < text.length ? `"${text[at]}"` : 'the end of the text';
	const want = (char, what) => {
		blank();
		if (text[at] !== char) fail(`${what} is needed here, not ${seen()}`);
		at++;
	};
	function string() {
		const end = /^"(?:[^"\\\x00-\x1f]|\\.)*"/.exec(text.slice(at));
		if (!end) fail('this text has no end, or holds a control character');
		try {
			const made = JSON.parse(end[0]);
			at += end[0].length;
			return made;
		} catch {
			return fail('this text has an escape that JSON does not know');
		}
	}
	function value(pointer, depth) {
		blank();
		lines.set(pointer, line);
		if (depth > DEPTH) fail('this is nested too deeply');
		if (text[at] === '{') return object(pointer, depth);
		if (text[at] === '[') return array(pointer, depth);
		if (text[at] === '"') return string();
		const [word] = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)(?![\w.])/.exec(text.slice(at, at + 64)) ?? [];
		if (word === undefined) return fail(`a value is needed here, not ${seen()}`);
		at += word.length;
		return JSON.parse(word);
	}
	function object(pointer, depth) {
		const made = {};
		for (at++, blank(); text[at] !== '}'; blank()) {
			if (Object.keys(made).length) want(',', 'a comma, or the closing brace,');
			blank();
			const from = line;
			if (text[at] !== '"') fail(`a name in quotation marks is needed here, not ${seen()}`);
			const key = string(), inner = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
			if (Object.hasOwn(made, key)) fail(`"${key}" stands here twice`);
			want(':', 'a colon');
			Object.defineProperty(made, key, {value: value(inner, depth + 1), enumerable: true, configurable: true, writable: true});
			lines.set(inner, from);
		}
		at++;
		return made;
	}
	function array(pointer, depth) {
		const made = [];
		for (at++, blank(); text[at] !== ']'; blank()) {
			if (made.length) want(',', 'a comma, or the closing bracket,');
			made.push(value(`${pointer}/${made.length}`, depth + 1));
		}
		at++;
		return made;
	}
	const made = value('', 0);
	blank();
	if (at < text.length) fail(`nothing more is needed here: ${seen()}`);
	return {value: made, lines};
}

/** The line of what a pointer names, or of the nearest thing that holds it. */
export function lineOf(lines, pointer) {
	for (let p = pointer; ; p = p.slice(0, Math.max(0, p.lastIndexOf('/')))) {
		if (lines.has(p)) return lines.get(p);
		if (!p) return 1;
	}
}

/** A region stands in a line of its own, and so does whatever is small. */
export function write(doc) {
	const flat = (x) => JSON.stringify(x).replace(/("(?:[^"\\]|\\.)*")|([:,])/g, (_, text, mark) => text ?? `${mark} `);
	const deep = (x, indent) => {
		if (x === null || typeof x !== 'object') return JSON.stringify(x);
		const short = flat(x);
		if (!Array.isArray(x) || x.every((y) => typeof y !== 'object')) if (short.length <= 160 && !JSON.stringify(x).includes('[{')) return short;
		if (!Object.keys(x).length) return short;
		const inner = `${indent}  `, parts = Array.isArray(x) ? x.map((y) => inner + deep(y, inner)) : Object.entries(x).map(([k, y]) => `${inner}${JSON.stringify(k)}: ${deep(y, inner)}`);
		return Array.isArray(x) ? `[\n${parts.join(',\n')}\n${indent}]` : `{\n${parts.join(',\n')}\n${indent}}`;
	};
	return `${deep(doc, '')}\n`;
}
