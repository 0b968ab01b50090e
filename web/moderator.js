/* moderator - what only those may do who may use the API: on localhost, or with its token behind #token= in the address.
 *
 * Each part shows itself where the server has it.
 */
import {$, element, icon, news, openDialog, tell} from './dom.js';
import {askJson} from './client.js';
import {showCalls} from './calls.js';
import {call} from './call.js';
import {room} from './room.js';

/* The part after # is not sent to any server; it is taken out of the address, where others may look. */
const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? '';
if (token) history.replaceState(null, '', location.pathname + location.search);

const roomUrl = (rest = '') => `v1/rooms/${encodeURIComponent(call.room)}${rest}`;
const api = (url, options = {}) => askJson(url, {token, ...options});
const get = async (url) => {
	try {
		return await (await api(url)).json();
	} catch {
		return null;
	}
};

async function change(url, options, done) {
	try {
		await api(url, options);
		tell($('layout-status'), done);
	} catch (error) {
		tell($('layout-status'), error.message, true);
	}
}

/* ---- layout */

/* A picture of it, where the server draws one; else its name says enough. Fetched, since an image cannot give a token. */
async function draw(picture, name) {
	try {
		const drawing = await (await api(`v1/layouts/${encodeURIComponent(name)}/preview.svg`)).blob();
		picture.addEventListener('load', () => URL.revokeObjectURL(picture.src), {once: true});
		picture.addEventListener('error', () => picture.remove());
		picture.src = URL.createObjectURL(drawing);
	} catch {
		picture.remove();
	}
}

function choice(name, inUse) {
	const picture = element('img', {alt: '', width: 96, height: 54});
	draw(picture, name);
	const input = element('input', {type: 'radio', name: 'layout', value: name, checked: name === inUse});
	input.addEventListener('change', () => change(roomUrl('/layout'), {method: 'PUT', json: {name}}, `The layout is ${name} now.`));
	return element('label', {className: 'layout'}, input, picture, element('span', {textContent: name}));
}

async function fill(layouts) {
	const [now, about] = await Promise.all([get(roomUrl('/layout')), get(roomUrl())]);
	const names = layouts.items.map((l) => l.name ?? l);
	$('layouts').replaceChildren($('layouts').querySelector('legend'), ...names.map((name) => choice(name, now?.name)));
	$('lock').checked = Boolean(about?.locked);
	$('lock-row').hidden = typeof about?.locked !== 'boolean';
	tell($('layout-status'), '');
}

$('lock').addEventListener('change', () => change(roomUrl(), {method: 'PATCH', json: {locked: $('lock').checked}},
	$('lock').checked ? 'The room is locked.' : 'The room is open.'));

/* ---- people */

function actionsFor(person) {
	if (person.id === room.me) return [];
	const act = (name, text, options) => {
		const words = `${text} ${person.name || 'Guest'}`;
		const button = element('button', {type: 'button', className: 'quiet bare', title: words, ariaLabel: words}, icon(name));
		button.addEventListener('click', () => api(roomUrl(`/participants/${person.id}`), options).catch((error) => news(error.message)));
		return button;
	};
	return [
		act(person.muted ? 'mic-off' : 'mic', person.muted ? 'Unmute' : 'Mute', {method: 'PATCH', json: {muted: !person.muted}}),
		act('close', 'Remove', {method: 'DELETE'}),
	];
}

/* ---- */

let layouts = null;

export async function findPowers() {
	const calls = await get(roomUrl('/calls'));
	layouts = await get('v1/layouts');
	$('dial').hidden = !calls;
	$('layout').hidden = !layouts?.items && !calls;
	room.actions = layouts?.items ? actionsFor : null;
}

$('layout').addEventListener('click', async () => {
	await fill(layouts ?? {items: []});
	openDialog($('layout-box'));
	showCalls(api, roomUrl('/calls'));
});
