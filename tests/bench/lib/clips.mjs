// clips - what participants send: real people where ../shared/media is, else pictures that ffmpeg makes; coded once a run.

import {execFileSync} from 'node:child_process';
import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {context} from './context.mjs';

const SECONDS = 6;

function sources() {
	const names = context.people ? readdirSync(context.people).filter((name) => /^(openvidu.*360|mdn_friday|intel_asl)/.test(name)).sort() : [];
	if (names.length) return names.slice(0, 4).map((name) => ['-stream_loop', '-1', '-i', join(context.people, name)]);
	return [0, 1, 2, 3].map((n) => ['-f', 'lavfi', '-i', `testsrc2=size=1280x720:rate=30,hue=h=${90 * n},noise=alls=8:allf=t`]);
}

const coders = {
	h264: (kbps) => ['-c:v', 'libx264', '-preset', 'superfast', '-tune', 'zerolatency', '-profile:v', 'baseline', '-bf', '0',
		'-maxrate', `${kbps}k`, '-bufsize', `${kbps / 2}k`],
	camera: () => ['-c:v', 'libx264', '-preset', 'superfast', '-qp', '8'], // nearly what was there before it was coded
	vp8: () => ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-lag-in-frames', '0', '-auto-alt-ref', '0'],
};

const of = (size) => size.split('x').map(Number);

// As a browser does it: what is over of whole pixels is cropped, the rest scaled.
function shrink(camera, size) {
	const [width, height] = of(size), by = Math.floor(Math.min(of(camera)[0] / width, of(camera)[1] / height));
	return by > 1 ? `,crop=${by * width}:${by * height}:0:0,scale=${width}:${height}:flags=area` : '';
}

// Paths of the clips, coded by codec at the size, 30 pictures a second, one keyframe each; the camera's own size may be larger.
export function clips(codec, size = '640x360', kbps = 600, camera = size) {
	const [width, height] = of(camera);
	return sources().map((source, n) => {
		const path = join(context.folder, `clip${n}-${codec}-${size}-${camera}.mkv`);
		if (existsSync(path)) return path;
		execFileSync('ffmpeg', ['-v', 'error', '-y', ...source, '-an', '-t', String(SECONDS), '-vf',
			`fps=30,scale=${width}:${height}:force_original_aspect_ratio=increase,crop=${width}:${height}${shrink(camera, size)},format=yuv420p`,
			...coders[codec](kbps), '-b:v', `${kbps}k`, '-g', '600', path]);
		return path;
	});
}
