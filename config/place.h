/* place - one item of a list that says where connections may go: sip.dial, outputs.allow,
 * inputs.allow. [SCHEME://]NET or HOST, either with ":PORT" or ":FIRST-LAST"; IPv6 with a port in
 * brackets.
 *
 *   sip.dial       no scheme       192.0.2.0/24   pbx.example.org:5060-5061   [2001:db8::/32]:5060
 *   outputs.allow  scheme or any   rtmps://a.rtmps.youtube.com   192.0.2.7:1935
 *   inputs.allow   scheme          rtsp://cam.example.org   srt://10.0.0.0/8:9000-9010
 *
 * What a list lets through besides is said where it is asked: control/sip/target.h,
 * control/outputs/where.h, config/fetch.h.
 * Thread  any: plain functions.
 */
#ifndef TS_CONFIG_PLACE_H
#define TS_CONFIG_PLACE_H

#include "base/network.h"

enum ts_place_list { TS_PLACES_DIAL, TS_PLACES_OUTPUTS, TS_PLACES_INPUTS };

struct ts_place {
	char scheme[16];           /* "": any */
	bool everywhere;           /* a star behind the scheme, of inputs.allow alone */
	char host[254];            /* a name; "": the network counts */
	struct ts_network network;
	uint16_t first, last;      /* ports; last 0: none is named */
};

/* False: that is none of this list. */
bool ts_place_parse(struct ts_place *out, enum ts_place_list list, const char *text);
/* Does it name these ports, or none? */
bool ts_place_has_ports(const struct ts_place *place, unsigned first, unsigned last);
/* Does it name this very host? */
bool ts_place_has_host(const struct ts_place *place, const char *host);
/* Does it name a network that has the address? */
bool ts_place_has_address(const struct ts_place *place, const struct sockaddr_storage *address);

#endif
