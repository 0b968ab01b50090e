// The pages are checked against the server: TypeScript reads web/ with types that are generated from the running server's /v1/openapi.json.
// A path, a field or an answer that the document does not have is an error here, on either side.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {startServer} from './lib/server.mjs';

const here = fileURLToPath(new URL('.', import.meta.url)), web = join(here, '../../web');
const run = (name, ...args) => spawnSync(process.execPath, [join(here, 'node_modules', name), ...args], {encoding: 'utf8'});
let server, folder;

before(async () => {
	folder = await mkdtemp(join(tmpdir(), 'tessera-types-'));
	server = await startServer();
	await writeFile(join(folder, 'openapi.json'), await (await fetch(`${server.url}/v1/openapi.json`)).text());
	const made = run('openapi-typescript/bin/cli.js', join(folder, 'openapi.json'), '-o', join(folder, 'openapi.d.ts'));
	assert.equal(made.status, 0, made.stdout + made.stderr);
});
after(async () => {
	await server.stop();
	await rm(folder, {recursive: true});
});

async function check(...files) {
	await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({
		compilerOptions: {
			allowJs: true, checkJs: true, noEmit: true, strict: false, target: 'es2023', lib: ['es2024', 'dom', 'dom.iterable', 'dom.asynciterable'],
			module: 'esnext', moduleResolution: 'bundler', types: [], skipLibCheck: true, allowImportingTsExtensions: true,
			paths: {'tessera-api': [join(here, 'types/tessera-api.d.ts')], openapi: [join(folder, 'openapi.d.ts')]},
		},
		files: [join(here, 'types/globals.d.ts'), ...files],
	}));
	const {status, stdout} = run('typescript/bin/tsc', '-p', join(folder, 'tsconfig.json'), '--pretty', 'false');
	return {status, said: stdout};
}

test('the pages are right by the types of the document', async () => {
	const names = (await readdir(web, {recursive: true})).filter((name) => name.endsWith('.js'));
	const {status, said} = await check(...names.map((name) => join(web, name)));
	assert.equal(status, 0, said);
});

test('what the document does not have is found', async () => {
	const api = JSON.stringify(join(web, 'admin/api.js'));
	const file = join(folder, 'wrong.js');
	const wrong = [
		['a path', 'call("get", "/v1/roms");'],
		['a method', 'call("delete", "/v1/rooms");'],
		['a name in the path', 'call("get", "/v1/rooms/{room}", {path: {id: "a"}});'],
		['a field of a body', 'call("patch", "/v1/rooms/{room}", {path: {room: "a"}, json: {lock: true}});'],
		['the type of a field', 'call("patch", "/v1/rooms/{room}", {path: {room: "a"}, json: {locked: "yes"}});'],
		['a parameter', 'call("get", "/v1/layouts/{name}", {path: {name: "a"}, query: {counts: 1}});'],
		['a field of the answer', 'call("get", "/v1/rooms").then(({items}) => items[0].looked);'],
	];
	await writeFile(file, [`import {call} from ${api};`, ...wrong.map(([, text]) => text), ''].join('\n'));
	const {said: found} = await check(file);
	for (const [i, [what]] of wrong.entries()) assert.match(found, new RegExp(`wrong\\.js\\(${i + 2},`), `${what} is found: ${found}`);
	await writeFile(file, `import {call} from ${api};\ncall("patch", "/v1/rooms/{room}", {path: {room: "a"}, json: {locked: true}}).then((room) => room.pin_set);\n`);
	assert.deepEqual(await check(file), {status: 0, said: ''});
	assert.ok((await readFile(join(folder, 'openapi.d.ts'), 'utf8')).includes('/v1/rooms/{room}'));
});
