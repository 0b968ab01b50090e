/* ticker - a beat on a strand that never drifts: the deadline of tick k is epoch + k / rate.
 *
 *   start --> [ timer ] --at the deadline--> fn of the owner: begin, its work, end --> [ timer ]
 *                                                             or stop
 *
 * A tick whose time has passed altogether is skipped and counted, never caught up in a burst. One
 * that begins over TS_TICK_DELAY_NS after its time runs, and is counted as delayed. Ticks are
 * numbered from the epoch, whether the ticker ran or stood still. Of every n ticks only the first
 * may run (set_every): the others are not, and count as nothing.
 * Thread  the strand; init and the first set_rate: before it has a task.
 */
#ifndef TS_BASE_TICKER_H
#define TS_BASE_TICKER_H

#include "base/counter.h"
#include "base/task.h"
#include <stdbool.h>
#include <stdint.h>

struct ts_strand;

struct ts_ticker_counts {
	enum ts_counter run, skipped, delayed;
};

struct ts_ticker {
	struct ts_timer timer;
	struct ts_strand *strand;
	const struct ts_ticker_counts *counts;
	int64_t epoch_ns;
	int64_t tick; /* the next to run; between begin and end the one that runs */
	int rate;     /* ticks a second */
	int every;    /* of so many one runs */
	bool running;
};

/* fn runs at each deadline: it calls begin and then end, or stop. epoch_ns lies in the past. */
void ts_ticker_init(struct ts_ticker *ticker, struct ts_strand *strand, int64_t epoch_ns,
                    const struct ts_ticker_counts *counts,
                    void (*fn)(struct ts_timer *timer, int64_t now_ns));
/* The next tick is then the first one at the new rate that is not before the next at the old one:
 * time never goes back. */
void ts_ticker_set_rate(struct ts_ticker *ticker, int rate);
/* Of so many ticks from now on the one whose number is a multiple runs; 0 and 1: each. */
void ts_ticker_set_every(struct ts_ticker *ticker, int every);
/* Nothing when it runs already. The first tick is the next one whose time lies behind now_ns. */
void ts_ticker_start(struct ts_ticker *ticker, int64_t now_ns);
/* False: it is not time yet (the rate has changed); fn comes again. True: ticker->tick is it. */
bool ts_ticker_begin(struct ts_ticker *ticker, int64_t now_ns);
void ts_ticker_end(struct ts_ticker *ticker);
void ts_ticker_stop(struct ts_ticker *ticker);
/* The deadline of ticker->tick. */
int64_t ts_ticker_time_ns(const struct ts_ticker *ticker);

#endif
