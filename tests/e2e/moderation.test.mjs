// The time of meetings with its warnings, scheduled rooms, muting on entry and of all, roles, templates; breakouts; statistics and the
// line of a meeting. Phones are made up, byte by byte; a browser is moved.

import assert from 'node:assert/strict';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {offer, openApi} from './lib/api.mjs';
import {closeAll, open} from './lib/browser.mjs';
import {folder} from './lib/media.mjs';
import {startServer} from './lib/server.mjs';
import {Caller} from './lib/sip.mjs';
import {Reader} from './lib/sse.mjs';
import {eventually} from './lib/wait.mjs';

const PORT = 5983, CDR = join(folder, `moderation-cdr-${process.pid}.jsonl`);
let server, api, reader;

before(async () => {
	server = await startServer({'sip.listen': `udp:127.0.0.1:${PORT}`, 'sip.policy': 'open', 'cdr.file': CDR, 'limits.half_open_joins_per_address': 0,
		'sip.invites_per_second': 1000, 'template class.mute_on_entry': 'hard', 'template class.video.fps': '15', 'template class.layout': 'speaker',
		'template class.tones.join': 'true', 'template class.max_duration_s': '7200', 'template brief.max_duration_s': '7200',
		'template brief.pin': '24680', 'room.template': 'class'});
	api = await openApi(server);
	reader = new Reader(`${server.url}/v1/events`);
	await reader.open();
});
after(async () => {
	reader?.drop();
	await closeAll();
	await server?.stop();
});

const path = (room) => ({path: {room}});
async function room(id, json = {}) {
	const reply = await api.call('put_v1_rooms_room', {...path(id), json});
	assert.equal(reply.status, 201, reply.text);
	return reply.json;
}
const call = (to, how) => Caller.call(PORT, to, how);
const here = async (id) => (await server.participants(id) ?? []).filter((p) => p.state === 'connected');
const are = (id, n) => eventually(`${n} in ${id}`, async () => {
	const people = await here(id);
	assert.equal(people.length, n);
	return people;
}, 15000);
const lines = () => existsSync(CDR) ? readFileSync(CDR, 'utf8').trim().split('\n').filter(Boolean).map((line) => JSON.parse(line)) : [];
const meeting = (id) => eventually(`the line of ${id}`, () => {
	const line = lines().find((l) => l.type === 'room' && l.room === id);
	assert.ok(line);
	return line;
});
const patch = async (id, who, json) => {
	const reply = await api.call('patch_v1_rooms_room_participants_id', {path: {room: id, id: who}, json});
	assert.equal(reply.status, 200, reply.text);
	return reply.json;
};
// Of the last half second, how loud it is; that it is somebody's tone is for move.test.mjs and hosts.test.mjs to say.
const rms = (caller) => Math.sqrt(caller.heard.slice(-4000).reduce((sum, s) => sum + s * s, 0) / 4000);
const hears = (caller) => eventually('something is heard', () => assert.ok(rms(caller) > 500, `${rms(caller)}`));
const silent = (caller) => eventually('nothing is heard', () => assert.ok(caller.heard.length >= 4000 && rms(caller) < 100, `${rms(caller)}`));
const join_ = (id, how = {}) => api.call('post_join_room', {...path(id), ...how, body: offer(), type: 'application/sdp'});

