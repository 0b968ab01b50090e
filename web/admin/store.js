/* store - what the page knows of the server, as its events tell it: one stream for all rooms.
 *
 *   events -> rooms, people, layouts, things -> what is dirty -> one 'change' a frame, which names it
 *
 * Nobody reads the lists again and again: who draws something draws what is dirty of it. A tab that nobody sees draws nothing.
 */
import {call, openEvents} from './api.js';

/**
 * @typedef {import('./api.js').Schemas} Schemas
 * @typedef {Schemas['Participant']} Participant
 * @typedef {'room' | 'people' | 'levels' | 'layout' | 'calls' | 'recordings' | 'outputs' | 'inputs' | 'announcements' | 'messages'} What
 * @typedef {{id: string, about: Schemas['Room'], people: Map<string, Participant>, layout: Schemas['LayoutNow'],
 *   calls: Map<string, any>, recordings: Map<string, any>, outputs: Map<string, any>, inputs: Map<string, any>,
 *   announcements: Map<string, any>, messages: Map<string, any>, loaded: boolean}} Room
 * @typedef {Map<string, Set<What>>} Dirty
 */

const LOG_MAX = 500, THINGS_MAX = 200;
const THINGS = /** @type {const} */ (['calls', 'recordings', 'outputs', 'inputs', 'announcements', 'messages']);
const QUIET = new Set(['snapshot', 'levels', 'caption.interim', 'layout.updated', 'participant.updated', 'participant.ended']); /* too many for a log */

export const store = Object.assign(new EventTarget(), {
	/** @type {Map<string, Room>} */
	rooms: new Map(),
	/** @type {Map<string, any>} */
	trunks: new Map(),
	/** Ids of the watchers that this page itself is, for its pictures: it leaves them out. @type {Set<string>} */
	mine: new Set(),
	/** @type {{n: number, at: number, type: string, room: string, name: string, data: any}[]} */
	log: [],
	logged: 0,
	overload: null,
	/** @type {'idle' | 'connecting' | 'live' | 'lost' | 'refused'} */
	state: 'idle',
	error: null,
});

/* ---- what is dirty */

/** @type {Dirty} */
let dirty = new Map();
let due = 0;

/** @param {string} room '' for what belongs to none @param {What} what */
function mark(room, what) {
	const set = dirty.get(room);
	if (set) set.add(what);
	else dirty.set(room, new Set([what]));
	due ||= requestAnimationFrame(() => {
		const detail = dirty;
		due = 0;
		dirty = new Map();
		store.dispatchEvent(new CustomEvent('change', {detail}));
	});
}

/** Calls back with what is dirty, and once with everything; returns what ends that.
 * @param {(dirty: Dirty | null) => void} draw null: everything */
export function drawing(draw) {
	const listener = (event) => draw(event.detail);
	store.addEventListener('change', listener);
	draw(null);
	return () => store.removeEventListener('change', listener);
}

export const isDirty = (changes, room, ...whats) => !changes || whats.some((what) => changes.get(room)?.has(what));

/* ---- what comes */

/** @returns {Room} */
const emptyRoom = (about) => ({id: about.id, about, people: new Map(), layout: null, calls: new Map(), recordings: new Map(),
	outputs: new Map(), inputs: new Map(), announcements: new Map(), messages: new Map(), loaded: false});

function setState(state, error = null) {
	Object.assign(store, {state, error});
	store.dispatchEvent(new Event('state'));
}

function takeSnapshot({rooms}) {
	const old = store.rooms;
	store.rooms = new Map(rooms.map(({room, participants, layout}) => {
		const people = new Map(participants.map((p) => [p.id, p]));
		return [room.id, Object.assign(emptyRoom(room), {layout, people})];
	}));
	/* it does not tell of things: those of before may be gone */
	for (const {id, loaded} of old.values()) if (loaded) loadThings(id);
	for (const id of new Set([...old.keys(), ...store.rooms.keys()])) {
		for (const what of /** @type {What[]} */ (['room', 'people', 'layout', ...THINGS])) mark(id, what);
	}
	mark('', 'room');
}

function takeRoom(about) {
	const known = store.rooms.get(about.id);
	if (known) known.about = about;
	else store.rooms.set(about.id, emptyRoom(about));
	mark(about.id, 'room');
}

function takeLevels({room, levels}) {
	const known = store.rooms.get(room);
	if (!known) return;
	const heard = new Map(levels.map((l) => [l.id, l]));
	for (const person of known.people.values()) {
		const {level_dbov: level, speaking} = heard.get(person.id) ?? {level_dbov: -127, speaking: false};
		if (person.audio) person.audio.level_dbov = level;
		person.speaking = speaking;
	}
	mark(room, 'levels');
}

