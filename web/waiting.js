/* waiting - guests wait for the host: what a guest is told, and how a host lets them in.
 *
 * Who gives the host's PIN while they wait is a host from then on, and in the room.
 */
import {$, element, icon, news, tell} from './dom.js';
import {call} from './call.js';
import {askJson} from './client.js';
import {room} from './room.js';

let asked = 0, known = new Set();

/* ---- a guest */

function showWords() {
	$('waits').hidden = !room.waits;
	tell($('waits-words'), room.waits ? 'Waiting for the host. The meeting begins when the host is here; you need do nothing.' : '');
	if (!room.waits) {
		$('host-pin').value = '';
		tell($('host-status'), '');
	}
}

$('waits').addEventListener('submit', async (event) => {
	event.preventDefault();
	const pin = $('host-pin').value.trim();
	try {
		await askJson(call.session, {method: 'PATCH', json: {pin}});
		call.pin = pin; /* for who joins again */
	} catch (error) {
		tell($('host-status'), error.type === 'wrong-pin' ? 'That is not the PIN of the host. Try again.' : error.message, true);
		$('host-pin').select();
	}
});

/* ---- a host */

const isHost = () => ['host', 'moderator'].includes(room.people.get(room.me)?.role);

function row(guest) {
	const name = guest.name || 'Guest', url = `${call.session}/waiting/${guest.id}`;
	const act = (symbol, words, options) => {
		const button = element('button', {type: 'button', className: 'quiet bare', title: words, ariaLabel: words}, icon(symbol));
		button.addEventListener('click', () => askJson(url, options).catch((error) => news(error.message)));
		return button;
	};
	return element('li', {},
		element('span', {className: 'face', textContent: [...name][0].toUpperCase(), ariaHidden: 'true'}),
		element('span', {className: 'who', textContent: name}),
		act('people', `Let ${name} in`, {method: 'PATCH', json: {waiting: false}}),
		act('close', `Refuse ${name}`, {method: 'DELETE'}));
}

function showGuests(guests) {
	for (const guest of guests) if (!known.has(guest.id)) news(`${guest.name || 'Guest'} waits to be let in`);
	known = new Set(guests.map((guest) => guest.id));
	$('waiting').hidden = !guests.length;
	$('waiting-title').textContent = `Waiting: ${guests.length}`;
	$('waiting-list').replaceChildren(...guests.map(row));
}

/* The number is told to all; who they are is asked by hosts. */
async function look() {
	const mine = ++asked;
	if (!call.session || !isHost() || !room.waiting) {
		showGuests([]);
		return;
	}
	try {
		const {items} = await (await askJson(`${call.session}/waiting`)).json();
		if (mine === asked) showGuests(items);
	} catch {
		/* the next change asks again */
	}
}

let before = '';
room.addEventListener('told', () => {
	showWords();
	const now = `${call.session} ${isHost()} ${room.waiting}`;
	if (now === before) return;
	before = now;
	look();
});
