#include "control/identity/identity.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "base/secret.h"
#include "config/config.h"
#include "control/identity/api_keys.h"
#include "control/identity/jwt.h"
#include <glib.h>
#include <string.h>

struct ts_identity {
	const struct ts_config *config;
	struct ts_api_keys *keys;
	struct ts_jwt_keys proving, signing; /* signing: one, or none */
	uint64_t serial;                     /* of what proves */
	bool asked;                          /* because of a key that was there */
};

/* ---- files */

static char *folder_of(const char *state_dir)
{
	const char *systemd = g_getenv("STATE_DIRECTORY");
	if (*state_dir) return g_build_filename(state_dir, "identity", NULL);
	if (systemd && *systemd) return g_build_filename(systemd, "identity", NULL);
	return g_build_filename(g_get_user_state_dir(), "tessera", "identity", NULL);
}

/* What one signs with proves as well. A JWKS may hold its public half already. */
static int add_own(
	struct ts_jwt_keys *proving, const struct ts_jwt_key *own, char err[TS_IDENTITY_ERR_MAX])
{
	const struct ts_jwt_key *same = ts_jwt_keys_find(proving, *own->kid ? own->kid : "");
	const char *why = NULL;
	if (!own->signs)
		why = "it is a public key";
	else if (same && strcmp(same->alg, own->alg) != 0)
		why = "identity.jwt_keys has a key of its kid and of another algorithm";
	else if (!*own->kid && proving->n)
		why = "it needs a kid, as identity.jwt_keys has other keys";
	if (why) {
		g_strlcpy(err, why, TS_IDENTITY_ERR_MAX);
		return TS_EINVAL;
	}
	if (same) return 0;
	g_autofree char *text = json_dumps(own->jwk, JSON_COMPACT);
	int rc = ts_jwt_keys_add(proving, text, strlen(text), err);
	explicit_bzero(text, strlen(text));
	return rc;
}

static int read_jwt_keys(const struct ts_config *config, struct ts_jwt_keys *proving,
	struct ts_jwt_keys *signing, const char **file, char err[TS_IDENTITY_ERR_MAX])
{
	int rc = 0;
	*file = config->identity.jwt_keys;
	if (**file) rc = ts_jwt_keys_add_file(proving, *file, err);
	if (rc || !*config->identity.signing_key) return rc;
	*file = config->identity.signing_key;
	rc = ts_jwt_keys_add_file(signing, *file, err);
	if (!rc && signing->n != 1) {
		g_strlcpy(err, "it holds more than one key", TS_IDENTITY_ERR_MAX);
		rc = TS_EINVAL;
	}
	return rc ? rc : add_own(proving, &signing->key[0], err);
}

static bool is_same(const struct ts_jwt_keys *a, const struct ts_jwt_keys *b)
{
	if (a->n != b->n) return false;
	for (size_t i = 0; i < a->n; i++)
		if (!json_equal(a->key[i].jwk, b->key[i].jwk)) return false;
	return true;
}

static int load_jwt_keys(struct ts_identity *identity)
{
	struct ts_jwt_keys proving = {.n = 0}, signing = {.n = 0};
	char err[TS_IDENTITY_ERR_MAX] = "";
	const char *file;
	int rc = read_jwt_keys(identity->config, &proving, &signing, &file, err);
	if (rc) {
		ts_error("keys of JWTs not read", "file=%s error=%s", TS_LOG_STR(file),
			TS_LOG_STR(err));
		ts_jwt_keys_fini(&proving);
		ts_jwt_keys_fini(&signing);
		return TS_EINVAL;
	}
	if (!is_same(&proving, &identity->proving)) identity->serial++;
	ts_jwt_keys_fini(&identity->proving);
	ts_jwt_keys_fini(&identity->signing);
	identity->proving = proving;
	identity->signing = signing;
	return 0;
}

static int load_api_keys(struct ts_identity *identity)
{
	char err[TS_API_KEYS_ERR_MAX] = "";
	const char *path = identity->config->identity.keys;
	if (!ts_api_keys_load(identity->keys, path, err)) return 0;
	ts_error("API keys not read", "file=%s error=%s", TS_LOG_STR(path), TS_LOG_STR(err));
	return TS_EINVAL;
}

static void tell(const struct ts_identity *identity)
{
	if (!ts_identity_asks(identity)) return;
	ts_info("identity", "api_keys=%zu jwt_keys=%zu signs=%d", ts_api_keys_n(identity->keys),
		identity->proving.n, ts_identity_signs(identity));
}

void ts_identity_reload(struct ts_identity *identity)
{
	load_api_keys(identity);
	load_jwt_keys(identity);
	tell(identity);
}

/* ---- life */

