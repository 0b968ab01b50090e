/* leg - the real-time text of one call: a socket, RTP and SRTP, what is typed and what is sent.
 *
 *   datagram --from the call's host?--SRTP--> codec/t140.h --> typing.h --> events
 *   ts_rtt_leg_take --> mix.h --> codec/t140.h --SRTP--> datagram, every 300 ms while there is text
 *
 * Text counts when it comes from the host that the description names, or that signals. It is sent
 * to where the description says once that host is known to be the caller's: it signals, and that
 * was proved, or text that counts came from it; then it is sent to where that comes from. Nothing
 * else is sent but a byte order mark: at first, and every TS_RTT_ALIVE_NS that nothing was.
 * Thread  control.
 * Source  RFC 4103, 6263 (keeping alive), 9071.
 * Full    TS_RTT_RATE packets a second are read, 60 at once; more are dropped and counted.
 */
#ifndef TS_CONTROL_RTT_LEG_H
#define TS_CONTROL_RTT_LEG_H

#include "base/loop.h"
#include "codec/t140.h"
#include "control/rtt/mix.h"
#include "transport/secure/srtp.h"

enum { TS_RTT_RATE = 20 };
#define TS_RTT_ALIVE_NS INT64_C(10000000000)

struct ts_rtt_leg;

struct ts_rtt_leg_config {
	struct ts_loop *loop;
	const char *local;               /* numeric */
	uint16_t first_port, last_port;  /* 0: any */
	struct ts_typing_events events;  /* of what they type; from the loop */
};
/* TS_EINVAL: no address; TS_EIO: no port is free; TS_ENOMEM. */
int ts_rtt_leg_open(struct ts_rtt_leg **out, const struct ts_rtt_leg_config *config);
void ts_rtt_leg_close(struct ts_rtt_leg **leg); /* also of NULL; what they type is at an end */
uint16_t ts_rtt_leg_port(const struct ts_rtt_leg *leg);

/* As it was negotiated now, and again. */
struct ts_rtt_agreed {
	struct ts_t140_format format;
	bool sends, receives;            /* ours */
	const char *address;             /* the peer's, numeric; "": nowhere */
	uint16_t port;
	const struct ts_srtp_keys *keys; /* profile TS_SRTP_NONE: in the clear */
};
int ts_rtt_leg_agree(struct ts_rtt_leg *leg, const struct ts_rtt_agreed *agreed);
/* Which host signals, and that this is proved. */
void ts_rtt_leg_set_host(struct ts_rtt_leg *leg, const char *signals);

/* What others type, or wrote. */
void ts_rtt_leg_take(struct ts_rtt_leg *leg, const struct ts_mix_input *input, int64_t now_ns);

#endif
