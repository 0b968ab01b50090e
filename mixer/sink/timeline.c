#include "mixer/sink/timeline.h"

void ts_timeline_init(struct ts_timeline *t, int64_t from_ns)
{
	*t = (struct ts_timeline){.state = TS_TIMELINE_OPENING, .from_ns = from_ns};
}

void ts_timeline_pause(struct ts_timeline *t, int64_t now_ns)
{
	if (t->state == TS_TIMELINE_PAUSED) return;
	/* nothing of it was there yet: nothing will be */
	if (t->state == TS_TIMELINE_OPENING) t->begin_ns = now_ns;
	t->cut_ns = now_ns > t->begin_ns ? now_ns : t->begin_ns;
	t->state = TS_TIMELINE_PAUSED;
}

void ts_timeline_resume(struct ts_timeline *t, int64_t now_ns)
{
	if (t->state != TS_TIMELINE_PAUSED) return;
	t->base_ns += t->cut_ns - t->begin_ns;
	/* what was placed before the pause was known of may reach beyond it */
	if (t->base_ns < t->end_ns) t->base_ns = t->end_ns;
	t->from_ns = now_ns;
	t->state = TS_TIMELINE_OPENING;
}

bool ts_timeline_place(
	struct ts_timeline *t, int64_t time_ns, int64_t duration_ns, bool leads, int64_t *file_ns)
{
	if (t->state == TS_TIMELINE_OPENING) {
		if (!leads || time_ns < t->from_ns) return false;
		t->begin_ns = time_ns;
		t->state = TS_TIMELINE_RUNNING;
	}
	if (time_ns < t->begin_ns) return false;
	if (t->state == TS_TIMELINE_PAUSED && time_ns >= t->cut_ns) return false;
	*file_ns = t->base_ns + time_ns - t->begin_ns;
	if (*file_ns + duration_ns > t->end_ns) t->end_ns = *file_ns + duration_ns;
	return true;
}
