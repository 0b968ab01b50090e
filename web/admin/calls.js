/* calls - phones and room systems that are called into a room. */
import {act, button, check, element, field, openBox, time} from './dom.js';
import {call} from './api.js';
import {line, section, startForm} from './things.js';

const GOES = {dialling: 'calling', ringing: 'ringing', answered: 'in the room', held: 'on hold'};
const WENT = {completed: 'over', busy: 'busy', declined: 'declined', 'no-answer': 'nobody answered', timeout: 'could not be reached', cancelled: 'cancelled'};

function how(item) {
	if (item.state !== 'ended') return GOES[item.state] ?? item.state;
	return WENT[item.outcome] ?? `failed: ${[item.code, item.reason].filter(Boolean).join(' ')}`;
}

async function showMessages(path) {
	const answer = await act(call('get', '/v1/rooms/{room}/calls/{id}/ladder', {path}));
	if (!answer) return;
	openBox('SIP messages', ...answer.items.map((item) => element('pre', {className: 'a-message', dir: 'ltr',
		textContent: `${item.sent ? '→' : '←'} ${time(item.at_ms)}\n${item.text}`}))).classList.add('a-wide');
}

export function openCalls(room) {
	const to = element('input', {required: true, placeholder: 'boardroom@example.org or +49 30 1234', autocapitalize: 'none', autocomplete: 'off', spellcheck: false});
	const redial = check('Call again when the connection breaks off', false);
	const address = () => /^(sips?|tel|user):|^[-+0-9*#(). ]+$/i.test(to.value.trim()) ? to.value.trim().replace(/(?<=^[-+0-9*#(). ]*) /g, '') : `sip:${to.value.trim()}`;
	return section({
		room, kind: 'calls', title: 'Calls', empty: 'Nobody was called lately.',
		form: startForm([field('Call a phone or room system', to), redial], 'Call', () => call('post', '/v1/rooms/{room}/calls', {path: {room}, json: {
			to: address(), redial: /** @type {any} */ (redial.firstChild).checked}})),
		key: (item) => [how(item), item.name, item.to].join('\n'),
		make: (item) => {
			const path = {room, id: item.id}, who = item.name || item.to;
			const messages = button(`SIP messages of ${who}`, () => showMessages(path), {symbol: 'more', only: true});
			return item.state === 'ended' ? line(who, how(item), '', messages) : line(who, how(item), '', messages,
				button(`Hang up ${who}`, () => act(call('delete', '/v1/rooms/{room}/calls/{id}', {path})), {symbol: 'close', only: true}));
		},
	});
}
