/* 8 bytes of ids, 2 of profile, then the elements. */
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
	if (len < 10) return 0;
	const struct ts_ext_ids ids = {.mid = data[0],
		.rid = data[1],
		.repaired_rid = data[2],
		.audio_level = data[3],
		.abs_send_time = data[4],
		.twcc = data[5],
		.video_orientation = data[6],
		.abs_capture_time = data[7]};
	struct ts_hdrext e;
	ts_hdrext_parse(&e, ts_rd(data + 10, len - 10), (uint16_t)(data[8] << 8 | data[9]), &ids);
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
