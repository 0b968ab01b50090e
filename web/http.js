/* http - what the page asks of the server: to join, and then everything under its own session's address.
 *
 * Source  RFC 9725 (WHIP; WHEP alike), RFC 8840 9 (fragments), RFC 9457 (problems).
 */

/* Why the server, or the way to it, said no. status 0: it could not be reached. */
export class Refusal extends Error {
	constructor(status, message, {type = '', retryAfter = 0} = {}) {
		super(message);
		Object.assign(this, {status, type, retryAfter});
	}

	/* It may be different in a moment. */
	get passing() { return this.status === 0 || this.status === 429 || this.status >= 500; }
}

/* One request; throws a Refusal unless the server agrees. */
export async function ask(url, {method = 'GET', type, body, headers = {}, token = ''} = {}) {
	const all = new Headers(headers);
	if (type) all.set('Content-Type', type);
	if (token) all.set('Authorization', `Bearer ${token}`);
	let response;
	try {
		response = await fetch(url, {method, body, headers: all, signal: AbortSignal.timeout(15000)});
	} catch {
		throw new Refusal(0, 'The server cannot be reached.');
	}
	if (response.ok) return response;
	const problem = await response.json().catch(() => ({}));
	throw new Refusal(response.status, problem.detail || problem.title || `The server answered ${response.status}.`, {
		type: String(problem.type ?? '').replace('urn:tessera:problem:', ''),
		retryAfter: Number(response.headers.get('Retry-After')) || 0,
	});
}

export function askJson(url, {json, ...options} = {}) {
	const type = options.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
	return ask(url, json === undefined ? options : {...options, type, body: JSON.stringify(json)});
}

/* ---- a session */

/* Link: <stun:host>; rel="ice-server"; username="u"; credential="c" */
function iceServers(header) {
	const servers = [];
	for (const [, urls, rest] of (header ?? '').matchAll(/<([^>]*)>((?:\s*;\s*[\w-]+\s*=\s*(?:"(?:\\.|[^"])*"|[^;,\s]*))*)/g)) {
		const value = (name) => new RegExp(`;\\s*${name}\\s*=\\s*"?((?:\\\\.|[^";,])*)`, 'i').exec(rest)?.[1].replace(/\\(.)/g, '$1');
		if (value('rel') !== 'ice-server') continue;
		servers.push({urls, ...(value('username') && {username: value('username'), credential: value('credential') ?? ''})});
	}
	return servers;
}

/* The servers that help through NAT, as this server hands them out to those who joined; none when it does not. */
export async function findIceServers(session) {
	try {
		return iceServers((await ask(session)).headers.get('Link'));
	} catch {
		return [];
	}
}

/* place: "join/ROOM?name=..."; old: the address of the session in whose place one comes, or ''. */
export async function openSession(place, offer, token, old) {
	const headers = old ? {'Tessera-Session': old.split('/').pop()} : {};
	const response = await ask(place, {method: 'POST', type: 'application/sdp', body: offer, token, headers});
	return {
		url: new URL(response.headers.get('Location'), response.url).href,
		etag: response.headers.get('ETag'),
		servers: iceServers(response.headers.get('Link')),
		answer: await response.text(),
	};
}

/* keepalive: also while the page goes away. */
export function closeSession(url) {
	fetch(url, {method: 'DELETE', keepalive: true}).catch(() => {});
}

/* ---- ICE after the offer */

const lines = (sdp, name) => sdp.split(/\r?\n/).filter((line) => line.startsWith(`a=${name}:`));

/* Our side, from a description and the candidates found: what RFC 9725 4.3 sends. */
export function fragmentOf(sdp, candidates) {
	const section = /m=(\w+) [^]*?a=mid:(\S+)/.exec(sdp);
	return [
		lines(sdp, 'ice-ufrag')[0], lines(sdp, 'ice-pwd')[0], `m=${section[1]} 9 UDP/TLS/RTP/SAVPF 0`, `a=mid:${section[2]}`,
		...candidates.map((c) => `a=${c}`), '',
	].join('\r\n');
}

/* The answer that was, with the new credentials and candidates of the server. */
export function restartedAnswer(answer, fragment) {
	const found = ['candidate', 'end-of-candidates'].flatMap((name) =>
		fragment.split(/\r?\n/).filter((line) => line.startsWith(`a=${name}`)));
	const [ufrag] = lines(fragment, 'ice-ufrag'), [pwd] = lines(fragment, 'ice-pwd');
	const kept = answer.split(/\r?\n/).filter((line) => line && !/^a=(candidate:|end-of-candidates)/.test(line));
	return kept.map((line) => {
		if (line.startsWith('a=ice-ufrag:')) return [ufrag, pwd, ...found].join('\r\n');
		return line.startsWith('a=ice-pwd:') ? null : line;
	}).filter((line) => line !== null).join('\r\n') + '\r\n';
}

export async function patchIce(session, fragment) {
	const response = await ask(session.url, {
		method: 'PATCH', type: 'application/trickle-ice-sdpfrag', body: fragment, headers: {'If-Match': session.etag ?? '*'}});
	session.etag = response.headers.get('ETag') ?? session.etag;
	return response.status === 200 ? response.text() : null;
}
