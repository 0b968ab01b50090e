import {readFileSync,mkdtempSync} from 'node:fs';
import {test} from 'node:test';
import {startServer} from './lib/server.mjs';
import {Registrar} from './lib/trunks.mjs';
import {eventually} from './lib/wait.mjs';
test('idle', async () => {
	const cpu = (pid) => { const f = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' '); return (Number(f[11]) + Number(f[12])) / 100; };
	for (const n of [0, 20]) {
		const at = await new Registrar('127.0.0.1').open();
		const settings = {'sip.listen': 'udp:127.0.0.1:5993'};
		for (let i = 0; i < n; i++) Object.assign(settings, {[`trunk t${i}.registrar`]: `127.0.0.1:${at.port}`, [`trunk t${i}.user`]: 'carrier', [`trunk t${i}.password`]: 'secret'});
		at.expires = 60;
		const server = await startServer(settings);
		if (n) await eventually('all', async () => { if ((await server.metrics())['tessera_sip_trunks{state="registered"}'] !== n) throw new Error('not yet'); });
		const a = cpu(server.child.pid), t = performance.now();
		await new Promise((r) => setTimeout(r, 90000));
		console.log(`TRUNKS ${n}: ${((cpu(server.child.pid) - a) / (performance.now() - t) * 1000).toFixed(5)} cores, registers ${at.got.length}, options ${at.options}`);
		await server.stop(); at.close();
	}
});
