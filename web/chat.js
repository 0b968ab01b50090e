/* chat - what is written in the room: the list beside the picture, and the line to write in.
 *
 * The server cleans texts; here they are shown as text alone, each in its own direction of writing. What was written before one came is
 * asked for once; the rest comes by events.
 */
import {$, element, news, tell} from './dom.js';
import {call} from './call.js';
import {askJson} from './client.js';
import {room} from './room.js';

const SHOWN = 200;

let session = null, known = new Set();

const isMine = (message) => message.from !== null && message.from === room.me;
const nameOf = (message) => isMine(message) ? 'You' : message.name ?? (message.from === null ? 'The room' : 'Guest');

function whose(message) {
	if (message.to === 'all') return nameOf(message);
	const other = room.people.get(message.to);
	return isMine(message) ? `You to ${other?.name || 'Guest'} alone` : `${nameOf(message)} to you alone`;
}

function row(message) {
	const at = new Date(message.sent_ms);
	return element('li', {className: message.to === 'all' ? '' : 'alone'},
		element('p', {className: 'by'},
			element('bdi', {textContent: whose(message)}), ' ',
			element('time', {dateTime: at.toISOString(), textContent: at.toLocaleTimeString([], {hour: '2-digit', minute: '2-digit'})})),
		element('p', {className: 'words', dir: 'auto', textContent: message.text}));
}

function show(message, isNew) {
	if (known.has(message.id)) return;
	known.add(message.id);
	const list = $('chat-list'), log = $('chat-log'), atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
	list.append(row(message));
	while (list.children.length > SHOWN) list.firstChild.remove();
	if (atEnd || isMine(message)) log.scrollTop = log.scrollHeight;
	if (isNew && !isMine(message) && $('people').hidden) news(`${whose(message)}: ${message.text.slice(0, 80)}`);
}

/* Whom one may write to: those who are here and read. */
function showChoices() {
	const select = $('chat-to'), chosen = select.value;
	const others = [...room.people.values()].filter((p) => p.id !== room.me && ['webrtc', 'sip'].includes(p.kind) && p.state !== 'ended');
	const text = others.map((p) => `${p.id} ${p.name}`).join('\n');
	if (select.dataset.text === text) return;
	select.dataset.text = text;
	select.replaceChildren(element('option', {value: 'all', textContent: 'Everybody'}),
		...others.map((p) => element('option', {value: p.id, textContent: p.name || 'Guest'})));
	select.value = [...select.options].some((o) => o.value === chosen) ? chosen : 'all';
}

async function look() {
	session = call.session;
	known = new Set();
	$('chat-list').replaceChildren();
	tell($('chat-status'), '');
	const mine = session;
	try {
		const {items} = await (await askJson(`${mine}/messages`)).json();
		$('chat').hidden = mine !== session;
		for (const message of items) if (mine === session) show(message, false);
	} catch {
		$('chat').hidden = true; /* a server without, or one waits */
	}
}

$('chat-form').addEventListener('submit', async (event) => {
	event.preventDefault();
	const text = $('chat-text').value;
	if (!text.trim()) return;
	try {
		await askJson(`${call.session}/messages`, {method: 'POST', json: {text, to: $('chat-to').value || 'all'}});
		$('chat-text').value = '';
		tell($('chat-status'), '');
	} catch (error) {
		tell($('chat-status'), error.type === 'too-much-text' ? 'That was a lot at once. Wait a moment.' : error.message, true);
	}
	$('chat-text').focus();
});

/* Enter sends, with Shift it is the end of a line; not while a word is composed. */
$('chat-text').addEventListener('keydown', (event) => {
	if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
	event.preventDefault();
	$('chat-form').requestSubmit();
});

room.addEventListener('message', (event) => show(/** @type {any} */ (event).detail.message, true));
room.addEventListener('told', () => {
	if (call.session && call.session !== session && !room.waits && room.me) look();
	if (!call.session) session = null;
	showChoices();
});
