#include "control/sip/sdp.h"
#include "base/error.h"
#include "base/random.h"
#include "control/offer_format.h"
#include "mixer/ladder.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <stdio.h>

enum { AUDIO_KBPS_LEAST = 64, SDES_TAG = 1 };

struct plan {
	struct ts_sip_session *s;
	const struct ts_sdp *sdp; /* the peer's */
	const struct ts_sip_sdp_policy *policy;
	bool answer; /* it answers ours */
	char *err;
	size_t err_cap;
};

static uint32_t random_u32(const struct ts_sip_sdp_policy *policy)
{
	uint32_t v = policy->random ? policy->random(policy->arg) : ts_random_u32();
	return v ? v : 1;
}

static int fail(struct plan *p, int code, const char *why)
{
	snprintf(p->err, p->err_cap, "%s", why);
	return code;
}

/* Once a call: what stays the same in all its descriptions. */
static void begin(struct ts_sip_session *s, const struct ts_sip_sdp_policy *policy)
{
	static const char hex[] = "0123456789abcdef";
	s->version++;
	if (s->begun) return;
	s->begun = true;
	s->id = random_u32(policy); /* 32 bits: some endpoints read no more */
	s->version = s->id;
	s->media[TS_SIP_AUDIO].ssrc = random_u32(policy);
	do s->media[TS_SIP_VIDEO].ssrc = random_u32(policy);
	while (s->media[TS_SIP_VIDEO].ssrc == s->media[TS_SIP_AUDIO].ssrc);
	for (size_t i = 0; i < TS_CNAME_LEN; i++) s->transport.cname[i] = hex[random_u32(policy) & 15];
	s->transport.kind = TS_TRANSPORT_PLAIN;
	s->transport.n_media = TS_SIP_MEDIA;
	s->audio_media = s->video_media = -1;
}

/* ---- keys */

static bool is_secure_proto(const char *proto)
{
	return !strcasecmp(proto, "RTP/SAVP") || !strcasecmp(proto, "RTP/SAVPF");
}

static bool is_plain_proto(const char *proto)
{
	return !strcasecmp(proto, "RTP/AVP") || !strcasecmp(proto, "RTP/AVPF");
}

/* Does the key say of the peer's side differ from what it was? Then ours is made anew too: a restarted stream under an old key would
 * use the same key stream twice (RFC 4568 7.1.4). */
static bool take_key(
	struct plan *p, struct ts_sip_media *media, struct ts_srtp_keys *keys, const struct ts_sdes *theirs)
{
	bool same = keys->profile == theirs->profile && !memcmp(keys->remote, theirs->key, sizeof(keys->remote));
	bool ours = media->srtp && media->key.profile == theirs->profile;
	if (p->answer) {
		const struct ts_sdes *own = theirs->tag == media->key.tag ? &media->key : &media->second;
		if (theirs->tag != own->tag || theirs->profile != own->profile) return false;
		media->key = *own;
		media->second.tag = 0;
	} else if (!same || !ours) {
		ts_sdes_make(&media->key, theirs->tag, theirs->profile);
	} else {
		media->key.tag = theirs->tag;
	}
	keys->profile = theirs->profile;
	memcpy(keys->local, media->key.key, sizeof(keys->local));
	memcpy(keys->remote, theirs->key, sizeof(keys->remote));
	media->srtp = true;
	return true;
}

/* The first a=crypto that we can use. Why the line cannot be taken, or NULL. */
static const char *choose_keys(
	struct plan *p, const struct ts_sdp_media *m, struct ts_sip_media *media, struct ts_srtp_keys *keys)
{
	bool secure = is_secure_proto(m->proto);
	struct ts_sdes sdes;
	if (p->policy->srtp != TS_SIP_SRTP_OFF || (p->answer && media->srtp))
		for (const struct ts_sdp_attr *a = NULL; (a = ts_sdp_find(&m->s, "crypto", a));)
			if (!ts_sdes_parse(&sdes, a->value) && take_key(p, media, keys, &sdes)) return NULL;
	media->srtp = false;
	*keys = (struct ts_srtp_keys){.profile = TS_SRTP_NONE};
	if (secure) return p->policy->srtp == TS_SIP_SRTP_OFF ? "SRTP is off" : "no a=crypto that we know";
	return p->policy->srtp == TS_SIP_SRTP_REQUIRED ? "SRTP is required" : NULL;
}

