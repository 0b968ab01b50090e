/* conn - connections of SIP over TCP and TLS that others open: which may stay, and what of their
 * bytes libre gets.
 *
 *   listener --> allowed? room? --kept--> [ frame ] --whole messages--> front --> libre
 *                                            |
 *   cut: nothing said for 5 s, a message begun not whole in 10 s, 32 s after the last good message
 *        unless a call came over it;
 *        and of too many, in all or of one address, one as giveway.h has it. Never one with a call.
 *
 * libre restarts its 15 minutes only by what passes here, keep-alives (RFC 5626) of connections
 * with a call among it. Of these each read is answered once, and none while something waits to be
 * sent: a peer that does not read takes no memory by asking.
 * Thread  the sip thread's.
 * Full    the share of descriptors or max_connections, half of it of one address; BUFFERED_MAX
 *         bytes of messages begun, in all: those who hold most are cut (giveway.h). What waits to
 *         be sent: one message or QUEUED_MAX bytes (with a call QUEUED_CALL_MAX), then the
 *         connection is cut, as it would miss a message.
 */
#ifndef TS_CONTROL_SIP_CONN_H
#define TS_CONTROL_SIP_CONN_H

#include "control/sip/re.h"

struct ts_sip_ua;
struct ts_sip_conns;

struct ts_sip_conns *ts_sip_conns_new(struct ts_sip_ua *ua);
void ts_sip_conns_free(struct ts_sip_conns *conns); /* after libre's own */

/* accept is libre's handler for the listening socket, to be called with object. TS_EFULL,
 * TS_EIO. */
int ts_sip_conns_listen(struct ts_sip_conns *conns, int fd, fd_h *accept, void *object);
/* The same for the listener of the door (door.h), of which there is one. */
int ts_sip_conns_listen_door(struct ts_sip_conns *conns, int fd, fd_h *accept, void *object);
/* A call from that host was acknowledged, or a password was right: it is no stranger for an
 * hour. */
void ts_sip_conns_know(struct ts_sip_conns *conns, const struct sa *host);
/* Whose message it is: of one by WebSocket the browser's address, else its source. */
const struct sa *ts_sip_conns_source(const struct ts_sip_conns *conns, const struct sip_msg *msg);
/* Did msg come over TLS, to a WebSocket too? */
bool ts_sip_conns_is_secure(const struct ts_sip_conns *conns, const struct sip_msg *msg);
/* May a request go there? Not where a WebSocket was that has closed, whose port may be another's by
 * now. id: the connection that is meant; 0: not known. */
bool ts_sip_conns_reaches(const struct ts_sip_conns *conns, const struct sa *to, uint64_t id);
/* The connection that msg is being read from; 0: UDP, or one that we opened. */
uint64_t ts_sip_conns_of(const struct ts_sip_conns *conns, const struct sip_msg *msg);
/* A call goes over the connection; 0 or one that is gone: nothing. */
void ts_sip_conns_has_call(struct ts_sip_conns *conns, uint64_t id);

#endif
