/* track - one stream of one participant (camera, slides or voice), or of an input, in a file of its
 * own, as it came: nothing is decoded or coded.
 *
 *   branch --5 times a second--> [ strand: in order, whole units -> muxer ] --> ID-t3.mkv
 *                                   \--ended--> control --finish--> done --> destroy
 *
 * Pictures begin with a keyframe, which is requested; what a loss leaves unusable is left out up to
 * the next one, and what did not come is a gap: times are those of the capture, on our clock. Of
 * simulcast the largest layer is kept that comes. A file is begun with the first unit.
 * Of an input its packets come from mixer/source/coded.h, and coded_file.h writes them.
 * Thread  create, finish, destroy: control; info: any; files are written on a strand of the pool.
 * Life    control finishes it, also when it ended by itself; `done` is its last word, on control.
 * Full    mixer/source/branch.h says what is dropped. It ends when a write fails, and when another
 *         codec comes.
 */
#ifndef TS_MIXER_SINK_TRACK_H
#define TS_MIXER_SINK_TRACK_H

#include "base/loop.h"
#include "base/media.h"
#include "mixer/source/branch.h"

struct ts_coded;
struct ts_pool;
struct ts_track_file;

enum { TS_TRACK_NAME_MAX = 64 };

enum ts_track_end {
	TS_TRACK_RUNS,
	TS_TRACK_OTHER_CODEC, /* another one can go on */
	TS_TRACK_FAILED       /* the disk, or memory */
};

struct ts_track_events {
	void (*ended)(void *arg, enum ts_track_end why); /* by itself; finish it */
	void (*done)(void *arg);                         /* after finish: destroy it */
};

struct ts_track_config {
	struct ts_pool *pool;
	struct ts_loop *control;
	int folder;               /* descriptor, must stay open */
	const char *file;         /* its name, of ours; copied */
	/* One of them; open; a reference is taken; finish closes and leaves it. */
	struct ts_branch *branch;
	struct ts_coded *coded;
	enum ts_media media;
	int64_t now_ns, unix_ms;  /* when it begins */
};

struct ts_track_info {
	const char *codec;         /* a constant, "vp8"; NULL: there is no file yet */
	int64_t bytes, packets;    /* packets: units written */
	int64_t first_ns, last_ns; /* of the clock: capture of the first, end of the last */
	int64_t lost;              /* pictures that could not be used, packets that were dropped */
	int width, height;         /* of the first picture */
};

int ts_track_create(struct ts_track_file **out, const struct ts_track_config *config,
	const struct ts_track_events *events, void *arg);
void ts_track_info(const struct ts_track_file *track, struct ts_track_info *out);
void ts_track_finish(struct ts_track_file *track);
void ts_track_destroy(struct ts_track_file **track);

#endif