test('a meeting ends after its time: people are warned, and leave', {timeout: 60000}, async () => {
	await room('timed', {max_duration_s: 7200});
	const caller = await call('timed');
	await are('timed', 1);
	const {ends_ms: far} = await eventually('it has an end', async () => {
		const now = await server.get('/v1/rooms/timed');
		assert.ok(now.ends_ms);
		return now;
	});
	assert.ok(Math.abs(far - Date.now() - 7200e3) < 30000);
	assert.ok(!reader.endings.some((e) => e.room === 'timed'));
	const loud = caller.loud;
	assert.equal((await api.call('patch_v1_rooms_room', {...path('timed'), json: {max_duration_s: 240}})).status, 200);
	const first = await eventually('a warning', () => {
		const told = reader.endings.findLast((e) => e.room === 'timed');
		assert.ok(told);
		return told;
	});
	assert.equal(first.because, 'duration');
	assert.ok(Math.abs(first.ends_ms - (far - 6960e3)) < 1000);
	await eventually('a chime is heard', () => assert.ok(caller.loud > loud, `${caller.loud}`));
	await api.call('patch_v1_rooms_room', {...path('timed'), json: {max_duration_s: 0}});
	await eventually('it is off', () => assert.equal(reader.endings.findLast((e) => e.room === 'timed').ends_ms, null));
	await api.call('patch_v1_rooms_room', {...path('timed'), json: {max_duration_s: 1}});
	await caller.gone;
	const line = await meeting('timed');
	assert.deepEqual([line.people, line.peak, line.reason, line.who[0].kind, line.by_kind], [1, 1, 'time-over', 'sip', {sip: 1}]);
	assert.deepEqual(line.audio_codecs, ['pcmu']);
	assert.equal(line.longest.id, line.who[0].id);
	assert.deepEqual(await eventually('an event has it', () => {
		const told = reader.ended_rooms.find((e) => e.room === 'timed');
		assert.ok(told);
		return told;
	}), line);
	const {reason} = lines().find((l) => l.type === 'participant' && l.room === 'timed');
	assert.equal(reason, 'time-over');
});

test('a scheduled room: before and after its time nobody joins', {timeout: 60000}, async () => {
	const begins = Date.now() + 3600e3;
	await room('soon', {valid_from_ms: begins, valid_until_ms: begins + 3600e3, pin: '13579'});
	const early = await join_('soon', {query: {pin: '13579'}});
	assert.deepEqual([early.status, early.json.type], [423, 'urn:tessera:problem:room-not-begun']);
	assert.ok(Math.abs(Number(early.headers['retry-after']) - 3600) < 60, early.headers['retry-after']);
	// who does not know the PIN learns nothing of it
	assert.equal((await join_('soon', {query: {pin: '99999'}})).status, 403);
	assert.equal((await join_('soon')).status, 401);
	await api.call('patch_v1_rooms_room', {...path('soon'), json: {valid_from_ms: null}});
	const caller = await call('soon', {pin: '13579'});
	await are('soon', 1);
	await api.call('patch_v1_rooms_room', {...path('soon'), json: {valid_until_ms: Date.now() + 500}});
	await caller.gone;
	const late = await join_('soon', {query: {pin: '13579'}});
	assert.deepEqual([late.status, late.json.type], [410, 'urn:tessera:problem:room-over']);
	assert.equal((await api.call('patch_v1_rooms_room', {...path('soon'), json: {valid_from_ms: 5000, valid_until_ms: 4000}})).status, 422);
	const {refused} = (await api.call('get_v1_rooms_room_stats', path('soon'))).json.total;
	assert.deepEqual([refused['room-over'], refused['room-not-begun']], [1, 0]);
	assert.equal((await api.call('get_v1_stats')).json.total.refused['room-not-begun'], 1);
});

test('muted on entry, hard and soft; all at once; hosts are not', {timeout: 90000}, async () => {
	await room('quiet', {mute_on_entry: 'soft', host_pin: '86420'});
	await call('quiet', {hz: 700});
	const host = await call('quiet', {pin: '86420'});
	const muters = async () => Object.fromEntries((await here('quiet')).map((p) => [p.role, p.muted_by]));
	await eventually('the guest is muted, the host is not', async () => assert.deepEqual(await muters(), {guest: 'self', host: null}));
	const guest = (await here('quiet')).find((p) => p.role === 'guest');
	await silent(host);
	await patch('quiet', guest.id, {mute: 'off'});
	await hears(host);
	const all = async (json) => (await api.call('post_v1_rooms_room_mute', {...path('quiet'), json})).json.changed;
	assert.equal(await all({mute: 'soft'}), 1);
	assert.equal(await all({mute: 'soft'}), 0);
	assert.equal(await all({mute: 'off'}), 0); // theirs to undo
	assert.equal(await all({mute: 'hard', except: [guest.id]}), 0);
	assert.equal(await all({mute: 'hard', hosts: true}), 2);
	assert.deepEqual(await muters(), {guest: 'api', host: 'api'});
	assert.equal(await all({mute: 'off', hosts: true}), 2);
	// who watches by their role is neither heard nor shown, whatever is set
	const watcher = await patch('quiet', guest.id, {role: 'viewer', mute: 'off'});
	assert.deepEqual([watcher.muted, watcher.muted_by, watcher.video_muted], [true, 'role', true]);
	await silent(host);
	await patch('quiet', guest.id, {role: 'panelist'});
	await hears(host);
	// a browser-like participant cannot undo a hard one
	const own = {path: {secret: (await join_('quiet')).headers.location.slice(3)}};
	await eventually('muted by the room', async () => assert.equal((await api.call('get_s_secret', own)).json.muted_by, 'self'));
	assert.equal((await api.call('patch_s_secret', {...own, json: {muted: false}})).status, 200);
	assert.ok(await all({mute: 'hard'}) >= 1);
	assert.equal((await api.call('patch_s_secret', {...own, json: {muted: false}})).json.type, 'urn:tessera:problem:muted-by-api');
	const {id} = (await api.call('get_s_secret', own)).json;
	await patch('quiet', id, {mute: 'off', role: 'watcher'});
	assert.equal((await api.call('patch_s_secret', {...own, json: {muted: false}})).json.type, 'urn:tessera:problem:role-forbids');
	assert.equal((await api.call('patch_s_secret', {...own, json: {hand: true}})).json.hand, true);
});

