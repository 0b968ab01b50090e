/* window - tells the server the shape of the page when it changes: a phone that is turned is sent the view that is made for that
 * (docs/VIEWS.md), by the same connection.
 */
import {call} from './call.js';
import {askJson} from './client.js';

let told = '', timer = 0;

const shape = () => ({width: Math.max(1, innerWidth), height: Math.max(1, innerHeight)});

export const windowText = () => {
	const {width, height} = shape();
	told = `${width}x${height}`;
	return told;
};

/* While a finger or mouse still drags its edge nothing is told. */
function look() {
	const before = told;
	if (call.state !== 'joined' || !call.session || windowText() === before) return;
	askJson(call.session, {method: 'PATCH', json: {window: shape()}}).catch(() => {}); /* the picture stays as it is */
}

addEventListener('resize', () => {
	clearTimeout(timer);
	timer = setTimeout(look, 50);
});
call.addEventListener('state', look);
