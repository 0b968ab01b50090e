/* Simulcast: the best layer alone is taken. Without a word about layers in the answer the peer
 * would send the first one of its list, which with browsers is the smallest.
 *
 * Source  RFC 8853 5 (a=simulcast), 8851 (a=rid and its restrictions), 8852 (the RID in packets).
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
		if (n_id && !paused && !taken && find_rid(&layers[n].rid, m, am, s, n_id)) {
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

static const struct layer *choose(const struct layer *layers, size_t n)
{
	const struct layer *best = layers;
	bool high_first = begins_with_high(layers, n);
	for (const struct layer *l = layers + 1; l < layers + n; l++) {
		int better = compare(l->area, best->area);
		if (!better) better = compare(l->kbps, best->kbps);
		if (better > 0 || (!better && !high_first)) best = l;
	}
	return best;
}

void ts_offer_choose_rid(const struct ts_offer_plan *p, const struct ts_sdp_media *m,
	struct ts_answer_media *am, struct ts_media_config *cfg)
{
	struct layer layers[LAYERS_MAX];
	struct ts_sdp_extmap ext;
	size_t len = 0;
	const struct ts_sdp_attr *a = ts_sdp_find(&m->s, "simulcast", NULL);
	const char *list = a ? find_list(a->value, &len) : NULL;
	if (cfg->kind != TS_VIDEO || !(am->dir & TS_SDP_RECVONLY) || !list) return;
	if (!ts_offer_find_ext(&ext, p->offer, m, TS_EXT_RID)) return;
	size_t n = read_layers(layers, m, am, list, len);
	if (!n) return;
	const struct ts_sdp_rid *rid = &choose(layers, n)->rid;
	cfg->n_layers = 1;
	char *name = cfg->layer[0].rid;
	snprintf(name, TS_RID_MAX + 1, "%.*s", TS_RID_MAX, rid->id);
	snprintf(am->rid_rest, sizeof(am->rid_rest), "%s", rid->rest);
	/* the first one comes by itself, and alone (RFC 8853 5.3.2) */
	size_t n_id = strlen(name);
	am->simulcast = strncmp(list, name, n_id) != 0 ||
		(len > n_id && !strchr(";,", list[n_id]));
}
