/* dial - the least of SIP that a caller needs: INVITE, ACK, BYE over UDP, one codec a medium, RTP
 * in the clear or SRTP with keys in the description. Blocks; any thread.
 *
 * Source  RFC 3261 13, 17.1.1; RFC 4568; no authentication, no session timers.
 */
#ifndef TS_TESTS_BENCH_DIAL_H
#define TS_TESTS_BENCH_DIAL_H

#include "base/media.h"
#include "transport/secure/srtp.h"
#include <netinet/in.h>
#include <stdbool.h>

struct ts_dial {
	int fd;
	struct sockaddr_in server, here;
	char call_id[40], tag[20], to[200], contact[200];
	int status;                /* of the last final answer; 0: none came */
	/* where the server takes RTP: sound, pictures; port 0: refused */
	struct sockaddr_in media[2];
	struct ts_srtp_keys keys[2]; /* profile TS_SRTP_NONE: in the clear */
};

struct ts_dial_wish {
	const char *server, *room, *name; /* server: ADDR:PORT */
	uint16_t media_port;              /* ours */
	enum ts_codec codec;
	enum ts_codec video;              /* H264, VP8 or NONE */
	int video_pt;
	bool srtp;                        /* or nothing */
};
/* 0; TS_EIO: no answer, not 200, or no keys in it. */
int ts_dial_call(struct ts_dial *dial, const struct ts_dial_wish *wish);
void ts_dial_hang_up(struct ts_dial *dial);

#endif
