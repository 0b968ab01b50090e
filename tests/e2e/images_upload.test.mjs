// Images come: what is refused, what is kept, by whom it was changed meanwhile.

import assert from 'node:assert/strict';
import {mkdtemp, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {deflateSync} from 'node:zlib';
import {openApi} from './lib/api.mjs';
import {chunk, converted, header, plain, pngOf} from './lib/images.mjs';
import {folder} from './lib/media.mjs';
import {startServer} from './lib/server.mjs';
import {eventually} from './lib/wait.mjs';

const of = (width, height) => plain(width, height, 128, 128, 128, 255);
let state, server, api;
const put = (name, body, type = 'image/png') => api.call('put_v1_images_name', {path: {name}, body, type});

before(async () => {
	state = await mkdtemp(join(folder, 'state-'));
	server = await startServer({'node.state_dir': state, 'images.max_upload_kb': 500});
	api = await openApi(server);
});
after(() => server?.stop());

test('ETag, and one name twice at once', {timeout: 60000}, async () => {
	assert.equal((await put('logo', of(100, 50))).status, 201);
	const {etag} = await api.call('get_v1_images_name', {path: {name: 'logo'}});
	const change = (headers, method = 'put') => api.call(`${method}_v1_images_name`,
		{path: {name: 'logo'}, headers, ...(method === 'put' && {body: of(100, 50), type: 'image/png'})});
	assert.equal((await change({'If-Match': '"other"'})).status, 412);
	assert.equal((await change({'If-None-Match': '*'})).status, 412);
	assert.equal((await change({'If-Match': '"other"'}, 'delete')).status, 412);
	assert.equal((await change({'If-Match': etag})).status, 200);
	assert.equal((await change({'If-Match': etag})).status, 412);
	const post = (name) => api.call('post_v1_images', {query: {name}, body: of(64, 64), type: 'image/png'});
	const replies = await Promise.all(['twice', 'twice', 'twice'].map(post));
	assert.deepEqual(replies.map((r) => r.status).sort(), [201, 409, 409]);
	assert.equal((await post('logo')).json.type.endsWith('image-exists'), true);
	assert.equal((await api.call('post_v1_images', {body: of(16, 16), type: 'image/png'})).status, 201);
});

test('hostile files and names', {timeout: 120000}, async () => {
	const small = of(8, 8), bomb = deflateSync(Buffer.alloc(200 << 20)), row = deflateSync(Buffer.alloc(5));
	const two = Buffer.concat([of(8, 8).subarray(0, 33), chunk('acTL', Buffer.alloc(8)), chunk('IDAT', row)]);
	const files = {
		nothing: [Buffer.alloc(0), 415], text: [Buffer.from('hello'), 415], svg: [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 415],
		gif: [converted('gif', small), 415], 'a jpeg that says png': [converted('mjpeg', small), 415],
		'30000x30000': [pngOf(header(30000, 30000), chunk('IDAT', row)), 422], '0x5': [pngOf(header(0, 5), chunk('IDAT', row)), 422],
		'8192x8192': [pngOf(header(8192, 8192), chunk('IDAT', row)), 422],
		'a bomb': [pngOf(header(1, 1), chunk('IDAT', bomb)), 422], 'a wide bomb': [pngOf(header(4000, 4000), chunk('IDAT', bomb)), 422],
		'too little': [pngOf(header(4000, 4000), chunk('IDAT', row)), 422], animated: [Buffer.concat([two, chunk('IEND')]), 415],
		truncated: [small.subarray(0, small.length - 20), 422], 'no pixels': [pngOf(header(8, 8)), 422],
	};
	for (const [what, [body, status]] of Object.entries(files)) {
		const began = performance.now(), reply = await put('bad', body);
		assert.equal(reply.status, status, `${what}: ${reply.text}`);
		assert.ok(performance.now() - began < 5000, `${what} takes ${performance.now() - began} ms`);
	}
	const webp = converted('webp', small);
	assert.equal((await put('bad', webp.subarray(0, webp.length - 12), 'image/webp')).status, 422);
	assert.equal((await put('bad', Buffer.alloc(600 << 10, 1))).status, 413);
	assert.equal((await put('bad', small, 'image/svg+xml')).status, 415);
	for (const name of ['.hidden', '..', 'a/b', '../../etc/x', '<script>', 'a\u202eb', '\u{1f600}'.repeat(64), 'x'.repeat(65), 'a b', 'x'.repeat(1500)]) {
		const {status} = await put(name, small);
		assert.ok([404, 422].includes(status), `${name.slice(0, 20)}: ${status}`);
	}
	assert.equal((await api.call('get_v1_images_name', {path: {name: 'bad'}})).status, 404);
	assert.deepEqual((await readdir(join(state, 'images'))).filter((file) => !/^[\w-]+\.png$/.test(file)), []);
	assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
});

test('kept over a restart', {timeout: 60000}, async () => {
	const before = (await api.call('get_v1_images')).json.items.map(({name, width, height}) => [name, width, height]);
	await server.stop();
	server = await startServer({'node.state_dir': state});
	api = await openApi(server);
	await eventually('all are there', async () => {
		assert.deepEqual((await api.call('get_v1_images')).json.items.map(({name, width, height}) => [name, width, height]), before);
	});
});
