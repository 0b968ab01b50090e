#include "control/identity/jwt.h"
#include "control/identity/quiet.h"
#include <glib.h>
#include <jose/b64.h>
#include <jose/jws.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BASE64URL "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
#define TIME_MAX_S INT64_C(253402300799) /* the end of the year 9999 */

struct part {
	const char *text;
	size_t len;
};

/* ---- form */

bool ts_jwt_is_like(const char *text)
{
	return !strncmp(text, "ey", 2) && strchr(text, '.');
}

static bool split(struct part part[3], const char *text)
{
	if (strnlen(text, TS_JWT_MAX + 1) > TS_JWT_MAX) return false;
	for (int i = 0; i < 3; i++) {
		part[i] = (struct part){text, strspn(text, BASE64URL)};
		if (!part[i].len) return false;
		text += part[i].len;
		if (*text != (i < 2 ? '.' : '\0')) return false;
		text++;
	}
	return true;
}

/* Brackets that are open at once, outside of strings: no deeper than allowed? */
static bool is_shallow(const char *json, size_t len)
{
	int depth = 0;
	bool in_string = false;
	for (size_t i = 0; i < len; i++) {
		if (in_string && json[i] == '\\') {
			i++;
		} else if (json[i] == '"') {
			in_string = !in_string;
		} else if (!in_string && (json[i] == '{' || json[i] == '[')) {
			if (++depth > TS_JWT_DEPTH_MAX) return false;
		} else if (!in_string && (json[i] == '}' || json[i] == ']')) {
			depth--;
		}
	}
	return true;
}

/* The JSON object of a part. [give] or NULL. */
static json_t *open_part(const struct part *part)
{
	char text[TS_JWT_MAX];
	const size_t len = jose_b64_dec_buf(part->text, part->len, NULL, 0);
	if (len > sizeof(text)) return NULL;
	if (jose_b64_dec_buf(part->text, part->len, text, sizeof(text)) != len) return NULL;
	json_t *json = is_shallow(text, len) ? json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL)
					     : NULL;
	if (json_is_object(json)) return json;
	json_decref(json);
	return NULL;
}

/* ---- header */

static bool is_type_ok(const json_t *typ)
{
	const char *text = json_string_value(typ);
	return !typ ||
		(text && (!g_ascii_strcasecmp(text, "JWT") || !g_ascii_strcasecmp(text, "at+jwt")));
}

static const struct ts_jwt_key *key_of(
	const struct ts_jwt_keys *keys, const json_t *header, const char **why)
{
	const json_t *kid = json_object_get(header, "kid");
	const char *alg = json_string_value(json_object_get(header, "alg"));
	*why = "its header names no algorithm, another type, or what must be understood (crit)";
	if (!alg || json_object_get(header, "crit") || !is_type_ok(json_object_get(header, "typ")))
		return NULL;
	const struct ts_jwt_key *key = kid && !json_is_string(kid)
		? NULL
		: ts_jwt_keys_find(keys, json_string_value(kid));
	*why = key ? "its algorithm is not the one of its key" : "it names no key that there is";
	return key && !strcmp(key->alg, alg) ? key : NULL;
}

static bool is_signed_by(const struct part part[3], const struct ts_jwt_key *key)
{
	json_t *jws = json_pack("{s:s%, s:s%, s:s%}", "protected", part[0].text, part[0].len,
		"payload", part[1].text, part[1].len, "signature", part[2].text, part[2].len);
	const bool good = jws && jose_jws_ver(ts_jose_quiet(), jws, NULL, key->jwk, true);
	json_decref(jws);
	return good;
}

/* ---- claims */

/* NumericDate. False: it is there and none. *out stays where it is not there. */
static bool read_time(const json_t *claims, const char *name, int64_t *out)
{
	const json_t *json = json_object_get(claims, name);
	if (!json) return true;
	if (!json_is_number(json)) return false;
	const double value = json_number_value(json);
	if (!(value >= 0 && value <= (double)TIME_MAX_S)) return false;
	*out = (int64_t)floor(value);
	return true;
}

/* A text without control characters. False: it is there and none. */
static bool read_text(const json_t *claims, const char *name, char *out, size_t cap)
{
	const json_t *json = json_object_get(claims, name);
	*out = '\0';
	if (!json) return true;
	if (!json_is_string(json) || json_string_length(json) >= cap) return false;
	for (const char *c = json_string_value(json); *c; c = g_utf8_next_char(c))
		if (g_unichar_iscntrl(g_utf8_get_char(c))) return false;
	g_strlcpy(out, json_string_value(json), cap);
	return true;
}

static bool is_for(const json_t *aud, const char *audience)
{
	size_t i;
	json_t *item;
	bool found = false;
	if (!*audience) return !aud;
	if (json_is_string(aud)) return !strcmp(json_string_value(aud), audience);
	json_array_foreach(aud, i, item)
		found |= json_is_string(item) && !strcmp(json_string_value(item), audience);
	return found;
}

