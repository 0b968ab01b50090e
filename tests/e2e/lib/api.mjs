// api - calls the REST API and checks what comes back against the server's own OpenAPI document.
//
//   const api = await openApi(server);
//   const {status, json, etag} = await api.call('patch_v1_rooms_room', {path: {room: 'a'}, json: {locked: true}});
//   api.called                                    ids of operations that succeeded

import assert from 'node:assert/strict';
import http from 'node:http';
import Ajv from 'ajv/dist/2020.js';

const FINGERPRINT = Array.from({length: 32}, (_, i) => i.toString(16).padStart(2, '0').toUpperCase()).join(':');

// An offer of somebody who never comes: no candidates, so ICE waits. direction: sendrecv, sendonly, recvonly.
export function offer(direction = 'sendrecv', ufrag = 'hDKY') {
	const line = (kind, mid, pt, codec) => [
		`m=${kind} 9 UDP/TLS/RTP/SAVPF ${pt}`, 'c=IN IP4 0.0.0.0', `a=ice-ufrag:${ufrag}`, 'a=ice-pwd:kmd9OfkTchNRPcpOEq3etPYK',
		`a=fingerprint:sha-256 ${FINGERPRINT}`, 'a=setup:actpass', `a=mid:${mid}`, `a=${direction}`, 'a=rtcp-mux',
		`a=rtpmap:${pt} ${codec}`];
	return ['v=0', 'o=- 8519145273177583319 2 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0 1',
		...line('audio', 0, 111, 'opus/48000/2'), ...line('video', 1, 96, 'VP8/90000'), ''].join('\r\n');
}

export function fragment(ufrag, pwd, candidates = []) {
	return [`a=ice-ufrag:${ufrag}`, `a=ice-pwd:${pwd}`, 'm=audio 9 UDP/TLS/RTP/SAVPF 0', 'a=mid:0', ...candidates, ''].join('\r\n');
}

// One request over node's own client: {status, headers, body}. stream: resolves with the headers, .abort() ends it.
const agent = new http.Agent({keepAlive: true, maxSockets: 8});
export function request(url, {method = 'GET', headers = {}, body, timeoutMs = 10000, stream = false} = {}) {
	return new Promise((resolve, reject) => {
		const req = http.request(url, {method, agent: stream ? false : agent, headers: {
			...(body !== undefined && {'Content-Length': Buffer.byteLength(body)}), ...headers}});
		req.setTimeout(timeoutMs, () => req.destroy(new Error(`${method} ${url}: no answer within ${timeoutMs} ms`)));
		req.on('error', reject);
		req.on('response', (response) => {
			const reply = {status: response.statusCode, headers: response.headers, response, abort: () => req.destroy()};
			if (stream) return resolve(reply);
			const parts = [];
			response.on('data', (part) => parts.push(part));
			response.on('end', () => resolve({...reply, body: Buffer.concat(parts)}));
			response.on('error', reject);
		});
		req.end(body);
	});
}

class Api {
	constructor(server, document) {
		this.server = server;
		this.document = document;
		this.called = new Set();
		this.operations = new Map();
		this.ajv = new Ajv({strict: false, validateFormats: false, allErrors: true});
		this.ajv.addSchema(document, 'doc');
		this.validators = new Map();
		for (const [path, methods] of Object.entries(document.paths))
			for (const [method, operation] of Object.entries(methods)) this.operations.set(operation.operationId, {path, method, operation});
	}

	url(path, params = {}, query) {
		const filled = path.replace(/{(\w+)}/g, (_, name) => encodeURIComponent(params[name] ?? `no-${name}`));
		return this.server.url + filled + (query ? `?${new URLSearchParams(query)}` : '');
	}

	// Throws unless the document foresees the reply.
	check(id, {status, headers, body}) {
		const {operation} = this.operations.get(id);
		const key = operation.responses[status] ? String(status) : `${String(status)[0]}XX`;
		let declared = operation.responses[key];
		assert.ok(declared, `${id}: ${status} is not in the document`);
		if (declared.$ref) declared = this.document.components.responses[declared.$ref.split('/').at(-1)];
		if (!declared.content) return assert.equal(body?.length ?? 0, 0, `${id}: ${status} has no body`);
		const type = (headers['content-type'] ?? '').split(';')[0];
		const content = declared.content[type] ?? declared.content['*/*'];
		assert.ok(content, `${id}: ${status} with ${type}, the document knows ${Object.keys(declared.content)}`);
		if (!/json/.test(type) || !body) return;
		const pointer = `${id} ${key} ${type}`;
		if (!this.validators.has(pointer)) this.validators.set(pointer, this.ajv.compile(this.#absolute(content.schema)));
		const validate = this.validators.get(pointer);
		assert.ok(validate(JSON.parse(body)), `${id}: ${this.ajv.errorsText(validate.errors)} in ${body}`);
	}

	#absolute(schema) {
		return JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"doc#/'));
	}

	async call(id, {path, query, json, body, type, headers = {}, stream = false} = {}) {
		const found = this.operations.get(id);
		assert.ok(found, `no operation ${id}`);
		const merge = found.method === 'patch';
		const text = json === undefined ? body : JSON.stringify(json);
		const all = {...headers};
		if (text !== undefined) all['Content-Type'] = type ?? (merge ? 'application/merge-patch+json' : 'application/json');
		const reply = await request(this.url(found.path, path, query), {method: found.method.toUpperCase(), headers: all, body: text, stream});
		this.check(id, reply);
		if (reply.status < 300) this.called.add(id);
		const isJson = reply.body?.length && /json/.test(reply.headers['content-type'] ?? '');
		return {...reply, etag: reply.headers.etag, json: isJson ? JSON.parse(reply.body) : null, text: reply.body?.toString()};
	}
}

export async function openApi(server) {
	return new Api(server, await server.get('/v1/openapi.json'));
}
