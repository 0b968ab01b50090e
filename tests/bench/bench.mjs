// bench - what a running server costs beside the least that the same work can cost; tables, and build/bench.json.
//
//   node tests/bench/bench.mjs [TABLE...]      rooms watchers audio many joins delay memory door simulcast sinks content transitions views one_port trunks; all of them
//   QUICK=1 fewer cases, one round (under 3 minutes; all: under 40)     TS_BUILD=folder of the programs
//   ROWS='^(16|25) ' only the rows whose name fits        ROUNDS=5 instead of 3      BENCH_VOICE=tone as before issue 10
//
// Each row runs build/tessera anew under tests/bench/crowd. CPU is user and system time of all threads over a steady window. docs/PERFORMANCE.md
// explains the columns.

import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {context} from './lib/context.mjs';
import {describeMachine} from './lib/machine.mjs';
import {prepareSpeech} from './lib/speech.mjs';
import * as audio from './rows/audio.mjs';
import * as content from './rows/content.mjs';
import * as delay from './rows/delay.mjs';
import * as door from './rows/door.mjs';
import * as joins from './rows/joins.mjs';
import * as many from './rows/many.mjs';
import * as memory from './rows/memory.mjs';
import * as one_port from './rows/one_port.mjs';
import * as rooms from './rows/rooms.mjs';
import * as simulcast from './rows/simulcast.mjs';
import * as sinks from './rows/sinks.mjs';
import * as transitions from './rows/transitions.mjs';
import * as trunks from './rows/trunks.mjs';
import * as views from './rows/views.mjs';
import * as watchers from './rows/watchers.mjs';

const tables = [rooms, watchers, audio, many, joins, delay, memory, door, simulcast, sinks, content, transitions, views, one_port, trunks];
const wanted = process.argv.slice(2), unknown = wanted.find((name) => !tables.some((table) => table.name === name));
if (unknown) {
	console.error(`bench: no table ${unknown}; there are ${tables.map((table) => table.name).join(', ')}`);
	process.exit(2);
}

const voice = prepareSpeech();
const machine = describeMachine(context.root), result = {machine, voice, quick: context.quick, clips: context.people ? 'people' : 'generated'};
console.log(`${machine.cpu}, ${machine.cores} cores, Linux ${machine.kernel}, commit ${machine.commit}, load ${machine.load.toFixed(2)} at the start, talkers: ${voice}`);
const path = join(context.build, 'bench.json'), begun = performance.now();
for (const table of tables) {
	if (wanted.length && !wanted.includes(table.name)) continue;
	try {
		result[table.name] = await table.run();
	} catch (error) {
		console.error(`bench: ${table.name}: ${error.stack}`);
		result[table.name] = {error: error.message};
	}
	writeFileSync(path, JSON.stringify(result, null, '\t'));
}
console.log(`\n${((performance.now() - begun) / 60000).toFixed(1)} minutes; ${path}`);
process.exit(0);
