/* candidate - an address by which one end of an ICE transport may be reached. Plain data: as text
 * candidates stand in descriptions alone, which control/sdp reads and writes.
 *
 *   peer's a=candidate --control/sdp--> ts_candidate --> transport/ice (checks)
 *   our    a=candidate <--control/sdp-- ts_candidate <-- transport/ice (gathered)
 *
 * Thread  any.   Source  RFC 8445 5.1 (what a candidate is), 6544 4.5 (TCP), 8839 5.1 (its parts).
 */
#ifndef TS_BASE_CANDIDATE_H
#define TS_BASE_CANDIDATE_H

#include <stdint.h>
#include <sys/socket.h>

enum ts_candidate_type {
	TS_CANDIDATE_HOST,
	TS_CANDIDATE_SERVER_REFLEXIVE,
	TS_CANDIDATE_PEER_REFLEXIVE,
	TS_CANDIDATE_RELAYED,
};

enum ts_candidate_transport {
	TS_CANDIDATE_UDP,
	TS_CANDIDATE_TCP_ACTIVE,  /* connects */
	TS_CANDIDATE_TCP_PASSIVE, /* is connected to */
	TS_CANDIDATE_TCP_SO,      /* both at once */
};

struct ts_candidate {
	char foundation[33];
	enum ts_candidate_type type;
	enum ts_candidate_transport transport;
	uint16_t component;               /* 1: RTP, and RTCP muxed with it */
	uint32_t priority;
	struct sockaddr_storage address;  /* never a name */
	/* what a reflexive one was mapped from, or a relay mapped to; family 0: not told */
	struct sockaddr_storage related;
};

#endif
