/* throttle - how often each address may do something. Pure but for its memory.
 *
 *   address -> bucket of `burst` tokens, filled by one every `period` -> take one: go on, or come
 *   back in so many ns
 *
 * Thread  one; reads no clock.
 * Full    max_addresses: the one that was not seen for longest is forgotten (its bucket is the
 *         fullest, or nearly so).
 */
#ifndef TS_CONTROL_ROOMS_THROTTLE_H
#define TS_CONTROL_ROOMS_THROTTLE_H

#include <stddef.h>
#include <stdint.h>

struct ts_throttle;

struct ts_throttle_config {
	int64_t period_ns; /* of one token; 0: of a throttle, there is no limit */
	int burst;
	size_t max_addresses;
};

/* One bucket alone, zeroed at first: full. max_addresses does not count. As ts_throttle_take. */
struct ts_bucket { int64_t full_ns; };
int64_t ts_bucket_take(struct ts_bucket *bucket, const struct ts_throttle_config *config,
	int64_t now_ns);

struct ts_throttle *ts_throttle_new(const struct ts_throttle_config *config);
/* From now on; what each address has taken counts on. */
void ts_throttle_set(struct ts_throttle *throttle, const struct ts_throttle_config *config);
void ts_throttle_free(struct ts_throttle *throttle);

/* Takes a token: 0, or the ns until there is one, and nothing was taken. */
int64_t ts_throttle_take(struct ts_throttle *throttle, const char *address, int64_t now_ns);
/* The same without taking. */
int64_t ts_throttle_peek(struct ts_throttle *throttle, const char *address, int64_t now_ns);
/* When the bucket will be full, or was; INT64_MIN: it is not known. */
int64_t ts_throttle_full_ns(const struct ts_throttle *throttle, const char *address);

#endif
