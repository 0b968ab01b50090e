/* bursts - groups of packets that left together, and how they drift apart on the way.
 *
 *   packets in order of sending --> [ burst before ][ burst of now ] --> step of sending, of arrival
 *
 * A burst is what left within 5 ms. What a channel held back and let go at once (wifi) is one burst
 * as well: it came within 5 ms of the packet before, sooner than it left.
 * Afresh  after a pause of 2 s, or when the peer's clock jumps by more than 3 s. A packet sent
 *         before the burst of now came late and says nothing.
 * Thread  of its owner; a plain struct, zeroed to begin with.
 * Source  draft-ietf-rmcat-gcc-02 5.2, 5.3.
 */
#ifndef TS_TRANSPORT_RTP_BURSTS_H
#define TS_TRANSPORT_RTP_BURSTS_H

#include <stdbool.h>
#include <stdint.h>

enum ts_bursts_news {
	TS_BURSTS_NONE,
	TS_BURSTS_STEP,  /* a burst is complete, *out set */
	TS_BURSTS_AFRESH /* what was known of delays no longer holds */
};

struct ts_bursts_step {
	int64_t sent_ns, arrived_ns; /* from one burst's last packet to the next one's */
};

struct ts_bursts {
	struct ts_burst {
		int64_t first_sent_ns, sent_ns, first_arrived_ns, arrived_ns;
	} now, before;
	bool has_now, has_before;
	int64_t jitter_ns; /* how far steps of arrival are from those of sending, smoothed */
};

enum ts_bursts_news ts_bursts_packet(struct ts_bursts *bursts, int64_t sent_ns, int64_t arrived_ns,
	struct ts_bursts_step *out);

#endif
