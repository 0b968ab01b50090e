/* demand - pieces of a rendition are cut while somebody asks for them: the index is held anyway,
 * until the first segment is there.
 *
 *   [ rests: no encoder works for it ] --a request--> [ is cut ] --a minute without any--> [ rests
 *   ]
 *
 * What was cut before is gone then, and what comes after is another part of the timeline. */
#include "base/clock.h"
#include "control/hls/core.h"

#define REST_NS (60 * TS_NS_PER_S)
#define LOOK_NS (10 * TS_NS_PER_S)

void ts_hls_want(struct ts_hls_rendition *r)
{
	struct ts_hls_stream *s = r->stream;
	r->asked_ns = ts_now_ns();
	if (!r->resting || s->ended) return;
	ts_hls_rendition_set_resting(r, false); /* parts may have been on their way */
	ts_loop_timer_set(s->all->loop, &s->all->rest, r->asked_ns + LOOK_NS);
}

/* True: something of it is cut. */
static bool look(struct ts_hls_stream *s, int64_t now_ns)
{
	bool awake = false;
	for (size_t i = 0; i < s->n_renditions; i++) {
		struct ts_hls_rendition *r = &s->rendition[i];
		if (!r->resting && now_ns - r->asked_ns >= REST_NS)
			ts_hls_rendition_set_resting(r, true);
		awake |= !r->resting;
	}
	return awake;
}

void ts_hls_on_rest(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_hls *all = ts_container_of(timer, struct ts_hls, rest);
	bool awake = false;
	for (guint i = 0; i < all->streams->len; i++) awake |= look(all->streams->pdata[i], now_ns);
	if (awake) ts_loop_timer_set(all->loop, timer, now_ns + LOOK_NS);
}
