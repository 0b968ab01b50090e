#include "control/offer/sip_plan.h"

static bool may_sdes(const struct ts_sip_sdp_policy *policy)
{
	return !policy->no_sdes && policy->srtp != TS_SIP_SRTP_OFF &&
		policy->srtp != TS_SIP_SRTP_DTLS;
}

/* Does the key say of the peer's side differ from what it was? Then ours is made anew too: a
 * restarted stream under an old key would use the same key stream twice (RFC 4568 7.1.4). */
static bool read_key(struct ts_sip_plan *p, struct ts_sip_media *media, struct ts_srtp_keys *keys,
	const struct ts_sdes *theirs)
{
	bool same = ts_sdes_is_key(theirs, keys);
	bool ours = media->srtp && media->key.profile == theirs->profile;
	if (p->answer) {
		const struct ts_sdes *own = theirs->tag == media->key.tag ? &media->key
									  : &media->second;
		if (theirs->tag != own->tag || theirs->profile != own->profile) return false;
		media->key = *own;
		media->second.tag = 0;
	} else if (!same || !ours) {
		ts_sdes_make(&media->key, theirs);
	} else {
		media->key.tag = theirs->tag;
	}
	ts_sdes_keys(keys, &media->key, theirs);
	media->srtp = true;
	return true;
}

static bool take_sdes(struct ts_sip_plan *p, const struct ts_sdp_media *m,
	struct ts_sip_media *media, struct ts_srtp_keys *keys)
{
	struct ts_sdes sdes;
	if (!may_sdes(p->policy) && !(p->answer && media->srtp)) return false;
	for (const struct ts_sdp_attr *a = NULL; (a = ts_sdp_find(&m->s, "crypto", a));)
		if (!ts_sdes_parse(&sdes, a->value) && read_key(p, media, keys, &sdes)) return true;
	return false;
}

static const char *why_none(const struct ts_sip_plan *p, const struct ts_sdp_media *m)
{
	const enum ts_sip_srtp srtp = p->policy->srtp;
	const int proto = ts_line_proto(m->proto);
	if (proto & TS_PROTO_SECURE)
		return srtp == TS_SIP_SRTP_OFF     ? "SRTP is off"
			: proto & TS_PROTO_DTLS    ? "no a=fingerprint that we know"
			: may_sdes(p->policy)      ? "no a=crypto that we know"
			: srtp == TS_SIP_SRTP_DTLS ? "SRTP is by DTLS alone"
						   : "keys are not taken over this signalling";
	return srtp >= TS_SIP_SRTP_REQUIRED ? "SRTP is required" : NULL;
}

const char *ts_sip_choose_keys(struct ts_sip_plan *p, const struct ts_sdp_media *m,
	struct ts_sip_media *media, struct ts_plain_config *plain)
{
	const bool dtls = p->policy->srtp != TS_SIP_SRTP_OFF && ts_sip_offers_dtls(p, m, media);
	const bool sdes_first = p->policy->prefer_sdes && p->policy->srtp != TS_SIP_SRTP_DTLS;
	const char *why = NULL;
	if (dtls && !sdes_first && !(why = ts_sip_take_dtls(p, m, media, plain))) return NULL;
	if (take_sdes(p, m, media, &plain->keys)) {
		plain->dtls = media->dtls = false;
		return NULL;
	}
	if (dtls && sdes_first) return ts_sip_take_dtls(p, m, media, plain);
	if (why) return why;
	media->srtp = plain->dtls = media->dtls = false;
	plain->keys = (struct ts_srtp_keys){.profile = TS_SRTP_NONE};
	return why_none(p, m);
}
