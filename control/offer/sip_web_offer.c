/* Offers of ours to browsers: what ts_sip_sdp_offer would offer a phone, on one path with ICE and
 * DTLS, with what browsers take beyond it: lost packets sent again, transport-wide numbers.
 *
 * Source  RFC 8829 5.2 (what such an offer has), 8843 7.2, 5763 5 (a=setup:actpass).
 */
#include "control/offer/ids.h"
#include "control/offer/sip_plan.h"
#include <stdio.h>
#include <string.h>

enum { RTX_FIRST = 112 };

static bool is_of_browsers(const struct ts_answer_pt *ap)
{
	switch (ap->pt.codec) {
	case TS_CODEC_OPUS:
	case TS_CODEC_G722:
	case TS_CODEC_PCMU:
	case TS_CODEC_PCMA:
	case TS_CODEC_DTMF:
	case TS_CODEC_H264:
	case TS_CODEC_VP8: return true;
	default: return false;
	}
}

static size_t keep_of_browsers(struct ts_answer_pt *list, size_t n)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (is_of_browsers(&list[i])) list[kept++] = list[i];
	return kept;
}

/* Each format is followed by that of its repair. */
static void add_repair(struct ts_answer_media *am)
{
	struct ts_answer_media with = *am;
	with.n_pt = 0;
	for (size_t i = 0; i < am->n_pt && with.n_pt + 2 <= TS_PT_MAX; i++) {
		struct ts_answer_pt ap = am->pt[i], rtx = {.format.codec = ap.format.codec};
		ap.feedback = TS_FB_NACK | TS_FB_PLI | TS_FB_FIR | TS_FB_TWCC;
		rtx.pt = (struct ts_pt){
			(uint8_t)(RTX_FIRST + i), ap.pt.codec, ap.pt.pt, ap.pt.clock_hz};
		with.pt[with.n_pt++] = ap;
		with.pt[with.n_pt++] = rtx;
	}
	*am = with;
}

static void offer_media(struct ts_sip_session *s, struct ts_negotiated *n, int kind)
{
	struct ts_answer_media *am = &n->media[kind];
	struct ts_media_config *cfg = &n->transport.media[kind];
	*am = s->media[kind].formats;
	am->n_pt = keep_of_browsers(am->pt, am->n_pt);
	am->n_other = keep_of_browsers(am->other, am->n_other);
	am->dir = TS_SDP_SENDRECV;
	am->rtcp_rsize = true;
	if (kind == TS_SIP_VIDEO) add_repair(am);
	ts_offer_list_exts(am, (enum ts_media)kind);
	*cfg = (struct ts_media_config){.kind = (enum ts_media)kind,
		.send = true,
		.send_ssrc = s->media[kind].ssrc,
		.send_rtx_ssrc = kind == TS_SIP_VIDEO ? s->media[kind].rtx_ssrc : 0};
}

/* A stream that was not sent for a while comes back under another SSRC: sip_web.c. */
static void send_again(struct ts_sip_session *s, size_t slot, const struct ts_ids *ids)
{
	struct ts_sip_media *media = &s->media[slot];
	struct ts_media_config *cfg = &s->web.transport.media[slot];
	uint32_t taken[2 * TS_SIP_MEDIA];
	if (cfg->send) return;
	for (size_t i = 0; i < TS_SIP_MEDIA; i++) {
		taken[i] = s->media[i].ssrc;
		taken[TS_SIP_MEDIA + i] = s->media[i].rtx_ssrc;
	}
	if (media->sent) {
		media->ssrc = taken[slot] = ts_ids_ssrc(ids, NULL, taken, 2 * TS_SIP_MEDIA);
		media->rtx_ssrc = ts_ids_ssrc(ids, NULL, taken, 2 * TS_SIP_MEDIA);
		media->sent = false;
	}
	cfg->send = true;
	cfg->send_ssrc = media->ssrc;
	cfg->send_rtx_ssrc = slot == TS_SIP_VIDEO ? media->rtx_ssrc : 0;
}

void ts_sip_web_offer_again(struct ts_sip_session *s, const struct ts_sip_sdp_policy *policy)
{
	const struct ts_ids ids = {policy->random, policy->arg};
	struct ts_negotiated *n = &s->web;
	ts_sip_sdp_begin(s, policy, NULL);
	n->offering = true;
	for (size_t i = 0; i < n->n_lines; i++) {
		const size_t slot = n->line[i].media;
		if (n->line[i].refused) continue;
		n->media[slot].dir = slot == TS_SIP_SLIDES ? TS_SDP_RECVONLY : TS_SDP_SENDRECV;
		if (slot != TS_SIP_SLIDES) send_again(s, slot, &ids);
	}
}

void ts_sip_web_offer(struct ts_sip_session *s, const struct ts_sip_sdp_policy *policy)
{
	struct ts_negotiated *n = &s->web;
	memset(n, 0, sizeof(*n));
	n->audio_media = n->video_media = n->slides_media = -1;
	n->start_bitrate_kbps = policy->web->start_bitrate_kbps;
	n->max_picture_mb = policy->web->max_picture_mb;
	n->mode = policy->web->mode;
	n->bundle = n->offering = true;
	memcpy(n->transport.cname, s->transport.cname, sizeof(n->transport.cname));
	n->transport.n_media = TS_SIP_SLIDES;
	for (size_t i = 0; i < s->n_lines; i++) {
		struct ts_answer_line *line = &n->line[n->n_lines++];
		*line = s->line[i];
		snprintf(line->proto, sizeof(line->proto), "UDP/TLS/RTP/SAVPF");
		snprintf(line->mid, sizeof(line->mid), "%zu", i);
		offer_media(s, n, (int)line->media);
	}
	s->is_web = true;
	s->transport.kind = TS_TRANSPORT_ICE;
	s->transport.n_media = TS_SIP_SLIDES;
	s->transport.ice_controlling = true;
	for (int kind = 0; kind < TS_SIP_MEDIA; kind++)
		s->transport.media[kind] = (struct ts_media_config){
			.kind = ts_sip_media_kind(kind)};
}
