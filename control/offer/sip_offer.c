/* Offers of ours, and the answers to them. */
#include "base/error.h"
#include "control/offer/sip_plan.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { SDES_TAG = 1, DYNAMIC_FIRST = 96 };

/* ---- numbers: within a call one never comes to mean something else (RFC 3264 8.3.2) */

static uint8_t meaning(enum ts_codec codec, int packetization_mode)
{
	return (uint8_t)(1 + 2 * codec + packetization_mode);
}

static uint8_t meaning_of(const struct ts_answer_pt *ap)
{
	return meaning(ap->pt.codec, ap->pt.codec == TS_CODEC_H264 ? ap->format.packetization_mode : 0);
}

static void note_numbers(struct ts_sip_media *media, const struct ts_answer_media *am)
{
	for (size_t i = 0; i < am->n_pt; i++) media->meaning[am->pt[i].pt.pt & 127] = meaning_of(&am->pt[i]);
	for (size_t i = 0; i < media->n_other; i++)
		media->meaning[media->other[i].pt & 127] = meaning(media->other[i].codec, 0);
}

/* The wished one unless it has another meaning; then any that had none. */
static uint8_t number_for(const struct ts_sip_media *media, uint8_t wished, uint8_t as)
{
	if (!media->meaning[wished] || media->meaning[wished] == as) return wished;
	for (uint8_t pt = DYNAMIC_FIRST; pt < 128; pt++)
		if (!media->meaning[pt] || media->meaning[pt] == as) return pt;
	return wished;
}

/* ---- one line */

static bool has_format(const struct ts_answer_media *am, uint8_t as)
{
	for (size_t i = 0; i < am->n_pt; i++)
		if (meaning_of(&am->pt[i]) == as) return true;
	return false;
}

/* By our number where an earlier offer of ours had one. */
static uint8_t our_number(const struct ts_sip_media *media, const struct ts_answer_pt *ap)
{
	for (size_t i = 0; i < media->offered.n_pt; i++)
		if (meaning_of(&media->offered.pt[i]) == meaning_of(ap)) return media->offered.pt[i].pt.pt;
	return ap->pt.pt;
}

static void offer_format(
	struct ts_sip_media *media, const struct ts_codec_info *info, const struct ts_codec_offer *offer)
{
	struct ts_answer_media *am = &media->formats;
	struct ts_answer_pt ap = {0};
	if (info->parse_fmtp(&ap.format, offer->fmtp)) return;
	const uint8_t as = meaning(info->codec, ap.format.packetization_mode);
	if (am->n_pt == TS_PT_MAX || has_format(am, as)) return;
	ap.pt = (struct ts_pt){number_for(media, offer->pt, as), (uint8_t)info->codec, -1, info->clock_hz};
	ap.feedback = ts_codec_media(info->codec) == TS_VIDEO ? TS_FB_PLI | TS_FB_FIR : 0;
	media->meaning[ap.pt.pt] = as;
	am->pt[am->n_pt++] = ap;
}

/* Telephone-event and comfort noise. */
static void offer_other(struct ts_sip_media *media, const struct ts_codec_info *info)
{
	for (size_t i = 0; i < media->n_other; i++)
		if (media->other[i].codec == info->codec) return;
	if (media->n_other == TS_SIP_EVENTS_MAX) return;
	const uint8_t as = meaning(info->codec, 0), pt = number_for(media, info->offer[0].pt, as);
	media->meaning[pt] = as;
	media->other[media->n_other++] = (struct ts_pt){pt, (uint8_t)info->codec, -1, info->clock_hz};
}

/* What is in use, then all else that we have. */
static void offer_formats(struct ts_sip_media *media, int kind, bool in_use)
{
	struct ts_answer_media *am = &media->formats;
	const struct ts_codec_info *info;
	note_numbers(media, am);
	if (!in_use) am->n_pt = 0;
	for (size_t i = 0; i < am->n_pt; i++) am->pt[i].pt.pt = our_number(media, &am->pt[i]);
	am->dir = TS_SDP_SENDRECV;
	for (size_t i = 0; (info = ts_codec_row(i)); i++) {
		if ((int)ts_codec_media(info->codec) != kind) continue;
		if (!info->audio && !info->rtp) {
			offer_other(media, info);
			continue;
		}
		for (size_t k = 0; k < info->n_offers; k++) offer_format(media, info, &info->offer[k]);
	}
	media->offered = *am;
}

