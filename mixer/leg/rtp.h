/* rtp - the leg of everybody who comes by WebRTC, WHIP, WHEP or SIP: a transport.
 *
 * Thread  control (leg.h); the transport's events come on a net thread, and are posted to control
 *         in their order.
 */
#ifndef TS_MIXER_LEG_RTP_H
#define TS_MIXER_LEG_RTP_H

#include "mixer/leg/leg.h"

extern const struct ts_leg_ops ts_rtp_leg;

#endif
