#include "codec/image_file.h"

#include "base/bytes.h"
#include "base/error.h"
#include "codec/exif.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t png_mark[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

/* What is being read, and what of it is kept. */
struct reading {
	struct ts_rd in;
	struct ts_wr out;
	struct ts_image_file *file;
	const char *why;
};

static int fail(struct reading *r, int err, const char *why)
{
	r->why = why;
	return err;
}

static int damaged(struct reading *r)
{
	return fail(r, TS_EBADMSG, "the image is damaged, or ends too early");
}

const char *ts_image_kind_type(enum ts_image_kind kind)
{
	static const char *const types[] = {NULL, "image/png", "image/jpeg", "image/webp"};
	return types[kind];
}

static int set_size(struct reading *r, uint32_t width, uint32_t height)
{
	if (!width || !height) return fail(r, TS_EBADMSG, "the image has no pixels");
	if (width > TS_IMAGE_SIDE_MAX || height > TS_IMAGE_SIDE_MAX ||
		(uint64_t)width * height > TS_IMAGE_PIXELS_MAX)
		return fail(r, TS_ELIMIT,
			"the image has more than 8192 pixels in a row or column, or more than 16 "
			"million in all");
	r->file->width = (int)width;
	r->file->height = (int)height;
	return 0;
}

/* ---- PNG: chunks of length, type, data, CRC */

static bool is_needed_chunk(const uint8_t *type)
{
	return !memcmp(type, "IHDR", 4) || !memcmp(type, "PLTE", 4) || !memcmp(type, "tRNS", 4) ||
		!memcmp(type, "IDAT", 4) || !memcmp(type, "IEND", 4);
}

static int read_chunk(struct reading *r, const uint8_t *type, struct ts_rd data)
{
	if (!memcmp(type, "acTL", 4))
		return fail(r, TS_EUNSUPPORTED, "the image is animated; one picture is needed");
	if (!memcmp(type, "eXIf", 4))
		r->file->orientation = ts_exif_orientation(data.p, ts_rd_left(&data));
	if (memcmp(type, "IHDR", 4) != 0) return 0;
	if (r->file->width || ts_rd_left(&data) != 13) return damaged(r);
	const uint32_t width = ts_rd_u32(&data), height = ts_rd_u32(&data);
	return set_size(r, width, height);
}

static int read_png(struct reading *r)
{
	bool pixels = false;
	ts_wr_bytes(&r->out, ts_rd_bytes(&r->in, sizeof(png_mark)), sizeof(png_mark));
	for (;;) {
		const uint8_t *chunk = r->in.p;
		const uint32_t len = ts_rd_u32(&r->in);
		const uint8_t *type = ts_rd_bytes(&r->in, 4);
		const struct ts_rd data = ts_rd_sub(&r->in, len);
		(void)ts_rd_u32(&r->in);
		if (r->in.bad) return damaged(r);
		const int err = read_chunk(r, type, data);
		if (err) return err;
		if (!r->file->width) return damaged(r);
		pixels |= !memcmp(type, "IDAT", 4);
		if (is_needed_chunk(type)) ts_wr_bytes(&r->out, chunk, 12 + (size_t)len);
		if (!memcmp(type, "IEND", 4)) return pixels ? 0 : damaged(r);
	}
}

/* ---- JPEG: segments of FF, marker, length; behind a scan's head its bits, up to a marker */

enum { SOI = 0xd8, EOI = 0xd9, SOS = 0xda, DQT = 0xdb, DHT = 0xc4, DRI = 0xdd, APP1 = 0xe1 };

static int read_frame_head(struct reading *r, int marker, struct ts_rd data)
{
	if (r->file->width) return damaged(r);
	const int precision = ts_rd_u8(&data);
	const uint32_t height = ts_rd_u16(&data), width = ts_rd_u16(&data);
	const int components = ts_rd_u8(&data);
	if (data.bad) return damaged(r);
	if (marker > 0xc2 || precision != 8)
		return fail(r, TS_EUNSUPPORTED,
			"the JPEG is lossless, arithmetic or of 12 bits; baseline or progressive "
			"is needed");
	if (components == 4) return fail(r, TS_EUNSUPPORTED, "the JPEG is CMYK; save it as sRGB");
	if (components != 1 && components != 3) return damaged(r);
	return set_size(r, width, height);
}

