/* room - the page of one room: its picture with tiles, its people, and sections for all that runs in it. */
import {act, button, check, element, icon, nameOf, put, toast} from './dom.js';
import {call} from './api.js';
import {openAnnouncements} from './announcements.js';
import {openCalls} from './calls.js';
import {openInputs} from './inputs.js';
import {openMessages} from './messages.js';
import {openOutputs} from './outputs.js';
import {openPeople} from './people.js';
import {openRecordings} from './recordings.js';
import {openSettings} from './settings.js';
import {openStage} from './stage.js';
import {drawing, isDirty, loadPeople, loadThings, store} from './store.js';

const LOOK_MS = 3000;

async function copyLink(id) {
	const link = new URL(`./?room=${encodeURIComponent(id)}`, location.href).href;
	try {
		await navigator.clipboard.writeText(link);
		toast('The link to join is copied.');
	} catch {
		toast(link);
	}
}

export function openRoom(main, id) {
	if (!store.rooms.has(id) && store.state === 'live') {
		main.append(element('div', {className: 'a-title'}, element('h1', {}, nameOf(id))),
			element('p', {className: 'a-empty', textContent: 'There is no such room. It may be gone: rooms that began with a join go with the last participant.'}));
		const stop = drawing(() => { if (store.rooms.has(id)) dispatchEvent(new HashChangeEvent('hashchange')); });
		return stop;
	}
	const lock = check('Locked', false, (on) => act(call('patch', '/v1/rooms/{room}', {path: {room: id}, json: {locked: on}}), on ? 'Locked: nobody new may join.' : 'Unlocked.'));
	const rec = element('span', {className: 'a-tag rec', hidden: true, textContent: 'REC'}), onAir = element('span', {className: 'a-tag rec', hidden: true, textContent: 'LIVE'});
	const record = button('Record', async () => {
		const running = [...store.rooms.get(id)?.recordings.values() ?? []].filter((r) => ['recording', 'paused'].includes(r.state));
		if (!running.length) return act(call('post', '/v1/rooms/{room}/recordings', {path: {room: id}, json: {}}), 'The recording has begun.');
		for (const r of running) await act(call('delete', '/v1/rooms/{room}/recordings/{id}', {path: {room: id, id: r.id}}), 'The recording has stopped.');
	});
	const stage = openStage(id), people = openPeople(id, stage);
	const parts = [openCalls(id), openRecordings(id), openOutputs(id), openInputs(id), openAnnouncements(id), openMessages(id), openSettings(id)];
	main.append(
		element('div', {className: 'a-title'}, element('a', {href: '#/rooms', className: 'a-back', title: 'All rooms'}, icon('back'), element('span', {className: 'unseen', textContent: 'All rooms'})),
			element('h1', {}, nameOf(id)), rec, onAir, element('span', {className: 'a-fill'}), lock, record,
			button('Copy link', () => copyLink(id), {symbol: 'copy'}), element('a', {className: 'a-button', href: `#/layouts/new?room=${encodeURIComponent(id)}`, textContent: 'Draw a layout'})),
		element('div', {className: 'a-room'}, element('div', {className: 'a-room-main'}, stage.box, ...parts.map((p) => p.box)), people.box));

	const stop = drawing((changes) => {
		const about = store.rooms.get(id)?.about;
		if (!about) {
			if (store.state === 'live' && changes?.has(id)) {
				toast(`${id} is gone.`);
				location.hash = '#/rooms';
			}
			return;
		}
		if (!isDirty(changes, id, 'room', 'recordings')) return;
		/** @type {any} */ (lock.firstChild).checked = Boolean(about.locked);
		rec.hidden = !about.recorded;
		onAir.hidden = !about.streamed;
		put(record.lastChild, [...store.rooms.get(id).recordings.values()].some((r) => ['recording', 'paused'].includes(r.state)) ? 'Stop recording' : 'Record');
	});
	loadThings(id);
	const timer = setInterval(() => { if (!document.hidden && store.state === 'live') loadPeople(id).catch(() => {}); }, LOOK_MS);
	return () => {
		clearInterval(timer);
		stop();
		for (const part of parts) part.stop();
		people.close();
		stage.close();
	};
}
