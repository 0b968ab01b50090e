/* demuxer - media that come from outside, taken apart: a file, or a stream over the network, to
 * coded packets of one picture track and one sound track.
 *
 *   url --guard--> the URL that may be opened --libavformat--> packets, times in ns from 0
 *   descriptor ----------------------------------------/
 *   pipe (a publisher's bytes: FLV, MPEG-TS) ----------/
 *
 * libavformat opens nothing by itself: what it wants opened (parts of HLS too) the guard is asked
 * for, by the same rule each time, and of each URL that a redirect of HTTP leads to (redirect.h).
 * Those of RTSP are not followed (it asks only when it has connected: it is closed before a byte
 * is sent, docs/INPUTS.md); what is encrypted (crypto:), and formats that name other files
 * (concat, DASH, playlists in files) are not read. Probing is limited in bytes and time, tracks in
 * number, each wait by a deadline.
 * Thread  the owner's, which it blocks. stop: any.
 * Ownership  the descriptor is the caller's, and open until close.
 * Full    a packet is TS_DEMUXER_PACKET_MAX bytes at most: larger ones are left out.
 */
#ifndef TS_CONTAINER_DEMUXER_H
#define TS_CONTAINER_DEMUXER_H

#include "base/media.h"
#include <libavcodec/packet.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct AVCodecParameters;
struct ts_demuxer;
struct ts_pipe;

enum { TS_DEMUXER_WHY = 120, TS_DEMUXER_URL_MAX = 1100, TS_DEMUXER_PACKET_MAX = 8 << 20 };

/* What is opened in place of a URL. */
struct ts_demuxer_way {
	char url[TS_DEMUXER_URL_MAX];
	char scheme[16], host[300]; /* as asked for; host with the port, if one was named */
};

struct ts_demuxer_config {
	const char *url; /* NULL: fd, or pipe */
	int fd;
	struct ts_pipe *pipe; /* NULL: none; what is read is live, and of `format` alone */
	const char *format;   /* of the pipe, as libavformat names it; constant */
	bool datagrams;  /* RTSP: RTP over UDP, else within its connection */
	bool no_video, no_audio;
	/* NULL: it may be opened that way; else why not. Also from within read. */
	const char *(*guard)(void *arg, const char *url, struct ts_demuxer_way *out);
	void *guard_arg;
	int64_t pixels_max;       /* of a picture that is looked into; sound goes on without it */
	int64_t open_ns, read_ns; /* longest waits */
	/* 0: no limit; over one of them all ends with TS_ELIMIT */
	int64_t bytes_max; /* of a URL, in all that is opened for it, whichever track they are of */
	int64_t until_ns;  /* of the clock, however much still comes */
	const atomic_bool *stop;  /* true: what waits ends with TS_ECLOSED */
};

struct ts_demuxed_track {
	const struct AVCodecParameters *parameters; /* NULL: there is none; valid until close */
	int rotation;                               /* clockwise degrees: 0, 90, 180, 270 */
	int64_t picture_ns;                         /* between pictures, on average; 0: not known */
	char codec[24];                             /* "hevc" */
};

struct ts_demuxed {
	struct ts_demuxed_track track[2]; /* by enum ts_media */
	bool endless;                     /* it has no end that is known */
	/* it is sent as it happens: what comes at once, to begin with, is of the past */
	bool realtime;
	int64_t duration_ns;              /* 0: not known */
};

/* why: in words, set with any error. TS_EAUTH: refused by the guard; TS_ENOTFOUND: it cannot be
 * opened now, but perhaps later; TS_EBADMSG: no format that is read here, or broken;
 * TS_EUNSUPPORTED: nothing in it that can be shown or heard; TS_ELIMIT; TS_ECLOSED; TS_ENOMEM. */
int ts_demuxer_open(struct ts_demuxer **out, const struct ts_demuxer_config *config,
	char why[TS_DEMUXER_WHY]);
void ts_demuxer_close(struct ts_demuxer **demuxer); /* also of NULL */
const struct ts_demuxed *ts_demuxer_info(const struct ts_demuxer *demuxer);
/* The next packet; pts, dts and duration in ns, AV_NOPTS_VALUE where not known. TS_ENOTFOUND: it
 * has ended; TS_EIO: the connection broke or fell silent; TS_EBADMSG; TS_ELIMIT; TS_ECLOSED. */
int ts_demuxer_read(struct ts_demuxer *demuxer, AVPacket *packet, enum ts_media *track);
/* To the beginning. TS_EUNSUPPORTED: this one cannot. */
int ts_demuxer_rewind(struct ts_demuxer *demuxer);

#endif