test('rooms are made from templates, and what is given goes first', {timeout: 30000}, async () => {
	const {items} = (await api.call('get_v1_templates')).json;
	const brief = items.find((t) => t.name === 'brief');
	assert.deepEqual(brief, {name: 'brief', settings: {max_duration_s: 7200}, pin_set: true, host_pin_set: false});
	const made = await room('lesson', {template: 'class', video: {width: 640, height: 360}, max_duration_s: 60});
	assert.deepEqual([made.template, made.video.fps, made.video.width, made.layout, made.mute_on_entry, made.max_duration_s, made.tones.join],
		['class', 15, 640, 'speaker', 'hard', 60, true]);
	const patched = (await api.call('patch_v1_rooms_room', {...path('lesson'), json: {locked: true}})).json;
	assert.deepEqual([patched.template, patched.max_duration_s], ['class', 60]);
	const other = (await api.call('patch_v1_rooms_room', {...path('lesson'), json: {template: 'brief', locked: false}})).json;
	assert.deepEqual([other.max_duration_s, other.pin_set, other.mute_on_entry], [7200, true, 'hard']);
	const none = await api.call('put_v1_rooms_room', {...path('nothing'), json: {template: 'nope'}});
	assert.deepEqual([none.status, none.json.type], [422, 'urn:tessera:problem:no-such-template']);
	assert.equal(await server.get('/v1/rooms/nothing'), null);
	// rooms that a join makes
	assert.equal((await join_('joined')).status, 201);
	const joined = await server.get('/v1/rooms/joined');
	assert.deepEqual([joined.template, joined.layout, joined.video.fps, joined.mute_on_entry], ['class', 'speaker', 15, 'hard']);
});

