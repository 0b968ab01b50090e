/* fit - the camera is sent no larger than the tile that shows it: coding, sending and decoding what the mix only makes smaller again
 * would cost everybody.
 *
 * A larger tile is followed at once, a smaller one when it has lasted. Where server or browser do not tell, nothing is changed; nor with
 * simulcast, of which the server chooses.
 */
import {call} from './call.js';
import {own} from './own.js';
import {room} from './room.js';

const LASTS_MS = 3000;
const LEAST_LINES = 180;           /* also for who is not shown, who may be so the next moment */
const STEPS = [6, 4, 3, 2, 1.5];   /* ratios that are quick to scale by */
const CLOSE = 1.01;                /* a tile may be so much larger than the picture for it */

let timer = 0;

function wanted() {
	const tile = room.people.get(room.me)?.tile, {width, height} = own.tracks.video?.getSettings() ?? {};
	if (tile === undefined || !width || !height) return 1;
	const most = tile ? Math.min(width / tile.width, height / tile.height) : Infinity;
	return STEPS.find((step) => step <= Math.min(most * CLOSE, height / LEAST_LINES)) ?? 1;
}

const shrinkOf = (sender) => sender.getParameters().encodings?.[0]?.scaleResolutionDownBy ?? 1;

function shrink(sender, by) {
	const parameters = sender.getParameters();
	if (!parameters.encodings?.length) return;
	parameters.encodings[0].scaleResolutionDownBy = by;
	sender.setParameters(parameters).catch(() => {}); /* the next event tries again */
}

function look(event) {
	const sender = call.senders.video, by = wanted();
	if (!sender || call.state !== 'joined' || sender.getParameters().encodings?.length > 1 || by === shrinkOf(sender)) {
		clearTimeout(timer);
		timer = 0;
	} else if (by < shrinkOf(sender) || !event) {
		clearTimeout(timer);
		timer = 0;
		shrink(sender, by);
	} else {
		timer ||= setTimeout(() => { timer = 0; look(); }, LASTS_MS);
	}
}

room.addEventListener('told', look);
own.addEventListener('change', look);
call.addEventListener('state', look);
