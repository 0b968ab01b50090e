/* session - the ICE of a session as /s/{secret} knows it: the generation, and the peer's half of
 * it.
 *
 * Thread  control.
 */
#ifndef TS_CONTROL_JOIN_SESSION_H
#define TS_CONTROL_JOIN_SESSION_H

#include "control/offer/webrtc.h"
#include "control/rooms/registry.h"

enum { TS_FRAGMENT_MAX = 16384 }; /* our answer to a restart is never longer */

/* Of one who has just joined by this negotiation. */
void ts_session_begin(struct ts_member *member, const struct ts_negotiated *negotiated);

#endif
