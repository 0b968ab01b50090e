/* dial - the least of SIP that a caller needs: INVITE, ACK, BYE over UDP, one codec, RTP in the clear. Blocks; any thread.
 *
 * Source  RFC 3261 13, 17.1.1; no authentication, no session timers.
 */
#ifndef TS_TESTS_BENCH_DIAL_H
#define TS_TESTS_BENCH_DIAL_H

#include "base/media.h"
#include <netinet/in.h>

struct ts_dial {
	int fd;
	struct sockaddr_in server, here;
	char call_id[40], tag[20], to[200], room[64], contact[200];
	int status;                /* of the last final answer; 0: none came */
	struct sockaddr_in media;  /* where the server takes RTP */
};

/* media_port: ours. 0; TS_EIO: no answer, or not 200. */
int ts_dial_call(struct ts_dial *dial, const char *server, const char *room, const char *name, uint16_t media_port, enum ts_codec codec);
void ts_dial_hang_up(struct ts_dial *dial);

#endif
