/* ids - the random names of our streams, for WebRTC and SIP alike: SSRCs and CNAMEs.
 *
 * Thread  any.   Source  RFC 3550 8.1 (SSRC), 7022 4.2 (CNAME).
 */
#ifndef TS_CONTROL_OFFER_IDS_H
#define TS_CONTROL_OFFER_IDS_H

#include "control/sdp/sdp.h"
#include "transport/transport.h"

struct ts_ids { uint32_t (*random)(void *arg); void *arg; }; /* random NULL: ts_random_u32 */

uint32_t ts_ids_random(const struct ts_ids *ids);
/* Not 0, none of taken[n], and none that the peer (NULL: not known yet) names in a=ssrc. */
uint32_t ts_ids_ssrc(const struct ts_ids *ids, const struct ts_sdp *peer, const uint32_t *taken,
	size_t n);
/* 96 random bits in base64. */
void ts_ids_cname(const struct ts_ids *ids, char out[TS_CNAME_LEN + 1]);

#endif
