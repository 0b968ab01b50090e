/* mirror - whether one sees oneself in the picture: a choice that is kept in the browser, and what the server has made of it.
 *
 *   box --PATCH self--> the server --answer, event 'personal'--> one line below the box
 *
 * Whoever watches is in no picture, and has no such box.
 */
import {call} from './call.js';
import {askJson} from './client.js';
import {$, remembered} from './dom.js';
import {room} from './room.js';

const WHY = {
	limit: 'The server has no room for a picture of your own now: you see what all see.',
	'room-limit': 'As many people as may have a picture of their own already: you see what all see.',
	load: 'The server is busy: you see what all see until it has room for a picture of your own.',
};
let told = ''; /* the session that knows what is wanted */

function show(personal) {
	$('hide-self-note').textContent = personal?.state === 'shared' && $('hide-self').checked ? WHY[personal.because] ?? WHY.load : '';
}

async function say() {
	const {session} = call;
	if (!session || call.params.get('watch') === '1') return;
	told = session;
	const answer = await askJson(session, {method: 'PATCH', json: {self: $('hide-self').checked ? 'hide' : null}}).catch(() => null);
	if (!answer || session !== call.session) return;
	const me = await answer.json();
	$('hide-self-row').hidden = !('self' in me); /* a server that knows no such thing */
	show(me.personal);
}

$('hide-self').checked = remembered('hide-self') === 'on';
$('hide-self').addEventListener('change', () => {
	remembered('hide-self', $('hide-self').checked ? 'on' : 'off');
	say();
});
call.addEventListener('state', () => {
	$('hide-self-row').hidden = call.state !== 'joined' || call.params.get('watch') === '1';
	/* what the API has set meanwhile stays, where nothing was chosen here */
	if (call.state === 'joined' && call.session !== told && $('hide-self').checked) say();
});
room.addEventListener('personal', () => show(room.personal));
