#include "base/error.h"
#include "base/text.h"
#include "control/sdp/sdp.h"
#include "control/sdp/words.h"

/* ---- looking up */

const struct ts_sdp_attr *ts_sdp_find(
	const struct ts_sdp_section *s, const char *name, const struct ts_sdp_attr *after)
{
	for (size_t i = after ? (size_t)(after - s->attr) + 1 : 0; i < s->n_attr; i++)
		if (!strcasecmp(s->attr[i].name, name)) return &s->attr[i];
	return NULL;
}

const struct ts_sdp_attr *ts_sdp_find_either(
	const struct ts_sdp *sdp, const struct ts_sdp_media *m, const char *name)
{
	const struct ts_sdp_attr *a = ts_sdp_find(&m->s, name, NULL);
	return a ? a : ts_sdp_find(&sdp->s, name, NULL);
}

static const char *const dir_names[] = {"inactive", "recvonly", "sendonly", "sendrecv"};

const char *ts_sdp_dir_name(enum ts_sdp_dir dir)
{
	return dir_names[dir & 3];
}

enum ts_sdp_dir ts_sdp_dir_reverse(enum ts_sdp_dir dir)
{
	return (dir & TS_SDP_SENDONLY ? TS_SDP_RECVONLY : 0) |
		(dir & TS_SDP_RECVONLY ? TS_SDP_SENDONLY : 0);
}

static int find_direction(const struct ts_sdp_section *s)
{
	for (size_t i = 0; i < s->n_attr; i++)
		for (int dir = 0; dir < 4; dir++)
			if (!strcasecmp(s->attr[i].name, dir_names[dir])) return dir;
	return -1;
}

enum ts_sdp_dir ts_sdp_direction(const struct ts_sdp *sdp, const struct ts_sdp_media *m)
{
	int dir = find_direction(&m->s);
	if (dir < 0) dir = find_direction(&sdp->s);
	return dir < 0 ? TS_SDP_SENDRECV : (enum ts_sdp_dir)dir; /* RFC 8866 6.7 */
}

bool ts_sdp_group_has(const char *group, const char *mid)
{
	size_t len = strlen(mid);
	const char *s = group + strcspn(group, " \t"); /* the semantics */
	while (*(s = skip_blanks(s))) {
		size_t n = strcspn(s, " \t");
		if (n == len && !memcmp(s, mid, n)) return true;
		s += n;
	}
	return false;
}

const struct ts_sdp_attr *ts_sdp_bundle(const struct ts_sdp *sdp, const struct ts_sdp_attr *after)
{
	const struct ts_sdp_attr *a = after;
	while ((a = ts_sdp_find(&sdp->s, "group", a)))
		if (!strncmp(a->value, "BUNDLE", 6) && strchr(" \t", a->value[6]))
			return a; /* strchr: the end counts too */
	return NULL;
}

bool ts_sdp_is_token(const char *s)
{
	if (!*s) return false;
	for (; *s; s++)
		if (*s <= ' ' || *s >= 0x7f || strchr("\"(),/:;<=>?@[\\]", *s)) return false;
	return true;
}

/* ---- payload types */

int ts_sdp_rtpmap_parse(struct ts_sdp_rtpmap *out, const char *value)
{
	uint32_t pt, clock_hz, channels = 0;
	*out = (struct ts_sdp_rtpmap){0};
	if (!take_number(&value, 127, "", &pt) ||
		!take_word(&value, out->name, sizeof(out->name), "/") || *value++ != '/' ||
		!take_number(&value, UINT32_MAX, "/", &clock_hz) || !clock_hz)
		return TS_EBADMSG;
	if (*value == '/') {
		value++;
		if (!take_number(&value, 255, "", &channels)) return TS_EBADMSG;
	}
	out->pt = (uint8_t)pt;
	out->clock_hz = clock_hz;
	out->channels = channels;
	return 0;
}

int ts_sdp_rtpmap_static(struct ts_sdp_rtpmap *out, unsigned pt)
{
	static const struct ts_sdp_rtpmap table[] = {
		{0, "PCMU", 8000, 1},
		{3, "GSM", 8000, 1},
		{4, "G723", 8000, 1},
		{8, "PCMA", 8000, 1},
		{9, "G722", 8000, 1},
		{13, "CN", 8000, 1},
		{15, "G728", 8000, 1},
		{18, "G729", 8000, 1},
		{26, "JPEG", 90000, 0},
		{31, "H261", 90000, 0},
		{34, "H263", 90000, 0},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].pt != pt) continue;
		*out = table[i];
		return 0;
	}
	return TS_ENOTFOUND;
}

int ts_sdp_pt_parse(int *pt, const char **rest, const char *value)
{
	uint32_t v;
	if (value[0] == '*' && (value[1] == ' ' || value[1] == '\t')) {
		*pt = -1;
		value++;
	} else if (take_number(&value, 127, "", &v)) {
		*pt = (int)v;
	} else {
		return TS_EBADMSG;
	}
	*rest = skip_blanks(value);
	return 0;
}

int ts_sdp_format_pt(const char *format)
{
	uint32_t v;
	return take_number(&format, 127, "", &v) ? (int)v : -1;
}

int64_t ts_sdp_fmtp_number(const char *fmtp, const char *name)
{
	size_t len = strlen(name);
	for (const char *s = fmtp; *s; s += strcspn(s, ";"), s += *s == ';') {
		s = skip_blanks(s);
		if (strncasecmp(s, name, len) || s[len] != '=') continue;
		uint32_t v;
		s += len + 1;
		return take_number(&s, UINT32_MAX, ";", &v) ? (int64_t)v : -1;
	}
	return -1;
}

