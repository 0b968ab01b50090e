/* Simulcast: all layers are taken, up to TS_LAYERS_MAX, the smallest first. Without a word about
 * them in the answer the peer would send the first one of its list, which with browsers is the
 * smallest. Paused ones are left: nobody would tell the peer to resume them.
 *
 * Source  RFC 8853 5 (a=simulcast), 8851 (a=rid and its restrictions), 8852 (the RID in packets),
 *         5576 4.2 (a=ssrc-group); SIM: draft-uberti-rtcweb-plan-00 (never a standard, still sent).
 */
#include "control/offer/webrtc_plan.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LAYERS_MAX = 8 };

struct layer {
	struct ts_sdp_rid rid;
	int64_t area, kbps; /* of its restrictions; -1: not restricted */
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

/* "pt=96,97;max-width=640": are all of its payload types among ours? */
static bool fits_formats(const struct ts_answer_media *am, const char *rest)
{
	const char *s = strncasecmp(rest, "pt=", 3) ? strcasestr(rest, ";pt=") : rest;
	if (!s) return true;
	for (s += *s == ';' ? 4 : 3; *s && *s != ';'; s += *s == ',') {
		uint32_t pt = 0;
		size_t n = 0;
		for (; s[n] >= '0' && s[n] <= '9' && n < 3; n++)
			pt = pt * 10 + (uint32_t)(s[n] - '0');
		if (!n || !ts_has_pt(am->pt, am->n_pt, (int)pt)) return false;
		s += n;
		if (*s && *s != ',' && *s != ';') return false;
	}
	return true;
}

/* The a=rid of that name, if it is one that we can take. */
static bool find_rid(struct ts_sdp_rid *out, const struct ts_sdp_media *m,
	const struct ts_answer_media *am, const char *id, size_t len)
{
	for (const struct ts_sdp_attr *a = NULL; (a = ts_sdp_find(&m->s, "rid", a));)
		if (!ts_sdp_rid_parse(out, a->value) && strlen(out->id) == len &&
			!memcmp(out->id, id, len))
			return out->dir == TS_SDP_SENDONLY && len <= TS_RID_MAX &&
				fits_formats(am, out->rest) &&
				strlen(out->rest) < sizeof(am->rid_rest);
	return false;
}

static void read_layer(struct layer *l)
{
	int64_t w = ts_sdp_fmtp_number(l->rid.rest, "max-width"),
		h = ts_sdp_fmtp_number(l->rid.rest, "max-height");
	int64_t fs = ts_sdp_fmtp_number(l->rid.rest, "max-fs");
	l->area = w > 0 && h > 0 && w < UINT16_MAX && h < UINT16_MAX ? w * h
		: fs > 0                                             ? fs * 256
								     : -1;
	l->kbps = ts_sdp_fmtp_number(l->rid.rest, "max-br");
}

static bool is_listed(const struct layer *layers, size_t n, const char *id, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(layers[i].rid.id) == len && !memcmp(layers[i].rid.id, id, len))
			return true;
	return false;
}

/* Of each item the first alternative that will do and is not paused. */
static size_t read_layers(struct layer layers[LAYERS_MAX], const struct ts_sdp_media *m,
	const struct ts_answer_media *am, const char *list, size_t len)
{
	const char *end = list + len;
	bool taken = false;
	size_t n = 0;
	for (const char *s = list; s < end && n < LAYERS_MAX; s++) {
		size_t n_id = strcspn(s, ";,~ \t");
		if (n_id > (size_t)(end - s)) n_id = (size_t)(end - s);
		bool paused = s > list && s[-1] == '~';
		if (n_id && !paused && !taken && !is_listed(layers, n, s, n_id) &&
			find_rid(&layers[n].rid, m, am, s, n_id)) {
			read_layer(&layers[n++]);
			taken = true;
		}
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
	return n > 1 && layers[0].rid.id[0] == 'h' && layers[n - 1].rid.id[0] == 'l';
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

static void take_layers(struct ts_answer_media *am, struct ts_media_config *cfg,
	const struct layer *layers, size_t n)
{
	uint8_t sorted[LAYERS_MAX], n_ordered = 0;
	sort(sorted, layers, n);
	cfg->n_layers = thin_out(sorted, n);
	for (size_t i = 0; i < cfg->n_layers; i++) {
		const struct ts_sdp_rid *rid = &layers[sorted[i]].rid;
		snprintf(cfg->layer[i].rid, sizeof(cfg->layer[i].rid), "%.*s", TS_RID_MAX, rid->id);
		snprintf(am->rid_rest[i], sizeof(am->rid_rest[i]), "%s", rid->rest);
	}
	for (size_t at = 0; at < n; at++)
		for (size_t i = 0; i < cfg->n_layers; i++)
			if (sorted[i] == at) am->rid_order[n_ordered++] = (uint8_t)i;
}

static void choose_rids(const struct ts_offer_plan *p, const struct ts_sdp_media *m,
	struct ts_answer_media *am, struct ts_media_config *cfg)
{
	struct layer layers[LAYERS_MAX];
	struct ts_sdp_extmap ext;
	size_t len = 0;
	const struct ts_sdp_attr *a = ts_sdp_find(&m->s, "simulcast", NULL);
	const char *list = a ? find_list(a->value, &len) : NULL;
	if (!list || !ts_offer_find_ext(&ext, p->offer, m, TS_EXT_RID)) return;
	size_t n = read_layers(layers, m, am, list, len);
	if (!n) return;
	take_layers(am, cfg, layers, n);
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

void ts_offer_choose_layers(const struct ts_offer_plan *p, const struct ts_sdp_media *m,
	struct ts_answer_media *am, struct ts_media_config *cfg)
{
	if (cfg->kind != TS_VIDEO || !(am->dir & TS_SDP_RECVONLY)) return;
	choose_rids(p, m, am, cfg);
	if (!cfg->n_layers) choose_group(m, cfg);
}
