/* Which calls are of a trunk. */
#include "control/sip/trunk_core.h"

static bool has_address(const struct ts_sip_trunk *t, const struct sa *src)
{
	for (size_t i = 0; i < t->n_hops; i++)
		if (sa_cmp(&t->hop[i].addr, src, SA_ADDR)) return true;
	return false;
}

bool ts_sip_trunks_have(const struct ts_sip_trunks *trunks, const struct sa *src)
{
	for (guint i = 0; trunks && i < trunks->list->len; i++)
		if (has_address(trunks->list->pdata[i], src)) return true;
	return false;
}

static bool takes_by_address(const struct ts_trunk_config *config)
{
	return config->inbound == TS_TRUNK_IN_ADDRESS ||
		(config->inbound == TS_TRUNK_IN_AUTO && !*config->registrar);
}

/* Connections of theirs come from any port. */
static bool is_source(const struct ts_sip_trunk *t, const struct sip_msg *msg)
{
	for (size_t i = 0; i < t->n_hops; i++) {
		const struct ts_sip_hop *hop = &t->hop[i];
		const bool port = hop->tp == SIP_TRANSP_UDP && sa_port(&hop->addr);
		if (hop->tp == msg->tp && sa_cmp(&hop->addr, &msg->src, port ? SA_ALL : SA_ADDR))
			return true;
	}
	return false;
}

bool ts_sip_trunks_match(const struct ts_sip_trunks *trunks, const struct sip_msg *msg,
	struct ts_sip_from_trunk *out)
{
	const struct pl *user = &msg->uri.user;
	const struct ts_sip_trunk *by_address = NULL;
	for (guint i = 0; trunks && i < trunks->list->len; i++) {
		const struct ts_sip_trunk *t = trunks->list->pdata[i];
		if (user->l == TS_TRUNK_TOKEN_HEX &&
			!mem_seccmp((const uint8_t *)user->p, (const uint8_t *)t->token,
				TS_TRUNK_TOKEN_HEX)) {
			*out = (struct ts_sip_from_trunk){t->config, true};
			return true;
		}
		/* of several at one address the one that the number is for, by the account */
		if (takes_by_address(t->config) && is_source(t, msg) &&
			(!by_address || !pl_strcmp(user, t->config->user)))
			by_address = t;
	}
	if (!by_address) return false;
	*out = (struct ts_sip_from_trunk){by_address->config, false};
	return true;
}
