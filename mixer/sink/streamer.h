/* streamer - one stream out: what taps put into its queue goes over a connection, which is made
 * again when it breaks.
 *
 *   taps --> queue --25 times a second--> [ thread of its own: connection (container/stream.h) ]
 *
 *   connecting --first keyframe is out--> live --broken--> retrying --1, 2, 4 .. 30 s--> connecting
 *        \--never to be allowed--> failed          \--other size--> connecting, at once
 *
 * A thread of its own, as a write to a peer that takes nothing lasts for 5 s, and others on a
 * shared one would stall with it; how many there are is for control to bound. While it waits to
 * try again, or connects, nothing is taken from the room, and no encoder runs for it. Between that
 * and the first keyframe, which says what to announce, one must run: RTSP connects only then, so
 * for it up to 10 s of each attempt are coded for a peer that may not be there (and dropped,
 *         counted).
 * Thread  create, taps, finish, destroy: control; info: any.
 * Life    control finishes it, also when it failed; `done` is its last word, on control.
 * Full    queue.h: what a slow peer does not take within 3 s is dropped up to the next keyframe.
 */
#ifndef TS_MIXER_SINK_STREAMER_H
#define TS_MIXER_SINK_STREAMER_H

#include "base/loop.h"
#include "container/stream.h"
#include "mixer/output/sink.h"

struct ts_streamer;

enum ts_streamer_state {
	TS_STREAMER_CONNECTING,
	TS_STREAMER_LIVE,
	TS_STREAMER_RETRYING,
	TS_STREAMER_FAILED /* it tries no more */
};

struct ts_streamer_events {
	void (*changed)(void *arg); /* its state */
	void (*done)(void *arg);    /* after finish: destroy it */
};

/* As in container/stream.h, where they are; a test has others. */
struct ts_stream_io {
	enum ts_stream_end (*open)(struct ts_stream **out, const struct ts_stream_config *config);
	enum ts_stream_end (*begin)(struct ts_stream *stream, const struct ts_track *video,
		const struct ts_track *audio);
	enum ts_stream_end (*write)(struct ts_stream *stream, enum ts_media track,
		const AVPacket *packet, int64_t time_ns, int64_t duration_ns);
	void (*close)(struct ts_stream **stream);
};

struct ts_streamer_config {
	struct ts_loop *control;
	struct ts_stream_config stream; /* stop and attempt are the streamer's */
	bool video;
	bool stereo;                    /* its sound */
	const struct ts_stream_io *io;  /* NULL: of container/stream.h */
	int64_t now_ns;
};

struct ts_streamer_info {
	enum ts_streamer_state state;
	enum ts_stream_end why;  /* of the last connection that broke; OK: none did */
	int64_t since_ns;        /* when the state began */
	int64_t bytes, dropped, attempts;
};

int ts_streamer_create(struct ts_streamer **out, const struct ts_streamer_config *config,
	const struct ts_streamer_events *events, void *arg);
/* A sink for pictures of one output, or for sound. [give]; NULL: out of memory. */
struct ts_sink *ts_streamer_video(struct ts_streamer *streamer);
struct ts_sink *ts_streamer_audio(struct ts_streamer *streamer);
void ts_streamer_info(const struct ts_streamer *streamer, struct ts_streamer_info *out);
void ts_streamer_finish(struct ts_streamer *streamer);
void ts_streamer_destroy(struct ts_streamer **streamer);

#endif
