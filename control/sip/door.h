/* door - SIP over WebSocket: browsers come to the HTTP port, and libre reads what they say as from
 * a connection of its own.
 *
 *   WebSocket (control loop) --message--> stream.h --+
 *                                                    | a TCP connection within this machine
 *   browser <--message-- frame.h <-------------------+      --> conn.h --> libre (sip thread)
 *
 * libre has WebSockets of its own, but on a port and with a server of their own, and nobody could
 * look at what they read. The connections here come from an address that no other has (inner.h);
 * who connects without having been announced is cut. What the rest of control/sip/ asks of a source
 * (sip.allow, rates, calls of an address, nonces) it asks of the browser's own address:
 * ts_sip_conns_source.
 * Thread  control; ts_sip_door_take: the sip thread.
 * Source  RFC 7118, 5626 4.4.1 (keep-alive).
 * Full    the WebSocket counts in http.max_connections, its other half in sip.max_connections,
 *         half of that of one address. A browser that does not read is closed (1008); what it
 *         sends faster than libre reads waits in the kernel.
 */
#ifndef TS_CONTROL_SIP_DOOR_H
#define TS_CONTROL_SIP_DOOR_H

#include "control/sip/ua.h"

#define TS_SIP_INNER_ADDRESS "127.83.73.80" /* the browser's half: 'S' 'I' 'P' */
#define TS_SIP_INNER_LISTENS "127.0.0.1"    /* libre's half */

struct ts_sip_door;
struct ts_request;

struct ts_sip_door *ts_sip_door_new(struct ts_loop *control);
void ts_sip_door_free(struct ts_sip_door *door); /* WebSockets that are open end */
/* Where libre listens for what comes by the door; 0: nowhere. */
void ts_sip_door_set_port(struct ts_sip_door *door, uint16_t port);
/* Answers the request, by 101 or a problem. */
void ts_sip_door_open(struct ts_sip_door *door, struct ts_request *request);

/* Who is at the other end of one half. */
struct ts_sip_guest {
	uint16_t port; /* at TS_SIP_INNER_ADDRESS */
	char address[TS_SIP_ADDR_MAX];
	bool secure;
};
/* The next that was announced; NULL: none. For g_free. */
struct ts_sip_guest *ts_sip_door_take(struct ts_sip_door *door);

#endif
