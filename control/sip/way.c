/* Ways of calls: see trunk.h. */
#include "control/sip/re.h"
#include "control/sip/trunk.h"
#include <glib.h>
#include <string.h>

void ts_sip_way_print(char *out, size_t cap, const struct ts_sip_hop *hop)
{
	const char *tp = hop->tp == SIP_TRANSP_TLS ? "tls"
		: hop->tp == SIP_TRANSP_TCP        ? "tcp"
						   : "udp";
	re_snprintf(out, cap, "%s %J", tp, &hop->addr);
}

struct ts_sip_way *ts_sip_way_to(const char *text)
{
	struct ts_sip_hop hop;
	if (g_str_has_prefix(text, "udp "))
		hop.tp = SIP_TRANSP_UDP;
	else if (g_str_has_prefix(text, "tcp "))
		hop.tp = SIP_TRANSP_TCP;
	else if (g_str_has_prefix(text, "tls "))
		hop.tp = SIP_TRANSP_TLS;
	else
		return NULL;
	if (sa_decode(&hop.addr, text + 4, strlen(text + 4))) return NULL;
	struct ts_sip_way *way = g_new0(struct ts_sip_way, 1);
	way->hop[way->n++] = hop;
	return way;
}

void ts_sip_way_free(struct ts_sip_way *way)
{
	if (!way) return;
	ts_trunk_config_unref(way->trunk);
	g_free(way);
}

const struct ts_sip_hop *ts_sip_way_left(const struct ts_sip_way *way, const struct sa *addr)
{
	for (size_t i = 0; way && i < way->at; i++)
		if (sa_cmp(&way->hop[i].addr, addr, SA_ALL)) return &way->hop[i];
	return NULL;
}

bool ts_sip_way_next(struct ts_sip_way *way)
{
	if (way->at + 1 >= way->n) return false;
	way->at++;
	return true;
}

bool ts_sip_way_realm_ok(const struct ts_sip_way *way, const char *realm)
{
	const struct ts_trunk_config *trunk = way->trunk;
	if (!trunk || !*trunk->password) return false;
	if (*trunk->realm) return !strcmp(trunk->realm, realm);
	return !g_ascii_strcasecmp(trunk->domain, realm) ||
		(*way->realm && !strcmp(way->realm, realm));
}
