#include "control/offer/webrtc_plan.h"
#include <string.h>

static const struct ext_rule {
	const char *uri;
	size_t at; /* in struct ts_ext_ids */
	bool audio, video;
	enum ts_sdp_dir dir; /* we need to send it, receive it */
	bool either;         /* one of the two will do */
} ext_rules[] = {
/* by importance: where ids collide the upper one stays */
#define AT(field) offsetof(struct ts_ext_ids, field)
	{"urn:ietf:params:rtp-hdrext:sdes:mid", AT(mid), true, true, TS_SDP_SENDRECV, false},
	{"urn:ietf:params:rtp-hdrext:ssrc-audio-level", AT(audio_level), true, false,
		TS_SDP_RECVONLY, false},
	{"http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", AT(abs_send_time), false,
		true, TS_SDP_SENDONLY, false},
	{"urn:3gpp:video-orientation", AT(video_orientation), false, true, TS_SDP_RECVONLY, false},
	{"http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01", AT(twcc),
		true, true, TS_SDP_SENDRECV, true},
	{"http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time", AT(abs_capture_time),
		true, true, TS_SDP_SENDRECV, false},
	{"urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", AT(rid), false, true, TS_SDP_RECVONLY,
		false},
	{"urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id", AT(repaired_rid), false, true,
		TS_SDP_RECVONLY, false},
#undef AT
};

enum {
	N_EXT_RULES = sizeof(ext_rules) / sizeof(ext_rules[0]),
	EXT_ID_MAX = 14,
	EXT_VALUE_MAX = 16
}; /* of the one-byte form */
_Static_assert((int)N_EXT_RULES <= (int)TS_ANSWER_EXT_MAX,
	"struct ts_answer_media has room for each rule");

static bool is_about_rid(const struct ext_rule *rule)
{
	return rule->at == offsetof(struct ts_ext_ids, rid) ||
		rule->at == offsetof(struct ts_ext_ids, repaired_rid);
}

static bool is_about_twcc(const struct ext_rule *rule)
{
	return rule->at == offsetof(struct ts_ext_ids, twcc);
}

/* Feedback costs packets of its own: sound takes part where there is some for pictures anyway. */
static bool is_twcc_wanted(const struct ts_offer_plan *p, const struct ts_media_config *cfg)
{
	int video = p->out->video_media;
	if (!p->policy->twcc || !cfg->twcc) return false;
	return cfg->kind == TS_VIDEO ||
		(video >= 0 && p->out->media[video].dir != TS_SDP_INACTIVE &&
			p->out->transport.media[video].twcc);
}

static bool is_ext_wanted(const struct ts_offer_plan *p, const struct ext_rule *rule, size_t media)
{
	const struct ts_media_config *cfg = &p->out->transport.media[media];
	if (is_about_twcc(rule) && !is_twcc_wanted(p, cfg)) return false;
	if (rule->at == offsetof(struct ts_ext_ids, video_orientation) && !p->policy->cvo)
		return false;
	if (rule->at == offsetof(struct ts_ext_ids, mid) &&
		(!*cfg->mid || strlen(cfg->mid) > EXT_VALUE_MAX))
		return false;
	if (is_about_rid(rule) && !*cfg->layer[0].rid) return false;
	if (!(cfg->kind == TS_VIDEO ? rule->video : rule->audio)) return false;
	return p->out->media[media].dir == TS_SDP_INACTIVE ||
		(p->out->media[media].dir & rule->dir);
}

/* Of several ids that the line or the session offers for one, the first that fits the one-byte
 * form. False: none. */
static bool find_ext(struct ts_sdp_extmap *out, const struct ts_sdp *offer,
	const struct ts_sdp_media *m, const char *uri)
{
	const struct ts_sdp_section *const level[] = {&m->s, &offer->s};
	for (int i = 0; i < 2; i++)
		for (const struct ts_sdp_attr *a = NULL; (a = ts_sdp_find(level[i], "extmap", a));)
			if (!ts_sdp_extmap_parse(out, a->value) && out->id <= EXT_ID_MAX &&
				out->uri_len == strlen(uri) && !memcmp(out->uri, uri, out->uri_len))
				return true;
	return false;
}

