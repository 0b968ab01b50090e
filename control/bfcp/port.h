/* port - sockets of BFCP: for each address of ours that calls use, one UDP and one TCP port of the
 * same number, of which messages go to the calls that they name.
 *
 *   datagram, or bytes of a connection --rate of the address--> head --ids--> link of a call
 *        --host of the call?--> received(arg, message)      answers --send--> where it came from
 *
 * A link is one call's. Nothing is sent before a message came with the conference and the user id
 * of the call, which stood in its description, from the host that the description or the signalling
 * names; over UDP answers go to where the last such message came from. A message with ids that are
 * none here is dropped without an answer.
 * Thread  control.
 * Source  RFC 8855 6 (transport), 8856 (SDP), 4145 (connections; we are passive).
 * Full    messages of one address: 20 a second, 60 at once. Connections: 8 of an address and 256 in
 *         all, and no more than SIP's share of descriptors; one that named no call within 5 s, or
 *         does not read, is closed. Addresses of ours: 16.
 */
#ifndef TS_CONTROL_BFCP_PORT_H
#define TS_CONTROL_BFCP_PORT_H

#include "base/loop.h"
#include "control/bfcp/message.h"

struct ts_bfcp_ports;
struct ts_bfcp_link;

/* Of any port in that range; 0, 0: any. */
struct ts_bfcp_ports *ts_bfcp_ports_new(struct ts_loop *loop, uint16_t first, uint16_t last);
void ts_bfcp_ports_free(struct ts_bfcp_ports *ports); /* no link is open */

struct ts_bfcp_link_config {
	uint32_t conference;      /* together of no other link */
	uint16_t user;
	bool reliable;            /* TCP, else UDP */
	const char *local;        /* numeric */
	/* A whole message with the link's ids. May close the link. */
	void (*received)(void *arg, const void *bytes, size_t n, int64_t now_ns);
	/* TCP: its connection ended, and there is no other. May close the link. */
	void (*lost)(void *arg, int64_t now_ns);
	void *arg;
};
/* TS_EINVAL: no address; TS_EIO: no port is free; TS_ELIMIT: too many addresses of ours. */
int ts_bfcp_link_open(struct ts_bfcp_link **out, struct ts_bfcp_ports *ports,
	const struct ts_bfcp_link_config *config);
void ts_bfcp_link_close(struct ts_bfcp_link **link);
uint16_t ts_bfcp_link_port(const struct ts_bfcp_link *link);
/* Whose messages count: hosts, numeric, "": none. At first nobody's. */
void ts_bfcp_link_set_hosts(struct ts_bfcp_link *link, const char *told, const char *signals);
/* Where the last message came from, numeric with a port; false: none came. */
bool ts_bfcp_link_from(const struct ts_bfcp_link *link, char *out, size_t cap);
/* Dropped where nothing came yet. A connection that does not take it is closed, and `lost` follows
 * from the loop. */
void ts_bfcp_link_send(struct ts_bfcp_link *link, const void *bytes, size_t n);

#endif
