#include "tests/bench/crowd/meter.h"

#include "base/bytes.h"
#include "transport/rtp/rtp.h"

static void count_number(struct ts_meter *m, uint16_t seq)
{
	int ahead = ts_seq_diff(seq, m->seq);
	if (!m->started || ahead > 0) m->seq = seq;
	if (m->started && ahead > 1) m->lost += (uint64_t)ahead - 1;
	if (m->started && ahead < 0 && m->lost) m->lost--; /* it was late */
}

static void count_unit(struct ts_meter *m, int64_t arrival_ns)
{
	if (m->last_ns && arrival_ns - m->last_ns > m->max_gap_ns)
		m->max_gap_ns = arrival_ns - m->last_ns;
	if (!m->first_ns) m->first_ns = arrival_ns;
	m->last_ns = arrival_ns;
	m->units++;
}

void ts_meter_packet(
	struct ts_meter *m, const uint8_t *data, size_t len, int64_t arrival_ns, bool video)
{
	if (len < TS_RTP_HEADER_LEN) return;
	struct ts_rd r = ts_rd(data, len);
	ts_rd_u8(&r);
	bool marker = ts_rd_u8(&r) & 0x80;
	uint16_t seq = ts_rd_u16(&r);
	uint32_t rtp = ts_rd_u32(&r);
	count_number(m, seq);
	if (m->started) m->span_rtp += rtp - m->last_rtp;
	m->last_rtp = rtp;
	m->started = true;
	m->packets++;
	m->bytes += len;
	if (!video || marker) count_unit(m, arrival_ns);
}

void ts_meter_mark(struct ts_meter *m)
{
	m->packets = m->bytes = m->lost = m->units = 0;
	m->span_rtp = 0;
	m->max_gap_ns = 0;
}
