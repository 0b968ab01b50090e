/* registrations - the phones that registered here, as the sip thread tells them
 * (control/sip/registrar.h).
 *
 * user:NAME is called at all of them: control/sip/branches.c.
 * Thread  control.
 * Full    as control/sip/bindings.h.
 */
#ifndef TS_CONTROL_TRUNKS_REGISTRATIONS_H
#define TS_CONTROL_TRUNKS_REGISTRATIONS_H

#include "control/schema/shape.h"
#include "control/sip/ua.h"

struct ts_registration {
	char user[TS_SIP_TEXT_MAX], uri[TS_SIP_TEXT_MAX], hop[80], agent[TS_SIP_TEXT_MAX];
	int q; /* thousandths */
	int64_t since_unix_ms, renewed_unix_ms, expires_ns;
};

struct ts_registrations;
extern const struct ts_shape ts_shape_registrations;

struct ts_registrations *ts_registrations_new(void);
void ts_registrations_free(struct ts_registrations *registrations);
void ts_registrations_handle(struct ts_registrations *registrations,
	const struct ts_sip_event *event /* TS_SIP_BINDING */, int64_t now_ns);
/* Those of the user, at most cap: the highest q first, of equals the latest. How many. Valid until
 * the next event. */
size_t ts_registrations_of(struct ts_registrations *registrations, const char *user,
	const struct ts_registration **out, size_t cap, int64_t now_ns);
/* [give] */
json_t *ts_registrations_json(struct ts_registrations *registrations, int64_t now_ns);

#endif
