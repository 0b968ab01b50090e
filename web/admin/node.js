/* node - the page of the server itself: is it well, what it carries, its trunks and phones. From /healthz, /readyz, /metrics: the public API has
 * no more of a node yet. */
import {element, keyed, put, time} from './dom.js';
import {call, request, words} from './api.js';
import {bytes} from './dom.js';

const LOOK_MS = 3000;

/** name{labels} -> number */
function readMetrics(text) {
	return new Map(text.split('\n').filter((line) => line && line[0] !== '#').map((line) => {
		const space = line.lastIndexOf(' ');
		return [line.slice(0, space), Number(line.slice(space + 1))];
	}));
}

function sum(metrics, family, label = '') {
	let total = 0;
	for (const [name, value] of metrics) if (name === family || (name.startsWith(`${family}{`) && name.includes(label))) total += value;
	return total;
}

/* What an operator should look at; from one reading to the next. */
function warnings(now, before, ready, trunks) {
	const grew = (family, label) => before ? Math.max(0, sum(now, family, label) - sum(before, family, label)) : 0;
	const rises = /** @type {[number, string][]} */ ([
		[grew('tessera_ticks_skipped_total', 'media="video"'), 'pictures skipped: the machine cannot keep up'],
		[grew('tessera_ticks_skipped_total', 'media="audio"'), 'beats of sound skipped: the machine cannot keep up'],
		[grew('tessera_encode_skipped_total'), 'pictures that an encoder was too slow for'],
		[grew('tessera_sink_units_dropped_total'), 'pictures or sounds that recordings or streams are missing'],
		[grew('tessera_encoders_failed_total'), 'encoders that could not be opened'],
		[grew('tessera_recording_hooks_failed_total'), 'runs of recording.hook that failed'],
		[grew('tessera_output_connections_lost_total'), 'streams that lost their connection'],
	]);
	const level = sum(now, 'tessera_overload_level');
	return [
		ready ? '' : 'The server takes nobody new now: it is overloaded, drains or stops.', level ? `The server leaves things out: overload level ${level}.` : '',
		...rises.map(([n, text]) => n ? `In the last seconds: ${n} ${text}.` : ''),
		...trunks.filter((t) => ['failed', 'refused'].includes(t.state)).map((t) => `The trunk ${t.id} is ${t.state}: ${t.reason ?? ''}`)].filter(Boolean);
}

function numbers(now, before, seconds) {
	const per = (family, label) => before ? Math.max(0, sum(now, family, label) - sum(before, family, label)) / seconds : 0;
	const rate = (label) => `${(per('tessera_bytes_total', `direction="${label}"`) * 8 / 1e6).toFixed(1)} Mbit/s`;
	return [
		['Rooms', sum(now, 'tessera_rooms')], ['Participants', sum(now, 'tessera_participants') - sum(now, 'tessera_participants', 'kind="whep"')],
		['Watchers', sum(now, 'tessera_participants', 'kind="whep"')],
		['Received', rate('in')], ['Sent', rate('out')], ['Picture encoders', sum(now, 'tessera_encoders', 'media="video"')], ['Picture decoders', sum(now, 'tessera_decoders', 'media="video"')],
		['Sound decoders', sum(now, 'tessera_decoders', 'media="audio"')], ['Recordings', sum(now, 'tessera_recordings')], ['Streams out', sum(now, 'tessera_outputs')], ['Inputs', sum(now, 'tessera_inputs')],
		['Overload level', `${sum(now, 'tessera_overload_level')} of 6`], ['Memory of pictures', bytes(sum(now, 'tessera_picture_memory_bytes'))],
		['Late beats', `${Math.round(per('tessera_ticks_delayed_total', ''))} a second`]].map(([key, value]) => ({key: String(key), value: String(value)}));
}

export function openNode(main) {
	const health = element('p', {className: 'note'}), list = element('ul', {className: 'a-warnings'}), facts = element('dl', {className: 'a-numbers'});
	const trunks = element('ul', {className: 'a-things'}), phones = element('ul', {className: 'a-things'}), version = element('p', {className: 'dim'});
	const noTrunks = element('p', {className: 'dim', textContent: 'None.'}), noPhones = element('p', {className: 'dim', textContent: 'None.'});
	main.append(element('div', {className: 'a-title'}, element('h1', {textContent: 'Node'}), version), health, list, facts,
		element('h2', {className: 'a-part', textContent: 'SIP trunks'}), trunks, noTrunks, element('h2', {className: 'a-part', textContent: 'Registered phones'}), phones, noPhones);
	let before = null, at = 0, timer = 0, closed = false;

	call('get', '/v1/openapi.json').then((doc) => put(version, `API version ${/** @type {any} */ (doc.info).version}`), () => {});
	async function look() {
		try {
			const [text, ready, sip, registered] = await Promise.all([
				request('get', '/metrics').then((r) => r.text()), request('get', '/readyz').then(() => true, () => false),
				call('get', '/v1/sip/trunks').catch(() => ({items: []})), call('get', '/v1/sip/registrations').catch(() => ({items: []}))]);
			if (closed) return;
			const now = readMetrics(text), seconds = Math.max(0.1, (performance.now() - at) / 1000), told = warnings(now, before, ready, sip.items);
			put(health, told.length ? 'The server runs; look at this:' : 'The server is well.');
			health.classList.toggle('error', !ready);
			keyed(list, told, (t) => t, (t) => element('li', {textContent: t}));
			keyed(facts, numbers(now, before, seconds), (n) => n.key, ({key}) => element('div', {}, element('dt', {textContent: key}), element('dd')), (node, {value}) => put(node.lastChild, value));
			keyed(trunks, sip.items, (t) => t.id, () => element('li', {className: 'a-thing'}), (node, t) => put(node, `${t.id}: ${t.state}${t.reason ? `, ${t.reason}` : ''}${t.server ? `, ${t.server}` : ''}`));
			keyed(phones, registered.items, (r) => `${r.user} ${r.contact}`, () => element('li', {className: 'a-thing'}), (node, r) => put(node, `${r.user}: ${r.source}, until ${time(r.expires_ms)}`));
			noTrunks.hidden = sip.items.length > 0;
			noPhones.hidden = registered.items.length > 0;
			[before, at] = [now, performance.now()];
		} catch (error) {
			put(health, words(error));
			health.classList.add('error');
		}
		if (!closed) timer = setTimeout(look, LOOK_MS);
	}
	look();
	return () => {
		closed = true;
		clearTimeout(timer);
	};
}
