/* registry - the rooms of this server by id, and the sessions of the people in them.
 *
 *   first join --> room made --> ... --> last one left --> room closed, its id free again at once
 *   join --> session secret (128 random bits) --> participant, until they left
 *
 * Thread  control.
 * Full    max_rooms open ones, and as many that are still closing. Half-open joins (half_open.h)
 *         give way to whoever needs their place or their room.
 */
#ifndef TS_CONTROL_ROOMS_REGISTRY_H
#define TS_CONTROL_ROOMS_REGISTRY_H

#include "control/rooms/half_open.h"
#include "control/rooms/rates.h"
#include "control/rooms/throttle.h"
#include "mixer/room/room.h"

struct ts_registry;

/* What happens to rooms, for whoever tells others. Any may be NULL. */
struct ts_registry_watcher {
	void (*opened)(void *arg, struct ts_room *room);
	void (*changed)(void *arg, struct ts_room *room, enum ts_room_change what,
		struct ts_participant *participant);
	void (*closing)(void *arg, struct ts_room *room); /* everybody in it is about to leave */
	/* Of a room that stays: ts_registry_hold is lifted, and who is there now counts alone. */
	void (*released)(void *arg, struct ts_room *room);
	/* As of struct ts_room_events. */
	void (*digit)(void *arg, struct ts_room *room, struct ts_participant *participant,
		char digit);
	/* As changed, of rooms where people wait for another one (ts_room_config.waits_for). */
	void (*waits)(void *arg, struct ts_room *room, enum ts_room_change what,
		struct ts_participant *participant);
};

struct ts_registry_config {
	struct ts_room_config room; /* of every room; the id is ignored */
	size_t max_rooms;
	struct ts_half_open_config half_open;
};

enum { TS_ETAG_MAX = 40 };

/* The ICE generation of a session; session.c's. */
struct ts_session_ice {
	char etag[TS_ETAG_MAX];
	char ufrag[TS_ICE_STR_MAX + 1], pwd[TS_ICE_STR_MAX + 1]; /* the peer's */
	/* of the m-line that names the transport */
	char kind[8], mid[TS_MID_MAX + 1];
};

/* What control knows about a participant; gone when they left. */
struct ts_member {
	struct ts_participant *participant;
	struct ts_registry *registry;
	char secret[TS_SECRET_LEN + 1]; /* "" for one who did not come over HTTP. Never logged. */
	struct ts_rates rates;
	char from[96]; /* of their join: their address as guess.h has it; "": none */
	bool is_named; /* by a token: the name is not theirs to change */
	unsigned withheld; /* join.c's: what their token does not let them send */
	struct ts_timer expiry; /* ts_registry_expire_at */
	bool waits_again; /* waiting.c's: is to be taken out of the room */
	/* half-open until connected; one of SIP until ts_registry_settled */
	bool awaits_media;
	struct ts_bucket reads, writes; /* requests of the participant; api.c's */
	struct ts_member_news {
		/* readers of events know the participant; who is not as they know them */
		bool told, changed, personal;
		uint32_t looks;       /* digest of what changes without a word */
		int level_dbov;       /* told last */
		bool speaking;
		/* "": they came into the room by a join, or that is told */
		char moved_from[TS_ROOM_ID_MAX + 1];
	} news;                       /* news.c's */
	struct ts_session_ice ice;
	/* windows.h: as they told it, 0: not; chosen: their view does not go by it */
	struct { int width, height; bool chosen; } window;
	/* control/stats': counted as somebody who is here; how their pictures were so far */
	struct {
		bool counted;
		struct { double sum; uint32_t n; } in, out;
	} stats;
};

int ts_registry_create(struct ts_registry **out, struct ts_engine *engine,
	const struct ts_registry_config *config);
/* Ends everybody and refuses new joins; done when the last room is gone, possibly before it
 * returns. */
void ts_registry_close(struct ts_registry *registry, void (*done)(void *arg), void *arg);
void ts_registry_destroy(struct ts_registry **registry); /* only with no room left */

/* 1 to 64 of A-Z a-z 0-9 . _ ~ -, but not "." and "..", which whoever reads a URL takes for folders
 * (RFC 3986 5.2.4). */
