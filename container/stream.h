/* stream - a connection to where a stream goes: coded packets in, FLV over RTMP, MPEG-TS over SRT,
 * UDP or RTP, RTSP's RECORD, or Ogg to Icecast out.
 *
 *   open: look the name up, check the address, connect --> begin(tracks) --> write ... --> close
 *
 * libavformat does all of it but Icecast (icecast.h). It gets the address that was checked, not the
 * name, which could lead elsewhere a moment later. RTMPS alone needs the name, for TLS, and looks
 * it up again: all its addresses were checked, but the second answer may be another one. Whoever is
 * there gets a connection and the beginning of TLS, and where `verify` is set nothing more unless a
 * certificate proves who they are; where it is not, the owner had better trust the name. What
 * libavformat logs of streams is thrown away: it has URLs in it.
 * Thread  the owner's, which nothing else waits for: calls block, up to 10 s to connect (an SRT
 *         listener: until somebody comes), 5 s for a write; *stop ends each within 0.1 s
 *         or so, but not RTMPS's look-up: name servers that are silent hold it for some seconds.
 *         An RTMP peer is trusted with memory once it is live: libavformat keeps what it begins to
 *         say and never ends. Until then it is left after some 100 MB.
 * Full    a peer that takes nothing for 5 s has stalled, and the connection is of no more use.
 */
#ifndef TS_CONTAINER_STREAM_H
#define TS_CONTAINER_STREAM_H

#include "container/muxer.h"
#include "container/stream_url.h"
#include <stdatomic.h>

struct sockaddr_storage;
struct ts_stream;

enum ts_stream_end {
	TS_STREAM_OK,
	TS_STREAM_STOPPED,  /* *stop */
	TS_STREAM_NO_NAME,  /* the host has no address */
	TS_STREAM_DENIED,   /* none that `may` allows */
	TS_STREAM_REFUSED,  /* nobody is there */
	TS_STREAM_TIMEOUT,  /* no answer */
	TS_STREAM_REJECTED, /* the peer wants none of it, or not with that key */
	TS_STREAM_CLOSED,   /* by the peer */
	TS_STREAM_NO_TLS,   /* RTMPS: in setting it up, most likely over a certificate */
	TS_STREAM_STALLED,
	TS_STREAM_FAILED,   /* otherwise */
	TS_STREAM_ENDS
};

struct ts_stream_config {
	struct ts_stream_url url;
	bool verify;     /* RTMPS: by certificate */
	/* May it go there? On the owner's thread; also of the address that an SRT listener has. */
	bool (*may)(void *arg, const struct sockaddr_storage *to, const struct ts_stream_url *url);
	void *may_arg;
	const atomic_bool *stop;
	unsigned attempt; /* of several addresses another one each time */
};

/* What tracks it needs; NONE: no pictures. */
enum ts_codec ts_stream_video(enum ts_stream_protocol protocol);
enum ts_codec ts_stream_audio(enum ts_stream_protocol protocol);
/* Does it go on when the pictures change their size? Otherwise another connection must. */
bool ts_stream_takes_changes(enum ts_stream_protocol protocol);

/* config must stay. */
enum ts_stream_end ts_stream_open(struct ts_stream **out, const struct ts_stream_config *config);
/* codec NONE: there is no such track. */
enum ts_stream_end ts_stream_begin(struct ts_stream *stream, const struct ts_track *video,
	const struct ts_track *audio);
/* As ts_muxer_write. After an end only close may follow. */
enum ts_stream_end ts_stream_write(struct ts_stream *stream, enum ts_media track,
	const AVPacket *packet, int64_t time_ns, int64_t duration_ns);
void ts_stream_close(struct ts_stream **stream); /* also of NULL */

#endif
