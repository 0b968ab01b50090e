#include "tests/unit/common/bottleneck.h"

#include "base/clock.h"

#include <assert.h>

static uint32_t next_random(struct ts_bottleneck *b)
{
	b->seed ^= b->seed << 13;
	b->seed ^= b->seed >> 17;
	return b->seed ^= b->seed << 5;
}

/* 0 to 1 */
static double share(struct ts_bottleneck *b)
{
	return next_random(b) / 4294967296.0;
}

static int64_t after_stall(const struct ts_bottleneck *b, int64_t at_ns)
{
	if (!b->stall_every_ns || at_ns % b->stall_every_ns >= b->stall_ns) return at_ns;
	return at_ns - at_ns % b->stall_every_ns + b->stall_ns;
}

static void onto_line(
	struct ts_bottleneck *b, const struct ts_bottleneck_packet *p, int64_t left_ns)
{
	if (b->loss > 0 && share(b) < b->loss) {
		b->lost++;
		return;
	}
	assert(b->n_line < TS_BOTTLENECK_LINE);
	struct ts_bottleneck_packet *to = &b->line[b->n_line++];
	*to = *p;
	to->left_ns = left_ns;
	to->arrived_ns = left_ns + b->delay_ns;
	if (b->jitter_ns) to->arrived_ns += (int64_t)((2 * share(b) - 1) * (double)b->jitter_ns);
}

/* What leaves the queue by now_ns. The rate is that of now: callers come each millisecond. */
static void serve(struct ts_bottleneck *b, int64_t now_ns)
{
	while (b->n_queue) {
		struct ts_bottleneck_packet *p = &b->queue[b->first];
		int64_t begin_ns = b->free_ns > p->pushed_ns ? b->free_ns : p->pushed_ns;
		int64_t left_ns = after_stall(b, begin_ns) + 8 * TS_NS_PER_S * p->bytes / b->bps;
		if (left_ns > now_ns) return;
		b->free_ns = left_ns;
		b->waiting_bytes -= p->bytes;
		onto_line(b, p, left_ns);
		b->first = (b->first + 1) % TS_BOTTLENECK_QUEUE;
		b->n_queue--;
	}
}

bool ts_bottleneck_push(
	struct ts_bottleneck *b, int flow, int64_t number, uint32_t bytes, int64_t now_ns)
{
	serve(b, now_ns);
	if (b->waiting_bytes + bytes > b->queue_bytes || b->n_queue == TS_BOTTLENECK_QUEUE) {
		b->dropped++;
		return false;
	}
	b->queue[(b->first + b->n_queue++) % TS_BOTTLENECK_QUEUE] = (struct ts_bottleneck_packet){
		.flow = flow, .number = number, .bytes = bytes, .pushed_ns = now_ns};
	b->waiting_bytes += bytes;
	return true;
}

bool ts_bottleneck_pop(struct ts_bottleneck *b, struct ts_bottleneck_packet *out, int64_t now_ns)
{
	unsigned first = 0;
	serve(b, now_ns);
	if (!b->n_line) return false;
	for (unsigned i = 1; i < b->n_line; i++)
		if (b->line[i].arrived_ns < b->line[first].arrived_ns) first = i;
	if (b->line[first].arrived_ns > now_ns) return false;
	*out = b->line[first];
	b->line[first] = b->line[--b->n_line];
	return true;
}

int64_t ts_bottleneck_wait_ns(const struct ts_bottleneck *b)
{
	return 8 * TS_NS_PER_S * b->waiting_bytes / b->bps;
}
