/* kind - what an ICE agent is to those who use it (agent.h), whichever kind it is. Internal to
 * transport/ice/.
 *
 *   full   libnice: sockets of its own, checks of its own; over TCP and by relays too
 *   lite   on a port that all share (port.h): answers checks, and makes them only to be sure of an
 *          address (RFC 8445 2.5)
 */
#ifndef TS_TRANSPORT_ICE_KIND_H
#define TS_TRANSPORT_ICE_KIND_H

#include "transport/ice/agent.h"

struct ts_ice { const struct ts_ice_ops *ops; };

/* As agent.h has them. */
struct ts_ice_ops {
	int (*gather)(struct ts_ice *ice, struct ts_ice_description *local);
	int (*set_remote)(struct ts_ice *ice, const struct ts_ice_description *remote);
	int (*restart)(struct ts_ice *ice, struct ts_ice_description *local);
	void (*mark)(struct ts_ice *ice, bool audio, bool video);
	struct ts_route *(*route)(struct ts_ice *ice);
	int64_t (*heard_ns)(const struct ts_ice *ice);
	void (*close)(struct ts_ice *ice, void (*done)(void *arg), void *arg);
};

int ts_ice_full_create(struct ts_ice **out, const struct ts_ice_config *config);
int ts_ice_lite_create(struct ts_ice **out, const struct ts_ice_config *config);

#endif
