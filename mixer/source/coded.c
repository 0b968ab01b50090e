#include "mixer/source/coded.h"

#include "base/counter.h"
#include "base/error.h"
#include "base/ref.h"
#include "base/ring.h"
#include "container/remux.h"
#include <stdlib.h>

enum { UNITS = 1024 };

struct ts_coded {
	struct ts_ref refs;
	struct ts_ring units;
	atomic_bool open;
	atomic_bool taken;  /* by who pops, until it has left */
	atomic_uint opened; /* how often */
	/* the input's thread */
	struct ts_coded_format *format;
	uint64_t number;
};

static atomic_size_t held; /* bytes, in all of them and on their way out */

void ts_coded_free(struct ts_coded_unit **unit)
{
	struct ts_coded_unit *u = *unit;
	*unit = NULL;
	if (!u) return;
	atomic_fetch_sub(&held, u->bytes);
	av_packet_free(&u->packet);
	ts_coded_format_unref(&u->format);
	free(u);
}

static struct ts_coded_unit *copy(struct ts_coded *c, const AVPacket *packet)
{
	struct ts_coded_unit *u = calloc(1, sizeof *u);
	if (!u) return NULL;
	u->bytes = (uint64_t)packet->size + sizeof *u;
	if (atomic_fetch_add(&held, u->bytes) + u->bytes <= TS_CODED_BYTES)
		u->packet = av_packet_clone(packet);
	if (u->packet)
		u->format = ts_coded_format_ref(c->format);
	else
		ts_coded_free(&u);
	return u;
}

/* ---- life */

int ts_coded_create(struct ts_coded **out)
{
	struct ts_coded *c = calloc(1, sizeof *c);
	*out = NULL;
	if (!c) return TS_ENOMEM;
	ts_ref_init(&c->refs, 1);
	const int err = ts_ring_init(&c->units, UNITS);
	if (err)
		free(c);
	else
		*out = c;
	return err;
}

struct ts_coded *ts_coded_ref(struct ts_coded *c)
{
	ts_ref_get(&c->refs);
	return c;
}

void ts_coded_unref(struct ts_coded **coded)
{
	struct ts_coded *c = *coded;
	struct ts_coded_unit *unit;
	*coded = NULL;
	if (!c || !ts_ref_put(&c->refs)) return;
	while ((unit = ts_ring_pop(&c->units))) ts_coded_free(&unit);
	ts_ring_fini(&c->units);
	ts_coded_format_unref(&c->format);
	free(c);
}

int ts_coded_open(struct ts_coded *c)
{
	if (atomic_exchange(&c->taken, true)) return TS_EEXIST;
	atomic_fetch_add(&c->opened, 1);
	atomic_store(&c->open, true);
	return 0;
}

void ts_coded_close(struct ts_coded *c)
{
	atomic_store(&c->open, false);
}

void ts_coded_leave(struct ts_coded *c)
{
	atomic_store(&c->taken, false);
}

/* ---- packets */

void ts_coded_begin(struct ts_coded *c, struct ts_coded_format *format)
{
	ts_coded_format_unref(&c->format);
	c->format = ts_coded_format_ref(format);
}

void ts_coded_push(struct ts_coded *c, const AVPacket *packet)
{
	c->number++;
	if (!c->format || !atomic_load_explicit(&c->open, memory_order_relaxed)) return;
	struct ts_coded_unit *unit = copy(c, packet);
	if (unit) unit->number = c->number;
	if (unit) unit->opened = atomic_load(&c->opened);
	if (unit && !ts_ring_push(&c->units, unit)) return;
	ts_coded_free(&unit);
	ts_count(TS_C_SINK_DROPPED);
}

struct ts_coded_unit *ts_coded_pop(struct ts_coded *c)
{
	struct ts_coded_unit *unit;
	/* what came while it was being closed is not for who opened it next */
	while ((unit = ts_ring_pop(&c->units)) && unit->opened != atomic_load(&c->opened))
		ts_coded_free(&unit);
	return unit;
}
