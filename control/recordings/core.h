/* core - the inside of the recordings, shared by recordings.c (which there are), running.c (one
 * that runs) and upkeep.c (files that are finished, and those that must go). Private to those.
 *
 * Thread  control.
 */
#ifndef TS_CONTROL_RECORDINGS_CORE_H
#define TS_CONTROL_RECORDINGS_CORE_H

#include "base/loop.h"
#include "config/config.h"
#include "control/recordings/captions.h"
#include "control/recordings/files.h"
#include "control/recordings/hook.h"
#include "control/recordings/journal.h"
#include "control/recordings/recordings.h"
#include "mixer/sink/writer.h"

/* One that is known; the part of it that runs is gone when it has ended. */
struct ts_recorded {
	struct ts_recording r; /* first */
	struct ts_recordings *all;
	struct ts_room *room;  /* NULL: it takes nothing from one any more */
	struct ts_room_sink sink;
	struct ts_writer *writer;   /* NULL: its files are closed */
	struct ts_tracks *tracks;   /* NULL: the mix alone, or all are closed */
	bool writer_done;           /* it waits for the tracks */
	struct ts_journal *journal; /* NULL: it was of an earlier process */
	struct ts_recorded_captions captions;
	int64_t written_ns;         /* when the sidecar was last given to be written */
	bool told;                  /* others know of it */
	bool forget;                /* its files go when it has ended */
	guint indexing;             /* parts whose index is still to be put in front */
};

struct ts_recordings {
	struct ts_loop *loop;
	struct ts_registry *registry;
	const struct ts_config *config;
	struct ts_files *files;
	struct ts_hook *hook;
	GPtrArray *list;      /* [owned] struct ts_recorded, the oldest first */
	struct ts_texts *texts; /* NULL: there are no captions */
	GHashTable *rooms;    /* ts_room -> [owned] struct ts_recorded_room */
	struct ts_timer poll; /* while one runs */
	struct ts_timer upkeep;
	ts_recordings_changed changed;
	void *changed_arg;
	guint writers;        /* not closed yet */
	bool closing;
	void (*done)(void *arg);
	void *done_arg;
};

/* What is known of a room for the sake of "record": "always". */
struct ts_recorded_room {
	bool stopped;     /* by request: not again before it was empty */
	bool left;        /* while it was held: its people are elsewhere */
	int64_t retry_ns; /* one that could not begin is not tried again before */
};

/* running.c */
int ts_recorded_start(struct ts_recordings *all, struct ts_room *room,
	const struct ts_recording_wish *wish, bool automatic, struct ts_recorded **out);
void ts_recorded_end(struct ts_recorded *recorded, const char *reason);
int ts_recorded_pause(struct ts_recorded *recorded, bool paused);
void ts_recorded_view_removed(struct ts_recorded *recorded); /* it was of that one */
void ts_recorded_look(struct ts_recorded *recorded, int64_t now_ns); /* into its room */
void ts_recorded_write(struct ts_recorded *recorded, int64_t now_ns); /* its sidecar */

/* upkeep.c */
void ts_recorded_finish(struct ts_recorded *recorded); /* its files are closed */
void ts_recordings_keep_up(struct ts_recordings *all); /* retention */
int64_t ts_recordings_bytes(const struct ts_recordings *all);
bool ts_recordings_disk_is_full(struct ts_recordings *all); /* for one more */

/* recordings.c */
void ts_recorded_tell(struct ts_recorded *recorded);
void ts_recorded_remove(struct ts_recorded *recorded); /* its files too; [take] */
void ts_recorded_free(void *recorded);
void ts_recordings_writer_gone(struct ts_recordings *all);

#endif
