/* tags - the last seconds of a live stream in FLV, which all who watch read from, each from a place
 * of their own (cursor). Nothing is copied for one of them but into what is sent.
 *
 *   add --> [ gone | tag tag K tag tag tag K tag tag ]        K: keyframe
 *                         ^ cursor            ^ where one begins who comes now
 *
 * A cursor that is over four seconds behind, or whose tags are gone, goes on at the newest
 * keyframe: whole groups of pictures are left out. Pure but for memory.
 * Thread  the owner's.
 * Full    over max_bytes, TS_FLV_TAGS tags, or eight seconds, the oldest go; but a keyframe that
 *         is the newest goes by bytes and number alone.
 */
#ifndef TS_CONTROL_FLV_TAGS_H
#define TS_CONTROL_FLV_TAGS_H

#include "mixer/sink/tagger.h"

enum { TS_FLV_TAGS = 2048 };

struct ts_flv_tags {
	struct ts_tag *slot; /* [TS_FLV_TAGS], by number; each holds its opening */
	uint64_t first, next; /* numbers: the oldest there is, the one to come */
	uint64_t key;         /* the newest keyframe; below first: there is none */
	size_t bytes, max_bytes;
};

struct ts_flv_cursor {
	uint64_t next;            /* number of the tag to begin next */
	bool waits;               /* for a keyframe */
	struct ts_blob *now;      /* what is being read; NULL: nothing */
	size_t at;                /* of it */
	struct ts_blob *opening;  /* what was read last of those */
	int64_t skipped;          /* tags, so far */
};

void ts_flv_tags_init(struct ts_flv_tags *tags, size_t max_bytes);
void ts_flv_tags_fini(struct ts_flv_tags *tags);
void ts_flv_tags_add(struct ts_flv_tags *tags, const struct ts_tag *tag); /* bytes: [take] */
void ts_flv_tags_clear(struct ts_flv_tags *tags); /* numbers go on */

void ts_flv_cursor_init(struct ts_flv_cursor *cursor, const struct ts_flv_tags *tags);
void ts_flv_cursor_fini(struct ts_flv_cursor *cursor);
/* Is there something that read would give? */
bool ts_flv_cursor_behind(const struct ts_flv_cursor *cursor, const struct ts_flv_tags *tags);
/* How many bytes were put into buf; 0: there are none now. tags NULL: what was begun is ended. */
size_t ts_flv_cursor_read(struct ts_flv_cursor *cursor, const struct ts_flv_tags *tags,
	void *buf, size_t cap);

#endif
