/* libav - what every user of libavcodec in this folder needs: its log, and its errors as ours.
 * Private to codec/. */
#ifndef TS_CODEC_LIBAV_H
#define TS_CODEC_LIBAV_H

/* Sends libav's log, which hostile streams could fill, to ours at debug level; done once, by every
 * open. */
void ts_libav_init(void);
/* The code of an AVERROR: TS_EAGAIN, TS_ENOMEM, TS_EUNSUPPORTED; TS_EBADMSG for all else. */
int ts_libav_error(int averror);

#endif
