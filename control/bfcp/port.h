/* port - sockets of BFCP: for each address of ours that calls use, one UDP and one TCP port of the
 * same number, of which messages go to the calls that they name.
 *
 *   datagram --rate of the address--> head --ids--> link of a call (link.h)
 *   connection (connection.c), [TLS], framed by stream.h: the same
 *
 * A message with ids that are none here is dropped without an answer. TLS is begun with hosts of
 * calls alone that have agreed on it; both sides show certificates, known by their fingerprints.
 * Thread  control.
 * Source  RFC 8855 6 (transport), 8856 (SDP), 4145 (connections; we are passive), 8122
 *         (fingerprints).
 * Full    messages of strangers: 20 a second and 60 at once of an address are told apart.
 *         Connections that named no call that may speak: 8 of an address and 256 in all, and no
 *         more than SIP's share of descriptors; the oldest gives way. Addresses of ours: 16.
 */
#ifndef TS_CONTROL_BFCP_PORT_H
#define TS_CONTROL_BFCP_PORT_H

#include "base/loop.h"
#include "control/bfcp/message.h"

struct ts_bfcp_ports;

/* Of any port in that range; 0, 0: any. */
struct ts_bfcp_ports *ts_bfcp_ports_new(struct ts_loop *loop, uint16_t first, uint16_t last);
/* Of our certificate, "sha-256 AB:..."; "": there is no TLS. */
const char *ts_bfcp_ports_fingerprint(const struct ts_bfcp_ports *ports);
void ts_bfcp_ports_free(struct ts_bfcp_ports *ports); /* no link is open */

#endif
