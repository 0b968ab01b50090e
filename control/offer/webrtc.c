#include "control/offer/webrtc.h"
#include "base/error.h"
#include "base/random.h"
#include "control/offer/formats.h"
#include "control/offer/ids.h"
#include "control/offer/webrtc_plan.h"
#include "mixer/output/ladder.h"
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

__attribute__((format(printf, 3, 4))) static int fail(struct ts_offer_plan *p, int code, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	vsnprintf(p->err, p->err_cap, fmt, args);
	va_end(args);
	return code;
}

static struct ts_ids ids_of(const struct ts_offer_plan *p)
{
	return (struct ts_ids){p->policy->random, p->policy->arg};
}

/* ---- SSRCs */

static uint32_t new_ssrc(const struct ts_offer_plan *p)
{
	const struct ts_transport_config *t = &p->out->transport;
	const struct ts_ids ids = ids_of(p);
	uint32_t taken[2 * TS_MEDIA_MAX];
	size_t n = 0;
	for (size_t i = 0; i < t->n_media; i++) {
		taken[n++] = t->media[i].send_ssrc;
		taken[n++] = t->media[i].send_rtx_ssrc;
	}
	return ts_ids_ssrc(&ids, p->offer, taken, n);
}

static void remember_ssrcs(struct ts_media_config *cfg, const struct ts_sdp_section *s)
{
	size_t n = 0, max = sizeof(cfg->remote_ssrc) / sizeof(cfg->remote_ssrc[0]) - 1; /* the last one stays 0 */
	struct ts_sdp_ssrc offered;
	for (const struct ts_sdp_attr *a = NULL; n < max && (a = ts_sdp_find(s, "ssrc", a));) {
		if (ts_sdp_ssrc_parse(&offered, a->value)) continue;
		bool known = false;
		for (size_t i = 0; i < n; i++) known |= cfg->remote_ssrc[i] == offered.ssrc;
		if (!known) cfg->remote_ssrc[n++] = offered.ssrc;
	}
}

/* ---- one m-line */

/* Receivers act on the flags for the whole m-line: only what holds for each of its formats. */
static void set_feedback(struct ts_media_config *cfg, const struct ts_answer_media *am)
{
	uint8_t all = 0xff;
	for (size_t i = 0; i < am->n_pt; i++)
		if (am->pt[i].pt.apt < 0) all &= am->pt[i].feedback;
	cfg->nack = all & TS_FB_NACK;
	cfg->pli = all & TS_FB_PLI;
	cfg->fir = all & TS_FB_FIR;
	cfg->remb = all & TS_FB_REMB;
	cfg->twcc = all & TS_FB_TWCC;
}

static void set_receive(struct ts_media_config *cfg, const struct ts_answer_media *am)
{
	if (!(am->dir & TS_SDP_RECVONLY)) return;
	for (size_t i = 0; i < am->n_pt; i++)
		if (ts_codec_info(am->pt[i].pt.codec)->can_receive) cfg->pt[cfg->n_pt++] = am->pt[i].pt;
}

static void set_send(struct ts_offer_plan *p, struct ts_media_config *cfg, const struct ts_answer_media *am)
{
	if (!(am->dir & TS_SDP_SENDONLY)) return;
	const struct ts_answer_pt *ap = &am->pt[am->send];
	cfg->send = true;
	cfg->send_pt = ap->pt.pt;
	cfg->send_codec = ap->pt.codec;
	cfg->send_ssrc = new_ssrc(p);
	if (am->send + 1 < am->n_pt && ap[1].pt.apt == ap->pt.pt) {
		cfg->send_rtx_pt = ap[1].pt.pt;
		cfg->send_rtx_ssrc = new_ssrc(p);
	}
	if (cfg->kind != TS_VIDEO) return;
	p->out->video_format = ap->format;
	p->out->packetization_mode = ap->pt.codec == TS_CODEC_H264 ? ap->format.packetization_mode : 0;
}

static bool can_receive_any(const struct ts_answer_media *am)
{
	for (size_t i = 0; i < am->n_pt; i++)
		if (ts_codec_info(am->pt[i].pt.codec)->can_receive) return true;
	return false;
}