static const char *why_not_now(struct ts_caller *out, const json_t *claims,
	const struct ts_jwt_rules *rules, int64_t now_s)
{
	int64_t exp_s = -1, nbf_s = 0;
	if (!read_time(claims, "exp", &exp_s) || !read_time(claims, "nbf", &nbf_s) || exp_s < 0)
		return "exp is missing, or exp or nbf is no time";
	if (now_s >= exp_s + rules->leeway_s) return "it has expired";
	if (now_s < nbf_s - rules->leeway_s) return "it is not valid yet";
	const char *issuer = json_string_value(json_object_get(claims, "iss"));
	if (*rules->issuer && (!issuer || strcmp(issuer, rules->issuer) != 0))
		return "its issuer is another";
	if (!is_for(json_object_get(claims, "aud"), rules->audience))
		return "it is for another audience";
	out->expires_s = exp_s + rules->leeway_s;
	return NULL;
}

static bool is_role(const char *role)
{
	return !role[strspn(
		role, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._")];
}

static const char *why_no_caller(struct ts_caller *out, const json_t *claims)
{
	char scope[TS_SCOPE_TEXT_MAX + 1];
	if (!read_text(claims, "room", out->room, sizeof(out->room)) ||
		!ts_room_pattern_ok(out->room))
		return "room is missing, or no id or pattern";
	if (!read_text(claims, "scope", scope, sizeof(scope)) ||
		!ts_scope_read(&out->scopes, scope))
		return "scope is no list of scopes";
	if (!read_text(claims, "sub", out->subject, sizeof(out->subject)) ||
		!read_text(claims, "identity", out->identity, sizeof(out->identity)) ||
		!read_text(claims, "name", out->name, sizeof(out->name)))
		return "sub, identity or name is no text, or too long";
	if (!read_text(claims, "role", out->role, sizeof(out->role)) || !is_role(out->role))
		return "role is not made of letters, digits, - . _";
	if (!*out->identity) g_strlcpy(out->identity, out->subject, sizeof(out->identity));
	return NULL;
}

/* ---- reading */

static const char *read_claims(struct ts_caller *out, const struct part *part,
	const struct ts_jwt_rules *rules, int64_t now_s)
{
	json_t *claims = open_part(part);
	const char *why = "its payload is no JSON object, has a name twice, or is too deep";
	if (claims) why = why_not_now(out, claims, rules, now_s);
	if (claims && !why) why = why_no_caller(out, claims);
	json_decref(claims);
	return why;
}

enum ts_jwt_verdict ts_jwt_read(struct ts_caller *out, const char *text,
	const struct ts_jwt_keys *keys, const struct ts_jwt_rules *rules, int64_t now_s,
	const char **why)
{
	struct part part[3];
	*out = (struct ts_caller){.kind = TS_CALLER_JWT};
	*why = "it is longer than 4096 bytes, or no three parts of base64url";
	if (!split(part, text)) return TS_JWT_WRONG;
	json_t *header = open_part(&part[0]);
	*why = "its header is no JSON object, has a name twice, or is too deep";
	if (!header) return TS_JWT_WRONG;
	const struct ts_jwt_key *key = key_of(keys, header, why);
	json_decref(header);
	if (!key) return TS_JWT_WRONG;
	*why = "its signature is wrong";
	if (!is_signed_by(part, key)) return TS_JWT_WRONG;
	g_strlcpy(out->key, key->kid, sizeof(out->key));
	*why = read_claims(out, &part[1], rules, now_s);
	return *why ? TS_JWT_VOID : TS_JWT_GOOD;
}

/* ---- making */

char *ts_jwt_make(const struct ts_jwt_key *key, const json_t *claims)
{
	char *payload = json_dumps(claims, JSON_COMPACT), *token = NULL;
	json_t *jws = json_pack(
		"{s:o}", "payload", payload ? jose_b64_enc(payload, strlen(payload)) : NULL);
	json_t *sig = json_pack("{s:{s:s, s:s, s:s*}}", "protected", "alg", key->alg, "typ", "JWT",
		"kid", *key->kid ? key->kid : NULL);
	if (key->signs && jws && sig && jose_jws_sig(ts_jose_quiet(), jws, sig, key->jwk)) {
		GString *text = g_string_new(json_string_value(json_object_get(jws, "protected")));
		g_string_append_printf(text, ".%s.%s",
			json_string_value(json_object_get(jws, "payload")),
			json_string_value(json_object_get(jws, "signature")));
		token = g_string_free(text, FALSE);
	}
	json_decref(jws);
	json_decref(sig);
	free(payload);
	return token;
}
