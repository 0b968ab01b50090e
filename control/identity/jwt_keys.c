#include "control/identity/jwt_keys.h"
#include "base/error.h"
#include "control/identity/pem.h"
#include <glib.h>
#include <jose/b64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECRET_BYTES_MIN = 32, RSA_BYTES_MIN = 256, RSA_BYTES_MAX = 1024 };

static const struct kind {
	const char *kty, *alg, *curve;
	const char *needs[3]; /* members, base64url */
	const char *private;  /* member; "": what it needs is private */
} kinds[] = {
	{"oct", "HS256", NULL, {"k"}, ""},
	{"RSA", "RS256", NULL, {"n", "e"}, "d"},
	{"EC", "ES256", "P-256", {"x", "y"}, "d"},
};

static const char *text_of(const json_t *jwk, const char *name)
{
	const char *text = json_string_value(json_object_get(jwk, name));
	return text ? text : "";
}

static const struct kind *kind_of(const json_t *jwk)
{
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (!strcmp(kinds[i].kty, text_of(jwk, "kty")) &&
			(!kinds[i].curve || !strcmp(kinds[i].curve, text_of(jwk, "crv"))))
			return &kinds[i];
	return NULL;
}

/* SIZE_MAX: it is no base64url. */
static size_t bytes_of(const json_t *jwk, const char *name)
{
	return jose_b64_dec(json_object_get(jwk, name), NULL, 0);
}

static const char *why_bad_size(const struct kind *kind, const json_t *jwk)
{
	for (size_t i = 0; i < G_N_ELEMENTS(kind->needs) && kind->needs[i]; i++) {
		const size_t n = *text_of(jwk, kind->needs[i]) ? bytes_of(jwk, kind->needs[i])
							       : SIZE_MAX;
		if (n == SIZE_MAX) return "a member of the key is missing, or no base64url";
		if (!strcmp(kind->kty, "oct") && n < SECRET_BYTES_MIN)
			return "a secret of HS256 has 32 bytes or more";
		if (*kind->needs[i] == 'n' && (n < RSA_BYTES_MIN || n > RSA_BYTES_MAX))
			return "a key of RS256 has 2048 to 8192 bits";
	}
	return NULL;
}

static const char *why_bad(const json_t *jwk, const struct kind *kind)
{
	if (!json_is_object(jwk)) return "a key is a JSON object";
	if (!kind) return "kty is oct, RSA, or EC with crv P-256";
	if (strcmp(kind->alg, text_of(jwk, "alg")) != 0)
		return "each key names its algorithm as alg: HS256 (oct), RS256 (RSA), ES256 (EC)";
	const char *use = text_of(jwk, "use"), *kid = text_of(jwk, "kid");
	if (*use && strcmp(use, "sig") != 0) return "use is sig, or left out";
	if (strlen(kid) > TS_CALLER_ID_MAX || !g_str_is_ascii(kid))
		return "kid: 64 ASCII characters";
	return why_bad_size(kind, jwk);
}

/* [take] jwk, which was looked at. */
static void take(struct ts_jwt_keys *keys, json_t *jwk, const struct kind *kind)
{
	struct ts_jwt_key *key = &keys->key[keys->n++];
	*key = (struct ts_jwt_key){.alg = kind->alg, .jwk = jwk};
	g_strlcpy(key->kid, text_of(jwk, "kid"), sizeof(key->kid));
	key->signs = !*kind->private || *text_of(jwk, kind->private);
	/* the library would refuse to prove with a key that says it is for signing */
	json_object_del(jwk, "key_ops");
}

static const char *add_one(struct ts_jwt_keys *keys, json_t *jwk)
{
	const struct kind *kind = kind_of(jwk);
	const char *why = why_bad(jwk, kind);
	if (why) return why;
	if (keys->n == TS_JWT_KEYS_MAX) return "there are more than 32 keys";
	const char *kid = text_of(jwk, "kid");
	for (size_t i = 0; *kid && i < keys->n; i++)
		if (!strcmp(keys->key[i].kid, kid)) return "two keys have the same kid";
	take(keys, json_deep_copy(jwk), kind);
	return NULL;
}

/* The algorithm of one that comes without, as PEM does. */
static void name_algorithm(json_t *jwk)
{
	const struct kind *kind = kind_of(jwk);
	if (kind) json_object_set_new(jwk, "alg", json_string(kind->alg));
}

static json_t *parse(const char *text, size_t len)
{
	json_t *json;
	if (!memmem(text, len, "-----BEGIN ", 11))
		return json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	json = ts_pem_jwk(text, len);
	if (json) name_algorithm(json);
	return json;
}

static const char *add_all(struct ts_jwt_keys *keys, json_t *json)
{
	json_t *list = json_object_get(json, "keys"), *jwk;
	size_t i;
	if (!json_is_array(list)) return add_one(keys, json);
	const char *why = json_array_size(list) ? NULL : "there is no key in it";
	json_array_foreach(list, i, jwk) if (!why) why = add_one(keys, jwk);
	return why;
}

int ts_jwt_keys_add(
	struct ts_jwt_keys *keys, const char *text, size_t len, char err[TS_IDENTITY_ERR_MAX])
{
	const size_t before = keys->n;
	json_t *json = parse(text, len);
	const char *why = json ? add_all(keys, json) : "neither JSON nor a key as PEM";
	json_decref(json);
	if (!why) return 0;
	while (keys->n > before) json_decref(keys->key[--keys->n].jwk);
	snprintf(err, TS_IDENTITY_ERR_MAX, "%s", why);
	return TS_EINVAL;
}

int ts_jwt_keys_add_file(struct ts_jwt_keys *keys, const char *path, char err[TS_IDENTITY_ERR_MAX])
{
	g_autoptr(GError) error = NULL;
	char *text;
	gsize len;
	if (!g_file_get_contents(path, &text, &len, &error)) {
		snprintf(err, TS_IDENTITY_ERR_MAX, "%.190s", error->message);
		return TS_EIO;
	}
	int rc = TS_EINVAL;
	if (len > TS_JWT_FILE_MAX)
		snprintf(err, TS_IDENTITY_ERR_MAX, "the file is larger than 256 KB");
	else
		rc = ts_jwt_keys_add(keys, text, len, err);
	explicit_bzero(text, len);
	g_free(text);
	return rc;
}

void ts_jwt_keys_fini(struct ts_jwt_keys *keys)
{
	while (keys->n) json_decref(keys->key[--keys->n].jwk);
}

const struct ts_jwt_key *ts_jwt_keys_find(const struct ts_jwt_keys *keys, const char *kid)
{
	if (!kid) return keys->n == 1 ? &keys->key[0] : NULL;
	for (size_t i = 0; *kid && i < keys->n; i++)
		if (!strcmp(keys->key[i].kid, kid)) return &keys->key[i];
	return NULL;
}
