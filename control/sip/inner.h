/* inner - the address that connections of WebSockets have within this machine (door.h). Pure.
 * Thread  any. */
#ifndef TS_CONTROL_SIP_INNER_H
#define TS_CONTROL_SIP_INNER_H

#include "control/sip/re.h"

bool ts_sip_is_inner(const struct sa *address);

#endif
