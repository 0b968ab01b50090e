#include "control/identity/api_keys.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "base/secret.h"
#include "control/identity/key_file.h"
#include <glib.h>
#include <stdio.h>
#include <string.h>

enum { ID_BYTES = 6, SECRET_BYTES = 32 };

struct ts_api_keys {
	char *path;     /* of those that were made here */
	GPtrArray *all; /* of struct ts_api_key; the operator's first */
	uint64_t serial;
	bool dirty; /* used since they were written */
};

/* ---- the list */

static struct ts_api_key *find(const struct ts_api_keys *keys, const char *id)
{
	for (guint i = 0; i < keys->all->len; i++) {
		struct ts_api_key *key = keys->all->pdata[i];
		if (!strcmp(key->id, id)) return key;
	}
	return NULL;
}

const struct ts_api_key *ts_api_keys_find(const struct ts_api_keys *keys, const char *id)
{
	return find(keys, id);
}

size_t ts_api_keys_n(const struct ts_api_keys *keys)
{
	return keys->all->len;
}

const struct ts_api_key *ts_api_keys_at(const struct ts_api_keys *keys, size_t i)
{
	return keys->all->pdata[i];
}

static void free_key(gpointer key)
{
	explicit_bzero(key, sizeof(struct ts_api_key));
	g_free(key);
}

static void add(GPtrArray *array, struct ts_api_keys *keys, const struct ts_api_key *like)
{
	struct ts_api_key *key = g_memdup2(like, sizeof(*like));
	if (!key->serial) key->serial = ++keys->serial;
	g_ptr_array_add(array, key);
}

static size_t count(const struct ts_api_keys *keys, bool from_file)
{
	size_t n = 0;
	for (guint i = 0; i < keys->all->len; i++)
		n += ((struct ts_api_key *)keys->all->pdata[i])->from_file == from_file;
	return n;
}

static int store(struct ts_api_keys *keys)
{
	int rc = ts_key_file_write(keys->path, keys->all);
	if (!rc) keys->dirty = false;
	return rc;
}

/* ---- judging */

static void hash_of(char out[64 + 1], const char *secret)
{
	g_autofree char *hex = g_compute_checksum_for_string(G_CHECKSUM_SHA256, secret, -1);
	g_strlcpy(out, hex, 64 + 1);
}

const struct ts_api_key *ts_api_keys_judge(
	struct ts_api_keys *keys, const char *text, int64_t now_s)
{
	static const struct ts_api_key nobody = {
		.hash = "0000000000000000000000000000000000000000000000000000000000000000"};
	char id[TS_API_KEY_ID_MAX + 1], hash[64 + 1];
	if (strncmp(text, TS_API_KEY_PREFIX, strlen(TS_API_KEY_PREFIX)) != 0 ||
		strnlen(text, TS_API_KEY_TEXT_MAX + 1) > TS_API_KEY_TEXT_MAX)
		return NULL;
	text += strlen(TS_API_KEY_PREFIX);
	const size_t len = strcspn(text, "_");
	if (!text[len] || len > TS_API_KEY_ID_MAX) return NULL;
	memcpy(id, text, len);
	id[len] = '\0';
	struct ts_api_key *key = find(keys, id);
	hash_of(hash, text + len + 1);
	const bool same = ts_same_secret(hash, key ? key->hash : nobody.hash);
	explicit_bzero(hash, sizeof(hash));
	if (!same || !key) return NULL;
	if (key->last_used_s != now_s && !key->from_file) keys->dirty = true;
	key->last_used_s = now_s;
	return key;
}

/* ---- making and removing */

static void make_secret(char out[SECRET_BYTES * 2 + 1])
{
	uint8_t bytes[SECRET_BYTES];
	ts_random_bytes(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++) snprintf(out + 2 * i, 3, "%02x", bytes[i]);
	explicit_bzero(bytes, sizeof(bytes));
}

static void make_id(const struct ts_api_keys *keys, char out[TS_API_KEY_ID_MAX + 1])
{
	do {
		uint8_t bytes[ID_BYTES];
		ts_random_bytes(bytes, sizeof(bytes));
		for (size_t i = 0; i < sizeof(bytes); i++)
			snprintf(out + 2 * i, 3, "%02x", bytes[i]);
	} while (find(keys, out));
}

