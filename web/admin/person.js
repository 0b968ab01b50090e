/* person - all that may be known and done of one participant: name, role, gain, tile, another room, and why they get what they get. */
import {act, button, check, element, field, nameOf, openBox, put, select, sure, toast} from './dom.js';
import {call, words} from './api.js';
import {drawing, isDirty, store} from './store.js';

const LOOK_MS = 2000;
const ROLES = ['host', 'moderator', 'lecturer'];

const percent = (x) => x === null || x === undefined ? '-' : `${Math.round(1000 * x) / 10} %`;
const ms = (x) => x === null || x === undefined ? '-' : `${Math.round(x)} ms`;
const db = (x) => `${x > 0 ? '+' : ''}${x} dB`;

/** Rows of words and values. @param {[string, string][]} rows */
function fill(list, rows) {
	const text = JSON.stringify(rows);
	if (list.dataset.shows === text) return;
	list.dataset.shows = text;
	list.replaceChildren(...rows.flatMap(([key, value]) => [element('dt', {textContent: key}), element('dd', {}, element('bdi', {textContent: value}))]));
}

function facts(p) {
	const {stats, receives} = p;
	const sources = p.sources.map((s) => /** @type {[string, string]} */ ([s.kind === 'slides' ? 'Sends slides' : 'Sends camera',
		`${s.codec ?? '?'} ${s.width} x ${s.height}, ${s.fps} a second${s.layer ? `, layer ${s.layer}` : ''}${s.error ? `: ${s.error}` : ''}`]));
	return /** @type {[string, string][]} */ ([
		['Id', p.id], ...(p.identity ? [['Identity', p.identity]] : []), ['Comes by', `${p.kind}${p.user_agent ? `, ${p.user_agent}` : ''}`], ['State', p.state],
		['Sends sound', p.audio?.codec ? `${p.audio.codec}, ${p.audio.level_dbov} dBov${p.audio.agc_db ? `, evened out by ${db(Math.round(p.audio.agc_db))}` : ''}` : 'none'], ...sources,
		['Receives', receives?.codec ? `${receives.codec} ${receives.width} x ${receives.height}, ${receives.fps} a second, ${receives.kbps} kbit/s${receives.limited_by ? `, limited by ${receives.limited_by}` : ''}` : 'no picture'],
		['Network', `${percent(stats.loss)} lost, jitter ${ms(stats.jitter_ms)}, round trip ${ms(stats.rtt_ms)}`],
		['Rates', `${stats.kbps_in} kbit/s in, ${stats.kbps_out} kbit/s out${stats.available_kbps ? `, ${stats.available_kbps} possible` : ''}`]]);
}

function range(text, value, [min, max], onChange) {
	const out = element('output', {textContent: db(value)}), input = element('input', {type: 'range', min, max, step: 1, value});
	input.addEventListener('input', () => { out.textContent = db(Number(input.value)); });
	input.addEventListener('change', () => onChange(Number(input.value)));
	const row = field(text, input);
	row.firstChild.append(' ', out);
	return row;
}

/* On, off, or as the room has it. @param {boolean | null | undefined} value */
function likeRoom(text, value, onChange) {
	const box = select([['room', 'as in the room'], ['on', 'on'], ['off', 'off']], value === true ? 'on' : value === false ? 'off' : 'room');
	box.addEventListener('change', () => onChange(box.value === 'room' ? null : box.value === 'on'));
	return field(text, box);
}

/* A field with a button that saves it. */
function saved(text, input, save) {
	const form = element('form', {className: 'a-inline'}, field(text, input), element('button', {textContent: 'Save'}));
	form.addEventListener('submit', (event) => { event.preventDefault(); save(input.value); });
	return form;
}

