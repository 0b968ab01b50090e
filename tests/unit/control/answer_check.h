/* answer_check - is an answer lawful for its offer? Read strictly from the text, by the rules of
 * RFC 3264, 8843, 8285 and 6184 and not by what the engine thought; for offer/test_webrtc.c and
 * fuzz_sdp.c. */
#ifndef TS_TESTS_UNIT_CONTROL_ANSWER_CHECK_H
#define TS_TESTS_UNIT_CONTROL_ANSWER_CHECK_H

#include "codec/registry.h"
#include "control/offer/webrtc.h"
#include <stdio.h>
#include <strings.h>

struct answer_check {
	const struct ts_sdp *offer, *answer;
	const char *ext_uri[256]; /* by id, over all accepted lines */
	char what[160];           /* what is wrong; "": nothing */
};

#define CHECK(cond) \
	do { \
		if (!(cond) && !c->what[0]) snprintf(c->what, sizeof(c->what), "line %u: not %s", \
			m->s.line, #cond); \
	} while (0)

static inline const struct ts_sdp_attr *check_pt_attr(
	const struct ts_sdp_media *m, const char *name, int pt)
{
	const char *rest;
	int at;
	struct ts_sdp_rtpmap map;
	for (const struct ts_sdp_attr *a = NULL; (a = ts_sdp_find(&m->s, name, a));) {
		if (ts_sdp_pt_parse(&at, &rest, a->value) || at != pt) continue;
		/* one that cannot be read does not count */
		if (strcmp(name, "rtpmap") || !ts_sdp_rtpmap_parse(&map, a->value)) return a;
	}
	return NULL;
}

static inline bool check_has_format(const struct ts_sdp_media *m, int pt)
{
	for (size_t i = 0; i < m->n_format; i++)
		if (ts_sdp_format_pt(m->format[i]) == pt) return true;
	return false;
}

static inline void check_h264(
	struct answer_check *c, const struct ts_sdp_media *m, const char *offered, const char *ours)
{
	struct ts_format f, g;
	const struct ts_codec_info *info = ts_codec_info(TS_CODEC_H264);
	CHECK(!info->parse_fmtp(&f, offered));
	CHECK(!info->parse_fmtp(&g, ours));
	if (c->what[0]) return;
	CHECK(f.profile_idc == g.profile_idc);
	CHECK(f.packetization_mode == g.packetization_mode);
	CHECK(!g.level_asymmetry || f.level_asymmetry);
	CHECK(f.level_asymmetry || g.level_idc <= f.level_idc);
}

static inline void check_format(
	struct answer_check *c, const struct ts_sdp_media *o, const struct ts_sdp_media *m, int pt)
{
	const char *rest;
	struct ts_sdp_rtpmap offered, ours;
	const struct ts_sdp_attr *o_map = check_pt_attr(o, "rtpmap", pt),
		*map = check_pt_attr(m, "rtpmap", pt);
	const struct ts_sdp_attr *o_fmtp = check_pt_attr(o, "fmtp", pt),
		*fmtp = check_pt_attr(m, "fmtp", pt);
	CHECK(pt >= 0);
	CHECK(check_has_format(o, pt));
	CHECK(map != NULL);
	if (c->what[0]) return;
	CHECK((o_map && !ts_sdp_rtpmap_parse(&offered,
		o_map->value)) || !ts_sdp_rtpmap_static(&offered, (unsigned)pt));
	CHECK(!ts_sdp_rtpmap_parse(&ours, map->value));
	CHECK(!strcasecmp(offered.name, ours.name) && offered.clock_hz == ours.clock_hz);
	if (!strcmp(ours.name, "H264")) {
		CHECK(fmtp != NULL);
		if (fmtp) check_h264(c, m, o_fmtp ? strchr(o_fmtp->value, ' ') : "",
			strchr(fmtp->value, ' ') + 1);
	} else if (!strcmp(ours.name, "rtx")) {
		CHECK(fmtp && o_fmtp && !ts_sdp_pt_parse(&pt, &rest, fmtp->value));
		int64_t apt = c->what[0] ? -1 : ts_sdp_fmtp_number(rest, "apt");
		CHECK(apt >= 0 && check_has_format(m, (int)apt));
	} else {
		CHECK(ts_codec_find(ours.name, ours.clock_hz, ours.channels) != TS_CODEC_NONE);
	}
}

static inline void check_feedback(
	struct answer_check *c, const struct ts_sdp_media *o, const struct ts_sdp_media *m)
{
	const char *ours, *theirs;
	int pt, o_pt;
	for (const struct ts_sdp_attr *a = NULL; (a = ts_sdp_find(&m->s, "rtcp-fb", a));) {
		CHECK(!ts_sdp_pt_parse(&pt, &ours, a->value) && check_has_format(m, pt));
		bool found = false;
		for (const struct ts_sdp_attr *b = NULL;
			(b = ts_sdp_find(&o->s, "rtcp-fb", b)) && !c->what[0];)
			found |= !ts_sdp_pt_parse(&o_pt, &theirs, b->value) &&
				(o_pt == pt || o_pt < 0) && !strcasecmp(ours, theirs);
		CHECK(found);
	}
}

static inline void check_exts(
	struct answer_check *c, const struct ts_sdp_media *o, const struct ts_sdp_media *m)
{
	struct ts_sdp_extmap ours, theirs;
	for (const struct ts_sdp_attr *a = NULL; (a = ts_sdp_find(&m->s, "extmap", a));) {
		CHECK(!ts_sdp_extmap_parse(&ours, a->value) && ours.id < 15);
		if (c->what[0]) return;
		bool found = false;
		for (int level = 0; level < 2; level++) {
			const struct ts_sdp_section *s = level ? &c->offer->s : &o->s;
			for (const struct ts_sdp_attr *b = NULL; (b = ts_sdp_find(s, "extmap", b));)
				found |= !ts_sdp_extmap_parse(&theirs, b->value) &&
					theirs.id == ours.id && theirs.uri_len == ours.uri_len &&
					!memcmp(theirs.uri, ours.uri, ours.uri_len);
		}
		CHECK(found);
		CHECK(!c->ext_uri[ours.id] || !strcmp(c->ext_uri[ours.id], ours.uri));
		c->ext_uri[ours.id] = ours.uri;
	}
}

/* The first one that holds a line of the offer. */
static inline const struct ts_sdp_attr *check_group(const struct ts_sdp *sdp)
{
	for (const struct ts_sdp_attr *a = NULL; (a = ts_sdp_bundle(sdp, a));)
		for (size_t i = 0; i < sdp->n_media; i++) {
			const struct ts_sdp_attr *mid = ts_sdp_find(&sdp->media[i].s, "mid", NULL);
			if (mid && ts_sdp_group_has(a->value, mid->value)) return a;
		}
	return NULL;
}

static inline void check_accepted(
	struct answer_check *c, const struct ts_sdp_media *o, const struct ts_sdp_media *m)
{
	enum ts_sdp_setup setup = TS_SDP_HOLDCONN, offered = TS_SDP_ACTIVE;
	const struct ts_sdp_attr *a = ts_sdp_find(&m->s, "setup", NULL),
		*b = ts_sdp_find_either(c->offer, o, "setup");
	CHECK(a && !ts_sdp_setup_parse(&setup, a->value));
	CHECK(setup == TS_SDP_ACTIVE || setup == TS_SDP_PASSIVE);
	/* of a bundle only the tagged line's counts, and that one was checked when it was
	 * planned */
	if (b && !ts_sdp_setup_parse(&offered,
		b->value) && !check_group(c->offer)) CHECK(setup != offered);
	CHECK(ts_sdp_has(&m->s, "rtcp-mux") && ts_sdp_has(&o->s, "rtcp-mux"));
	CHECK(!ts_sdp_has(&m->s, "rtcp-rsize") || ts_sdp_has(&o->s, "rtcp-rsize"));
	CHECK(ts_sdp_has(&m->s, "ice-ufrag") && ts_sdp_has(&m->s, "ice-pwd") && ts_sdp_has(&m->s,
		"fingerprint"));
	enum ts_sdp_dir dir = ts_sdp_direction(c->answer, m);
	CHECK((dir & ts_sdp_dir_reverse(ts_sdp_direction(c->offer, o))) == dir);
	CHECK(!(dir & TS_SDP_SENDONLY) == !ts_sdp_has(&m->s, "ssrc"));
	bool seen[128] = {false};
	for (size_t i = 0; i < m->n_format && !c->what[0]; i++) {
		int pt = ts_sdp_format_pt(m->format[i]);
		check_format(c, o, m, pt);
		CHECK(pt >= 0 && !seen[pt]);
		if (pt >= 0) seen[pt] = true;
	}
	check_feedback(c, o, m);
	check_exts(c, o, m);
}

static inline void check_line(
	struct answer_check *c, const struct ts_sdp_media *o, const struct ts_sdp_media *m)
{
	const struct ts_sdp_attr *group = check_group(c->answer), *o_group = check_group(c->offer);
	const struct ts_sdp_attr *mid = ts_sdp_find(&m->s, "mid", NULL),
		*o_mid = ts_sdp_find(&o->s, "mid", NULL);
	CHECK(!strcmp(o->kind, m->kind) && !strcmp(o->proto, m->proto));
	CHECK(!mid == !o_mid && (!mid || !strcmp(mid->value, o_mid->value)));
	CHECK(!group == !o_group);
	bool grouped = group && mid && ts_sdp_group_has(group->value, mid->value);
	if (!m->port) {
		CHECK(!grouped);
		return;
	}
	CHECK(!group || (grouped && ts_sdp_group_has(o_group->value, mid->value)));
	CHECK(ts_sdp_is(m, "audio") || ts_sdp_is(m, "video"));
	check_accepted(c, o, m);
}

/* "" or what is wrong. */
static inline const char *answer_check(
	struct answer_check *c, const struct ts_sdp *offer, const struct ts_sdp *answer)
{
	*c = (struct answer_check){.offer = offer, .answer = answer};
	if (offer->n_media != answer->n_media) return "another number of m-lines";
	for (size_t i = 0; i < offer->n_media && !c->what[0]; i++) check_line(c, &offer->media[i],
		&answer->media[i]);
	return c->what;
}

/* What was decided for the transport fits what the answer says. */
static inline bool answer_matches_plan(const struct ts_sdp *answer, const struct ts_negotiated *n)
{
	for (size_t i = 0; i < n->n_lines; i++) {
		const struct ts_sdp_media *m = &answer->media[i];
		if (!m->port != (n->line[i].refused != NULL)) return false;
		if (n->line[i].refused) continue;
		const struct ts_media_config *cfg = &n->transport.media[n->line[i].media];
		enum ts_sdp_dir dir = ts_sdp_direction(answer, m);
		if (cfg->send != !!(dir & TS_SDP_SENDONLY) ||
			(cfg->n_pt > 0) != !!(dir & TS_SDP_RECVONLY))
			return false;
		if (cfg->send &&
			(!check_has_format(m, cfg->send_pt) || !cfg->send_ssrc ||
				cfg->send_ssrc == cfg->send_rtx_ssrc))
			return false;
		if (cfg->send_rtx_pt && !check_has_format(m, cfg->send_rtx_pt)) return false;
		for (size_t k = 0; k < cfg->n_pt; k++)
			if (!check_has_format(m, cfg->pt[k].pt)) return false;
	}
	return true;
}

#undef CHECK
#endif
