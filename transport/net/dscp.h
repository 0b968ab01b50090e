/* dscp - the mark by which routers may send media before other traffic (media.dscp).
 *
 *   EF (46)     sound that has a socket of its own: a telephone's, or a session without video
 *   AF41 (34)   pictures, and sound that shares a socket with them (BUNDLE): one value, so that
 *               nothing is reordered
 *
 * A mark is a wish: networks in between may clear it. RTCP, DTLS and STUN have that of the media
 * they go with.
 * Thread  any.   Source  RFC 8837 5, table 1; RFC 7657 5.1; RFC 4594.
 */
#ifndef TS_TRANSPORT_DSCP_H
#define TS_TRANSPORT_DSCP_H

#include "base/media.h"
#include <stdbool.h>

/* Of a socket that carries these kinds of media, as the byte of IPv4's type of service and IPv6's
 * traffic class; off: 0. */
int ts_dscp_tos(bool on, bool audio, bool video);
/* What cannot be marked goes unmarked. */
void ts_dscp_mark(int fd, int tos);

#endif
