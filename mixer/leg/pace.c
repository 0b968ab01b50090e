#include "mixer/leg/pace.h"

#include <stdlib.h>

#define WINDOW_NS (10 * TS_NS_PER_S)
#define BEFORE_NS (TS_NS_PER_S / 2)
#define EARLY_NS (200 * TS_NS_PER_MS) /* more than that is too early */
#define SLEW_PART 500                 /* of time that goes by: 0.2 % */

void ts_pace_init(struct ts_pace *p, bool live)
{
	*p = (struct ts_pace){.live = live, .least_ns = INT64_MAX};
}

/* Would the time, put by that much, fit behind what the track had last? */
static bool fits(const struct ts_pace_track *t, int64_t time_ns, int64_t off_ns)
{
	const int64_t gap_ns = time_ns + off_ns - t->next_ns;
	return gap_ns > -TS_NS_PER_S && gap_ns < TS_PACE_JUMP_NS;
}

static int64_t end_of_all(const struct ts_pace *p)
{
	const struct ts_pace_track *a = &p->track[TS_AUDIO], *v = &p->track[TS_VIDEO];
	return a->next_ns > v->next_ns ? a->next_ns : v->next_ns;
}

/* The first time of a track: with the other one where that is possible. */
static void begin_track(struct ts_pace *p, enum ts_media track, int64_t time_ns)
{
	struct ts_pace_track *t = &p->track[track];
	const struct ts_pace_track *other = &p->track[!track];
	t->known = true;
	if (other->known && llabs(time_ns + other->off_ns - other->next_ns) < TS_PACE_JUMP_NS * 4)
		t->off_ns = other->off_ns;
	else
		t->off_ns = end_of_all(p) - time_ns;
	/* a little before the other did is as it should be: what a codec begins with */
	if (time_ns + t->off_ns < t->next_ns - BEFORE_NS) t->off_ns = t->next_ns - time_ns;
}

int64_t ts_pace_line(struct ts_pace *p, enum ts_media track, int64_t time_ns, int64_t duration_ns)
{
	struct ts_pace_track *t = &p->track[track];
	const struct ts_pace_track *other = &p->track[!track];
	if (duration_ns < 0 || duration_ns > TS_PACE_JUMP_NS) duration_ns = 0;
	int64_t at_ns = t->next_ns;
	if (time_ns != TS_PACE_NO_TIME) {
		if (!t->known) begin_track(p, track, time_ns);
		if (!fits(t, time_ns, t->off_ns)) {
			const bool both = other->known && fits(t, time_ns, other->off_ns);
			t->off_ns = both ? other->off_ns : t->next_ns - time_ns;
		}
		at_ns = time_ns + t->off_ns;
	}
	/* never back: what is of before is played at once */
	if (at_ns + duration_ns > t->next_ns) t->next_ns = at_ns + duration_ns;
	return at_ns;
}

void ts_pace_again(struct ts_pace *p, int64_t least_ns)
{
	int64_t end_ns = end_of_all(p);
	if (end_ns < p->again_ns + least_ns) end_ns = p->again_ns + least_ns;
	p->again_ns = end_ns;
	for (int i = 0; i < 2; i++) p->track[i] = (struct ts_pace_track){.next_ns = end_ns};
}

void ts_pace_begin(struct ts_pace *p, int64_t newest_ns, int64_t now_ns)
{
	p->started = true;
	p->base_ns = now_ns + TS_PACE_LEAD_NS - newest_ns;
	p->least_ns = INT64_MAX;
	p->window_ns = p->slew_from_ns = now_ns;
	p->slew_left_ns = 0;
}

void ts_pace_watch(struct ts_pace *p, int64_t newest_ns, int64_t now_ns)
{
	const int64_t early_ns = p->base_ns + newest_ns - now_ns;
	if (!p->live || !p->started) return;
	int64_t step_ns = (now_ns - p->slew_from_ns) / SLEW_PART;
	if (step_ns > p->slew_left_ns) step_ns = p->slew_left_ns;
	if (step_ns > 0) {
		p->base_ns -= step_ns;
		p->slew_left_ns -= step_ns;
	}
	p->slew_from_ns = now_ns;
	if (early_ns < p->least_ns) p->least_ns = early_ns;
	if (now_ns - p->window_ns < WINDOW_NS) return;
	p->slew_left_ns = p->least_ns > EARLY_NS ? p->least_ns - TS_PACE_LEAD_NS : 0;
	p->least_ns = INT64_MAX;
	p->window_ns = now_ns;
}

int64_t ts_pace_due(struct ts_pace *p, int64_t line_ns, int64_t now_ns)
{
	if (!p->started) ts_pace_begin(p, line_ns, now_ns);
	return p->base_ns + line_ns;
}

void ts_pace_late(struct ts_pace *p, int64_t by_ns)
{
	p->base_ns += by_ns;
	p->least_ns = INT64_MAX;
	p->slew_left_ns = 0;
}
