/* allowance - which checks of a peer are answered, so that nobody makes us answer without end:
 * each of three purses pays for 50 a second, and for 100 at once.
 *
 *   new, from the selected address --> purse 1
 *   new, from any other            --> purse 2
 *   seen before                    --> purse 3
 *
 * Only who knows the password makes new transactions. Who saw one check may send it again at any
 * rate, in anybody's name: that empties the third purse, and the peer's own next checks are
 * answered as before. TS_CHECKS_SEEN are remembered: who saw more of them than that can still use
 * the others.
 * Thread  the owner's.   Life  zeroed, that is all; pure.   Full  the oldest is forgotten.
 */
#ifndef TS_TRANSPORT_ICE_ALLOWANCE_H
#define TS_TRANSPORT_ICE_ALLOWANCE_H

#include "transport/ice/check.h"

enum { TS_CHECKS_SEEN = 256 };

struct ts_allowance {
	int64_t paid_ns[3]; /* until when, of each purse */
	uint32_t seen[TS_CHECKS_SEEN]; /* hashes of transactions; 0: none */
	unsigned next;
};

/* For each check that is proved, once. False: it is not answered. */
bool ts_allowance_pays(struct ts_allowance *allowance, const uint8_t id[TS_CHECK_ID],
	bool selected, int64_t now_ns);

#endif
