/* app - the admin page: log in, then one page at a time, named behind the # of the address.
 *
 *   #/rooms  #/rooms/ROOM  #/layouts  #/layouts/NAME  #/layouts/new?from=NAME&room=ROOM  #/events  #/node
 *
 * Parameters: dir=rtl turns the page around; #token=API-TOKEN of a link logs in, and is taken out of the address at once.
 */
import {$, put, tell} from './dom.js';
import {call, useToken, words} from './api.js';
import {openEditor} from './editor.js';
import {openEventsPage} from './events.js';
import {openLayouts} from './layouts.js';
import {openNode} from './node.js';
import {openRoom} from './room.js';
import {openRooms} from './rooms.js';
import {startStore, stopStore, store} from './store.js';

if (new URLSearchParams(location.search).get('dir') === 'rtl') document.documentElement.dir = 'rtl';

const NAMES = {rooms: 'Rooms', layouts: 'Layouts', events: 'Events', node: 'Node'};
let close = () => {}, shown = '';

function decode(text) {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

function openPage(main, page, name, params) {
	if (page === 'rooms' && name) return openRoom(main, name);
	if (page === 'layouts' && name) return openEditor(main, name, params);
	return {rooms: openRooms, layouts: openLayouts, events: openEventsPage, node: openNode}[page](main);
}

function show({keepFocus = false} = {}) {
	const [path, query = ''] = location.hash.slice(1).split('?'), [, page_ = '', name_ = ''] = path.split('/');
	const page = Object.hasOwn(NAMES, page_) ? page_ : 'rooms', name = decode(name_);
	close();
	const main = $('main');
	main.replaceChildren();
	close = openPage(main, page, name, new URLSearchParams(query));
	for (const link of document.querySelectorAll('[data-page]')) {
		if (/** @type {HTMLElement} */ (link).dataset.page === page) link.setAttribute('aria-current', 'page');
		else link.removeAttribute('aria-current');
	}
	document.title = `${name || NAMES[page]} - tessera admin`;
	if (!keepFocus) {
		scrollTo(0, 0);
		main.focus({preventScroll: true});
	}
	shown = location.hash;
}
addEventListener('hashchange', () => {
	const token = takeToken();
	if (token) {
		logOut();
		enter(token);
	} else if (!$('shell').hidden) {
		show();
	}
});

/* ---- the connection */

const STATES = {idle: '', connecting: 'Connecting …', live: 'Live', lost: 'Connection lost, trying again …', refused: 'Refused'};

store.addEventListener('state', () => {
	const live = $('live');
	put(live, STATES[store.state]);
	live.dataset.state = store.state;
	live.title = store.error ? words(store.error) : '';
	if (store.state === 'refused') logOut(words(store.error));
});

/* What an address names may not be known before the first snapshot. */
function showWhenKnown() {
	show();
	const again = () => {
		store.removeEventListener('change', again);
		if (location.hash === shown && location.hash.startsWith('#/rooms/')) show({keepFocus: true});
	};
	store.addEventListener('change', again);
}

/* ---- logging in */

function logOut(why = '') {
	stopStore();
	useToken('');
	close();
	close = () => {};
	for (const box of document.querySelectorAll('dialog')) box.close();
	$('main').replaceChildren();
	$('shell').hidden = true;
	$('login').hidden = false;
	tell($('login-status'), why, Boolean(why));
	$('login-token').focus();
}

async function logIn(token) {
	useToken(token);
	await call('get', '/v1/layouts'); /* small, and needs the token */
	$('login').hidden = true;
	$('shell').hidden = false;
	$('logout').hidden = !token;
	startStore();
	showWhenKnown();
}

$('login-form').addEventListener('submit', async (event) => {
	event.preventDefault();
	const token = $('login-token').value.trim();
	$('login-token').value = '';
	try {
		await logIn(token);
	} catch (error) {
		logOut(words(error));
	}
});
$('logout').addEventListener('click', () => logOut());

/** That of a link, which is taken out of the address at once; '': none. */
function takeToken() {
	const [, text = ''] = /^#token=([^&]*)/.exec(location.hash) ?? [];
	if (!text) return '';
	history.replaceState(null, '', location.pathname + location.search);
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

const enter = (token) => logIn(token).catch((error) => logOut(error.status === 401 && !token ? '' : words(error)));
enter(takeToken());
