/* fake_room - mixer/room/room.h without media: rooms and participants that a test moves by hand.
 *
 * Joins wait until ts_fake_ready; leaving and closing take effect at once, `closed` included.
 * Because the linker meets these functions first, the mixer's own room is not linked.
 * Thread  the one that runs the code under test.
 */
#ifndef TS_TESTS_FAKE_ROOM_H
#define TS_TESTS_FAKE_ROOM_H

#include "mixer/leg/input.h"
#include "mixer/room/room.h"

struct ts_fake {
	int rooms, participants, leaves; /* alive, alive, ever left */
	int create_err, join_err, ice_err; /* returned by the next calls */
	int sinks, sink_err; /* added and not removed; returned by the next ts_room_add_sink */
	struct ts_room_sink *sink; /* added last; NULL: removed */
	int play_err; /* returned by the next ts_room_add_play */
	int plays; /* of all rooms, in order of coming */
	struct ts_room_play *play[TS_ROOM_PLAYS_MAX];
	int trickles, restarts;
	struct ts_ice_description last_remote; /* of either */
	struct ts_join last_join;
	struct ts_input_way last_way; /* of the last input */
	char last_reason[32];
	bool has_card;
	struct ts_room_card card; /* set last, of any room */
	char captions[TS_CAPTION_TEXT_MAX + 1]; /* likewise */
	char notice[TS_NOTICE_MAX + 1]; /* the last one */
	struct ts_branch *voice; /* everybody's; NULL: they send nothing */
	/* of everybody, but for what a participant knows themselves */
	struct ts_participant_info info;
	/* NULL: nobody has slides */
	bool (*has_slides)(const struct ts_participant *p);
	bool (*presents)(const struct ts_participant *p);
	void (*allow_slides)(struct ts_participant *p, bool allowed);
	struct ts_layout layout; /* canvas_w 0: solved for those who are here */
};
extern struct ts_fake ts_fake;

void ts_fake_reset(void);
/* Ends the wait of a join: with one candidate, or with an error, after which the participant
 * leaves. */
void ts_fake_ready(struct ts_participant *participant, int err);
bool ts_fake_wants_digits(const struct ts_participant *participant);
/* one who joined while info.state was connecting */
void ts_fake_connect(struct ts_participant *participant);
/* The same for everybody who waits; returns how many did. */
int ts_fake_ready_all(int err);

#endif