static void offer_keys(struct ts_sip_media *media, bool srtp)
{
	media->srtp = srtp;
	if (!srtp) return;
	ts_sdes_make(&media->key, &(const struct ts_sdes){.tag = SDES_TAG, .profile = TS_SRTP_AES128_CM_SHA1_80});
	ts_sdes_make(
		&media->second, &(const struct ts_sdes){.tag = SDES_TAG + 1, .profile = TS_SRTP_AES128_CM_SHA1_32});
}

/* A line that carried nothing so far. Nothing is sent or taken in until the answer says where to and from. */
static void open_line(struct ts_sip_session *s, int kind, bool srtp)
{
	struct ts_sip_media *media = &s->media[kind];
	struct ts_media_config *cfg = &s->transport.media[kind];
	cfg->kind = kind == TS_SIP_VIDEO ? TS_VIDEO : TS_AUDIO;
	cfg->plain = (struct ts_plain_config){.rtcp_mux = false};
	cfg->n_pt = 0;
	cfg->send = false;
	media->rtcp_mux = media->rtcp_fb = true;
	media->n_other = 0;
	offer_keys(media, srtp);
}

/* What the peer may send from now on: what it could, and what we offer. */
static void widen_receive(struct ts_media_config *cfg, const struct ts_sip_media *media)
{
	bool seen[128] = {false};
	for (size_t i = 0; i < cfg->n_pt; i++) seen[cfg->pt[i].pt & 127] = true;
	for (size_t i = 0; cfg->n_pt && i < media->formats.n_pt && cfg->n_pt < TS_PT_MAX; i++) {
		const struct ts_pt *pt = &media->formats.pt[i].pt;
		if (!seen[pt->pt & 127]) cfg->pt[cfg->n_pt++] = *pt;
	}
}

static void offer_line(struct ts_sip_session *s, struct ts_answer_line *line, int kind, bool in_use)
{
	struct ts_sip_media *media = &s->media[kind];
	line->refused = NULL;
	line->media = (size_t)kind;
	offer_formats(media, kind, in_use);
	snprintf(line->format, sizeof(line->format), "%u", media->formats.pt[0].pt.pt);
	if (in_use) widen_receive(&s->transport.media[kind], media);
}

static void name_line(struct ts_answer_line *line, int kind, const char *proto)
{
	snprintf(line->kind, sizeof(line->kind), "%s", kind == TS_SIP_VIDEO ? "video" : "audio");
	snprintf(line->proto, sizeof(line->proto), "%s", proto);
}

/* ---- the whole */

static void offer_new(struct ts_sip_session *s, const struct ts_sip_sdp_policy *policy)
{
	s->transport.offering = true;
	s->n_lines = policy->no_video ? 1 : 2;
	for (int kind = 0; kind < TS_SIP_MEDIA; kind++) {
		s->line[kind] = (struct ts_answer_line){0};
		name_line(&s->line[kind], kind, policy->srtp == TS_SIP_SRTP_REQUIRED ? "RTP/SAVP" : "RTP/AVP");
		open_line(s, kind, policy->srtp != TS_SIP_SRTP_OFF);
		offer_line(s, &s->line[kind], kind, false);
		s->transport.media[kind].plain.off = kind == TS_SIP_VIDEO && policy->no_video;
	}
	s->audio_media = TS_SIP_AUDIO;
	s->video_media = policy->no_video ? -1 : TS_SIP_VIDEO;
}

static int kind_of_line(const struct ts_answer_line *line)
{
	return !strcasecmp(line->kind, "audio") ? TS_SIP_AUDIO : !strcasecmp(line->kind, "video") ? TS_SIP_VIDEO : -1;
}

static struct ts_answer_line *find_line(struct ts_sip_session *s, int kind, bool in_use)
{
	for (size_t i = 0; i < s->n_lines; i++)
		if (kind_of_line(&s->line[i]) == kind && !s->line[i].refused == in_use) return &s->line[i];
	return NULL;
}