/* RFC 4796: a list of what is in the line. Watchers present nothing. */
static bool is_slides(const struct ts_offer_plan *p, const struct ts_sdp_media *m, const struct ts_answer_line *line)
{
	if (!ts_sdp_is(m, "video") || p->policy->kind == TS_OFFER_WATCH) return false;
	if (p->policy->slides_mid && *line->mid && !strcmp(line->mid, p->policy->slides_mid)) return true;
	const struct ts_sdp_attr *a = ts_sdp_find(&m->s, "content", NULL);
	for (const char *s = a ? a->value : ""; *s; s += strcspn(s, ","), s += *s == ',')
		if (!strncmp(s, "slides", 6) && strchr(", ", s[6])) return true; /* the end counts too */
	return false;
}

/* What we would do on this line. */
static enum ts_sdp_dir our_direction(
	const struct ts_offer_plan *p, const struct ts_sdp_media *m, const struct ts_answer_line *line)
{
	static const enum ts_sdp_dir ours[] = {
		[TS_OFFER_JOIN] = TS_SDP_SENDRECV,
		[TS_OFFER_WATCH] = TS_SDP_SENDONLY,
		[TS_OFFER_CONTRIBUTE] = TS_SDP_RECVONLY,
	};
	enum ts_sdp_dir dir = ts_sdp_dir_reverse(ts_sdp_direction(p->offer, m)) & ours[p->policy->kind];
	return is_slides(p, m, line) ? dir & TS_SDP_RECVONLY : dir;
}

/* The telephone's codecs would only make worse what has Opus; alone they are taken (RFC 7874 3 wants G.711 everywhere). */
static void drop_telephone_codecs(struct ts_answer_media *am)
{
	size_t n = 0, opus = 0;
	for (size_t i = 0; i < am->n_pt; i++) opus += am->pt[i].pt.codec == TS_CODEC_OPUS;
	for (size_t i = 0; i < am->n_pt; i++)
		if (!opus || ts_codec_media(am->pt[i].pt.codec) == TS_VIDEO || am->pt[i].pt.codec == TS_CODEC_OPUS)
			am->pt[n++] = am->pt[i];
	am->n_pt = n;
}

/* Takes the line into transport.media, or says why not. */
static const char *accept_line(
	struct ts_offer_plan *p, const struct ts_sdp_media *m, struct ts_answer_line *line, enum ts_media kind)
{
	struct ts_transport_config *t = &p->out->transport;
	struct ts_answer_media *am = &p->out->media[t->n_media];
	uint8_t feedback = TS_FB_NACK | TS_FB_PLI | TS_FB_FIR | TS_FB_REMB | (p->policy->twcc ? TS_FB_TWCC : 0);
	*am = (struct ts_answer_media){.dir = our_direction(p, m, line)};
	ts_offer_add_formats(am, m, kind, kind == TS_VIDEO ? feedback : 0);
	drop_telephone_codecs(am);
	if (!am->n_pt) return "no codec in common";
	am->send = ts_offer_choose_send(am);
	if (am->send == am->n_pt) am->dir &= ~TS_SDP_SENDONLY;
	if (!can_receive_any(am)) am->dir &= ~TS_SDP_RECVONLY;
	am->rtcp_rsize = ts_sdp_has(&m->s, "rtcp-rsize");

	struct ts_media_config *cfg = &t->media[t->n_media];
	*cfg = (struct ts_media_config){.kind = kind};
	line->media = t->n_media++;
	memcpy(cfg->mid, line->mid, sizeof(cfg->mid));
	set_feedback(cfg, am);
	set_receive(cfg, am);
	ts_offer_choose_rid(p, m, am, cfg);
	set_send(p, cfg, am);
	ts_offer_take_limits(cfg, m, am);
	if (kind == TS_VIDEO && cfg->send)
		p->out->send_kbps = m->s.tias_bps ? ts_need_from_tias(m->s.tias_bps) : ts_need_from_as(m->s.as_kbps);
	if (kind == TS_VIDEO)
		ts_offer_take_sets(is_slides(p, m, line) ? &p->out->slides_sets : &p->out->camera_sets, m, am);
	remember_ssrcs(cfg, &m->s);
	return NULL;
}

/* ---- which m-lines */

