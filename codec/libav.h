/* libav - what every user of libavcodec and libavformat needs: their log, and their errors as
 * ours. */
#ifndef TS_CODEC_LIBAV_H
#define TS_CODEC_LIBAV_H

#include <stdbool.h>

/* Sends libav's log, which hostile streams could fill and which has URLs with keys in it, to ours
 * at debug level, without them (libav_line.h). main does it before anything else, as libav's own
 * way is stderr; every open does for programs without that main. Once is enough. */
void ts_libav_init(void);
/* What libav logs on this thread from now on is thrown away: of a stream, anything could be a
 * key. */
void ts_libav_hush(bool hush);
/* The code of an AVERROR: TS_EAGAIN, TS_ENOMEM, TS_EUNSUPPORTED; TS_EBADMSG for all else. */
int ts_libav_error(int averror);

#endif
