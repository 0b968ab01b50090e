#include "control/sip/digest.h"
#include <glib.h>
#include <string.h>

enum { AHEAD_MAX_MS = 1000 };

const char *ts_digest_name(enum ts_digest_algorithm algorithm)
{
	return algorithm == TS_DIGEST_SHA256 ? "SHA-256" : algorithm == TS_DIGEST_MD5 ? "MD5" : "";
}

/* ---- reading: Digest name=value, name="value", ... */

struct text {
	const char *p;
	size_t n;
};

static void skip(struct text *t, const char *set)
{
	while (t->n && *t->p && strchr(set, *t->p)) t->p++, t->n--;
}

/* One field into name and value; a quoted value without its quotes and pairs. False: the end, or
 * nonsense. */
static bool next_field(struct text *t, char name[32], char *value, size_t cap)
{
	size_t n = 0;
	skip(t, " \t\r\n,");
	for (; t->n && *t->p && !strchr("= \t\r\n,\"", *t->p); t->p++, t->n--)
		if (n < 31) name[n++] = g_ascii_tolower(*t->p);
	name[n] = '\0';
	skip(t, " \t\r\n");
	if (!n || !t->n || *t->p != '=') return false;
	t->p++, t->n--;
	skip(t, " \t\r\n");
	bool quoted = t->n && *t->p == '"';
	if (quoted) t->p++, t->n--;
	for (n = 0; t->n && *t->p && (quoted ? *t->p != '"' : !strchr(", \t\r\n", *t->p));
		t->p++, t->n--) {
		if (quoted && *t->p == '\\' && t->n > 1) t->p++, t->n--;
		if (n + 1 >= cap) return false;
		value[n++] = *t->p;
	}
	value[n] = '\0';
	if (!quoted) return true;
	if (!t->n || *t->p != '"') return false;
	t->p++, t->n--;
	return true;
}

static bool has_scheme(struct text *t)
{
	skip(t, " \t\r\n");
	if (t->n < 7 || g_ascii_strncasecmp(t->p, "Digest", 6) != 0 || !strchr(" \t\r\n", t->p[6]))
		return false;
	t->p += 7;
	t->n -= 7;
	return true;
}

static enum ts_digest_algorithm algorithm_of(const char *text)
{
	return !g_ascii_strcasecmp(text, "MD5")        ? TS_DIGEST_MD5
		: !g_ascii_strcasecmp(text, "SHA-256") ? TS_DIGEST_SHA256
						       : TS_DIGEST_NONE;
}

static bool offers_auth(const char *qop)
{
	g_auto(GStrv) word = g_strsplit_set(qop, ", \t", -1);
	for (size_t i = 0; word[i]; i++)
		if (!g_ascii_strcasecmp(word[i], "auth")) return true;
	return false;
}

bool ts_digest_challenge_read(struct ts_digest_challenge *out, const char *value, size_t n)
{
	struct text t = {value, n};
	char name[32], text[TS_DIGEST_TEXT_MAX];
	bool auth = false, qop = false;
	*out = (struct ts_digest_challenge){.algorithm = TS_DIGEST_MD5};
	if (!has_scheme(&t)) return false;
	while (next_field(&t, name, text, sizeof(text))) {
		if (!strcmp(name, "realm")) g_strlcpy(out->realm, text, sizeof(out->realm));
		if (!strcmp(name, "nonce")) g_strlcpy(out->nonce, text, sizeof(out->nonce));
		if (!strcmp(name, "opaque")) g_strlcpy(out->opaque, text, sizeof(out->opaque));
		if (!strcmp(name, "stale")) out->stale = !g_ascii_strcasecmp(text, "true");
		if (!strcmp(name, "algorithm")) out->algorithm = algorithm_of(text);
		if (!strcmp(name, "qop")) {
			qop = true;
			auth = offers_auth(text);
		}
	}
	skip(&t, " \t\r\n,");
	out->no_qop = !qop;
	if (!auth && (qop || out->algorithm != TS_DIGEST_MD5)) return false;
	return !t.n && *out->realm && *out->nonce && out->algorithm != TS_DIGEST_NONE;
}

static int strength(const struct ts_digest_challenge *challenge)
{
	return 2 * (int)challenge->algorithm - challenge->no_qop;
}

bool ts_digest_is_better(
	const struct ts_digest_challenge *one, const struct ts_digest_challenge *other)
{
	return strength(one) > strength(other);
}

static bool read_nc(uint32_t *nc, const char *text)
{
	if (strlen(text) != 8 || strspn(text, "0123456789abcdefABCDEF") != 8) return false;
	*nc = (uint32_t)g_ascii_strtoull(text, NULL, 16);
	return true;
}

