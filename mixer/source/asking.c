#include "mixer/source/asking.h"

#include "base/clock.h"

enum { EAGER_REQUESTS = 5 };

#define KEY_REPEAT_NS (400 * TS_NS_PER_MS)
#define KEY_REPEAT_MAX_NS (10 * TS_NS_PER_S)

/* Requests become rare while none is served. */
static bool ask(struct ts_asking_pace *pace, int64_t now_ns)
{
	int64_t repeat_ns = KEY_REPEAT_NS;
	for (int i = EAGER_REQUESTS; i < pace->n && repeat_ns < KEY_REPEAT_MAX_NS; i++)
		repeat_ns *= 2;
	if (now_ns - pace->at_ns < (repeat_ns < KEY_REPEAT_MAX_NS ? repeat_ns : KEY_REPEAT_MAX_NS))
		return false;
	pace->at_ns = now_ns;
	pace->n++;
	return true;
}

/* For the layer that is to be decoded, once it is known which one is. */
static unsigned ask_next(struct ts_asking *a, const struct ts_asking_need *need, int64_t now_ns)
{
	const bool settled = need->target == need->taken;
	if (need->target != a->target || settled) a->next = (struct ts_asking_pace){0};
	a->target = need->target;
	if (need->taken < 0 || need->target < 0 || settled || !need->shown) return 0;
	return ask(&a->next, now_ns) ? 1u << need->target : 0;
}

unsigned ts_asking_layers(struct ts_asking *a, const struct ts_asking_need *need, int64_t now_ns)
{
	const unsigned next = ask_next(a, need, now_ns);
	if (!need->waits) return next;
	if (need->keyframes != a->keyframes) a->taken.n = 0;
	a->keyframes = need->keyframes;
	const int of = need->taken >= 0 ? need->taken : need->target;
	return of >= 0 && ask(&a->taken, now_ns) ? next | 1u << of : next;
}
