/* Where a call of ours goes: as its URI says, by the trunk that takes its number, or to the phone
 * that registered. */
#include "base/clock.h"
#include "base/error.h"
#include "control/calls/core.h"
#include <string.h>

static int to_user(struct ts_call_route *out, struct ts_calls *calls, const char *user)
{
	const struct ts_registration *phone = ts_registrations_find(
		calls->registrations, user, ts_now_ns());
	if (!phone) return TS_ENOTFOUND;
	g_strlcpy(out->uri, phone->uri, sizeof(out->uri));
	g_strlcpy(out->hop, phone->hop, sizeof(out->hop));
	return 0;
}

static int to_number(struct ts_call_route *out, struct ts_calls *calls, const char *number)
{
	struct ts_trunk_route route;
	if (!ts_trunks_route(calls->trunks, number, &route)) return TS_ENOTFOUND;
	g_strlcpy(out->uri, route.uri, sizeof(out->uri));
	g_strlcpy(out->trunk, route.trunk, sizeof(out->trunk));
	g_strlcpy(out->hop, route.hop, sizeof(out->hop));
	return 0;
}

int ts_call_find_route(struct ts_call_route *out, struct ts_calls *calls, const char *to,
	char local[TS_SIP_ADDR_MAX])
{
	char number[TS_TRUNK_TEXT_MAX];
	int rc;
	memset(out, 0, sizeof(*out));
	if (g_str_has_prefix(to, "user:")) {
		rc = to_user(out, calls, to + strlen("user:"));
	} else if (!g_str_has_prefix(to, "sip:") && !g_str_has_prefix(to, "sips:")) {
		rc = ts_trunk_number(to, number, sizeof(number)) ? to_number(out, calls, number)
								 : TS_EINVAL;
	} else {
		g_strlcpy(out->uri, to, sizeof(out->uri));
		return ts_sip_ua_local(calls->ua, to, local);
	}
	return rc ? rc : ts_sip_ua_local_hop(calls->ua, out->hop, local);
}
