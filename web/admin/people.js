/* people - who is in a room: a row each, of which only those on the screen exist, whether there are six or a thousand.
 *
 * Rows are of one height and stand by their number in a list that is as high as all of them; a row that has the focus stays.
 */
import {act, button, element, icon, keyed, nameOf, put, toggle} from './dom.js';
import {call} from './api.js';
import {openPerson} from './person.js';
import {drawing, isDirty, present, store, watchers} from './store.js';

const ROW_PX = 60, SPARE = 6;
const STATES = {connecting: 'connecting', stalled: 'interrupted', held: 'on hold'};
const KINDS = {webrtc: 'browser', sip: 'SIP', whip: 'encoder', whep: 'watches', input: 'input', machine: 'machine'};

const short = (source) => `${(source.codec ?? '').toUpperCase()} ${source.height || '?'}p${source.fps ? ` ${source.fps}` : ''}`;

/** What they send and receive, in a line. @param {import('./store.js').Participant} p */
export function mediaOf(p) {
	const camera = p.sources.find((s) => s.kind === 'camera'), slides = p.sources.find((s) => s.kind === 'slides');
	const sends = [p.audio?.codec, camera && short(camera), slides && `slides ${short(slides)}`].filter(Boolean).join(' + ');
	const gets = p.receives?.codec ? `${p.receives.codec.toUpperCase()} ${p.receives.height}p ${p.receives.kbps} kbit/s` : '';
	return {sends, gets};
}

/** -60 dBov and less: 0; 0 dBov: 1. */
export const loudness = (p) => p.muted || !p.audio ? 0 : Math.max(0, Math.min(1, (p.audio.level_dbov + 60) / 60));

function makeRow(room, stage) {
	const row = /** @type {any} */ (element('li', {className: 'a-person'}));
	const change = (json, done) => act(call('patch', '/v1/rooms/{room}/participants/{id}', {path: {room, id: row.dataset.key}, json}), done);
	const current = () => store.rooms.get(room)?.people.get(row.dataset.key);
	row.grip = element('span', {className: 'a-grip', title: 'Drag onto a tile'}, icon('grip'));
	row.grip.setAttribute('aria-hidden', 'true');
	row.grip.addEventListener('pointerdown', (event) => stage.begin(event, row.dataset.key));
	row.who = element('button', {type: 'button', className: 'a-open'});
	row.who.addEventListener('click', () => openPerson(room, row.dataset.key, stage));
	row.marks = element('span', {className: 'a-marks'});
	row.level = element('i');
	row.media = element('span', {className: 'a-media dim'});
	row.loss = element('span', {className: 'a-loss dim'});
	row.mute = button('', () => change({muted: !current()?.muted}), {only: true, symbol: 'mic'});
	row.append(row.grip, element('div', {className: 'a-person-main'},
		element('div', {className: 'a-person-top'}, row.who, row.marks), element('div', {className: 'a-person-low'}, row.media, row.loss)),
	element('span', {className: 'a-level', ariaHidden: 'true'}, row.level), row.mute,
	button('More', () => openPerson(room, row.dataset.key, stage), {only: true, symbol: 'more'}));
	row.more = row.lastChild;
	return row;
}

const mark = (symbol, text) => element('span', {title: text}, icon(symbol), element('span', {className: 'unseen', textContent: text}));

function drawLevel(row, p) {
	row.level.style.width = `${Math.round(100 * loudness(p))}%`;
	toggle(row, 'talks', p.speaking && !p.muted);
}

