/* rate - bytes by the time they were sent or arrived, and their rate over the last while.
 *
 *   (time, bytes) --> [ 64 slots of 20 ms ] --over a window--> bit/s
 *
 * Time ends with the newest packet, not with the clock: what stands still keeps its rate.
 * Afresh  on a jump of time, by more than the ring forward or back.
 * Thread  of its owner; a plain struct, zeroed to begin with.
 */
#ifndef TS_TRANSPORT_RTP_RATE_H
#define TS_TRANSPORT_RTP_RATE_H

#include <stdbool.h>
#include <stdint.h>

enum { TS_RATE_SLOTS = 64 };

struct ts_rate {
	uint64_t bytes[TS_RATE_SLOTS]; /* by slot number % TS_RATE_SLOTS */
	int64_t slot;                  /* the newest */
	int64_t first_ns, last_ns;
	bool started;
};

void ts_rate_packet(struct ts_rate *rate, int64_t at_ns, uint32_t bytes);
/* Over the last window_ns, at most a second; 0: less than 100 ms of it have been seen. */
double ts_rate_bps(const struct ts_rate *rate, int64_t window_ns);

#endif