int ts_identity_create(struct ts_identity **out, const struct ts_config *config)
{
	struct ts_identity *identity = g_new0(struct ts_identity, 1);
	char err[TS_API_KEYS_ERR_MAX] = "";
	g_autofree char *folder = folder_of(config->node.state_dir);
	identity->config = config;
	int rc = ts_api_keys_create(&identity->keys, folder, err);
	if (rc)
		ts_error("API keys not read", "file=%s/keys.json error=%s", TS_LOG_STR(folder),
			TS_LOG_STR(err));
	if (!rc) rc = load_api_keys(identity);
	if (!rc) rc = load_jwt_keys(identity);
	*out = identity;
	if (rc) {
		ts_identity_destroy(out);
		return TS_EINVAL;
	}
	identity->asked = ts_api_keys_n(identity->keys) > 0;
	tell(identity);
	return 0;
}

void ts_identity_destroy(struct ts_identity **identityp)
{
	struct ts_identity *identity = *identityp;
	*identityp = NULL;
	if (!identity) return;
	ts_api_keys_destroy(&identity->keys);
	ts_jwt_keys_fini(&identity->proving);
	ts_jwt_keys_fini(&identity->signing);
	g_free(identity);
}

/* ---- judging */

bool ts_identity_asks(const struct ts_identity *identity)
{
	return identity->asked || ts_config_asks(identity->config);
}

bool ts_identity_is_like(const struct ts_identity *identity, const char *text)
{
	if (!strncmp(text, TS_API_KEY_PREFIX, strlen(TS_API_KEY_PREFIX)))
		return ts_identity_asks(identity);
	return identity->proving.n && ts_jwt_is_like(text);
}

static void hold_all(struct ts_caller *out)
{
	*out = (struct ts_caller){
		.kind = TS_CALLER_TOKEN, .scopes = TS_SCOPE_ALL, .room = "*", .key = ""};
}

static void hold_key(struct ts_caller *out, const struct ts_api_key *key)
{
	*out = (struct ts_caller){
		.kind = TS_CALLER_KEY, .scopes = key->scopes, .serial = key->serial};
	g_strlcpy(out->room, key->room, sizeof(out->room));
	g_strlcpy(out->key, key->id, sizeof(out->key));
}

enum ts_identity_verdict ts_identity_judge(struct ts_identity *identity, const char *text,
	int64_t now_s, struct ts_caller *out, const char **why)
{
	const char *token = identity->config->http.api_token;
	*why = "it is no token of this server";
	if (*token && ts_same_secret(text, token)) {
		hold_all(out);
		return TS_IDENTITY_GOOD;
	}
	const struct ts_api_key *key = ts_api_keys_judge(identity->keys, text, now_s);
	if (key) {
		hold_key(out, key);
		return TS_IDENTITY_GOOD;
	}
	if (!identity->proving.n || !ts_jwt_is_like(text)) return TS_IDENTITY_WRONG;
	const struct ts_jwt_rules rules = {.audience = identity->config->identity.audience,
		.issuer = identity->config->identity.issuer,
		.leeway_s = identity->config->identity.leeway_s};
	switch (ts_jwt_read(out, text, &identity->proving, &rules, now_s, why)) {
	case TS_JWT_GOOD: out->serial = identity->serial; return TS_IDENTITY_GOOD;
	case TS_JWT_VOID: return TS_IDENTITY_VOID;
	case TS_JWT_WRONG: break;
	}
	return TS_IDENTITY_WRONG;
}

bool ts_identity_is_current(
	const struct ts_identity *identity, const struct ts_caller *caller, int64_t now_s)
{
	const struct ts_api_key *key;
	switch (caller->kind) {
	case TS_CALLER_KEY:
		key = ts_api_keys_find(identity->keys, caller->key);
		return key && key->serial == caller->serial;
	case TS_CALLER_JWT: return caller->serial == identity->serial && now_s < caller->expires_s;
	default: return true;
	}
}

struct ts_api_keys *ts_identity_keys(struct ts_identity *identity)
{
	return identity->keys;
}

/* ---- making tokens */

bool ts_identity_signs(const struct ts_identity *identity)
{
	return identity->signing.n > 0;
}

char *ts_identity_make(
	struct ts_identity *identity, const json_t *claims, int64_t now_s, int64_t life_s)
{
	const char *issuer = identity->config->identity.issuer,
		   *audience = identity->config->identity.audience;
	char id[TS_ULID_LEN + 1];
	if (!ts_identity_signs(identity)) return NULL;
	ts_ulid(id, now_s * 1000);
	json_t *own = json_pack("{s:s*, s:s*, s:I, s:I, s:s}", "iss", *issuer ? issuer : NULL,
		"aud", *audience ? audience : NULL, "iat", (json_int_t)now_s, "exp",
		(json_int_t)(now_s + life_s), "jti", id);
	char *token = NULL;
	if (!json_object_update_missing(own, (json_t *)(uintptr_t)claims))
		token = ts_jwt_make(&identity->signing.key[0], own);
	json_decref(own);
	return token;
}