/* ---- addresses */

static void set_text(char *out, size_t cap, const char *text)
{
	snprintf(out, cap, "%s", text ? text : "");
}

static const char *address_of(const struct plan *p, const struct ts_sdp_media *m)
{
	return m->s.address ? m->s.address : p->sdp->s.address;
}

/* "40001 IN IP4 192.0.2.51" or "40001": RFC 3605. */
static void take_rtcp(struct ts_plain_config *plain, const struct ts_sdp_media *m)
{
	const struct ts_sdp_attr *a = ts_sdp_find(&m->s, "rtcp", NULL);
	unsigned port = 0;
	char address[46] = "";
	plain->rtcp_port = 0;
	*plain->rtcp_address = '\0';
	if (!a || sscanf(a->value, "%5u IN IP%*1[46] %45s", &port, address) < 1 || port > UINT16_MAX) return;
	plain->rtcp_port = (uint16_t)port;
	set_text(plain->rtcp_address, sizeof(plain->rtcp_address), address);
}

static bool is_nowhere(const char *address)
{
	return !address || !*address || !strcmp(address, "0.0.0.0") || !strcmp(address, "::");
}

static void take_address(struct plan *p, const struct ts_sdp_media *m, struct ts_plain_config *plain)
{
	const char *address = address_of(p, m);
	plain->off = false;
	set_text(plain->address, sizeof(plain->address),
		address && strlen(address) < sizeof(plain->address) ? address : "");
	plain->port = m->port;
	take_rtcp(plain, m);
}

/* ---- telephone-event and comfort noise: received where offered; neither do we send */

static void add_other(struct ts_sip_media *media, const struct ts_sdp_media *m, struct ts_media_config *cfg)
{
	media->n_other = 0;
	for (size_t i = 0; i < m->n_format && media->n_other < TS_SIP_EVENTS_MAX && cfg->n_pt < TS_PT_MAX; i++) {
		int pt = ts_sdp_format_pt(m->format[i]);
		struct ts_sdp_rtpmap map = {.pt = 255};
		struct ts_sdp_rtpmap found;
		if (pt < 0 || pt == 255) continue;
		for (const struct ts_sdp_attr *a = NULL; map.pt == 255 && (a = ts_sdp_find(&m->s, "rtpmap", a));)
			if (!ts_sdp_rtpmap_parse(&found, a->value) && found.pt == pt) map = found;
		if (map.pt == 255 && ts_sdp_rtpmap_static(&map, (unsigned)pt)) continue;
		bool event = !strcasecmp(map.name, "telephone-event"), noise = !strcasecmp(map.name, "CN");
		/* events have the clock of the voice beside them (RFC 4733 2.5.1.2) */
		bool fits = false;
		for (size_t k = 0; k < media->formats.n_pt; k++)
			fits |= media->formats.pt[k].pt.clock_hz == map.clock_hz;
		if ((!event && !noise) || !fits) continue;
		const struct ts_pt other = {
			(uint8_t)pt, (uint8_t)(event ? TS_CODEC_DTMF : TS_CODEC_CN), -1, map.clock_hz};
		media->other[media->n_other++] = other;
	}
}

/* ---- one m-line */

static enum ts_sdp_dir our_direction(const struct plan *p, const struct ts_sdp_media *m)
{
	enum ts_sdp_dir dir = ts_sdp_dir_reverse(ts_sdp_direction(p->sdp, m));
	if (is_nowhere(address_of(p, m))) dir &= ~TS_SDP_SENDONLY; /* hold as in RFC 2543 */
	return dir;
}

