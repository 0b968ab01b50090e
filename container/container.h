/* container - the formats of media files that we write: names, what each holds. Constants only.
 *
 *   mp4   H.264, Opus     fragments while it is written, the index in front afterwards
 *   webm  VP8, Opus       Matroska of these codecs; the index at the end
 *   mkv   any of them, and of sound G.722 and G.711
 *   m4a   AAC             mp4 without pictures
 *
 * Thread  any.
 */
#ifndef TS_CONTAINER_CONTAINER_H
#define TS_CONTAINER_CONTAINER_H

#include "base/media.h"
#include <stdbool.h>

enum ts_container {
	TS_CONTAINER_MP4,
	TS_CONTAINER_WEBM,
	TS_CONTAINER_MKV,
	TS_CONTAINER_M4A,
	TS_CONTAINER_COUNT
};

/* "mp4": in JSON, and behind the dot of a file's name. */
const char *ts_container_name(enum ts_container container);
bool ts_container_named(enum ts_container *out, const char *name);
const char *ts_container_type(enum ts_container container); /* "video/mp4" */
/* The codecs of its tracks when nothing speaks for another; video NONE: it holds sound alone. */
enum ts_codec ts_container_video(enum ts_container container);
enum ts_codec ts_container_audio(enum ts_container container);
bool ts_container_holds(enum ts_container container, enum ts_codec codec);
/* Is it written in fragments, and better to seek in once ts_seekable_run went over it? */
bool ts_container_is_fragmented(enum ts_container container);

#endif
