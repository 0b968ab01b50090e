/* coded_file - one track of an input in a file of its own, as it came: what a track (track.h) does
 * with units of mixer/source/coded.h.
 *
 *   unit --> of the file's format? behind a keyframe? --> container/remux.h --> ID-t3.mkv
 *
 * Pictures begin with a keyframe; behind units that were dropped they wait for the next one. What
 * Matroska has no name for is left out, which is logged once.
 * Thread  the track's strand.
 */
#ifndef TS_MIXER_SINK_CODED_FILE_H
#define TS_MIXER_SINK_CODED_FILE_H

#include "mixer/sink/track.h"
#include "mixer/source/coded.h"

struct ts_remux;

struct ts_coded_file {
	const struct ts_track_config *config; /* its file is in `name` */
	const char *name;
	struct ts_remux *remux; /* NULL: nothing was written yet */
	struct ts_coded_format *format;
	int fd;
	uint64_t number; /* of the unit before */
	bool waits;      /* pictures: for a keyframe */
	bool told;       /* that it does not fit */
	struct ts_track_info info;
};

void ts_coded_file_init(
	struct ts_coded_file *file, const struct ts_track_config *config, const char *name);
/* Only read. TS_TRACK_RUNS, or why it ends; nothing is written then. */
enum ts_track_end ts_coded_file_write(
	struct ts_coded_file *file, const struct ts_coded_unit *unit);
void ts_coded_file_close(struct ts_coded_file *file); /* info has all of it then */

#endif
