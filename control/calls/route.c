/* Where a call of ours goes: as its URI says, by the trunk that takes its number, or to the phones
 * that registered. */
#include "base/clock.h"
#include "base/error.h"
#include "control/calls/core.h"
#include <string.h>

/* To all phones that see us at the same address as the first, which the one description names, and
 * are browsers where it is one: it is for one kind alone. */
static void add_phones(struct ts_call_route *out, struct ts_calls *calls,
	const struct ts_registration *const *phone, size_t n)
{
	char local[TS_SIP_ADDR_MAX], other[TS_SIP_ADDR_MAX];
	const int browser = ts_sip_ua_is_websocket(out->hop);
	size_t at = 0, added = 0;
	if (ts_sip_ua_local_hop(calls->ua, out->hop, local)) return;
	for (size_t i = 0; i < n; i++) {
		if (ts_sip_ua_is_websocket(phone[i]->hop) != browser ||
			ts_sip_ua_local_hop(calls->ua, phone[i]->hop, other) ||
			strcmp(local, other) != 0)
			continue;
		at += (size_t)g_snprintf(out->phones + at, sizeof(out->phones) - at, "%s%d %s %s",
			added++ ? "\n" : "", phone[i]->q, phone[i]->hop, phone[i]->uri);
	}
	if (added < 2) {
		*out->phones = '\0';
		return;
	}
	/* whom they are called as, each by its own URI */
	const struct ts_sip_config *config = &calls->ua_config;
	const char *host = *config->advertise ? config->advertise : config->listen[0].address;
	g_autofree char *name = g_uri_escape_string(phone[0]->user, NULL, FALSE);
	g_snprintf(out->uri, sizeof(out->uri), strchr(host, ':') ? "sip:%s@[%s]" : "sip:%s@%s",
		name, host);
}

static int to_user(struct ts_call_route *out, struct ts_calls *calls, const char *user)
{
	const struct ts_registration *phone[TS_CALL_PHONES];
	const size_t n = ts_registrations_of(
		calls->registrations, user, phone, TS_CALL_PHONES, ts_now_ns());
	if (!n) return TS_ENOTFOUND;
	g_strlcpy(out->uri, phone[0]->uri, sizeof(out->uri));
	g_strlcpy(out->hop, phone[0]->hop, sizeof(out->hop));
	if (n > 1) add_phones(out, calls, phone, n);
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
