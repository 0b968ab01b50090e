#include "base/ticker.h"

#include "base/clock.h"
#include "base/strand.h"

void ts_ticker_init(struct ts_ticker *t, struct ts_strand *strand, int64_t epoch_ns,
	const struct ts_ticker_counts *counts, void (*fn)(struct ts_timer *timer, int64_t now_ns))
{
	*t = (struct ts_ticker){.timer.fn = fn,
		.strand = strand,
		.counts = counts,
		.epoch_ns = epoch_ns,
		.every = 1};
}

/* The first that may run, from that one on. */
static int64_t next_of(const struct ts_ticker *t, int64_t tick)
{
	return (tick + t->every - 1) / t->every * t->every;
}

void ts_ticker_set_rate(struct ts_ticker *t, int rate)
{
	if (t->rate && t->rate != rate)
		t->tick = next_of(t, (t->tick * rate + t->rate - 1) / t->rate);
	t->rate = rate;
}

void ts_ticker_set_every(struct ts_ticker *t, int every)
{
	t->every = every > 1 ? every : 1;
	t->tick = next_of(t, t->tick);
}

/* Whole seconds and the rest apart: years of nanoseconds times a rate are more than 63 bits. */
int64_t ts_ticker_time_ns(const struct ts_ticker *t)
{
	return t->epoch_ns + t->tick / t->rate * TS_NS_PER_S +
		t->tick % t->rate * TS_NS_PER_S / t->rate;
}

/* The last tick that may run and whose time has come. */
static int64_t tick_at(const struct ts_ticker *t, int64_t now_ns)
{
	int64_t since_ns = now_ns - t->epoch_ns;
	int64_t tick = since_ns / TS_NS_PER_S * t->rate +
		since_ns % TS_NS_PER_S * t->rate / TS_NS_PER_S;
	return tick - tick % t->every;
}

static void set(struct ts_ticker *t)
{
	ts_strand_timer_set(t->strand, &t->timer, ts_ticker_time_ns(t));
}

void ts_ticker_start(struct ts_ticker *t, int64_t now_ns)
{
	if (t->running) return;
	t->running = true;
	t->tick = tick_at(t, now_ns) + t->every;
	set(t);
}

bool ts_ticker_begin(struct ts_ticker *t, int64_t now_ns)
{
	if (ts_ticker_time_ns(t) > now_ns) {
		set(t);
		return false;
	}
	int64_t at = tick_at(t, now_ns);
	if (at > t->tick) {
		ts_count_add(t->counts->skipped, (at - t->tick) / t->every);
		t->tick = at;
	}
	if (now_ns - ts_ticker_time_ns(t) > TS_TICK_DELAY_NS) ts_count(t->counts->delayed);
	return true;
}

void ts_ticker_end(struct ts_ticker *t)
{
	ts_count(t->counts->run);
	t->tick += t->every;
	set(t);
}

void ts_ticker_stop(struct ts_ticker *t)
{
	t->running = false;
}
