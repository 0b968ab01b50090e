#include "control/offer/webrtc.h"
#include "base/error.h"
#include "control/offer/ids.h"
#include "control/offer/webrtc_plan.h"
#include "mixer/output/ladder.h"
#include <string.h>

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
	/* the last one stays 0 */
	size_t n = 0, max = sizeof(cfg->remote_ssrc) / sizeof(cfg->remote_ssrc[0]) - 1;
	struct ts_sdp_ssrc offered;
	for (const struct ts_sdp_attr *a = NULL; n < max && (a = ts_sdp_find(s, "ssrc", a));) {
		if (ts_sdp_ssrc_parse(&offered, a->value)) continue;
		bool known = false;
		for (size_t i = 0; i < n; i++) known |= cfg->remote_ssrc[i] == offered.ssrc;
		if (!known) cfg->remote_ssrc[n++] = offered.ssrc;
	}
}

/* ---- one m-line */

/* Watchers present nothing. */
static bool is_slides(const struct ts_offer_plan *p, const struct ts_sdp_media *m,
	const struct ts_answer_line *line)
{
	if (!ts_sdp_is(m, "video") || p->policy->kind == TS_OFFER_WATCH) return false;
	if (p->policy->slides_mid && *line->mid && !strcmp(line->mid, p->policy->slides_mid))
		return true;
	return ts_line_is_slides(m);
}

/* What we would do on this line. */
static enum ts_sdp_dir our_direction(const struct ts_offer_plan *p, const struct ts_sdp_media *m,
	const struct ts_answer_line *line)
{
	static const enum ts_sdp_dir ours[] = {
		[TS_OFFER_JOIN] = TS_SDP_SENDRECV,
		[TS_OFFER_WATCH] = TS_SDP_SENDONLY,
		[TS_OFFER_CONTRIBUTE] = TS_SDP_RECVONLY,
	};
	enum ts_sdp_dir dir = ts_sdp_dir_reverse(ts_sdp_direction(p->offer, m)) &
		ours[p->policy->kind];
	const bool slides = is_slides(p, m, line);
	const unsigned kind = slides    ? TS_WITHHOLD_SLIDES
		: ts_sdp_is(m, "video") ? TS_WITHHOLD_CAMERA
					: TS_WITHHOLD_AUDIO;
	if (p->policy->withheld & kind) dir &= ~TS_SDP_RECVONLY;
	return slides ? dir & TS_SDP_RECVONLY : dir;
}

/* The telephone's codecs would only make worse what has Opus; alone they are taken (RFC 7874 3
 * wants G.711 everywhere). */
static void drop_telephone_codecs(struct ts_answer_media *am)
{
	enum { TELEPHONE_HZ = 8000 };
	size_t n = 0, better = 0;
	for (size_t i = 0; i < am->n_pt; i++) better += am->pt[i].pt.clock_hz > TELEPHONE_HZ;
	for (size_t i = 0; i < am->n_pt; i++)
		if (!better || am->pt[i].pt.clock_hz > TELEPHONE_HZ) am->pt[n++] = am->pt[i];
	am->n_pt = n;
}

/* Keys that are pressed (RTCDTMFSender). Comfort noise is of no use beside Opus. */
static void drop_comfort_noise(struct ts_answer_media *am)
{
	size_t n = 0;
	for (size_t i = 0; i < am->n_other; i++)
		if (am->other[i].pt.codec == TS_CODEC_DTMF) am->other[n++] = am->other[i];
	am->n_other = n;
}

static void use_video(struct ts_offer_plan *p, const struct ts_stream *s)
{
	if (!s->cfg->send) return;
	p->out->video_format = s->am->pt[s->am->send].format;
	p->out->packetization_mode = p->out->video_format.packetization_mode;
	p->out->send_kbps = ts_line_kbps(&s->m->s);
}

/* Takes the line into transport.media, or says why not. */
static const char *accept_line(struct ts_offer_plan *p, const struct ts_sdp_media *m,
	struct ts_answer_line *line, enum ts_media kind)
{
	struct ts_transport_config *t = &p->out->transport;
	struct ts_answer_media *am = &p->out->media[t->n_media];
	struct ts_media_config *cfg = &t->media[t->n_media];
	struct ts_stream s = {.m = m, .kind = kind, .am = am, .cfg = cfg, .rtx = true};
	s.no_red = p->policy->red == TS_RED_OFF;
	s.others = kind == TS_AUDIO && our_direction(p, m, line) & TS_SDP_RECVONLY;
	s.feedback = p->policy->twcc ? TS_FB_TWCC : 0;
	if (kind == TS_VIDEO) {
		s.feedback |= TS_FB_NACK | TS_FB_PLI | TS_FB_FIR | TS_FB_REMB;
		s.sets = is_slides(p, m, line) ? &p->out->slides_sets : &p->out->camera_sets;
	}
	*am = (struct ts_answer_media){.dir = our_direction(p, m, line),
		.red_first = p->policy->red == TS_RED_FIRST,
		.rtcp_rsize = ts_sdp_has(&m->s, "rtcp-rsize")};
	const char *why = ts_stream_read(&s);
	if (why) return why;
	drop_telephone_codecs(am);
	drop_comfort_noise(am);

	*cfg = (struct ts_media_config){0};
	line->media = t->n_media++;
	memcpy(cfg->mid, line->mid, sizeof(cfg->mid));
	ts_stream_settle(&s);
	if (cfg->send) cfg->send_ssrc = new_ssrc(p);
	if (cfg->send_rtx_pt) cfg->send_rtx_ssrc = new_ssrc(p);
	if (kind == TS_VIDEO) use_video(p, &s);
	if (!p->policy->one_layer) ts_offer_choose_layers(m, am, cfg);
	remember_ssrcs(cfg, &m->s);
	return NULL;
}

