/* 7 bytes of ids, 2 of profile, then the elements. */
#include "transport/rtp/hdrext.h"
#include <stdlib.h>

static void check_text(const char *text, uint8_t len, const uint8_t *data, size_t size)
{
	const uint8_t *at = (const uint8_t *)text;
	if (!text) return;
	if (len == 0 || len > TS_MID_MAX || at < data || at + len > data + size) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len < 9) return 0;
	struct ts_ext_ids ids = {data[0], data[1], data[2], data[3], data[4], data[5], data[6]};
	struct ts_hdrext e;
	ts_hdrext_parse(&e, ts_rd(data + 9, len - 9), (uint16_t)(data[7] << 8 | data[8]), &ids);
	check_text(e.mid, e.mid_len, data, len);
	check_text(e.rid, e.rid_len, data, len);
	check_text(e.repaired_rid, e.repaired_rid_len, data, len);
	if (e.level > 127 || e.abs_send_time > 0xffffff || e.orientation > 3) abort();

	/* what we write for the same ids reads back */
	char mid[TS_MID_MAX + 1] = "";
	if (e.mid) memcpy(mid, e.mid, e.mid_len);
	struct ts_hdrext_out out;
	ts_hdrext_make(&out, &ids, mid);
	if (out.len % 4 || out.len > TS_HDREXT_MAX) abort();
	return 0;
}
