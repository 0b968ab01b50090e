/* core - the inside of HLS, shared by streams.c (which rooms), replies.c (what players get) and
 * demand.c (whether anybody asks).
 * Private to those.
 *
 * Thread  control.
 */
#ifndef TS_CONTROL_HLS_CORE_H
#define TS_CONTROL_HLS_CORE_H

#include "base/loop.h"
#include "config/config.h"
#include "control/hls/streams.h"
#include "control/rooms/old_keys.h"
#include "mixer/sink/segmenter.h"

struct ts_hls {
	struct ts_loop *loop;
	struct ts_pool *pool;
	struct ts_registry *registry;
	const struct ts_config *config;
	GPtrArray *streams; /* [owned] struct ts_hls_stream */
	GPtrArray *remains; /* [owned] likewise, of streams that have ended, the oldest first */
	struct ts_timer forget; /* while there are any of those */
	GHashTable *always; /* rooms with "hls": "always", as seen last */
	struct ts_old_keys old_keys;
	guint segmenters;   /* not gone yet */
	size_t waiting;
	GHashTable *waiting_of; /* address -> requests, those of which some wait */
	struct ts_timer overdue; /* while requests wait */
	struct ts_timer rest;    /* while any stream is cut */
	bool closing;
	void (*done)(void *arg);
	void *done_arg;
};

/* A segmenter, which ends later than its stream. */
struct ts_hls_cut {
	struct ts_hls *all;
	struct ts_hls_stream *stream; /* NULL: it was stopped */
	struct ts_segmenter *segmenter;
};

struct ts_hls_stream {
	struct ts_hls *all;
	struct ts_room *room;
	char id[TS_ROOM_ID_MAX + 1], pin[TS_PIN_MAX + 1], key[TS_SECRET_LEN + 1];
	bool automatic, ended;
	bool attached;            /* sink is the room's */
	int attach_err;           /* it was not, and that was told */
	int64_t ended_ns;         /* 0: it goes on */
	bool resting;             /* nobody asks: nothing is cut */
	int64_t asked_ns;         /* when somebody asked last */
	int64_t parts, made_bytes;
	size_t bytes_told;        /* to the gauge */
	struct ts_room_sink sink;
	struct ts_hls_cut *cut; /* what outlives it */
	struct ts_hls_window window;
	GQueue waiting;           /* struct waiter of replies.c, by its link */
};

/* streams.c */
void ts_hls_tell_bytes(struct ts_hls_stream *stream); /* to the gauge */
/* demand.c */
void ts_hls_want(struct ts_hls_stream *stream); /* somebody who may asks for anything of it */
void ts_hls_on_rest(struct ts_timer *timer, int64_t now_ns);
/* replies.c */
void ts_hls_serve_waiting(struct ts_hls_stream *stream);  /* something new is there */
void ts_hls_refuse_waiting(struct ts_hls_stream *stream); /* nothing ever will be */
void ts_hls_on_overdue(struct ts_timer *timer, int64_t now_ns);

#endif
