/* hall - a room for tests: fake legs, a clock that the test moves, and notes of what the room told.
 *
 * Thread  the test's.
 */
#ifndef TS_TESTS_UNIT_HALL_H
#define TS_TESTS_UNIT_HALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "mixer/room/model.h"
#include "tests/unit/common/fake_time.h"
#include "tests/unit/mixer/room/fake_leg.h"

enum { HALL_AUDIO, HALL_VIDEO, HALL_SLIDES, HALL_MEDIA };

struct ts_hall {
	struct ts_engine engine;
	struct ts_packet_pool *packets;
	struct ts_room *room;
	int changed[TS_ROOM_CHANGES], empty, closed;
	struct ts_participant *last_changed;
	char digits[32]; /* told, in order */
	/* of the joins */
	int ready, ready_err;
	bool ready_local;
	/* of ts_participant_events */
	int left, keyframe_requests;
	const char *left_reason;
};
extern struct ts_hall ts_hall;

/* For cmocka: a room of 320x180 at 30/s, four participants, two watchers; closed at the end. */
int ts_hall_setup(void **state);
int ts_hall_teardown(void **state);

/* Of a browser that sends and receives everything in VP8 and Opus. */
struct ts_join ts_hall_join(const char *name, enum ts_kind kind);
struct ts_participant *ts_hall_enter(const struct ts_join *join); /* joins */
struct ts_fake_leg *ts_hall_leg(const struct ts_participant *p);
void ts_hall_connect(struct ts_participant *p); /* and all that follows */
struct ts_participant *ts_hall_meet(const char *name); /* joins and is connected */
/* A packet of that m-line comes now. What it carries is nothing that decodes. */
void ts_hall_packet(struct ts_participant *p, int media);

#endif
