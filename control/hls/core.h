/* core - the inside of HLS, shared by streams.c (which rooms) and replies.c (what players get).
 * Private to those.
 *
 * Thread  control.
 */
#ifndef TS_CONTROL_HLS_CORE_H
#define TS_CONTROL_HLS_CORE_H

#include "base/loop.h"
#include "config/config.h"
#include "control/hls/streams.h"
#include "mixer/sink/segmenter.h"

struct ts_hls {
	struct ts_loop *loop;
	struct ts_pool *pool;
	struct ts_registry *registry;
	const struct ts_config *config;
	GPtrArray *streams; /* [owned] struct ts_hls_stream */
	GHashTable *always; /* rooms with "hls": "always", as seen last */
	GQueue old_keys;    /* [owned] struct old_key of streams.c, the newest first */
	guint segmenters;   /* not gone yet */
	size_t waiting;
	GHashTable *waiting_of; /* address -> requests, those of which some wait */
	struct ts_timer overdue; /* while requests wait */
	bool closing;
	void (*done)(void *arg);
	void *done_arg;
};

struct ts_hls_stream {
	struct ts_hls *all;
	struct ts_room *room;
	char id[TS_ROOM_ID_MAX + 1], pin[TS_PIN_MAX + 1], key[TS_SECRET_LEN + 1];
	bool automatic, ended;
	bool attached;            /* sink is the room's */
	int64_t created_ms, parts, made_bytes;
	size_t bytes_told;        /* to the gauge */
	struct ts_room_sink sink;
	struct ts_hls_cut *cut; /* what outlives it: streams.c */
	struct ts_hls_window window;
	GQueue waiting;           /* struct waiter of replies.c, by its link */
};

/* replies.c */
void ts_hls_serve_waiting(struct ts_hls_stream *stream);  /* something new is there */
void ts_hls_refuse_waiting(struct ts_hls_stream *stream); /* nothing ever will be */
void ts_hls_on_overdue(struct ts_timer *timer, int64_t now_ns);

#endif
