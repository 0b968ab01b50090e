/* choice - which tracks of a file or stream are read: the best picture and the best sound that goes
 * with it, as libavformat judges; the others are skipped where they are read.
 *
 * Thread  the demuxer's.
 */
#ifndef TS_CONTAINER_CHOICE_H
#define TS_CONTAINER_CHOICE_H

#include "container/demuxer.h"
#include <libavformat/avformat.h>

/* track, stream: by enum ts_media; stream -1: none. TS_EUNSUPPORTED: nothing to show or to hear. */
int ts_choose_tracks(AVFormatContext *ctx, const struct ts_demuxer_config *config,
	struct ts_demuxed_track track[2], int stream[2]);

#endif