/* JSEP 5.1.2: the profiles are told apart by nothing we do; DTLS, SRTP and feedback are always on. */
static bool is_proto_known(const char *proto)
{
	static const char *const known[] = {
		"UDP/TLS/RTP/SAVPF",
		"UDP/TLS/RTP/SAVP",
		"TCP/DTLS/RTP/SAVPF",
		"TCP/DTLS/RTP/SAVP",
		"RTP/SAVPF",
		"RTP/SAVP",
		"RTP/AVPF",
		"RTP/AVP",
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcasecmp(proto, known[i])) return true;
	return false;
}

static const char *refuse_early(
	const struct ts_offer_plan *p, const struct ts_sdp_media *m, const struct ts_answer_line *line)
{
	if (!ts_sdp_is(m, "audio") && !ts_sdp_is(m, "video")) return "neither audio nor video";
	if (!is_proto_known(m->proto)) return "unknown transport protocol";
	bool grouped = p->group && *line->mid && ts_sdp_group_has(p->group, line->mid);
	if (!m->port && !(grouped && ts_sdp_has(&m->s, "bundle-only"))) return "disabled by the offer";
	if (!grouped && ts_sdp_has(&m->s, "bundle-only")) return "bundle-only outside of BUNDLE";
	if (!ts_sdp_has(&m->s, "rtcp-mux")) return "no rtcp-mux";
	if (p->group && !grouped) return "not in the first BUNDLE group";
	return NULL;
}

/* The first usable line of each kind; lines that would carry nothing only in the second round. */
static void choose_lines(struct ts_offer_plan *p)
{
	static const char later[] = "carries nothing here";
	struct ts_negotiated *out = p->out;
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < out->n_lines; i++) {
			struct ts_answer_line *line = &out->line[i];
			const struct ts_sdp_media *m = &p->offer->media[i];
			if (round && line->refused != later) continue;
			if (!round && (line->refused = refuse_early(p, m, line))) continue;
			enum ts_media kind = ts_sdp_is(m, "video") ? TS_VIDEO : TS_AUDIO;
			int *index = is_slides(p, m, line) ? &out->slides_media
				: kind == TS_VIDEO         ? &out->video_media
							   : &out->audio_media;
			if (!p->group && out->transport.n_media)
				line->refused = "a second line without BUNDLE";
			else if (*index >= 0)
				line->refused = "a second line of its kind";
			else if (!round && our_direction(p, m, line) == TS_SDP_INACTIVE)
				line->refused = later;
			else if (!(line->refused = accept_line(p, m, line, kind)))
				*index = (int)line->media;
		}
	}
}

static int check_usable(struct ts_offer_plan *p)
{
	const struct ts_negotiated *out = p->out;
	for (size_t i = 0; i < out->transport.n_media; i++)
		if (out->media[i].dir != TS_SDP_INACTIVE) return 0;
	if (out->transport.n_media)
		return fail(p, TS_EUNSUPPORTED, "no m= line would carry anything in a direction possible here");
	for (size_t i = 0; i < out->n_lines; i++) {
		const struct ts_answer_line *line = &out->line[i];
		if (strcasecmp(line->kind, "audio") && strcasecmp(line->kind, "video")) continue;
		return fail(p, TS_EUNSUPPORTED, "line %u: m= cannot be used: %s", line->offer_line, line->refused);
	}
	return fail(p, TS_EUNSUPPORTED, "no audio or video m= line");
}

/* ---- ICE and DTLS */

/* Where the peer's half of the shared transport is described: by the tagged line or the session; or, in offers that name it
 * only on a line that we refused, there. */
static const struct ts_sdp_media *find_transport(const struct ts_offer_plan *p)
{
	const struct ts_sdp_media *tag = &p->offer->media[p->out->tag];
	if (ts_sdp_find_either(p->offer, tag, "ice-ufrag") || !p->group) return tag;
	for (size_t i = 0; i < p->offer->n_media; i++)
		if (ts_sdp_group_has(p->group, p->out->line[i].mid) && ts_sdp_has(&p->offer->media[i].s, "ice-ufrag"))
			return &p->offer->media[i];
	return tag;
}

