/* announcements - sounds that are played into rooms, to all or to one participant.
 *
 *   POST --> [ loading --> ] playing --end of the sound, DELETE, the last one left--> gone
 *
 * What a room's settings ask for is played as well: a tone when somebody has come or gone, music
 * for who is alone, a signal when a recording begins (automatic.c).
 * Thread  control.
 * Life    of a room at most: all of it end with the room's last participant. What is played to one
 *         ends with them.
 * Full    TS_ANNOUNCED_ASKED_MAX by request in a room; TS_ROOM_PLAYS_MAX in all.
 */
#ifndef TS_CONTROL_ANNOUNCEMENTS_ANNOUNCEMENTS_H
#define TS_CONTROL_ANNOUNCEMENTS_ANNOUNCEMENTS_H

#include "base/random.h"
#include "base/url.h"
#include "control/announcements/sounds.h"
#include "config/config.h"
#include "control/rooms/registry.h"

enum { TS_SOUND_NAME_MAX = 255, TS_ANNOUNCED_MAX = 64, TS_ANNOUNCED_ASKED_MAX = 8 };

/* As others see it; strings are the announcement's. */
struct ts_announcement {
	char id[TS_ULID_LEN + 1];
	char room[TS_ROOM_ID_MAX + 1];
	char to[TS_ULID_LEN + 1]; /* id of the participant; "": all */
	char sound[TS_ANNOUNCED_MAX + 1]; /* the tune; "": a file */
	char file[TS_SOUND_NAME_MAX + 1]; /* in the media folder; "": none */
	char url[TS_URL_MAX + 1];         /* where it is fetched, without secrets; "": it is not */
	bool automatic, loop, loading;
	double gain_db, duck_db;
	int64_t created_ms, duration_ms;  /* of the sound, once; 0: it is loading */
	char why[120]; /* it could not be played; "": nothing is wrong */
};

struct ts_announcement_wish {
	enum ts_tune tune;
	const char *file;          /* of inputs.media_dir, instead of the tune; NULL: none */
	const char *url;           /* instead of either; NULL: none */
	const char *problem;       /* what is wrong with the URL, in words */
	struct ts_participant *to; /* NULL: all */
	bool automatic, loop;
	double gain_db, duck_db;
};

struct ts_announcements;

void ts_announcements_create(struct ts_announcements **out, struct ts_loop *loop,
	struct ts_registry *registry, const struct ts_config *config);
/* Of each that begins or is gone. */
typedef void (*ts_announcements_changed)(void *arg, const struct ts_announcement *announcement,
	bool gone);
void ts_announcements_watch(struct ts_announcements *announcements,
	ts_announcements_changed changed, void *arg);
void ts_announcements_destroy(struct ts_announcements **announcements); /* also of NULL */

/* TS_ENOTFOUND: nobody is in the room; TS_EAGAIN: `to` is not connected, or
 * is sent no sound; TS_EINVAL: there is no such file; TS_EAUTH: inputs.allow does not
 * let the URL through, and wish->problem says why; TS_ELIMIT: as many are played, or read, as
 * may; TS_ENOMEM. */
int ts_announcements_start(struct ts_announcements *announcements, struct ts_room *room,
	struct ts_announcement_wish *wish, const struct ts_announcement **out);
/* NULL: there is none. */
const struct ts_announcement *ts_announcements_find(struct ts_announcements *announcements,
	const char *room_id, const char *id);
/* Those of a room, the oldest first; *at: 0 for the first. NULL: no more. */
const struct ts_announcement *ts_announcements_next(struct ts_announcements *announcements,
	const char *room_id, size_t *at);
/* It fades out, and is gone a moment later. */
void ts_announcements_stop(struct ts_announcements *announcements,
	const struct ts_announcement *announcement);

#endif
