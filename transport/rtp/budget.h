/* budget - whether the application sends clearly less than it may.
 *
 *   0.65 of the target flows in, what is sent flows out --> [ +- half a second of it ]
 *      over 0.8 full: limited by the application; under half full: no longer
 *
 * Thread  of its owner; a plain struct, zeroed to begin with.
 * Source  the published behaviour of libwebrtc (application-limited region detector).
 */
#ifndef TS_TRANSPORT_RTP_BUDGET_H
#define TS_TRANSPORT_RTP_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

struct ts_budget {
	int64_t filled_ns; /* until when; 0: not begun */
	double bits;
	bool limited;
};

void ts_budget_sent(struct ts_budget *budget, uint32_t bytes, double target_bps, int64_t now_ns);

#endif
