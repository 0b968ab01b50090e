#include "transport/rtp/rate.h"

#include "base/clock.h"

#include <string.h>

#define SLOT_NS (20 * TS_NS_PER_MS)
#define WINDOW_MAX_NS TS_NS_PER_S
#define SEEN_MIN_NS (100 * TS_NS_PER_MS)

/* Also of times before zero: a peer's clock begins anywhere. */
static int64_t slot_of(int64_t at_ns)
{
	return at_ns / SLOT_NS - (at_ns % SLOT_NS < 0);
}

static uint64_t *bytes_at(struct ts_rate *r, int64_t slot)
{
	return &r->bytes[(uint64_t)slot % TS_RATE_SLOTS];
}

void ts_rate_packet(struct ts_rate *r, int64_t at_ns, uint32_t bytes)
{
	int64_t slot = slot_of(at_ns);
	if (!r->started || slot - r->slot >= TS_RATE_SLOTS || r->slot - slot >= TS_RATE_SLOTS) {
		memset(r->bytes, 0, sizeof(r->bytes));
		r->started = true;
		r->slot = slot;
		r->first_ns = r->last_ns = at_ns;
	}
	for (; r->slot < slot; r->slot++) *bytes_at(r, r->slot + 1) = 0;
	if (at_ns > r->last_ns) r->last_ns = at_ns;
	*bytes_at(r, slot) += bytes;
}

double ts_rate_bps(const struct ts_rate *r, int64_t window_ns)
{
	if (!r->started) return 0;
	if (window_ns > WINDOW_MAX_NS) window_ns = WINDOW_MAX_NS;
	int64_t n = window_ns / SLOT_NS;
	if (n < 1) n = 1;
	int64_t from_ns = (r->slot - n + 1) * SLOT_NS;
	if (r->first_ns > from_ns) from_ns = r->first_ns;
	int64_t seen_ns = r->last_ns - from_ns;
	if (r->last_ns - r->first_ns < SEEN_MIN_NS || seen_ns <= 0) return 0;
	uint64_t sum = 0;
	for (int64_t i = 0; i < n; i++) sum += r->bytes[(uint64_t)(r->slot - i) % TS_RATE_SLOTS];
	return (double)sum * 8 * TS_NS_PER_S / (double)seen_ns;
}
