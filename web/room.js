/* room - who else is here and who speaks, as the events of one's own session tell it.
 *
 * Events: 'told', at once, and 'change', when the list is drawn (never in a tab that nobody sees); 'message', 'caption' and
 * 'caption.interim' as the server tells them.
 * A server without them, or a list one may not see, leaves the list out; the mix shows everybody anyway.
 */
import {$, element, face, icon, news, remembered} from './dom.js';
import {call} from './call.js';
import {ask} from './client.js';

export const room = Object.assign(new EventTarget(), {
	people: new Map(), /* id -> participant, in order of joining */
	me: null,          /* one's own id; null: not known yet */
	locked: false,
	recorded: false,   /* everybody sees that, whatever they may do */
	streamed: false,   /* likewise */
	endsAt: 0,         /* in ms since 1970: the server is to be updated, at the latest then; 0: it is not */
	waits: false,      /* one waits for the host, and is not in the room */
	waiting: 0,        /* so many others do */
	personal: null,    /* what became of the wish for a picture of one's own; null: there is none */
	actions: null,     /* (person) -> buttons, for who may moderate */
});

let source = null, quiet = true; /* quiet: a first picture of the room is not news */

const nameOf = (person) => person.name || 'Guest';

const PRESENT = ['connected', 'held', 'stalled'];
const isNews = (person) => !quiet && room.me && person.id !== room.me && person.kind !== 'whep';

/* here: was in the room at least once. Who is only being called is in the list, but has not joined. */
function entered(person) {
	const before = room.people.get(person.id), now = {...before, ...person};
	now.here ||= PRESENT.includes(now.state);
	room.people.set(person.id, now);
	if (now.here && !before?.here && isNews(now)) news(`${nameOf(now)} joined`);
}

function left(id) {
	const person = room.people.get(id);
	if (room.people.delete(id) && person.here && isNews(person)) news(`${nameOf(person)} left`);
}

/* ---- the list */

const speaks = (person) => person.speaking && !person.muted;
const marks = (person) => [
	speaks(person) && element('span', {className: 'speaks', title: 'speaks'}, ...['', '', ''].map(() => element('i'))),
	person.hand && mark('hand', 'hand raised'),
	person.presenting && mark('screen', 'presents'),
	person.muted && !(room.actions && person.id !== room.me) && mark('mic-off', 'muted'), /* else the button says it */
	person.state === 'stalled' && element('span', {className: 'dim', textContent: 'interrupted'}),
].filter(Boolean);

function mark(name, text) {
	return element('span', {className: 'mark', title: text}, icon(name), element('span', {className: 'unseen', textContent: text}));
}

function row(person) {
	const initials = [...nameOf(person)][0].toUpperCase();
	return element('li', {className: speaks(person) ? 'talks' : ''},
		element('span', {className: 'face', textContent: initials, ariaHidden: 'true'}),
		element('span', {className: 'who', textContent: nameOf(person) + (person.id === room.me ? ' (you)' : '')}),
		...marks(person), ...(room.actions?.(person) ?? []));
}

/* Rows that did not change stay, and with them the focus. */
const shown = new Map(); /* id -> {text, element} */

function show() {
	const people = [...room.people.values()].filter((p) => p.kind !== 'whep' && p.state !== 'ended');
	const watchers = [...room.people.values()].filter((p) => p.kind === 'whep').length;
	const list = $('people-list');
	for (const [id, old] of shown) if (!room.people.has(id)) { old.element.remove(); shown.delete(id); }
	people.forEach((person, i) => {
		const made = row(person), text = made.outerHTML, old = shown.get(person.id);
		if (old?.text !== text) {
			if (old) old.element.replaceWith(made);
			shown.set(person.id, {text, element: made});
		}
		const {element: line} = shown.get(person.id);
		if (list.children[i] !== line) list.insertBefore(line, list.children[i] ?? null);
	});
	const count = `${people.length}${watchers ? ` + ${watchers} watching` : ''}`;
	$('people-title').textContent = `In the room: ${count}`;
	face($('people-button'), 'people', 'People', {title: `People: ${count} (P)`});
	$('people-button').hidden = !source;
	const talkers = people.filter((p) => speaks(p) && p.id !== room.me).map(nameOf);
	$('talking').hidden = !talkers.length;
	$('talking').replaceChildren(icon('sound'), element('span', {textContent: talkers.slice(0, 3).join(', ')}));
	$('locked').hidden = !room.locked;
	$('recorded').hidden = !room.recorded;
	$('streamed').hidden = !room.streamed;
	$('ending').hidden = !room.endsAt;
	if (room.endsAt) $('ending-text').textContent = endText();
	room.dispatchEvent(new Event('change'));
}

function endText() {
	return `The server will be updated: this meeting can go on until ${new Date(room.endsAt).toLocaleTimeString([], {hour: '2-digit', minute: '2-digit'})}`;
}

/* The meeting is to end soon, or not any more. */
function endingText(at, because) {
	if (!at) return 'The meeting goes on without an end';
	const minutes = Math.max(1, Math.round((at - Date.now()) / 60000)), words = minutes === 1 ? 'a minute' : `${minutes} minutes`;
	return because === 'breakout' ? `You go back to the main room in ${words} or less` : `This meeting ends in ${words}`;
}

/* The server is to end, at another time, or is not any more. */
function ends({state, deadline_ms: at}) {
	const before = room.endsAt;
	room.endsAt = state === 'running' ? 0 : at ?? 0;
	if (room.endsAt !== before) news(room.endsAt ? endText() : 'The server goes on: the meeting has no end');
}

