#include "mixer/audio/hearing.h"

#define TICK_NS (20 * TS_NS_PER_MS)

void ts_hearing_fini(struct ts_hearing *h)
{
	ts_volumes_unref(&h->from);
	ts_volumes_unref(&h->to);
	ts_volumes_unref(&h->old);
}

void ts_hearing_begin(struct ts_hearing *h, struct ts_volumes *wished)
{
	*h = (struct ts_hearing){.to = wished ? ts_volumes_ref(wished) : NULL};
}

bool ts_hearing_follow(struct ts_hearing *h, struct ts_volumes *wished, int64_t now_ns)
{
	const int64_t for_ns = now_ns - h->since_ns;
	if (h->since_ns && for_ns < TS_HEARING_TURN_NS) return false;
	if (ts_volumes_equal(h->to, wished)) {
		const bool over = h->since_ns && for_ns >= TS_HEARING_TURN_NS + TS_HEARING_APART_NS;
		if (over) h->since_ns = 0;
		return over;
	}
	ts_volumes_unref(&h->old);
	h->old = h->from;
	h->from = h->to;
	h->to = wished ? ts_volumes_ref(wished) : NULL;
	h->since_ns = now_ns;
	return true;
}

static float at(int64_t since_ns, int64_t now_ns)
{
	const float part = (float)(now_ns - since_ns) / (float)TS_HEARING_TURN_NS;
	return part < 0 ? 0 : part > 1 ? 1 : part;
}

struct ts_mix_gain ts_hearing_turn(int64_t since_ns, int64_t now_ns)
{
	if (!since_ns) return ts_mix_unity();
	return (struct ts_mix_gain){at(since_ns, now_ns), at(since_ns, now_ns + TICK_NS)};
}