function drawRow(row, p, layout) {
	const name = p.name || 'Guest';
	if (row.shownName !== name) {
		row.shownName = name;
		row.who.replaceChildren(nameOf(name));
		row.more.querySelector('span').textContent = `More about ${name}`;
	}
	const pinned = layout?.pins.includes(p.id), lit = layout?.spotlight.includes(p.id);
	const key = [p.kind, p.state, p.role, p.hand, p.video_muted, pinned, lit, p.sources.some((s) => s.kind === 'slides')].join();
	if (row.shownMarks !== key) {
		row.shownMarks = key;
		row.marks.replaceChildren(...[
			p.hand && mark('hand', 'hand raised'), lit && mark('star', 'in the spotlight'), pinned && mark('pin', 'pinned'),
			p.video_muted && mark('camera-off', 'camera hidden'), p.sources.some((s) => s.kind === 'slides') && mark('screen', 'presents'),
			p.kind !== 'webrtc' && element('span', {className: 'a-tag', textContent: KINDS[p.kind] ?? p.kind}),
			p.role && element('span', {className: 'a-tag', textContent: p.role}),
			STATES[p.state] && element('span', {className: 'a-tag warn', textContent: STATES[p.state]})].filter(Boolean));
	}
	const {sends, gets} = mediaOf(p);
	put(row.media, [sends && `sends ${sends}`, gets && `gets ${gets}`].filter(Boolean).join(' · ') || 'no media');
	row.media.title = row.media.textContent;
	const loss = Math.round(1000 * (p.stats?.loss ?? 0)) / 10;
	put(row.loss, loss ? `${loss} % lost` : '');
	toggle(row.loss, 'warn', loss >= 3);
	const verb = `${p.muted ? 'Unmute' : 'Mute'} ${name}`;
	if (row.shownMute !== verb) {
		row.shownMute = verb;
		row.mute.replaceChildren(icon(p.muted ? 'mic-off' : 'mic'), element('span', {className: 'unseen', textContent: verb}));
		row.mute.title = verb;
		toggle(row.mute, 'a-off', p.muted);
	}
	row.mute.hidden = p.kind === 'whep';
	drawLevel(row, p);
}

export function openPeople(id, stage) {
	const title = element('h2', {textContent: 'People'});
	const search = element('input', {type: 'search', placeholder: 'Name or role', ariaLabel: 'Search people', autocomplete: 'off'});
	const list = element('ul', {className: 'a-people'}), scroller = element('div', {className: 'a-scroll'}, list);
	const none = element('p', {className: 'a-empty', hidden: true, textContent: 'Nobody is here.'});
	const everybody = (muted) => async () => {
		const people = [...store.rooms.get(id)?.people.values() ?? []].filter((p) => p.kind !== 'whep' && p.muted !== muted);
		for (const p of people) await act(call('patch', '/v1/rooms/{room}/participants/{id}', {path: {room: id, id: p.id}, json: {muted}}));
	};
	const box = element('section', {className: 'a-panel a-people-panel', ariaLabel: 'People'},
		element('div', {className: 'a-panel-head'}, title, element('span', {className: 'a-fill'}), button('Mute all', everybody(true), {className: 'quiet', symbol: 'mic-off'})),
		element('div', {className: 'a-search'}, search), scroller, none);
	let shown = [];

	/* Who raised a hand or speaks does not jump about: the order is that of joining, watchers last. */
	function sort() {
		const room = store.rooms.get(id), wanted = search.value.trim().toLowerCase();
		const people = room ? [...present(room), ...watchers(room)] : [];
		shown = people.filter((p) => !wanted || p.name.toLowerCase().includes(wanted) || (p.role ?? '').toLowerCase().includes(wanted));
		const others = people.filter((p) => p.kind === 'whep').length;
		put(title, `People: ${people.length - others}${others ? ` + ${others} watching` : ''}`);
		none.hidden = shown.length > 0;
		list.style.height = `${shown.length * ROW_PX}px`;
	}

	function draw() {
		const room = store.rooms.get(id);
		if (!room) return;
		const first = Math.max(0, Math.floor(scroller.scrollTop / ROW_PX) - SPARE);
		const last = Math.min(shown.length, Math.ceil((scroller.scrollTop + scroller.clientHeight) / ROW_PX) + SPARE);
		const focused = document.activeElement?.closest('.a-person')?.getAttribute('data-key');
		const rows = shown.map((p, i) => ({p, i})).filter(({p, i}) => (i >= first && i < last) || p.id === focused);
		keyed(list, rows, ({p}) => p.id, () => makeRow(id, stage), (row, {p, i}) => {
			row.style.transform = `translateY(${i * ROW_PX}px)`;
			row.ariaSetSize = String(shown.length);
			row.ariaPosInSet = String(i + 1);
			drawRow(row, p, room.layout);
		});
	}
	function drawLevels() {
		const room = store.rooms.get(id);
		for (const row of list.children) {
			const p = room?.people.get(/** @type {any} */ (row).dataset.key);
			if (p) drawLevel(row, p);
		}
	}
	search.addEventListener('input', () => { sort(); draw(); });
	scroller.addEventListener('scroll', draw, {passive: true});
	const sizes = new ResizeObserver(draw);
	sizes.observe(scroller);
	const stop = drawing((changes) => {
		if (isDirty(changes, id, 'people', 'layout')) {
			sort();
			draw();
		} else if (isDirty(changes, id, 'levels')) {
			drawLevels();
		}
	});
	return {box, close() { stop(); sizes.disconnect(); }};
}
