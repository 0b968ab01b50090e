/* input - the leg of what is brought into a room: a file of ours, a stream over the network, the
 * test pattern. It only sends.
 *
 *   reader thread: demuxer --packets--> [ bounded queue ] --> player thread: decode --> [ pieces ]
 *       --at their time (pace.h)--> pictures to the camera's source, sound as PCM to the voice
 *
 * Two threads an input, and none of the mixer's waits for them: a picture that is decoded too late
 * is left out, and counted; sound that is not there in time is silence.
 * connecting --> live --> ended (a file that is over) or failed (what cannot be read)
 *                 |  ^
 *                 v  |    what is live, and was lost or is not there yet: tried again after 1, 2,
 *               retrying  4, 8 and then each 15 s; the participant is `stalled` meanwhile
 * What a publisher pushes (way.pipe) is live as well, but nobody can call it back: when it breaks
 * off it is over.
 * Thread  control (leg.h). changed and gone are called there, failed as of the leg.
 * Full    the queue: the reader waits, and what it reads from with it.
 */
#ifndef TS_MIXER_LEG_INPUT_H
#define TS_MIXER_LEG_INPUT_H

#include "base/url.h"
#include "container/demuxer.h"
#include "mixer/leg/leg.h"

struct ts_pipe;

enum ts_input_state {
	TS_INPUT_CONNECTING,
	TS_INPUT_LIVE,
	TS_INPUT_RETRYING,
	TS_INPUT_FAILED,
	TS_INPUT_ENDED,
	TS_INPUT_STATES
};

struct ts_input_info {
	enum ts_input_state state;
	char reason[TS_DEMUXER_WHY]; /* why it is not live; "": it is, or was not tried yet */
	unsigned retries, loops;
	/* of what comes; "": there is none, or it is not known yet */
	char video_codec[24], audio_codec[24];
	int width, height;
	bool endless;
	int64_t duration_ns;         /* 0: not known */
	uint64_t late;               /* pictures that were left out */
};

/* What ts_leg_config.way points to; copied. */
struct ts_input_way {
	char url[TS_URL_MAX];   /* "test:", "media:PATH" in media_dir, or a URL */
	const char *media_dir;  /* constant; "": there are no files */
	bool loop, datagrams;   /* datagrams: RTSP brings RTP over UDP */
	struct ts_pipe *pipe;   /* NULL: url is opened. Else its bytes; a reference is taken */
	const char *format;     /* of the pipe: "flv", "mpegts"; constant */
	/* as of struct ts_demuxer_config; on the input's threads, until gone */
	const char *(*guard)(void *arg, const char *url, struct ts_demuxer_way *out);
	void *guard_arg;
	void (*changed)(void *arg, const struct ts_input_info *info);
	void (*gone)(void *arg); /* the last that is heard of it */
	void *arg;
};

extern const struct ts_leg_ops ts_input_leg;

#endif