/* A line that says nothing of feedback (RTP/AVP) gets none, and INFO is used; a=rtcp-fb on RTP/AVP says that the peer takes it. */
static uint8_t feedback_of(const struct ts_sdp_media *m)
{
	bool avpf = !strcasecmp(m->proto, "RTP/AVPF") || !strcasecmp(m->proto, "RTP/SAVPF");
	return TS_FB_PLI | TS_FB_FIR | (avpf ? TS_FB_NACK : 0);
}

static void set_feedback(struct ts_media_config *cfg, const struct ts_answer_media *am)
{
	uint8_t all = 0xff;
	for (size_t i = 0; i < am->n_pt; i++) all &= am->pt[i].feedback;
	cfg->nack = all & TS_FB_NACK;
	cfg->pli = all & TS_FB_PLI;
	cfg->fir = all & TS_FB_FIR;
}

static void set_streams(struct plan *p, struct ts_media_config *cfg, struct ts_sip_media *media)
{
	struct ts_answer_media *am = &media->formats;
	cfg->n_pt = 0;
	for (size_t i = 0; i < am->n_pt && am->dir & TS_SDP_RECVONLY; i++)
		if (ts_codec_info(am->pt[i].pt.codec)->can_receive) cfg->pt[cfg->n_pt++] = am->pt[i].pt;
	for (size_t i = 0; i < media->n_other && cfg->n_pt && cfg->n_pt < TS_PT_MAX; i++)
		cfg->pt[cfg->n_pt++] = media->other[i];
	cfg->send = am->dir & TS_SDP_SENDONLY && am->send < am->n_pt;
	if (cfg->kind == TS_VIDEO) p->s->video_format = (struct ts_format){0};
	if (!cfg->send) return;
	const struct ts_answer_pt *ap = &am->pt[am->send];
	cfg->send_pt = ap->pt.pt;
	cfg->send_codec = ap->pt.codec;
	cfg->send_ssrc = media->ssrc;
	if (cfg->kind != TS_VIDEO) return;
	p->s->video_format = ap->format;
	p->s->packetization_mode = ap->pt.codec == TS_CODEC_H264 ? ap->format.packetization_mode : 0;
}

/* An answer is in the order of the peer's wishes: its first one is what it sends and what it is sent. */
static size_t choose_send(const struct plan *p, const struct ts_answer_media *am)
{
	if (!p->answer) return ts_offer_choose_send(am);
	for (size_t i = 0; i < am->n_pt; i++)
		if (ts_codec_info(am->pt[i].pt.codec)->can_send) return i;
	return am->n_pt;
}

/* No repair streams over plain RTP: only payload types of codecs. */
static void drop_rtx(struct ts_answer_media *am)
{
	size_t n = 0;
	for (size_t i = 0; i < am->n_pt; i++)
		if (am->pt[i].pt.apt < 0) am->pt[n++] = am->pt[i];
	am->n_pt = n;
}

static uint32_t bandwidth_kbps(const struct ts_sdp_section *s)
{
	return s->tias_bps ? s->tias_bps / 1000 : ts_need_from_as(s->as_kbps);
}

static void take_bandwidth(struct plan *p, const struct ts_sdp_media *m)
{
	uint32_t kbps = bandwidth_kbps(&m->s), whole = bandwidth_kbps(&p->sdp->s);
	if (!kbps && whole) kbps = whole > 2 * AUDIO_KBPS_LEAST ? whole - AUDIO_KBPS_LEAST : whole / 2;
	p->s->send_kbps = kbps;
}

