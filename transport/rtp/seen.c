#include "transport/rtp/seen.h"
#include <string.h>

static uint64_t bit_of(int64_t seq)
{
	return 1ull << (seq & 63);
}

static uint64_t *word_of(struct ts_seen *seen, int64_t seq)
{
	return &seen->bits[seq / 64 % (TS_SEEN / 64)];
}

bool ts_seen_add(struct ts_seen *seen, int64_t high, int64_t seq)
{
	if (seq - high >= TS_SEEN)
		memset(seen, 0, sizeof *seen);
	else
		for (int64_t i = high + 1; i < seq; i++) *word_of(seen, i) &= ~bit_of(i);
	uint64_t *word = word_of(seen, seq);
	if (seq <= high && *word & bit_of(seq)) return false;
	*word |= bit_of(seq);
	return true;
}

bool ts_seen_lacks(const struct ts_seen *seen, int64_t high, int64_t seq)
{
	if (seq > high) return true;
	return high - seq < TS_SEEN && !(seen->bits[seq / 64 % (TS_SEEN / 64)] & bit_of(seq));
}
