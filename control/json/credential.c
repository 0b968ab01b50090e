/* credential - API keys, and the tokens that are made, as JSON. */
#include "control/identity/api_keys.h"
#include "control/json/json.h"
#include "control/json/shapes.h"
#include <string.h>

/* what a row does not name is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define ROOM_PATTERN "^[A-Za-z0-9._~-]*[*]?[A-Za-z0-9._~-]*$"

static bool role_ok(const char *text)
{
	size_t len = strspn(
		text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._");
	return len >= 1 && len <= TS_ROLE_MAX && !text[len];
}

/* clang-format off */
#define NAME_FIELD {"name", TS_F_STRING, .min = 0, .max = TS_CALLER_NAME_MAX}
#define SCOPES_FIELD {"scopes", TS_F_LIST, TS_F_NEEDED, .max = 16, \
	.help = "join, watch, publish (or publish:audio, publish:camera, publish:slides), " \
		"moderate, record, stream, dial, metrics, admin"}
#define KEY_FIELDS \
	{"id", TS_F_STRING, TS_F_READ}, \
	NAME_FIELD, \
	SCOPES_FIELD, \
	{"room", TS_F_STRING, .ok = ts_room_pattern_ok, .pattern = ROOM_PATTERN, \
	 .help = "The rooms it is for: an id, or a pattern with one *; * (the default) is every " \
		 "room and the whole server"}, \
	{"from_file", TS_F_BOOL, TS_F_READ, .help = "Of identity.keys: stays as it is"}, \
	{"created_ms", TS_F_INT, TS_F_READ | TS_F_NULL, \
	 .help = "Unix time; null: not known, of a file"}, \
	{"last_used_ms", TS_F_INT, TS_F_READ | TS_F_NULL, \
	 .help = "To the second; of a file's key since the server started"}
/* clang-format on */

static const struct ts_field key_fields[] = {KEY_FIELDS};
const struct ts_shape ts_shape_api_key = TS_SHAPE("ApiKey", key_fields, NULL);
static const struct ts_field new_key_fields[] = {KEY_FIELDS,
	{"key", TS_F_STRING, TS_F_READ,
		.help = "What its holder sends: Authorization: Bearer KEY. Nobody can read it "
			"again"}};
const struct ts_shape ts_shape_new_api_key = TS_SHAPE(
	"NewApiKey", new_key_fields, "An API key, with its secret, once");
static const struct ts_field list_fields[] = {{"items", TS_F_LIST, .of = &ts_shape_api_key}};
const struct ts_shape ts_shape_api_keys = TS_SHAPE("ApiKeys", list_fields, NULL);

static const struct ts_field token_fields[] = {
	{"room", TS_F_STRING, TS_F_NEEDED, .ok = ts_room_pattern_ok, .pattern = ROOM_PATTERN,
		.help = "An id, a pattern with one *, or * for every room"},
	SCOPES_FIELD,
	{"ttl_s", TS_F_INT, .min = 1, .max = TS_TOKEN_TTL_MAX_S,
		.help = "How long it is valid, in seconds; 3600 if left out"},
	{"identity", TS_F_STRING, .min = 0, .max = TS_IDENTITY_MAX,
		.help = "As of a join, where the query cannot say another"},
	NAME_FIELD,
	{"role", TS_F_STRING, .ok = role_ok, .pattern = "^[A-Za-z0-9._-]{1,32}$",
		.help = "host and moderator need the scope moderate"},
};
const struct ts_shape ts_shape_token = TS_SHAPE("Token", token_fields, "What a JWT is to say");
static const struct ts_field new_token_fields[] = {
	{"token", TS_F_STRING, TS_F_READ, .help = "The JWT"},
	{"expires_ms", TS_F_INT, TS_F_READ, .help = "Unix time"},
};
const struct ts_shape ts_shape_new_token = TS_SHAPE("NewToken", new_token_fields, NULL);

json_t *ts_api_key_json(const struct ts_api_key *key)
{
	return json_pack("{s:s, s:s, s:o, s:s, s:b, s:o, s:o}", "id", key->id, "name", key->name,
		"scopes", ts_scope_json(key->scopes), "room", key->room, "from_file",
		key->from_file, "created_ms", ts_time_or_null(key->created_s * 1000),
		"last_used_ms", ts_time_or_null(key->last_used_s * 1000));
}
