/* playlist - what a media playlist of HLS says, as far as this server writes them. Pure.
 *
 * Source  RFC 8216, draft-pantos-hls-rfc8216bis.
 */

const attribute = (line, name) => new RegExp(`[:,]${name}=(?:"([^"]*)"|([^,]*))`).exec(line)?.slice(1).find((v) => v !== undefined);

/* The address of the media playlist that a multivariant one names first, and its codecs. */
export function readMain(text, base) {
	const lines = text.split('\n');
	const at = lines.findIndex((line) => line.startsWith('#EXT-X-STREAM-INF:'));
	if (at < 0) throw new Error('no stream is named');
	return {url: new URL(lines[at + 1], base).href, codecs: attribute(lines[at], 'CODECS')};
}

/* {holdBack, pieces: [{number, part, url, map, seconds, independent}], next: {number, part}}; a piece is a part where parts are
 * named, else a segment (part null). next: what comes after them all. */
export function readMedia(text, base) {
	const pieces = [];
	let number = 0, part = 0, map = null, holdBack = 1.2, parts = [];
	for (const line of text.split('\n')) {
		if (line.startsWith('#EXT-X-MEDIA-SEQUENCE:')) {
			number = Number(line.split(':')[1]);
		} else if (line.startsWith('#EXT-X-SERVER-CONTROL:')) {
			holdBack = Number(attribute(line, 'PART-HOLD-BACK')) || holdBack;
		} else if (line.startsWith('#EXT-X-MAP:')) {
			map = new URL(attribute(line, 'URI'), base).href;
		} else if (line.startsWith('#EXT-X-PART:')) {
			parts.push({
				number, part: part++, map, url: new URL(attribute(line, 'URI'), base).href,
				seconds: Number(attribute(line, 'DURATION')), independent: attribute(line, 'INDEPENDENT') === 'YES',
			});
		} else if (line.startsWith('#EXTINF:')) {
			if (!parts.length) parts.push({number, part: null, map, url: null, seconds: parseFloat(line.slice(8)), independent: true});
		} else if (line && !line.startsWith('#')) {
			if (parts[0]?.url === null) parts[0].url = new URL(line, base).href;
			pieces.push(...parts);
			parts = [];
			part = 0;
			number++;
		}
	}
	pieces.push(...parts);
	return {holdBack, pieces, next: {number, part}};
}

/* Where to begin: the last piece that needs none before it, and has so much behind it. -1: nowhere yet. */
export function findStart({pieces, holdBack}) {
	let behind = 0;
	for (let i = pieces.length - 1; i >= 0; i--) {
		behind += pieces[i].seconds;
		if (behind >= holdBack && pieces[i].independent) return i;
	}
	return pieces.findIndex((piece) => piece.independent);
}
