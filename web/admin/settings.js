/* settings - how a room is: its layout, who may join, what begins by itself. */
import {act, button, check, element, field, select, sure} from './dom.js';
import {call} from './api.js';
import {drawing, isDirty, store} from './store.js';

export function openSettings(id) {
	const path = {room: id};
	const patch = (json, done) => act(call('patch', '/v1/rooms/{room}', {path, json}), done);
	const now = () => store.rooms.get(id)?.about;

	const layout = select([], '', (name) => act(call('put', '/v1/rooms/{room}/layout', {path, json: {name}}), `The layout is ${name} now.`));
	call('get', '/v1/layouts').then(({items}) => {
		const own = store.rooms.get(id)?.layout?.name;
		const names = items.map((l) => l.name);
		layout.replaceChildren(...(own && !names.includes(own) ? [own, ...names] : names).map((name) => element('option', {value: name, textContent: name})));
		draw();
	}, () => {});

	const pin = element('input', {maxLength: 64, pattern: '[A-Za-z0-9._~\\-]{4,64}', autocomplete: 'off', required: true});
	const noPin = button('No PIN', () => patch({pin: null}, 'Joining asks for no PIN of this room.'));
	const pinForm = element('form', {className: 'a-inline'}, field('PIN', pin, 'It is never shown again.'), element('button', {textContent: 'Set'}), noPin);
	pinForm.addEventListener('submit', async (event) => {
		event.preventDefault();
		if (await patch({pin: pin.value}, 'Who joins must give the new PIN.')) pin.value = '';
	});

	const number = (text, key, max) => {
		const input = element('input', {type: 'number', min: key === 'max_participants' ? 1 : 0, max, required: true});
		input.addEventListener('change', () => { if (input.reportValidity()) patch({[key]: Number(input.value)}, 'Changed.'); });
		return {key, input, row: field(text, input)};
	};
	const numbers = [number('Participants at most', 'max_participants', 1000), number('Watchers at most', 'max_watchers', 100000),
		number('Tiles move for (ms; 0: not at all)', 'transition_ms', 1000)];
	const flags = /** @type {[string, string, any, any][]} */ ([['Record always', 'record', 'always', 'off'], ['HLS always', 'hls', 'always', 'off'],
		['HTTP-FLV always', 'flv', 'always', 'off']]).map(([text, key, on, off]) => {
		const row = check(text, false, (is) => patch({[key]: is ? on : off}));
		return {key, on, row, box: /** @type {any} */ (row.firstChild)};
	});
	const tones = /** @type {[string, string][]} */ ([['Sound when somebody joins', 'join'], ['Sound when somebody leaves', 'leave'], ['Sound for who is alone', 'alone'], ['Sound when a recording begins', 'recorded']])
		.map(([text, key]) => { const row = check(text, false, (is) => patch({tones: {[key]: is}})); return {key, row, box: /** @type {any} */ (row.firstChild)}; });
	const close = button('Close the room', async () => {
		if (await sure(`All who are in ${id} are removed, and the room with them.`, 'Close the room'))
			if (await act(call('delete', '/v1/rooms/{room}', {path}), `${id} is closed.`) !== undefined) location.hash = '#/rooms';
	}, {className: 'a-danger'});

	const box = element('details', {className: 'a-panel'}, element('summary', {}, element('h2', {textContent: 'Settings'})),
		element('div', {className: 'a-form'}, field('Layout', layout), pinForm, ...numbers.map((n) => n.row),
			element('div', {className: 'a-checks'}, ...flags.map((f) => f.row), ...tones.map((t) => t.row)), element('div', {className: 'a-actions'}, close)));

	function draw() {
		const about = now();
		if (!about) return;
		layout.value = store.rooms.get(id)?.layout?.name ?? about.layout;
		noPin.hidden = !about.pin_set;
		for (const {key, input} of numbers) if (document.activeElement !== input) input.value = String(about[key]);
		for (const {key, on, box: input} of flags) input.checked = about[key] === on;
		for (const {key, box: input} of tones) input.checked = Boolean(about.tones?.[key]);
	}
	const stop = drawing((changes) => { if (isDirty(changes, id, 'room', 'layout')) draw(); });
	return {box, stop};
}