static bool fits(const struct ext_rule *rule, enum ts_sdp_dir dir)
{
	enum ts_sdp_dir both = dir & rule->dir;
	return rule->either ? both != TS_SDP_INACTIVE : both == rule->dir;
}

/* Numbers of ours need RTX where lost packets are asked for: without it a packet is repeated as it
 * was, and the number would say when it came for the first time. */
static bool may_number(const struct ts_media_config *cfg, enum ts_sdp_dir dir)
{
	return cfg->send && (dir & TS_SDP_SENDONLY) && (!cfg->nack || cfg->send_rtx_pt);
}

static void use_ext(struct ts_offer_plan *p, const struct ext_rule *rule, size_t media,
	const struct ts_sdp_extmap *ext)
{
	struct ts_answer_media *am = &p->out->media[media];
	struct ts_media_config *cfg = &p->out->transport.media[media];
	enum ts_sdp_dir dir = ts_sdp_dir_reverse(ext->dir);
	/* layers that the answer does not name may come all the same, to be told apart */
	if (am->simulcast || !is_about_rid(rule))
		am->ext[am->n_ext++] = (struct ts_answer_ext){
			(uint8_t)ext->id, ext->has_dir, dir, rule->uri};
	((uint8_t *)&cfg->ext)[rule->at] = (uint8_t)ext->id;
	if (is_about_twcc(rule)) cfg->send_twcc = may_number(cfg, dir);
}

/* Of what has no numbers there is no feedback. */
static void drop_feedback(struct ts_offer_plan *p, size_t media)
{
	struct ts_answer_media *am = &p->out->media[media];
	struct ts_media_config *cfg = &p->out->transport.media[media];
	if (cfg->ext.twcc || cfg->kind != TS_AUDIO) return;
	cfg->twcc = false;
	for (size_t i = 0; i < am->n_pt; i++) am->pt[i].feedback &= (uint8_t)~TS_FB_TWCC;
}

/* RFC 8843 9: within a bundle an id means one extension. Offers that break this exist (aiortc), so
 * the more important one wins. */
static void choose_ext(struct ts_offer_plan *p, const struct ext_rule *rule, size_t i,
	const struct ext_rule *owner[EXT_ID_MAX + 1])
{
	const struct ts_sdp_media *m = &p->offer->media[i];
	const size_t media = p->out->line[i].media;
	struct ts_sdp_extmap ext;
	if (find_ext(&ext, p->offer, m, rule->uri) && (!owner[ext.id] || owner[ext.id] == rule) &&
		fits(rule, ts_sdp_dir_reverse(ext.dir))) {
		owner[ext.id] = rule;
		use_ext(p, rule, media, &ext);
	} else if (rule->at == offsetof(struct ts_ext_ids, rid)) {
		ts_offer_drop_rids(m, &p->out->media[media], &p->out->transport.media[media]);
	}
}

void ts_offer_choose_exts(struct ts_offer_plan *p)
{
	const struct ext_rule *owner[EXT_ID_MAX + 1] = {NULL};
	for (const struct ext_rule *rule = ext_rules; rule < ext_rules + N_EXT_RULES; rule++) {
		for (size_t i = 0; i < p->out->n_lines; i++) {
			const struct ts_answer_line *line = &p->out->line[i];
			if (!line->refused && is_ext_wanted(p, rule, line->media))
				choose_ext(p, rule, i, owner);
		}
	}
	for (size_t i = 0; i < p->out->transport.n_media; i++) drop_feedback(p, i);
}

void ts_offer_list_exts(struct ts_answer_media *am, enum ts_media kind)
{
	am->n_ext = 0;
	for (size_t i = 0; i < N_EXT_RULES; i++) {
		const struct ext_rule *rule = &ext_rules[i];
		/* one way of telling times is enough, and there is no simulcast */
		if (is_about_rid(rule) || rule->at == offsetof(struct ts_ext_ids, abs_send_time))
			continue;
		if (kind == TS_VIDEO ? rule->video : rule->audio)
			am->ext[am->n_ext++] = (struct ts_answer_ext){
				.id = (uint8_t)(i + 1), .uri = rule->uri};
	}
}
