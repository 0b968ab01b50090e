/* playlist - the texts of HLS: what a player is told of a live stream's segments and parts, and the
 * names that it asks for them by. Pure.
 *
 *   index.m3u8 --names--> live.m3u8 --names--> i0.mp4, s7.m4s, s8.0.m4s, s8.1.m4s ...
 *              \             ^                 init    7 whole  parts of 8, as they come
 *               \            \-- asked again: now, or held until a part is there
 *                --names--> r1-live.m3u8 --names--> r1-i0.mp4, r1-s7.m4s ...   the next rendition
 *                \-names--> captions.m3u8 --names--> c7.vtt, c8.vtt ...       WebVTT of those times
 *
 * Thread  none: plain functions.
 * Source  RFC 8216, draft-pantos-hls-rfc8216bis (4.4.3.7, 4.4.3.8, 4.4.4.9, 4.4.5.3, 4.4.5.4, B).
 * Full    a text that does not fit the writer makes it bad; nothing is cut off.
 */
#ifndef TS_CONTAINER_PLAYLIST_H
#define TS_CONTAINER_PLAYLIST_H

#include "base/bytes.h"
#include <stdbool.h>

enum {
	TS_PLAYLIST_TARGET_S = 2, /* that segments are rounded to, at most */
	TS_PLAYLIST_PARTS = 16,   /* of a segment */
	TS_PLAYLIST_SEGMENTS = 32,
	TS_PLAYLIST_NAME_MAX = 48,
	TS_PLAYLIST_RENDITIONS = 4,
	/* whatever is in it */
	TS_PLAYLIST_BYTES = 2560 + TS_PLAYLIST_SEGMENTS * (256 + TS_PLAYLIST_PARTS * 115),
};
#define TS_PLAYLIST_PART_NS INT64_C(400000000) /* that parts take, at most */

struct ts_playlist_part {
	int64_t duration_ns;
	bool independent; /* begins with a keyframe */
};

struct ts_playlist_segment {
	uint64_t number;
	unsigned init;      /* that it needs */
	bool discontinuity; /* does not go on where the one before ended */
	bool whole;         /* false: the last one, that grows */
	int64_t unix_ms;    /* when its first picture was */
	int64_t duration_ns;
	size_t n_parts;
	struct ts_playlist_part part[TS_PLAYLIST_PARTS];
};

/* How far another rendition is: players that change to it ask for what comes behind that. */
struct ts_playlist_report {
	unsigned rendition;
	uint64_t number;
	unsigned part;
};

struct ts_playlist {
	uint64_t discontinuities; /* of segments that are gone */
	const struct ts_playlist_segment *const *segment; /* the oldest first, numbers in a row */
	size_t n;
	uint64_t next; /* number of the first to come, where there is no segment */
	bool ended;    /* nothing more comes: all segments are whole */
	unsigned rendition;
	const struct ts_playlist_report *report; /* of the others */
	size_t n_reports;
};
/* The media playlist. Parts are named for the last three target durations. */
void ts_playlist_write(struct ts_wr *w, const struct ts_playlist *playlist);
/* That of captions, with a segment for each whole one of them; of its reports, rendition and parts
 * nothing is told. */
void ts_playlist_write_captions(struct ts_wr *w, const struct ts_playlist *playlist);

struct ts_playlist_variant {
	const char *uri, *video, *audio; /* codecs as of RFC 6381 */
	int width, height, fps;
	int64_t bps; /* of the segment with the most, at least */
};
/* The best first, which is what players begin with that do not choose. captions: of their
 * playlist; NULL: there is none. */
void ts_playlist_write_main(struct ts_wr *w, const struct ts_playlist_variant *variant, size_t n,
	const char *captions);

/* ---- names */

enum ts_playlist_kind {
	TS_PLAYLIST_LIST,
	TS_PLAYLIST_INIT,
	TS_PLAYLIST_SEGMENT,
	TS_PLAYLIST_PART,
	TS_PLAYLIST_CAPTIONS, /* their playlist; of no rendition, as the next one */
	TS_PLAYLIST_CUES      /* a segment of it */
};
struct ts_playlist_name {
	enum ts_playlist_kind kind;
	uint64_t number; /* of the segment, or init */
	unsigned part;
	unsigned rendition; /* below TS_PLAYLIST_RENDITIONS; 0: the best */
};
/* False: it is none of ours; each has one spelling. */
bool ts_playlist_name_read(struct ts_playlist_name *out, const char *text);
void ts_playlist_name_write(char out[TS_PLAYLIST_NAME_MAX], const struct ts_playlist_name *name);

/* ---- what a reload asks for: _HLS_msn, _HLS_part (rfc8216bis 6.2.5.2) */

enum ts_reload { TS_RELOAD_NOW, TS_RELOAD_LATER, TS_RELOAD_BAD };
/* msn, part: -1: not given. The segment that grows has the number `growing` and so many parts, the
 * one before it had n_before: a part behind its last is the first of the one that grows. BAD: a
 * part without its segment, or what will not be there for long: 400. */
enum ts_reload ts_reload_judge(int64_t msn, int64_t part, uint64_t growing, size_t n_parts,
	size_t n_before);

#endif