/* One of the two ICE credentials (RFC 8839 5.4). */
static int take_ice_string(
	struct ts_offer_plan *p, const struct ts_sdp_media *m, const char *name, size_t min, char *out)
{
	const struct ts_sdp_attr *a = ts_sdp_find_either(p->offer, m, name);
	if (!a) return fail(p, TS_EINVAL, "line %u: a=%s is missing in this m= section", m->s.line, name);
	size_t len = strlen(a->value);
	if (len < min || len > TS_ICE_STR_MAX || strpbrk(a->value, " \t"))
		return fail(p, TS_EINVAL, "line %u: a=%s needs %zu to %d characters without blanks", a->line, name, min,
			TS_ICE_STR_MAX);
	memcpy(out, a->value, len + 1);
	return 0;
}

/* The strongest one of a hash we know: RFC 8122 5. */
static int take_fingerprint(struct ts_offer_plan *p, const struct ts_sdp_media *m)
{
	const struct ts_sdp_section *s = ts_sdp_has(&m->s, "fingerprint") ? &m->s : &p->offer->s;
	struct ts_sdp_fingerprint fp, best = {0};
	uint32_t bad_line = 0;
	for (const struct ts_sdp_attr *a = NULL; (a = ts_sdp_find(s, "fingerprint", a));) {
		if (ts_sdp_fingerprint_parse(&fp, a->value))
			bad_line = a->line;
		else if (fp.hash > best.hash)
			best = fp;
	}
	if (best.hash == TS_SDP_HASH_UNKNOWN && bad_line)
		return fail(p, TS_EINVAL, "line %u: a=fingerprint has the wrong form or length", bad_line);
	if (best.hash == TS_SDP_HASH_UNKNOWN)
		return fail(p, TS_EINVAL, "line %u: a=fingerprint of a known hash is missing in this m= section",
			m->s.line);
	_Static_assert(sizeof(best.text) == sizeof(p->out->transport.remote_fingerprint), "copied whole");
	memcpy(p->out->transport.remote_fingerprint, best.text, sizeof(best.text));
	return 0;
}

/* We are the DTLS server where we may choose: the client of an offer can speak as soon as it has our answer. */
static int take_setup(struct ts_offer_plan *p, const struct ts_sdp_media *m)
{
	const struct ts_sdp_attr *a = ts_sdp_find_either(p->offer, m, "setup");
	enum ts_sdp_setup setup = TS_SDP_ACTIVE; /* RFC 4145 4 */
	if (a && (ts_sdp_setup_parse(&setup, a->value) || setup == TS_SDP_HOLDCONN))
		return fail(p, TS_EINVAL, "line %u: a=setup is none of actpass, active, passive", a->line);
	p->out->transport.dtls_role = setup == TS_SDP_PASSIVE ? TS_DTLS_CLIENT : TS_DTLS_SERVER;
	return 0;
}

static void take_candidates(struct ts_offer_plan *p, const struct ts_sdp_media *m)
{
	struct ts_transport_config *t = &p->out->transport;
	struct ts_sdp_candidate c;
	for (const struct ts_sdp_attr *a = NULL;
		t->remote.n_candidates < TS_CAND_MAX && (a = ts_sdp_find(&m->s, "candidate", a));) {
		size_t len = strlen(a->value);
		if (len >= sizeof(t->remote.candidate[0]) || ts_sdp_candidate_parse(&c, a->value) || c.component != 1 ||
			!c.udp)
			continue;
		memcpy(t->remote.candidate[t->remote.n_candidates++], a->value, len + 1);
	}
}

static int plan_transport(struct ts_offer_plan *p)
{
	struct ts_transport_config *t = &p->out->transport;
	const struct ts_sdp_media *m = find_transport(p);
	t->ice_controlling = ts_sdp_has(&p->offer->s, "ice-lite");
	ts_ids_cname(&(const struct ts_ids){p->policy->random, p->policy->arg}, t->cname);
	int rc = take_ice_string(p, m, "ice-ufrag", 4, t->remote.ufrag);
	if (!rc) rc = take_ice_string(p, m, "ice-pwd", 22, t->remote.pwd);
	if (!rc) rc = take_fingerprint(p, m);
	if (!rc) rc = take_setup(p, m);
	if (!rc) take_candidates(p, m);
	return rc;
}

/* ---- the whole */

