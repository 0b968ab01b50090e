/* outlet - what the API calls an output of a room: a stream to somewhere, as others see it.
 * Thread  control. */
#ifndef TS_CONTROL_OUTPUTS_OUTLET_H
#define TS_CONTROL_OUTPUTS_OUTLET_H

#include "base/random.h"
#include "container/stream_url.h"
#include "mixer/room/room.h"

enum ts_outlet_state {
	TS_OUTLET_CONNECTING,
	TS_OUTLET_LIVE,
	TS_OUTLET_RETRYING, /* it was lost, and is tried again after a pause */
	TS_OUTLET_FAILED,   /* by itself, for good */
	TS_OUTLET_ENDED,
	TS_OUTLET_STATES
};

/* Why it is not live, or was lost last. */
enum ts_outlet_reason {
	TS_OUTLET_FINE,
	TS_OUTLET_NO_NAME,
	TS_OUTLET_DENIED,
	TS_OUTLET_REFUSED,
	TS_OUTLET_TIMEOUT,
	TS_OUTLET_REJECTED,
	TS_OUTLET_CLOSED,
	TS_OUTLET_NO_TLS,
	TS_OUTLET_STALLED,
	TS_OUTLET_BROKEN,
	TS_OUTLET_ROOM_EMPTY,
	TS_OUTLET_SERVER_STOPPED,
	TS_OUTLET_REASONS
};

struct ts_outlet {
	char id[TS_ULID_LEN + 1];
	char room[TS_ROOM_ID_MAX + 1], name[TS_NAME_MAX + 1];
	const struct ts_outlet_kind *kind;
	char url[TS_STREAM_URL_MAX + 1]; /* without secrets; "": it goes to none */
	/* of HLS: a path that needs no PIN, for whoever has the API token; never logged */
	char watch_url[TS_ROOM_ID_MAX + TS_SECRET_LEN + 32];
	char view[TS_VIEW_ID_MAX + 1];
	bool audio_only;
	enum ts_outlet_state state;
	enum ts_outlet_reason reason;
	int64_t created_ms, since_ms; /* since 1970; since: when the state began */
	int64_t bytes, dropped, attempts, bps;
};

const char *ts_outlet_state_name(enum ts_outlet_state state);
const char *ts_outlet_reason_name(enum ts_outlet_reason reason);  /* "refused"; NULL: FINE */
const char *ts_outlet_reason_words(enum ts_outlet_reason reason); /* a sentence; NULL: FINE */
static inline bool ts_outlet_is_running(const struct ts_outlet *o)
{
	return o->state <= TS_OUTLET_RETRYING;
}

#endif
