/* retention - which finished recordings are too old, or too much together; pure.
 *
 *   oldest ... newest   [ too old ][ over the quota: the oldest first ][ stay ]
 *
 * Thread  none: plain functions.
 */
#ifndef TS_CONTROL_RECORDINGS_RETENTION_H
#define TS_CONTROL_RECORDINGS_RETENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ts_kept {
	int64_t bytes, ended_ms;
	bool finished; /* others count, and stay */
	bool goes;     /* the answer */
};
struct ts_retention {
	int64_t max_age_ms, quota_bytes; /* 0: no limit */
	/* of those that are finished, whatever it takes: one that ended at the quota is not to go
	 * before anybody had it */
	bool keep_newest;
};

/* kept: the oldest first. Returns the bytes of those that stay. */
int64_t ts_retention_judge(const struct ts_retention *limits, struct ts_kept *kept, size_t n,
	int64_t now_ms);

#endif
