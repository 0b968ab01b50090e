/* matrix - who hears whom, where that is not everybody as they are: a coach whom one alone hears,
 * somebody who is not to hear another, language channels.
 *
 *   entries (from, to, gain) --+
 *   channels of participants --+--> a row for each who hears otherwise --equal: one mix, one encode
 *   volumes of their own ------+
 *
 * An end of an entry names a participant, all of an identity, all of a role, or all. Of several
 * that fit, the one whose `from` says more counts, then the one whose `to` does, then the last. Who
 * comes later is looked at as everybody is.
 *
 * Channels (languages): who interprets for one is heard by those who chose it, and by nobody else;
 * for these, all others are quieter while an interpreter of theirs is heard. Entries count first.
 *
 * Recordings and streams hear what entries to all say, and no channel.
 *
 * Thread  control. Source  the gain matrix of FreeSWITCH's conference (relate), in REST.
 * Full    TS_MATRIX_ENTRIES in a room; TS_AUDIO_ROWS rows of a room, engine->audio_rows of all,
 *         TS_MATRIX_ROWS_ALL: whose row is one too many hears nobody, rather than whom they are not
 *         to hear.
 */
#ifndef TS_MIXER_ROOM_MATRIX_H
#define TS_MIXER_ROOM_MATRIX_H

#include "mixer/audio/volumes.h"
#include "mixer/room/room.h"

enum { TS_MATRIX_ENTRIES = 64, TS_MATRIX_ROWS_ALL = 256 };
enum { TS_MATRIX_DB_MIN = -60, TS_MATRIX_DB_MAX = 12 };

enum ts_matrix_who { TS_WHO_ALL, TS_WHO_ROLE, TS_WHO_IDENTITY, TS_WHO_ID };
struct ts_matrix_end { enum ts_matrix_who who; char name[TS_IDENTITY_MAX + 1]; };
struct ts_matrix_entry {
	struct ts_matrix_end from, to;
	bool off;
	double gain_db;
};
struct ts_matrix { size_t n; struct ts_matrix_entry entry[TS_MATRIX_ENTRIES]; };

/* A copy is taken, instead of what was there; NULL or none: everybody hears all. From the next tick
 * on. TS_ELIMIT: those who are here would need more rows than there may be; TS_ENOMEM, TS_ECLOSED.
 * After an error nothing has changed. Told by TS_ROOM_CONFIG. */
int ts_room_set_matrix(struct ts_room *room, const struct ts_matrix *matrix);
const struct ts_matrix *ts_room_matrix(const struct ts_room *room); /* NULL: none */
/* Different ways in which those who are here hear others, besides all as they are. */
size_t ts_room_matrix_rows(const struct ts_room *room);

/* ---- the arithmetic, pure */

/* Sets of entries, a bit each. */
struct ts_matrix_fits { uint64_t from, to; };
struct ts_matrix_person {
	const char *id, *identity, *role;
	const char *interprets, *channel; /* "": none */
};
/* matrix NULL: none. */
struct ts_matrix_fits ts_matrix_fit(const struct ts_matrix *matrix,
	const struct ts_matrix_person *person);
/* Of those that speak. */
struct ts_matrix_voice { uint64_t key, from; const char *interprets; };
/* Who hears: the entries to them, what they chose, and how much quieter others are then. */
struct ts_matrix_ear { uint64_t to; const char *channel; double floor_db; };
/* [give] NULL in out: they hear all as they are. TS_ENOMEM. */
int ts_matrix_row(struct ts_volumes **out, const struct ts_matrix *matrix,
	const struct ts_matrix_ear *ear, const struct ts_matrix_voice *voices, size_t n);
/* [give] What one hears of a row with volumes of their own; either may be NULL. */
int ts_matrix_times(struct ts_volumes **out, const struct ts_volumes *row,
	const struct ts_volumes *own);

#endif
