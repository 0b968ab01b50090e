/* candidate - one value of a=candidate, read and written. Pure.
 *
 * Thread  any.   Source  RFC 8839 5.1.
 */
#ifndef TS_TRANSPORT_ICE_CANDIDATE_H
#define TS_TRANSPORT_ICE_CANDIDATE_H

#include <stddef.h>
#include <stdint.h>

/* One value of a=candidate ("1 1 udp 2130706431 192.0.2.1 5000 typ host ...", with or without
 * "candidate:"). */
struct ts_ice_candidate {
	char foundation[33];
	char address[64];
	char type[8]; /* host, srflx, prflx, relay */
	uint32_t priority;
	uint16_t port;
};
/* TS_EBADMSG: malformed. TS_EUNSUPPORTED: TCP, another component than 1, a .local or other name, an
 * unknown type. */
int ts_ice_candidate_parse(struct ts_ice_candidate *out, const char *text);
/* The value of a=candidate without "candidate:". */
void ts_ice_candidate_print(char *out, size_t cap, const struct ts_ice_candidate *candidate);

#endif
