/* libav - what every user of libavcodec and libavformat needs: their log, and their errors as
 * ours. */
#ifndef TS_CODEC_LIBAV_H
#define TS_CODEC_LIBAV_H

#include <stdbool.h>

/* Sends libav's log, which hostile streams could fill, to ours at debug level; done once, by every
 * open. */
void ts_libav_init(void);
/* What libav logs on this thread from now on is thrown away: it may have URLs with keys in it. */
void ts_libav_hush(bool hush);
/* The code of an AVERROR: TS_EAGAIN, TS_ENOMEM, TS_EUNSUPPORTED; TS_EBADMSG for all else. */
int ts_libav_error(int averror);

#endif
