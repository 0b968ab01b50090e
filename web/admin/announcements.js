/* announcements - sounds that are played into a room. */
import {act, button, check, element, field, select} from './dom.js';
import {call} from './api.js';
import {line, section, startForm} from './things.js';

export function openAnnouncements(room) {
	const sound = select(['chime', 'join', 'leave', 'alone', 'recorded', 'done', 'refused'].map((s) => [s, s]), 'chime');
	const file = element('input', {maxLength: 255, autocomplete: 'off', spellcheck: false}), loop = check('Until it is stopped', false);
	return section({
		room, kind: 'announcements', title: 'Announcements', empty: 'Nothing is being played.',
		form: startForm([field('Sound', sound), field('Or a file', file, 'Of inputs.media_dir'), loop], 'Play', () => call('post', '/v1/rooms/{room}/announcements', {path: {room}, json: {
			...(file.value ? {file: file.value} : {sound: /** @type {any} */ (sound.value)}), loop: /** @type {any} */ (loop.firstChild).checked}})),
		make: (item) => {
			const what = item.sound || item.file || item.url, path = {room, id: item.id};
			return line(what, item.loading ? 'loading' : 'playing', item.to === 'all' ? '' : 'to one participant',
				button(`Stop ${what}`, () => act(call('delete', '/v1/rooms/{room}/announcements/{id}', {path})), {symbol: 'stop', only: true}));
		},
	});
}
