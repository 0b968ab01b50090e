/* sip_shape - the shape of the pictures that a peer shows best, as far as its description tells. */
#include "codec/sprop.h"
#include "control/offer/sip_plan.h"

/* The line of the camera. */
static const struct ts_sdp_media *video_of(const struct ts_sdp *sdp)
{
	for (size_t i = 0; i < sdp->n_media; i++) {
		const struct ts_sdp_media *m = &sdp->media[i];
		if (m->port && ts_sdp_is(m, "video") && !ts_sip_is_content(sdp, m)) return m;
	}
	return NULL;
}

/* That of the payload type that we send, else the one for all, else the first. */
static struct ts_sdp_imageattr attr_of(const struct ts_sdp_media *m, int pt)
{
	struct ts_sdp_imageattr best = {.pt = -2}, a;
	const struct ts_sdp_attr *at = NULL;
	while ((at = ts_sdp_find(&m->s, "imageattr", at))) {
		if (ts_sdp_imageattr_parse(&a, at->value)) continue;
		const bool better = best.pt == -2 || a.pt == pt || (a.pt == -1 && best.pt != pt);
		if (better) best = a;
		if (a.pt == pt) break;
	}
	return best;
}

static int sent_pt(const struct ts_sip_session *s)
{
	const struct ts_answer_media *m = &s->media[TS_SIP_VIDEO].formats;
	return !s->is_web && m->send < m->n_pt ? m->pt[m->send].pt.pt : -1;
}

void ts_sip_read_shape(struct ts_sip_session *s, const struct ts_sdp *sdp)
{
	const struct ts_sdp_media *m = video_of(sdp);
	struct ts_sdp_shape sent;
	if (!m) return;
	const struct ts_sdp_imageattr a = attr_of(m, sent_pt(s));
	if (a.recv.width)
		s->shape = a.recv;
	else if (ts_codec_has_sizes(s->video_format.codec))
		s->shape = (struct ts_sdp_shape){4, 3}; /* all of them are shown so */
	else if (a.send.width)
		s->shape = a.send;
	else if (ts_sprop_size(&s->camera_sets, &sent.width, &sent.height))
		s->shape = sent;
}
