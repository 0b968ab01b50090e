// trunks - what twenty registered trunks cost a server that does nothing else: registered anew after 36 to 48 s, OPTIONS every 20 s. In pairs
// with a server that has none.

import {setTimeout as sleep} from 'node:timers/promises';
import {Registrar} from '../../e2e/lib/trunks.mjs';
import {eventually} from '../../e2e/lib/wait.mjs';
import {context, quick} from '../lib/context.mjs';
import {cpuSeconds} from '../lib/machine.mjs';
import {startServer} from '../lib/server.mjs';
import {fixed, median, printer, spread} from '../lib/table.mjs';

export const name = 'trunks';

const PORT = 15066, TRUNKS = 20, WINDOW_MS = quick ? 20000 : 60000;

async function once(n) {
	const registrar = await new Registrar('127.0.0.1').open(), settings = {'sip.listen': `udp:127.0.0.1:${PORT}`};
	for (let i = 0; i < n; i++) {
		const key = (field) => `trunk t${i}.${field}`;
		Object.assign(settings, {[key('registrar')]: `127.0.0.1:${registrar.port}`, [key('user')]: 'carrier', [key('password')]: 'secret', [key('options_interval')]: 20});
	}
	const server = await startServer(settings);
	try {
		if (n) await eventually('all are registered', async () => {
			if ((await server.metrics())['tessera_sip_trunks{state="registered"}'] !== n) throw new Error('not yet');
		}, 20000);
		await sleep(context.warmMs);
		const from = [cpuSeconds(server.pid), performance.now(), registrar.got.length, registrar.options ?? 0];
		await sleep(WINDOW_MS);
		const seconds = (performance.now() - from[1]) / 1000;
		return {cores: (cpuSeconds(server.pid) - from[0]) / seconds, registers: registrar.got.length - from[2], options: (registrar.options ?? 0) - from[3], seconds};
	} finally {
		await server.stop();
		registrar.close();
	}
}

export async function run() {
	const print = printer(`(t) a server that does nothing, ${WINDOW_MS / 1000} s`, [['trunks', (r) => r.name, 10], ['server', (r) => spread(r.cores_rounds, 4), 24],
		['REGISTER', (r) => r.registers, 8], ['OPTIONS', (r) => r.options, 8], ['more than none', (r) => fixed(r.more, 5), 14]]);
	const rounds = [];
	if (!context.wants(`${TRUNKS} trunks`)) return [];
	for (let round = 0; round < context.rounds; round++) rounds.push([await once(0), await once(TRUNKS)]);
	const rows = [0, TRUNKS].map((n, i) => {
		const own = rounds.map((pair) => pair[i]);
		return {name: `${n}`, cores: median(own.map((r) => r.cores)), cores_rounds: own.map((r) => r.cores), registers: median(own.map((r) => r.registers)),
			options: median(own.map((r) => r.options)), more: i ? median(rounds.map(([none, some]) => some.cores - none.cores)) : 0};
	});
	rows.forEach(print);
	return rows;
}