function takePerson({room, participant}) {
	const known = store.rooms.get(room);
	known?.people.set(participant.id, {...known.people.get(participant.id), ...participant});
	mark(room, 'people');
}

function take(type, data) {
	const [noun, verb] = type.split('.');
	if (type === 'snapshot') takeSnapshot(data);
	else if (type === 'room.created' || type === 'room.updated') takeRoom(data);
	else if (type === 'room.removed') { store.rooms.delete(data.id); mark(data.id, 'room'); }
	else if (type === 'participant.left') { store.rooms.get(data.room)?.people.delete(data.id); store.mine.delete(data.id); mark(data.room, 'people'); }
	else if (type === 'participant.joined' || type === 'participant.updated') takePerson(data);
	else if (type === 'layout.updated') { const known = store.rooms.get(data.room); if (known) known.layout = data.layout; mark(data.room, 'layout'); }
	else if (type === 'levels') takeLevels(data);
	else if (type === 'overload') { store.overload = data; mark('', 'room'); }
	else if (type === 'trunk') { store.trunks.set(data.id, data); mark('', 'room'); }
	else if (type === 'trunk.removed') { store.trunks.delete(data.id); mark('', 'room'); }
	else if (type === 'message') takeThing('messages', 'updated', data.message);
	else takeThing(`${noun}s`, verb, data);
}

function takeThing(kind, verb, data) {
	const things = store.rooms.get(data.room)?.[kind];
	if (!THINGS.includes(kind) || !things) return;
	if (verb === 'removed') things.delete(data.id);
	else things.set(data.id, data);
	if (things.size > THINGS_MAX) things.delete(things.keys().next().value); /* the oldest: it ended long ago */
	mark(data.room, kind);
}

function keep(type, data) {
	if (QUIET.has(type)) return;
	const person = data.participant ?? (type === 'participant.left' ? store.rooms.get(data.room)?.people.get(data.id) : null);
	if (person?.kind === 'whep') return;
	store.log.push({n: ++store.logged, at: Date.now(), type, room: data.room ?? (type.startsWith('room.') ? data.id : ''), name: person?.name ?? data.name ?? '', data});
	if (store.log.length > LOG_MAX) store.log.splice(0, store.log.length - LOG_MAX);
	store.dispatchEvent(new Event('logged'));
}

/* ---- who reads */

/** @type {import('../client.js').Events | null} */
let events = null;

export function startStore() {
	stopStore();
	setState('connecting');
	events = openEvents();
	events.addEventListener('open', () => setState('live'));
	events.addEventListener('lost', (/** @type {any} */ {detail}) => setState(detail.passing ? 'lost' : 'refused', detail));
	events.addEventListener('event', (/** @type {any} */ {detail: {type, data}}) => {
		keep(type, data);
		take(type, data);
	});
}

export function stopStore() {
	events?.close();
	events = null;
	store.rooms.clear();
	store.trunks.clear();
	store.mine.clear();
	store.log = [];
	store.overload = null;
	setState('idle');
}

/** What runs in a room besides people, as it is now; events follow. */
export async function loadThings(id) {
	const room = store.rooms.get(id);
	if (!room) return;
	room.loaded = true;
	await Promise.allSettled(THINGS.map(async (kind) => {
		const {items} = await call('get', /** @type {'/v1/rooms/{room}/calls'} */ (`/v1/rooms/{room}/${kind}`), {path: {room: id}});
		room[kind] = new Map(items.map((item) => [item.id, item]));
		mark(id, kind);
	}));
}

/** The numbers of people that no event tells: loss, delay, rates. */
export async function loadPeople(id) {
	const {items} = await call('get', '/v1/rooms/{room}/participants', {path: {room: id}});
	const room = store.rooms.get(id);
	if (!room) return;
	for (const person of items) if (room.people.has(person.id)) room.people.set(person.id, person);
	mark(id, 'people');
}

/** Everybody but watchers. @param {Room} room */
export const present = (room) => [...room.people.values()].filter((p) => p.kind !== 'whep');

/** Watchers, without this page. @param {Room} room */
export const watchers = (room) => [...room.people.values()].filter((p) => p.kind === 'whep' && !store.mine.has(p.id));

/** The watcher of that id is this page. */
export function addMine(room, id) {
	store.mine.add(id);
	mark(room, 'people');
}