#define TS_ROOM_ID_PATTERN "^(?!\\.{1,2}$)[A-Za-z0-9._~-]{1,64}$"
bool ts_room_id_ok(const char *id);

/* Joins the room, which is made if there is none of that id. ready as for ts_room_join. TS_EINVAL:
 * not a room id; TS_EFULL: the room is full; TS_EAGAIN: too many joins are half-open; TS_ELIMIT:
 * there are too many rooms; TS_EDRAINING: nobody is there, and drain.h; TS_ECLOSED: the server
 * stops; TS_ENOMEM, TS_EIO. */
int ts_registry_join(struct ts_registry *registry, const char *room_id, const struct ts_join *join,
	ts_join_ready ready, void *arg, struct ts_member **out);

/* Joins a room of their own that nobody else sees: it is in no list, watchers are told nothing of
 * it, and it goes with them. They are half-open until ts_registry_asked, or until ts_registry_move
 * takes them elsewhere. The id of its config must be none that ts_room_id_ok takes. As for a join;
 * TS_EAGAIN also where TS_HIDDEN_MAX are there. */
enum { TS_HIDDEN_MAX = 200 };
int ts_registry_join_hidden(struct ts_registry *registry, const struct ts_room_config *config,
	const struct ts_join *join, ts_join_ready ready, void *arg, struct ts_member **out);
/* What happens in hidden rooms, to one who watches; NULL: to nobody. */
typedef void (*ts_registry_hidden)(void *arg, struct ts_room *room, enum ts_room_change what,
	struct ts_participant *participant);
void ts_registry_watch_hidden(struct ts_registry *registry, ts_registry_hidden fn, void *arg);
bool ts_registry_is_hidden(struct ts_registry *registry, const struct ts_room *room);

/* A hidden room for several, as config.waits_for says for which; it goes with the last of them, or
 * by the next call where nobody came. TS_EAGAIN: TS_HIDDEN_MAX are there; and as ts_room_create. */
int ts_registry_make_hidden(struct ts_registry *registry, const struct ts_room_config *config,
	struct ts_room **out);
void ts_registry_drop_hidden(struct ts_registry *registry, struct ts_room *hidden);
/* A join of that room, which is there; as ts_registry_join. */
int ts_registry_join_at(struct ts_registry *registry, struct ts_room *hidden,
	const struct ts_join *join, ts_join_ready ready, void *arg, struct ts_member **out);
/* As ts_registry_move. */
int ts_registry_move_at(struct ts_registry *registry, struct ts_participant *participant,
	struct ts_room *hidden);
/* Nothing has been proved of their peer yet. */
bool ts_registry_is_half_open(const struct ts_registry *registry,
	const struct ts_participant *participant);

/* Is anybody in it connected, inputs too? */
bool ts_registry_has_somebody(struct ts_room *room);

/* To another room (ts_participant_move), which is made if there is none of that id; whether they
 * may is judged before. TS_EINVAL: not a room id; TS_EFULL: that room is full; TS_ELIMIT: there
 * are too many; TS_EAGAIN: not now; TS_EDRAINING, TS_ECLOSED, TS_ENOMEM. */
int ts_registry_move(struct ts_registry *registry, struct ts_participant *participant,
	const char *room_id);

/* Asked for by themselves: they come as anybody does, without raised hand and gain, with the role
 * that they were admitted as; who was muted stays so. hidden: into that room, NULL: the one of that
 * id. */
int ts_registry_move_anew(struct ts_registry *registry, struct ts_participant *participant,
	const char *room_id, struct ts_room *hidden, const char *role);
/* Who is in a hidden room has proved themselves: they do not give way any more. TS_EAGAIN: too
 * many of their address are asked already, they stay half-open. */
int ts_registry_asked(struct ts_registry *registry, struct ts_participant *participant);

/* They leave then, unless they have left before; again: then instead. */
void ts_registry_expire_at(struct ts_member *member, int64_t due_ns);

/* The signalling of a call has been proved: it is not half-open any more. */
void ts_registry_settled(struct ts_registry *registry, struct ts_participant *participant);