static struct ts_answer_line *add_line(struct ts_sip_session *s)
{
	if (s->n_lines == TS_SDP_MEDIA_MAX) return NULL;
	s->line[s->n_lines] = (struct ts_answer_line){0};
	return &s->line[s->n_lines++];
}

/* Brings in what is missing: by a line that stood refused, which may come back (RFC 3264 8.2), else by one behind all. It has keys
 * where the lines in use have some. */
static void offer_missing(struct ts_sip_session *s, int kind, bool srtp)
{
	struct ts_answer_line *line = find_line(s, kind, false);
	if (!line) line = add_line(s);
	if (!line) return;
	name_line(line, kind, srtp ? "RTP/SAVP" : "RTP/AVP");
	open_line(s, kind, srtp);
	s->media[kind].second.tag = 0;
	offer_line(s, line, kind, false);
}

/* As if the call were new (RFC 3261 14.2), in the lines of before (RFC 3264 8), in both directions: that is how a peer resumes. */
static void offer_again(struct ts_sip_session *s, const struct ts_sip_sdp_policy *policy)
{
	const bool srtp = s->media[TS_SIP_AUDIO].srtp || s->media[TS_SIP_VIDEO].srtp;
	for (int kind = 0; kind < TS_SIP_MEDIA; kind++) {
		struct ts_answer_line *line = find_line(s, kind, true);
		if (line)
			offer_line(s, line, kind, true);
		else if (kind == TS_SIP_AUDIO || !policy->no_video)
			offer_missing(s, kind, srtp);
	}
}

void ts_sip_sdp_offer(struct ts_sip_session *session, const struct ts_sip_sdp_policy *policy)
{
	bool fresh = !session->begun;
	ts_sip_sdp_begin(session, policy, NULL);
	if (fresh)
		offer_new(session, policy);
	else
		offer_again(session, policy);
}

/* ---- answers */

static bool matches(const struct ts_sip_plan *p, size_t i, const struct ts_answer_line *line, const bool *used)
{
	return i < p->sdp->n_media && !used[i] && ts_sdp_is(&p->sdp->media[i], line->kind);
}

/* The line in the same place. Some leave lines out or turn them round, against RFC 3264 6: then the first of its kind. */
static const struct ts_sdp_media *find_answer(const struct ts_sip_plan *p, size_t i, bool *used)
{
	const struct ts_answer_line *line = &p->s->line[i];
	size_t at = i;
	if (!matches(p, at, line, used))
		for (at = 0; at < p->sdp->n_media && !matches(p, at, line, used);) at++;
	if (at >= p->sdp->n_media) return NULL;
	used[at] = true;
	return &p->sdp->media[at];
}

static const char *take_line(struct ts_sip_plan *p, size_t i, bool *used, bool taken[TS_SIP_MEDIA])
{
	struct ts_answer_line *line = &p->s->line[i];
	const struct ts_sdp_media *m = find_answer(p, i, used);
	if (line->refused) return line->refused;
	const char *why = m ? ts_sip_refuse_early(m) : "not in the answer";
	if (!why) why = ts_sip_accept_line(p, m, (int)line->media);
	if (!why) taken[line->media] = true;
	return why;
}

static int take_into(struct ts_sip_plan *p)
{
	bool taken[TS_SIP_MEDIA] = {false}, used[TS_SDP_MEDIA_MAX] = {false};
	for (size_t i = 0; i < p->s->n_lines; i++) p->s->line[i].refused = take_line(p, i, used, taken);
	if (!taken[TS_SIP_AUDIO] && !taken[TS_SIP_VIDEO])
		return ts_sip_sdp_fail(p, TS_EUNSUPPORTED, "no m= line was taken");
	ts_sip_sdp_finish(p->s, taken);
	return 0;
}

int ts_sip_sdp_take(struct ts_sip_session *session, const struct ts_sdp *answer, const struct ts_sip_sdp_policy *policy,
	char *err, size_t err_cap)
{
	struct ts_sip_plan p = {.sdp = answer, .policy = policy, .answer = true, .err = err, .err_cap = err_cap};
	return ts_sip_sdp_with_copy(&p, session, take_into);
}
