#include "tests/unit/transport/rtp_make.h"

struct ts_packet *ts_test_packet(struct ts_packet_pool *pool, const struct ts_rtp_header *h,
	const void *payload, size_t len, int64_t arrival_ns)
{
	struct ts_packet *p = ts_packet_get(pool);
	assert_non_null(p);
	ts_rtp_write(p->data, h, false);
	if (len) memcpy(p->data + TS_RTP_HEADER_LEN, payload, len);
	p->len = (uint32_t)(TS_RTP_HEADER_LEN + len);
	p->arrival_ns = arrival_ns;
	assert_int_equal(ts_rtp_parse(p), 0);
	return p;
}
