/* Simulcast: all layers are taken, up to TS_LAYERS_MAX, the smallest first. Without a word about
 * them in the answer the peer would send the first one of its list, which with browsers is the
 * smallest. Paused ones are left: nobody would tell the peer to resume them.
 *
 * Source  RFC 8853 5 (a=simulcast), 8851 (a=rid and its restrictions), 8852 (the RID in packets),
 *         5576 4.2 (a=ssrc-group); SIM: draft-uberti-rtcweb-plan-00 (never a standard, still sent).
 */
#include "base/text.h"
#include "control/offer/webrtc_plan.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* RIDS_MAX, ITEMS_MAX: that are looked at, of however many a description has. */
enum { LAYERS_MAX = 8, RIDS_MAX = 16, ITEMS_MAX = 32 };

struct rids {
	struct ts_sdp_rid rid[RIDS_MAX];
	size_t n;
};

struct layer {
	const struct ts_sdp_rid *rid;
	char rest[TS_RID_REST_MAX]; /* its restrictions, as we agree to them */
	int64_t area, kbps;         /* of its restrictions; -1: not restricted */
};

/* "send 1;~2,3 recv 4": the list behind "send", with its length. The last draft wrote "send
 * rid=1;2". */
static const char *find_list(const char *value, size_t *len)
{
	for (const char *s = value + strspn(value, " \t"); *s;) {
		size_t n = strcspn(s, " \t");
		const char *list = s + n + strspn(s + n, " \t");
		*len = strcspn(list, " \t");
		if (n == 4 && !strncasecmp(s, "send", 4)) {
			size_t draft = *len >= 4 && !strncasecmp(list, "rid=", 4) ? 4 : 0;
			*len -= draft;
			return list + draft;
		}
		s = list + *len + strspn(list + *len, " \t");
	}
	return NULL;
}

/* The number there, and the comma behind it; -1: there is none. */
static int read_pt(const char **s)
{
	int pt = 0;
	size_t n = 0;
	for (; (*s)[n] >= '0' && (*s)[n] <= '9' && n < 3; n++) pt = pt * 10 + (*s)[n] - '0';
	*s += n;
	if (!n || !strchr(",;", **s)) return -1; /* strchr: the end counts too */
	*s += **s == ',';
	return pt;
}

static const struct ts_answer_pt *find_pt(const struct ts_answer_media *am, int pt)
{
	for (size_t i = 0; i < am->n_pt; i++)
		if (am->pt[i].pt.pt == pt) return &am->pt[i];
	return NULL;
}

/* "pt=96,98;max-width=640" with only those payload types that are ours: the answer may shorten the
 * list (RFC 8851 6). False: nothing that can be shown is left, or it is too long. */
static bool copy_rest(char out[TS_RID_REST_MAX], const struct ts_answer_media *am, const char *rest)
{
	if (strlen(rest) >= TS_RID_REST_MAX) return false;
	struct ts_text text = ts_text(out, TS_RID_REST_MAX);
	const char *s = strncasecmp(rest, "pt=", 3) ? strcasestr(rest, ";pt=") : rest;
	if (s) s += *s == ';' ? 4 : 3;
	ts_text_append(&text, "%.*s", (int)(s ? (size_t)(s - rest) : strlen(rest)), rest);
	const size_t before = text.len;
	bool shows = !s;
	while (s && *s && *s != ';') {
		const int pt = read_pt(&s);
		if (pt < 0) return false;
		const struct ts_answer_pt *ours = find_pt(am, pt);
		if (ours) ts_text_append(&text, "%s%d", text.len > before ? "," : "", pt);
		shows |= ours && ours->pt.apt < 0;
	}
	if (s) ts_text_append(&text, "%s", s);
	return shows;
}

/* Those that are sent and fit into a packet. */
static void read_rids(struct rids *rids, const struct ts_sdp_media *m)
{
	const struct ts_sdp_attr *a = NULL;
	rids->n = 0;
	while (rids->n < RIDS_MAX && (a = ts_sdp_find(&m->s, "rid", a))) {
		struct ts_sdp_rid *rid = &rids->rid[rids->n];
		rids->n += !ts_sdp_rid_parse(rid, a->value) && rid->dir == TS_SDP_SENDONLY &&
			strlen(rid->id) <= TS_RID_MAX;
	}
}

