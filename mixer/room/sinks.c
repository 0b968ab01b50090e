/* sinks - those who take a room's mix besides participants: which output each gets, and how they
 * listen. Plans carry the result. */
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "mixer/audio/coder.h"
#include "mixer/room/model.h"
#include "mixer/sink/aac.h"

_Static_assert((int)TS_ROOM_SINKS_MAX <= (int)TS_AAC_SINKS &&
		(int)TS_ROOM_SINKS_MAX <= (int)TS_CODER_SINKS,
	"as many as a room may have");

/* ---- pictures */

/* A move costs a recording another file, of which it may have so many, and receivers that come and
 * go cause them: each lasts twice as long as the one before, up to this. */
#define STAY_MOST_NS (3600 * TS_NS_PER_S)

static void leave_output(struct ts_room_sink *s)
{
	ts_sink_unref(&s->pictures);
	ts_output_unref(&s->output);
}

/* output: [take] */
static void move_to(struct ts_room *r, struct ts_room_sink *s, struct ts_output *output)
{
	struct ts_sink *pictures = s->pictures_of(s);
	if (!pictures) {
		ts_output_unref(&output);
		return; /* with the one before; the next plan tries again */
	}
	leave_output(s);
	s->pictures = pictures;
	s->output = output;
	s->moved_ns = ts_now_ns();
	if (s->stay_ns < STAY_MOST_NS) s->stay_ns = s->stay_ns ? 2 * s->stay_ns : TS_NS_PER_S;
	const struct ts_step *step = &ts_output_config(output)->step;
	ts_info("sink", "room=%s codec=%s width=%d height=%d fps=%d", r->config.id,
		ts_codec_name(ts_output_config(output)->codec), step->width, step->height,
		step->fps);
}

void ts_room_choose_sinks(struct ts_room *r)
{
	for (struct ts_room_sink *s = r->sinks; s; s = s->next) {
		if (!s->video_codec) continue;
		struct ts_room_view *view = s->view ? s->view : &r->main;
		struct ts_step step[TS_SCENE_RENDITIONS];
		const size_t n = ts_scene_renditions(&view->scene, s->of ? s->of : 1, step);
		const struct ts_top_wish wish = {.codec = s->video_codec,
			.step = step[s->rendition < n ? s->rendition : n - 1],
			.any_codec = s->any_video_codec,
			.keep = ts_now_ns() - s->moved_ns < s->stay_ns,
			.now = s->output};
		struct ts_output *output = ts_scene_top_output(&view->scene, &wish);
		if (output && output != s->output)
			move_to(r, s, output);
		else
			ts_output_unref(&output);
	}
}

size_t ts_room_sinks_of(
	const struct ts_room *r, const struct ts_output *output, struct ts_sink **list)
{
	size_t n = 0;
	for (const struct ts_room_sink *s = r->sinks; s; s = s->next)
		if (s->output == output) list[n++] = s->pictures;
	return n;
}

/* ---- sound */

size_t ts_room_sinks_listen(const struct ts_room *r, struct ts_audio_member *members)
{
	/* what browsers get on a good way: one group with them */
	struct ts_audio_limits limits = {
		.codec = TS_CODEC_OPUS, .fec = true, .mode = r->config.audio_mode};
	static const struct ts_audio_way good;
	uint64_t key = UINT64_MAX - TS_ROOM_SINKS_MAX;
	size_t n = 0;
	for (const struct ts_room_sink *s = r->sinks; s; s = s->next) {
		if (s->audio_codec != TS_CODEC_OPUS) continue;
		members[n] = (struct ts_audio_member){
			.key = key, .sink = s->sound, .codec = TS_CODEC_OPUS, .gain = 1};
		limits.stereo = s->stereo;
		ts_audio_choose(&members[n].profile, &members[n].delivery, &limits, &good);
		members[n].profile.stereo = s->stereo;
		key++;
		n++;
	}
	for (int i = 0; i < 2; i++) {
		if (!r->aac[i]) continue;
		members[n++] = (struct ts_audio_member){
			.key = key, .sink = r->aac[i], .profile.stereo = i > 0, .gain = 1};
		key++;
	}
	return n;
}

