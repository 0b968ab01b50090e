/* guarded - what libavformat asks while it opens and waits for something from outside: whether a
 * part may be opened (the owner's guard says so, each time), and whether to go on waiting.
 *
 * It is the `opaque` of the AVFormatContext, and the argument of its interrupt callback.
 * Thread  the demuxer's, which it blocks; config->stop: any.
 * Full    64 parts before it is open, 32 at a time; bytes_max and until_ns of the config.
 */
#ifndef TS_CONTAINER_GUARDED_H
#define TS_CONTAINER_GUARDED_H

#include "container/demuxer.h"
#include <libavformat/avformat.h>

enum { TS_PARTS_MAX = 32 /* open at a time */, TS_ORIGINS = 4, TS_ORIGIN_MAX = 600 };

/* Formats of files, by the names of libavformat. None of them opens other files by itself. */
#define TS_FILE_FORMATS \
	"mov,mp4,m4a,matroska,webm,mpegts,mpeg,avi,flv,ogg,wav,mp3,aac,flac,ivf,h264,hevc,mpegvideo"
#define TS_WAIT_US "10000000" /* of its protocols, for the next byte */

/* What libavformat may use for a scheme, and what it may find there. */
struct ts_scheme {
	const char *name, *protocols, *formats;
	bool is_demuxer; /* the protocol is in its demuxer */
	bool live;
};
const struct ts_scheme *ts_scheme_of(const char *name); /* NULL: none that is read */

struct ts_guarded {
	const struct ts_demuxer_config *config;
	AVFormatContext *ctx;
	int64_t deadline_ns;
	char url[TS_DEMUXER_URL_MAX]; /* as it was opened; RTSP is led elsewhere by changing it */
	bool redirected;
	bool opening;
	int opens; /* so far, while opening */
	/* what libavformat has open by us, but for the first: that is ctx->pb */
	AVIOContext *part[TS_PARTS_MAX];
	bool has_first;      /* ctx->pb is open, for as long as ctx is */
	int64_t bytes_gone;  /* of those that were closed */
	bool too_large;      /* pictures, to look into */
	const char *refused; /* by the guard */
	/* scheme, account, host and port that were asked for by name and opened by an address, the
	 * newest first: HLS asks for parts where it found itself to be, which is the address */
	struct ts_origin { char asked[TS_ORIGIN_MAX], opened[TS_ORIGIN_MAX]; } origin[TS_ORIGINS];
};

/* A context that asks `g` for all it opens. TS_ENOMEM. */
int ts_guarded_init(struct ts_guarded *g, const struct ts_demuxer_config *config);
bool ts_guarded_is_spent(const struct ts_guarded *g); /* a limit of the config is reached */
int ts_guarded_is_over(void *guarded);                /* non-zero: no more waiting */

#endif
