/* What identity reads of outside bytes, by the first byte: a token as it comes; a header and a
 * payload (split by a line break), signed here, so that claims are read; the files of keys. What is
 * taken is in its limits, and who did not sign is nobody. */
#include "control/identity/api_keys.h"
#include "control/identity/jwt.h"
#include "control/identity/key_file.h"
#include "tests/unit/control/identity/tokens.h"
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>

enum { NOW = 1700000000 };

static struct ts_jwt_keys keys;

static void check_text(const char *text, size_t cap)
{
	if (!memchr(text, '\0', cap) || !g_utf8_validate(text, -1, NULL)) abort();
	for (const char *c = text; *c; c++)
		if (iscntrl((unsigned char)*c)) abort();
}

static enum ts_jwt_verdict read_token(const char *token)
{
	struct ts_caller caller;
	const char *why;
	const struct ts_jwt_rules rules = {"", "", 30};
	const enum ts_jwt_verdict verdict = ts_jwt_read(&caller, token, &keys, &rules, NOW, &why);
	if (verdict != TS_JWT_GOOD) return verdict;
	if (caller.expires_s <= NOW || !ts_room_pattern_ok(caller.room)) abort();
	if (caller.scopes & ~(unsigned)TS_SCOPE_ALL) abort();
	check_text(caller.name, sizeof(caller.name));
	check_text(caller.identity, sizeof(caller.identity));
	check_text(caller.subject, sizeof(caller.subject));
	check_text(caller.role, sizeof(caller.role));
	return verdict;
}

/* The claims of whoever has the key; with another key they are nobody's. */
static void read_signed(char *text)
{
	char *payload = text + strcspn(text, "\n");
	if (*payload) *payload++ = '\0';
	g_autofree char *right = token_of(text, payload, TOKEN_SECRET),
			*wrong = token_of(text, payload, "another");
	read_token(right);
	if (read_token(wrong) != TS_JWT_WRONG) abort();
}

static void read_jwks(const char *text, size_t len)
{
	struct ts_jwt_keys own = {.n = 0};
	char err[TS_IDENTITY_ERR_MAX];
	if (!ts_jwt_keys_add(&own, text, len, err)) {
		if (!own.n || own.n > TS_JWT_KEYS_MAX) abort();
		json_t *claims = json_pack("{s:i}", "exp", NOW);
		g_free(ts_jwt_make(&own.key[0], claims));
		json_decref(claims);
	} else if (own.n) {
		abort();
	}
	ts_jwt_keys_fini(&own);
}

static void read_key_file(const char *text, size_t len)
{
	GPtrArray *list = NULL;
	char err[TS_API_KEYS_ERR_MAX];
	if (ts_key_text_read(text, len, &list, err)) return;
	for (guint i = 0; i < list->len; i++) {
		const struct ts_api_key *key = list->pdata[i];
		if (!*key->id || strlen(key->hash) != 64 || !key->scopes) abort();
		if (!ts_room_pattern_ok(key->room)) abort();
	}
	g_ptr_array_unref(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!keys.n) {
		char err[TS_IDENTITY_ERR_MAX];
		g_autofree char *jwks = token_jwks("h", TOKEN_SECRET);
		if (ts_jwt_keys_add(&keys, jwks, strlen(jwks), err)) abort();
	}
	if (!size) return 0;
	g_autofree char *text = g_strndup((const char *)data + 1, size - 1);
	switch (*data) {
	case 't': /* without the key nobody finds a right one but the corpus */
		read_token(text);
		break;
	case 's': read_signed(text); break;
	case 'j': read_jwks((const char *)data + 1, size - 1); break;
	case 'k': read_key_file((const char *)data + 1, size - 1); break;
	default: break;
	}
	return 0;
}
