#include "base/ticker.h"

#include "base/clock.h"
#include "base/strand.h"

void ts_ticker_init(struct ts_ticker *t, struct ts_strand *strand, int64_t epoch_ns,
	const struct ts_ticker_counts *counts, void (*fn)(struct ts_timer *timer, int64_t now_ns))
{
	*t = (struct ts_ticker){
		.timer.fn = fn, .strand = strand, .counts = counts, .epoch_ns = epoch_ns};
}

void ts_ticker_set_rate(struct ts_ticker *t, int rate)
{
	if (t->rate && t->rate != rate) t->tick = (t->tick * rate + t->rate - 1) / t->rate;
	t->rate = rate;
}

/* Whole seconds and the rest apart: years of nanoseconds times a rate are more than 63 bits. */
int64_t ts_ticker_time_ns(const struct ts_ticker *t)
{
	return t->epoch_ns + t->tick / t->rate * TS_NS_PER_S +
		t->tick % t->rate * TS_NS_PER_S / t->rate;
}

/* The last tick whose time has come. */
static int64_t tick_at(const struct ts_ticker *t, int64_t now_ns)
{
	int64_t since_ns = now_ns - t->epoch_ns;
	return since_ns / TS_NS_PER_S * t->rate + since_ns % TS_NS_PER_S * t->rate / TS_NS_PER_S;
}

static void set(struct ts_ticker *t)
{
	ts_strand_timer_set(t->strand, &t->timer, ts_ticker_time_ns(t));
}

void ts_ticker_start(struct ts_ticker *t, int64_t now_ns)
{
	if (t->running) return;
	t->running = true;
	t->tick = tick_at(t, now_ns) + 1;
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
		ts_count_add(t->counts->skipped, at - t->tick);
		t->tick = at;
	}
	if (now_ns - ts_ticker_time_ns(t) > TS_TICK_DELAY_NS) ts_count(t->counts->delayed);
	return true;
}

void ts_ticker_end(struct ts_ticker *t)
{
	ts_count(t->counts->run);
	t->tick++;
	set(t);
}

void ts_ticker_stop(struct ts_ticker *t)
{
	t->running = false;
}
