#include "codec/avcc.h"

#include "base/bytes.h"
#include "codec/h264.h"
#include <stdbool.h>
#include <stdio.h>

enum { LENGTH_BYTES = 4, DELIMITER = 9, SETS_MAX = 31 };

/* Behind a start code of three bytes a length takes one more. */
size_t ts_avcc_bound(size_t len)
{
	return len + len / 3 + LENGTH_BYTES;
}

static bool is_of_the_track(int type)
{
	return type == TS_NAL_SPS || type == TS_NAL_PPS || type == DELIMITER;
}

size_t ts_avcc_write(uint8_t *out, const uint8_t *unit, size_t len)
{
	struct ts_wr w = ts_wr(out, ts_avcc_bound(len));
	const uint8_t *at = unit, *end = unit + len;
	struct ts_nal nal;
	while (ts_nal_next(&nal, &at, end)) {
		if (!nal.len || is_of_the_track(nal.p[0] & TS_NAL_TYPE)) continue;
		ts_wr_u32(&w, (uint32_t)nal.len);
		ts_wr_bytes(&w, nal.p, nal.len);
	}
	return w.bad ? 0 : ts_wr_len(&w);
}

/* How many there are of that type; each behind its length. */
static unsigned write_sets(struct ts_wr *w, const uint8_t *sets, size_t len, int type)
{
	const uint8_t *at = sets, *end = sets + len;
	struct ts_nal nal;
	unsigned n = 0;
	while (n < SETS_MAX && ts_nal_next(&nal, &at, end)) {
		if (nal.len < 4 || nal.len > UINT16_MAX || (nal.p[0] & TS_NAL_TYPE) != type)
			continue;
		ts_wr_u16(w, (uint16_t)nal.len);
		ts_wr_bytes(w, nal.p, nal.len);
		n++;
	}
	return n;
}

size_t ts_avcc_record(uint8_t *out, size_t cap, const uint8_t *sets, size_t len)
{
	struct ts_wr w = ts_wr(out, cap);
	uint8_t *head = ts_wr_skip(&w, 6);
	const unsigned n_sps = write_sets(&w, sets, len, TS_NAL_SPS);
	uint8_t *pps = ts_wr_skip(&w, 1);
	const unsigned n_pps = write_sets(&w, sets, len, TS_NAL_PPS);
	if (w.bad || !n_sps || !n_pps) return 0;
	*pps = (uint8_t)n_pps;
	head[0] = 1;
	memcpy(head + 1, head + 6 + 2 + 1, 3); /* profile, constraints, level: of the first SPS */
	head[4] = 0xfc | (LENGTH_BYTES - 1);
	head[5] = (uint8_t)(0xe0 | n_sps);
	return ts_wr_len(&w);
}

void ts_avcc_name(char out[TS_AVCC_NAME_MAX], const uint8_t *record)
{
	snprintf(out, TS_AVCC_NAME_MAX, "avc1.%02x%02x%02x", record[1], record[2], record[3]);
}
