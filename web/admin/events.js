/* events - the page of what happened since this page was opened; the newest first. */
import {button, element, keyed, openBox, put, time} from './dom.js';
import {store} from './store.js';

const SHOWN = 200;

/* In words, as far as they are needed; the rest is a press away. */
function tell({type, name: who, data}) {
	switch (type) {
	case 'participant.joined': return `${who || 'Guest'} joined`;
	case 'participant.left': return `${who || 'Guest'} ${data.moved_to ? `went to ${data.moved_to}` : 'left'}`;
	case 'call.updated': return `${who || data.to}: ${data.state}${data.outcome ? `, ${data.outcome}` : ''}`;
	case 'keypad': return `${data.keys}: ${data.action ?? 'nothing'}, ${data.outcome}`;
	case 'node.updated': return data.state + (data.deadline_ms ? `, until ${new Date(data.deadline_ms).toLocaleString()}` : '');
	case 'overload': return `level ${data.level}, ${data.step}: ${data.because}`;
	default: return [who, data.state, data.reason].filter(Boolean).join(', ');
	}
}

function make(entry) {
	const more = button('All of it', () => openBox(entry.type, element('pre', {className: 'a-message', dir: 'ltr', textContent: JSON.stringify(entry.data, null, 2)})).classList.add('a-wide'),
		{symbol: 'more', only: true, title: `All of ${entry.type}, ${time(entry.at)}`});
	return element('li', {className: 'a-event'}, element('time', {className: 'dim', textContent: time(entry.at)}), element('span', {className: 'a-tag', textContent: entry.type}),
		element('bdi', {textContent: entry.room}), element('bdi', {className: 'a-event-text', textContent: tell(entry)}), more);
}

export function openEventsPage(main) {
	const search = element('input', {type: 'search', placeholder: 'Room, kind or words', ariaLabel: 'Search events', autocomplete: 'off'});
	const list = element('ol', {className: 'a-events'}), none = element('p', {className: 'a-empty'});
	let paused = false, due = 0;
	const pause = button('Pause', () => { paused = !paused; pause.setAttribute('aria-pressed', String(paused)); put(pause.lastChild, paused ? 'Go on' : 'Pause'); draw(); });
	main.append(element('div', {className: 'a-title'}, element('h1', {textContent: 'Events'}), element('span', {className: 'a-fill'}), element('div', {className: 'a-search'}, search), pause), list, none);
	function draw() {
		due = 0;
		if (paused) return;
		const wanted = search.value.trim().toLowerCase();
		const shown = store.log.filter((e) => !wanted || `${e.room} ${e.type} ${tell(e)}`.toLowerCase().includes(wanted)).slice(-SHOWN).reverse();
		keyed(list, shown, (e) => String(e.n), make);
		put(none, shown.length ? '' : 'Nothing happened yet that matches. Joins, calls, recordings, streams and more are listed here.');
		none.hidden = shown.length > 0;
	}
	const soon = () => { due ||= requestAnimationFrame(draw); };
	search.addEventListener('input', soon);
	store.addEventListener('logged', soon);
	draw();
	return () => {
		cancelAnimationFrame(due);
		store.removeEventListener('logged', soon);
	};
}
