#include "control/offer/sip.h"
#include "base/error.h"
#include "control/offer/ids.h"
#include "control/offer/sip_plan.h"
#include <stdlib.h>

void ts_sip_sdp_begin(
	struct ts_sip_session *s, const struct ts_sip_sdp_policy *policy, const struct ts_sdp *peer)
{
	const struct ts_ids ids = {policy->random, policy->arg};
	s->version++;
	if (s->begun) return;
	s->begun = true;
	/* not 0; some endpoints read no more than 32 bits, and it grows */
	s->id = ts_ids_random(&ids) >> 1 | 1;
	s->version = s->id;
	uint32_t ssrc[2 * TS_SIP_MEDIA];
	for (size_t i = 0; i < 2 * TS_SIP_MEDIA; i++) ssrc[i] = ts_ids_ssrc(&ids, peer, ssrc, i);
	for (size_t i = 0; i < TS_SIP_MEDIA; i++) {
		s->media[i].ssrc = ssrc[i];
		s->media[i].rtx_ssrc = ssrc[TS_SIP_MEDIA + i];
	}
	ts_ids_cname(&ids, s->transport.cname);
	s->transport.kind = TS_TRANSPORT_PLAIN;
	s->transport.n_media = TS_SIP_MEDIA;
	s->audio_media = s->video_media = s->slides_media = -1;
	for (int i = 0; i < TS_SIP_MEDIA; i++) {
		s->transport.media[i].kind = ts_sip_media_kind(i);
		s->transport.media[i].plain.off = i == TS_SIP_SLIDES;
	}
}

/* ---- which m-lines */

static void turn_off(struct ts_sip_session *s, int kind)
{
	struct ts_media_config *cfg = &s->transport.media[kind];
	cfg->kind = ts_sip_media_kind(kind);
	cfg->n_pt = 0;
	cfg->send = false;
	cfg->plain.off = true;
	s->media[kind].formats.dir = TS_SDP_INACTIVE;
	s->media[kind].srtp = false; /* it comes back with another key of ours */
	s->media[kind].dtls = cfg->plain.dtls = false;
	if (kind == TS_SIP_VIDEO) s->video_format = (struct ts_format){0};
	if (kind == TS_SIP_SLIDES) s->slides_format = (struct ts_format){0};
}

/* Which of ours an m-line is to be; -1: none. The presentation is what we know as video where there
 * is no other line of video, not even one that is off. */
static int media_for(const struct ts_sip_plan *p, const struct ts_sdp_media *m)
{
	const int kind = ts_line_kind(m->kind);
	if (kind != TS_VIDEO || !ts_sip_is_content(p->sdp, m)) return kind;
	for (size_t i = 0; p->policy->content && i < p->sdp->n_media; i++) {
		const struct ts_sdp_media *other = &p->sdp->media[i];
		if (ts_sdp_is(other, "video") && !ts_sip_is_content(p->sdp, other))
			return TS_SIP_SLIDES;
	}
	return kind;
}

/* Lines in order, the presentation behind the others. */
static void choose_lines(struct ts_sip_plan *p)
{
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < p->s->n_lines; i++) {
			const struct ts_sdp_media *m = &p->sdp->media[i];
			struct ts_answer_line *line = &p->s->line[i];
			const bool content = ts_sdp_is(m, "video") && ts_sip_is_content(p->sdp, m);
			const int media = media_for(p, m);
			if (round != content) continue;
			if (ts_sip_is_bfcp(m->proto)) {
				line->refused = ts_sip_accept_bfcp(p, m);
				line->bfcp = true;
				continue;
			}
			if (ts_sdp_is(m, "text")) {
				line->refused = ts_sip_accept_text(p, m);
				line->text = true;
				continue;
			}
			line->slides = media == TS_SIP_SLIDES;
			line->refused = ts_sip_accept_line(p, m, media);
			if (!line->refused) line->media = (size_t)media;
		}
	}
}

void ts_sip_sdp_finish(struct ts_sip_plan *p)
{
	struct ts_sip_session *s = p->s;
	bool sends = false;
	for (int kind = 0; kind < TS_SIP_MEDIA; kind++) {
		if (!p->taken[kind]) turn_off(s, kind);
		sends |= s->transport.media[kind].send;
	}
	s->audio_media = p->taken[TS_SIP_AUDIO] ? TS_SIP_AUDIO : -1;
	s->video_media = p->taken[TS_SIP_VIDEO] ? TS_SIP_VIDEO : -1;
	s->slides_media = p->taken[TS_SIP_SLIDES] ? TS_SIP_SLIDES : -1;
	s->bfcp.used = p->has_bfcp;
	s->text.used = p->has_text;
	s->transport.offering = false;
	s->hold = !sends;
}

/* In a call a peer may take away all its streams (RFC 3264 8.2). */
static bool all_off(const struct ts_sdp *offer)
{
	for (size_t i = 0; i < offer->n_media; i++)
		if (offer->media[i].port) return false;
	return true;
}

static int answer_into(struct ts_sip_plan *p)
{
	bool was_begun = p->s->begun;
	ts_sip_sdp_begin(p->s, p->policy, p->sdp);
	if (was_begun ? p->s->is_web : p->policy->web && ts_sip_web_is(p->sdp))
		return ts_sip_web_answer(p, all_off(p->sdp));
	p->s->n_lines = p->sdp->n_media;
	for (size_t i = 0; i < p->s->n_lines; i++)
		ts_line_describe(&p->s->line[i], &p->sdp->media[i]);
	choose_lines(p);
	if (!p->taken[TS_SIP_AUDIO] && !p->taken[TS_SIP_VIDEO] && !(was_begun && all_off(p->sdp)))
		return ts_offer_fail(&p->err, TS_EUNSUPPORTED, "no m= line that can be used");
	ts_sip_sdp_finish(p);
	return 0;
}

int ts_sip_sdp_with_copy(
	struct ts_sip_plan *p, struct ts_sip_session *session, int (*into)(struct ts_sip_plan *))
{
	struct ts_sip_session *copy = malloc(sizeof(*copy));
	if (!copy) return TS_ENOMEM;
	*copy = *session;
	p->s = copy;
	int rc = into(p);
	if (!rc) ts_sip_read_shape(copy, p->sdp);
	if (!rc) *session = *copy;
	free(copy);
	return rc;
}

int ts_sip_sdp_answer(struct ts_sip_session *session, const struct ts_sdp *offer,
	const struct ts_sip_sdp_policy *policy, char *err, size_t err_cap)
{
	struct ts_sip_plan p = {.sdp = offer, .policy = policy, .err = {err, err_cap}};
	return ts_sip_sdp_with_copy(&p, session, answer_into);
}
