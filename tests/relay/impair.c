#include "tests/relay/impair.h"
#include "base/clock.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* ---- options */

enum unit { PERCENT, NUMBER, TIME, RATE };

static const struct option {
	const char *name;
	enum unit unit;
	size_t offset;
	const char *help;
} options[] = {
#define FIELD(field) offsetof(struct ts_impair_config, field)
	{"loss", PERCENT, FIELD(loss), "percent lost, each datagram for itself"},
	{"burst", PERCENT, FIELD(burst), "percent lost in bursts"},
	{"burst-len", NUMBER, FIELD(burst_len), "mean length of a burst in datagrams (5)"},
	{"delay", TIME, FIELD(delay_ns), "one way, e.g. 40ms"},
	{"jitter", TIME, FIELD(jitter_ns), "further delay, uniform up to this"},
	{"reorder", PERCENT, FIELD(reorder), "percent held back and overtaken"},
	{"reorder-by", TIME, FIELD(reorder_by_ns), "how long they are held back (20ms)"},
	{"twice", PERCENT, FIELD(twice), "percent that come a second time"},
	{"twice-by", TIME, FIELD(twice_by_ns), "how much later (1ms)"},
	{"rate", RATE, FIELD(rate_bps), "bottleneck in bit/s, e.g. 800k, 1.5M"},
	{"queue", TIME, FIELD(queue_ns), "what the bottleneck holds before it drops (200ms)"},
	{"queue-bytes", RATE, FIELD(queue_bytes), "the same in bytes, e.g. 64k"},
#undef FIELD
};
enum { N_OPTIONS = sizeof(options) / sizeof(options[0]) };

bool ts_impair_option_help(size_t i, const char **name, const char **help)
{
	if (i >= N_OPTIONS) return false;
	*name = options[i].name;
	*help = options[i].help;
	return true;
}

/* How much one of what follows the number stands for; 0: no such suffix. */
static double scale_of(enum unit unit, const char *suffix)
{
	static const struct {
		enum unit unit;
		const char *suffix;
		double scale;
	} table[] = {
		{PERCENT, "", 0.01},
		{PERCENT, "%", 0.01},
		{NUMBER, "", 1},
		{TIME, "", 1e6},
		{TIME, "ms", 1e6},
		{TIME, "s", 1e9},
		{TIME, "us", 1e3},
		{RATE, "", 1},
		{RATE, "k", 1e3},
		{RATE, "M", 1e6},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].unit == unit && !strcmp(table[i].suffix, suffix))
			return table[i].scale;
	return 0;
}

static int parse(double *out, enum unit unit, const char *text)
{
	char *end;
	const double number = strtod(text, &end);
	if (end == text || !(number >= 0 && number < 1e12)) return TS_EINVAL;
	const double scale = scale_of(unit, end);
	if (scale == 0 || (unit == PERCENT && number > 100)) return TS_EINVAL;
	*out = number * scale;
	return 0;
}

int ts_impair_option(struct ts_impair_config *config, const char *name, const char *value)
{
	for (size_t i = 0; i < N_OPTIONS; i++) {
		const struct option *o = &options[i];
		if (strcmp(o->name, name)) continue;
		double number;
		if (parse(&number, o->unit, value)) return TS_EINVAL;
		if (o->unit == PERCENT || o->unit == NUMBER)
			*(double *)(void *)((char *)config + o->offset) = number;
		else
			*(int64_t *)(void *)((char *)config + o->offset) = (int64_t)(number + 0.5);
		return 0;
	}
	return TS_ENOTFOUND;
}

/* ---- model */

/* SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014), as 0 <= x
 * < 1. */
static double next_random(struct ts_impair *im)
{
	uint64_t z = im->random += 0x9e3779b97f4a7c15ULL;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0; /* 2^53 */
}

void ts_impair_init(struct ts_impair *im, const struct ts_impair_config *config, uint64_t seed)
{
	*im = (struct ts_impair){.random = seed};
	ts_impair_set(im, config);
}

void ts_impair_set(struct ts_impair *im, const struct ts_impair_config *config)
{
	im->config = *config;
	struct ts_impair_config *c = &im->config;
	if (c->burst_len < 1) c->burst_len = 5;
	if (c->reorder_by_ns == 0) c->reorder_by_ns = 20 * TS_NS_PER_MS;
	if (c->twice_by_ns == 0) c->twice_by_ns = TS_NS_PER_MS;
	if (c->queue_ns == 0) c->queue_ns = 200 * TS_NS_PER_MS;
	if (c->burst <= 0) im->in_burst = false;
}

void ts_impair_link(const struct ts_impair *im, struct ts_link_config *out)
{
	*out = (struct ts_link_config){
		.rate_bps = im->config.rate_bps,
		.queue_ns = im->config.queue_ns,
		.queue_bytes = (uint64_t)im->config.queue_bytes,
	};
}

/* One step of Gilbert's chain: bursts of mean length L that take the share B of all begin with p =
 * B / (L (1 - B)). */
static bool burst_step(struct ts_impair *im, double random)
{
	const double burst = im->config.burst, len = im->config.burst_len;
	if (burst >= 1) return im->in_burst = true;
	if (im->in_burst)
		im->in_burst = random >= 1 / len;
	else
		im->in_burst = random < burst / (len * (1 - burst));
	return im->in_burst;
}

void ts_impair_draw(struct ts_impair *im, size_t bytes, struct ts_impair_fate *fate)
{
	const struct ts_impair_config *c = &im->config;
	/* drawn for every datagram, so that one setting does not change what another does */
	const double for_loss = next_random(im), for_burst = next_random(im),
		     for_jitter = next_random(im), for_reorder = next_random(im),
		     for_twice = next_random(im);
	im->stats.in++;
	im->stats.bytes_in += bytes;
	*fate = (struct ts_impair_fate){
		.in_burst = burst_step(im, for_burst),
		.held_back = for_reorder < c->reorder,
		.takes_ns = c->delay_ns + (int64_t)(for_jitter * (double)c->jitter_ns),
		.twice_by_ns = for_twice < c->twice ? c->twice_by_ns : 0,
	};
	fate->lost = fate->in_burst || for_loss < c->loss;
	if (fate->held_back) fate->takes_ns += c->reorder_by_ns;
}

int ts_impair_out(struct ts_impair *im, const struct ts_impair_fate *fate, int64_t through_ns,
	int64_t *due_ns)
{
	if (fate->lost) {
		im->stats.lost++;
		im->stats.lost_in_bursts += fate->in_burst;
		return TS_EAGAIN;
	}
	im->stats.twice += fate->twice_by_ns > 0;
	*due_ns = through_ns + fate->takes_ns;
	if (fate->held_back) {
		im->stats.held_back++;
		return 0;
	}
	if (*due_ns <= im->last_due_ns) *due_ns = im->last_due_ns + 1;
	im->last_due_ns = *due_ns;
	return 0;
}
