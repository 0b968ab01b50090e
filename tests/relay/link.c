#include "tests/relay/link.h"
#include "base/clock.h"
#include "base/error.h"

#include <string.h>

void ts_link_init(struct ts_link *b, const struct ts_link_config *config)
{
	memset(b, 0, sizeof(*b));
	b->config = *config;
	b->last = &b->first;
}

static int64_t takes_ns(const struct ts_link *b, uint64_t bytes)
{
	if (b->config.rate_bps <= 0) return 0;
	return (int64_t)((double)bytes * 8 * TS_NS_PER_S / (double)b->config.rate_bps);
}

static void begin(struct ts_link *b, int64_t at_ns)
{
	b->bytes -= b->first->bytes;
	b->begun_ns = at_ns;
	b->ends_ns = at_ns + takes_ns(b, b->first->bytes);
}

void ts_link_set(struct ts_link *b, const struct ts_link_config *config, int64_t now_ns)
{
	const int64_t all_ns = takes_ns(b, b->first ? b->first->bytes : 0);
	b->config = *config;
	if (!b->first || b->ends_ns <= now_ns || all_ns == 0) return;
	/* the share that is left goes at the new rate */
	const double left = (double)(b->ends_ns - now_ns) / (double)all_ns;
	b->ends_ns = now_ns + (int64_t)(left * (double)takes_ns(b, b->first->bytes));
}

int ts_link_push(struct ts_link *b, struct ts_link_item *item, uint32_t bytes, int64_t now_ns)
{
	const struct ts_link_config *c = &b->config;
	if (b->first) {
		const int64_t rest_ns = b->ends_ns > now_ns ? b->ends_ns - now_ns : 0;
		if ((c->queue_ns > 0 && rest_ns + takes_ns(b, b->bytes) > c->queue_ns) ||
			(c->queue_bytes > 0 && b->bytes + bytes > c->queue_bytes)) {
			b->full++;
			return TS_EFULL;
		}
	}
	*item = (struct ts_link_item){.bytes = bytes, .came_ns = now_ns};
	*b->last = item;
	b->last = &item->next;
	b->bytes += bytes;
	if (b->first == item) begin(b, now_ns > b->free_ns ? now_ns : b->free_ns);
	return 0;
}

static void note(struct ts_link *b, int64_t waited_ns, uint32_t bytes)
{
	const int64_t ms = waited_ns / TS_NS_PER_MS;
	b->waited[ms < TS_LINK_BUCKETS ? ms : TS_LINK_BUCKETS - 1]++;
	if (waited_ns > b->waited_max_ns) b->waited_max_ns = waited_ns;
	b->sent++;
	b->bytes_sent += bytes;
}

struct ts_link_item *ts_link_pop(struct ts_link *b, int64_t now_ns, int64_t *through_ns)
{
	struct ts_link_item *item = b->first;
	if (!item || b->ends_ns > now_ns) return NULL;
	*through_ns = b->free_ns = b->ends_ns;
	note(b, b->begun_ns - item->came_ns, item->bytes);
	b->first = item->next;
	if (b->first)
		begin(b, b->free_ns > b->first->came_ns ? b->free_ns : b->first->came_ns);
	else
		b->last = &b->first;
	item->next = NULL;
	return item;
}

int64_t ts_link_due_ns(const struct ts_link *b)
{
	return b->first ? b->ends_ns : INT64_MAX;
}

int64_t ts_link_waited_ns(const struct ts_link *b, double quantile)
{
	const double wanted = quantile * (double)b->sent;
	uint64_t seen = 0;
	if (b->sent == 0) return 0;
	for (int ms = 0; ms < TS_LINK_BUCKETS; ms++) {
		seen += b->waited[ms];
		if ((double)seen >= wanted) return ms * TS_NS_PER_MS;
	}
	return b->waited_max_ns;
}

void ts_link_forget(struct ts_link *b)
{
	b->sent = b->bytes_sent = b->full = 0;
	b->waited_max_ns = 0;
	memset(b->waited, 0, sizeof(b->waited));
}
