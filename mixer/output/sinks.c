#include "mixer/output/sinks.h"

#include "base/error.h"
#include "base/task.h"
#include <stdatomic.h>
#include <stdlib.h>

struct entry {
	struct ts_sink *sink;
	bool started;
	enum ts_sink_wants wants; /* of this turn */
};

struct list {
	size_t n;
	struct entry entry[];
};

struct sinks {
	struct ts_sink sink;
	_Atomic(struct list *) pending; /* from control: the others */

	/* strand */
	struct entry first;
	struct list *others; /* NULL: none */
	struct ts_stream_params params;
};

static struct sinks *of(struct ts_sink *sink)
{
	return ts_container_of(sink, struct sinks, sink);
}

static void stop(struct entry *e)
{
	if (e->started) e->sink->ops->stop(e->sink);
	e->started = false;
}

static void list_free(struct list *list)
{
	for (size_t i = 0; list && i < list->n; i++) ts_sink_unref(&list->entry[i].sink);
	free(list);
}

static const struct entry *find(const struct list *list, const struct ts_sink *sink)
{
	for (size_t i = 0; list && i < list->n; i++)
		if (list->entry[i].sink == sink) return &list->entry[i];
	return NULL;
}

/* Who stays goes on, who is not in the new list has had its last packet. */
static void take_list(struct sinks *s)
{
	struct list *fresh = atomic_exchange_explicit(&s->pending, NULL, memory_order_acq_rel);
	if (!fresh) return;
	for (size_t i = 0; i < fresh->n; i++) {
		const struct entry *before = find(s->others, fresh->entry[i].sink);
		fresh->entry[i].started = before && before->started;
	}
	for (size_t i = 0; s->others && i < s->others->n; i++)
		if (!find(fresh, s->others->entry[i].sink)) stop(&s->others->entry[i]);
	list_free(s->others);
	s->others = fresh;
}

/* One that is not started needs a keyframe, whatever it says. */
static enum ts_sink_wants ask(struct entry *e, int64_t now_ns, unsigned *spares)
{
	const unsigned all = e->sink->ops->wants(e->sink, now_ns);
	*spares |= all & TS_SINK_SPARES;
	e->wants = all & TS_SINK_WANTS_MASK;
	if (e->wants == TS_SINK_NOTHING)
		stop(e);
	else if (!e->started)
		return TS_SINK_KEYFRAME;
	return e->wants;
}

static enum ts_sink_wants sinks_want(struct ts_sink *sink, int64_t now_ns)
{
	struct sinks *s = of(sink);
	take_list(s);
	unsigned spares = 0;
	enum ts_sink_wants most = ask(&s->first, now_ns, &spares);
	for (size_t i = 0; s->others && i < s->others->n; i++) {
		const enum ts_sink_wants wants = ask(&s->others->entry[i], now_ns, &spares);
		if (wants > most) most = wants;
	}
	return most | spares;
}

static void sinks_start(struct ts_sink *sink, const struct ts_stream_params *params)
{
	of(sink)->params = *params;
}

static int give(
	struct sinks *s, struct entry *e, const AVPacket *packet, const struct ts_unit_time *time)
{
	if (e->wants == TS_SINK_NOTHING) return 0;
	if (!e->started) {
		if (!(packet->flags & AV_PKT_FLAG_KEY)) return 0;
		e->sink->ops->start(e->sink, &s->params);
		e->started = true;
	}
	return e->sink->ops->packet(e->sink, packet, time);
}

static int sinks_packet(
	struct ts_sink *sink, const AVPacket *packet, const struct ts_unit_time *time)
{
	struct sinks *s = of(sink);
	for (size_t i = 0; s->others && i < s->others->n; i++)
		give(s, &s->others->entry[i], packet, time);
	return give(s, &s->first, packet, time);
}

static void sinks_stop(struct ts_sink *sink)
{
	struct sinks *s = of(sink);
	stop(&s->first);
	for (size_t i = 0; s->others && i < s->others->n; i++) stop(&s->others->entry[i]);
}

static void sinks_free(struct ts_sink *sink)
{
	struct sinks *s = of(sink);
	list_free(atomic_exchange(&s->pending, NULL));
	list_free(s->others);
	ts_sink_unref(&s->first.sink);
	free(s);
}

static const struct ts_sink_ops ops = {.wants = sinks_want,
	.start = sinks_start,
	.packet = sinks_packet,
	.stop = sinks_stop,
	.free = sinks_free};

int ts_sinks_create(struct ts_sink **out, struct ts_sink *first)
{
	struct sinks *s = calloc(1, sizeof *s);
	if (!s) return TS_ENOMEM;
	ts_sink_init(&s->sink, &ops);
	s->first.sink = ts_sink_ref(first);
	*out = &s->sink;
	return 0;
}

int ts_sinks_publish(struct ts_sink *sink, struct ts_sink *const *list, size_t n)
{
	struct list *fresh = calloc(1, sizeof *fresh + n * sizeof fresh->entry[0]);
	if (!fresh) return TS_ENOMEM;
	fresh->n = n;
	for (size_t i = 0; i < n; i++) fresh->entry[i].sink = ts_sink_ref(list[i]);
	list_free(atomic_exchange_explicit(&of(sink)->pending, fresh, memory_order_acq_rel));
	return 0;
}