let due = 0;
function showSoon() {
	due ||= requestAnimationFrame(() => { due = 0; show(); });
}

export function openPeople(open) {
	$('people').hidden = !open || !source;
	$('people-button').setAttribute('aria-expanded', String(!$('people').hidden));
	$('call').classList.toggle('with-people', !$('people').hidden);
}
$('people-button').addEventListener('click', () => {
	openPeople($('people').hidden);
	remembered('people', $('people').hidden ? 'closed' : 'open');
});
$('people-close').addEventListener('click', () => {
	openPeople(false);
	remembered('people', 'closed');
	$('people-button').focus();
});

/* ---- the events */

function take(handler) {
	return (event) => {
		try {
			handler(JSON.parse(event.data));
		} catch {
			return; /* of a later version */
		}
		room.dispatchEvent(new Event('told'));
		showSoon();
	};
}

export function watchRoom() {
	forgetRoom();
	if (!call.session) return;
	const {session} = call;
	ask(session).then((response) => response.json()).then((me) => {
		if (session !== call.session) return; /* it is another one by now */
		room.me = me.id;
		room.dispatchEvent(new Event('told'));
		showSoon();
	}).catch(() => {});
	source = new EventSource(`${session}/events`);
	const own = source;
	source.addEventListener('error', () => {
		if (own.readyState === EventSource.CLOSED && own === source) forgetRoom(); /* there are none here */
	});
	source.addEventListener('open', () => {
		openPeople(remembered('people') !== 'closed');
		showSoon();
	});
	quiet = !room.people.size;
	listen(source);
}

function listen(events) {
	events.addEventListener('waiting', take(({room: id}) => {
		call.room = id;
		room.waits = true;
		room.people.clear();
		quiet = true;
	}));
	events.addEventListener('waiting.left', take(({admitted, reason}) => {
		if (admitted) news('The host is here');
		else if (reason === 'refused') call.farewell = 'The host did not let you in.';
		else if (reason === 'waited-too-long') call.farewell = 'No host has come.';
	}));
	events.addEventListener('personal', take(({personal}) => {
		room.personal = personal;
		room.dispatchEvent(new Event('personal'));
	}));
	events.addEventListener('node.updated', take(ends));
	events.addEventListener('snapshot', take(({rooms: [now], node}) => {
		if (node) ends(node);
		room.waits = false;
		room.waiting = now.room.waiting ?? 0;
		if (now.room.id !== call.room) {
			call.room = now.room.id;
			call.dispatchEvent(new Event('moved'));
		}
		const present = new Set(now.participants.map((p) => p.id));
		for (const id of [...room.people.keys()]) if (!present.has(id)) left(id);
		for (const person of now.participants) entered(person);
		room.locked = now.room.locked;
		if (now.room.recorded && !room.recorded) news('This meeting is being recorded');
		room.recorded = Boolean(now.room.recorded);
		if (now.room.streamed && !room.streamed) news('This meeting is streamed live');
		room.streamed = Boolean(now.room.streamed);
		quiet = false;
	}));
	for (const kind of ['joined', 'updated']) events.addEventListener(`participant.${kind}`, take(({participant}) => entered(participant)));
	events.addEventListener('participant.left', take(({id, moved_to: elsewhere, waits, ended, because}) => {
		if (id === room.me && waits) {
			news('The host has left');
			return; /* waiting follows */
		}
		if (id === room.me && elsewhere) {
			news(`You were moved to “${elsewhere}”`);
			quiet = true; /* who is there does not come now */
			return; /* a snapshot follows */
		}
		if (id === room.me) call.farewell = because === 'time-over' ? 'The time of this meeting is over.' : ended ? 'The host has left: the meeting is over.' : 'You were removed from the room.';
		left(id);
	}));
	events.addEventListener('room.updated', take(({locked, recorded, streamed, waiting}) => {
		room.waiting = waiting ?? 0;
		if (locked !== room.locked) news(locked ? 'The room is locked now: nobody new may join' : 'The room is open again');
		room.locked = locked;
		if (Boolean(recorded) !== room.recorded) news(recorded ? 'This meeting is being recorded now' : 'The recording has stopped');
		room.recorded = Boolean(recorded);
		if (Boolean(streamed) !== room.streamed) news(streamed ? 'This meeting is streamed live now' : 'The live stream has ended');
		room.streamed = Boolean(streamed);
	}));
	/* what is written: chat.js, captions.js */
	for (const kind of ['message', 'caption', 'caption.interim'])
		events.addEventListener(kind, take((detail) => room.dispatchEvent(new CustomEvent(kind, {detail}))));
	events.addEventListener('room.ending', take(({ends_ms: at, because}) => news(endingText(at, because))));
	events.addEventListener('room.removed', take(() => { call.farewell = 'The room was closed.'; }));
	events.addEventListener('levels', take(({levels}) => {
		const speaking = new Set(levels.filter((l) => l.speaking).map((l) => l.id));
		for (const person of room.people.values()) person.speaking = speaking.has(person.id);
	}));
}

export function forgetRoom() {
	source?.close();
	source = null;
	room.me = null;
	room.locked = room.recorded = room.streamed = room.waits = false;
	room.waiting = room.endsAt = 0;
	room.people.clear();
	openPeople(false);
	showSoon();
}
