#include "transport/rtp/stats.h"

#include "base/clock.h"
#include "transport/rtp/rtcp.h"

void ts_rtp_stats_restart(struct ts_rtp_stats *s)
{
	*s = (struct ts_rtp_stats){
		.sr_ssrc = s->sr_ssrc, .sr_mid_ntp = s->sr_mid_ntp, .sr_ns = s->sr_ns};
}

void ts_rtp_stats_packet(struct ts_rtp_stats *s, const struct ts_packet *p, uint32_t clock_hz)
{
	uint32_t arrival_rtp = (uint32_t)((uint64_t)(p->arrival_ns / TS_NS_PER_US) * clock_hz /
		1000000);
	uint32_t transit = arrival_rtp - p->timestamp_rtp;
	uint32_t d = transit - s->transit_rtp;
	if (d >> 31) d = 0 - d;
	/* timestamps that jumped, or another clock, say nothing about the network */
	if (s->has_transit && clock_hz == s->clock_hz && d < 5 * clock_hz)
		s->jitter_x16 += d - ((s->jitter_x16 + 8) >> 4);
	s->transit_rtp = transit;
	s->clock_hz = clock_hz;
	s->has_transit = true;
	s->received++;
}

void ts_rtp_stats_sender_report(struct ts_rtp_stats *s, uint32_t ssrc, uint64_t ntp, int64_t now_ns)
{
	s->sr_ssrc = ssrc;
	s->sr_mid_ntp = (uint32_t)(ntp >> 16);
	s->sr_ns = now_ns;
}

static uint8_t fraction_lost(struct ts_rtp_stats *s, int64_t expected)
{
	int64_t expected_now = expected - s->expected_prior;
	int64_t lost_now = expected_now - (int64_t)(s->received - s->received_prior);
	s->expected_prior = expected;
	s->received_prior = s->received;
	if (expected_now <= 0 || lost_now <= 0) return 0;
	int64_t fraction = lost_now * 256 / expected_now;
	return fraction > 255 ? 255 : (uint8_t)fraction;
}

void ts_rtp_stats_report(struct ts_rtp_stats *s, struct ts_rtcp_report *out, uint32_t ssrc,
	int64_t base, int64_t high, int64_t now_ns)
{
	int64_t expected = high - base + 1;
	int64_t lost = expected - (int64_t)s->received;
	bool has_sr = s->sr_ns && s->sr_ssrc == ssrc;
	*out = (struct ts_rtcp_report){
		.ssrc = ssrc,
		.fraction_lost = fraction_lost(s, expected),
		.lost = lost > 0x7fffff    ? 0x7fffff
			: lost < -0x800000 ? -0x800000
					   : (int32_t)lost,
		.ext_seq = (uint32_t)(high - (base & ~(int64_t)0xffff)),
		.jitter_rtp = s->jitter_x16 >> 4,
		.lsr = has_sr ? s->sr_mid_ntp : 0,
		.dlsr = has_sr ? (uint32_t)((now_ns - s->sr_ns) / TS_NS_PER_US * 65536 / 1000000)
			       : 0,
	};
}

uint32_t ts_rtp_stats_jitter_us(const struct ts_rtp_stats *s)
{
	return s->clock_hz ? (uint32_t)((uint64_t)(s->jitter_x16 >> 4) * 1000000 / s->clock_hz) : 0;
}