static bool is_named(const struct ts_sdp_rid *rid, const char *id, size_t len)
{
	return strlen(rid->id) == len && !memcmp(rid->id, id, len);
}

/* False: there is none of that name that we can take. */
static bool read_layer(struct layer *l, const struct rids *rids, const struct ts_answer_media *am,
	const char *id, size_t len)
{
	size_t i = 0;
	while (i < rids->n && !is_named(&rids->rid[i], id, len)) i++;
	if (i == rids->n || !copy_rest(l->rest, am, rids->rid[i].rest)) return false;
	int64_t w = ts_sdp_fmtp_number(l->rest, "max-width"),
		h = ts_sdp_fmtp_number(l->rest, "max-height");
	int64_t fs = ts_sdp_fmtp_number(l->rest, "max-fs");
	l->rid = &rids->rid[i];
	l->area = w > 0 && h > 0 && w < UINT16_MAX && h < UINT16_MAX ? w * h
		: fs > 0                                             ? fs * 256
								     : -1;
	l->kbps = ts_sdp_fmtp_number(l->rest, "max-br");
	return true;
}

static bool is_listed(const struct layer *layers, size_t n, const char *id, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (is_named(layers[i].rid, id, len)) return true;
	return false;
}

/* Of each item the first alternative that will do and is not paused. */
static size_t read_layers(struct layer layers[LAYERS_MAX], const struct rids *rids,
	const struct ts_answer_media *am, const char *list, size_t len)
{
	const char *end = list + len;
	bool taken = false;
	size_t n = 0;
	int items = 0;
	for (const char *s = list; s < end && n < LAYERS_MAX && items < ITEMS_MAX; s++) {
		size_t n_id = strcspn(s, ";,~ \t");
		if (n_id > (size_t)(end - s)) n_id = (size_t)(end - s);
		bool paused = s > list && s[-1] == '~';
		if (n_id && !paused && !taken && !is_listed(layers, n, s, n_id) &&
			read_layer(&layers[n], rids, am, s, n_id)) {
			n++;
			taken = true;
		}
		items += n_id > 0;
		s += n_id;
		if (s < end && *s == ';') taken = false;
	}
	return n;
}

/* What is not restricted is larger than what is. */
static int compare(int64_t a, int64_t b)
{
	if (a == b) return 0;
	return b >= 0 && (a < 0 || a > b) ? 1 : -1;
}

/* Names go from small to large (q, h, f; 0, 1, 2), as browsers scale by default (webrtc-pc 5.2), or
 * tell that they do not (h, m, l; high, low). */
static bool begins_with_high(const struct layer *layers, size_t n)
{
	return n > 1 && layers[0].rid->id[0] == 'h' && layers[n - 1].rid->id[0] == 'l';
}

/* Their indices, the smallest first. */
static void sort(uint8_t sorted[LAYERS_MAX], const struct layer *layers, size_t n)
{
	const bool high_first = begins_with_high(layers, n);
	for (size_t i = 0; i < n; i++) {
		size_t at = i;
		for (; at; at--) {
			const struct layer *a = &layers[i], *b = &layers[sorted[at - 1]];
			int larger = compare(a->area, b->area);
			if (!larger) larger = compare(a->kbps, b->kbps);
			if (larger > 0 || (!larger && !high_first)) break;
			sorted[at] = sorted[at - 1];
		}
		sorted[at] = (uint8_t)i;
	}
}

/* Of too many the largest but one are left out: the steps below it count for small tiles, the
 * largest for a large one. */
static size_t thin_out(uint8_t sorted[LAYERS_MAX], size_t n)
{
	if (n <= TS_LAYERS_MAX) return n;
	sorted[TS_LAYERS_MAX - 1] = sorted[n - 1];
	return TS_LAYERS_MAX;
}

static void use_layers(struct ts_answer_media *am, struct ts_media_config *cfg,
	const struct layer *layers, size_t n)
{
	uint8_t sorted[LAYERS_MAX], n_ordered = 0;
	sort(sorted, layers, n);
	cfg->n_layers = thin_out(sorted, n);
	for (size_t i = 0; i < cfg->n_layers; i++) {
		const struct layer *l = &layers[sorted[i]];
		snprintf(cfg->layer[i].rid, sizeof(cfg->layer[i].rid), "%.*s", TS_RID_MAX,
			l->rid->id);
		memcpy(am->rid_rest[i], l->rest, sizeof(am->rid_rest[i]));
	}
	for (size_t at = 0; at < n; at++)
		for (size_t i = 0; i < cfg->n_layers; i++)
			if (sorted[i] == at) am->rid_order[n_ordered++] = (uint8_t)i;
}