test('breakouts: people of every kind go and come back, keeping their call', {timeout: 120000}, async () => {
	await room('hall', {host_pin: '97531', when_host_leaves: 'end', host_grace_s: 0});
	const host = await call('hall', {pin: '97531'});
	const one = await call('hall', {hz: 400}), two = await call('hall', {hz: 1100});
	const anna = await open(server, {room: 'hall', person: 'red'});
	await anna.joined();
	const people = await are('hall', 4);
	const guests = people.filter((p) => p.role !== 'host');
	const start = (json) => api.call('post_v1_rooms_room_breakouts', {...path('hall'), json});
	assert.equal((await start({rooms: []})).status, 422);
	assert.equal((await start({rooms: [{name: 'a'}, {name: 'a'}]})).status, 422);
	assert.equal((await start({rooms: [{participants: [guests[0].id, guests[0].id]}]})).status, 422);
	assert.equal((await api.call('get_v1_rooms_room_breakouts', path('hall'))).status, 404);
	const {status, json, text} = await start({rooms: [{name: 'red', participants: [people.find((p) => p.role === 'host').id, 'nobody']}, {name: 'blue'}], split: 'even'});
	assert.equal(status, 201, text);
	assert.deepEqual(json.not_moved, [{id: 'nobody', reason: 'not-here'}]);
	assert.deepEqual(json.rooms.map((r) => [r.room, r.participants.length]), [['hall.red', 2], ['hall.blue', 2]]);
	assert.deepEqual(json.here, []);
	assert.equal((await start({rooms: [{}]})).json.type, 'urn:tessera:problem:breakouts-run');
	assert.equal((await server.get('/v1/rooms/hall.red')).breakout_of, 'hall');
	// the host is away, and the meeting goes on; nobody comes into a breakout by themselves
	assert.equal((await join_('hall.red')).status, 423);
	await Promise.all([are('hall.red', 2), are('hall.blue', 2)]);
	await eventually('the page was moved', async () => assert.match(await anna.page.evaluate(() => window.tessera.room), /^hall\.(red|blue)$/));
	const back = await api.call('delete_v1_rooms_room_breakouts', path('hall'));
	assert.equal(back.status, 200);
	const home = await are('hall', 4);
	assert.deepEqual(home.map((p) => p.id).sort(), people.map((p) => p.id).sort());
	await eventually('the breakouts are gone', async () => {
		assert.equal(await server.get('/v1/rooms/hall.red'), null);
		assert.ok(reader.breakouts.some((e) => e.event === 'breakouts.removed'));
	});
	await eventually('the page is back', async () => assert.equal(await anna.page.evaluate(() => window.tessera.room), 'hall'));
	await hears(host);
	await hears(one);
	// by time, after a warning
	const timed = await start({rooms: [{name: 'short', participants: guests.map((g) => g.id)}], return_after_s: 11});
	assert.ok(Math.abs(timed.json.returns_ms - Date.now() - 11000) < 3000);
	await eventually('who is there is warned', () => assert.ok(reader.endings.some((e) => e.room === 'hall.short' && e.because === 'breakout')));
	await eventually('all are back', async () => assert.equal((await here('hall')).length, 4), 20000);
	// they end with their parent
	assert.equal((await start({rooms: [{name: 'last', participants: guests.map((g) => g.id)}]})).json.rooms[0].participants.length, 3);
	assert.equal((await api.call('delete_v1_rooms_room', path('hall'))).status, 204);
	await Promise.all([host, one, two].map((c) => c.gone));
	assert.equal(await server.get('/v1/rooms/hall.last'), null);
	const line = await meeting('hall.last');
	assert.deepEqual([line.people, line.by_kind], [3, {webrtc: 1, sip: 2}]);
});

test('statistics: by node, room and hour', {timeout: 30000}, async () => {
	const stats = (await api.call('get_v1_stats')).json;
	assert.ok(stats.total.joined.sip >= 7 && stats.total.joined.webrtc === 1, JSON.stringify(stats.total.joined));
	assert.ok(stats.total.minutes.sip > 0.05 && stats.total.peak >= 4);
	assert.ok(stats.total.calls.in >= 5 && stats.total.calls.answered >= 5 && stats.total.calls.out === 0);
	assert.ok(stats.total.codecs.some((c) => c.codec === 'pcmu' && c.in >= 3 && c.out >= 3), JSON.stringify(stats.total.codecs));
	assert.ok(stats.total.bytes_in > 100000 && stats.total.bytes_out > 100000);
	assert.ok(stats.total.mos.reduce((n, b) => n + b.in, 0) >= 3);
	assert.deepEqual([stats.total.mos[0].from, stats.total.mos.at(-1).to, stats.total.pictures.at(-1).to], [1, 4.5, 5]);
	assert.ok(stats.hours.length >= 1 && stats.hours.length <= 2);
	const hour = stats.hours.reduce((n, h) => n + h.joined.sip, 0);
	assert.equal(hour, stats.total.joined.sip);
	const hall = (await api.call('get_v1_rooms_room_stats', path('hall'))).json; // gone, and known
	assert.deepEqual([hall.total.joined.sip, hall.total.joined.webrtc, hall.here.sip], [3, 1, 0]);
	assert.equal(stats.rooms.find((r) => r.room === 'hall.red').total.joined.sip, 0); // moved, not joined
	assert.equal((await api.call('get_v1_rooms_room_stats', path('never'))).status, 404);
});
