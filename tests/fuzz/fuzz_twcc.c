/* Transport-wide numbers as a peer may send them: { u16 number, u16 time since the last in 250 us,
 * feedback now if its top bit }*. Each feedback is a whole RTCP packet of bounded size, and telling
 * ends. */
#include "base/bytes.h"
#include "base/clock.h"
#include "transport/rtp/rtcp.h"
#include "transport/rtp/twcc.h"
#include <stdlib.h>

static void tell(struct ts_twcc *twcc, int64_t now_ns)
{
	uint8_t buf[TS_TWCC_BYTES_MAX];
	for (int i = 0; twcc->due_ns <= now_ns; i++) {
		struct ts_wr w = ts_wr(buf, sizeof(buf));
		struct ts_rtcp_iter it;
		if (i > TS_TWCC_RING) abort();
		ts_twcc_write(twcc, &w, 1, 2, now_ns);
		if (w.bad) abort();
		size_t len = ts_wr_len(&w);
		if (len % 4 ||
			(len &&
				(buf[0] != 0x8f || buf[1] != 205 ||
					(size_t)(buf[2] << 8 | buf[3]) * 4 + 4 != len)))
			abort();
		if (len && ts_rtcp_begin(&it, buf, len)) abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct ts_twcc twcc;
	struct ts_rd r = ts_rd(data, len);
	int64_t now_ns = TS_NS_PER_S;
	twcc = (struct ts_twcc){0};
	ts_twcc_init(&twcc);
	while (ts_rd_left(&r) >= 4) {
		uint16_t seq = ts_rd_u16(&r), wait = ts_rd_u16(&r);
		now_ns += (wait & 0x7fff) * 250000LL;
		ts_twcc_packet(&twcc, seq, now_ns);
		if (twcc.high < twcc.next - 1 - TS_TWCC_RING) abort();
		if (wait & 0x8000) tell(&twcc, now_ns);
	}
	tell(&twcc, now_ns + TS_NS_PER_S);
	return 0;
}
