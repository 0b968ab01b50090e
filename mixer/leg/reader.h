/* reader - reads an input ahead of the one who plays it, on a thread of its own, as reading blocks.
 *
 *   open --> [ track by track: 64 packets and more, 2048 and 32 MB at most ] --take--> player
 *
 * A loop goes to the beginning while what is before is still being played: no gap.
 * Thread  start, take, stop: the player's. Full: reading waits.
 */
#ifndef TS_MIXER_LEG_READER_H
#define TS_MIXER_LEG_READER_H

#include "container/demuxer.h"

struct ts_coded_format;
struct ts_media_decoder;
struct ts_reader;

struct ts_reader_config {
	struct ts_demuxer_config demuxer; /* stop: set by the player before ts_reader_stop */
	const char *media_dir, *path;     /* path not NULL: a file of that folder; url NULL */
	bool loop;
};

/* What came of opening. Decoders and formats [give]; NULL: no such track, or none that is decoded
 * here. */
struct ts_reader_opened {
	struct ts_demuxed info; /* parameters NULL */
	struct ts_media_decoder *decoder[2];
	struct ts_coded_format *format[2];
};

struct ts_read {
	AVPacket *packet; /* [give] */
	bool again;       /* it is the first of another time around */
};

int ts_reader_start(struct ts_reader **out, const struct ts_reader_config *config);
/* Waits for it. 0; else as ts_demuxer_open, with why. */
int ts_reader_wait(struct ts_reader *reader, struct ts_reader_opened *out,
	char why[TS_DEMUXER_WHY]);
/* TS_EAGAIN: none of that track yet; TS_ENOTFOUND: it has ended, and so does the track; TS_EIO,
 * TS_EBADMSG: likewise, but it broke. */
int ts_reader_take(struct ts_reader *reader, enum ts_media track, struct ts_read *out);
/* How much has come so far. */
uint64_t ts_reader_seen(struct ts_reader *reader);
/* Until more has come than was seen, or that time. */
void ts_reader_await(struct ts_reader *reader, uint64_t seen, int64_t until_ns);
/* The latest pts that waits; INT64_MIN: none. */
int64_t ts_reader_newest_ns(struct ts_reader *reader, enum ts_media track);
/* Wakes who waits, from any thread; then stop is looked at. */
void ts_reader_wake(struct ts_reader *reader);
void ts_reader_stop(struct ts_reader **reader); /* waits until its thread is gone */

#endif
