/* outlets - all outputs of all rooms: those that run, and those that ended, while their room is
 * there.
 *
 *   POST --> connecting <--> live <--> retrying --> ended: DELETE, nobody is in the room any more,
 *                    \--> failed                    the server stops
 *
 * An outlet lasts while somebody is in its room. Where its view is removed it goes on with main.
 * Thread  control.
 * Life    close ends all and waits for their threads; then destroy.
 * Full    outputs.max_running run at one time. Of those that ended TS_OUTLETS_KEPT are known in a
 *         room: the oldest go.
 */
#ifndef TS_CONTROL_OUTPUTS_OUTLETS_H
#define TS_CONTROL_OUTPUTS_OUTLETS_H

#include "control/outputs/outlet.h"
#include "control/rooms/registry.h"

enum { TS_OUTLETS_KEPT = 16 };

struct ts_hls;
struct ts_flv;
struct ts_outlets;
struct ts_config;

struct ts_outlet_wish {
	const char *type;    /* "url", "hls", "flv" */
	const char *url;     /* NULL: not given */
	const char *name;    /* "": none */
	bool audio_only;
	struct ts_room_view *view; /* of the room; NULL: main */
	const char *problem; /* what is wrong with it, in words; NULL: nothing to say */
};

/* What players come to. */
struct ts_players {
	struct ts_hls *hls;
	struct ts_flv *flv;
};
/* What is in players must stay. */
int ts_outlets_create(struct ts_outlets **out, struct ts_loop *loop, struct ts_registry *registry,
	const struct ts_config *config, const struct ts_players *players);
/* Of each that begins, changes or ends. gone: the last that is told of it. */
typedef void (*ts_outlets_changed)(void *arg, const struct ts_outlet *outlet, bool gone);
void ts_outlets_watch(struct ts_outlets *outlets, ts_outlets_changed changed, void *arg);
/* done, possibly at once, when all threads have ended. */
void ts_outlets_close(struct ts_outlets *outlets, void (*done)(void *arg), void *arg);
void ts_outlets_destroy(struct ts_outlets **outlets); /* also of NULL */

/* TS_ENOTFOUND: nobody is in the room; TS_ELIMIT: as many run as may, in this room or in all;
 * others as of start in kind.h. */
int ts_outlets_start(struct ts_outlets *outlets, struct ts_room *room, struct ts_outlet_wish *wish,
	const struct ts_outlet **out);
/* NULL: there is none. */
const struct ts_outlet *ts_outlets_find(struct ts_outlets *outlets, const char *room_id,
	const char *id);
/* Those of a room, the oldest first; *at: 0 for the first. NULL: no more. */
const struct ts_outlet *ts_outlets_next(struct ts_outlets *outlets, const char *room_id,
	size_t *at);
/* Stops it if it runs, and forgets it. */
void ts_outlets_remove(struct ts_outlets *outlets, const struct ts_outlet *outlet);
const char *ts_outlet_type(const struct ts_outlet *outlet);

#endif
