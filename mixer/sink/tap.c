#include "mixer/sink/tap.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/task.h"
#include "mixer/output/keybudget.h"
#include <stdlib.h>

struct tap {
	struct ts_sink sink;
	struct ts_unit_queue *queue;
	uint32_t number;
	struct ts_stream_params params;
	struct ts_tap_keys keys;
	int64_t key_ns;     /* of the last keyframe */
	int64_t key_period; /* with a grid: its period */
	int64_t next_ns;    /* when the next picture is due */
};

static struct tap *of(struct ts_sink *sink)
{
	return ts_container_of(sink, struct tap, sink);
}

int64_t ts_tap_period(const struct ts_tap_keys *keys, int64_t capture_ns)
{
	return (capture_ns - keys->grid_ns + TS_NS_PER_MS) / keys->every_ns;
}

/* Of the picture that comes next; nothing is known of it where none came for long. */
static int64_t next_ns(const struct tap *t, int64_t now_ns)
{
	return now_ns - t->next_ns > TS_NS_PER_S ? now_ns : t->next_ns;
}

static enum ts_sink_wants tap_wants(struct ts_sink *sink, int64_t now_ns)
{
	struct tap *t = of(sink);
	if (ts_unit_queue_is_idle(t->queue)) return TS_SINK_NOTHING;
	if (ts_unit_queue_needs_keyframe(t->queue, now_ns)) return TS_SINK_KEYFRAME;
	if (!t->keys.grid_ns) {
		if (now_ns - t->key_ns < t->keys.every_ns) return TS_SINK_PACKETS;
	} else if (ts_tap_period(&t->keys, next_ns(t, now_ns)) == t->key_period) {
		const int64_t soon_ns = next_ns(t, now_ns) + TS_KEY_SPACING_NS;
		const bool soon = ts_tap_period(&t->keys, soon_ns) != t->key_period;
		return soon ? TS_SINK_PACKETS | TS_SINK_SPARES : TS_SINK_PACKETS;
	}
	return ts_unit_queue_has_room(t->queue, now_ns) ? TS_SINK_KEYFRAME : TS_SINK_PACKETS;
}

static void tap_start(struct ts_sink *sink, const struct ts_stream_params *params)
{
	of(sink)->params = *params;
}

static int tap_packet(struct ts_sink *sink, const AVPacket *packet, const struct ts_unit_time *time)
{
	struct tap *t = of(sink);
	const bool key = packet->flags & AV_PKT_FLAG_KEY;
	struct ts_unit unit = {.kind = t->number ? TS_UNIT_VIDEO : TS_UNIT_AUDIO,
		.packet = (AVPacket *)(uintptr_t)packet,
		.key = key,
		.tap = t->number,
		.params = t->params,
		.time_ns = time->capture_ns,
		.duration_ns = time->duration_ns};
	if (t->number && t->params.fps) unit.duration_ns = TS_NS_PER_S / t->params.fps;
	t->next_ns = unit.time_ns + unit.duration_ns;
	if (t->number && key) {
		t->key_ns = time->now_ns;
		if (t->keys.grid_ns) t->key_period = ts_tap_period(&t->keys, unit.time_ns);
	}
	ts_unit_queue_push(t->queue, &unit);
	return 0;
}

static void tap_stop(struct ts_sink *sink)
{
	(void)sink; /* the next one begins with a keyframe */
}

static void tap_free(struct ts_sink *sink)
{
	struct tap *t = of(sink);
	ts_unit_queue_unref(&t->queue);
	free(t);
}

int ts_tap_create(struct ts_sink **out, struct ts_unit_queue *queue, uint32_t number,
	const struct ts_tap_keys *keys)
{
	static const struct ts_sink_ops ops = {.wants = tap_wants,
		.start = tap_start,
		.packet = tap_packet,
		.stop = tap_stop,
		.free = tap_free};
	struct tap *t = calloc(1, sizeof *t);
	if (!t) return TS_ENOMEM;
	ts_sink_init(&t->sink, &ops);
	t->queue = ts_unit_queue_ref(queue);
	t->number = number;
	if (keys) t->keys = *keys;
	t->key_period = -1;
	*out = &t->sink;
	return 0;
}
