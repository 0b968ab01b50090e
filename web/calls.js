/* calls - the telephone of a room, for moderators: whom it calls, how that goes, and hanging up. In the dialog of the room, while that is
 * open.
 */
import {$, element, icon, tell} from './dom.js';

const LOOK_MS = 1000;
const SHOWN = 5; /* of those that ended the newest */
const GOES = {dialling: 'calling ...', ringing: 'ringing ...', answered: 'in the room', held: 'on hold'};
const WENT = {
	'completed': 'over', 'busy': 'busy', 'declined': 'declined', 'no-answer': 'nobody answered', 'timeout': 'could not be reached',
	'cancelled': 'cancelled',
};

let api = null, url = '', timer = 0;

const who = (call) => call.name && call.name !== call.to ? call.name : (call.to ?? '').replace(/^sips?:/, '');

function how(call) {
	if (call.state !== 'ended') return GOES[call.state] ?? call.state;
	return WENT[call.outcome] ?? `failed: ${[call.code, call.reason].filter(Boolean).join(' ')}`;
}

function row(call) {
	const words = `Hang up ${who(call)}`;
	const button = element('button', {type: 'button', className: 'quiet bare', title: words, ariaLabel: words}, icon('close'));
	button.addEventListener('click', () => api(`${url}/${call.id}`, {method: 'DELETE'}).then(look, fail));
	return element('li', {}, element('span', {className: 'who', textContent: who(call), title: call.to ?? ''}),
		element('span', {className: 'dim', textContent: how(call)}), ...(call.state === 'ended' ? [] : [button]));
}

const fail = (error) => tell($('layout-status'),
	[400, 422].includes(error.status) ? 'This is no address that can be called; one looks like name@example.org.' : error.message, true);

/* Rows that did not change stay, and with them the focus. */
let shown = '';
function show(calls) {
	const ended = calls.filter((call) => call.state === 'ended').slice(-SHOWN);
	const rows = calls.filter((call) => call.state !== 'ended' || ended.includes(call)).reverse();
	const text = JSON.stringify(rows.map((call) => [call.id, who(call), how(call)]));
	if (text === shown) return;
	shown = text;
	$('calls').replaceChildren(...rows.map(row));
}

async function look() {
	clearTimeout(timer);
	try {
		show((await (await api(url)).json()).items);
	} catch (error) {
		if (!error.passing) return;
	}
	if ($('layout-box').open) timer = setTimeout(look, LOOK_MS);
}

$('dial').addEventListener('submit', async (event) => {
	event.preventDefault();
	const to = $('dial-to').value.trim();
	try {
		await api(url, {method: 'POST', json: {to: /^sips?:/i.test(to) ? to : `sip:${to}`}});
		$('dial-to').value = '';
		tell($('layout-status'), '');
		look();
	} catch (error) {
		fail(error);
	}
});

/* by: as http.askJson, with what the moderator may; at: where the calls are. */
export function showCalls(by, at) {
	[api, url] = [by, at];
	if (!$('dial').hidden) look();
}
