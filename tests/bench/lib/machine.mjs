// machine - what the kernel knows: CPU time and memory of a process, and which machine this is.

import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {cpus, loadavg, release, totalmem} from 'node:os';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], {encoding: 'utf8'}));

// User and system, of all threads that are or were.
export function cpuSeconds(pid) {
	const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop().split(' ');
	return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

export const rssMb = (pid) => Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

const version = (command, ...args) => {
	try {
		return execFileSync(command, args, {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']}).split('\n')[0];
	} catch {
		return null;
	}
};

export function describeMachine(root) {
	return {
		cpu: cpus()[0].model, cores: cpus().length, memory_mb: Math.round(totalmem() / 1048576), kernel: release(),
		load: loadavg()[0], commit: version('git', '-C', root, 'describe', '--always', '--dirty'), compiler: version('gcc', '--version'),
		date: new Date().toISOString(),
	};
}
