/* dial - one item of sip.dial: where calls may go. "NET", "HOST", either with ":PORT" or
 * ":FIRST-LAST"; IPv6 with a port in brackets.
 *
 *   192.0.2.0/24   192.0.2.7:5070   pbx.example.org:5060-5061   [2001:db8::/32]:5060
 *
 * Thread  none.
 */
#ifndef TS_CONFIG_DIAL_H
#define TS_CONFIG_DIAL_H

#include <stdbool.h>
#include <stdint.h>

struct ts_dial_rule {
	char host[254];        /* a name; "": the network counts */
	int family;            /* AF_INET, AF_INET6 */
	uint8_t network[16];
	unsigned bits;
	uint16_t first, last;  /* ports; last 0: none is named */
};

/* False: that is none. */
bool ts_dial_rule_parse(struct ts_dial_rule *out, const char *text);

#endif
