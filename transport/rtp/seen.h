/* seen - which of the latest 1024 numbers of a stream have come, so that doubles are told. Pure.
 *
 * Thread  that of the receiver who owns it.
 */
#ifndef TS_TRANSPORT_RTP_SEEN_H
#define TS_TRANSPORT_RTP_SEEN_H

#include <stdbool.h>
#include <stdint.h>

enum { TS_SEEN = 1024 };

/* All zero: none has come. */
struct ts_seen {
	uint64_t bits[TS_SEEN / 64]; /* bit seq % 1024 */
};

/* high is the highest number so far. false: seq, one of the latest, has come before. Of older ones
 * nothing is known: not to be asked. */
bool ts_seen_add(struct ts_seen *seen, int64_t high, int64_t seq);
/* Has seq not come? false also for what is too old to know. */
bool ts_seen_lacks(const struct ts_seen *seen, int64_t high, int64_t seq);

#endif