int ts_api_keys_make(struct ts_api_keys *keys, const struct ts_api_key *like, int64_t now_s,
	char text[TS_API_KEY_TEXT_MAX + 1], const struct ts_api_key **out)
{
	char secret[SECRET_BYTES * 2 + 1];
	struct ts_api_key key = *like;
	if (count(keys, false) >= TS_API_KEYS_MAX) return TS_ELIMIT;
	make_id(keys, key.id);
	make_secret(secret);
	hash_of(key.hash, secret);
	key.from_file = false;
	key.created_s = now_s;
	key.last_used_s = 0;
	key.serial = 0;
	add(keys->all, keys, &key);
	int rc = store(keys);
	if (rc) {
		g_ptr_array_remove_index(keys->all, keys->all->len - 1);
	} else {
		snprintf(text, TS_API_KEY_TEXT_MAX + 1, TS_API_KEY_PREFIX "%s_%s", key.id, secret);
		*out = keys->all->pdata[keys->all->len - 1];
	}
	explicit_bzero(secret, sizeof(secret));
	return rc;
}

int ts_api_keys_remove(struct ts_api_keys *keys, const char *id)
{
	struct ts_api_key *key = find(keys, id);
	guint at;
	if (!key) return TS_ENOTFOUND;
	if (key->from_file) return TS_EUNSUPPORTED;
	g_ptr_array_find(keys->all, key, &at);
	g_ptr_array_steal_index(keys->all, at);
	int rc = store(keys);
	if (rc)
		g_ptr_array_insert(keys->all, (gint)at, key);
	else
		free_key(key);
	return rc;
}

/* ---- files */

/* One that is the same but for its name stays who it was: its streams go on. */
static void keep_life(struct ts_api_key *key, const struct ts_api_key *before)
{
	if (!before || !before->from_file) return;
	key->last_used_s = before->last_used_s;
	if (!strcmp(key->hash, before->hash) && !strcmp(key->room, before->room) &&
		key->scopes == before->scopes)
		key->serial = before->serial;
}

int ts_api_keys_load(struct ts_api_keys *keys, const char *path, char err[TS_API_KEYS_ERR_MAX])
{
	GPtrArray *fresh = g_ptr_array_new_with_free_func(free_key), *list = NULL;
	int rc = *path ? ts_key_file_read(path, &list, err) : 0;
	for (guint i = 0; !rc && list && i < list->len; i++) {
		struct ts_api_key *key = list->pdata[i];
		const struct ts_api_key *before = find(keys, key->id);
		if (before && !before->from_file) {
			snprintf(err, TS_API_KEYS_ERR_MAX,
				"\"%s\" is the id of a key that was made by /v1/keys", key->id);
			rc = TS_EINVAL;
		}
		key->from_file = true;
		keep_life(key, before);
		add(fresh, keys, key);
	}
	for (guint i = 0; i < keys->all->len; i++) {
		const struct ts_api_key *key = keys->all->pdata[i];
		if (!key->from_file) add(fresh, keys, key);
	}
	if (list) g_ptr_array_unref(list);
	GPtrArray *old = rc ? fresh : keys->all;
	if (!rc) keys->all = fresh;
	g_ptr_array_unref(old);
	return rc;
}

int ts_api_keys_create(struct ts_api_keys **out, const char *folder, char err[TS_API_KEYS_ERR_MAX])
{
	GPtrArray *list = NULL;
	struct ts_api_keys *keys = g_new0(struct ts_api_keys, 1);
	keys->path = g_build_filename(folder, "keys.json", NULL);
	keys->all = g_ptr_array_new_with_free_func(free_key);
	int rc = g_file_test(keys->path, G_FILE_TEST_EXISTS)
		? ts_key_file_read(keys->path, &list, err)
		: 0;
	for (guint i = 0; list && i < list->len; i++) add(keys->all, keys, list->pdata[i]);
	if (list) g_ptr_array_unref(list);
	*out = keys;
	if (rc) ts_api_keys_destroy(out);
	return rc;
}

void ts_api_keys_destroy(struct ts_api_keys **keysp)
{
	struct ts_api_keys *keys = *keysp;
	*keysp = NULL;
	if (!keys) return;
	if (keys->dirty) store(keys);
	g_ptr_array_unref(keys->all);
	g_free(keys->path);
	g_free(keys);
}
