/* rates - bit rates and loss of one participant, from counters that only grow; pure.
 *
 * Looked at now and then: each look is compared with the one before the last that is at least a
 * second old, so that readers who ask often see a figure over 1 to 2 s and do not disturb one
 * another.
 * Thread  none.
 */
#ifndef TS_CONTROL_ROOMS_RATES_H
#define TS_CONTROL_ROOMS_RATES_H

#include <stdint.h>

struct ts_rates_sample {
	int64_t at_ns;
	uint64_t bytes_in, bytes_out, packets_in, lost; /* of all media */
	/* of sound alone, where loss means something else: pictures are repaired by asking again.
	 * lost: for good; restored: by RED, which are neither in packets_in nor lost */
	struct { uint64_t packets_in, lost, restored; } audio;
};

struct ts_rates {
	struct ts_rates_sample older, newer;
}; /* zeroed but for at_ns, the time of joining */

struct ts_rates_view {
	int64_t kbps_in, kbps_out;
	double loss; /* 0..1 of what came in */
	double audio_loss, audio_loss_after; /* of sound: on the way; what RED left */
};

void ts_rates_init(struct ts_rates *rates, int64_t now_ns);
void ts_rates_read(struct ts_rates *rates, const struct ts_rates_sample *now,
	struct ts_rates_view *out);

#endif