/* NULL: taken; else why not. */
static const char *accept_line(struct plan *p, const struct ts_sdp_media *m, int kind)
{
	struct ts_sip_media *media = &p->s->media[kind], before = *media;
	struct ts_media_config *cfg = &p->s->transport.media[kind];
	struct ts_srtp_keys keys = cfg->plain.keys;
	struct ts_answer_media *am = &media->formats;
	*am = (struct ts_answer_media){.dir = our_direction(p, m)};
	ts_offer_add_formats(
		am, m, kind == TS_SIP_VIDEO ? TS_VIDEO : TS_AUDIO, kind == TS_SIP_VIDEO ? feedback_of(m) : 0);
	drop_rtx(am);
	const char *why = am->n_pt ? choose_keys(p, m, media, &keys) : "no codec in common";
	if (why) {
		*media = before;
		return why;
	}
	am->send = choose_send(p, am);
	if (am->send == am->n_pt) am->dir &= ~TS_SDP_SENDONLY;
	media->rtcp_mux = ts_sdp_has(&m->s, "rtcp-mux");
	media->rtcp_fb = true;
	cfg->kind = kind == TS_SIP_VIDEO ? TS_VIDEO : TS_AUDIO;
	cfg->plain.keys = keys;
	cfg->plain.rtcp_mux = media->rtcp_mux;
	take_address(p, m, &cfg->plain);
	if (kind == TS_SIP_AUDIO) add_other(media, m, cfg);
	set_feedback(cfg, am);
	set_streams(p, cfg, media);
	if (kind == TS_SIP_VIDEO) take_bandwidth(p, m);
	return NULL;
}

/* ---- which m-lines */

static int kind_of(const struct ts_sdp_media *m)
{
	return !strcmp(m->kind, "audio") ? TS_SIP_AUDIO : !strcmp(m->kind, "video") ? TS_SIP_VIDEO : -1;
}

static bool is_slides(const struct ts_sdp_media *m)
{
	const struct ts_sdp_attr *content = ts_sdp_find(&m->s, "content", NULL);
	return content && strstr(content->value, "slides");
}

static const char *refuse_early(const struct ts_sdp_media *m)
{
	if (kind_of(m) < 0) return "neither audio nor video";
	if (!is_plain_proto(m->proto) && !is_secure_proto(m->proto)) return "unknown transport protocol";
	if (!m->port) return "disabled by the peer";
	return NULL;
}

static void turn_off(struct ts_sip_session *s, int kind)
{
	struct ts_media_config *cfg = &s->transport.media[kind];
	cfg->kind = kind == TS_SIP_VIDEO ? TS_VIDEO : TS_AUDIO;
	cfg->n_pt = 0;
	cfg->send = false;
	cfg->plain.off = true;
	s->media[kind].formats.dir = TS_SDP_INACTIVE;
	if (kind == TS_SIP_VIDEO) s->video_format = (struct ts_format){0};
}

static void describe_line(struct ts_answer_line *line, const struct ts_sdp_media *m)
{
	const struct ts_sdp_attr *mid = ts_sdp_find(&m->s, "mid", NULL);
	*line = (struct ts_answer_line){.offer_line = m->s.line};
	set_text(line->kind, sizeof(line->kind), m->kind);
	set_text(line->proto, sizeof(line->proto), m->proto);
	set_text(line->format, sizeof(line->format), m->format[0]);
	if (mid && strlen(mid->value) <= TS_MID_MAX && ts_sdp_is_token(mid->value))
		set_text(line->mid, sizeof(line->mid), mid->value);
}

/* Lines in order; slides only if there is no other video line. */
static void choose_lines(struct plan *p, bool taken[TS_SIP_MEDIA])
{
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < p->s->n_lines; i++) {
			const struct ts_sdp_media *m = &p->sdp->media[i];
			struct ts_answer_line *line = &p->s->line[i];
			int kind = kind_of(m);
			if (round != (kind == TS_SIP_VIDEO && is_slides(m))) continue;
			line->refused = refuse_early(m);
			if (!line->refused && taken[kind]) line->refused = "a second line of its kind";
			if (!line->refused) line->refused = accept_line(p, m, kind);
			if (line->refused) continue;
			line->media = (size_t)kind;
			taken[kind] = true;
		}
	}
}

