#include "mixer/sink/streamer.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/strand.h"
#include "mixer/sink/aac.h"
#include "mixer/sink/keyframe.h"
#include "mixer/sink/queue.h"
#include "mixer/sink/retry.h"
#include "mixer/sink/tap.h"
#include <stdlib.h>
#include <string.h>

#define PERIOD_NS (40 * TS_NS_PER_MS)
#define QUEUE_NS (3 * TS_NS_PER_S)
/* What services ask for, and how long whoever tunes in waits. */
#define KEYFRAME_NS (4 * TS_NS_PER_S)
enum { QUEUE_BYTES = 6 * 1024 * 1024 };

struct ts_streamer {
	struct ts_streamer_config config;
	struct ts_streamer_events events;
	void *arg;
	struct ts_unit_queue *queue;
	struct ts_pool *pool; /* one thread */
	struct ts_strand *strand;
	uint32_t taps; /* control: of pictures, made so far */

	/* strand */
	struct ts_timer timer;
	struct ts_retry retry;
	int64_t due_ns;           /* RETRYING: when it is tried again */
	struct ts_stream *stream; /* NULL: no connection */
	bool begun;
	uint32_t tap; /* whose pictures count: those of the last one with a keyframe */
	struct ts_track video;
	int64_t base_ns; /* of the clock, at 0 of the stream */

	atomic_bool stop;
	struct ts_task changed_task, done_task; /* to control */
	atomic_int state, why;
	atomic_int_fast64_t since_ns, bytes, attempts;
};

_Static_assert(
	(int)TS_C_OUTPUT_LOST_ICECAST - (int)TS_C_OUTPUT_LOST_RTMP == (int)TS_STREAM_ICECAST &&
		(int)TS_C_OUTPUT_BYTES_ICECAST - (int)TS_C_OUTPUT_BYTES_RTMP ==
			(int)TS_STREAM_ICECAST,
	"counters are in the order of protocols");

static const struct ts_stream_io libav_io = {
	ts_stream_open, ts_stream_begin, ts_stream_write, ts_stream_close};

/* ---- state */

static void set_state(struct ts_streamer *s, enum ts_streamer_state state)
{
	if (state == (enum ts_streamer_state)atomic_load(&s->state)) return;
	atomic_store(&s->since_ns, ts_now_ns());
	atomic_store(&s->state, (int)state);
	ts_loop_post(s->config.control, &s->changed_task);
}

static void on_changed(struct ts_task *task)
{
	struct ts_streamer *s = ts_container_of(task, struct ts_streamer, changed_task);
	s->events.changed(s->arg);
}

static void disconnect(struct ts_streamer *s)
{
	s->config.io->close(&s->stream);
	s->begun = false;
}

static void lose(struct ts_streamer *s, enum ts_stream_end why)
{
	disconnect(s);
	if (why == TS_STREAM_STOPPED) return;
	ts_unit_queue_set_idle(s->queue, true);
	atomic_store(&s->why, (int)why);
	if (why == TS_STREAM_DENIED) {
		set_state(s, TS_STREAMER_FAILED);
		return;
	}
	ts_count((enum ts_counter)(TS_C_OUTPUT_LOST_RTMP + s->config.stream.url.protocol));
	s->due_ns = ts_retry_lost(&s->retry, ts_now_ns());
	set_state(s, TS_STREAMER_RETRYING);
}

static void connect_it(struct ts_streamer *s)
{
	set_state(s, TS_STREAMER_CONNECTING);
	s->config.stream.attempt = (unsigned)atomic_fetch_add(&s->attempts, 1);
	const enum ts_stream_end end = s->config.io->open(&s->stream, &s->config.stream);
	if (end)
		lose(s, end);
	else
		ts_unit_queue_set_idle(s->queue, false);
}

/* ---- units */

static bool begin(struct ts_streamer *s, int64_t base_ns)
{
	static const struct ts_track none;
	const enum ts_stream_protocol protocol = s->config.stream.url.protocol;
	struct ts_track audio = {.codec = ts_stream_audio(protocol)};
	if (audio.codec == TS_CODEC_AAC) ts_aac_track(&audio, s->config.stereo);
	audio.stereo = s->config.stereo;
	const enum ts_stream_end end = s->config.io->begin(
		s->stream, s->config.video ? &s->video : &none, &audio);
	if (end) {
		lose(s, end);
		return false;
	}
	s->begun = true;
	s->base_ns = base_ns;
	ts_retry_live(&s->retry, ts_now_ns());
	set_state(s, TS_STREAMER_LIVE);
	return true;
}

static void write_unit(struct ts_streamer *s, enum ts_media media, const struct ts_unit *unit)
{
	/* sound of before the keyframe with which it began */
	if (unit->time_ns < s->base_ns) return;
	const enum ts_stream_end end = s->config.io->write(
		s->stream, media, unit->packet, unit->time_ns - s->base_ns, unit->duration_ns);
	if (end) {
		lose(s, end);
		return;
	}
	atomic_fetch_add(&s->bytes, unit->packet->size);
	ts_count_add((enum ts_counter)(TS_C_OUTPUT_BYTES_RTMP + s->config.stream.url.protocol),
		unit->packet->size);
}

