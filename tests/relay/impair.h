/* impair - what one direction of a bad network does to each datagram: a pure model, the same for
 * the same seed.
 *
 *   datagram --> draw: its fate --> [ link.h ] --> out: lost, or delay + jitter --> due time
 *                                    full: dropped        some are held back and overtaken,
 *                                                         some come twice
 *
 * Datagrams that are not held back stay in order, whatever the jitter. What happens to the n-th
 * datagram depends on the seed and n alone; what the bottleneck does, also on sizes and times.
 * Thread  none; takes the time as a parameter.
 * Source  bursts: E. N. Gilbert, Capacity of a burst-noise channel (1960), with everything lost in
 *         the bad state.
 */
#ifndef TS_TESTS_RELAY_IMPAIR_H
#define TS_TESTS_RELAY_IMPAIR_H

#include "tests/relay/link.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ts_impair_config {
	double loss;            /* 0 .. 1, each datagram for itself */
	double burst;           /* 0 .. 1, of all datagrams, lost in bursts */
	double burst_len;       /* mean length of a burst in datagrams, 1 or more; 0: 5 */
	int64_t delay_ns;
	int64_t jitter_ns;      /* further delay, uniform from 0 to this */
	double reorder;         /* 0 .. 1, held back ... */
	int64_t reorder_by_ns;  /* ... by this; 0: 20 ms */
	double twice;           /* 0 .. 1, come a second time ... */
	int64_t twice_by_ns;    /* ... so much later; 0: 1 ms */
	int64_t rate_bps;       /* 0: no bottleneck. Counted with 28 bytes of IP and UDP header */
	int64_t queue_ns;       /* what the bottleneck's queue holds at most, as time; 0: 200 ms */
	int64_t queue_bytes;    /* and as bytes; 0: no limit */
};

/* Sets one field from text, as on the command line: loss, burst, reorder, twice in percent ("5",
 * "0.5%"), burst-len a number, delay, jitter, reorder-by, twice-by, queue in ms ("30", "30ms",
 * "1.5s"), rate in bit/s and queue-bytes in bytes ("800k", "1.5M"). TS_EINVAL; TS_ENOTFOUND: no
 * such name. */
int ts_impair_option(struct ts_impair_config *config, const char *name, const char *value);
/* The i-th of those names and its line of help; false: no more. */
bool ts_impair_option_help(size_t i, const char **name, const char **help);

struct ts_impair_stats {
	uint64_t in, lost, lost_in_bursts, queue_full, held_back, twice;
	uint64_t bytes_in;
};

struct ts_impair {
	struct ts_impair_config config;
	struct ts_impair_stats stats;
	/* private */
	uint64_t random;
	bool in_burst;
	int64_t last_due_ns;
};

void ts_impair_init(struct ts_impair *impair, const struct ts_impair_config *config, uint64_t seed);
/* From the next datagram on. Missing values (burst_len, ...) are filled in. */
void ts_impair_set(struct ts_impair *impair, const struct ts_impair_config *config);
/* What the link in front of it is to be. */
void ts_impair_link(const struct ts_impair *impair, struct ts_link_config *out);

struct ts_impair_fate {
	bool lost, in_burst, held_back;
	int64_t takes_ns;       /* delay, jitter, what it is held back by */
	int64_t twice_by_ns;    /* a copy comes so much later; 0: none */
};

/* What becomes of the next datagram, when it arrives. */
void ts_impair_draw(struct ts_impair *impair, size_t bytes, struct ts_impair_fate *fate);
/* When one that the bottleneck let through at that time comes out at the other end; TS_EAGAIN:
 * never, it is lost. */
int ts_impair_out(struct ts_impair *impair, const struct ts_impair_fate *fate, int64_t through_ns,
	int64_t *due_ns);

#endif
