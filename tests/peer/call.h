/* call - a peer that comes by SIP: one call over UDP on loopback, Opus and H.264 over plain RTP.
 *
 *   media --> [gathered: our ports] --> INVITE, 200, ACK --> the peer's ports --> ... --> BYE
 *
 * It reads the few lines that it needs; the server's SIP and SDP are not used. Requests within the
 * dialog are left unanswered.
 * Thread  any, which it blocks.
 */
#ifndef TS_TESTS_PEER_CALL_H
#define TS_TESTS_PEER_CALL_H

#include "tests/peer/describe.h"

struct ts_peer_call {
	int fd, status; /* of the answer; 0: none came */
	unsigned cseq;
	char target[128], from[160], to[256], id[40];
};

/* Fills config for our side of such a call. */
void ts_call_media(const struct ts_describe *d, struct ts_transport_config *config);
/* Calls sip:room@127.0.0.1:port and fills what the answer says into config. TS_EIO: no answer, or
 * refused (status); TS_EBADMSG: not what we can use. */
int ts_call_invite(struct ts_peer_call *call, unsigned port, const char *room, const char *name,
	const struct ts_transport_local *local, struct ts_transport_config *config);
void ts_call_end(struct ts_peer_call *call, bool bye);

#endif
