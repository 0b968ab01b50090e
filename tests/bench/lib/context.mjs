// context - where everything is, how long things take, and how often they are done.

import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const root = new URL('../../..', import.meta.url).pathname;
const build = process.env.TS_BUILD ?? join(root, 'build');
const shared = join(root, '../shared');

export const quick = process.env.QUICK === '1';
export const context = {
	root, build, quick,
	people: existsSync(join(shared, 'media/video/dev')) ? join(shared, 'media/video/dev') : null,
	officialFloor: existsSync(join(shared, 'bench/floor.c')) ? join(shared, 'bench/floor.c') : null,
	folder: mkdtempSync(join(tmpdir(), 'tessera-bench.')),
	rounds: Number(process.env.ROUNDS || (quick ? 1 : 3)),
	wants: (row) => new RegExp(process.env.ROWS ?? '').test(row),
	warmMs: quick ? 1000 : 2500,  // after everybody got their first picture
	windowMs: quick ? 3000 : 8000,
	floorSeconds: quick ? 3 : 8,  // of media
};
process.on('exit', () => { rmSync(context.folder, {recursive: true, force: true}); });
