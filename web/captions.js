/* captions - what is said, written over the lower edge of the picture, for as long as it is to be read. */
import {$, element, remembered} from './dom.js';
import {room} from './room.js';

const LINES = 3, FINAL_MS = 5000, INTERIM_MS = 10000;

const lines = new Map(); /* id -> {caption, until} */
let timer = 0;

const wanted = () => $('show-captions').checked;

function show() {
	clearTimeout(timer);
	const now = Date.now();
	for (const [id, {until}] of lines) if (until <= now) lines.delete(id);
	const last = [...lines.values()].slice(-LINES);
	$('captions').hidden = !last.length || !wanted();
	$('captions').replaceChildren(...last.map(({caption}, i) => {
		const same = i && last[i - 1].caption.participant === caption.participant;
		const line = element('p', {dir: 'auto', lang: caption.lang ?? ''});
		if (caption.name && !same) line.append(element('bdi', {className: 'by', textContent: `${caption.name}:`}), ' ');
		line.append(element('span', {textContent: caption.text}));
		return line;
	}));
	if (lines.size) timer = setTimeout(show, Math.min(...[...lines.values()].map(({until}) => until)) - now + 20);
}

function take(event) {
	const {caption} = event.detail, letters = [...caption.text].length;
	if (caption.text)
		lines.set(caption.id, {caption, until: Date.now() + (caption.final ? Math.max(FINAL_MS, letters * 70) : INTERIM_MS)});
	else
		lines.delete(caption.id);
	show();
}

$('show-captions').checked = remembered('captions') !== 'off';
$('show-captions').addEventListener('change', () => {
	remembered('captions', wanted() ? 'on' : 'off');
	show();
});
for (const kind of ['caption', 'caption.interim']) room.addEventListener(kind, take);
