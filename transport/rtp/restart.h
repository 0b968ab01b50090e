/* restart - tells a sender that set its sequence numbers back from packets that are late or come
 * twice. Pure.
 *
 * RFC 3550 A.1 takes a number up to 1000 behind the highest for a late one, so a sender who begins
 * anew just behind itself would not be heard until its numbers have caught up. But what is late or
 * doubled comes as a burst, or between new packets; who restarted sends on in sequence, at its own
 * pace, and nothing else comes.
 * Thread  that of the receiver who owns it.
 */
#ifndef TS_TRANSPORT_RTP_RESTART_H
#define TS_TRANSPORT_RTP_RESTART_H

#include <stdbool.h>
#include <stdint.h>

/* A run of packets behind the highest number, of one SSRC. All zero: none. */
struct ts_restart {
	unsigned n;
	uint16_t seq; /* the last one's */
	int64_t since_ns, last_ns;
};

/* A packet behind the highest number came. true: it is where the stream goes on, and the run is
 * over. */
bool ts_restart_behind(struct ts_restart *restart, uint16_t seq, int64_t now_ns);

/* A packet with a new highest number came: the stream goes on as it was. */
static inline void ts_restart_ahead(struct ts_restart *restart)
{
	restart->n = 0;
}

#endif
