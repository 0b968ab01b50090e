/* meter - counts one received RTP stream by the headers alone, which SRTP leaves in the clear.
 * Pure.
 *
 * Video units are counted by marker bits, losses by sequence numbers, mixed pictures that should
 * have come by timestamps.
 */
#ifndef TS_TESTS_BENCH_METER_H
#define TS_TESTS_BENCH_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ts_meter {
	bool started;
	uint16_t seq;
	uint32_t last_rtp, span_rtp;  /* of the last packet; from the first packet to it */
	uint64_t packets, bytes, lost, units;
	/* of units: a picture's last packet, a packet of sound */
	int64_t first_ns, last_ns, max_gap_ns;
};

/* data[len]: an RTP datagram, encrypted or not. */
void ts_meter_packet(struct ts_meter *meter, const uint8_t *data, size_t len, int64_t arrival_ns,
	bool video);
/* Counts begin again; what came last is still known, so that a gap or loss across this instant
 * counts. */
void ts_meter_mark(struct ts_meter *meter);

#endif
