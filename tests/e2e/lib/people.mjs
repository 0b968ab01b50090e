// people - who takes part in the tests: each has a picture and a tone that no other has.
//
// Colours are the values sent, 8 bits, limited range; no matrix is applied anywhere between the file and the check.

export const people = {
	red: {yuv: [81, 90, 240], hz: 400},
	green: {yuv: [145, 54, 34], hz: 700},
	blue: {yuv: [41, 240, 110], hz: 1100},
	yellow: {yuv: [210, 16, 146], hz: 1700},
};

// The 75 % bars of BT.601: white, yellow, cyan, green, magenta, red, blue, black.
export const bars = [
	[180, 128, 128], [162, 44, 142], [131, 156, 44], [112, 72, 58], [84, 184, 198], [65, 100, 212], [35, 212, 114], [16, 128, 128],
];

export const names = Object.keys(people);
export const tones = names.map((name) => people[name].hz);

export function distance(a, b) {
	return Math.max(...a.map((value, i) => Math.abs(value - b[i])));
}

// Whose colour this is, or null.
export function whose(yuv, tolerance = 16) {
	return names.find((name) => distance(people[name].yuv, yuv) <= tolerance) ?? null;
}
