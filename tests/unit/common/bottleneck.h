/* bottleneck - a model of the narrowest link of a way: a queue, a rate that changes, a long line.
 *
 *   push --> [ queue: up to so many bytes, drops what comes then ] --rate--> [ line: delay, jitter,
 *      random loss ] --> pop, in order of arrival
 *
 * Thread  the test's; no clock but now_ns, which may not go back; seeded.
 * Full    the queue drops and counts; the line holds 2048 packets (more is an assertion).
 */
#ifndef TS_TESTS_UNIT_BOTTLENECK_H
#define TS_TESTS_UNIT_BOTTLENECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TS_BOTTLENECK_QUEUE = 8192, TS_BOTTLENECK_LINE = 2048 };

struct ts_bottleneck_packet {
	int flow;
	int64_t number;
	uint32_t bytes;
	int64_t pushed_ns, left_ns, arrived_ns; /* into the queue, out of it, at the other end */
};

struct ts_bottleneck {
	/* to be set, and changed at any time */
	uint32_t bps;
	uint32_t queue_bytes;           /* how many may wait */
	int64_t delay_ns, jitter_ns;    /* +- jitter, alike for all values; packets overtake */
	int64_t stall_ns, stall_every_ns; /* wifi: nothing leaves for so long, again and again */
	double loss;                    /* share of what leaves the queue */
	uint32_t seed;                  /* not 0 */

	/* its own */
	struct ts_bottleneck_packet queue[TS_BOTTLENECK_QUEUE], line[TS_BOTTLENECK_LINE];
	unsigned first, n_queue, n_line;
	uint32_t waiting_bytes;
	int64_t free_ns;
	uint64_t dropped, lost;
};

/* False: the queue was full. */
bool ts_bottleneck_push(struct ts_bottleneck *link, int flow, int64_t number, uint32_t bytes,
	int64_t now_ns);
/* The next one that has arrived by now_ns, or false. */
bool ts_bottleneck_pop(struct ts_bottleneck *link, struct ts_bottleneck_packet *out,
	int64_t now_ns);
/* How long a packet that came now would wait. */
int64_t ts_bottleneck_wait_ns(const struct ts_bottleneck *link);

#endif