/* ---- which m-lines */

static const char *refuse_early(const struct ts_offer_plan *p, const struct ts_sdp_media *m,
	const struct ts_answer_line *line)
{
	/* JSEP 5.1.2: protocols are told apart by nothing we do; DTLS, SRTP and feedback are always
	 * on */
	const char *why = ts_line_refuse(m, 0);
	if (why) return why;
	bool grouped = p->group && *line->mid && ts_sdp_group_has(p->group, line->mid);
	if (!m->port && !(grouped && ts_sdp_has(&m->s, "bundle-only")))
		return "disabled by the offer";
	if (!grouped && ts_sdp_has(&m->s, "bundle-only")) return "bundle-only outside of BUNDLE";
	if (!ts_sdp_has(&m->s, "rtcp-mux")) return "no rtcp-mux";
	if (p->group && !grouped) return "not in the first BUNDLE group";
	return NULL;
}

static const char *use_line(
	struct ts_offer_plan *p, const struct ts_sdp_media *m, struct ts_answer_line *line)
{
	struct ts_negotiated *out = p->out;
	const char *why = refuse_early(p, m, line);
	if (why) return why;
	enum ts_media kind = (enum ts_media)ts_line_kind(m->kind);
	int *index = is_slides(p, m, line) ? &out->slides_media
		: kind == TS_VIDEO         ? &out->video_media
					   : &out->audio_media;
	if (!p->group && out->transport.n_media) return "a second line without BUNDLE";
	if (*index >= 0) return "a second line of its kind";
	why = accept_line(p, m, line, kind);
	if (!why) *index = (int)line->media;
	return why;
}

/* The first usable line of each kind; lines that would carry nothing only in the second round. */
static void choose_lines(struct ts_offer_plan *p)
{
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < p->out->n_lines; i++) {
			struct ts_answer_line *line = &p->out->line[i];
			const struct ts_sdp_media *m = &p->offer->media[i];
			bool carries = our_direction(p, m, line) != TS_SDP_INACTIVE;
			if (carries == !round) line->refused = use_line(p, m, line);
		}
	}
}

static int check_usable(struct ts_offer_plan *p)
{
	const struct ts_negotiated *out = p->out;
	for (size_t i = 0; i < out->transport.n_media; i++)
		if (p->policy->idle || out->media[i].dir != TS_SDP_INACTIVE) return 0;
	if (out->transport.n_media)
		return ts_offer_fail(&p->err, TS_EUNSUPPORTED,
			"no m= line would carry anything in a direction possible here");
	for (size_t i = 0; i < out->n_lines; i++) {
		const struct ts_answer_line *line = &out->line[i];
		if (ts_line_kind(line->kind) < 0) continue;
		return ts_offer_fail(&p->err, TS_EUNSUPPORTED, "line %u: m= cannot be used: %s",
			line->offer_line, line->refused);
	}
	return ts_offer_fail(&p->err, TS_EUNSUPPORTED, "no audio or video m= line");
}

/* ---- the whole */

static int check_mid(
	struct ts_offer_plan *p, const struct ts_sdp_media *m, const struct ts_answer_line *line)
{
	const struct ts_sdp_attr *a = ts_sdp_find(&m->s, "mid", NULL);
	if (!a) return 0;
	if (!*line->mid)
		return ts_offer_fail(&p->err, TS_EINVAL,
			"line %u: a=mid is no token of at most %d characters", a->line, TS_MID_MAX);
	for (const struct ts_answer_line *l = p->out->line; l < line; l++)
		if (!strcmp(l->mid, line->mid))
			return ts_offer_fail(
				&p->err, TS_EINVAL, "line %u: this a=mid was used before", a->line);
	return 0;
}

static int read_lines(struct ts_offer_plan *p)
{
	int rc = 0;
	for (size_t i = 0; !rc && i < p->offer->n_media; i++) {
		struct ts_answer_line *line = &p->out->line[p->out->n_lines++];
		ts_line_describe(line, &p->offer->media[i]);
		rc = check_mid(p, &p->offer->media[i], line);
	}
	return rc;
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
		if ((mid = ts_sdp_find(&offer->media[i].s, "mid", NULL)) &&
			ts_sdp_group_has(group, mid->value))
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

int ts_answer_plan(struct ts_negotiated *out, const struct ts_sdp *offer,
	const struct ts_offer_policy *policy, char *err, size_t err_cap)
{
	struct ts_offer_plan p = {out, offer, policy, find_group(offer), {err, err_cap}};
	memset(out, 0, sizeof(*out));
	out->audio_media = out->video_media = out->slides_media = -1;
	out->start_bitrate_kbps = policy->start_bitrate_kbps;
	out->mode = policy->mode;
	out->max_picture_mb = policy->max_picture_mb;
	out->trickle = policy->trickle;
	out->bundle = p.group != NULL;
	if (err_cap) err[0] = '\0';

	int rc = read_lines(&p);
	if (rc) return rc;
	choose_lines(&p);
	if (policy->slides_mid && out->slides_media < 0)
		return ts_offer_fail(&p.err, TS_EINVAL,
			"no video m= line that can be used has the mid that was named as slides");
	rc = check_usable(&p);
	if (rc) return rc;
	out->tag = choose_tag(&p);
	ts_offer_choose_exts(&p);
	const struct ts_ids ids = ids_of(&p);
	ts_ids_cname(&ids, out->transport.cname);
	return ts_offer_plan_transport(&p);
}
