/* registrar - REGISTER of phones: who proves a password of sip.users may be called as user:NAME.
 *
 *   REGISTER -> too many of the address? -> digest (auth.c) -> To is that user? -> expiry good?
 *            -> bindings.h -> 200 with all contacts of the user; TS_SIP_BINDING tells control
 *
 * A connection over which a phone registered is kept open, as one with a call is.
 * Thread  the sip thread's.
 * Source  RFC 3261 10.3; 3581 (the source is the way back).
 * Full    bindings.h; beyond 10 a second of one address 503.
 */
#ifndef TS_CONTROL_SIP_REGISTRAR_H
#define TS_CONTROL_SIP_REGISTRAR_H

#include "control/sip/re.h"

struct ts_sip_ua;
struct ts_sip_registrar;

struct ts_sip_registrar *ts_sip_registrar_new(struct ts_sip_ua *ua);
void ts_sip_registrar_free(struct ts_sip_registrar *registrar);
/* Answers it. address: what it is counted as. */
void ts_sip_registrar_request(
	struct ts_sip_registrar *registrar, const struct sip_msg *msg, const char *address);

/* What was registered over the connection from there, which is gone, is so no more. */
void ts_sip_registrar_gone(struct ts_sip_registrar *registrar, const struct sa *from);

#endif