/* ---- RTP streams and extensions */

int ts_sdp_extmap_parse(struct ts_sdp_extmap *out, const char *value)
{
	uint32_t id;
	char dir[16];
	*out = (struct ts_sdp_extmap){.dir = TS_SDP_SENDRECV};
	if (!take_number(&value, UINT16_MAX, "/", &id) || !id) return TS_EBADMSG;
	out->id = (uint16_t)id;
	if (*value == '/') {
		value++;
		int i = take_word(&value, dir, sizeof(dir), "") ? index_of(dir, dir_names, 4) : -1;
		if (i < 0) return TS_EBADMSG;
		out->has_dir = true;
		out->dir = (enum ts_sdp_dir)i;
	}
	out->uri = skip_blanks(value);
	out->uri_len = strcspn(out->uri, " \t");
	return out->uri_len ? 0 : TS_EBADMSG;
}

int ts_sdp_ssrc_parse(struct ts_sdp_ssrc *out, const char *value)
{
	if (!take_number(&value, UINT32_MAX, "", &out->ssrc)) return TS_EBADMSG;
	out->what = skip_blanks(value);
	return 0;
}

/* RFC 8851 10, 8852 3: what is told as text elsewhere is no other bytes. */
static bool is_rid(const char *s)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	return !s[strspn(s, allowed)];
}

static bool is_printable(const char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~') return false;
	return true;
}

int ts_sdp_rid_parse(struct ts_sdp_rid *out, const char *value)
{
	static const char *const dirs[] = {"send", "recv"};
	char dir[8];
	*out = (struct ts_sdp_rid){0};
	if (!take_word(&value, out->id, sizeof(out->id), "") ||
		!take_word(&value, dir, sizeof(dir), ""))
		return TS_EBADMSG;
	int i = index_of(dir, dirs, 2);
	if (i < 0) return TS_EBADMSG;
	out->dir = i ? TS_SDP_RECVONLY : TS_SDP_SENDONLY;
	out->rest = skip_blanks(value);
	return is_rid(out->id) && is_printable(out->rest) ? 0 : TS_EBADMSG;
}

int ts_sdp_rtcp_parse(struct ts_sdp_rtcp *out, const char *value)
{
	uint32_t port;
	char net[8], type[8];
	*out = (struct ts_sdp_rtcp){0};
	if (!take_number(&value, UINT16_MAX, "", &port)) return TS_EBADMSG;
	out->port = (uint16_t)port;
	if (!take_word(&value, net, sizeof(net), "") || strcasecmp(net, "IN") ||
		!take_word(&value, type, sizeof(type), "") ||
		(strcasecmp(type, "IP4") && strcasecmp(type, "IP6")) ||
		!take_word(&value, out->address, sizeof(out->address), ""))
		*out->address = '\0';
	return 0;
}

unsigned ts_sdp_ptime_ms(const struct ts_sdp_section *s, const char *name)
{
	const struct ts_sdp_attr *a = ts_sdp_find(s, name, NULL);
	if (!a) return 0;
	const char *value = a->value;
	uint32_t ms;
	if (!take_number(&value, 10000, ".", &ms)) return 0;
	return *value == '.' && value[1 + strspn(value + 1, "0")] ? ms + 1 : ms;
}

/* ---- transport */

static const struct {
	const char *name;
	size_t n_bytes;
} hashes[] = {
	[TS_SDP_HASH_UNKNOWN] = {"", 0},
	[TS_SDP_SHA1] = {"sha-1", 20},
	[TS_SDP_SHA224] = {"sha-224", 28},
	[TS_SDP_SHA256] = {"sha-256", 32},
	[TS_SDP_SHA384] = {"sha-384", 48},
	[TS_SDP_SHA512] = {"sha-512", 64},
};

int ts_sdp_fingerprint_parse(struct ts_sdp_fingerprint *out, const char *value)
{
	char name[16];
	*out = (struct ts_sdp_fingerprint){0};
	if (!take_word(&value, name, sizeof(name), "")) return TS_EBADMSG;
	enum ts_sdp_hash hash = TS_SDP_SHA512;
	while (hash != TS_SDP_HASH_UNKNOWN && strcasecmp(name, hashes[hash].name)) hash--;
	if (hash == TS_SDP_HASH_UNKNOWN) return 0;

	value = skip_blanks(value);
	struct ts_text text = ts_text(out->text, sizeof(out->text));
	ts_text_append(&text, "%s ", hashes[hash].name);
	for (size_t i = 0; i < hashes[hash].n_bytes; i++, value += 2) {
		if (i && *value++ != ':') return TS_EBADMSG;
		if (!isxdigit((unsigned char)value[0]) || !isxdigit((unsigned char)value[1]))
			return TS_EBADMSG;
		ts_text_append(&text, "%s%c%c", i ? ":" : "", toupper((unsigned char)value[0]),
			toupper((unsigned char)value[1]));
	}
	if (*skip_blanks(value)) return TS_EBADMSG;
	out->hash = hash;
	return 0;
}

int ts_sdp_setup_parse(enum ts_sdp_setup *out, const char *value)
{
	static const char *const names[] = {"actpass", "active", "passive", "holdconn"};
	char word[16];
	int i = take_word(&value, word, sizeof(word), "") ? index_of(word, names, 4) : -1;
	if (i < 0) return TS_EBADMSG;
	*out = (enum ts_sdp_setup)i;
	return 0;
}