export function openPerson(room, id, stage) {
	const path = {room, id};
	const now = () => store.rooms.get(room)?.people.get(id);
	const change = (json, done) => act(call('patch', '/v1/rooms/{room}/participants/{id}', {path, json}), done);
	const person = now();
	if (!person) return toast('They have left.', true);
	const title = nameOf(person.name), watches = person.kind === 'whep';
	const list = element('dl', {className: 'a-facts'}), why = element('ul', {className: 'a-why'});

	const toggled = (words_, key) => { const row = check(words_, false, (on) => change({[key]: on})); return {row, box: /** @type {any} */ (row.firstChild), key}; };
	const toggles = watches ? [] : [toggled('Muted', 'muted'), toggled('Camera hidden', 'video_muted'), toggled('Hand raised', 'hand')];
	const wishes = watches ? [] : /** @type {const} */ ([['Pinned: always shown', 'pins'], ['Spotlight: taken for the speaker', 'spotlight']]).map(([text, key]) => {
		const row = check(text, false, (on) => {
			const others = (store.rooms.get(room)?.layout?.[key] ?? []).filter((other) => other !== id);
			stage.patch({[key]: on ? [id, ...others] : others});
		});
		return {row, box: /** @type {any} */ (row.firstChild), key};
	});
	const roles = element('datalist', {id: 'a-roles'}, ...ROLES.map((value) => element('option', {value})));
	const role = element('input', {value: person.role ?? '', maxLength: 32, pattern: '[A-Za-z0-9._\\-]*', autocomplete: 'off'});
	role.setAttribute('list', 'a-roles');
	const others = [...store.rooms.keys()].filter((other) => other !== room).sort();
	const target = element('input', {maxLength: 64, pattern: '[A-Za-z0-9._~\\-]{1,64}', required: true, autocomplete: 'off'});
	target.setAttribute('list', 'a-others');
	const move = saved('Move to room', target, async (to) => {
		if (await change({room: to}, `${now()?.name || 'Guest'} goes to ${to}.`)) box.close();
	});
	move.lastChild.textContent = 'Move';
	move.append(element('datalist', {id: 'a-others'}, ...others.map((value) => element('option', {value}))));

	const box = openBox(title,
		element('div', {className: 'a-checks'}, ...toggles.map((t) => t.row), ...wishes.map((w) => w.row)),
		saved('Name', element('input', {value: person.name, maxLength: 128, dir: 'auto', autocomplete: 'off'}), (name) => change({name}, 'The name is changed.')),
		...(watches ? [] : [saved('Role', role, (value) => change({role: value || null}, 'The role is changed.')), roles,
			range('Loudness for others', person.gain_db ?? 0, [-60, 20], (value) => change({gain_db: value})),
			likeRoom('Even loudness', person.agc, (agc) => change({agc})), likeRoom('Less noise', person.denoise, (denoise) => change({denoise}))]),
		range('Loudness of what they hear', person.listen_db ?? 0, [-18, 12], (value) => change({listen_db: value})), move,
		element('h3', {textContent: 'Now'}), list, element('h3', {textContent: 'Why'}), why,
		element('div', {className: 'a-actions'}, button('Remove from the room', async () => {
			if (!await sure(`${now()?.name || 'Guest'} is removed from ${room}.`, 'Remove')) return;
			if (await act(call('delete', '/v1/rooms/{room}/participants/{id}', {path}), 'Removed.') !== undefined) box.close();
		}, {className: 'a-danger', symbol: 'close'})));
	box.classList.add('a-wide');

	let timer = 0;
	async function look() {
		try {
			const [explain, quality] = await Promise.all([call('get', '/v1/rooms/{room}/participants/{id}/explain', {path}), call('get', '/v1/rooms/{room}/participants/{id}/quality', {path})]);
			const lines = [...explain.reasons.map((r) => r.text), ...quality.reasons];
			const mos = quality.sound_in?.mos;
			if (mos) lines.push(`Their sound scores ${mos.toFixed(1)} of 4.5.`);
			if (why.textContent !== lines.join('')) why.replaceChildren(...lines.map((textContent) => element('li', {textContent})));
		} catch (error) {
			put(why, words(error));
		}
		if (box.open) timer = setTimeout(look, LOOK_MS);
	}
	function draw() {
		const p = now();
		if (!p) {
			box.close();
			return toast('They have left.');
		}
		if (title.textContent !== (p.name || 'Guest')) title.textContent = p.name || 'Guest';
		fill(list, facts(p));
		for (const {box: input, key} of toggles) input.checked = Boolean(p[key]);
		for (const {box: input, key} of wishes) input.checked = Boolean(store.rooms.get(room)?.layout?.[key].includes(id));
	}
	const stop = drawing((changes) => { if (isDirty(changes, room, 'people', 'layout', 'levels', 'room')) draw(); });
	look();
	box.addEventListener('close', () => { stop(); clearTimeout(timer); });
	return box;
}
