/* recording - one recording as the API shows it, running or not. Thread: control. */
#ifndef TS_CONTROL_RECORDINGS_RECORDING_H
#define TS_CONTROL_RECORDINGS_RECORDING_H

#include "base/random.h"
#include "container/container.h"
#include "mixer/room/room.h"
#include <glib.h>

enum ts_recording_state {
	TS_RECORDING_RUNS,
	TS_RECORDING_PAUSED,
	TS_RECORDING_FINISHING, /* nothing is added any more; its files are made seekable */
	TS_RECORDING_DONE,
	TS_RECORDING_FAILED,    /* there is no file */
	TS_RECORDING_STATES
};

struct ts_recording_part {
	int64_t bytes, start_ms, duration_ms; /* start: in the recording */
	int64_t packets;                      /* 0: not known */
	int width, height;                    /* 0: sound alone */
	bool seekable;
};

enum { TS_RECORDING_TRACKS_MAX = 999, TS_RECORDING_TRACKS_EACH = 99 };

/* A stream of a participant in a file of its own. */
struct ts_recording_track {
	int number; /* from 1 on, not always in a row */
	char participant[TS_ULID_LEN + 1], name[TS_NAME_MAX + 1];
	enum ts_stream_kind kind;
	char codec[24]; /* "vp8"; of an input as FFmpeg names it */
	int64_t bytes, first_ms, duration_ms, packets, lost; /* first: since 1970 */
	int width, height;                                   /* 0: sound */
};

struct ts_recording {
	char id[TS_ULID_LEN + 1];  /* and the name of its files */
	char room[TS_ROOM_ID_MAX + 1], name[TS_NAME_MAX + 1];
	enum ts_container container;
	enum ts_recording_state state;
	char reason[24];           /* why it ended; "": it has not */
	char view[TS_VIEW_ID_MAX + 1];
	bool automatic;            /* "record": "always" of its room */
	int max_duration_s;        /* 0: none */
	int64_t created_ms, first_ms, last_ms, ended_ms; /* since 1970; 0: not yet */
	int64_t bytes, duration_ms, dropped;
	GArray *parts;             /* struct ts_recording_part */
	bool with_tracks;          /* "mix+participants" */
	GArray *tracks;            /* struct ts_recording_track */
	int64_t track_bytes;       /* of all of them */
	int captions;              /* cues of its WebVTT; 0: there is no such file */
};

const char *ts_stream_kind_name(enum ts_stream_kind kind); /* "camera" */
const char *ts_recording_state_name(enum ts_recording_state state);
static inline bool ts_recording_is_running(const struct ts_recording *r)
{
	return r->state == TS_RECORDING_RUNS || r->state == TS_RECORDING_PAUSED;
}

#endif
