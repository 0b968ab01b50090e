#include "control/identity/key_file.h"
#include "base/error.h"
#include "base/log.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH "sha256:"

static bool is_id(const char *text)
{
	return *text && strlen(text) <= TS_API_KEY_ID_MAX &&
		!text[strspn(
			text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-")];
}

static bool is_hash(const char *text)
{
	if (strncmp(text, HASH, strlen(HASH)) != 0) return false;
	text += strlen(HASH);
	return strlen(text) == 64 && !text[strspn(text, "0123456789abcdef")];
}

static bool read_scopes(const json_t *list, unsigned *out)
{
	size_t i;
	json_t *item;
	*out = 0;
	json_array_foreach(list, i, item)
	{
		const char *name = json_string_value(item);
		const unsigned bits = name ? ts_scope_named(name) : 0;
		if (!bits) return false;
		*out |= bits;
	}
	return *out != 0;
}

static const char *read_one(struct ts_api_key *key, const json_t *json)
{
	static const char *const known[] = {
		"id", "name", "hash", "scopes", "room", "created", "last_used", NULL};
	const char *id = NULL, *name = "", *hash = NULL, *room = "*", *field;
	json_t *value, *scopes = NULL;
	json_int_t created = 0, last_used = 0;
	if (!json_is_object(json)) return "is no object";
	json_object_foreach((json_t *)(uintptr_t)json, field,
		value) if (!g_strv_contains(known, field)) return "has a field that is not known";
	if (json_unpack((json_t *)(uintptr_t)json, "{s:s, s:s, s:o, s?s, s?s, s?I, s?I}", "id", &id,
		    "hash", &hash, "scopes", &scopes, "name", &name, "room", &room, "created",
		    &created, "last_used", &last_used))
		return "needs id, hash and scopes, as text, text and list";
	if (!is_id(id)) return "id is 1 to 32 of A-Z a-z 0-9 . -";
	if (!is_hash(hash)) return "hash is sha256: and 64 hex digits in lower case";
	if (!read_scopes(scopes, &key->scopes))
		return "scopes is a list of one known scope or more";
	if (!ts_room_pattern_ok(room)) return "room is an id of a room, or a pattern with one *";
	if (strlen(name) > TS_CALLER_NAME_MAX) return "name has 128 bytes at most";
	g_strlcpy(key->id, id, sizeof(key->id));
	g_strlcpy(key->hash, hash + strlen(HASH), sizeof(key->hash));
	g_strlcpy(key->room, room, sizeof(key->room));
	g_strlcpy(key->name, name, sizeof(key->name));
	key->created_s = created;
	key->last_used_s = last_used;
	return NULL;
}

static bool has_id(const GPtrArray *list, const char *id)
{
	for (guint i = 0; i < list->len; i++)
		if (!strcmp(((const struct ts_api_key *)list->pdata[i])->id, id)) return true;
	return false;
}

int ts_key_text_read(const char *text, size_t len, GPtrArray **out, char err[TS_API_KEYS_ERR_MAX])
{
	json_error_t where;
	json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where), *item;
	const char *why = NULL;
	size_t i;
	if (!json_is_array(json) || json_array_size(json) > TS_API_KEYS_MAX) {
		snprintf(err, TS_API_KEYS_ERR_MAX, "line %d: it is no JSON list of %d keys at most",
			json ? 1 : where.line, TS_API_KEYS_MAX);
		json_decref(json);
		return TS_EINVAL;
	}
	GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
	json_array_foreach(json, i, item)
	{
		struct ts_api_key *key = g_new0(struct ts_api_key, 1);
		why = read_one(key, item);
		if (!why && has_id(list, key->id)) why = "has the id of another";
		g_ptr_array_add(list, key);
		if (why) break;
	}
	json_decref(json);
	if (!why) {
		*out = list;
		return 0;
	}
	snprintf(err, TS_API_KEYS_ERR_MAX, "key %u: %s", list->len, why);
	g_ptr_array_unref(list);
	return TS_EINVAL;
}

int ts_key_file_read(const char *path, GPtrArray **out, char err[TS_API_KEYS_ERR_MAX])
{
	g_autoptr(GError) error = NULL;
	char *text;
	gsize len;
	if (!g_file_get_contents(path, &text, &len, &error)) {
		snprintf(err, TS_API_KEYS_ERR_MAX, "%.190s", error->message);
		return TS_EIO;
	}
	int rc = TS_EINVAL;
	if (len > TS_KEY_FILE_MAX)
		snprintf(err, TS_API_KEYS_ERR_MAX, "the file is larger than 1 MB");
	else
		rc = ts_key_text_read(text, len, out, err);
	explicit_bzero(text, len);
	g_free(text);
	return rc;
}

static json_t *write_one(const struct ts_api_key *key)
{
	g_autofree char *hash = g_strconcat(HASH, key->hash, NULL);
	return json_pack("{s:s, s:s, s:s, s:o, s:s, s:I, s:I}", "id", key->id, "name", key->name,
		"hash", hash, "scopes", ts_scope_json(key->scopes), "room", key->room, "created",
		(json_int_t)key->created_s, "last_used", (json_int_t)key->last_used_s);
}

int ts_key_file_write(const char *path, const GPtrArray *keys)
{
	g_autoptr(GError) error = NULL;
	const GFileSetContentsFlags how = G_FILE_SET_CONTENTS_CONSISTENT |
		G_FILE_SET_CONTENTS_DURABLE;
	g_autofree char *folder = g_path_get_dirname(path);
	json_t *array = json_array();
	for (guint i = 0; i < keys->len; i++) {
		const struct ts_api_key *key = keys->pdata[i];
		if (!key->from_file) json_array_append_new(array, write_one(key));
	}
	char *text = json_dumps(array, JSON_INDENT(1));
	json_decref(array);
	const bool ok = text && g_mkdir_with_parents(folder, 0700) == 0 &&
		g_file_set_contents_full(path, text, (gssize)strlen(text), how, 0600, &error);
	free(text);
	if (ok) return 0;
	ts_error("API keys not stored", "file=%s error=%s", TS_LOG_STR(path),
		TS_LOG_STR(error ? error->message : g_strerror(errno)));
	return TS_EIO;
}
