/* ice_links - tells a client which STUN and TURN servers to use: a Link header each, with a name
 * for TURN that was made for it.
 *
 * Source  RFC 9725 4.6, RFC 8288 3.
 */
#ifndef TS_CONTROL_JOIN_ICE_LINKS_H
#define TS_CONTROL_JOIN_ICE_LINKS_H

#include "config/config.h"

struct ts_request;

/* Only to who may join; between ts_reply and ts_reply_send. */
void ts_ice_links_add(struct ts_request *request, const struct ts_config *config);

#endif
