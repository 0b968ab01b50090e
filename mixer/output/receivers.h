/* receivers - the full list of who receives one output, with a mark for those who already had a
 * keyframe.
 *
 * Made by control, handed over whole by an atomic exchange, afterwards owned by the output's
 * strand. It holds references to its senders.
 */
#ifndef TS_MIXER_OUTPUT_RECEIVERS_H
#define TS_MIXER_OUTPUT_RECEIVERS_H

#include "transport/transport.h"

/* moves: they are sent another output until a keyframe of this one is there. */
struct ts_receiving { struct ts_sender *sender; bool moves; };
struct ts_receivers_entry { struct ts_sender *sender; bool moves, started; };
/* scratch: [n], for lists that its owner makes of the senders. As many as the room's limits let
 * in. */
struct ts_receivers { size_t n; struct ts_sender **scratch; struct ts_receivers_entry entry[]; };

/* TS_ENOMEM */
int ts_receivers_create(struct ts_receivers **out, const struct ts_receiving *list, size_t n);
void ts_receivers_free(struct ts_receivers **receivers); /* also of NULL */
/* Is the sender in this list (which may be NULL) and started? */
bool ts_receivers_started(const struct ts_receivers *receivers, const struct ts_sender *sender);

#endif
