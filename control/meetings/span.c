#include "control/meetings/span.h"

static const int64_t warnings_ms[] = {TS_SPAN_FIRST_MS, TS_SPAN_LAST_MS};
enum { WARNINGS = sizeof(warnings_ms) / sizeof(*warnings_ms) };

const char *ts_span_because_name(enum ts_span_because because)
{
	static const char *const names[] = {NULL, "duration", "until"};
	return names[because];
}

static void find_end(struct ts_span *span, const struct ts_room_config *room)
{
	span->end_ms = 0;
	span->because = TS_SPAN_NONE;
	if (room->max_duration_s) {
		span->end_ms = span->began_ms + INT64_C(1000) * room->max_duration_s;
		span->because = TS_SPAN_DURATION;
	}
	if (room->valid_until_ms && (!span->end_ms || room->valid_until_ms < span->end_ms)) {
		span->end_ms = room->valid_until_ms;
		span->because = TS_SPAN_UNTIL;
	}
}

/* How many warnings are due so long before the end. */
static int due(int64_t left_ms)
{
	int n = 0;
	while (n < WARNINGS && left_ms <= warnings_ms[n]) n++;
	return n;
}

enum ts_span_act ts_span_run(struct ts_span *span, const struct ts_room_config *room, bool people,
	int64_t now_ms, int64_t *next_ms)
{
	const int64_t before_ms = span->end_ms;
	const int told = span->told;
	*next_ms = 0;
	if (!people) {
		*span = (struct ts_span){.began_ms = 0};
		return TS_SPAN_NOTHING;
	}
	if (!span->began_ms) span->began_ms = now_ms;
	find_end(span, room);
	if (span->end_ms != before_ms) span->told = 0;
	if (!span->end_ms) return told ? TS_SPAN_WARN : TS_SPAN_NOTHING;
	const int64_t left_ms = span->end_ms - now_ms;
	if (left_ms <= 0) return TS_SPAN_END;
	const int n = due(left_ms);
	*next_ms = n < WARNINGS ? span->end_ms - warnings_ms[n] : span->end_ms;
	const bool warns = n > span->told || (told && span->end_ms != before_ms);
	span->told = n;
	return warns ? TS_SPAN_WARN : TS_SPAN_NOTHING;
}
