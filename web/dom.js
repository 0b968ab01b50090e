/* dom - the few things that every part of the page does with its elements. */

/** @param {string} id @returns {any} whatever kind of element it is */
export const $ = (id) => document.getElementById(id);

export function element(tag, properties = {}, ...children) {
	const made = Object.assign(document.createElement(tag), properties);
	made.append(...children);
	return made;
}

const SVG = 'http://www.w3.org/2000/svg';

/* One of the <symbol>s of index.html. */
export function icon(name) {
	const svg = document.createElementNS(SVG, 'svg');
	svg.setAttribute('aria-hidden', 'true');
	const use = document.createElementNS(SVG, 'use');
	use.setAttribute('href', `#i-${name}`);
	svg.append(use);
	return svg;
}

/* A button's picture and words say what a click does; off: what it stands for is switched off. */
export function face(button, name, text, {off = false, title = text} = {}) {
	const key = `${name} ${text} ${off} ${title}`;
	if (button.dataset.face === key) return; /* screen readers would hear it again */
	button.dataset.face = key;
	button.replaceChildren(icon(name), element('span', {textContent: text}));
	button.classList.toggle('off', off);
	button.title = title;
}

/* A notice: text, and whether something is wrong. The same words are not said twice. */
export function tell(notice, text, isError = false) {
	if (notice.textContent !== text) notice.textContent = text;
	notice.classList.toggle('error', isError);
}

/* A few words that go away by themselves; #news is read aloud. */
export function news(text) {
	const line = element('p', {className: 'note', textContent: text});
	$('news').append(line);
	while ($('news').children.length > 3) $('news').firstChild.remove();
	setTimeout(() => line.remove(), 5000);
}

export function openDialog(dialog) {
	if (!dialog.open) dialog.showModal();
}

for (const close of document.querySelectorAll('[data-close]'))
	close.addEventListener('click', () => close.closest('dialog').close());
for (const dialog of document.querySelectorAll('dialog'))
	dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); }); /* beside it */

/* Storage may be switched off: then nothing is remembered. null forgets. */
export function remembered(key, value) {
	try {
		if (value === null) localStorage.removeItem(`tessera-${key}`);
		else if (value !== undefined) localStorage.setItem(`tessera-${key}`, value);
		return localStorage.getItem(`tessera-${key}`) ?? '';
	} catch {
		return value ?? '';
	}
}
