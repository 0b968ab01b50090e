/* tracks - what libavformat is told of the tracks of a file or stream. Private to container/.
 * Source  RFC 7845 5.1 (OpusHead). */
#ifndef TS_CONTAINER_TRACKS_H
#define TS_CONTAINER_TRACKS_H

#include "container/muxer.h"
#include <libavformat/avformat.h>
#include <stdbool.h>

/* TS_ENOMEM. pads: the container says of Opus by how much its decoder is to begin later. */
int ts_add_video(AVFormatContext *ctx, const struct ts_track *track, AVStream **out);
int ts_add_audio(AVFormatContext *ctx, const struct ts_track *track, bool pads, AVStream **out);

#endif
