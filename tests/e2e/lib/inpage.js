/* inpage - what the tests ask of the join page: the decoded picture and the sound it plays. Loaded before the page's script. */
'use strict';

(() => {
	let audio = null;

	const ear = () => {
		if (audio?.stream !== window.tessera.stream) {
			audio?.context.close();
			const context = new AudioContext({sampleRate: 48000});
			const analyser = new AnalyserNode(context, {fftSize: 8192, smoothingTimeConstant: 0});
			context.createMediaStreamSource(window.tessera.stream).connect(analyser);
			audio = {stream: window.tessera.stream, context, analyser};
		}
		return audio;
	};

	/* Levels in dB at these frequencies, over a window that began after the call. */
	const tones = async (frequencies) => {
		const {context, analyser} = ear();
		await context.resume();
		const start = context.currentTime;
		while (context.currentTime < start + analyser.fftSize / context.sampleRate) await new Promise((resolve) => setTimeout(resolve, 20));
		const spectrum = new Float32Array(analyser.frequencyBinCount);
		analyser.getFloatFrequencyData(spectrum);
		return frequencies.map((hz) => {
			const bin = Math.round(hz * analyser.fftSize / context.sampleRate);
			return Math.max(-200, ...spectrum.slice(bin - 2, bin + 3));
		});
	};

	/* The mean of an area of one plane; step is 1 for luma and 2 for chroma of 4:2:0. */
	const mean = (data, plane, area, step) => {
		let sum = 0, n = 0;
		for (let y = Math.ceil(area.y / step); y < Math.floor((area.y + area.h) / step); y++) {
			for (let x = Math.ceil(area.x / step); x < Math.floor((area.x + area.w) / step); x++, n++)
				sum += data[plane.offset + y * plane.stride + x];
		}
		return sum / n;
	};

	/* Where white things are in an area, 0 to 1 from left to right; null: nowhere. */
	const whiteAt = (data, planes, area) => {
		let sum = 0, n = 0;
		for (let y = Math.ceil(area.y / 2); y < Math.floor((area.y + area.h) / 2); y++) {
			for (let x = Math.ceil(area.x / 2); x < Math.floor((area.x + area.w) / 2); x++) {
				const at = (plane, s) => data[plane.offset + y * s * plane.stride + x * s];
				if (at(planes[0], 2) < 215 || Math.abs(at(planes[1], 1) - 128) > 20 || Math.abs(at(planes[2], 1) - 128) > 20) continue;
				sum += (2 * x - area.x) / area.w;
				n++;
			}
		}
		return n < 20 ? null : sum / n;
	};

	/* The picture shown now as it was decoded: no conversion to RGB lies between. areas: [{x, y, w, h}] in its pixels. */
	const picture = async (areas) => {
		const frame = new VideoFrame(document.getElementById('mix'));
		try {
			const size = {width: frame.codedWidth, height: frame.codedHeight};
			if (frame.format !== 'I420') throw new Error(`pictures come as ${frame.format}`);
			const data = new Uint8Array(frame.allocationSize());
			const planes = await frame.copyTo(data);
			return {
				width: frame.visibleRect.width, height: frame.visibleRect.height, size,
				areas: areas.map((area) => ({
					yuv: [mean(data, planes[0], area, 1), mean(data, planes[1], area, 2), mean(data, planes[2], area, 2)],
					white: whiteAt(data, planes, area),
				})),
			};
		} finally {
			frame.close();
		}
	};

	/* codec and number of decoded pictures of what comes in. */
	const incoming = async () => {
		const all = [...(await window.tessera.pc.getStats()).values()];
		const video = all.find((s) => s.type === 'inbound-rtp' && s.kind === 'video');
		return {codec: all.find((s) => s.id === video?.codecId)?.mimeType, decoded: video?.framesDecoded ?? 0};
	};

	window.e2e = {tones, picture, incoming};
})();
