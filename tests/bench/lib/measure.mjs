// measure - one case: floor and server in turn, so many rounds; what the generator saw; the median of the ratios and their spread.

import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {context} from './context.mjs';
import {startCrowd} from './crowd.mjs';
import {officialFloor, ownFloor} from './floor.mjs';
import {cpuSeconds, rssMb} from './machine.mjs';
import {floorTiles, psnr, serverTiles} from './quality.mjs';
import {startServer} from './server.mjs';
import {median, sum} from './table.mjs';

const late = (metrics, media) => metrics[`tessera_ticks_delayed_total{media="${media}"}`];
const all = (metrics, media) => metrics[`tessera_ticks_total{media="${media}"}`];

function countTicks(before, after) {
	const ticks = (of) => sum(['video', 'audio'].map((media) => of(after, media) - of(before, media)));
	return {ticks: ticks(all), late: ticks(late), lateVideo: late(after, 'video') - late(before, 'video')};
}

// What receivers got in the window.
function digest(report, seconds) {
	const watchers = report.people.filter((p) => p.video.units > 0), of = (key, media) => sum(report.people.map((p) => p[media][key]));
	return {
		fps: watchers.length ? median(watchers.map((p) => p.video.units)) / seconds : NaN,
		units: of('units', 'video') / (of('ticks', 'video') || NaN), // of the pictures that the timestamps say there were
		kbps: watchers.length ? median(watchers.map((p) => p.video.bytes)) * 8 / 1000 / seconds : NaN,
		lost: of('lost', 'video') + of('lost', 'audio'),
		audio_per_s: median(report.people.map((p) => p.audio.units)) / seconds,
		max_gap_ms: Math.max(...report.people.map((p) => p.video.max_gap_ms)),
		failed: report.people.filter((p) => p.failure || (p.status !== 201 && p.status !== 200)).length,
		overflowed: report.overflowed, keys_asked: of('units', 'video') ? sum(report.people.map((p) => p.keys_asked)) : 0,
	};
}

// Runs groups against a server for one window. inspect(server): asked before the end, its answer is in the result.
export async function runServer(groups, {settings = {}, wrapper = [], inspect = async () => null, windowMs = context.windowMs, warmMs = context.warmMs, mark = true} = {}) {
	const server = await startServer(settings, wrapper);
	try {
		const scenario = {url: server.url, groups: groups.map((g) => (g.sip ? {...g, sip: settings['sip.listen'].replace('udp:', '')} : g))};
		const crowd = await startCrowd(scenario);
		await sleep(warmMs);
		if (mark) crowd.mark();
		const before = await server.metrics(), from = [cpuSeconds(server.pid), cpuSeconds(crowd.pid), performance.now()];
		await sleep(windowMs);
		const to = [cpuSeconds(server.pid), cpuSeconds(crowd.pid), performance.now()], seconds = (to[2] - from[2]) / 1000;
		const after = await server.metrics(), rss = rssMb(server.pid), inspected = await inspect(server);
		const report = await crowd.stop();
		return {cores: (to[0] - from[0]) / seconds, generator: (to[1] - from[1]) / seconds, rss_mb: rss, ...digest(report, seconds),
			...countTicks(before, after), report, inspected};
	} finally {
		await server.stop();
	}
}

// The generator sends while the floor runs as well, to nobody.
async function runFloors(groups, floor, mix) {
	const crowd = await startCrowd({groups: groups.map((g) => ({...g, sip: undefined, sink: true, audio: 'opus', join_every_ms: 1}))});
	try {
		const own = await ownFloor({...floor, mix});
		return {own, official: await officialFloor(floor, own)};
	} finally {
		await crowd.stop();
	}
}

const idealsOf = ({ideals, files}) => ideals ?? files;

function qualityOf(floor, floorMix, mix, tiles) {
	if (!floor.files?.length) return {};
	return {psnr_db: psnr(mix, tiles)?.psnr_db, floor_psnr_db: psnr(floorMix, floorTiles(floor.n, idealsOf(floor)))?.psnr_db};
}

// groups: of crowd's scenario, the first sends what the floor decodes. Returns a row: medians, ratios by round.
export async function measure(name, {groups, floor, settings = {}, wrapper, warmMs, rounds = context.rounds}) {
	const results = [], extension = floor?.codec === 'vp8' ? 'ivf' : 'h264';
	const mix = join(context.folder, `mix.${extension}`), floorMix = join(context.folder, `floor.${extension}`);
	const wantsQuality = floor?.files?.length > 0 && groups.length === 1 && !groups[0].sip; // a caller's name does not tell its clip
	let quality = {};
	for (let round = 0; round < rounds; round++) {
		const first = round === 0 && wantsQuality;
		const floors = floor ? await runFloors(groups, floor, first ? floorMix : null) : null;
		const recorded = first ? [{...groups[0], record: mix}, ...groups.slice(1)] : groups;
		const row = await runServer(recorded, {settings, wrapper, warmMs, inspect: (server) => (first ? serverTiles(server, groups[0].room, idealsOf(floor)) : null)});
		if (first) quality = qualityOf(floor, floorMix, mix, row.inspected);
		results.push({...row, floor: floors?.own.cores ?? NaN, official: floors?.official ?? NaN});
	}
	const of = (key) => results.map((r) => r[key]), participants = sum(groups.map((g) => (g.count ?? 1) * (g.rooms ?? 1)));
	const cores = median(of('cores'));
	return {
		name, participants, cores, cores_rounds: of('cores'), floor: median(of('floor')), floor_shared: median(of('official')),
		ratios: results.map((r) => r.cores / r.floor), ratios_shared: results.map((r) => r.cores / r.official),
		per_core: participants / cores, rss_mb: Math.max(...of('rss_mb')), fps: median(of('fps')), units: Math.min(...of('units')),
		kbps: median(of('kbps')), lost: sum(of('lost')), audio_per_s: median(of('audio_per_s')), max_gap_ms: median(of('max_gap_ms')),
		late: sum(of('late')) / sum(of('ticks')), generator: median(of('generator')), failed: sum(of('failed')), ...quality,
	};
}
