/* recordings - what a room saw and heard, in files. */
import {act, button, bytes, check, duration, element, field, select, sure} from './dom.js';
import {call, request} from './api.js';
import {line, section, startForm} from './things.js';

/* A link cannot give a token, so the page fetches the file and hands it over. */
async function download(path, item) {
	const response = await act(request('get', '/v1/rooms/{room}/recordings/{id}/file', {path, signal: new AbortController().signal}));
	if (!response) return;
	const blob = await act(response.blob());
	if (!blob) return;
	const link = element('a', {href: URL.createObjectURL(blob), download: `${item.room}-${item.id}.${item.format}`});
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

export function openRecordings(room) {
	const format = select([['mp4', 'MP4'], ['webm', 'WebM'], ['mkv', 'Matroska'], ['m4a', 'M4A, sound alone']], 'mp4');
	const name = element('input', {maxLength: 128, autocomplete: 'off', dir: 'auto'});
	const tracks = check('Each participant in files of their own, too', false);
	return section({
		room, kind: 'recordings', title: 'Recordings', empty: 'Nothing was recorded.',
		form: startForm([field('Format', format), field('Name', name), tracks], 'Record', () => call('post', '/v1/rooms/{room}/recordings', {path: {room}, json: {
			format: /** @type {any} */ (format.value), name: name.value || null, tracks: /** @type {any} */ (tracks.firstChild).checked ? 'mix+participants' : 'mix'}})),
		make: (item) => {
			const path = {room, id: item.id}, runs = ['recording', 'paused'].includes(item.state), what = item.name || item.format;
			const remove = async () => {
				if (await sure(`The recording ${what} is removed with its files.`, 'Remove'))
					act(call('delete', '/v1/rooms/{room}/recordings/{id}', {path, query: {delete_file: true}}), 'Removed.');
			};
			const buttons = runs ? [
				button(`${item.paused ? 'Resume' : 'Pause'} ${what}`, () => act(call('patch', '/v1/rooms/{room}/recordings/{id}', {path, json: {paused: !item.paused}})), {symbol: item.paused ? 'play' : 'pause', only: true}),
				button(`Stop ${what}`, () => act(call('delete', '/v1/rooms/{room}/recordings/{id}', {path}), 'The recording has stopped.'), {symbol: 'stop', only: true}),
			] : [button(`Download ${what}`, () => download(path, item), {className: 'quiet'}), button(`Remove ${what}`, remove, {symbol: 'trash', only: true})];
			return line(what, item.state, [item.reason, duration(item.duration_ms), bytes(item.bytes)].filter(Boolean).join(', '), ...buttons);
		},
	});
}
