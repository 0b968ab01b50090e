/* admission - the doors of the server, put to control/rooms/admit.h and control/rooms/guess.h:
 * joins over HTTP, the API token, session URLs.
 *
 *   join: too many wrong answers from there: 429 -> nothing given: 401 -> wrong: 403 -> locked: 423
 *   -> in
 *
 * Given as `Authorization: Bearer` or ?pin=. Who was let in by a PIN or token gets a pass: a cookie
 * made of the secret, the room and the time by a key of this process. It opens nothing by itself,
 * but proves that its bearer knew the secret that is right now, so that others who guess from
 * behind the same NAT or proxy do not lock them out.
 * Thread  control.
 */
#ifndef TS_CONTROL_ROOMS_ADMISSION_H
#define TS_CONTROL_ROOMS_ADMISSION_H

#include "control/rooms/admit.h"
#include "mixer/room/room.h"

struct ts_request;
struct ts_admission;
struct ts_identity;

struct ts_admission *ts_admission_new(const struct ts_config *config); /* which must stay */
void ts_admission_free(struct ts_admission *admission);
struct ts_guesses *ts_admission_guesses(struct ts_admission *admission);

enum ts_door {
	TS_DOOR_JOIN,
	TS_DOOR_COME_BACK, /* has a place in the room already */
	TS_DOOR_SHUT,      /* the server is overloaded, and takes nobody new */
};

/* room: NULL when the join would make it. True: go on, as *role (admit.h; may be NULL). False: the
 * request was answered; *why (constant text) says how it was. */
bool ts_admission_join(struct ts_admission *admission, struct ts_request *request,
	const char *room_id, const struct ts_room *room, enum ts_door door, const char **why,
	const char **role);
/* One who is in, or waits: is that the host's PIN? Counted as of a join. False: answered 403,
 * 429. */
bool ts_admission_host(struct ts_admission *admission, struct ts_request *request,
	const struct ts_room *room, const char *given);
/* Answers 423. */
void ts_refuse_locked(struct ts_request *request);
/* Answers 503 with Retry-After: the server takes nobody new. */
void ts_refuse_overloaded(struct ts_request *request);
/* To the answer of one who was let in: their pass, where a secret is asked for. */
void ts_admission_send_pass(struct ts_admission *admission, struct ts_request *request,
	const char *room_id, const struct ts_room *room);
/* Who else than the holder of http.api_token may call: must stay; before any request. */
void ts_admission_trust(struct ts_admission *admission, struct ts_identity *identity);
/* Does the API ask who calls? */
bool ts_admission_asks(const struct ts_admission *admission);
/* Does a join give a credential instead of what the room asks for? */
bool ts_admission_has_credential(struct ts_admission *admission, const struct ts_request *request);
/* Of a join: a credential that stands there is judged, and becomes the caller of the request; where
 * there is none, the room's own questions are still to be asked. False: answered 401 or 429. */
bool ts_admission_vouch(struct ts_admission *admission, struct ts_request *request);
/* Who calls the API, who becomes the caller of the request. False: answered 401 or 429. */
bool ts_admission_api(struct ts_admission *admission, struct ts_request *request);
/* The same of a request for a WebSocket, which may give it in other ways (bearer.h). */
bool ts_admission_api_socket(struct ts_admission *admission, struct ts_request *request);
/* A join is refused, for want of a credential, before anybody looked at what it gives: a guess at
 * http.api_token, as the answer tells that it was another. */
void ts_admission_no_token(struct ts_admission *admission, struct ts_request *request);
/* Would it be true, and have that scope? Nothing is answered, and nothing counted. */
bool ts_admission_api_would(struct ts_admission *admission, const struct ts_request *request,
	unsigned scope);
/* A session that was asked for is not there. False: that address asks for too many, and was
 * answered 429. */
bool ts_admission_no_session(struct ts_admission *admission, struct ts_request *request);

#endif
