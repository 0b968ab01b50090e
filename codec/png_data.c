#include "codec/png_data.h"

#include "base/bytes.h"
#include "base/error.h"
#include <string.h>
#include <zlib.h>

enum { MARK_BYTES = 8, PASSES = 7, BLOCK = 64 * 1024 };

/* Bits of a pixel by colour type: samples of it. 0: no such type. */
static unsigned bits_of(unsigned depth, unsigned type)
{
	static const uint8_t samples[7] = {1, 0, 3, 1, 2, 0, 4};
	return type < sizeof(samples) && depth <= 16 ? depth * samples[type] : 0;
}

static uint64_t rows_bytes(uint64_t width, uint64_t height, unsigned bits)
{
	return width && height ? height * (1 + (width * bits + 7) / 8) : 0;
}

/* Adam7: where each pass begins, and its steps. */
static uint64_t bytes_interlaced(uint64_t width, uint64_t height, unsigned bits)
{
	static const struct {
		uint8_t x, y, dx, dy;
	} pass[PASSES] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4},
		{1, 0, 2, 2}, {0, 1, 1, 2}};
	uint64_t sum = 0;
	for (int i = 0; i < PASSES; i++) {
		const uint64_t w = (width + pass[i].dx - 1 - pass[i].x) / pass[i].dx;
		const uint64_t h = (height + pass[i].dy - 1 - pass[i].y) / pass[i].dy;
		sum += rows_bytes(w, h, bits);
	}
	return sum;
}

/* 0: what it says of itself makes no sense. */
static uint64_t bytes_needed(struct ts_rd header)
{
	const uint32_t width = ts_rd_u32(&header), height = ts_rd_u32(&header);
	const unsigned depth = ts_rd_u8(&header), bits = bits_of(depth, ts_rd_u8(&header));
	(void)ts_rd_u16(&header); /* compression, filter: the decoder's matter */
	const int interlaced = ts_rd_u8(&header);
	if (header.bad || !bits) return 0;
	return interlaced ? bytes_interlaced(width, height, bits) : rows_bytes(width, height, bits);
}

/* Adds what the chunk gives to *sum, no further than beyond most. */
static int inflate_chunk(z_stream *z, struct ts_rd data, uint64_t most, uint64_t *sum)
{
	uint8_t block[BLOCK];
	int rc = Z_OK;
	z->next_in = (uint8_t *)(uintptr_t)data.p; /* zlib does not write there */
	z->avail_in = (unsigned)ts_rd_left(&data);
	do {
		z->next_out = block;
		z->avail_out = BLOCK;
		rc = inflate(z, Z_NO_FLUSH);
		if (rc == Z_BUF_ERROR) break; /* the next chunk goes on */
		if (rc != Z_OK && rc != Z_STREAM_END) return TS_EBADMSG;
		*sum += BLOCK - z->avail_out;
	} while (rc == Z_OK && *sum <= most);
	return 0;
}

int ts_png_data_check(const uint8_t *png, size_t len)
{
	struct ts_rd r = ts_rd(png, len);
	z_stream z = {.zalloc = Z_NULL};
	uint64_t needed = 0, sum = 0;
	int err = 0;
	(void)ts_rd_bytes(&r, MARK_BYTES);
	if (inflateInit(&z) != Z_OK) return TS_ENOMEM;
	while (!err && !r.bad && ts_rd_left(&r)) {
		const uint32_t size = ts_rd_u32(&r);
		const uint8_t *type = ts_rd_bytes(&r, 4);
		const struct ts_rd data = ts_rd_sub(&r, size);
		(void)ts_rd_u32(&r);
		if (r.bad) break;
		if (!memcmp(type, "IHDR", 4)) needed = bytes_needed(data);
		if (!memcmp(type, "IDAT", 4)) err = inflate_chunk(&z, data, needed, &sum);
	}
	inflateEnd(&z);
	return !err && !r.bad && needed && sum == needed ? 0 : TS_EBADMSG;
}
