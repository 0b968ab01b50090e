/* hosts - whether a meeting is open to its guests: what the coming and going of hosts does. Pure.
 *
 *   EARLY --a host--> OPEN --the last one left--> GRACE --time--> wait: SHUT | end: EARLY
 *     ^                 ^  \--stay                 |  ^              |
 *     |                 \------- a host -----------/--+--------------/
 *     \--- nobody is there any more (from each) --/
 *
 * EARLY  no host was here yet: guests wait where the room says so, else they are let in
 * OPEN, GRACE  they are let in
 * SHUT   they wait, who was in as well
 * Thread  none; reads no clock.
 */
#ifndef TS_CONTROL_IVR_HOSTS_H
#define TS_CONTROL_IVR_HOSTS_H

#include "mixer/room/room.h"
#include <stdbool.h>
#include <stdint.h>

enum ts_hosts_state { TS_HOSTS_EARLY, TS_HOSTS_OPEN, TS_HOSTS_GRACE, TS_HOSTS_SHUT };

struct ts_hosts {
	enum ts_hosts_state state;
	int64_t end_ns; /* of GRACE */
};

enum ts_hosts_act {
	TS_HOSTS_NOTHING,
	TS_HOSTS_TAKE_OUT, /* guests, who wait from now on */
	TS_HOSTS_END       /* the meeting, for all */
};

/* hosts, people: that are in the room, connected; and how many wait for it. */
struct ts_hosts_seen { size_t hosts, people, waiting; };

/* What is to be done now; call it whenever one of these changes, and at end_ns. */
enum ts_hosts_act ts_hosts_run(struct ts_hosts *h, const struct ts_room_config *room,
	const struct ts_hosts_seen *seen, int64_t now_ns);
bool ts_hosts_let_in(const struct ts_hosts *h, const struct ts_room_config *room);

#endif