static void finish(struct ts_sip_session *s, const bool taken[TS_SIP_MEDIA])
{
	bool sends = false;
	for (int kind = 0; kind < TS_SIP_MEDIA; kind++) {
		if (!taken[kind]) turn_off(s, kind);
		sends |= s->transport.media[kind].send;
	}
	s->audio_media = taken[TS_SIP_AUDIO] ? TS_SIP_AUDIO : -1;
	s->video_media = taken[TS_SIP_VIDEO] ? TS_SIP_VIDEO : -1;
	s->transport.offering = false;
	s->hold = !sends;
}

static int answer_into(struct plan *p)
{
	bool taken[TS_SIP_MEDIA] = {false};
	begin(p->s, p->policy);
	p->s->n_lines = p->sdp->n_media;
	for (size_t i = 0; i < p->s->n_lines; i++) describe_line(&p->s->line[i], &p->sdp->media[i]);
	choose_lines(p, taken);
	if (!taken[TS_SIP_AUDIO] && !taken[TS_SIP_VIDEO])
		return fail(p, TS_EUNSUPPORTED, "no m= line that can be used");
	finish(p->s, taken);
	return 0;
}

static int with_copy(struct plan *p, struct ts_sip_session *session, int (*into)(struct plan *))
{
	struct ts_sip_session *copy = malloc(sizeof(*copy));
	if (!copy) return TS_ENOMEM;
	*copy = *session;
	p->s = copy;
	int rc = into(p);
	if (!rc) *session = *copy;
	free(copy);
	return rc;
}

int ts_sip_sdp_answer(struct ts_sip_session *session, const struct ts_sdp *offer,
	const struct ts_sip_sdp_policy *policy, char *err, size_t err_cap)
{
	struct plan p = {.sdp = offer, .policy = policy, .err = err, .err_cap = err_cap};
	return with_copy(&p, session, answer_into);
}

/* ---- offers of ours */

static const struct own_format {
	int kind;
	enum ts_codec codec;
	uint8_t pt;
	const char *fmtp; /* as the peer's would be read: what we say and what may be sent to us */
} own_formats[] = {
	{TS_SIP_AUDIO, TS_CODEC_OPUS, 111, "useinbandfec=1"},
	{TS_SIP_AUDIO, TS_CODEC_G722, 9, NULL},
	{TS_SIP_AUDIO, TS_CODEC_PCMU, 0, NULL},
	{TS_SIP_AUDIO, TS_CODEC_PCMA, 8, NULL},
	{TS_SIP_VIDEO, TS_CODEC_H264, 97, "profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1"},
	{TS_SIP_VIDEO, TS_CODEC_H264, 98, "profile-level-id=42e01f;packetization-mode=0;level-asymmetry-allowed=1"},
	{TS_SIP_VIDEO, TS_CODEC_VP8, 99, NULL},
};

static void offer_formats(struct ts_sip_media *media, int kind)
{
	media->formats = (struct ts_answer_media){.dir = TS_SDP_SENDRECV};
	for (size_t i = 0; i < sizeof(own_formats) / sizeof(own_formats[0]); i++) {
		const struct own_format *own = &own_formats[i];
		const struct ts_codec_info *info = own->kind == kind ? ts_codec_info(own->codec) : NULL;
		struct ts_answer_pt *ap = &media->formats.pt[media->formats.n_pt];
		if (!info || info->parse_fmtp(&ap->format, own->fmtp)) continue;
		ap->pt = (struct ts_pt){own->pt, (uint8_t)own->codec, -1, info->clock_hz};
		ap->feedback = kind == TS_SIP_VIDEO ? TS_FB_PLI | TS_FB_FIR : 0;
		media->formats.n_pt++;
	}
	media->n_other = 0;
	if (kind != TS_SIP_AUDIO) return;
	media->other[media->n_other++] = (struct ts_pt){101, TS_CODEC_DTMF, -1, 8000};
	media->other[media->n_other++] = (struct ts_pt){13, TS_CODEC_CN, -1, 8000};
}

