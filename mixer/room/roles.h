/* roles - who may do what in a room, in one table: for the code, and for docs/MODERATION.md.
 *
 *   X(id, name, other names of it, rights, what it is for)
 *
 * Any other role is a label for layouts, and may do what a guest may; so may who has none.
 * Thread  none; constant.
 */
#ifndef TS_MIXER_ROOM_ROLES_H
#define TS_MIXER_ROOM_ROLES_H

#include <stdbool.h>
#include <stddef.h>

/* clang-format off */
#define TS_RIGHTS(X) \
	X(SPEAK, 1, "speak", "is heard, and may unmute themselves") \
	X(CAMERA, 2, "camera", "is seen") \
	X(PRESENT, 4, "present", "shows slides, a screen") \
	X(ENTER_UNMUTED, 8, "enter-unmuted", "is not muted on entry") \
	X(HOST, 16, "host", "lets in who waits, mutes by keys, keeps the meeting going")

#define TS_ROLES(X) \
	X(HOST, "host", "moderator", 31, "Who runs the room; never waits") \
	X(PANELIST, "panelist", "speaker", 15, "Who has something to say: not muted on entry") \
	X(GUEST, "guest", "", 7, "Everybody else") \
	X(WATCHER, "watcher", "viewer", 0, \
	  "Sees and hears, is neither seen nor heard, and may raise a hand")
/* clang-format on */

enum ts_right {
#define X(id, bit, name, help) TS_MAY_##id = (bit),
	TS_RIGHTS(X)
#undef X
};

enum ts_role {
#define X(id, name, alias, rights, help) TS_ROLE_##id,
	TS_ROLES(X)
#undef X
	TS_ROLE_COUNT
};

/* Of a role as it is written, by any of its names; GUEST: it is a label, or "". */
enum ts_role ts_role_of(const char *role);
unsigned ts_role_rights(const char *role); /* enum ts_right */

#endif
