// The OpenAPI document is right: it passes a linter, and every operation in it does what it says, on the running server.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {createConfig, lint} from '@redocly/openapi-core';
import {fragment, offer, openApi} from './lib/api.mjs';
import {plain} from './lib/images.mjs';
import {connect} from './lib/machine.mjs';
import {start} from './lib/peer.mjs';
import {startServer} from './lib/server.mjs';
import {Phone} from './lib/sip.mjs';
import {eventually} from './lib/wait.mjs';

let server, api, folder;
before(async () => {
	folder = await mkdtemp(join(tmpdir(), 'tessera-openapi-'));
	server = await startServer({'node.state_dir': folder, 'webhooks.allow': 'http://127.0.0.0/8', 'sip.listen': 'udp:127.0.0.1:25060',
		'recording.dir': join(folder, 'recordings'), 'recording.min_free_mb': 1, 'outputs.allow': '127.0.0.1'});
	api = await openApi(server);
});
after(async () => {
	await server.stop();
	await rm(folder, {recursive: true});
});

test('the document passes redocly', async () => {
	const file = join(folder, 'openapi.json');
	await writeFile(file, JSON.stringify(api.document));
	const problems = await lint({ref: file, config: await createConfig({extends: ['recommended']})});
	// a WebSocket answers 101 and nothing else
	const real = problems.filter(({ruleId, location}) => !(ruleId === 'operation-2xx-response' && location[0]?.pointer.includes('{room}~1media')));
	assert.deepEqual(real.map(({ruleId, message, location}) => `${ruleId}: ${message} at ${location[0]?.pointer}`), []);
});

// What the document says of a value is what the code does with it: both ends of each range, and what lies beyond.
test('query parameters are taken as declared, and not beyond', async () => {
	const call = (id, query) => api.call(id, {path: {name: 'grid'}, query});
	for (const id of ['get_v1_layouts_name_previewsvg', 'get_v1_layouts_name_previewpng']) {
		for (const {name, in: where, schema} of api.operations.get(id).operation.parameters) {
			if (where !== 'query') continue;
			const [good, bad] = schema.type === 'boolean' ? [['true', 'false'], ['maybe']] :
				[[schema.minimum, schema.maximum], [schema.minimum - 1, schema.maximum + 1, 'x', '1.5']];
			for (const value of good) assert.equal((await call(id, {count: 2, width: 64, height: 64, [name]: value})).status, 200, `${id} ${name}=${value}`);
			for (const value of bad) assert.equal((await call(id, {[name]: value})).status, 400, `${id} ${name}=${value}`);
		}
	}
});

test('names are cleaned, whatever way they come', async () => {
	const bent = 'an\u202egnp\u2066\u2069.exe\u200f', path = {room: 'names'};
	const joined = await api.call('post_join_room', {path, query: {name: bent}, body: offer(), type: 'application/sdp'});
	const own = {secret: joined.headers.location.slice(3)};
	assert.equal((await api.call('get_s_secret', {path: own})).json.name, 'angnp.exe');
	assert.equal((await api.call('patch_s_secret', {path: own, json: {name: `${bent}2`}})).json.name, 'angnp.exe2');
	const [{id}] = (await api.call('get_v1_rooms_room_participants', {path})).json.items;
	assert.equal((await api.call('patch_v1_rooms_room_participants_id', {path: {...path, id}, json: {name: `${bent}3`}})).json.name, 'angnp.exe3');
	assert.equal((await api.call('delete_s_secret', {path: own})).status, 200);
});

test('kinds of participants are those that are counted', async () => {
	const counted = Object.keys(await server.metrics()).map((name) => /^tessera_participants\{kind="(\w+)"\}$/.exec(name)?.[1]).filter(Boolean);
	assert.deepEqual(api.document.components.schemas.Participant.properties.kind.enum.toSorted(), counted.toSorted());
});

const join_ = (id, room, query) => api.call(id, {path: {room}, query, body: offer({
	post_join_room: 'sendrecv', post_whip_room: 'sendonly', post_whep_room: 'recvonly'}[id]), type: 'application/sdp'});