/* False: there is no connection any more. */
static bool take_keyframe(struct ts_streamer *s, const struct ts_unit *unit)
{
	struct ts_track track;
	if (!ts_keyframe_track(unit, &track)) return s->begun;
	if (s->begun &&
		(ts_keyframe_same(&track, &s->video) ||
			ts_stream_takes_changes(s->config.stream.url.protocol))) {
		s->video = track;
		return true;
	}
	s->video = track;
	if (s->begun) {
		disconnect(s);
		connect_it(s);
		if (!s->stream) return false;
	}
	return begin(s, unit->time_ns);
}

static void take_video(struct ts_streamer *s, const struct ts_unit *unit)
{
	/* of an output that another one has followed, or before the first keyframe of that */
	if (unit->tap < s->tap || (unit->tap > s->tap && !unit->key)) return;
	s->tap = unit->tap;
	if (unit->key ? !take_keyframe(s, unit) : !s->begun) return;
	write_unit(s, TS_VIDEO, unit);
}

static void take_audio(struct ts_streamer *s, const struct ts_unit *unit)
{
	if (!s->begun && (s->config.video || !begin(s, unit->time_ns))) return;
	write_unit(s, TS_AUDIO, unit);
}

static void drain(struct ts_streamer *s)
{
	struct ts_unit *unit = ts_unit_queue_take(s->queue);
	while (unit) {
		struct ts_unit *next = unit->next;
		if (!s->stream || atomic_load(&s->stop)) {
			/* nobody is there for it */
		} else if (unit->kind == TS_UNIT_VIDEO) {
			take_video(s, unit);
		} else if (unit->kind == TS_UNIT_AUDIO) {
			take_audio(s, unit);
		}
		ts_unit_queue_release(s->queue, unit);
		unit = next;
	}
}

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_streamer *s = ts_container_of(timer, struct ts_streamer, timer);
	if (!s->stream && (!s->due_ns || now_ns >= s->due_ns)) connect_it(s);
	drain(s);
	if (atomic_load(&s->state) == TS_STREAMER_FAILED) return;
	now_ns = ts_now_ns();
	ts_strand_timer_set(s->strand, timer,
		s->stream || s->due_ns <= now_ns ? now_ns + PERIOD_NS : s->due_ns);
}

/* ---- life */

static void on_done(struct ts_task *task)
{
	struct ts_streamer *s = ts_container_of(task, struct ts_streamer, done_task);
	s->events.done(s->arg);
}

/* On the thread, behind the last turn of the strand. */
static void on_closed(void *arg)
{
	struct ts_streamer *s = arg;
	drain(s);
	disconnect(s);
	ts_loop_post(s->config.control, &s->done_task);
}

static void free_it(struct ts_streamer *s)
{
	if (s->pool) ts_pool_destroy(&s->pool);
	if (s->queue) ts_unit_queue_unref(&s->queue);
	explicit_bzero(&s->config.stream.url, sizeof s->config.stream.url);
	free(s);
}

int ts_streamer_create(struct ts_streamer **out, const struct ts_streamer_config *config,
	const struct ts_streamer_events *events, void *arg)
{
	static const struct ts_unit_limits limits = {QUEUE_BYTES, QUEUE_NS};
	static const struct ts_pool_config pool = {.name = "stream", .threads = 1, .waits = true};
	struct ts_streamer *s = calloc(1, sizeof *s);
	if (!s) return TS_ENOMEM;
	s->config = *config;
	if (!s->config.io) s->config.io = &libav_io;
	s->config.stream.stop = &s->stop;
	s->events = *events;
	s->arg = arg;
	s->timer.fn = on_timer;
	s->changed_task.fn = on_changed;
	s->done_task.fn = on_done;
	atomic_store(&s->since_ns, config->now_ns);
	int err = ts_unit_queue_create(&s->queue, &limits);
	if (!err) err = ts_pool_create(&s->pool, &pool);
	if (!err) err = ts_strand_create(&s->strand, s->pool, TS_CLASS_LOW);
	if (err) {
		free_it(s);
		return err;
	}
	ts_unit_queue_set_idle(s->queue, true);
	ts_strand_timer_set(s->strand, &s->timer, config->now_ns);
	*out = s;
	return 0;
}

struct ts_sink *ts_streamer_video(struct ts_streamer *s)
{
	struct ts_sink *sink;
	return ts_tap_create(
		       &sink, s->queue, ++s->taps, &(struct ts_tap_keys){.every_ns = KEYFRAME_NS})
		? NULL
		: sink;
}

struct ts_sink *ts_streamer_audio(struct ts_streamer *s)
{
	struct ts_sink *sink;
	return ts_tap_create(&sink, s->queue, 0, NULL) ? NULL : sink;
}

void ts_streamer_info(const struct ts_streamer *s, struct ts_streamer_info *out)
{
	*out = (struct ts_streamer_info){.state = (enum ts_streamer_state)atomic_load(&s->state),
		.why = (enum ts_stream_end)atomic_load(&s->why),
		.since_ns = atomic_load(&s->since_ns),
		.bytes = atomic_load(&s->bytes),
		.attempts = atomic_load(&s->attempts),
		.dropped = ts_unit_queue_dropped(s->queue)};
}

void ts_streamer_finish(struct ts_streamer *s)
{
	atomic_store(&s->stop, true);
	ts_unit_queue_set_idle(s->queue, true);
	ts_strand_close(s->strand, on_closed, s);
}

void ts_streamer_destroy(struct ts_streamer **streamer)
{
	struct ts_streamer *s = *streamer;
	*streamer = NULL;
	if (s) free_it(s);
}
