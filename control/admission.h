/* admission - may this request join that room? The join policy, the room's PIN and lock.
 *
 *   too many wrong answers from this address? 429 -> nothing given: 401 -> wrong: 403 -> no PIN to be had: 403 -> locked: 423 -> go on
 *
 * policy  open   whoever comes; a room with a PIN of its own asks for it
 *         pin    the room's PIN, or join.pin for rooms that have none
 *         token  one of join.tokens
 * Given as `Authorization: Bearer` or ?pin=. Comparing takes equally long wherever the first difference is.
 * Thread  control.
 */
#ifndef TS_CONTROL_ADMISSION_H
#define TS_CONTROL_ADMISSION_H

#include "mixer/room.h"

struct ts_config;
struct ts_request;
struct ts_admission;

struct ts_admission *ts_admission_new(const struct ts_config *config); /* which must stay */
void ts_admission_free(struct ts_admission *admission);

enum ts_door { TS_DOOR_JOIN, TS_DOOR_COME_BACK /* has a place in the room already: locks are not for him */ };

/* room: NULL when the join would make it. True: go on. False: the request was answered; *why (constant text) says how it was. */
bool ts_admit(struct ts_admission *admission, struct ts_request *request, const struct ts_room *room, enum ts_door door,
	const char **why);

/* The same without an answer, and without the lock: would the request be let in by what it gives? */
bool ts_admits(struct ts_admission *admission, const struct ts_request *request, const struct ts_room *room);

/* Are they the same, in a time that does not tell where they differ? */
bool ts_same_secret(const char *given, const char *secret);
/* The token of `Authorization: Bearer`, NULL: there is none. */
const char *ts_bearer(const struct ts_request *request);

#endif
