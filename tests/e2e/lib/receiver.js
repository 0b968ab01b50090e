/* receiver - what a browser's page receives, counted over a while: pictures, how long it stood still, concealed sound. Loaded before the
 * page's script. */
'use strict';

(() => {
	const watch = {since: 0, pictures: 0, gap: 0, last: 0, tile: null, points: null, moved: 0, still: 0};
	const POINTS = 8, MOVED = 6;

	/* Luma at points spread over a part of the picture, 0 to 1. */
	const look = (video, {x, y, w, h}) => {
		const side = 64;
		watch.canvas ??= Object.assign(document.createElement('canvas'), {width: side, height: side});
		const draw = watch.canvas.getContext('2d', {willReadFrequently: true});
		draw.drawImage(video, x * video.videoWidth, y * video.videoHeight, w * video.videoWidth, h * video.videoHeight, 0, 0, side, side);
		const data = draw.getImageData(0, 0, side, side).data, out = [];
		for (let i = 0; i < POINTS * POINTS; i++) {
			const at = 4 * (Math.floor((i / POINTS | 0) * side / POINTS + side / 16) * side + Math.floor((i % POINTS) * side / POINTS + side / 16));
			out.push((data[at] + 2 * data[at + 1] + data[at + 2]) / 4);
		}
		return out;
	};

	const lookAtTile = (video, now) => {
		const points = look(video, watch.tile), before = watch.points;
		const moved = before && points.reduce((sum, value, i) => sum + Math.abs(value - before[i]), 0) / points.length > MOVED;
		if (watch.moved) watch.still = Math.max(watch.still, now - watch.moved);
		if (!before || moved) {
			watch.points = points;
			watch.moved = now;
		}
	};

	const follow = (video) => {
		const next = (now) => {
			if (watch.last) watch.gap = Math.max(watch.gap, now - watch.last);
			watch.last = now;
			watch.pictures++;
			if (watch.tile) lookAtTile(video, now);
			video.requestVideoFrameCallback(next);
		};
		video.requestVideoFrameCallback(next);
	};

	const totals = async () => {
		const all = [...(await window.tessera.pc.getStats()).values()];
		const of = (type, kind) => all.find((s) => s.type === type && s.kind === kind) ?? {};
		const video = of('inbound-rtp', 'video'), audio = of('inbound-rtp', 'audio');
		/* the camera: the line of a presentation is there too, and sends nothing */
		const out = all.filter((s) => s.type === 'outbound-rtp' && s.kind === 'video').sort((a, b) => b.bytesSent - a.bytesSent)[0] ?? {};
		return {
			at: performance.now(), decoded: video.framesDecoded ?? 0, keys: video.keyFramesDecoded ?? 0, height: video.frameHeight ?? 0,
			bytes: (video.bytesReceived ?? 0) + (video.headerBytesReceived ?? 0),
			soundBytes: (audio.bytesReceived ?? 0) + (audio.headerBytesReceived ?? 0), plis: video.pliCount ?? 0, frozen: video.totalFreezesDuration ?? 0,
			samples: audio.totalSamplesReceived ?? 0, concealed: audio.concealedSamples ?? 0, silent: audio.silentConcealedSamples ?? 0,
			sentHeight: out.frameHeight ?? 0, sentBytes: out.bytesSent ?? 0, sentFrames: out.framesEncoded ?? 0,
		};
	};

	let before = null;

	window.receiver = {
		/* What is counted begins anew; tile: {x, y, w, h} of the picture, 0 to 1, in which something should move all the time. */
		async begin(tile = null) {
			if (!watch.since) follow(document.getElementById('mix'));
			Object.assign(watch, {since: performance.now(), pictures: 0, gap: 0, last: performance.now(), tile, points: null, moved: 0, still: 0});
			before = await totals();
		},

		async read() {
			const now = await totals(), seconds = (now.at - before.at) / 1000, gone = performance.now();
			const samples = now.samples - before.samples;
			return {
				seconds, height: now.height, fps: (now.decoded - before.decoded) / seconds, keys: now.keys - before.keys, plis: now.plis - before.plis,
				kbps: (now.bytes - before.bytes) * 8 / 1000 / seconds, shown: watch.pictures / seconds,
				soundKbps: (now.soundBytes - before.soundBytes) * 8 / 1000 / seconds,
				gapMs: Math.max(watch.gap, gone - watch.last), frozenMs: 1000 * (now.frozen - before.frozen),
				concealed: samples ? (now.concealed - before.concealed) / samples : 1,
				stillMs: watch.tile ? Math.max(watch.still, gone - watch.moved) : null,
				sentHeight: now.sentHeight, sentKbps: (now.sentBytes - before.sentBytes) * 8 / 1000 / seconds,
				sentFps: (now.sentFrames - before.sentFrames) / seconds,
			};
		},
	};
})();
