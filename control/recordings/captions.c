#include "control/recordings/captions.h"
#include "base/clock.h"
#include "control/text/texts.h"
#include "control/text/vtt.h"

void ts_recorded_captions_pause(struct ts_recorded_captions *c, bool paused, int64_t unix_ms)
{
	if (!paused && c->pause_ms) c->paused_ms += unix_ms - c->pause_ms;
	c->pause_ms = paused ? unix_ms : 0;
}

/* Before its first picture there is no time in it. */
static int64_t time_of(
	const struct ts_recorded_captions *c, const struct ts_recording *r, int64_t ns)
{
	const int64_t ms = ts_unix_ms_from_ns(ns) - (r->first_ms ? r->first_ms : r->created_ms) -
		c->paused_ms;
	return ms < 0 ? 0 : ms;
}

void ts_recorded_captions_add(
	struct ts_recorded_captions *c, struct ts_recording *r, const struct ts_caption *caption)
{
	if (c->pause_ms || !*caption->text) return;
	if (c->text && c->text->len > TS_RECORDED_CAPTIONS_MAX) return;
	if (!c->text) {
		c->text = g_string_new(NULL);
		ts_vtt_begin(c->text, -1, 0);
	}
	ts_vtt_cue(c->text, time_of(c, r, caption->begun_ns),
		time_of(c, r, caption->at_ns + caption->lasts_ns), caption->name, caption->text);
	c->dirty = true;
	r->captions++;
}

void ts_recorded_captions_fini(struct ts_recorded_captions *c)
{
	if (c->text) g_string_free(c->text, TRUE);
	c->text = NULL;
}
