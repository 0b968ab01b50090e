#include "transport/rtp/red.h"
#include "base/bytes.h"
#include "base/error.h"
#include <string.h>

enum { FOLLOWS = 0x80, HEADER = 4 };

static bool read_header(struct ts_red_block *b, struct ts_rd *r)
{
	const uint8_t first = ts_rd_u8(r);
	*b = (struct ts_red_block){.pt = first & 0x7f};
	if (!(first & FOLLOWS)) return false;
	const uint32_t rest = ts_rd_u24(r);
	b->offset = (uint16_t)(rest >> 10);
	b->len = rest & TS_RED_BLOCK_BYTES_MAX;
	return true;
}

int ts_red_parse(struct ts_red *out, const uint8_t *payload, size_t len)
{
	struct ts_rd r = ts_rd(payload, len);
	out->n = 0;
	while (read_header(&out->block[out->n++], &r))
		if (r.bad || out->n == TS_RED_BLOCKS_MAX) return TS_EBADMSG;
	for (size_t i = 0; i + 1 < out->n; i++)
		out->block[i].data = ts_rd_bytes(&r, out->block[i].len);
	if (r.bad) return TS_EBADMSG;
	out->block[out->n - 1].data = r.p;
	out->block[out->n - 1].len = (uint32_t)ts_rd_left(&r);
	return 0;
}

size_t ts_red_bytes(const struct ts_red *red)
{
	size_t bytes = 1;
	for (size_t i = 0; i < red->n; i++) {
		const struct ts_red_block *b = &red->block[i];
		bytes += b->len;
		if (i + 1 == red->n) break;
		bytes += HEADER;
		if (b->offset > TS_RED_OFFSET_MAX || b->len > TS_RED_BLOCK_BYTES_MAX) return 0;
	}
	return bytes;
}

void ts_red_write(uint8_t *out, const struct ts_red *red)
{
	for (size_t i = 0; i + 1 < red->n; i++) {
		const struct ts_red_block *b = &red->block[i];
		const uint32_t rest = (uint32_t)b->offset << 10 | b->len;
		*out++ = FOLLOWS | b->pt;
		*out++ = (uint8_t)(rest >> 16);
		*out++ = (uint8_t)(rest >> 8);
		*out++ = (uint8_t)rest;
	}
	*out++ = red->block[red->n - 1].pt;
	for (size_t i = 0; i < red->n; i++) {
		memcpy(out, red->block[i].data, red->block[i].len);
		out += red->block[i].len;
	}
}

void ts_red_set_pt(uint8_t *payload, size_t len, uint8_t pt)
{
	size_t at = 0;
	for (; at + HEADER < len && payload[at] & FOLLOWS; at += HEADER) payload[at] = FOLLOWS | pt;
	if (at < len) payload[at] = pt;
}
