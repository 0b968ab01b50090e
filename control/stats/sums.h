/* sums - what went on in a room, or on the server: in all, and in each of the last 24 hours; pure.
 *
 *   came, left, refused, call --> [ all ] + [ hour of now ]
 *   people x time             --> minutes, to the hour in which they were spent
 *
 * Nothing is kept of anybody: only sums, of a size that never changes.
 * Thread  the owner's; reads no clock. Times are milliseconds since 1970; one that goes back counts
 *         as no time.
 * Full    an hour that is over for a day makes way.
 */
#ifndef TS_CONTROL_STATS_SUMS_H
#define TS_CONTROL_STATS_SUMS_H

#include "control/rooms/summary.h"

enum {
	TS_SUMS_HOURS = 24,
	TS_MOS_BINS = 7,     /* from 1 on, each of 0.5; the last is up to 4.5 */
	TS_PICTURE_BINS = 8, /* likewise, up to 5 */
};

/* Why somebody was not let in: types of problems, and what else doors say. */
#define TS_REFUSALS(X) \
	X(PIN_NEEDED, "pin-needed") X(WRONG_PIN, "wrong-pin") X(TOKEN_NEEDED, "token-needed") \
	X(WRONG_TOKEN, "wrong-token") X(ATTEMPTS, "too-many-attempts") \
	X(JOINS, "too-many-joins") X(HALF_OPEN, "too-many-half-open") X(LOCKED, "room-locked") \
	X(NOT_BEGUN, "room-not-begun") X(OVER, "room-over") X(OVERLOADED, "overloaded") \
	X(FULL, "room-full") X(ROOMS, "too-many-rooms") X(ORIGIN, "origin") X(HOST, "host") \
	X(CALL, "call-not-admitted") X(PUSH, "push-not-admitted") X(OTHER, "other")
enum ts_refused {
#define X(id, name) TS_REFUSED_AS_##id,
	TS_REFUSALS(X)
#undef X
	TS_REFUSALS_COUNT
};
const char *ts_refused_name(enum ts_refused why);
enum ts_refused ts_refused_named(const char *name); /* OTHER: none of these */

struct ts_sums {
	uint32_t joined[TS_KIND_COUNT];
	int64_t present_ms[TS_KIND_COUNT];
	uint32_t peak;                /* people at once; inputs are none */
	uint32_t meetings;            /* begun */
	uint32_t calls_in, calls_out, calls_answered;
	uint32_t refused[TS_REFUSALS_COUNT];
	/* of those who have left: each way of each of them counts once */
	uint32_t mos_in[TS_MOS_BINS], mos_out[TS_MOS_BINS];
	uint32_t picture_in[TS_PICTURE_BINS], picture_out[TS_PICTURE_BINS];
	uint32_t codec_in[TS_CODEC_COUNT], codec_out[TS_CODEC_COUNT];
	uint64_t bytes_in, bytes_out;
};

struct ts_tally {
	int64_t since_ms, counted_ms; /* so far people's time has been counted */
	uint32_t here[TS_KIND_COUNT];
	struct ts_sums all;
	struct { int64_t begins_ms; struct ts_sums sums; } hour[TS_SUMS_HOURS];
};

void ts_tally_init(struct ts_tally *tally, int64_t now_ms);
/* Each first counts people's time up to now_ms. */
void ts_tally_run(struct ts_tally *tally, int64_t now_ms);
/* anew: they were not in the sums' rooms before, so that it is a join */
void ts_tally_came(struct ts_tally *tally, enum ts_kind kind, bool anew, int64_t now_ms);
void ts_tally_left(struct ts_tally *tally, enum ts_kind kind, int64_t now_ms);
void ts_tally_refused(struct ts_tally *tally, enum ts_refused why, int64_t now_ms);
void ts_tally_call(struct ts_tally *tally, bool out, bool answered, int64_t now_ms);
void ts_tally_meeting(struct ts_tally *tally, int64_t now_ms);
/* How the media of somebody went who has left. */
void ts_tally_media(struct ts_tally *tally, const struct ts_summary *media, int64_t now_ms);

/* Of a value from 1 on, by halves: which of n. */
size_t ts_bin_of(double value, size_t n);
/* The hour that lies `ago` hours back, 0: this one; NULL: nothing was counted in it. After
 * ts_tally_run. */
const struct ts_sums *ts_tally_hour(const struct ts_tally *tally, size_t ago, int64_t *begins_ms);

#endif
