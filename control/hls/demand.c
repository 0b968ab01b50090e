/* demand - pieces of a stream are cut while somebody asks for them: the index is held anyway, until
 * the first segment is there.
 *
 *   [ rests: no encoder works for it ] --a request--> [ is cut ] --a minute without any--> [ rests
 *   ]
 *
 * What was cut before is gone then, and what comes after is another part of the timeline. */
#include "base/clock.h"
#include "base/log.h"
#include "control/hls/core.h"

#define REST_NS (60 * TS_NS_PER_S)
#define LOOK_NS (10 * TS_NS_PER_S)

static void set_resting(struct ts_hls_stream *s, bool resting)
{
	s->resting = resting;
	ts_segmenter_set_idle(s->cut->segmenter, resting);
	if (s->parts) ts_hls_window_clear(&s->window);
	ts_hls_tell_bytes(s);
	ts_info(resting ? "hls rests" : "hls is asked for", "room=%s", s->id);
}

void ts_hls_want(struct ts_hls_stream *s)
{
	struct ts_hls *all = s->all;
	s->asked_ns = ts_now_ns();
	if (!s->resting || s->ended) return;
	set_resting(s, false); /* parts may have been on their way when it began to rest */
	ts_loop_timer_set(all->loop, &all->rest, s->asked_ns + LOOK_NS);
}

void ts_hls_on_rest(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_hls *all = ts_container_of(timer, struct ts_hls, rest);
	bool awake = false;
	for (guint i = 0; i < all->streams->len; i++) {
		struct ts_hls_stream *s = all->streams->pdata[i];
		if (!s->resting && now_ns - s->asked_ns >= REST_NS) set_resting(s, true);
		awake |= !s->resting;
	}
	if (awake) ts_loop_timer_set(all->loop, timer, now_ns + LOOK_NS);
}
