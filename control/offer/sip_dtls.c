/* DTLS-SRTP of an m-line without ICE: what the peer says of its certificate and role, and whether
 * the association of before goes on.
 *
 * Source  RFC 5763 5, 8122, 4145 (a=setup), 8842 5 (a=tls-id, when DTLS begins anew).
 */
#include "control/offer/sip_plan.h"
#include <string.h>

static const char *attr_of(const struct ts_sdp *sdp, const struct ts_sdp_media *m, const char *name)
{
	const struct ts_sdp_attr *a = ts_sdp_find_either(sdp, m, name);
	return a ? a->value : "";
}

bool ts_sip_offers_dtls(
	const struct ts_sip_plan *p, const struct ts_sdp_media *m, const struct ts_sip_media *media)
{
	struct ts_sdp_fingerprint best;
	uint32_t bad_line;
	return p->policy->fingerprint && (!p->answer || media->dtls) &&
		ts_line_fingerprint(p->sdp, m, &best, &bad_line);
}

/* We are the server where we may choose: then it is the peer who speaks first. */
static bool read_role(const struct ts_sip_plan *p, const struct ts_sdp_media *m,
	enum ts_dtls_role *role, bool *free)
{
	const char *value = attr_of(p->sdp, m, "setup");
	enum ts_sdp_setup setup = TS_SDP_ACTIVE; /* RFC 4145 4 */
	if (*value && (ts_sdp_setup_parse(&setup, value) || setup == TS_SDP_HOLDCONN)) return false;
	if (p->answer && setup == TS_SDP_ACTPASS) return false;
	*free = setup == TS_SDP_ACTPASS;
	*role = setup == TS_SDP_PASSIVE ? TS_DTLS_CLIENT : TS_DTLS_SERVER;
	return true;
}

const char *ts_sip_take_dtls(struct ts_sip_plan *p, const struct ts_sdp_media *m,
	struct ts_sip_media *media, struct ts_plain_config *plain)
{
	const char *tls_id = attr_of(p->sdp, m, "tls-id");
	struct ts_sdp_fingerprint best;
	uint32_t bad_line;
	enum ts_dtls_role role;
	bool may_choose;
	_Static_assert(sizeof(best.text) == sizeof(plain->fingerprint), "copied whole");
	if (!ts_line_fingerprint(p->sdp, m, &best, &bad_line))
		return "no a=fingerprint of a known hash";
	if (!read_role(p, m, &role, &may_choose)) return "a=setup makes no sense";
	bool same = plain->dtls && !plain->off && !strcmp(plain->fingerprint, best.text) &&
		!strncmp(media->tls_id, tls_id, sizeof(media->tls_id) - 1);
	if (same && may_choose) role = plain->dtls_role;
	same &= role == plain->dtls_role;
	if (!same) plain->dtls_generation++;
	memcpy(plain->fingerprint, best.text, sizeof(best.text));
	snprintf(media->tls_id, sizeof(media->tls_id), "%s", tls_id);
	plain->dtls_role = role;
	plain->dtls = media->dtls = true;
	media->srtp = false;
	plain->keys = (struct ts_srtp_keys){.profile = TS_SRTP_NONE};
	return NULL;
}
