/* keys - /v1/keys and /v1/tokens: credentials made and removed. Whoever calls has the scope admin,
 * of the whole server, so that nobody makes one that can do more than they can. */
#include "base/clock.h"
#include "base/error.h"
#include "control/api/handlers.h"
#include "control/http/http.h"
#include "control/http/problem.h"
#include "control/identity/api_keys.h"
#include "control/identity/identity.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include "control/rooms/admission.h"
#include "control/rooms/rest.h"
#include "control/schema/body.h"
#include <glib.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_TTL_S = 3600 };

static int64_t now_s(void)
{
	return ts_unix_ms_from_ns(ts_now_ns()) / 1000;
}

static const char *text_of(const json_t *body, const char *name, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(body, name));
	return text ? text : otherwise;
}

/* 0: answered. */
static unsigned read_scopes(struct ts_request *request, const json_t *body)
{
	unsigned scopes = 0;
	size_t i;
	json_t *item;
	json_array_foreach(json_object_get(body, "scopes"), i, item)
	{
		const unsigned bits = ts_scope_named(json_string_value(item));
		if (!bits) {
			char pointer[32];
			g_snprintf(pointer, sizeof(pointer), "/scopes/%zu", i);
			ts_problem(request, 422, "field", pointer, "there is no such scope");
			return 0;
		}
		scopes |= bits;
	}
	if (!scopes) ts_problem(request, 422, "field", "/scopes", "at least one scope is needed");
	return scopes;
}

/* ---- keys */

void ts_get_keys(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	const struct ts_api_keys *keys = ts_identity_keys(api->identity);
	json_t *array = json_array();
	(void)param;
	for (size_t i = 0; i < ts_api_keys_n(keys); i++)
		json_array_append_new(array, ts_api_key_json(ts_api_keys_at(keys, i)));
	ts_reply_json(request, ts_items_json(array), NULL);
}

static void make_key(struct ts_api *api, struct ts_request *request, const json_t *body)
{
	char text[TS_API_KEY_TEXT_MAX + 1];
	const struct ts_api_key *key;
	struct ts_api_key like = {.scopes = read_scopes(request, body)};
	if (!like.scopes) return;
	g_strlcpy(like.name, text_of(body, "name", ""), sizeof(like.name));
	g_strlcpy(like.room, text_of(body, "room", "*"), sizeof(like.room));
	switch (ts_api_keys_make(ts_identity_keys(api->identity), &like, now_s(), text, &key)) {
	case TS_OK: break;
	case TS_ELIMIT:
		ts_problem(request, 409, "too-many-keys", NULL,
			"there are %d keys, and no more may be", TS_API_KEYS_MAX);
		return;
	default: ts_reply_later(request, TS_EIO); return;
	}
	json_t *json = ts_api_key_json(key);
	json_object_set_new(json, "key", json_string(text));
	explicit_bzero(text, sizeof(text));
	ts_json_make(request, 201, json);
	ts_reply_send(request);
}

void ts_post_keys(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	(void)param;
	if (!ts_admission_asks(api->admission)) {
		ts_problem(request, 409, "nobody-is-asked", NULL,
			"the API asks nobody for a key: configure http.api_token, identity.keys "
			"or identity.jwt_keys first");
		return;
	}
	json_t *body = ts_body_read(request, &ts_shape_api_key, TS_USE_BODY);
	if (body) make_key(api, request, body);
	json_decref(body);
}

void ts_delete_key(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	switch (ts_api_keys_remove(ts_identity_keys(api->identity), param[0])) {
	case TS_OK: ts_reply_nothing(request); break;
	case TS_ENOTFOUND:
		ts_problem(request, 404, "no-such-key", NULL, "there is no key of this id");
		break;
	case TS_EUNSUPPORTED:
		ts_problem(request, 409, "key-of-file", NULL,
			"this key is of identity.keys: remove it there, and send SIGHUP");
		break;
	default: ts_reply_later(request, TS_EIO);
	}
}

/* ---- tokens */

static void make_token(struct ts_api *api, struct ts_request *request, const json_t *body)
{
	char scope[TS_SCOPE_TEXT_MAX];
	const unsigned scopes = read_scopes(request, body);
	const char *role = text_of(body, "role", "");
	const json_t *ttl = json_object_get(body, "ttl_s");
	const int64_t ttl_s = ttl ? json_integer_value(ttl) : TOKEN_TTL_S, now = now_s();
	if (!scopes) return;
	if (ts_role_is_host(role) && !(scopes & TS_SCOPE_MODERATE)) {
		ts_problem(request, 422, "field", "/role", "this role needs the scope moderate");
		return;
	}
	ts_scope_write(scope, sizeof(scope), scopes);
	json_t *claims = json_pack("{s:s, s:s, s:s*, s:s*, s:s*}", "room",
		text_of(body, "room", ""), "scope", scope, "identity",
		ts_text_or_null(text_of(body, "identity", "")), "name",
		ts_text_or_null(text_of(body, "name", "")), "role", ts_text_or_null(role));
	char *token = ts_identity_make(api->identity, claims, now, ttl_s);
	json_decref(claims);
	if (!token) {
		ts_reply_later(request, TS_ENOMEM);
		return;
	}
	ts_json_make(request, 201,
		json_pack("{s:s, s:I}", "token", token, "expires_ms",
			(json_int_t)(now + ttl_s) * 1000));
	ts_reply_send(request);
	explicit_bzero(token, strlen(token));
	free(token);
}

void ts_post_tokens(struct ts_api *api, struct ts_request *request, const char *const *param)
{
	(void)param;
	if (!ts_identity_signs(api->identity)) {
		ts_problem(request, 409, "no-signing-key", NULL,
			"no key to sign with is configured: identity.signing_key");
		return;
	}
	json_t *body = ts_body_read(request, &ts_shape_token, TS_USE_BODY);
	if (body) make_token(api, request, body);
	json_decref(body);
}
