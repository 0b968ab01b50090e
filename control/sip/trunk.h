/* trunk - the trunks of the user agent: registered, refreshed and pinged, all on the one sip
 * thread; which server of each answers; and which calls come from one.
 *
 *   set -> locate -> [ hops ] -> REGISTER to the first; no answer in 4 s, 503: to the next
 *            ^                       |
 *            \-- after a failure ----+-- 2xx: TS_SIP_TRUNK tells control, calls go to that hop
 *   ending or removed: REGISTER with Expires: 0, waited for 2 s at most
 *
 * A trunk answers challenges of its own hops alone, for the realm that is configured, else its
 * domain, else the first that a registrar names; see trunk_plan.h for what happens after a failure.
 * Its addresses are those that its names lead to; of trunks made over REST each is judged by
 * sip.dial first.
 * A request comes from a trunk when its URI has the random user part that only the registrar was
 * told, or, of trunks that are known so (trunk_config.h), its source is one of the trunk's servers:
 * address and transport, and the port of datagrams. From proves nothing.
 * Thread  the sip thread's.
 * Source  RFC 3261 10 (REGISTER), 11 (OPTIONS); 3263; 7616, 8760 (digest).
 * Full    TS_TRUNKS_MAX.
 */
#ifndef TS_CONTROL_SIP_TRUNK_H
#define TS_CONTROL_SIP_TRUNK_H

#include "control/sip/digest.h"
#include "control/sip/locate.h"
#include "control/sip/trunk_config.h"

struct ts_sip_ua;
struct ts_sip_command;
struct ts_sip_trunks;

struct ts_sip_trunks *ts_sip_trunks_new(struct ts_sip_ua *ua);
void ts_sip_trunks_free(struct ts_sip_trunks *trunks); /* before libre's own */
/* TS_SIP_DO_TRUNK, TS_SIP_DO_TRUNK_REMOVE */
void ts_sip_trunks_order(struct ts_sip_trunks *trunks, const struct ts_sip_command *command);
/* Unregisters all; none is left waiting: ts_sip_trunks_gone. */
void ts_sip_trunks_close(struct ts_sip_trunks *trunks);
bool ts_sip_trunks_gone(const struct ts_sip_trunks *trunks);

/* Is it an address of a trunk? So may speak in calls; for a call of theirs it is not enough. */
bool ts_sip_trunks_have(const struct ts_sip_trunks *trunks, const struct sa *src);

struct ts_sip_from_trunk {
	const struct ts_trunk_config *config;
	/* the registrar sent it to the address that it alone was told */
	bool by_token;
};
/* False: msg comes from no trunk. */
bool ts_sip_trunks_match(const struct ts_sip_trunks *trunks, const struct sip_msg *msg,
	struct ts_sip_from_trunk *out);

/* The way of a call of ours: fixed hops, tried in order, and who answers their challenges. */
enum { TS_SIP_WAY_MAX = 4 };
struct ts_sip_way {
	struct ts_trunk_config *trunk; /* NULL: a registered phone, without credentials */
	char realm[TS_DIGEST_TEXT_MAX];
	struct ts_sip_hop hop[TS_SIP_WAY_MAX];
	size_t n, at;
};
/* [give] Of a trunk by its name. NULL: there is none, or it has no address. */
struct ts_sip_way *ts_sip_trunks_way(const struct ts_sip_trunks *trunks, const char *name);
/* [give] "udp 192.0.2.1:5060". NULL: malformed. */
struct ts_sip_way *ts_sip_way_to(const char *hop);
void ts_sip_way_print(char *out, size_t cap, const struct ts_sip_hop *hop);
void ts_sip_way_free(struct ts_sip_way *way);
/* The call's next hop. False: there is no other. */
bool ts_sip_way_next(struct ts_sip_way *way);
/* The hop at that address that the call was at before; NULL: none. */
const struct ts_sip_hop *ts_sip_way_left(const struct ts_sip_way *way, const struct sa *addr);
/* May the challenge be answered? */
bool ts_sip_way_realm_ok(const struct ts_sip_way *way, const char *realm);

#endif