static void offer_keys(struct ts_sip_media *media, enum ts_sip_srtp srtp)
{
	media->srtp = srtp != TS_SIP_SRTP_OFF;
	if (!media->srtp) return;
	ts_sdes_make(&media->key, SDES_TAG, TS_SRTP_AES128_CM_SHA1_80);
	ts_sdes_make(&media->second, SDES_TAG + 1, TS_SRTP_AES128_CM_SHA1_32);
}

static void offer_new(struct ts_sip_session *s, const struct ts_sip_sdp_policy *policy)
{
	s->transport.offering = true;
	s->n_lines = policy->no_video ? 1 : 2;
	for (int kind = 0; kind < TS_SIP_MEDIA; kind++) {
		struct ts_sip_media *media = &s->media[kind];
		struct ts_answer_line *line = &s->line[kind];
		*line = (struct ts_answer_line){.media = (size_t)kind};
		set_text(line->kind, sizeof(line->kind), kind == TS_SIP_VIDEO ? "video" : "audio");
		set_text(line->proto, sizeof(line->proto),
			policy->srtp == TS_SIP_SRTP_REQUIRED ? "RTP/SAVP" : "RTP/AVP");
		s->transport.media[kind].kind = kind == TS_SIP_VIDEO ? TS_VIDEO : TS_AUDIO;
		s->transport.media[kind].plain.off = kind == TS_SIP_VIDEO && policy->no_video;
		media->rtcp_mux = media->rtcp_fb = true;
		offer_formats(media, kind);
		snprintf(line->format, sizeof(line->format), "%u", media->formats.pt[0].pt.pt);
		offer_keys(media, policy->srtp);
	}
	s->audio_media = TS_SIP_AUDIO;
	s->video_media = policy->no_video ? -1 : TS_SIP_VIDEO;
}

void ts_sip_sdp_offer(struct ts_sip_session *session, const struct ts_sip_sdp_policy *policy)
{
	bool fresh = !session->begun;
	begin(session, policy);
	if (fresh) {
		offer_new(session, policy);
		return;
	}
	/* what there is, in the lines of before (RFC 3264 8), in both directions: that is how a peer resumes */
	for (int kind = 0; kind < TS_SIP_MEDIA; kind++) session->media[kind].formats.dir = TS_SDP_SENDRECV;
}

static const char *take_line(struct plan *p, size_t i, bool taken[TS_SIP_MEDIA])
{
	const struct ts_sdp_media *m = &p->sdp->media[i];
	struct ts_answer_line *line = &p->s->line[i];
	const char *why = line->refused ? line->refused : refuse_early(m);
	if (!why && kind_of(m) != (int)line->media) why = "another kind of line";
	if (!why) why = accept_line(p, m, (int)line->media);
	if (!why) taken[line->media] = true;
	return why;
}

static int take_into(struct plan *p)
{
	bool taken[TS_SIP_MEDIA] = {false};
	if (p->sdp->n_media != p->s->n_lines) return fail(p, TS_EINVAL, "the answer has another number of m= lines");
	for (size_t i = 0; i < p->s->n_lines; i++) p->s->line[i].refused = take_line(p, i, taken);
	if (!taken[TS_SIP_AUDIO] && !taken[TS_SIP_VIDEO]) return fail(p, TS_EUNSUPPORTED, "no m= line was taken");
	finish(p->s, taken);
	return 0;
}

int ts_sip_sdp_take(struct ts_sip_session *session, const struct ts_sdp *answer, const struct ts_sip_sdp_policy *policy,
	char *err, size_t err_cap)
{
	struct plan p = {.sdp = answer, .policy = policy, .answer = true, .err = err, .err_cap = err_cap};
	return with_copy(&p, session, take_into);
}
