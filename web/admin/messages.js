/* messages - what is written in a room. */
import {element, field} from './dom.js';
import {call} from './api.js';
import {section, startForm} from './things.js';

export function openMessages(room) {
	const text = element('input', {maxLength: 2000, autocomplete: 'off', dir: 'auto', required: true});
	const name = element('input', {maxLength: 64, autocomplete: 'off', dir: 'auto'});
	return section({
		room, kind: 'messages', title: 'Messages', empty: 'Nothing was written.',
		form: startForm([field('To all in the room', text), field('Signed', name)], 'Send', () => call('post', '/v1/rooms/{room}/messages', {
			path: {room}, json: {text: text.value, name: name.value || null}})),
		make: (item) => element('div', {className: 'a-thing'}, element('div', {className: 'a-thing-text'},
			element('bdi', {textContent: `${item.name ?? 'Nobody'}${item.to === 'all' ? '' : ', to one participant'}`}),
			element('span', {className: 'dim', dir: 'auto', textContent: item.text}))),
	});
}
