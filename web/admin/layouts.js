/* layouts - the page of all layouts: those that come with the server, and one's own. */
import {act, button, element, sure} from './dom.js';
import {call, request} from './api.js';

export function openLayouts(main) {
	const own = element('ul', {className: 'a-cards'}), shipped = element('ul', {className: 'a-cards'}), none = element('p', {className: 'a-empty', hidden: true, textContent: 'None is stored yet: draw one, or begin with a copy.'});
	const urls = new Set(), stop = new AbortController();
	main.append(element('div', {className: 'a-title'}, element('h1', {textContent: 'Layouts'}), element('span', {className: 'a-fill'}),
		element('a', {className: 'a-button primary', href: '#/layouts/new', textContent: 'Draw a layout'})),
	element('h2', {className: 'a-part', textContent: 'Stored here'}), own, none, element('h2', {className: 'a-part', textContent: 'Come with the server'}), shipped);

	/* Fetched, since an image cannot give a token; when it is seen first. */
	const seen = new IntersectionObserver((entries) => {
		for (const {target, isIntersecting} of entries) if (isIntersecting) { seen.unobserve(target); draw(/** @type {any} */ (target)); }
	});
	async function draw(image) {
		try {
			const url = URL.createObjectURL(await (await request('get', '/v1/layouts/{name}/preview.svg', {path: {name: image.dataset.name}, query: {count: 5, width: 640, height: 360}, signal: stop.signal})).blob());
			urls.add(url);
			image.src = url;
		} catch {
			/* its name says enough */
		}
	}
	function card({name, shipped: isShipped}) {
		const image = element('img', {alt: '', className: 'a-layout-picture'}), at = encodeURIComponent(name);
		image.dataset.name = name;
		seen.observe(image);
		const remove = async () => {
			if (!await sure(`The layout ${name} is removed. Rooms that show it go on as they are.`, 'Remove')) return;
			if (await act(call('delete', '/v1/layouts/{name}', {path: {name}}), 'Removed.') !== undefined) read();
		};
		return element('li', {className: 'a-card'}, image, element('div', {className: 'a-card-head'}, element('h3', {}, element('bdi', {textContent: name})), element('span', {className: 'a-fill'}),
			...(isShipped ? [] : [element('a', {className: 'a-button', href: `#/layouts/${at}`, textContent: 'Edit', ariaLabel: `Edit ${name}`})]),
			element('a', {className: 'a-button', href: `#/layouts/new?from=${at}`, textContent: 'Copy', ariaLabel: `Copy ${name}`}),
			...(isShipped ? [] : [button(`Remove ${name}`, remove, {symbol: 'trash', only: true})])));
	}
	async function read() {
		const answer = await act(call('get', '/v1/layouts'));
		if (!answer || stop.signal.aborted) return;
		own.replaceChildren(...answer.items.filter((l) => !l.shipped).map(card));
		shipped.replaceChildren(...answer.items.filter((l) => l.shipped).map(card));
		none.hidden = own.children.length > 0;
	}
	read();
	return () => {
		stop.abort();
		seen.disconnect();
		for (const url of urls) URL.revokeObjectURL(url);
	};
}