static int read_mid(struct ts_offer_plan *p, const struct ts_sdp_media *m, struct ts_answer_line *line)
{
	const struct ts_sdp_attr *a = ts_sdp_find(&m->s, "mid", NULL);
	if (!a) return 0;
	if (!ts_sdp_is_token(a->value) || strlen(a->value) > TS_MID_MAX)
		return fail(p, TS_EINVAL, "line %u: a=mid is no token of at most %d characters", a->line, TS_MID_MAX);
	for (const struct ts_answer_line *l = p->out->line; l < line; l++)
		if (!strcmp(l->mid, a->value))
			return fail(p, TS_EINVAL, "line %u: this a=mid was used before", a->line);
	memcpy(line->mid, a->value, strlen(a->value) + 1);
	return 0;
}

static int read_lines(struct ts_offer_plan *p)
{
	for (size_t i = 0; i < p->offer->n_media; i++) {
		const struct ts_sdp_media *m = &p->offer->media[i];
		struct ts_answer_line *line = &p->out->line[p->out->n_lines++];
		line->offer_line = m->s.line;
		/* the parser bounds all three by TS_SDP_TOKEN_MAX */
		memcpy(line->kind, m->kind, strlen(m->kind) + 1);
		memcpy(line->proto, m->proto, strlen(m->proto) + 1);
		const char *format = ts_sdp_first_format(m);
		memcpy(line->format, format, strlen(format) + 1);
		int rc = read_mid(p, m, line);
		if (rc) return rc;
	}
	return 0;
}

/* RFC 8843 7.3.1: the first mid of the group whose line is not refused. */
static size_t choose_tag(const struct ts_offer_plan *p)
{
	const struct ts_negotiated *out = p->out;
	const char *s = p->group ? p->group + strcspn(p->group, " \t") : "";
	while (*(s += strspn(s, " \t"))) {
		size_t len = strcspn(s, " \t");
		for (size_t i = 0; i < out->n_lines; i++)
			if (!out->line[i].refused && strlen(out->line[i].mid) == len &&
				!memcmp(out->line[i].mid, s, len))
				return i;
		s += len;
	}
	size_t i = 0;
	while (out->line[i].refused) i++; /* without a group: the one that is taken */
	return i;
}

void ts_answer_limit(struct ts_need *need, const struct ts_negotiated *n)
{
	enum { LEVEL_3_1 = 31 };
	const struct ts_format *said = &n->video_format, none = {.codec = TS_CODEC_NONE};
	bool says_nothing = said->codec == TS_CODEC_H264 && said->level_idc >= LEVEL_3_1;
	ts_need_limit(need, says_nothing ? &none : said, n->send_kbps);
}

static bool names_a_line(const struct ts_sdp *offer, const char *group)
{
	const struct ts_sdp_attr *mid;
	for (size_t i = 0; i < offer->n_media; i++)
		if ((mid = ts_sdp_find(&offer->media[i].s, "mid", NULL)) && ts_sdp_group_has(group, mid->value))
			return true;
	return false;
}

/* The first BUNDLE group that holds anything; NULL: none. */
static const char *find_group(const struct ts_sdp *offer)
{
	for (const struct ts_sdp_attr *a = NULL; (a = ts_sdp_bundle(offer, a));)
		if (names_a_line(offer, a->value)) return a->value;
	return NULL;
}

int ts_answer_plan(struct ts_negotiated *out, const struct ts_sdp *offer, const struct ts_offer_policy *policy,
	char *err, size_t err_cap)
{
	struct ts_offer_plan p = {out, offer, policy, find_group(offer), err, err_cap};
	memset(out, 0, sizeof(*out));
	out->audio_media = out->video_media = out->slides_media = -1;
	out->start_bitrate_kbps = policy->start_bitrate_kbps;
	out->max_picture_mb = policy->max_picture_mb;
	out->trickle = policy->trickle;
	out->bundle = p.group != NULL;
	if (err_cap) err[0] = '\0';

	int rc = read_lines(&p);
	if (rc) return rc;
	choose_lines(&p);
	if (policy->slides_mid && out->slides_media < 0)
		return fail(&p, TS_EINVAL, "no video m= line that can be used has the mid that was named as slides");
	rc = check_usable(&p);
	if (rc) return rc;
	out->tag = choose_tag(&p);
	ts_offer_choose_exts(&p);
	return plan_transport(&p);
}
