#include "base/error.h"
#include "base/text.h"
#include "control/offer/formats.h"
#include "control/offer/sip.h"
#include <inttypes.h>
#include <string.h>

struct writer {
	struct ts_wr *w;
	const struct ts_sip_session *s;
	const struct ts_transport_local *local;
	const char *address;
	const struct ts_sip_sdp_policy *policy;
};

static const char *ip_of(const char *address)
{
	return strchr(address, ':') ? "IP6" : "IP4";
}

static void write_session(struct writer *a)
{
	ts_sdp_line(a->w, 'v', "0");
	ts_sdp_line(a->w, 'o', "- %" PRIu64 " %" PRIu64 " IN %s %s", a->s->id, a->s->version, ip_of(a->address),
		a->address);
	ts_sdp_line(a->w, 's', "tessera");
	ts_sdp_line(a->w, 'c', "IN %s %s", ip_of(a->address), a->address);
	ts_sdp_line(a->w, 't', "0 0");
}

static void write_refused(struct writer *a, const struct ts_answer_line *line)
{
	ts_sdp_line(a->w, 'm', "%s 0 %s %s", line->kind, line->proto, line->format);
	if (*line->mid) ts_sdp_line(a->w, 'a', "mid:%s", line->mid);
}

static void write_m_line(struct writer *a, const struct ts_answer_line *line, const struct ts_sip_media *media)
{
	char text[(TS_PT_MAX + TS_SIP_EVENTS_MAX) * 4 + 1];
	struct ts_text formats = ts_text(text, sizeof(text));
	for (size_t i = 0; i < media->formats.n_pt; i++) ts_text_append(&formats, " %u", media->formats.pt[i].pt.pt);
	for (size_t i = 0; i < media->n_other; i++) ts_text_append(&formats, " %u", media->other[i].pt);
	ts_sdp_line(a->w, 'm', "%s %u %s%s", line->kind, a->local->port[line->media].rtp, line->proto, text);
}

static void write_keys(struct writer *a, const struct ts_sip_media *media)
{
	char text[TS_SDES_TEXT_MAX];
	if (!media->srtp) return;
	ts_sdes_print(text, &media->key);
	ts_sdp_line(a->w, 'a', "crypto:%s", text);
	if (!media->second.tag || !a->s->transport.offering) return;
	ts_sdes_print(text, &media->second);
	ts_sdp_line(a->w, 'a', "crypto:%s", text);
}

static void write_format(struct writer *a, const struct ts_answer_pt *ap)
{
	static const struct {
		uint8_t bit;
		const char *text;
	} feedback[] = {{TS_FB_FIR, "ccm fir"}, {TS_FB_NACK, "nack"}, {TS_FB_PLI, "nack pli"}};
	const struct ts_fmtp_wish wish = {.max_picture_mb = a->policy->max_picture_mb};
	unsigned pt = ap->pt.pt;
	ts_offer_write_rtpmap(a->w, ap);
	char fmtp[TS_FMTP_MAX] = "";
	ts_codec_info(ap->pt.codec)->write_fmtp(fmtp, &ap->format, &wish);
	if (*fmtp) ts_sdp_line(a->w, 'a', "fmtp:%u %s", pt, fmtp);
	for (size_t i = 0; i < sizeof(feedback) / sizeof(feedback[0]); i++)
		if (ap->feedback & feedback[i].bit) ts_sdp_line(a->w, 'a', "rtcp-fb:%u %s", pt, feedback[i].text);
}

static void write_other(struct writer *a, const struct ts_pt *other)
{
	if (other->codec == TS_CODEC_CN) {
		ts_sdp_line(a->w, 'a', "rtpmap:%u CN/%u", other->pt, other->clock_hz);
		return;
	}
	ts_sdp_line(a->w, 'a', "rtpmap:%u telephone-event/%u", other->pt, other->clock_hz);
	ts_sdp_line(a->w, 'a', "fmtp:%u 0-15", other->pt);
}

static void write_rtcp(struct writer *a, const struct ts_answer_line *line, const struct ts_sip_media *media)
{
	unsigned rtp = a->local->port[line->media].rtp, rtcp = a->local->port[line->media].rtcp;
	if (media->rtcp_mux) ts_sdp_line(a->w, 'a', "rtcp-mux");
	if (rtcp && rtcp != rtp && rtcp != rtp + 1) ts_sdp_line(a->w, 'a', "rtcp:%u", rtcp);
}

static void write_accepted(struct writer *a, const struct ts_answer_line *line)
{
	const struct ts_sip_media *media = &a->s->media[line->media];
	write_m_line(a, line, media);
	if (line->media == TS_SIP_VIDEO && a->policy->receive_kbps)
		ts_sdp_line(a->w, 'b', "TIAS:%u", a->policy->receive_kbps * 1000);
	if (*line->mid) ts_sdp_line(a->w, 'a', "mid:%s", line->mid);
	write_keys(a, media);
	for (size_t i = 0; i < media->formats.n_pt; i++) write_format(a, &media->formats.pt[i]);
	for (size_t i = 0; i < media->n_other; i++) write_other(a, &media->other[i]);
	if (line->media == TS_SIP_AUDIO) ts_sdp_line(a->w, 'a', "ptime:20");
	write_rtcp(a, line, media);
	ts_sdp_line(a->w, 'a', "%s", ts_sdp_dir_name(media->formats.dir));
}

int ts_sip_sdp_write(struct ts_wr *w, const struct ts_sip_session *session, const struct ts_transport_local *local,
	const char *address, const struct ts_sip_sdp_policy *policy)
{
	struct writer a = {w, session, local, address, policy};
	write_session(&a);
	for (size_t i = 0; i < session->n_lines; i++) {
		if (session->line[i].refused)
			write_refused(&a, &session->line[i]);
		else
			write_accepted(&a, &session->line[i]);
	}
	return w->bad ? TS_EFULL : 0;
}
