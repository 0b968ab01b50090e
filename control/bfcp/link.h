/* link - the BFCP of one call: whose messages count, and where answers go.
 *
 *   message with the ids of the call --hosts not known yet--> kept until they are
 *        --host of the call?--> received(arg, message)      answers --send--> where it came from
 *
 * Nothing is sent before a message came with the conference and the user id of the call, which
 * stood in its description, from the host that the description or the signalling names. A room
 * may connect, and say its first word, before its ACK tells us that the signalling is no forgery:
 * that word waits. Over UDP an answer goes to where its message came from, and what nobody asked
 * for to where the last valid one did.
 * Thread  control.
 * Where the call has TLS, messages count only from the certificate that its description names.
 * Source  RFC 8855 6 (transport), 8856 (SDP).
 * Full    what waits: one datagram of a call, the newest; the bytes of its connections wait in the
 *         kernel (connection.c). Messages of one call: 20 a second, 60 at once.
 */
#ifndef TS_CONTROL_BFCP_LINK_H
#define TS_CONTROL_BFCP_LINK_H

#include "control/bfcp/port.h"

struct ts_bfcp_link;

struct ts_bfcp_link_config {
	uint32_t conference;      /* together of no other link */
	uint16_t user;
	bool reliable;            /* TCP, else UDP */
	const char *fingerprint;  /* TCP: of the peer's certificate; "" or NULL: no TLS */
	const char *local;        /* numeric */
	/* A whole message with the link's ids. May close the link. True: it was one that makes
	 * sense, so its source is theirs. */
	bool (*received)(void *arg, const void *bytes, size_t n, int64_t now_ns);
	/* TCP: its connection ended, and there is no other. May close the link. */
	void (*lost)(void *arg, int64_t now_ns);
	void *arg;
};
/* TS_EINVAL: no address; TS_EIO: no port is free; TS_ELIMIT: too many addresses of ours. */
int ts_bfcp_link_open(struct ts_bfcp_link **out, struct ts_bfcp_ports *ports,
	const struct ts_bfcp_link_config *config);
void ts_bfcp_link_close(struct ts_bfcp_link **link);
uint16_t ts_bfcp_link_port(const struct ts_bfcp_link *link);
/* Whose messages count: hosts, numeric, "": none. What waited for it is received from the loop. */
void ts_bfcp_link_set_hosts(struct ts_bfcp_link *link, const char *told, const char *signals);
/* Where the last valid message came from, numeric with a port; false: none came. */
bool ts_bfcp_link_from(const struct ts_bfcp_link *link, char *out, size_t cap);
/* Dropped where nothing came yet. A connection that does not take it is closed, and `lost` follows
 * from the loop. */
void ts_bfcp_link_send(struct ts_bfcp_link *link, const void *bytes, size_t n);

#endif
