#include "base/error.h"
#include "control/offer/sip_plan.h"

struct writer {
	struct ts_wr *w;
	const struct ts_sip_session *s;
	const struct ts_transport_local *local;
	const struct ts_sip_sdp_policy *policy;
};

static void write_keys(struct writer *a, const struct ts_sip_media *media)
{
	char text[TS_SDES_TEXT_MAX];
	const struct ts_plain_config *plain = &a->s->transport.media[media - a->s->media].plain;
	if (media->dtls) {
		ts_sdp_line(a->w, 'a', "fingerprint:%s", a->policy->fingerprint);
		ts_sdp_line(a->w, 'a', "setup:%s",
			media->offering                              ? "actpass"
				: plain->dtls_role == TS_DTLS_CLIENT ? "active"
								     : "passive");
	}
	if (!media->srtp) return;
	ts_sdes_print(text, &media->key);
	ts_sdp_line(a->w, 'a', "crypto:%s", text);
	if (!media->second.tag || !a->s->transport.offering) return;
	ts_sdes_print(text, &media->second);
	ts_sdp_line(a->w, 'a', "crypto:%s", text);
}

static void write_formats(struct writer *a, const struct ts_answer_pt *list, size_t n, bool slides)
{
	const struct ts_fmtp_wish wish = {
		.max_picture_mb = a->policy->max_picture_mb, .slides = slides};
	for (size_t i = 0; i < n; i++) {
		ts_write_rtpmap(a->w, &list[i]);
		ts_write_fmtp(a->w, &list[i], &wish);
		ts_write_feedback(a->w, &list[i]);
	}
}

static void write_rtcp(
	struct writer *a, const struct ts_answer_line *line, const struct ts_sip_media *media)
{
	unsigned rtp = a->local->port[line->media].rtp, rtcp = a->local->port[line->media].rtcp;
	if (media->rtcp_mux) ts_sdp_line(a->w, 'a', "rtcp-mux");
	if (rtcp && rtcp != rtp && rtcp != rtp + 1) ts_sdp_line(a->w, 'a', "rtcp:%u", rtcp);
}

static void write_line(struct writer *a, const struct ts_answer_line *line)
{
	const struct ts_sip_media *media = &a->s->media[line->media];
	if (line->refused) {
		ts_write_m(a->w, line, 0, NULL);
		ts_write_mid(a->w, line);
		return;
	}
	if (line->text) {
		ts_sip_write_text(a->w, a->s, line);
		return;
	}
	if (line->bfcp) {
		ts_sip_write_bfcp(a->w, a->s, line, a->policy->bfcp_fingerprint);
		return;
	}
	ts_write_m(a->w, line, a->local->port[line->media].rtp, &media->formats);
	if (line->media != TS_SIP_AUDIO && a->policy->receive_kbps)
		ts_sdp_line(a->w, 'b', "TIAS:%u", a->policy->receive_kbps * 1000);
	ts_write_mid(a->w, line);
	write_keys(a, media);
	write_formats(a, media->formats.pt, media->formats.n_pt, line->media == TS_SIP_SLIDES);
	write_formats(a, media->formats.other, media->formats.n_other, false);
	if (line->media == TS_SIP_AUDIO) ts_sdp_line(a->w, 'a', "ptime:20");
	write_rtcp(a, line, media);
	if (media->ice_mismatch) ts_sdp_line(a->w, 'a', "ice-mismatch");
	ts_sip_write_content(a->w, a->s, (int)line->media);
	ts_sdp_line(a->w, 'a', "%s", ts_sdp_dir_name(media->formats.dir));
}

int ts_sip_sdp_write(struct ts_wr *w, const struct ts_sip_session *session,
	const struct ts_transport_local *local, const char *address,
	const struct ts_sip_sdp_policy *policy)
{
	struct writer a = {w, session, local, policy};
	if (session->is_web) return ts_sip_web_write(w, session, local, policy);
	ts_write_head(w, session->id, session->version, address, "tessera");
	ts_write_connection(w, address);
	ts_sdp_line(w, 't', "0 0");
	for (size_t i = 0; i < session->n_lines; i++) write_line(&a, &session->line[i]);
	return w->bad ? TS_EFULL : 0;
}
