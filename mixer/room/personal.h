/* personal - views and sound of single participants: somebody who does not see themselves, or in a
 * corner alone, who sees a layout of their own, to whom another one is quieter.
 *
 *   what they want --none--> the view that they belong to (home)
 *        |---- one of theirs is there, or of who wants the same --> that
 *        |---- the server has room (mixer/overload/extras.h) -----> a new one: hidden, with the
 *        |                                                          canvas of home
 *        +---- else ----------------------------------------------> home, and they are told why
 *
 * A personal view is composed and coded besides all others: it is the first thing that goes when
 * the server is overloaded, and comes back by itself. It follows its home: canvas, ladder, layout
 * (unless that is what is wanted), spotlight, order, and of main its pins. It ends with the last
 * who wants it. Whoever is in no tile anyway (a watcher) sees no difference and is given none.
 * Volumes are kept for those who are in the room, and forgotten with them. Listeners with equal
 * ones share a mix (mixer/audio/volumes.h).
 * Thread  control.
 * Full    TS_ROOM_PERSONAL_MAX views in a room, engine->extras.most in all; TS_VOLUMES_MAX volumes
 *         of one participant, TS_AUDIO_TASTES different mixes in a room: who is one too many hears
 *         all as they are.
 */
#ifndef TS_MIXER_ROOM_PERSONAL_H
#define TS_MIXER_ROOM_PERSONAL_H

#include "mixer/audio/volumes.h"
#include "mixer/room/room.h"

enum { TS_ROOM_PERSONAL_MAX = 12 };

struct ts_wants {
	enum ts_self self;
	struct ts_layout_doc *doc; /* NULL: that of the view that they belong to */
};

enum ts_personal_state {
	TS_PERSONAL_NONE,       /* nothing of their own is wanted */
	TS_PERSONAL_OWN,        /* they receive it */
	/* they receive the shared one, as ... */
	TS_PERSONAL_FULL,       /* as many are there as the server may have */
	TS_PERSONAL_BUSY,       /* the server has enough to do */
	TS_PERSONAL_OVERLOADED,
	TS_PERSONAL_ROOM_FULL,  /* as many are there as a room may have */
	TS_PERSONAL_UNFIT,      /* the layout is of no use on the canvas */
	TS_PERSONAL_FAILED,     /* there can be no encoder; it is tried again */
	TS_PERSONAL_STATES
};
/* "limit", "load", "overload", "room-limit", "layout", "no-encoder"; NULL: not refused. */
const char *ts_personal_because(enum ts_personal_state state);

struct ts_personal_info {
	enum ts_personal_state state;
	enum ts_self self;      /* in effect; never ROOM */
	size_t sharers;         /* of theirs, themselves included; 0: they have none */
	size_t encoders;        /* that run for it */
	/* drawn and coded besides all others: of one that is refused, what it would be */
	int64_t pixels_per_s;
};

/* A reference to the document is taken, which is one that ts_layout_check likes on the canvas of
 * their view. In force, or refused, at once. Told by TS_ROOM_PARTICIPANT; what comes of it, also
 * later, by TS_ROOM_PERSONAL. TS_ECLOSED. */
int ts_participant_set_wants(struct ts_participant *participant, const struct ts_wants *wants);
const struct ts_wants *ts_participant_wants(const struct ts_participant *participant);
void ts_participant_personal_info(const struct ts_participant *participant,
	struct ts_personal_info *out);

/* Instead of all that were there: by key, of others in the room, in any order; n 0: none. From the
 * next tick on. TS_ELIMIT: more than TS_VOLUMES_MAX; TS_EINVAL: their own, twice the same, nobody
 * in the room, or a gain that is no number from 0 to TS_VOLUME_MAX; TS_ENOMEM; TS_ECLOSED. After
 * an error nothing has changed. Told by TS_ROOM_PARTICIPANT. */
int ts_participant_set_volumes(struct ts_participant *participant, const struct ts_volume *of,
	size_t n);
/* NULL: none. Lasts until they change. */
const struct ts_volumes *ts_participant_volumes(const struct ts_participant *participant);
/* False: the room has as many different mixes as it may: they hear all as they are. */
bool ts_participant_volumes_heard(const struct ts_participant *participant);

#endif
