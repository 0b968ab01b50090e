/* locate - where a SIP server is: NAPTR, SRV and address records of its name, in the order in which
 * they are to be tried. libre looks names up as well, but goes on to the second server only after
 * 32 s, and does not tell which ones there are.
 *
 *   name --NAPTR--> services we speak --SRV--> targets by priority and weight --A, AAAA--> [ hops ]
 *   a port: addresses at once; no NAPTR: SRV of the transport, or of udp, tcp, tls; no SRV:
 *   addresses, at the transport's port
 *
 * Thread  the sip thread's.
 * Source  RFC 3263 4.1, 4.2; 2782 (weights); 3403 (NAPTR).
 * Full    TS_LOCATE_MAX targets and hops, 24 questions; what is beyond is not looked at.
 */
#ifndef TS_CONTROL_SIP_LOCATE_H
#define TS_CONTROL_SIP_LOCATE_H

#include "control/sip/dialog.h"
#include "control/sip/trunk_config.h"

enum { TS_LOCATE_MAX = 8 };

/* A SRV record, or what stands for one. */
struct ts_locate_target {
	uint16_t priority, weight, port;
	enum sip_transp tp;
	char host[256];
};
/* By priority; among equals by chance, heavier ones more often first (RFC 2782). */
void ts_locate_sort(struct ts_locate_target *target, size_t n, uint32_t (*random)(void));

struct ts_locate; /* a look-up that goes on; mem_deref ends it, and nobody is told */

struct ts_locate_ask {
	const char *host;
	uint16_t port; /* 0: not given */
	enum ts_trunk_transport transport;
	bool v4, v6; /* families that we have addresses of */
};
/* n 0: nothing was found. *self is NULL by then. */
typedef void (*ts_locate_fn)(void *arg, const struct ts_sip_hop *hop, size_t n);
/* fn is called once, within this call where the host is an address. errno's codes: not begun. */
int ts_locate(struct ts_locate **self, struct dnsc *dns, const struct ts_locate_ask *ask,
	ts_locate_fn fn, void *arg);

#endif
