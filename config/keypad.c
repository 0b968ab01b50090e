#include "config/keypad.h"
#include "config/keys.h"
#include <glib.h>
#include <string.h>

static const struct {
	const char *name;
	bool host;
} actions[TS_KEY_ACTION_COUNT] = {
#define X(id, name, host, text) [TS_KEY_##id] = {name, host},
	TS_KEY_ACTIONS(X)
#undef X
};

const char *ts_key_action_name(enum ts_key_action action)
{
	return actions[action].name;
}

static bool keys_ok(const char *keys)
{
	const size_t len = strspn(keys, "0123456789*#ABCD");
	return len >= 1 && len <= TS_KEYS_LEN && !keys[len];
}

/* What a layout or view may be called: layout/model.h's, and without what divides entries. */
static bool name_ok(const char *name)
{
	const size_t len = strspn(
		name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-");
	return len >= 1 && len <= TS_KEYS_NAME_MAX && !name[len] && *name != '.';
}

static bool action_named(enum ts_key_action *out, const char *name, size_t len)
{
	for (int i = 0; i < TS_KEY_ACTION_COUNT; i++) {
		if (strlen(actions[i].name) != len || memcmp(actions[i].name, name, len)) continue;
		*out = (enum ts_key_action)i;
		return true;
	}
	return false;
}

bool ts_key_entry_read(struct ts_key_entry *out, const char *keys, const char *action)
{
	static const char all[] = "all:";
	const bool for_all = g_str_has_prefix(action, all);
	if (for_all) action += sizeof(all) - 1;
	const size_t len = strcspn(action, ":");
	*out = (struct ts_key_entry){.action = TS_KEY_NONE};
	if (!keys_ok(keys) || !action_named(&out->action, action, len)) return false;
	if (action[len]) {
		if (out->action != TS_KEY_LAYOUT && out->action != TS_KEY_VIEW &&
			out->action != TS_KEY_CHANNEL)
			return false;
		if (!name_ok(action + len + 1)) return false;
		g_strlcpy(out->name, action + len + 1, sizeof(out->name));
	}
	g_strlcpy(out->keys, keys, sizeof(out->keys));
	out->host = actions[out->action].host && !for_all;
	return true;
}

void ts_key_entry_print(char out[TS_KEYS_ACTION_TEXT], const struct ts_key_entry *e)
{
	g_snprintf(out, TS_KEYS_ACTION_TEXT, "%s%s%s%s",
		actions[e->action].host && !e->host ? "all:" : "", actions[e->action].name,
		*e->name ? ":" : "", e->name);
}

/* False: there is no room for it. */
static bool put(struct ts_keys *keys, const struct ts_key_entry *entry, bool keep_none)
{
	const bool goes = entry->action == TS_KEY_NONE && !keep_none;
	size_t at = 0;
	while (at < keys->n && strcmp(keys->entry[at].keys, entry->keys)) at++;
	if (goes && at == keys->n) return true;
	if (goes) {
		keys->n--;
		memmove(&keys->entry[at], &keys->entry[at + 1],
			(keys->n - at) * sizeof(keys->entry[0]));
		return true;
	}
	if (at == TS_KEYS_MAX) return false;
	keys->entry[at] = *entry;
	keys->n += at == keys->n;
	return true;
}

bool ts_keys_read(struct ts_keys *keys, const char *text, bool keep_none)
{
	static const char between[] = ", \t\r\n";
	for (text += strspn(text, between); *text; text += strspn(text, between)) {
		char word[TS_KEYS_LEN + 1 + TS_KEYS_ACTION_TEXT];
		struct ts_key_entry entry;
		const size_t len = strcspn(text, between);
		if (len >= sizeof(word)) return false;
		memcpy(word, text, len);
		word[len] = '\0';
		char *equals = strchr(word, '=');
		if (!equals) return false;
		*equals = '\0';
		if (!ts_key_entry_read(&entry, word, equals + 1)) return false;
		if (!put(keys, &entry, keep_none)) return false;
		text += len;
	}
	return true;
}

/* ---- as a type of settings: the text, once it was read */

static bool parse(const struct ts_config_key *key, void *field, const char *text)
{
	struct ts_keys keys = {.n = 0};
	if (strlen(text) > (size_t)key->max || !ts_keys_read(&keys, text, true)) return false;
	g_free(*(char **)field);
	*(char **)field = g_strdup(text);
	return true;
}

static void print(const struct ts_config_key *key, const void *field, GString *out)
{
	(void)key;
	g_string_append(out, *(char *const *)field);
}

static void fini(void *field)
{
	g_clear_pointer((char **)field, g_free);
}

const struct ts_config_type ts_type_keypad = {parse, print, fini};