/* The bits of a scan: FF 00 and FF D0..D7 are of them. */
static void keep_scan(struct reading *r)
{
	const uint8_t *from = r->in.p, *at = from;
	while (r->in.end - at >= 2) {
		at = memchr(at, 0xff, (size_t)(r->in.end - at) - 1);
		if (!at || (at[1] && (at[1] & 0xf8) != 0xd0)) break;
		at += 2;
	}
	const size_t len = at ? (size_t)(at - from) : ts_rd_left(&r->in);
	ts_wr_bytes(&r->out, ts_rd_bytes(&r->in, len), len);
}

static bool is_frame_head(int marker)
{
	return marker >= 0xc0 && marker <= 0xcf && marker != DHT && marker != 0xc8 &&
		marker != 0xcc;
}

static bool is_needed_segment(int marker)
{
	return is_frame_head(marker) || marker == DHT || marker == DQT || marker == DRI ||
		marker == SOS || marker == 0xe0 ||
		marker == 0xee; /* JFIF and Adobe: which colours */
}

static int read_segment(struct reading *r, int marker, struct ts_rd data)
{
	if (is_frame_head(marker)) return read_frame_head(r, marker, data);
	const uint8_t *mark = marker == APP1 ? ts_rd_bytes(&data, 6) : NULL;
	if (mark && !memcmp(mark, "Exif\0", 6))
		r->file->orientation = ts_exif_orientation(data.p, ts_rd_left(&data));
	return 0;
}

static int read_jpeg(struct reading *r)
{
	int scans = 0;
	ts_wr_bytes(&r->out, ts_rd_bytes(&r->in, 2), 2);
	for (;;) {
		if (ts_rd_u8(&r->in) != 0xff) return damaged(r);
		int marker = ts_rd_u8(&r->in);
		while (marker == 0xff && !r->in.bad) marker = ts_rd_u8(&r->in);
		if (r->in.bad) return damaged(r);
		if (marker == EOI) break;
		const uint8_t *segment = r->in.p;
		const size_t len = ts_rd_u16(&r->in);
		const struct ts_rd data = ts_rd_sub(&r->in, len - 2);
		if (len < 2 || data.bad || marker < 0xc0 || marker == SOI) return damaged(r);
		const int err = read_segment(r, marker, data);
		if (err) return err;
		if (is_needed_segment(marker)) {
			ts_wr_u16(&r->out, (uint16_t)(0xff00 | marker));
			ts_wr_bytes(&r->out, segment, len);
		}
		if (marker != SOS) continue;
		if (!r->file->width) return damaged(r);
		if (++scans > TS_IMAGE_SCANS_MAX)
			return fail(r, TS_ELIMIT, "the JPEG has more than 32 scans");
		keep_scan(r);
	}
	ts_wr_u16(&r->out, 0xff00 | EOI);
	return scans ? 0 : damaged(r);
}

/* ---- WebP: RIFF, little endian; chunks are padded to even lengths */

