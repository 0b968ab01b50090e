/* rooms - the page of all rooms: a card each, with a picture, who is there and what runs. */
import {act, button, check, element, field, icon, keyed, nameOf, openBox, put} from './dom.js';
import {call} from './api.js';
import {openPicture} from './pictures.js';
import {drawing, isDirty, present, store, watchers} from './store.js';

const NAMED = 4;

function badge(symbol, text) {
	return element('span', {className: 'a-badge', title: text}, icon(symbol), element('span', {className: 'unseen', textContent: text}));
}

function makeCard(room) {
	const card = /** @type {any} */ (element('li', {className: 'a-card'}));
	const link = element('a', {href: `#/rooms/${encodeURIComponent(room.id)}`, className: 'a-card-link'}, element('bdi', {textContent: room.id}));
	card.parts = {count: element('span', {className: 'a-count'}), badges: element('span', {className: 'a-badges'}), who: element('p', {className: 'a-who dim'})};
	card.picture = openPicture(room.id);
	card.append(card.picture.box, element('div', {className: 'a-card-head'}, element('h2', {}, link), card.parts.badges, card.parts.count), card.parts.who);
	return card;
}

function drawCard(card, room) {
	const people = present(room), others = watchers(room).length;
	const {count, badges, who} = card.parts, {locked, pin_set: pin, recorded, streamed} = room.about;
	put(count, `${people.length}${others ? ` + ${others} watching` : ''}`);
	count.title = `${people.length} in the room, ${others} watching`;
	const key = [locked, pin, recorded, streamed].join();
	if (badges.dataset.shows !== key) {
		badges.dataset.shows = key;
		badges.replaceChildren(...[
			locked && badge('lock', 'Locked: nobody new may join'), pin && badge('key', 'Has a PIN'),
			recorded && element('span', {className: 'a-tag rec', textContent: 'REC'}),
			streamed && element('span', {className: 'a-tag rec', textContent: 'LIVE'})].filter(Boolean));
	}
	const names = people.slice(0, NAMED).map((p) => p.name || 'Guest').join('\n');
	const more = people.length - NAMED, text = `${names}\n${more}`;
	if (card.shown === text) return;
	card.shown = text;
	const parts = people.slice(0, NAMED).flatMap((p, i) => [i ? ', ' : '', nameOf(p.name)]);
	who.replaceChildren(...(people.length ? parts : ['Nobody is here']), more > 0 ? ` and ${more} more` : '');
}

function askNew() {
	const id = element('input', {maxLength: 64, pattern: '[A-Za-z0-9._~\\-]+', required: true, autocapitalize: 'none', spellcheck: false, autocomplete: 'off'});
	const pin = element('input', {maxLength: 64, pattern: '[A-Za-z0-9._~\\-]{4,64}', autocomplete: 'off'});
	const form = element('form', {className: 'a-form'}, field('Name', id, 'Letters, digits and . _ ~ - only. It stays when the last one leaves.'),
		field('PIN', pin, 'What a join must give, 4 characters or more; empty: none.'), element('div', {className: 'a-actions'}, element('button', {className: 'primary', textContent: 'Make it'})));
	const box = openBox('New room', form);
	form.addEventListener('submit', async (event) => {
		event.preventDefault();
		const made = await act(call('post', '/v1/rooms', {json: {id: id.value, ...(pin.value && {pin: pin.value})}}));
		if (!made) return;
		box.close();
		location.hash = `#/rooms/${encodeURIComponent(made.id)}`;
	});
}

export function openRooms(main) {
	const search = element('input', {type: 'search', placeholder: 'Room or person', autocomplete: 'off', ariaLabel: 'Search rooms and people'});
	let occupied = false;
	const summary = element('p', {className: 'dim'}), list = element('ul', {className: 'a-cards'}), none = element('p', {className: 'a-empty', hidden: true});
	main.append(element('div', {className: 'a-title'}, element('h1', {textContent: 'Rooms'}), summary, element('span', {className: 'a-fill'}),
		element('div', {className: 'a-search'}, search), check('With people only', false, (on) => { occupied = on; drawList(); }),
		button('New room', askNew, {symbol: 'plus', className: 'primary'})), list, none);

	const matches = (room) => {
		const wanted = search.value.trim().toLowerCase();
		if (occupied && !present(room).length) return false;
		return !wanted || room.id.toLowerCase().includes(wanted) || [...room.people.values()].some((p) => p.name.toLowerCase().includes(wanted));
	};
	function drawList() {
		const shown = [...store.rooms.values()].filter(matches);
		for (const card of /** @type {any} */ (list.children)) if (!shown.some((r) => r.id === card.dataset.key)) card.picture.close();
		keyed(list, shown, (room) => room.id, makeCard, drawCard);
		none.hidden = shown.length > 0;
		put(none, store.state !== 'live' ? 'Reading …' : store.rooms.size ? 'No room matches.' : 'There are no rooms. One begins when somebody joins it, or by New room.');
		drawSummary();
	}
	function drawSummary() {
		let people = 0;
		for (const room of store.rooms.values()) people += present(room).length;
		put(summary, `${store.rooms.size} rooms, ${people} people`);
	}
	search.addEventListener('input', drawList);
	const stop = drawing((changes) => {
		const listed = new Set([...list.children].map((card) => /** @type {any} */ (card).dataset.key));
		const other = !changes || changes.has('') || [...changes.keys()].some((id) => store.rooms.has(id) !== listed.has(id));
		if (other) return drawList();
		for (const card of /** @type {any} */ (list.children))
			if (isDirty(changes, card.dataset.key, 'room', 'people')) drawCard(card, store.rooms.get(card.dataset.key));
		drawSummary();
	});
	return () => {
		stop();
		for (const card of /** @type {any} */ (list.children)) card.picture.close();
	};
}
