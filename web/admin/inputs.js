/* inputs - files, cameras and streams that are brought into a room. */
import {act, button, check, element, field} from './dom.js';
import {call} from './api.js';
import {line, section, startForm} from './things.js';

export function openInputs(room) {
	const url = element('input', {placeholder: 'test:, media:film.mp4, rtsp://…', autocapitalize: 'none', autocomplete: 'off', spellcheck: false, required: true, minLength: 5, maxLength: 1023});
	const name = element('input', {maxLength: 128, autocomplete: 'off', dir: 'auto'}), loop = check('Begin again at the end', false);
	return section({
		room, kind: 'inputs', title: 'Inputs', empty: 'Nothing was brought in.',
		form: startForm([field('Address', url), field('Name', name), loop], 'Bring in', () => call('post', '/v1/rooms/{room}/inputs', {path: {room}, json: {
			url: url.value, name: name.value || null, loop: /** @type {any} */ (loop.firstChild).checked}})),
		make: (item) => {
			const what = item.name || item.url, path = {room, id: item.id}, picture = item.video_info && `${item.video_info.codec} ${item.video_info.height}p`;
			return line(what, item.state, [item.reason, picture, item.audio_info?.codec].filter(Boolean).join(', '),
				button(`Take out ${what}`, () => act(call('delete', '/v1/rooms/{room}/inputs/{id}', {path}), 'It is out.'), {symbol: 'close', only: true}));
		},
	});
}
