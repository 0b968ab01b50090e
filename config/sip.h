/* sip - the types of the [sip] section and of outputs.allow, a list like those, and what its keys
 * mean together (private to config/). */
#ifndef TS_CONFIG_SIP_H
#define TS_CONFIG_SIP_H

#include "config/config.h"

struct ts_config_type;
extern const struct ts_config_type ts_type_sip_listeners, ts_type_sip_users, ts_type_sip_networks,
	ts_type_sip_numbers, ts_type_sip_lobby, ts_type_sip_dial, ts_type_stream_rules,
	ts_type_sip_uri, ts_type_sip_address, ts_type_sip_servers;
/* inputs.allow and webhooks.allow: config/fetch.h; webhooks.events */
extern const struct ts_config_type ts_type_fetch, ts_type_event_names;

/* A part of ts_config_check. */
int ts_config_check_sip(const struct ts_config *config, char *err, size_t cap);

#endif