/* Makes a room that stays when it is empty. TS_EEXIST, also where its number is not free; and as
 * for a join. */
int ts_registry_make(struct ts_registry *registry, const struct ts_room_config *config,
	struct ts_room **out);
/* All but the id; keep: it stays when it is empty from now on, as one does that cares for hosts.
 * TS_ECLOSED: it is not here; TS_EEXIST: its number is not free. */
int ts_registry_change(struct ts_registry *registry, struct ts_room *room,
	const struct ts_room_config *config, bool keep);
/* ends everybody in it */
void ts_registry_remove(struct ts_registry *registry, struct ts_room *room);
/* What rooms are made from that a join or a move makes, instead of the defaults; the id is ignored.
 * layout: a reference is taken; NULL: the room's own. Once, before the first join. own: which of
 * its limits are its own, and stay when those of the defaults change. */
enum { TS_OWN_PARTICIPANTS = 1, TS_OWN_WATCHERS = 2 };
void ts_registry_set_joined(struct ts_registry *registry, const struct ts_room_config *config,
	struct ts_layout_doc *layout, unsigned own);
const struct ts_room_config *ts_registry_defaults(const struct ts_registry *registry);
/* Other limits from now on: max_rooms, half_open, and of rooms made later how many may be in them;
 * the rest of config is not looked at. Who is there already stays. */
void ts_registry_set_limits(struct ts_registry *registry, const struct ts_registry_config *config);
size_t ts_registry_max_rooms(const struct ts_registry *registry);
size_t ts_registry_rooms(const struct ts_registry *registry); /* that are open, of these */
bool ts_registry_is_closing(const struct ts_registry *registry);
/* drain.h: no room is made, and nobody is taken into one where nobody is yet, by joins and
 * moves. */
void ts_registry_set_draining(struct ts_registry *registry, bool draining);
bool ts_registry_is_vacant(const struct ts_registry *registry); /* nobody is in any room */
/* What the server does less of now. */
enum ts_overload_level ts_registry_overload(const struct ts_registry *registry);
/* Told beside those that watch already, in order; at most 24. */
void ts_registry_watch(struct ts_registry *registry, const struct ts_registry_watcher *watcher,
	void *arg);
void ts_registry_unwatch(struct ts_registry *registry, const void *arg);

struct ts_room *ts_registry_find(struct ts_registry *registry, const char *room_id); /* NULL */
struct ts_room *ts_registry_by_number(struct ts_registry *registry, const char *number); /* NULL */
/* No room but `own` (NULL: none) has that number, or is called so; "" is free always. */
bool ts_registry_number_is_free(struct ts_registry *registry, const char *number,
	const struct ts_room *own);
/* A number of TS_NUMBER_DIGITS that no room has. */
enum { TS_NUMBER_DIGITS = 9 };
void ts_registry_new_number(struct ts_registry *registry, char out[TS_NUMBER_MAX + 1]);
/* Guests are not let in now, and wait, or come later: as control/ivr/waiting.h says. */
void ts_registry_hold_guests(struct ts_registry *registry, const struct ts_room *room, bool hold);
bool ts_registry_holds_guests(struct ts_registry *registry, const struct ts_room *room);
/* The room stays, also with nobody in it, until that is lifted: its people are elsewhere, and come
 * back. Guests and hosts count as if all were there. Watchers are told (released) when it is
 * lifted, or that the room closes. */
void ts_registry_hold(struct ts_registry *registry, struct ts_room *room, bool hold);
bool ts_registry_is_held(struct ts_registry *registry, const struct ts_room *room);
/* in order of creation */
struct ts_room *ts_registry_first(struct ts_registry *registry);
struct ts_room *ts_registry_next(struct ts_registry *registry, struct ts_room *room);
/* The room's entity tag, quoted: its revision, and a mark by which a later room of the same id
 * differs. */
void ts_registry_etag(struct ts_registry *registry, const struct ts_room *room,
	char out[TS_ETAG_MAX]);

struct ts_member *ts_registry_session(struct ts_registry *registry, const char *secret); /* NULL */
struct ts_member *ts_registry_member(struct ts_registry *registry,
	struct ts_participant *participant);

#endif
