// hls - follows a live media playlist as a player of low latency does, and holds each against the rules and the one before.
//
//   const follower = new Follower(ask, '/hls/ROOM/KEY/live.m3u8');   ask(path): {status, text, headers}
//   await follower.follow(20000);                                    throws at the first broken rule
//
// Source  RFC 8216, draft-pantos-hls-rfc8216bis; the rules that Apple's mediastreamvalidator names as errors.

import assert from 'node:assert/strict';

const attributes = (text) => Object.fromEntries([...text.matchAll(/([A-Z0-9-]+)=("[^"]*"|[^,]*)/g)].map(([, k, v]) => [k, v.replace(/^"|"$/g, '')]));

// {target, partTarget, control, msn, dsn, ended, segments: [{number, uri, seconds, map, date, gap, parts}], hint}; the last segment may have no uri.
export function parse(text) {
	const lines = text.split('\n');
	assert.equal(lines.shift(), '#EXTM3U');
	assert.equal(lines.pop(), '', 'it ends with a line feed');
	const list = {segments: []};
	let map = null, now = null, number = 0;
	const current = () => now ??= {number: number++, map, parts: [], gap: false, date: null, uri: null, seconds: 0};
	for (const line of lines) {
		const [tag, rest = ''] = line.startsWith('#') ? [line.split(':')[0], line.slice(line.indexOf(':') + 1)] : ['', line];
		switch (tag) {
		case '#EXT-X-VERSION': assert.ok(Number(rest) >= 6); break;
		case '#EXT-X-TARGETDURATION': list.target = Number(rest); break;
		case '#EXT-X-SERVER-CONTROL': list.control = attributes(rest); break;
		case '#EXT-X-PART-INF': list.partTarget = Number(attributes(rest)['PART-TARGET']); break;
		case '#EXT-X-MEDIA-SEQUENCE': list.msn = number = Number(rest); break;
		case '#EXT-X-DISCONTINUITY-SEQUENCE': list.dsn = Number(rest); break;
		case '#EXT-X-DISCONTINUITY': current().gap = true; break;
		case '#EXT-X-MAP':
			map = attributes(rest).URI;
			current().map = map;
			break;
		case '#EXT-X-PROGRAM-DATE-TIME': current().date = Date.parse(rest); break;
		case '#EXT-X-PART': {
			const {DURATION, URI, INDEPENDENT} = attributes(rest);
			current().parts.push({seconds: Number(DURATION), uri: URI, independent: INDEPENDENT === 'YES'});
			break;
		}
		case '#EXTINF': current().seconds = parseFloat(rest); break;
		case '#EXT-X-ENDLIST': list.ended = true; break;
		case '#EXT-X-RENDITION-REPORT': (list.reports ??= []).push(attributes(rest)); break;
		case '#EXT-X-PRELOAD-HINT': list.hint = attributes(rest); break;
		case '':
			current().uri = line;
			list.segments.push(now);
			now = null;
			break;
		default: assert.fail(`what is ${line}?`);
		}
	}
	if (now) list.segments.push(now);
	return list;
}

function check(list) {
	assert.ok(list.target > 0 && list.partTarget > 0);
	assert.equal(list.control['CAN-BLOCK-RELOAD'], 'YES');
	assert.ok(Number(list.control['PART-HOLD-BACK']) >= 3 * list.partTarget - 1e-9);
	assert.ok(Number(list.control['HOLD-BACK']) >= 3 * list.target - 1e-9);
	for (const [i, s] of list.segments.entries()) {
		const last = i === list.segments.length - 1;
		assert.ok(s.uri || (last && !list.ended), `segment ${s.number} is whole`);
		assert.ok(s.map, 'every segment has a map');
		assert.ok(s.date, 'and a date');
		assert.ok(Math.round(s.seconds) <= list.target, `segment ${s.number} takes ${s.seconds} s`);
		for (const [k, part] of s.parts.entries()) {
			const final = k === s.parts.length - 1;
			assert.ok(part.seconds <= list.partTarget + 1e-4, `part ${part.uri} takes ${part.seconds} s`);
			if (!final) assert.ok(part.seconds >= 0.85 * list.partTarget - 1e-4, `part ${part.uri} takes ${part.seconds} s alone`);
			assert.equal(part.uri.replace(/^r\d-/, ''), `s${s.number}.${k}.m4s`);
		}
		if (s.parts.length) assert.ok(s.parts[0].independent, `segment ${s.number} begins with a keyframe`);
		if (s.parts.length && s.uri) {
			const sum = s.parts.reduce((n, part) => n + part.seconds, 0);
			assert.ok(Math.abs(sum - s.seconds) < 0.001, `${s.number}: parts take ${sum} of ${s.seconds} s`);
		}
		const next = list.segments[i + 1];
		if (s.uri && next && !next.gap) assert.ok(Math.abs(next.date - s.date - s.seconds * 1000) < 100, `${next.number} goes on after ${s.number}`);
		if (next && next.map !== s.map) assert.ok(next.gap, 'another map is a discontinuity');
	}
}

// What was told once stays so; what goes is the oldest, and not too early.
function compare(before, list) {
	assert.equal(list.target, before.target);
	assert.equal(list.partTarget, before.partTarget);
	assert.ok(list.msn >= before.msn);
	for (const s of before.segments) {
		const now = list.segments.find((other) => other.number === s.number);
		if (!now) continue;
		assert.deepEqual([now.map, now.date, now.gap], [s.map, s.date, s.gap]);
		if (s.uri) assert.deepEqual([now.uri, now.seconds], [s.uri, s.seconds]);
		for (const [k, part] of now.parts.length ? s.parts.entries() : []) assert.deepEqual(now.parts[k], part);
	}
	const gone = before.segments.filter((s) => s.number < list.msn);
	assert.equal(list.dsn, before.dsn + gone.filter((s) => s.gap).length, 'discontinuities that are gone are counted');
	if (gone.length) {
		const left = list.segments.filter((s) => s.uri).reduce((n, s) => n + s.seconds, 0);
		assert.ok(left >= 3 * list.target, `${left} s are left`);
	}
}

export class Follower {
	constructor(ask, path) {
		Object.assign(this, {ask, path, last: null, lists: 0, waits: [], ages: [], maps: new Set(), gaps: 0});
	}

	// Where the next part is, as asked for by _HLS_msn and _HLS_part.
	next() {
		const s = this.last.segments.at(-1);
		return s.uri ? [s.number + 1, 0] : [s.number, s.parts.length];
	}

	async step() {
		const query = this.last ? ((n) => `?_HLS_msn=${n[0]}&_HLS_part=${n[1]}`)(this.next()) : '', from = Date.now();
		const reply = await this.ask(this.path + query);
		assert.equal(reply.status, 200, reply.text);
		const list = parse(reply.text);
		check(list);
		if (this.last) {
			const [msn, part] = this.next(), now = list.segments.at(-1);
			assert.ok(now.number > msn || (now.number === msn && now.parts.length > part) || now.uri, `it has part ${part} of ${msn}`);
			compare(this.last, list);
			this.waits.push(Date.now() - from);
			const seconds = now.parts.reduce((n, p) => n + p.seconds, 0);
			this.ages.push(Date.now() - now.date - seconds * 1000); // how long ago the end of the newest part was captured
			for (const s of list.segments) if (s.gap && s.number > this.last.segments.at(-1).number) this.gaps++;
		}
		for (const s of list.segments) this.maps.add(s.map);
		this.last = list;
		this.lists++;
		return list;
	}

	async follow(ms) {
		for (const end = Date.now() + ms; Date.now() < end;) await this.step();
		return this;
	}
}
