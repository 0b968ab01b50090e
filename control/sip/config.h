/* config - the settings of [sip] as the user agent takes them: each address of the machine with a
 * listener of its own.
 *
 * Thread  any; reads the machine's addresses.
 * Full    TS_SIP_LISTEN_MAX listeners; further addresses are left out.
 */
#ifndef TS_CONTROL_SIP_CONFIG_H
#define TS_CONTROL_SIP_CONFIG_H

#include "control/sip/ua.h"

/* *out is all zero before; its strings are config's, which must stay. TS_EINVAL: a rule of
 * sip.numbers that makes no sense (logged). */
int ts_sip_config_make(struct ts_sip_config *out, const struct ts_config *config);
/* On loopback alone SIP is there because the defaults say so: a second server on the machine does
 * without. */
bool ts_sip_config_is_loopback(const struct ts_config *config);

#endif