/* One encoder for all that take AAC in so many channels. */
static int publish_aac_of(struct ts_room *r, bool stereo)
{
	struct ts_sink **aac = &r->aac[stereo];
	struct ts_sink *list[TS_ROOM_SINKS_MAX];
	size_t n = 0;
	for (const struct ts_room_sink *s = r->sinks; s; s = s->next)
		if (s->audio_codec == TS_CODEC_AAC && s->stereo == stereo) list[n++] = s->sound;
	int err = 0;
	if (n && !*aac) err = ts_aac_create(aac, r->engine->video, stereo);
	if (!err && *aac) err = ts_aac_publish(*aac, list, n);
	if (!n) ts_sink_unref(aac);
	return err;
}

static int publish_aac(struct ts_room *r)
{
	const int mono = publish_aac_of(r, false), stereo = publish_aac_of(r, true);
	return mono ? mono : stereo;
}

/* ---- coming and going */

size_t ts_room_renditions(const struct ts_room *r, const struct ts_room_view *view, size_t most,
	struct ts_step out[TS_ROOM_RENDITIONS])
{
	_Static_assert((int)TS_ROOM_RENDITIONS == (int)TS_SCENE_RENDITIONS, "the same");
	return ts_scene_renditions(view ? &view->scene : &r->main.scene, most, out);
}

static struct ts_room_sink **end_of(struct ts_room *r, size_t *n)
{
	struct ts_room_sink **at = &r->sinks;
	for (*n = 0; *at; at = &(*at)->next) ++*n;
	return at;
}

int ts_room_add_sink(struct ts_room *r, struct ts_room_sink *sink)
{
	size_t n;
	struct ts_room_sink **at = end_of(r, &n);
	if (r->closing) return TS_ECLOSED;
	if (n == TS_ROOM_SINKS_MAX) return TS_ELIMIT;
	sink->output = NULL;
	sink->pictures = NULL;
	sink->moved_ns = sink->stay_ns = 0;
	sink->next = NULL;
	*at = sink;
	const int err = publish_aac(r);
	if (err) {
		*at = NULL;
		return err;
	}
	ts_room_schedule_plan(r);
	ts_room_notify_recorded(r);
	return 0;
}

void ts_room_remove_sink(struct ts_room *r, struct ts_room_sink *sink)
{
	struct ts_room_sink **at = &r->sinks;
	while (*at && *at != sink) at = &(*at)->next;
	if (!*at) return;
	*at = sink->next;
	leave_output(sink);
	/* out of memory: it is told no more of, and gone with the list */
	if (publish_aac(r)) ts_error("plan not published", "room=%s", r->config.id);
	if (r->closing) return;
	ts_room_schedule_plan(r);
	ts_room_notify_recorded(r);
}

void ts_room_notify_recorded(struct ts_room *r)
{
	ts_room_touch(r, TS_ROOM_CONFIG, NULL);
}

void ts_room_notify_waiting(struct ts_room *r, size_t n)
{
	if (r->waiting == n) return;
	r->waiting = n;
	ts_room_touch(r, TS_ROOM_CONFIG, NULL);
}

size_t ts_room_waiting(const struct ts_room *r)
{
	return r->waiting;
}

void ts_room_notify_end(struct ts_room *r, int64_t unix_ms)
{
	if (r->end_unix_ms == unix_ms) return;
	r->end_unix_ms = unix_ms;
	ts_room_touch(r, TS_ROOM_CONFIG, NULL);
}

int64_t ts_room_end_unix_ms(const struct ts_room *r)
{
	return r->end_unix_ms;
}

bool ts_room_is_recorded(const struct ts_room *r)
{
	for (const struct ts_room_sink *s = r->sinks; s; s = s->next)
		if (s->records) return true;
	return false;
}

bool ts_room_is_streamed(const struct ts_room *r)
{
	for (const struct ts_room_sink *s = r->sinks; s; s = s->next)
		if (s->streams) return true;
	return false;
}