static uint32_t u32le(struct ts_rd *r)
{
	return __builtin_bswap32(ts_rd_u32(r));
}
static uint32_t u24le(struct ts_rd *r)
{
	const uint8_t *b = ts_rd_bytes(r, 3);
	return b ? (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 : 0;
}

/* The canvas of VP8X; the picture itself must have that size too. */
static int read_vp8x(struct reading *r, struct ts_rd data)
{
	enum { ANIMATED = 2 };
	if (ts_rd_left(&data) < 10 || r->file->width) return damaged(r);
	if (data.p[0] & ANIMATED)
		return fail(r, TS_EUNSUPPORTED, "the image is animated; one picture is needed");
	(void)ts_rd_u32(&data);
	const uint32_t width = u24le(&data) + 1, height = u24le(&data) + 1;
	return set_size(r, width, height);
}

static int read_vp8(struct reading *r, const uint8_t *type, struct ts_rd data)
{
	uint32_t width, height;
	if (type[3] == ' ') { /* RFC 6386 9.1 */
		const uint8_t *head = ts_rd_bytes(&data, 10);
		if (!head || head[0] & 1 || memcmp(head + 3, "\x9d\x01\x2a", 3) != 0)
			return damaged(r);
		width = (uint32_t)(head[6] | head[7] << 8) & 0x3fff;
		height = (uint32_t)(head[8] | head[9] << 8) & 0x3fff;
	} else {
		if (ts_rd_u8(&data) != 0x2f) return damaged(r);
		const uint32_t bits = u32le(&data);
		width = (bits & 0x3fff) + 1;
		height = (bits >> 14 & 0x3fff) + 1;
	}
	if (data.bad) return damaged(r);
	if (!r->file->width) return set_size(r, width, height);
	return (int)width == r->file->width && (int)height == r->file->height ? 0 : damaged(r);
}

static bool is_picture(const uint8_t *type)
{
	return !memcmp(type, "VP8 ", 4) || !memcmp(type, "VP8L", 4);
}

static void keep_riff(struct reading *r, const uint8_t *chunk, size_t len, bool first)
{
	uint8_t *at = ts_wr_skip(&r->out, len + len % 2);
	if (!at) return;
	memcpy(at, chunk, len);
	if (len % 2) at[len] = 0;
	if (first) at[8] &= 0x10; /* of what VP8X announces alpha alone is left */
}

static int read_webp(struct reading *r)
{
	bool extended = false, pixels = false;
	ts_wr_bytes(&r->out, ts_rd_bytes(&r->in, 4), 4);
	const uint32_t all = u32le(&r->in);
	r->in = ts_rd_sub(&r->in, all);
	if (r->in.bad || ts_rd_left(&r->in) < 4) return damaged(r);
	uint8_t *size = ts_wr_skip(&r->out, 4);
	ts_wr_bytes(&r->out, ts_rd_bytes(&r->in, 4), 4);
	while (!r->in.bad && ts_rd_left(&r->in)) {
		const uint8_t *chunk = r->in.p, *type = ts_rd_bytes(&r->in, 4);
		const uint32_t len = u32le(&r->in);
		struct ts_rd data = ts_rd_sub(&r->in, len);
		if (r->in.bad) return damaged(r);
		if (len % 2) (void)ts_rd_u8(&r->in);
		const bool is_vp8x = !memcmp(type, "VP8X", 4);
		const bool alpha = !memcmp(type, "ALPH", 4);
		int err = 0;
		if (is_vp8x && (extended || pixels)) return damaged(r);
		if (is_vp8x) err = read_vp8x(r, data);
		if (is_picture(type)) err = pixels ? damaged(r) : read_vp8(r, type, data);
		if (!memcmp(type, "EXIF", 4)) {
			const bool marked = len >= 6 && !memcmp(data.p, "Exif\0", 6);
			r->file->orientation = ts_exif_orientation(
				data.p + (marked ? 6 : 0), len - (marked ? 6 : 0));
		}
		if (err) return err;
		if (is_vp8x || is_picture(type) || (alpha && extended && !pixels))
			keep_riff(r, chunk, 8 + (size_t)len, is_vp8x);
		extended |= is_vp8x;
		pixels |= is_picture(type);
	}
	if (r->in.bad || !pixels || r->out.bad) return damaged(r);
	const uint32_t riff = (uint32_t)ts_wr_len(&r->out) - 8;
	for (int i = 0; i < 4; i++) size[i] = (uint8_t)(riff >> (8 * i));
	return 0;
}

/* ---- which of them */

static enum ts_image_kind kind_of(const uint8_t *d, size_t len)
{
	if (len >= sizeof(png_mark) && !memcmp(d, png_mark, sizeof(png_mark))) return TS_IMAGE_PNG;
	if (len >= 3 && d[0] == 0xff && d[1] == SOI && d[2] == 0xff) return TS_IMAGE_JPEG;
	if (len >= 12 && !memcmp(d, "RIFF", 4) && !memcmp(d + 8, "WEBP", 4)) return TS_IMAGE_WEBP;
	return TS_IMAGE_NONE;
}

int ts_image_file_read(struct ts_image_file *out, const uint8_t *data, size_t len, const char **why)
{
	*out = (struct ts_image_file){.kind = kind_of(data, len), .orientation = 1};
	struct reading r = {.in = ts_rd(data, len), .file = out, .why = "out of memory"};
	int err = TS_ENOMEM;
	/* what is kept is at most one byte longer: the padding of a last chunk of WebP */
	uint8_t *kept = calloc(1, len + 1 + TS_IMAGE_PADDING);
	r.out = ts_wr(kept, kept ? len + 1 : 0);
	if (kept) switch (out->kind) {
		case TS_IMAGE_PNG: err = read_png(&r); break;
		case TS_IMAGE_JPEG: err = read_jpeg(&r); break;
		case TS_IMAGE_WEBP: err = read_webp(&r); break;
		case TS_IMAGE_NONE:
			err = fail(&r, TS_EUNSUPPORTED, "the body is no PNG, JPEG or WebP image");
			break;
		}
	if (!err && r.out.bad) err = damaged(&r);
	if (err) {
		free(kept);
		*why = r.why;
		return err;
	}
	out->data = kept;
	out->len = ts_wr_len(&r.out);
	return 0;
}
