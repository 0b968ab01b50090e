/* core - the inside of HTTP-FLV, shared by streams.c (which rooms) and viewers.c (who watches).
 * Private to those.
 *
 * Thread  control.
 */
#ifndef TS_CONTROL_FLV_CORE_H
#define TS_CONTROL_FLV_CORE_H

#include "base/loop.h"
#include "config/config.h"
#include "control/flv/streams.h"
#include "control/flv/tags.h"
#include "control/rooms/held_sink.h"
#include "control/rooms/old_keys.h"

struct ts_flv {
	struct ts_loop *loop;
	struct ts_registry *registry;
	const struct ts_config *config;
	GPtrArray *streams; /* [owned] struct ts_flv_stream */
	GHashTable *always; /* rooms with "flv": "always", as seen last */
	struct ts_old_keys old_keys;
	GQueue viewers;       /* struct viewer of viewers.c, by its link: those that end, too */
	struct ts_timer beat; /* while somebody watches, or did a moment ago */
	bool closing;
};

struct ts_flv_stream {
	struct ts_flv *all;
	struct ts_room *room;
	char id[TS_ROOM_ID_MAX + 1], pin[TS_PIN_MAX + 1], key[TS_SECRET_LEN + 1];
	bool automatic, ended;
	bool resting;       /* nobody watches: nothing is taken */
	int64_t watched_ns; /* when somebody did last */
	int64_t made_bytes;
	size_t viewers;
	struct ts_held_sink held;
	struct ts_tagger *tagger;
	struct ts_flv_tags tags;
};

/* streams.c */
void ts_flv_wake(struct ts_flv_stream *stream); /* somebody watches */
/* viewers.c */
void ts_flv_end_viewers(struct ts_flv_stream *stream);
/* Something new may be there; those who take nothing are left. */
void ts_flv_serve(struct ts_flv *flv, int64_t now_ns);

#endif
