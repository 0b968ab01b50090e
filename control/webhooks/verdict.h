/* verdict - what follows from an answer, or from none: the next batch, another try and when, the
 * list of dead letters, or that nobody wants more.
 *
 *   2xx -> delivered      410 -> gone      408, 425, 429, 5xx, no answer -> later
 *   all others (3xx is not followed) -> refused: later as well, but not for ever
 *
 * Pure. Thread  any.
 * Source  Standard Webhooks 1.0.0, "Retries"; RFC 9110 15, 10.2.3 (Retry-After).
 */
#ifndef TS_CONTROL_WEBHOOKS_VERDICT_H
#define TS_CONTROL_WEBHOOKS_VERDICT_H

#include <stdint.h>

enum ts_verdict { TS_VERDICT_DELIVERED, TS_VERDICT_LATER, TS_VERDICT_REFUSED, TS_VERDICT_GONE };

/* status 0: there was no answer */
enum ts_verdict ts_verdict_of(int status);

enum { TS_RETRY_AFTER_MAX_S = 24 * 3600 };
/* Until the next try, after `failures` (1 ...) without a success: base, twice that, four times ...,
 * at most max, of which the upper half is random, so that not all come back at once; and no sooner
 * than the receiver has asked for, whom we believe up to a day. */
int64_t ts_verdict_wait_ms(unsigned failures, int64_t base_ms, int64_t max_ms,
	int64_t retry_after_s, uint32_t random);

#endif
