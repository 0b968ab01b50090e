/* outputs - streams out of a room, HLS and HTTP-FLV. */
import {act, button, bytes, check, element, field, select} from './dom.js';
import {call} from './api.js';
import {line, section, startForm} from './things.js';

export function openOutputs(room) {
	const url = element('input', {placeholder: 'rtmp://…, srt://…, rtsp://…, icecast://…', autocapitalize: 'none', autocomplete: 'off', spellcheck: false, required: true, maxLength: 1024});
	const address = field('Address', url);
	const type = select([['url', 'Send to an address'], ['hls', 'HLS, for players'], ['flv', 'HTTP-FLV, for players']], 'url', (value) => {
		address.hidden = value !== 'url';
		url.required = value === 'url';
	});
	const sound = check('Sound alone', false);
	return section({
		room, kind: 'outputs', title: 'Streams', empty: 'It is streamed to nowhere.',
		form: startForm([field('Kind', type), address, sound], 'Stream', () => call('post', '/v1/rooms/{room}/outputs', {path: {room}, json: {
			type: /** @type {any} */ (type.value), ...(type.value === 'url' && {url: url.value, audio_only: /** @type {any} */ (sound.firstChild).checked})}})),
		key: (item) => JSON.stringify([item.state, item.detail, item.reason, item.bytes, item.url]),
		make: (item) => {
			const what = item.name || item.url || item.type, path = {room, id: item.id};
			return line(what, item.state, [item.detail ?? item.reason, bytes(item.bytes), item.dropped && `${item.dropped} dropped`].filter(Boolean).join(', '),
				button(`Stop ${what}`, () => act(call('delete', '/v1/rooms/{room}/outputs/{id}', {path}), 'The stream has stopped.'), {symbol: 'stop', only: true}));
		},
	});
}
