/* quality - how good the connection is, from what the browser counts: one word, three bars and the numbers behind them; and what the
 * server says of it, in words, while somebody looks. */
import {$, element} from './dom.js';
import {call} from './call.js';
import {askJson} from './client.js';

const EVERY_MS = 2000;
const WORDS = ['Poor', 'Fair', 'Good'];

/* What matters of getStats: totals that only grow, and numbers of now. */
function read(report) {
	const all = [...report.values()];
	const incoming = (kind) => all.find((s) => s.type === 'inbound-rtp' && s.kind === kind) ?? {};
	const video = incoming('video'), audio = incoming('audio');
	const pair = all.find((s) => s.type === 'candidate-pair' && s.nominated && s.state === 'succeeded') ?? {};
	const sum = (key) => (video[key] ?? 0) + (audio[key] ?? 0);
	const far = all.filter((s) => s.type === 'remote-inbound-rtp');
	return {
		at: performance.now(), received: sum('packetsReceived'), lost: Math.max(0, sum('packetsLost')), bytes: pair.bytesReceived ?? 0,
		sent: pair.bytesSent ?? 0, frames: video.framesDecoded ?? 0, frozen: video.totalFreezesDuration ?? 0,
		width: video.frameWidth, height: video.frameHeight, codec: all.find((s) => s.id === video.codecId)?.mimeType,
		delay: pair.currentRoundTripTime, farLoss: Math.max(0, ...far.map((s) => s.fractionLost ?? 0)),
		relayed: all.find((s) => s.id === pair.localCandidateId)?.candidateType === 'relay',
	};
}

/* The rates between two readings. */
function compare(before, now) {
	const seconds = (now.at - before.at) / 1000, received = now.received - before.received, lost = Math.max(0, now.lost - before.lost);
	return {
		loss: received + lost ? lost / (received + lost) : 0, frozen: (now.frozen - before.frozen) / seconds,
		fps: (now.frames - before.frames) / seconds, down: (now.bytes - before.bytes) * 8 / 1000 / seconds,
		up: (now.sent - before.sent) * 8 / 1000 / seconds, silent: received === 0,
	};
}

/* 0 poor, 1 fair, 2 good. */
function grade(rate, now) {
	const loss = Math.max(rate.loss, now.farLoss), delay = now.delay ?? 0;
	if (rate.silent || loss > 0.08 || delay > 0.6 || rate.frozen > 0.25) return 0;
	return loss > 0.02 || delay > 0.25 || rate.frozen > 0.05 ? 1 : 2;
}

const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

function details(rate, now) {
	const picture = now.width ? `${now.width} × ${now.height}, ${Math.round(rate.fps)} fps, ${(now.codec ?? '').replace('video/', '')}` : 'none';
	return [
		['Picture', picture], ['Round trip', now.delay === undefined ? 'not known yet' : `${Math.round(now.delay * 1000)} ms`],
		['Lost on the way here', percent(rate.loss)], ['Lost on the way there', percent(now.farLoss)],
		['Received', `${Math.round(rate.down)} kbit/s`], ['Sent', `${Math.round(rate.up)} kbit/s`],
		...(now.relayed ? [['Way', 'by a relay']] : []),
	];
}

let asked = 0; /* of askWhy: only the latest answer is shown */

/* Why the picture is as it is, and what is wrong with sound and pictures: the server's own words. Nothing where it has none. */
async function askWhy() {
	const session = call.session;
	if (!session || $('quality-box').hidden) return;
	const turn = ++asked, ask = (what) => askJson(`${session}/${what}`).then((response) => response.json()).catch(() => null);
	const [explain, quality] = await Promise.all([ask('explain'), ask('quality')]);
	if (session !== call.session || turn !== asked) return;
	const mos = (sound, name) => sound ? [`${name}: ${sound.mos.toFixed(1)} of 4.5.`] : [];
	const lines = [
		...(explain?.reasons ?? []).map((reason) => reason.text),
		...(quality ? [...mos(quality.sound_in, 'Your sound'), ...mos(quality.sound_out, 'Sound that you hear'), ...quality.reasons] : []),
	];
	$('quality-heading').hidden = !lines.length;
	$('quality-why').replaceChildren(...lines.map((textContent) => element('li', {textContent})));
}

let timer = 0, before = null, shown = 2;

async function look() {
	if (!call.pc || call.state !== 'joined') return;
	const now = read(await call.pc.getStats());
	if (before && now.at > before.at) {
		const rate = compare(before, now), level = grade(rate, now);
		shown = level < shown ? level : Math.min(shown + 1, level); /* worse at once, better step by step */
		$('quality').hidden = false;
		$('quality').dataset.level = shown;
		$('quality-word').textContent = `${WORDS[shown]} connection`;
		$('quality-list').replaceChildren(...details(rate, now).flatMap(([name, value]) =>
			[element('dt', {textContent: name}), element('dd', {textContent: value})]));
	}
	before = now;
	askWhy();
}

export function watchQuality() {
	clearInterval(timer);
	before = null;
	timer = setInterval(look, EVERY_MS);
	look();
}

export function forgetQuality() {
	clearInterval(timer);
	asked++;
	$('quality-heading').hidden = true;
	$('quality-why').replaceChildren();
	$('quality').hidden = true;
	showDetails(false);
}

function showDetails(open) {
	$('quality-box').hidden = !open;
	$('quality').setAttribute('aria-expanded', String(open));
	if (open) askWhy();
}
$('quality').addEventListener('click', () => showDetails($('quality-box').hidden));
addEventListener('keydown', (event) => { if (event.key === 'Escape') showDetails(false); });
addEventListener('pointerdown', (event) => { if (!event.target.closest('#quality, #quality-box')) showDetails(false); });