bool ts_digest_answer_read(struct ts_digest_answer *out, const char *value, size_t n)
{
	struct text t = {value, n};
	char name[32], text[TS_DIGEST_TEXT_MAX];
	bool auth = false, counted = false;
	*out = (struct ts_digest_answer){.algorithm = TS_DIGEST_MD5};
	const struct {
		const char *name;
		char *to;
		size_t cap;
	} fields[] = {{"username", out->username, sizeof(out->username)},
		{"realm", out->realm, sizeof(out->realm)},
		{"nonce", out->nonce, sizeof(out->nonce)}, {"uri", out->uri, sizeof(out->uri)},
		{"cnonce", out->cnonce, sizeof(out->cnonce)},
		{"response", out->response, sizeof(out->response)}};
	if (!has_scheme(&t)) return false;
	while (next_field(&t, name, text, sizeof(text))) {
		for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
			if (strcmp(name, fields[i].name) != 0) continue;
			/* said twice, or too long: who says which one counts? */
			if (*fields[i].to || strlen(text) >= fields[i].cap) return false;
			g_strlcpy(fields[i].to, text, fields[i].cap);
		}
		if (!strcmp(name, "algorithm")) out->algorithm = algorithm_of(text);
		if (!strcmp(name, "qop")) auth = !g_ascii_strcasecmp(text, "auth");
		if (!strcmp(name, "nc")) counted = read_nc(&out->nc, text);
	}
	skip(&t, " \t\r\n,");
	for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
		if (!*fields[i].to) return false;
	return !t.n && auth && counted && out->algorithm != TS_DIGEST_NONE;
}

/* ---- hashes */

static void hash(
	char out[TS_DIGEST_HEX_MAX + 1], enum ts_digest_algorithm algorithm, const char *text)
{
	GChecksumType type = algorithm == TS_DIGEST_SHA256 ? G_CHECKSUM_SHA256 : G_CHECKSUM_MD5;
	g_autofree char *hex = g_compute_checksum_for_string(type, text, -1);
	g_strlcpy(out, hex, TS_DIGEST_HEX_MAX + 1);
}

void ts_digest_response(char out[TS_DIGEST_HEX_MAX + 1], const struct ts_digest_answer *a,
	const char *password, const char *method)
{
	char ha1[TS_DIGEST_HEX_MAX + 1], ha2[TS_DIGEST_HEX_MAX + 1];
	g_autofree char *a1 = g_strdup_printf("%s:%s:%s", a->username, a->realm, password);
	g_autofree char *a2 = g_strdup_printf("%s:%s", method, a->uri);
	hash(ha1, a->algorithm, a1);
	hash(ha2, a->algorithm, a2);
	g_autofree char *all = a->no_qop
		? g_strdup_printf("%s:%s:%s", ha1, a->nonce, ha2)
		: g_strdup_printf("%s:%s:%08x:%s:auth:%s", ha1, a->nonce, a->nc, a->cnonce, ha2);
	hash(out, a->algorithm, all);
	memset(a1, 0, strlen(a1));
}

/* As a quoted string. False: it does not fit. */
static bool put(char *out, size_t cap, const char *name, const char *value)
{
	size_t n = strlen(out);
	if (n + strlen(name) + 2 * strlen(value) + 6 > cap) return false;
	n += (size_t)g_snprintf(out + n, cap - n, ", %s=\"", name);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\') out[n++] = '\\';
		out[n++] = *value;
	}
	out[n++] = '"';
	out[n] = '\0';
	return true;
}

bool ts_digest_answer_write(char *out, size_t cap, const struct ts_digest_challenge *challenge,
	struct ts_digest_answer *answer, const char *password, const char *method)
{
	char counted[32] = "";
	answer->algorithm = challenge->algorithm;
	answer->no_qop = challenge->no_qop;
	g_strlcpy(answer->realm, challenge->realm, sizeof(answer->realm));
	g_strlcpy(answer->nonce, challenge->nonce, sizeof(answer->nonce));
	ts_digest_response(answer->response, answer, password, method);
	if (!answer->no_qop)
		g_snprintf(counted, sizeof(counted), ", qop=auth, nc=%08x", answer->nc);
	int n = g_snprintf(
		out, cap, "Digest algorithm=%s%s", ts_digest_name(challenge->algorithm), counted);
	return n > 0 && (size_t)n < cap && put(out, cap, "username", answer->username) &&
		put(out, cap, "realm", answer->realm) && put(out, cap, "nonce", answer->nonce) &&
		put(out, cap, "uri", answer->uri) &&
		(answer->no_qop || put(out, cap, "cnonce", answer->cnonce)) &&
		put(out, cap, "response", answer->response) &&
		(!*challenge->opaque || put(out, cap, "opaque", challenge->opaque));
}

uint32_t ts_digest_next_time(uint32_t last_ms, uint32_t now_ms)
{
	uint32_t ahead = last_ms - now_ms; /* far, where the last one lies behind */
	return ahead < AHEAD_MAX_MS ? last_ms + 1 : now_ms;
}
