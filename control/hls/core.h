/* core - the inside of HLS, shared by streams.c (which rooms), rendition.c (one size of a room),
 * and replies.c (what players get).
 * Private to those.
 *
 * Thread  control.
 */
#ifndef TS_CONTROL_HLS_CORE_H
#define TS_CONTROL_HLS_CORE_H

#include "base/loop.h"
#include "config/config.h"
#include "control/hls/streams.h"
#include "control/rooms/held_sink.h"
#include "control/rooms/old_keys.h"
#include "mixer/sink/segmenter.h"

struct ts_hls {
	struct ts_loop *loop;
	struct ts_pool *pool;
	struct ts_registry *registry;
	const struct ts_config *config;
	struct ts_texts *texts; /* NULL: there are no captions */
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

/* A segmenter, which ends later than its rendition. */
struct ts_hls_cut {
	struct ts_hls *all;
	struct ts_hls_rendition *rendition; /* NULL: it was stopped */
	struct ts_segmenter *segmenter;
};

/* A stream in one size. The first is there while somebody is in the room, the others while they are
 * asked for besides. */
struct ts_hls_rendition {
	struct ts_hls_stream *stream;
	struct ts_held_sink held;
	struct ts_hls_cut *cut; /* what outlives it; NULL: it has ended */
	struct ts_hls_window window;
	bool resting;           /* nobody asks: nothing is cut */
	int64_t asked_ns;       /* when somebody asked last */
	int64_t parts, made_bytes;
	size_t bytes_told;      /* to the gauge */
};

struct ts_hls_stream {
	struct ts_hls *all;
	struct ts_room *room;
	struct ts_room_view *view; /* NULL: main */
	char id[TS_ROOM_ID_MAX + 1], pin[TS_PIN_MAX + 1], key[TS_SECRET_LEN + 1];
	bool automatic, ended;
	int64_t ended_ns; /* 0: it goes on */
	int64_t grid_ns;  /* of the clock of all renditions */
	int64_t ahead;    /* how much the number of the newest segment is above its period */
	uint64_t discontinuities; /* so far */
	struct ts_hls_rendition rendition[TS_PLAYLIST_RENDITIONS];
	size_t n_renditions;
	GQueue waiting; /* struct waiter of replies.c, by its link */
};

/* streams.c */
void ts_hls_cut_done(struct ts_hls *hls); /* a segmenter is no more */
/* rendition.c */
int ts_hls_rendition_init(struct ts_hls_stream *stream, size_t index); /* TS_ENOMEM */
void ts_hls_rendition_attach(struct ts_hls_rendition *rendition); /* where it is to be */
/* Nothing more comes of it. False: there is nothing in it that could be played. */
bool ts_hls_rendition_end(struct ts_hls_rendition *rendition);
void ts_hls_rendition_fini(struct ts_hls_rendition *rendition);
/* The segment that grows in it, or will when it is cut again, and how many parts that has. */
uint64_t ts_hls_rendition_growing(const struct ts_hls_rendition *rendition, size_t *n_parts);
/* Takes the part. */
void ts_hls_rendition_add(struct ts_hls_rendition *rendition, struct ts_cut_part *part);
/* Somebody who may asks for anything of it. */
void ts_hls_want(struct ts_hls_rendition *rendition);
void ts_hls_on_rest(struct ts_timer *timer, int64_t now_ns);
/* captions.c */
/* The cues of a whole segment, as WebVTT. [give]; NULL: there is no such one, or it grows. */
struct ts_blob *ts_hls_cues(struct ts_hls_stream *stream, uint64_t number);
/* The rendition whose segments captions go by: one that is cut, or the first. */
unsigned ts_hls_captions_rendition(const struct ts_hls_stream *stream);
/* replies.c */
/* Something new of it is there. */
void ts_hls_serve_waiting(struct ts_hls_stream *stream, const struct ts_hls_rendition *rendition);
void ts_hls_refuse_waiting(struct ts_hls_stream *stream); /* nothing ever will be */
void ts_hls_on_overdue(struct ts_timer *timer, int64_t now_ns);

#endif
