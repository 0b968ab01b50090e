/* link - a bottleneck that sends one datagram after the other at a rate, behind a queue that drops
 * at its tail.
 *
 *   push --> [ FIFO: at most queue_ns of sending time, queue_bytes ] --> [ one being sent ] --> pop
 *            full: TS_EFULL                                               bytes / rate
 *
 * Another rate counts at once for all that waits, the rest of what is being sent included: so a
 * link that falls from 3 Mbit/s to 300 kbit/s holds ten times the delay it held. Without a rate
 * everything passes at once.
 *
 * Thread  none; takes the time as a parameter, which must not go back.
 * Owner   an item is the caller's; it is in the queue from push to pop.
 */
#ifndef TS_TESTS_RELAY_LINK_H
#define TS_TESTS_RELAY_LINK_H

#include <stddef.h>
#include <stdint.h>

struct ts_link_config {
	int64_t rate_bps;     /* 0: no limit */
	int64_t queue_ns;     /* what waits at most, as time at the rate of now; 0: no limit */
	uint64_t queue_bytes; /* and as bytes; 0: no limit */
};

/* Embedded in a datagram. */
struct ts_link_item {
	struct ts_link_item *next;
	uint32_t bytes;
	int64_t came_ns;
};

enum { TS_LINK_BUCKETS = 4096 }; /* of 1 ms */

struct ts_link {
	struct ts_link_config config;
	/* of what was sent; private but for these */
	uint64_t sent, bytes_sent, full;
	int64_t waited_max_ns;
	/* private */
	struct ts_link_item *first, **last;
	uint64_t bytes;      /* of all that waits, without what is being sent */
	int64_t begun_ns;    /* the first item: when it began to be sent */
	int64_t ends_ns;     /* and when it will be through */
	int64_t free_ns;     /* when the one before it was through */
	uint32_t waited[TS_LINK_BUCKETS];
};

void ts_link_init(struct ts_link *b, const struct ts_link_config *config);
/* From now on; an item that no longer fits the queue stays. */
void ts_link_set(struct ts_link *b, const struct ts_link_config *config,
	int64_t now_ns);

/* [take] item if 0; TS_EFULL: the tail is dropped. */
int ts_link_push(struct ts_link *b, struct ts_link_item *item, uint32_t bytes,
	int64_t now_ns);
/* [give] The next one whose last bit is through at now_ns, and when it was; NULL: none. */
struct ts_link_item *ts_link_pop(struct ts_link *b, int64_t now_ns,
	int64_t *through_ns);
/* When the next one will be; INT64_MAX: nothing waits. */
int64_t ts_link_due_ns(const struct ts_link *b);

/* How long that share of what was sent had waited before it began to be sent, to the ms; 0: nothing
 * was sent. */
int64_t ts_link_waited_ns(const struct ts_link *b, double quantile);
/* Counts and waits begin anew. */
void ts_link_forget(struct ts_link *b);

#endif