test('every operation, its replies as the document says', async (t) => {
	const path = {room: 'open'};
	await t.test('rooms', async () => {
		assert.equal((await api.call('post_v1_rooms', {json: {id: 'open', pin: '12345', max_watchers: 3}})).status, 201);
		assert.equal((await api.call('post_v1_rooms', {json: {}})).json.id.length, 26);
		assert.equal((await api.call('put_v1_rooms_room', {path: {room: 'other'}, json: {video: {fps: 15}}})).status, 201);
		assert.equal((await api.call('put_v1_rooms_room', {path: {room: 'other'}, json: {locked: true}})).status, 200);
		assert.equal((await api.call('get_v1_rooms')).json.items.length, 3);
		const {etag} = await api.call('get_v1_rooms_room', {path});
		const changed = await api.call('patch_v1_rooms_room', {path, json: {pin: null}, headers: {'If-Match': etag}});
		assert.equal(changed.json.pin_set, false);
		assert.equal((await api.call('patch_v1_rooms_room', {path, json: {pin: null}, headers: {'If-Match': etag}})).status, 412);
		assert.equal((await api.call('delete_v1_rooms_room', {path: {room: 'other'}})).status, 204);
		assert.equal((await api.call('delete_v1_rooms_room', {path: {room: 'other'}})).status, 404);
	});
	await t.test('joining, and what is one\'s own', async () => {
		const joined = await join_('post_join_room', 'open', {name: 'Ann'});
		assert.equal(joined.status, 201, joined.text);
		assert.equal((await join_('post_whip_room', 'open')).status, 201);
		assert.equal((await join_('post_whep_room', 'open')).status, 201);
		const own = {secret: joined.headers.location.slice(3)};
		assert.equal((await api.call('get_s_secret', {path: own})).json.name, 'Ann');
		assert.equal((await api.call('patch_s_secret', {path: own, json: {name: 'Bea', muted: true}})).json.muted_by, 'self');
		assert.equal((await api.call('patch_s_secret', {path: own, body: fragment('hDKY', 'kmd9OfkTchNRPcpOEq3etPYK'),
			type: 'application/trickle-ice-sdpfrag', headers: {'If-Match': joined.etag}})).status, 204);
		assert.equal((await api.call('patch_s_secret', {path: own, body: fragment('other', 'another+another+another+a'),
			type: 'application/trickle-ice-sdpfrag', headers: {'If-Match': '*'}})).status, 200);
		assert.equal((await api.call('get_s_secret_participants', {path: own})).json.items.length, 3);
		(await api.call('get_s_secret_events', {path: own, stream: true})).abort();
		assert.match((await api.call('get_s_secret_explain', {path: own})).json.reasons[0].text, /^You are not connected/);
		assert.deepEqual((await api.call('get_s_secret_quality', {path: own})).json.reasons, []);

		const entries = [{from: 'role:coach', to: '*', off: true}, {from: '*', to: 'identity:bob', gain_db: -6}];
		const matrix = await api.call('put_v1_rooms_room_audio_matrix', {path, json: {entries}});
		assert.deepEqual(matrix.json.entries, [{...entries[0], gain_db: 0}, {...entries[1], off: false}]);
		assert.equal((await api.call('put_v1_rooms_room_audio_matrix', {path, json: {entries: [{from: 'role:', to: '*'}]}})).status, 422);
		assert.equal((await api.call('get_v1_rooms_room_audio_matrix', {path})).json.entries.length, 2);
		assert.equal((await api.call('delete_v1_rooms_room_audio_matrix', {path})).status, 204);
		const written = await api.call('post_s_secret_messages', {path: own, json: {text: 'Good\nmorning', to: 'all'}});
		assert.deepEqual([written.status, written.json.text, written.json.via], [201, 'Good\nmorning', 'page']);
		assert.equal((await api.call('post_s_secret_messages', {path: own, json: {text: 'x', to: 'nobody'}})).status, 404);
		assert.equal((await api.call('post_v1_rooms_room_messages', {path, json: {text: '\u202E'}})).status, 422);
		assert.equal((await api.call('post_v1_rooms_room_messages', {path, json: {text: 'All of you', name: 'The desk'}})).status, 201);
		assert.equal((await api.call('get_v1_rooms_room_messages', {path})).json.items.length, 2);
		assert.equal((await api.call('get_s_secret_messages', {path: own})).json.items[1].name, 'The desk');
		const said = await api.call('post_v1_rooms_room_captions', {path, json: {participant: written.json.from, text: 'Hi', lang: 'en', final: true}});
		assert.deepEqual([said.status, said.json.name, said.json.text], [201, 'Bea', 'Hi']);
		assert.equal((await api.call('get_v1_rooms_room_captions', {path})).json.items.length, 1);
		assert.deepEqual((await api.call('patch_v1_rooms_room', {path, json: {captions: {}}})).json.captions, {size: 'medium', contrast: 'normal'});
		assert.equal((await api.call('patch_v1_rooms_room', {path, json: {captions: null}})).json.captions, null);
		assert.deepEqual((await api.call('get_v1_rooms_room_presentation', {path})).json, {participant: null, since_ms: null});
		const {items} = (await api.call('get_v1_rooms_room_participants', {path})).json;
		const ann = {...path, id: items.find(({name}) => name === 'Bea').id};
		assert.equal((await api.call('get_v1_rooms_room_participants_id', {path: ann})).json.muted, true);
		assert.match((await api.call('get_v1_rooms_room_participants_id_explain', {path: ann})).json.reasons[0].text, /^They are not connected/);
		assert.equal((await api.call('get_v1_rooms_room_participants_id_quality', {path: ann})).json.sound_in, null);
		assert.equal((await api.call('get_v1_rooms_room_participants_id_explain', {path: {...path, id: 'nobody'}})).status, 404);
		const muted = await api.call('patch_v1_rooms_room_participants_id', {path: ann, json: {
			name: 'Cleo', muted: true, video_muted: true, gain_db: -3.5, role: 'host'}});
		assert.equal(muted.json.muted_by, 'api');
		assert.equal((await api.call('patch_s_secret', {path: own, json: {muted: false}})).status, 409);
		assert.equal((await api.call('delete_v1_rooms_room_participants_id', {path: ann})).status, 204);
		assert.equal((await api.call('delete_s_secret', {path: own})).status, 404);
		const again = await join_('post_join_room', 'open');
		assert.equal((await api.call('delete_s_secret', {path: {secret: again.headers.location.slice(3)}})).status, 200);
	});
	await t.test('guests who wait', async () => {
		const path = {room: 'held'}, waits = {pin: '12345', host_pin: '67890', wait_for_host: true, when_host_leaves: 'end', number: 'auto', language: 'de'};
		const made = await api.call('put_v1_rooms_room', {path, json: waits});
		assert.deepEqual([made.status, made.json.host_pin_set, made.json.waiting], [201, true, 0]);
		assert.equal((await api.call('put_v1_rooms_room', {path, json: {...waits, host_pin: '12345'}})).status, 422);
		const guest = await join_('post_join_room', 'held', {pin: '12345'}), other = await join_('post_join_room', 'held', {pin: '12345'});
		const own = {secret: guest.headers.location.slice(3)};
		const {waiting, room, role} = (await api.call('get_s_secret', {path: own})).json;
		assert.deepEqual([waiting, room, role], [true, 'held', 'guest']);
		assert.deepEqual((await api.call('get_v1_rooms_room_participants', {path})).json.items, []);
		const [one, two] = (await api.call('get_v1_rooms_room_waiting', {path})).json.items;
		// they have not connected yet
		assert.equal((await api.call('patch_v1_rooms_room_waiting_id', {path: {...path, id: one.id}, json: {waiting: false}})).json.waiting, true);
		assert.equal((await api.call('delete_v1_rooms_room_waiting_id', {path: {...path, id: two.id}})).status, 204);
		assert.equal((await api.call('get_s_secret', {path: {secret: other.headers.location.slice(3)}})).status, 404);
		assert.equal((await api.call('get_s_secret_waiting', {path: own})).status, 403);
		assert.equal((await api.call('patch_s_secret', {path: own, json: {pin: '12345'}})).status, 403);
		const host = {secret: (await join_('post_join_room', 'held', {pin: '67890'})).headers.location.slice(3)};
		assert.equal((await api.call('get_s_secret', {path: host})).json.role, 'host');
		assert.equal((await api.call('get_s_secret_waiting', {path: host})).json.items[0].id, one.id);
		assert.equal((await api.call('patch_s_secret_waiting_id', {path: {...host, id: one.id}, json: {waiting: false}})).status, 200);
		assert.equal((await api.call('delete_s_secret_waiting_id', {path: {...host, id: one.id}})).status, 204);
		assert.equal((await api.call('delete_s_secret_waiting_id', {path: {...host, id: one.id}})).status, 404);
		assert.equal((await api.call('delete_v1_rooms_room', {path})).status, 204);
	});
	await t.test('meetings', async () => {
		assert.deepEqual((await api.call('get_v1_templates')).json.items, []);
		assert.equal((await api.call('post_v1_rooms_room_mute', {path, json: {mute: 'hard', hosts: true, except: ['x']}})).status, 200);
		assert.ok((await api.call('get_v1_stats')).json.total.peak >= 0);
		assert.equal((await api.call('get_v1_rooms_room_stats', {path: {room: 'nowhere'}})).status, 404);
	});
	await t.test('layouts', async () => {
		const mine = {name: 'mine', variants: [{max: 1, regions: [{x: 0, y: 0, w: 1, h: 1, show: 'speaker'}]}]};
		const {status, text} = await api.call('put_v1_layouts_name', {path: {name: 'mine'}, json: mine});
		assert.equal(status, 201, text);
		assert.ok((await api.call('get_v1_layouts')).json.items.length > 1);
		assert.equal((await api.call('get_v1_layouts_name', {path: {name: 'mine'}})).status, 200);
		for (const [kind, first] of [['svg', '<'], ['png', '\x89']])
			assert.equal((await api.call(`get_v1_layouts_name_preview${kind}`, {path: {name: 'mine'}})).body.toString('latin1')[0], first);
		assert.equal((await api.call('post_v1_layouts_name_previewpng', {path: {name: 'mine'}, query: {count: 3}, json: mine})).body.toString('latin1')[0], '\x89');
		assert.equal((await api.call('post_v1_layouts_name_previewpng', {path: {name: 'mine'}, json: {...mine, name: 'other'}})).status, 422);
		assert.equal((await api.call('put_v1_rooms_room_layout', {path, json: {name: 'mine'}})).json.name, 'mine');
		assert.equal((await api.call('put_v1_rooms_room_layout', {path, json: {name: 'none'}})).status, 422);
		assert.equal((await api.call('patch_v1_rooms_room_layout', {path, json: {order: []}})).status, 200);
		assert.equal((await api.call('get_v1_rooms_room_layout', {path})).json.name, 'mine');
		const portrait = {...path, view: 'portrait'}, shape = {video: {width: 360, height: 640}, when: {aspect_max: 1}};
		assert.equal((await api.call('post_v1_rooms_room_views', {path, json: {id: 'portrait', ...shape}})).status, 201);
		assert.equal((await api.call('post_v1_rooms_room_views', {path, json: {id: 'portrait'}})).status, 409);
		assert.equal((await api.call('put_v1_rooms_room_views_view', {path: portrait, json: shape})).json.labels, true);
		assert.equal((await api.call('patch_v1_rooms_room_views_view', {path: portrait, json: {labels: false}})).json.labels, false);
		assert.equal((await api.call('patch_v1_rooms_room_views_view', {path: {...path, view: 'main'}, json: {labels: false}})).status, 409);
		assert.equal((await api.call('get_v1_rooms_room_views_view', {path: portrait})).json.now.canvas.height, 640);
		assert.deepEqual((await api.call('get_v1_rooms_room_views', {path})).json.items.map((v) => v.id), ['main', 'portrait']);
		assert.equal((await api.call('delete_v1_rooms_room_views_view', {path: portrait})).status, 204);
		assert.equal((await api.call('get_v1_rooms_room_views_view', {path: portrait})).status, 404);
		assert.equal((await api.call('delete_v1_layouts_name', {path: {name: 'mine'}})).status, 204);
		assert.equal((await api.call('patch_v1_rooms_room', {path, json: {layout: null}})).json.layout, 'grid');
	});
	await t.test('images', async () => {
		const image = {type: 'image/png', body: plain(8, 4, 255, 0, 0, 255)}, logo = {name: 'logo'};
		assert.equal((await api.call('post_v1_images', {query: logo, ...image})).json.width, 8);
		assert.equal((await api.call('post_v1_images', {query: logo, ...image})).status, 409);
		assert.equal((await api.call('put_v1_images_name', {path: logo, ...image})).status, 200);
		assert.equal((await api.call('put_v1_images_name', {path: logo, ...image, type: 'image/webp'})).status, 415);
		assert.equal((await api.call('get_v1_images')).json.items[0].name, 'logo');
		assert.equal((await api.call('get_v1_images_name', {path: logo})).body.toString('latin1')[0], '\x89');
		const brand = {background: 'image:logo', watermark: {image: 'logo', position: 'top-right', opacity: 0.5, size: 0.2}};
		const branded = (await api.call('patch_v1_rooms_room', {path, json: brand})).json;
		assert.deepEqual([branded.background, branded.watermark], [brand.background, brand.watermark]);
		assert.equal((await api.call('patch_v1_rooms_room', {path, json: {background: 'image:none'}})).status, 422);
		assert.equal((await api.call('patch_v1_rooms_room', {path, json: {background: '#12345'}})).status, 422);
		assert.equal((await api.call('delete_v1_images_name', {path: logo})).status, 204);
		assert.equal((await api.call('patch_v1_rooms_room', {path, json: {background: null, watermark: null}})).json.watermark, null);
	});
	await t.test('the server', async () => {
		for (const id of ['get_v1_openapijson', 'get_metrics', 'get_healthz', 'get_readyz'])
			assert.equal((await api.call(id)).status, 200);
		assert.equal((await api.call('get_v1_node')).json.state, 'running');
		assert.equal((await api.call('post_v1_node_drain', {json: {deadline_s: 0}})).status, 422);
		assert.equal((await api.call('post_v1_node_drain', {json: {deadline_s: 600}})).json.state, 'draining');
		assert.equal((await api.call('get_readyz')).status, 503);
		assert.equal((await api.call('delete_v1_node_drain')).status, 204);
		assert.equal((await api.call('get_readyz')).status, 200);
		(await api.call('get_v1_events', {query: {room: 'open'}, stream: true})).abort();
		assert.equal((await api.call('get_v1_events', {query: {room: 'no room'}})).status, 400);
	});
	await t.test('inputs', async () => {
		const path = {room: 'brought'}, id = 'post_v1_rooms_room_inputs';
		const bad = await api.call(id, {path, json: {url: 'file:///etc/passwd'}});
		assert.deepEqual([bad.status, bad.json.type], [422, 'urn:tessera:problem:url']);
		const made = await api.call(id, {path, json: {url: 'test:', name: 'Pattern', video: true}});
		assert.equal(made.status, 201);
		const one = {...path, id: made.json.id};
		await eventually('it is live', async () =>
			assert.equal((await api.call('get_v1_rooms_room_inputs_id', {path: one})).json.state, 'live'));
		assert.equal((await api.call('get_v1_rooms_room_inputs', {path})).json.items[0].name, 'Pattern');
		assert.equal((await api.call('delete_v1_rooms_room_inputs_id', {path: one})).status, 204);
		assert.equal((await api.call('get_v1_rooms_room_inputs_id', {path: one})).status, 404);
	});

	await t.test('machines', async () => {
		const id = 'get_v1_rooms_room_media', path = {room: 'machines'};
		assert.equal((await api.call(id, {path})).status, 426);
		assert.equal((await api.call(id, {path, query: {rate: 44100}})).status, 400);
		const machine = await connect(server, 'machines');
		api.called.add(id); // 101 is no reply of node's client
		await machine.end();
	});

	await t.test('recordings, outputs and announcements', async () => {
		const path = {room: 'taped'};
		const playing = start(server, {...path, seconds: 60, peers: [{who: 0, width: 320, height: 180, kbps: 200}]});
		await eventually('somebody is there', async () =>
			assert.equal((await server.participants('taped'))[0]?.state, 'connected'));
		assert.ok((await api.call('get_v1_rooms_room_stats', {path})).json.total.joined.webrtc >= 1);
		assert.equal((await api.call('get_v1_rooms_room_breakouts', {path})).status, 404);
		assert.equal((await api.call('post_v1_rooms_room_breakouts', {path, json: {rooms: [{name: 'a', participants: ['nobody']}], split: 'even', return_after_s: 100}})).status, 201);
		assert.equal((await api.call('get_v1_rooms_room_breakouts', {path})).json.state, 'running');
		assert.equal((await api.call('delete_v1_rooms_room_breakouts', {path})).status, 200);
		const id = 'post_v1_rooms_room_recordings', list = async () => (await api.call('get_v1_rooms_room_recordings', {path})).json.items;
		assert.equal((await api.call(id, {path, json: {format: 'exe'}})).status, 422);
		assert.equal((await api.call(id, {path: {room: 'none'}, json: {}})).status, 404);
		const made = await api.call(id, {path, json: {name: 'Minutes', max_duration_s: 600}});
		assert.equal(made.status, 201, made.text);
		const one = {...path, id: made.json.id};
		assert.equal((await list()).length, 1);
		assert.equal((await api.call('patch_v1_rooms_room_recordings_id', {path: one, json: {paused: true}})).json.state, 'paused');
		assert.equal((await api.call('patch_v1_rooms_room_recordings_id', {path: one, json: {paused: false}})).json.state, 'recording');
		await eventually('there is a file', async () =>
			assert.equal((await api.call('get_v1_rooms_room_recordings_id_file', {path: one})).status, 200));
		await eventually('there is a sidecar', async () =>
			assert.equal((await api.call('get_v1_rooms_room_recordings_id_sidecar', {path: one})).json.id, one.id));
		const [taped] = await server.participants('taped');
		assert.equal((await api.call('post_v1_rooms_room_captions', {path, json: {participant: taped.id, text: 'Good morning', lang: 'en', final: true}})).status, 201);
		assert.equal((await api.call('delete_v1_rooms_room_recordings_id', {path: one})).status, 204);
		await eventually('it is done', async () =>
			assert.equal((await api.call('get_v1_rooms_room_recordings_id', {path: one})).json.state, 'done'));
		await eventually('its captions are there', async () =>
			assert.equal((await api.call('get_v1_rooms_room_recordings_id_captionsvtt', {path: one})).status, 200));
		assert.equal((await api.call('patch_v1_rooms_room_recordings_id', {path: one, json: {paused: true}})).status, 409);
		assert.equal((await api.call('delete_v1_rooms_room_recordings_id', {path: one, query: {delete_file: true}})).status, 204);
		assert.deepEqual(await list(), []);
		const stream = 'post_v1_rooms_room_outputs', url = 'rtmp://127.0.0.1:9/app/key';
		assert.equal((await api.call(stream, {path, json: {url: 'http://127.0.0.1/'}})).status, 422);
		assert.equal((await api.call(stream, {path: {room: 'none'}, json: {url}})).status, 404);
		const output = await api.call(stream, {path, json: {url, name: 'Channel', audio_only: true}});
		assert.deepEqual([output.status, output.json?.url], [201, 'rtmp://127.0.0.1:9/app/***'], output.text);
		const it = {...path, id: output.json.id};
		await eventually('nobody is there', async () =>
			assert.equal((await api.call('get_v1_rooms_room_outputs_id', {path: it})).json.reason, 'refused'));
		assert.equal((await api.call('get_v1_rooms_room_outputs', {path})).json.items.length, 1);
		assert.equal((await api.call('delete_v1_rooms_room_outputs_id', {path: it})).status, 204);
		const hls = await api.call(stream, {path, json: {type: 'hls'}});
		assert.equal(hls.status, 201, hls.text);
		assert.equal((await api.call(stream, {path, json: {type: 'hls'}})).status, 409);
		const index = await api.call('get_hls_room_indexm3u8', {path});
		assert.equal(index.status, 200, index.text);
		const key = hls.json.watch_url.split('/').at(-2), file = (name) => api.call('get_hls_room_key_file', {path: {...path, key, file: name}});
		assert.match((await file('live.m3u8')).text, /^#EXTM3U/);
		assert.equal((await file('s0.m4s')).status, 200);
		assert.equal((await file('nothing')).status, 404);
		const flv = await api.call(stream, {path, json: {type: 'flv'}});
		assert.equal(flv.status, 201, flv.text);
		const its = /([^/]+)\.flv$/.exec(flv.json.watch_url)[1];
		(await api.call('get_flv_roomflv', {path, stream: true})).abort();
		(await api.call('get_flv_room_keyflv', {path: {...path, key: its}, stream: true})).abort();
		assert.equal((await api.call('get_flv_room_keyflv', {path: {...path, key: 'none'}})).status, 404);
		const apart = {...path, id: (await api.call(id, {path, json: {tracks: 'mix+participants'}})).json.id};
		await eventually('there are tracks', async () =>
			assert.equal((await api.call('get_v1_rooms_room_recordings_id', {path: apart})).json.track_files.length, 2));
		assert.equal((await api.call('get_v1_rooms_room_recordings_id_tracks_number', {path: {...apart, number: 1}})).status, 200);
		assert.equal((await api.call('get_v1_rooms_room_recordings_id_tracks_number', {path: {...apart, number: 9}})).status, 404);
		assert.equal((await api.call('get_v1_rooms_room_recordings_id_captionsvtt', {path: apart})).status, 404);
		assert.equal((await api.call('delete_v1_rooms_room_recordings_id', {path: apart})).status, 204);
		const say = 'post_v1_rooms_room_announcements';
		assert.equal((await api.call(say, {path: {room: 'none'}, json: {}})).status, 404);
		assert.equal((await api.call(say, {path, json: {file: '../none'}})).status, 422);
		const said = await api.call(say, {path, json: {sound: 'alone', loop: true}});
		assert.equal(said.status, 201, said.text);
		const loop = {...path, id: said.json.id};
		assert.equal((await api.call('get_v1_rooms_room_announcements_id', {path: loop})).json.sound, 'alone');
		assert.ok((await api.call('get_v1_rooms_room_announcements', {path})).json.items.some((a) => a.id === loop.id));
		assert.equal((await api.call('delete_v1_rooms_room_announcements_id', {path: loop})).status, 204);
		await eventually('it is gone', async () =>
			assert.equal((await api.call('get_v1_rooms_room_announcements_id', {path: loop})).status, 404));
		playing.child.kill();
	});
	await t.test('webhooks', async () => {
		const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
		const {json: made, status, text} = await api.call('post_v1_webhooks', {json: {url: 'http://127.0.0.1:9/', secret, events: ['keypad']}});
		assert.equal(status, 201, text);
		const path = {id: made.id};
		assert.equal((await api.call('get_v1_webhooks')).json.items.length, 1);
		assert.equal((await api.call('get_v1_webhooks_id', {path})).json.secret, undefined);
		assert.deepEqual((await api.call('patch_v1_webhooks_id', {path, json: {events: ['room.*']}})).json.events, ['room.*']);
		assert.equal((await api.call('post_v1_webhooks_id_test', {path})).json.delivered, false);
		assert.deepEqual((await api.call('get_v1_webhooks_id_deadletters', {path})).json.items, []);
		assert.equal((await api.call('post_v1_webhooks_id_redeliver', {path})).status, 202);
		assert.equal((await api.call('delete_v1_webhooks_id_deadletters', {path})).status, 204);
		assert.equal((await api.call('delete_v1_webhooks_id', {path})).status, 204);
	});
	await t.test('trunks and registrations', async () => {
		const made = await api.call('post_v1_sip_trunks', {json: {id: 'carrier', proxy: '127.0.0.1:9', password: 'hidden', options_interval: 0}});
		assert.equal(made.status, 201);
		const trunk = {id: 'carrier'};
		assert.equal((await api.call('get_v1_sip_trunks_id', {path: trunk})).json.password_set, true);
		assert.equal((await api.call('patch_v1_sip_trunks_id', {path: trunk, json: {trusted: true}})).json.trusted, true);
		assert.equal((await api.call('get_v1_sip_trunks')).json.items.length, 1);
		assert.equal((await api.call('delete_v1_sip_trunks_id', {path: trunk})).status, 204);
		assert.deepEqual((await api.call('get_v1_sip_registrations')).json.items, []);
	});
	if (api.operations.has('post_v1_rooms_room_calls')) await t.test('calls', async () => {
		const placed = await api.call('post_v1_rooms_room_calls', {path, json: {to: 'sip:nobody@127.0.0.1:9'}});
		assert.equal(placed.status, 202, placed.text);
		const call = {...path, id: placed.json.id};
		assert.ok((await api.call('get_v1_rooms_room_calls', {path})).json.items.length > 0);
		assert.equal((await api.call('get_v1_rooms_room_calls_id', {path: call})).status, 200);
		assert.equal((await api.call('get_v1_rooms_room_calls_id_ladder', {path: call})).status, 200);
		const ask = (which) => api.call('post_v1_rooms_room_calls_id_transfer', {path: which, json: {to: 'sip:other@127.0.0.1'}});
		assert.equal((await ask(call)).status, 409);
		assert.equal((await api.call('delete_v1_rooms_room_calls_id', {path: call})).status, 204);
		const phone = (await new Phone(25060).open()).takeCalls();
		const up = {...path, id: (await api.call('post_v1_rooms_room_calls', {path, json: {to: phone.uri}})).json.id};
		await eventually('it is up', async () => assert.equal((await api.call('get_v1_rooms_room_calls_id', {path: up})).json.state, 'answered'));
		const asked = await ask(up);
		assert.equal(asked.status, 202, asked.text);
		assert.equal(asked.json.state, 'asked');
		assert.ok((await api.call('get_v1_calls')).json.items.some((c) => c.id === up.id && c.room === 'open'));
		assert.equal((await api.call('get_v1_calls_id', {path: {id: up.id}})).json.id, up.id);
		assert.equal((await api.call('get_v1_calls_id', {path: {id: 'none'}})).status, 404);
		assert.ok((await api.call('get_v1_calls_id_trace', {path: {id: up.id}})).json.items.length > 1);
		const more = {id: (await api.call('post_v1_rooms_room_calls', {path, json: {to: phone.uri}})).json.id};
		await eventually('another is up', async () => assert.equal((await api.call('get_v1_calls_id', {path: more})).json.state, 'answered'));
		assert.equal((await api.call('post_v1_calls_id_transfer', {path: more, json: {to: 'sip:other@127.0.0.1'}})).status, 202);
		assert.equal((await api.call('delete_v1_calls_id', {path: more})).status, 204);
		assert.equal((await api.call('delete_v1_rooms_room_calls_id', {path: up})).status, 204);
		await phone.heard('BYE ');
		phone.close();
	});
	await t.test('a picture, and participants who send', async () => {
		const playing = start(server, {room: 'open', seconds: 8, peers: [{count: 2, who: 0, width: 320, height: 180, kbps: 200}]});
		const shot = await eventually('there is a picture', async () => {
			const {items} = (await api.call('get_v1_rooms_room_participants', {path})).json;
			assert.equal(items.filter(({sources}) => sources[0]?.width === 320).length, 2);
			const reply = await api.call('get_v1_rooms_room_snapshotjpg', {path});
			assert.equal(reply.status, 200);
			return reply;
		});
		assert.equal(shot.body.readUInt16BE(0), 0xffd8);
		const {items} = (await api.call('get_v1_rooms_room_participants', {path})).json;
		const sender = {...path, id: items.find(({sources}) => sources[0]?.width === 320).id};
		const explained = (await api.call('get_v1_rooms_room_participants_id_explain', {path: sender})).json;
		assert.equal(explained.receives.height, 720);
		assert.equal(explained.shown, true);
		assert.ok(explained.reasons.some(({about, text}) => about === 'picture' && /all that the room has/.test(text)), JSON.stringify(explained));
		const quality = (await api.call('get_v1_rooms_room_participants_id_quality', {path: sender})).json;
		assert.ok(quality.sound_in.mos > 4 && quality.sound_out.mos > 4 && quality.picture_out.score === 5, JSON.stringify(quality));
		await playing.done;
	});
	await t.test('credentials, of a server that asks for them', async () => {
		const key = join(folder, 'signing.json');
		await writeFile(key, JSON.stringify({kty: 'oct', alg: 'HS256', k: Buffer.alloc(32, 7).toString('base64url')}));
		const asking = await startServer({'node.state_dir': join(folder, 'asking'), 'http.api_token': 'the-token-of-this', 'identity.signing_key': key});
		const own = await openApi(asking), headers = {Authorization: 'Bearer the-token-of-this'};
		const made = await own.call('post_v1_keys', {json: {scopes: ['record'], name: 'billing'}, headers});
		assert.equal(made.status, 201);
		assert.equal((await own.call('get_v1_keys', {headers})).json.items.length, 1);
		assert.equal((await own.call('get_v1_keys', {headers: {Authorization: `Bearer ${made.json.key}`}})).status, 403);
		assert.equal((await own.call('delete_v1_keys_key', {path: {key: made.json.id}, headers})).status, 204);
		assert.equal((await own.call('post_v1_tokens', {json: {room: 'a', scopes: ['join']}, headers})).status, 201);
		for (const id of own.called) api.called.add(id);
		await asking.stop();
	});
	await t.test('none was left out', () => {
		assert.deepEqual([...api.operations.keys()].filter((id) => !api.called.has(id)), []);
	});
});

test('metrics are as Prometheus wants them', async (t) => {
	const playing = start(server, {room: 'metrics', seconds: 4, peers: [{count: 2, who: 0, width: 320, height: 180, kbps: 200}]});
	await eventually('they are named', async () => {
		const metrics = await server.metrics();
		assert.equal(metrics['tessera_room_participants{room="metrics",kind="webrtc"}'], 2);
		assert.equal(Object.keys(metrics).filter((name) => name.startsWith('tessera_participant_received_bytes_total{room="metrics"')).length, 2);
		for (const stage of ['decode', 'compose', 'encode', 'audio_tick', 'send_batch'])
			assert.ok(metrics[`tessera_stage_seconds_count{stage="${stage}"}`] > 0, stage);
	});
	const text = await (await fetch(`${server.url}/metrics`)).text();
	await playing.done;
	const unpacked = new URL('../../build/tools/usr/bin/promtool', import.meta.url).pathname; /* tools/setup */
	const promtool = spawnSync(existsSync(unpacked) ? unpacked : 'promtool', ['check', 'metrics'], {input: text, encoding: 'utf8'});
	if (promtool.error?.code === 'ENOENT') return t.skip('promtool (package prometheus) is not installed');
	assert.equal(promtool.status, 0, promtool.stdout + promtool.stderr);
	assert.equal(promtool.stderr, '');
});

test('requests a second of GET participants', async (t) => {
	const playing = start(server, {room: 'rate', seconds: 7, peers: [{count: 4, who: 0, width: 320, height: 180, kbps: 200}]});
	await eventually('four are in', async () => assert.equal((await server.participants('rate')).length, 4));
	const end = Date.now() + 2000;
	let n = 0;
	const worker = async () => {
		while (Date.now() < end) {
			assert.equal((await api.call('get_v1_rooms_room_participants', {path: {room: 'rate'}})).status, 200);
			n++;
		}
	};
	await Promise.all(Array.from({length: 8}, worker));
	t.diagnostic(`${Math.round(n / 2)} a second, checked, with node as the client`);
	await playing.done;
});
