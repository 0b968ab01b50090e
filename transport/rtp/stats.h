/* stats - what a receiver report says about one incoming stream.
 *
 * Thread  of its receiver; a plain struct, zeroed to begin with.
 * Source  RFC 3550 6.4.1, A.3, A.8.
 */
#ifndef TS_TRANSPORT_RTP_STATS_H
#define TS_TRANSPORT_RTP_STATS_H

#include "base/packet.h"
#include <stdbool.h>

struct ts_rtcp_report;

struct ts_rtp_stats {
	/* as they came, repairs left out; prior: at the last report */
	uint64_t received, received_prior;
	int64_t expected_prior;
	uint32_t jitter_x16, transit_rtp, clock_hz;
	bool has_transit;
	uint32_t sr_ssrc, sr_mid_ntp; /* of the last sender report */
	int64_t sr_ns;                /* 0: none came */
};

/* A new SSRC, or numbers that began anew. What sender reports said stays: the first may come before
 * the first packet. */
void ts_rtp_stats_restart(struct ts_rtp_stats *stats);
void ts_rtp_stats_packet(struct ts_rtp_stats *stats, const struct ts_packet *packet,
	uint32_t clock_hz);
void ts_rtp_stats_sender_report(struct ts_rtp_stats *stats, uint32_t ssrc, uint64_t ntp,
	int64_t now_ns);
/* The block about a stream whose extended numbers went from base to high; starts a new interval. */
void ts_rtp_stats_report(struct ts_rtp_stats *stats, struct ts_rtcp_report *out, uint32_t ssrc,
	int64_t base, int64_t high, int64_t now_ns);
uint32_t ts_rtp_stats_jitter_us(const struct ts_rtp_stats *stats);

#endif