static void choose_rids(
	const struct ts_sdp_media *m, struct ts_answer_media *am, struct ts_media_config *cfg)
{
	struct rids rids;
	struct layer layers[LAYERS_MAX];
	size_t len = 0;
	const struct ts_sdp_attr *a = ts_sdp_find(&m->s, "simulcast", NULL);
	const char *list = a ? find_list(a->value, &len) : NULL;
	if (!list) return;
	read_rids(&rids, m);
	const size_t n = read_layers(layers, &rids, am, list, len);
	if (!n) return;
	use_layers(am, cfg, layers, n);
	/* the first one comes by itself, and alone (RFC 8853 5.3.2) */
	const char *rid = cfg->layer[0].rid;
	size_t n_id = strlen(rid);
	am->simulcast = n > 1 || strncmp(list, rid, n_id) != 0 ||
		(len > n_id && !strchr(";,", list[n_id]));
}

/* ---- by SSRC */

/* "SIM 1 2 3": what is behind these semantics; NULL: it has others. */
static const char *group_of(const char *value, const char *semantics)
{
	const size_t n = strlen(semantics);
	return !strncmp(value, semantics, n) && strchr(" \t", value[n]) ? value + n : NULL;
}

/* The next SSRC of a group; 0: no more. */
static uint32_t next_ssrc(const char **s)
{
	uint64_t ssrc = 0;
	*s += strspn(*s, " \t");
	size_t n = strspn(*s, "0123456789");
	for (size_t i = 0; i < n && i < 11; i++) ssrc = ssrc * 10 + (uint64_t)((*s)[i] - '0');
	*s += n;
	return n <= 10 && ssrc <= UINT32_MAX ? (uint32_t)ssrc : 0;
}

static void find_rtx(struct ts_layer *layer, const struct ts_sdp_media *m)
{
	for (const struct ts_sdp_attr *a = NULL; (a = ts_sdp_find(&m->s, "ssrc-group", a));) {
		const char *s = group_of(a->value, "FID");
		if (s && next_ssrc(&s) == layer->ssrc) layer->rtx_ssrc = next_ssrc(&s);
	}
}

static bool has_ssrc(const struct ts_media_config *cfg, uint32_t ssrc)
{
	for (size_t i = 0; i < cfg->n_layers; i++)
		if (cfg->layer[i].ssrc == ssrc) return true;
	return false;
}

/* Of descriptions that were changed by hand: the smallest first, as they are made. */
static void choose_group(const struct ts_sdp_media *m, struct ts_media_config *cfg)
{
	const char *s = NULL;
	for (const struct ts_sdp_attr *a = NULL; !s && (a = ts_sdp_find(&m->s, "ssrc-group", a));)
		s = group_of(a->value, "SIM");
	for (uint32_t ssrc; s && (ssrc = next_ssrc(&s));) {
		if (has_ssrc(cfg, ssrc)) continue;
		if (cfg->n_layers == TS_LAYERS_MAX) cfg->n_layers--;
		cfg->layer[cfg->n_layers++] = (struct ts_layer){.ssrc = ssrc};
	}
	if (cfg->n_layers < 2) cfg->n_layers = 0;
	for (size_t i = 0; i < cfg->n_layers; i++) find_rtx(&cfg->layer[i], m);
}

void ts_offer_choose_layers(
	const struct ts_sdp_media *m, struct ts_answer_media *am, struct ts_media_config *cfg)
{
	if (cfg->kind != TS_VIDEO || !(am->dir & TS_SDP_RECVONLY)) return;
	choose_rids(m, am, cfg);
	if (!cfg->n_layers) choose_group(m, cfg);
}

void ts_offer_drop_rids(
	const struct ts_sdp_media *m, struct ts_answer_media *am, struct ts_media_config *cfg)
{
	memset(cfg->layer, 0, sizeof(cfg->layer));
	cfg->n_layers = 0;
	am->simulcast = false;
	choose_group(m, cfg);
}
