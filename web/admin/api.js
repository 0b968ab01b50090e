/* api - what the admin page asks of the server: its public API alone, with the token in memory, and refusals in words.
 * Types are those of /v1/openapi.json, against which tests/e2e/types.test.mjs checks these pages.
 */
import {control, Refusal} from '../client.js';

/** @typedef {import('tessera-api').Schemas} Schemas */

export {Refusal, watch} from '../client.js';

let api = control();

export function useToken(token) { api = control({token}); }

/** @type {import('tessera-api').Call} */
export const call = (method, path, options) => api.call(method, path, options);
/** @type {import('tessera-api').Request} */
export const request = (method, path, options) => api.request(method, path, options);
export const openEvents = () => api.events();

/* What to do about it, where the server's own words do not say it. */
const ADVICE = {
	'changed': 'Somebody else changed it meanwhile: look at it again, then try once more.',
	'disk-full': 'Remove recordings, or make room on the disk.',
	'nobody-here': 'Nobody is in the room; try again when somebody has joined.',
	'no-sip': 'Calls are off on this server; sip.listen switches them on.',
	'not-allowed': 'Send it elsewhere, or name the host in outputs.allow.',
	'not-movable': 'Their connection is being negotiated; try again in a moment.',
	'no-trunk': 'The trunks on the page Node tell which numbers are taken.',
	'no-such-room': 'It is gone: the last participant left, or somebody removed it.',
	'no-such-participant': 'They have left.',
	'no-such-sound': 'Put the file into the folder inputs.media_dir.',
	'output-exists': 'It runs already.',
	'draining': 'The server is to end, and takes nothing new; the page Node says until when.',
	'overloaded': 'The server does less for a while; the page Node says why.',
	'room-exists': 'Choose another name.',
	'room-full': 'Raise the limits in the settings of the room, or wait.',
	'room-locked': 'Unlock the room first.',
	'shipped-layout': 'Save it under another name.',
	'to': 'An address looks like sip:name@example.org; sip.dial says where calls may go.',
	'tracks-taken': 'Stop the recording with tracks that runs, or record the mix alone.',
	'url': 'Correct the address; inputs.allow and outputs.allow say where the server may go.',
	'no-painter': 'Try again in a moment.',
	'full': 'Try again in a moment.',
};

/** Why something failed, and what to do about it. */
export function words(error) {
	if (!(error instanceof Refusal)) return `The page failed: ${error?.message ?? error}`;
	const said = error.message.replace(/^./, (letter) => letter.toUpperCase()).replace(/[^.!?]$/, '$&.');
	if (error.status === 401) return 'The API token is not right, or not any more. Log in again.';
	if (error.status === 0) return `${said} Check the network, and whether the server runs.`;
	if (error.retryAfter) return `${said} Try again in ${error.retryAfter} s.`;
	return ADVICE[error.type] ? `${said} ${ADVICE[error.type]}` : said;
}
