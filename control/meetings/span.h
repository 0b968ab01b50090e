/* span - when a meeting ends, and when people are warned; pure.
 *
 *   nobody --somebody--> runs --5 min before--> WARN --1 min before--> WARN --> END
 *     ^------------------- nobody is there any more -------------------------------/
 *
 * It ends max_duration_s after the first one came, or at valid_until_ms, whichever is sooner. When
 * an end moves (the room is changed), or is no more, that is told if the old one was.
 * Thread  none; reads no clock. Times are milliseconds since 1970.
 */
#ifndef TS_CONTROL_MEETINGS_SPAN_H
#define TS_CONTROL_MEETINGS_SPAN_H

#include "mixer/room/room.h"

#define TS_SPAN_FIRST_MS INT64_C(300000)
#define TS_SPAN_LAST_MS INT64_C(60000)

enum ts_span_because { TS_SPAN_NONE, TS_SPAN_DURATION, TS_SPAN_UNTIL };
const char *ts_span_because_name(enum ts_span_because because); /* "duration"; NULL: NONE */

struct ts_span {
	int64_t began_ms; /* 0: nobody is there */
	int64_t end_ms;   /* of now; 0: none */
	enum ts_span_because because;
	int told;         /* warnings of that end */
};

enum ts_span_act {
	TS_SPAN_NOTHING,
	TS_SPAN_WARN, /* end_ms is near; 0: it is off */
	TS_SPAN_END
};

/* Call it whenever somebody comes, or the last one leaves, the room changes, and at *next_ms; 0:
 * no more. people: is anybody connected. */
enum ts_span_act ts_span_run(struct ts_span *span, const struct ts_room_config *room, bool people,
	int64_t now_ms, int64_t *next_ms);

#endif
