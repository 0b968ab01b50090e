/* Offers of ours, and the answers to them. */
#include "base/error.h"
#include "control/offer/sip_plan.h"
#include <glib.h>
#include <stdio.h>

enum { SDES_TAG = 1, DYNAMIC_FIRST = 96 };

/* ---- numbers: within a call one never comes to mean something else (RFC 3264 8.3.2) */

static uint8_t meaning(enum ts_codec codec, int packetization_mode)
{
	return (uint8_t)(1 + 2 * codec + packetization_mode);
}

static uint8_t meaning_of(const struct ts_answer_pt *ap)
{
	return meaning(ap->pt.codec, ap->format.packetization_mode);
}

static void note_numbers(struct ts_sip_media *media, const struct ts_answer_media *am)
{
	for (size_t i = 0; i < am->n_pt; i++)
		media->meaning[am->pt[i].pt.pt & 127] = meaning_of(&am->pt[i]);
	for (size_t i = 0; i < am->n_other; i++)
		media->meaning[am->other[i].pt.pt & 127] = meaning_of(&am->other[i]);
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

static bool has_format(const struct ts_answer_pt *list, size_t n, uint8_t as)
{
	for (size_t i = 0; i < n; i++)
		if (meaning_of(&list[i]) == as) return true;
	return false;
}

/* By our number where an earlier offer of ours had one. */
static uint8_t our_number(const struct ts_sip_media *media, const struct ts_answer_pt *ap)
{
	for (size_t i = 0; i < media->offered.n_pt; i++)
		if (meaning_of(&media->offered.pt[i]) == meaning_of(ap))
			return media->offered.pt[i].pt.pt;
	return ap->pt.pt;
}

static void offer_format(struct ts_sip_media *media, const struct ts_codec_info *info,
	const struct ts_codec_offer *offer)
{
	struct ts_answer_media *am = &media->formats;
	struct ts_answer_pt ap = {0};
	const bool other = ts_codec_is_other(info);
	struct ts_answer_pt *list = other ? am->other : am->pt;
	size_t *n = other ? &am->n_other : &am->n_pt, max = other ? TS_ANSWER_OTHER_MAX : TS_PT_MAX;
	if (info->parse_fmtp(&ap.format, offer->fmtp)) return;
	const uint8_t as = meaning(info->codec, ap.format.packetization_mode);
	if (*n == max || has_format(list, *n, as)) return;
	ap.pt = (struct ts_pt){
		number_for(media, offer->pt, as), (uint8_t)info->codec, -1, info->clock_hz};
	if (ts_codec_media(info->codec) == TS_VIDEO)
		ap.feedback = TS_FB_PLI | TS_FB_FIR | TS_FB_TMMBR;
	media->meaning[ap.pt.pt] = as;
	list[(*n)++] = ap;
}

/* By our numbers, each once: several H.264 formats of the peer's may be one of ours. */
static void renumber(struct ts_sip_media *media, struct ts_answer_media *am)
{
	size_t n = 0;
	for (size_t i = 0; i < am->n_pt; i++) {
		struct ts_answer_pt ap = am->pt[i];
		ap.pt.pt = our_number(media, &ap);
		if (ap.pt.codec == TS_CODEC_RED && n) ap.pt.apt = am->pt[n - 1].pt.pt;
		if (!ts_has_pt(am->pt, n, ap.pt.pt)) am->pt[n++] = ap;
	}
	am->n_pt = n;
}

/* What is in use, then all else that we have. */
static void offer_row(struct ts_sip_media *media, const struct ts_codec_info *info, int kind)
{
	/* a page of text is nothing in CIF */
	if (kind == TS_SIP_SLIDES &&
		(info->codec == TS_CODEC_H263 || info->codec == TS_CODEC_H263_1998))
		return;
	if (ts_codec_media(info->codec) != ts_sip_media_kind(kind)) return;
	for (size_t k = 0; k < info->n_offers; k++) offer_format(media, info, &info->offer[k]);
}

/* Those that the caller names, in that order. */
static void offer_named(struct ts_sip_media *media, int kind, const char *const *names)
{
	const struct ts_codec_info *info;
	for (; names && *names; names++)
		for (size_t i = 0; (info = ts_codec_row(i)); i++)
			if (!g_ascii_strcasecmp(info->sdp_name, *names))
				offer_row(media, info, kind);
}

static void offer_formats(
	struct ts_sip_media *media, int kind, bool in_use, const char *const *names)
{
	struct ts_answer_media *am = &media->formats;
	const struct ts_codec_info *info;
	note_numbers(media, am);
	if (!in_use) am->n_pt = 0;
	renumber(media, am);
	am->dir = TS_SDP_SENDRECV;
	if (!in_use) offer_named(media, kind, names);
	const bool chosen = !in_use && am->n_pt > 0; /* then only what goes with any codec */
	for (size_t i = 0; (info = ts_codec_row(i)); i++)
		if (!chosen || ts_codec_is_other(info)) offer_row(media, info, kind);
	media->offered = *am;
}

/* How a new line has its keys. */
struct keying {
	const char *proto;
	bool sdes, dtls;
};

static struct keying first_keying(const struct ts_sip_sdp_policy *policy)
{
	const bool required = policy->srtp >= TS_SIP_SRTP_REQUIRED;
	const bool both = policy->srtp == TS_SIP_SRTP_BOTH ||
		policy->srtp == TS_SIP_SRTP_REQUIRED_BOTH;
	const bool sdes = policy->srtp != TS_SIP_SRTP_OFF && policy->srtp != TS_SIP_SRTP_DTLS &&
		!policy->no_sdes;
	const bool dtls = policy->fingerprint && (both || (required && !sdes));
	if (required && dtls && !sdes) return (struct keying){"UDP/TLS/RTP/SAVPF", false, true};
	return (struct keying){required ? "RTP/SAVP" : "RTP/AVP", sdes, dtls};
}

/* As those have them that are in use: a peer may know no other way. */
static struct keying keying_of(const struct ts_sip_session *s)
{
	for (size_t i = 0; i < s->n_lines; i++) {
		const struct ts_sip_media *media = &s->media[s->line[i].media];
		if (s->line[i].refused || s->line[i].bfcp || s->line[i].text ||
			!(media->srtp || media->dtls))
			continue;
		return (struct keying){s->line[i].proto, media->srtp, media->dtls};
	}
	return (struct keying){"RTP/AVP", false, false};
}

static void offer_keys(struct ts_sip_media *media, const struct keying *keying)
{
	media->srtp = keying->sdes;
	media->dtls = keying->dtls;
	*media->tls_id = '\0';
	media->second.tag = 0;
	if (!media->srtp) return;
	ts_sdes_make(&media->key,
		&(const struct ts_sdes){.tag = SDES_TAG, .profile = TS_SRTP_AES128_CM_SHA1_80});
	ts_sdes_make(&media->second,
		&(const struct ts_sdes){.tag = SDES_TAG + 1, .profile = TS_SRTP_AES128_CM_SHA1_32});
}

static struct ts_answer_line *find_line(struct ts_sip_session *s, int kind, bool in_use)
{
	for (size_t i = 0; i < s->n_lines; i++) {
		struct ts_answer_line *line = &s->line[i];
		if (ts_line_kind(line->kind) != (int)ts_sip_media_kind(kind) ||
			!line->refused != in_use)
			continue;
		/* a line that stood refused may be either of two of video, but no presentation that
		 * was refused comes back as a camera */
		if (in_use ? (int)line->media == kind : line->slides == (kind == TS_SIP_SLIDES))
			return line;
	}
	return NULL;
}

/* A line for what is missing: one that stood refused, which may come back (RFC 3264 8.2), else one
 * behind all; NULL: none is free. Nothing is sent or taken in until the answer says where to. */
static struct ts_answer_line *open_line(
	struct ts_sip_session *s, int kind, const struct keying *keying)
{
	struct ts_sip_media *media = &s->media[kind];
	struct ts_media_config *cfg = &s->transport.media[kind];
	struct ts_answer_line *line = find_line(s, kind, false);
	if (!line && s->n_lines == TS_SDP_MEDIA_MAX) return NULL;
	if (!line) *(line = &s->line[s->n_lines++]) = (struct ts_answer_line){0};
	snprintf(line->kind, sizeof(line->kind), "%s", kind == TS_SIP_AUDIO ? "audio" : "video");
	line->slides = kind == TS_SIP_SLIDES;
	snprintf(line->proto, sizeof(line->proto), "%s", keying->proto);
	cfg->kind = ts_sip_media_kind(kind);
	/* DTLS of an offer that nobody answered yet is not that of before */
	cfg->plain = (struct ts_plain_config){
		.rtcp_mux = false, .dtls_generation = cfg->plain.dtls_generation};
	cfg->n_pt = 0;
	cfg->send = false;
	media->rtcp_mux = true;
	media->formats.n_other = 0;
	offer_keys(media, keying);
	return line;
}

static void offer_line(struct ts_sip_session *s, struct ts_answer_line *line, int kind, bool in_use,
	const char *const *codecs)
{
	struct ts_sip_media *media = &s->media[kind];
	struct ts_media_config *cfg = &s->transport.media[kind];
	line->refused = NULL;
	line->media = (size_t)kind;
	offer_formats(media, kind, in_use, codecs);
	snprintf(line->format, sizeof(line->format), "%u", media->formats.pt[0].pt.pt);
	/* from now on the peer may send what it could, and what we offer */
	for (size_t i = 0; in_use && cfg->n_pt && i < media->formats.n_pt; i++)
		ts_stream_add_receive(cfg, &media->formats.pt[i].pt);
}

/* Over UDP, as most rooms have it; we are its server. */
static void offer_bfcp(struct ts_sip_session *s)
{
	if (s->n_lines == TS_SDP_MEDIA_MAX) return;
	struct ts_answer_line *line = &s->line[s->n_lines++];
	*line = (struct ts_answer_line){
		.kind = "application", .proto = "UDP/BFCP", .format = "*", .bfcp = true};
	s->bfcp.used = s->bfcp.said_versions = true;
	s->bfcp.floor_id = 1;
}

/* A browser has its pages in lines of its own (sip_web.c). */
static bool takes_content(const struct ts_sip_sdp_policy *policy)
{
	return policy->content && !policy->to_browser;
}

/* In a call as if it were new (RFC 3261 14.2), in the lines of before (RFC 3264 8), in both
 * directions: that is how a peer resumes. New lines have keys where those in use have some. Slides
 * and BFCP that a peer did not have, or did not want, are not offered anew. */
void ts_sip_sdp_offer(struct ts_sip_session *session, const struct ts_sip_sdp_policy *policy)
{
	const bool fresh = !session->begun;
	if (session->is_web) {
		ts_sip_web_offer_again(session, policy);
		return;
	}
	const struct keying keying = fresh ? first_keying(policy) : keying_of(session);
	struct ts_media_config *video = &session->transport.media[TS_SIP_VIDEO];
	ts_sip_sdp_begin(session, policy, NULL);
	for (int kind = 0; kind < TS_SIP_MEDIA; kind++) {
		struct ts_answer_line *line = find_line(session, kind, true);
		const bool in_use = line != NULL,
			   wanted = kind == TS_SIP_AUDIO ||
			(!policy->no_video &&
				(kind == TS_SIP_VIDEO || (fresh && takes_content(policy))));
		if (kind == TS_SIP_SLIDES && !line && wanted) offer_bfcp(session);
		if (!line && wanted) line = open_line(session, kind, &keying);
		if (line) offer_line(session, line, kind, in_use, policy->codecs);
		session->media[kind].offering = true;
		/* within a call one suite is written */
		if (!in_use && !fresh) session->media[kind].second.tag = 0;
	}
	if (!fresh) return;
	if (policy->text == TS_SIP_TEXT_OFFER && !policy->to_browser &&
		(keying.sdes || !keying.dtls))
		ts_sip_offer_text(session, keying.proto, keying.sdes);
	session->transport.offering = true;
	video->kind = TS_VIDEO;
	video->plain.off = policy->no_video;
	session->audio_media = TS_SIP_AUDIO;
	session->video_media = policy->no_video ? -1 : TS_SIP_VIDEO;
	session->slides_media = session->bfcp.used ? TS_SIP_SLIDES : -1;
	if (policy->to_browser) ts_sip_web_offer(session, policy);
}

/* ---- answers */

static bool matches(
	const struct ts_sip_plan *p, size_t i, const struct ts_answer_line *line, const bool *used)
{
	return i < p->sdp->n_media && !used[i] && ts_sdp_is(&p->sdp->media[i], line->kind) &&
		line->bfcp == ts_sip_is_bfcp(p->sdp->media[i].proto);
}

/* The line in the same place. Some leave lines out or turn them round, against RFC 3264 6: then the
 * first of its kind. */
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

static const char *read_line(struct ts_sip_plan *p, size_t i, bool *used)
{
	const struct ts_answer_line *line = &p->s->line[i];
	const struct ts_sdp_media *m = find_answer(p, i, used);
	if (line->refused) return line->refused;
	if (!m) return "not in the answer";
	if (line->text) return ts_sip_accept_text(p, m);
	return line->bfcp ? ts_sip_accept_bfcp(p, m) : ts_sip_accept_line(p, m, (int)line->media);
}

static int read_answer(struct ts_sip_plan *p)
{
	bool used[TS_SDP_MEDIA_MAX] = {false};
	if (p->s->is_web) return ts_sip_web_answer(p, false);
	for (size_t i = 0; i < p->s->n_lines; i++) p->s->line[i].refused = read_line(p, i, used);
	if (!p->taken[TS_SIP_AUDIO] && !p->taken[TS_SIP_VIDEO])
		return ts_offer_fail(&p->err, TS_EUNSUPPORTED, "no m= line was taken");
	ts_sip_sdp_finish(p);
	return 0;
}

int ts_sip_sdp_read_answer(struct ts_sip_session *session, const struct ts_sdp *answer,
	const struct ts_sip_sdp_policy *policy, char *err, size_t err_cap)
{
	struct ts_sip_plan p = {
		.sdp = answer, .policy = policy, .answer = true, .err = {err, err_cap}};
	return ts_sip_sdp_with_copy(&p, session, read_answer);
}
