#include "control/offer/sip_plan.h"

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

const char *ts_sip_choose_keys(struct ts_sip_plan *p, const struct ts_sdp_media *m,
	struct ts_sip_media *media, struct ts_srtp_keys *keys)
{
	bool secure = ts_line_proto(m->proto) & TS_PROTO_SECURE;
	struct ts_sdes sdes;
	if (p->policy->srtp != TS_SIP_SRTP_OFF || (p->answer && media->srtp))
		for (const struct ts_sdp_attr *a = NULL; (a = ts_sdp_find(&m->s, "crypto", a));)
			if (!ts_sdes_parse(&sdes, a->value) && read_key(p, media, keys, &sdes))
				return NULL;
	media->srtp = false;
	*keys = (struct ts_srtp_keys){.profile = TS_SRTP_NONE};
	if (secure)
		return p->policy->srtp == TS_SIP_SRTP_OFF ? "SRTP is off"
							  : "no a=crypto that we know";
	return p->policy->srtp == TS_SIP_SRTP_REQUIRED ? "SRTP is required" : NULL;
}
