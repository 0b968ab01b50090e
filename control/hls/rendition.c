/* rendition - a stream in one size: the segmenter that cuts it, and what of it is in memory.
 *
 * Several of a stream have one clock and one grid of keyframes (mixer/sink/tap.h), so that their
 * segments are of the same time. Their numbers are those of the grid's periods, and more by as many
 * as there were more segments than periods: a rendition that begins goes by the others, and then
 * counts.
 *
 * Pieces of it are cut while somebody asks for them; the index is held anyway, until the first
 * segment is there. What was cut before is gone then, and what comes after is another part of the
 * timeline.
 *
 *   [ rests: no encoder works for it ] --a request--> [ is cut ] --a minute without--> [ rests ] */
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "control/hls/core.h"

#define MB ((size_t)1 << 20)
#define REST_NS (60 * TS_NS_PER_S)
#define LOOK_NS (10 * TS_NS_PER_S)

static void tell_bytes(struct ts_hls_rendition *r)
{
	ts_count_add(TS_C_HLS_BYTES_HELD, (int64_t)r->window.bytes - (int64_t)r->bytes_told);
	r->bytes_told = r->window.bytes;
}

static uint64_t number_of(const struct ts_hls_stream *s, int64_t period)
{
	return period + s->ahead > 0 ? (uint64_t)(period + s->ahead) : 0;
}

uint64_t ts_hls_rendition_growing(const struct ts_hls_rendition *r, size_t *n_parts)
{
	const struct ts_hls_stream *s = r->stream;
	const struct ts_tap_keys grid = {TS_PLAYLIST_TARGET_S * TS_NS_PER_S, s->grid_ns};
	const uint64_t growing = ts_hls_window_growing(&r->window, n_parts);
	const uint64_t now = number_of(s, ts_tap_period(&grid, ts_now_ns()));
	return !r->window.segments.length && now > growing ? now : growing;
}

void ts_hls_rendition_add(struct ts_hls_rendition *r, struct ts_cut_part *part)
{
	struct ts_hls_stream *s = r->stream;
	const int64_t begun_ms = ts_unix_ms_from_ns(part->time_ns), period = part->period;
	r->made_bytes += (int64_t)part->bytes->len;
	if (part->begins && !r->window.segments.length)
		ts_hls_window_begin_at(&r->window, number_of(s, period), s->discontinuities);
	const uint64_t next = r->window.next;
	ts_hls_window_add(&r->window, part, begun_ms);
	if (r->window.next != next) {
		const uint64_t gaps = ts_hls_window_discontinuities(&r->window);
		s->ahead = (int64_t)next - period;
		if (gaps > s->discontinuities) s->discontinuities = gaps;
	}
	r->parts++;
	ts_count(TS_C_HLS_PARTS);
	tell_bytes(r);
	ts_hls_serve_waiting(s, r);
}

static void on_part(void *arg, struct ts_cut_part *part)
{
	struct ts_hls_rendition *r = ((struct ts_hls_cut *)arg)->rendition;
	if (r)
		ts_hls_rendition_add(r, part);
	else
		ts_cut_part_free(part);
}

static void on_done(void *arg)
{
	struct ts_hls_cut *cut = arg;
	struct ts_hls *all = cut->all;
	ts_segmenter_destroy(&cut->segmenter);
	g_free(cut);
	ts_hls_cut_done(all);
}

static struct ts_sink *pictures_of(struct ts_room_sink *sink)
{
	const struct ts_hls_rendition *r = ts_container_of(
		sink, struct ts_hls_rendition, held.sink);
	return ts_segmenter_video(r->cut->segmenter);
}

int ts_hls_rendition_init(struct ts_hls_stream *s, size_t index)
{
	static const struct ts_segmenter_events events = {on_part, on_done};
	struct ts_hls *all = s->all;
	struct ts_hls_rendition *r = &s->rendition[index];
	const size_t of = (size_t)all->config->hls.renditions;
	const struct ts_segmenter_config config = {.pool = all->pool,
		.control = all->loop,
		.stereo = ts_room_is_stereo(ts_room_config(s->room)),
		.grid_ns = s->grid_ns};
	struct ts_hls_cut *cut = g_new0(struct ts_hls_cut, 1);
	r->stream = s;
	s->n_renditions = index + 1;
	ts_hls_window_init(&r->window, (unsigned)index, (size_t)all->config->hls.max_mb * MB / of);
	cut->all = all;
	cut->rendition = r;
	const int err = ts_segmenter_create(&cut->segmenter, &config, &events, cut);
	if (err) {
		g_free(cut);
		return err;
	}
	r->cut = cut;
	r->resting = true; /* until somebody asks */
	ts_segmenter_set_idle(cut->segmenter, true);
	all->segmenters++;
	r->held.what = "hls";
	r->held.sink = (struct ts_room_sink){.video_codec = TS_CODEC_H264,
		.audio_codec = TS_CODEC_AAC,
		.stereo = config.stereo,
		.rendition = index,
		.of = of,
		.sound = ts_segmenter_audio(cut->segmenter),
		.pictures_of = pictures_of,
		.view = s->view,
		.streams = true};
	return r->held.sink.sound ? 0 : TS_ENOMEM;
}

void ts_hls_rendition_attach(struct ts_hls_rendition *r)
{
	if (r == r->stream->rendition || !r->resting)
		ts_held_sink_attach(&r->held, r->stream->room);
}

static void set_resting(struct ts_hls_rendition *r, bool resting)
{
	struct ts_hls_stream *s = r->stream;
	r->resting = resting;
	ts_segmenter_set_idle(r->cut->segmenter, resting);
	if (r->parts) ts_hls_window_clear(&r->window);
	tell_bytes(r);
	ts_info(resting ? "hls rests" : "hls is asked for", "room=%s rendition=%d", s->id,
		(int)(r - s->rendition));
	if (!resting)
		ts_hls_rendition_attach(r);
	else if (r != s->rendition)
		ts_held_sink_detach(&r->held, s->room);
}

bool ts_hls_rendition_end(struct ts_hls_rendition *r)
{
	if (r->cut) {
		ts_sink_unref(&r->held.sink.sound);
		r->cut->rendition = NULL;
		ts_segmenter_finish(r->cut->segmenter);
		r->cut = NULL;
	}
	return ts_hls_window_end(&r->window);
}

void ts_hls_rendition_fini(struct ts_hls_rendition *r)
{
	ts_hls_window_fini(&r->window);
	r->window.bytes = 0;
	tell_bytes(r);
}

/* ---- demand */

void ts_hls_want(struct ts_hls_rendition *r)
{
	struct ts_hls_stream *s = r->stream;
	r->asked_ns = ts_now_ns();
	if (!r->resting || s->ended) return;
	set_resting(r, false); /* parts may have been on their way */
	ts_loop_timer_set(s->all->loop, &s->all->rest, r->asked_ns + LOOK_NS);
}

/* True: something of it is cut. */
static bool look(struct ts_hls_stream *s, int64_t now_ns)
{
	bool awake = false;
	for (size_t i = 0; i < s->n_renditions; i++) {
		struct ts_hls_rendition *r = &s->rendition[i];
		if (!r->resting && now_ns - r->asked_ns >= REST_NS) set_resting(r, true);
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
