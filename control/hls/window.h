/* window - the last half minute of a live stream, by the names that players ask for: whole
 * segments, the one that grows, what they need to be decoded, and the playlist of now.
 *
 *   part --add--> [ gone | kept, not listed | listed: 12 s and more | grows ]
 *                          those who have an older playlist may still ask
 *
 * Thread  the owner's. What is handed out is counted bytes that never change.
 * Source  RFC 8216 6.2.2: what was listed stays for as long as a playlist that listed it may last.
 * Full    over max_bytes the oldest segments go, whoever may still ask for them.
 */
#ifndef TS_CONTROL_HLS_WINDOW_H
#define TS_CONTROL_HLS_WINDOW_H

#include "container/playlist.h"
#include "mixer/sink/cutter.h"
#include <glib.h>

struct ts_hls_window {
	size_t max_bytes, bytes;
	unsigned rendition;
	GQueue segments;  /* [owned] struct segment of window.c, the oldest first */
	GQueue inits;     /* [owned] struct init */
	size_t n_listed;  /* of the newest */
	uint64_t next;    /* number of the segment that is begun next */
	unsigned next_init;
	uint64_t discontinuities;
	uint64_t serial;  /* goes up whenever playlist is to be written anew: its entity tag */
	struct ts_blob *playlist; /* of now; NULL: not written yet */
	/* of the newest init; width 0: there is none */
	char video[TS_AVCC_NAME_MAX];
	int width, height, fps;
	int64_t peak_bps; /* of whole segments so far */
	bool ended;       /* nothing more comes */
	bool cleared;     /* and nothing has come since */
	bool ready;       /* a whole segment was there, without which some players begin not */
};

/* rendition: that its names are of. */
void ts_hls_window_init(struct ts_hls_window *window, unsigned rendition, size_t max_bytes);
void ts_hls_window_fini(struct ts_hls_window *window);
/* part: [take]; begun: when its first picture was, since 1970. */
void ts_hls_window_add(struct ts_hls_window *window, struct ts_cut_part *part, int64_t begun_ms);
/* While nothing is in it: what comes next has at least these numbers, which others of the same
 * stream have by now. */
void ts_hls_window_begin_at(struct ts_hls_window *window, uint64_t number,
	uint64_t discontinuities);
/* Discontinuities so far. */
uint64_t ts_hls_window_discontinuities(const struct ts_hls_window *window);
/* All segments go; numbers go on, and what needs it has the init of before. Parts of a segment that
 * had begun by then are left out. */
void ts_hls_window_clear(struct ts_hls_window *window);

/* Nothing more comes: the segment that grows is whole, and the playlist says so. False: there is
 * nothing in it that could be played. */
bool ts_hls_window_end(struct ts_hls_window *window);

/* The segment that grows, or would be next, and how many parts it has. */
uint64_t ts_hls_window_growing(const struct ts_hls_window *window, size_t *n_parts);
size_t ts_hls_window_parts_of(const struct ts_hls_window *window, uint64_t number); /* 0: gone */
/* Where the segment of that number is, on the clock of what was cut. False: it is gone, or grows
 * still. */
bool ts_hls_window_span(const struct ts_hls_window *window, uint64_t number, int64_t *from_ns,
	int64_t *until_ns);
/* The playlist of captions of the same segments. [give]; NULL: out of memory. */
struct ts_blob *ts_hls_window_captions(const struct ts_hls_window *window);
/* The playlist of now; NULL: out of memory. Lent. reports: of the others, when it is written; it is
 * written once for each serial, so that those who ask later have the same text. */
struct ts_blob *ts_hls_window_playlist(struct ts_hls_window *window,
	const struct ts_playlist_report *report, size_t n_reports);
enum ts_hls_found {
	TS_HLS_FOUND,
	TS_HLS_LATER, /* the part that is hinted at: it comes next */
	TS_HLS_ABSENT
};
/* What the name stands for, in pieces; lent. */
enum ts_hls_found ts_hls_window_find(const struct ts_hls_window *window,
	const struct ts_playlist_name *name, struct ts_blob *out[TS_PLAYLIST_PARTS], size_t *n);

#endif
