/* writer - one recording: what taps put into its queue becomes files, in parts where pictures of
 * another size begin.
 *
 *   taps --> queue --5 times a second--> [ strand: timeline -> muxer ] --> NAME.mp4, NAME-2.mp4
 *                                           \--ended--> control --finish--> done --> destroy
 *
 * Thread  create, taps, pause, finish, destroy: control; info: any; files are written on a strand
 *         of the pool that is given, on which disks may be waited for.
 * Life    control finishes it, also when it ended by itself; `done` is its last word, on control.
 * Full    queue.h says what is dropped. With less than min_free_bytes left on the disk, or when a
 *         write fails, it ends: what was written is whole.
 */
#ifndef TS_MIXER_SINK_WRITER_H
#define TS_MIXER_SINK_WRITER_H

#include "base/loop.h"
#include "container/container.h"
#include "mixer/output/sink.h"
#include <stdbool.h>
#include <stddef.h>

struct ts_pool;
struct ts_writer;

enum { TS_WRITER_PARTS_MAX = 64, TS_WRITER_NAME_MAX = 64 };

enum ts_writer_end {
	TS_WRITER_RUNS,
	TS_WRITER_DISK_LOW,     /* less than min_free_bytes */
	TS_WRITER_DISK_ERROR,   /* a write failed */
	TS_WRITER_FAILED,       /* a file could not be begun, or no memory */
	TS_WRITER_TOO_LONG,     /* max_ns */
	TS_WRITER_TOO_MANY_PARTS
};

struct ts_writer_events {
	void (*ended)(void *arg, enum ts_writer_end why); /* by itself; finish it */
	void (*done)(void *arg);                          /* after finish: destroy it */
};

struct ts_writer_config {
	struct ts_pool *pool;
	struct ts_loop *control;
	enum ts_container container;
	bool video;
	bool stereo;                 /* its sound */
	int folder;                  /* descriptor, must stay open */
	const char *name;            /* of the files, without the suffix: an id of ours */
	int64_t min_free_bytes, max_ns; /* 0: no limit */
	int64_t now_ns, unix_ms;     /* when it begins */
};

struct ts_writer_part {
	int64_t bytes, start_ns, duration_ns, packets; /* start: in the recording */
	int width, height;
};
struct ts_writer_info {
	int64_t bytes, duration_ns;   /* of all parts */
	int64_t first_ns, last_ns;    /* of the clock; 0: nothing yet */
	int64_t dropped;              /* units */
	size_t n_parts;
	struct ts_writer_part part[TS_WRITER_PARTS_MAX];
};

/* NAME.mp4, NAME-2.mp4: number counts from 1. */
void ts_writer_file(char *out, size_t cap, const char *name, size_t number,
	enum ts_container container);

int ts_writer_create(struct ts_writer **out, const struct ts_writer_config *config,
	const struct ts_writer_events *events, void *arg);
/* A sink for pictures of one output, or for sound. [give]; NULL: out of memory. */
struct ts_sink *ts_writer_video(struct ts_writer *writer);
struct ts_sink *ts_writer_audio(struct ts_writer *writer);
/* TS_ENOMEM: it is as it was. */
int ts_writer_pause(struct ts_writer *writer, bool paused, int64_t now_ns);
void ts_writer_info(const struct ts_writer *writer, struct ts_writer_info *out);
void ts_writer_finish(struct ts_writer *writer);
void ts_writer_destroy(struct ts_writer **writer);

#endif
