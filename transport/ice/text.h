/* text - what ice.c and ice_host.c share: addresses to listen on, candidates as text. Internal to transport/. */
#ifndef TS_TRANSPORT_ICE_TEXT_H
#define TS_TRANSPORT_ICE_TEXT_H

#include "transport/ice/agent.h"

enum { TS_ICE_ADDRESSES = 16 };
struct ts_ice_address { char text[46]; };

/* The configured addresses; without any, those of the machine as they are now, and loopback. At least one. */
size_t ts_ice_addresses(const struct ts_ice_host *host, struct ts_ice_address out[TS_ICE_ADDRESSES]);
/* What to write for the nth (from 0) non-loopback local address of its family: the nth advertised address of that
 * family, or the last; itself when there is none. Loopback addresses stay as they are. */
const char *ts_ice_advertised(const struct ts_ice_host *host, const char *address, size_t nth);
/* The value of a=candidate without "candidate:". */
void ts_ice_candidate_print(char *out, size_t cap, const struct ts_ice_candidate *candidate);

#endif
