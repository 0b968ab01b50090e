/* The shared transport: what the offer says of the peer's ICE and DTLS.
 *
 * Source  RFC 8839 (ICE), 8122 (fingerprints), 4145 and 5763 (a=setup), 8843 (where a bundle says
 *         it).
 */
#include "base/error.h"
#include "control/offer/webrtc_plan.h"
#include <string.h>

/* Where the peer's half of the shared transport is described: by the tagged line or the session;
 * or, in offers that name it only on a line that we refused, there. */
static const struct ts_sdp_media *find_transport(const struct ts_offer_plan *p)
{
	const struct ts_sdp_media *tag = &p->offer->media[p->out->tag];
	if (ts_sdp_find_either(p->offer, tag, "ice-ufrag") || !p->group) return tag;
	for (size_t i = 0; i < p->offer->n_media; i++)
		if (ts_sdp_group_has(p->group, p->out->line[i].mid) &&
			ts_sdp_has(&p->offer->media[i].s, "ice-ufrag"))
			return &p->offer->media[i];
	return tag;
}

/* One of the two ICE credentials (RFC 8839 5.4). */
static int read_ice_string(struct ts_offer_plan *p, const struct ts_sdp_media *m, const char *name,
	size_t min, char *out)
{
	const struct ts_sdp_attr *a = ts_sdp_find_either(p->offer, m, name);
	if (!a)
		return ts_offer_fail(&p->err, TS_EINVAL,
			"line %u: a=%s is missing in this m= section", m->s.line, name);
	size_t len = strlen(a->value);
	if (len < min || len > TS_ICE_STR_MAX || strpbrk(a->value, " \t"))
		return ts_offer_fail(&p->err, TS_EINVAL,
			"line %u: a=%s needs %zu to %d characters without blanks", a->line, name,
			min, TS_ICE_STR_MAX);
	memcpy(out, a->value, len + 1);
	return 0;
}

static int read_fingerprint(struct ts_offer_plan *p, const struct ts_sdp_media *m)
{
	struct ts_sdp_fingerprint best;
	uint32_t bad_line;
	const bool found = ts_line_fingerprint(p->offer, m, &best, &bad_line);
	if (!found && bad_line)
		return ts_offer_fail(&p->err, TS_EINVAL,
			"line %u: a=fingerprint has the wrong form or length", bad_line);
	if (!found)
		return ts_offer_fail(&p->err, TS_EINVAL,
			"line %u: a=fingerprint of a known hash is missing in this m= section",
			m->s.line);
	_Static_assert(
		sizeof(best.text) == sizeof(p->out->transport.remote_fingerprint), "copied whole");
	memcpy(p->out->transport.remote_fingerprint, best.text, sizeof(best.text));
	return 0;
}

/* We are the DTLS server where we may choose: the client of an offer can speak as soon as it has
 * our answer. */
static int read_setup(struct ts_offer_plan *p, const struct ts_sdp_media *m)
{
	const struct ts_sdp_attr *a = ts_sdp_find_either(p->offer, m, "setup");
	enum ts_sdp_setup setup = TS_SDP_ACTIVE; /* RFC 4145 4 */
	if (a && (ts_sdp_setup_parse(&setup, a->value) || setup == TS_SDP_HOLDCONN))
		return ts_offer_fail(&p->err, TS_EINVAL,
			"line %u: a=setup is none of actpass, active, passive", a->line);
	p->out->setup_said = a != NULL;
	p->out->setup_open = setup == TS_SDP_ACTPASS;
	p->out->transport.dtls_role = setup == TS_SDP_PASSIVE ? TS_DTLS_CLIENT : TS_DTLS_SERVER;
	return 0;
}

int ts_offer_plan_transport(struct ts_offer_plan *p)
{
	struct ts_transport_config *t = &p->out->transport;
	const struct ts_sdp_media *m = find_transport(p);
	t->ice_controlling = ts_sdp_has(&p->offer->s, "ice-lite");
	int rc = read_ice_string(p, m, "ice-ufrag", 4, t->remote.ufrag);
	if (!rc) rc = read_ice_string(p, m, "ice-pwd", 22, t->remote.pwd);
	if (!rc) rc = read_fingerprint(p, m);
	if (!rc) rc = read_setup(p, m);
	if (!rc)
		t->remote.n_candidates = ts_sdp_candidates_read(
			t->remote.candidate, 0, TS_CAND_MAX, &m->s);
	return rc;
}
