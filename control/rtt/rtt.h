/* rtt - the real-time text of rooms: what callers type reaches each other while they do, and all
 * others as messages; messages reach callers.
 *
 *   leg A --letters--> legs of the same room (mix.h)        --whole lines--> texts (TYPED)
 *   texts --messages that were not typed--> legs of the room, or of the one they are for
 *
 * Nothing of it reaches or leaves a hidden room, where somebody is asked or waits.
 * Thread  control.
 * Life    a leg belongs to its call, which closes it; all of them before the end.
 * Full    one leg a call. What is typed faster than messages may be sent is no message; callers get
 *         it all the same.
 */
#ifndef TS_CONTROL_RTT_RTT_H
#define TS_CONTROL_RTT_RTT_H

#include "control/rtt/leg.h"
#include "control/text/texts.h"

struct ts_rtt;
struct ts_rtt_member;

struct ts_rtt_config {
	struct ts_loop *loop;
	struct ts_registry *registry;
	struct ts_texts *texts;
	uint16_t first_port, last_port; /* 0: any */
};
void ts_rtt_create(struct ts_rtt **out, const struct ts_rtt_config *config);
void ts_rtt_destroy(struct ts_rtt **rtt); /* also of NULL */

/* Errors as ts_rtt_leg_open. */
int ts_rtt_open(struct ts_rtt *rtt, const char *local, struct ts_rtt_member **out);
void ts_rtt_close(struct ts_rtt_member **member); /* also of NULL */
/* Whose it is from now on; NULL: nobody's, they have left. */
void ts_rtt_enter(struct ts_rtt_member *member, struct ts_participant *participant);
struct ts_rtt_leg *ts_rtt_leg(struct ts_rtt_member *member);

#endif
