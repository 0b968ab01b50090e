#include "control/identity/card.h"
#include "base/url.h"
#include <glib.h>
#include <stdlib.h>
#include <string.h>

static bool is_text(const json_t *json, size_t max)
{
	if (!json_is_string(json) || json_string_length(json) > max) return false;
	for (const char *c = json_string_value(json); *c; c = g_utf8_next_char(c))
		if (g_unichar_iscntrl(g_utf8_get_char(c))) return false;
	return true;
}

static bool is_picture(const json_t *json)
{
	struct ts_url url;
	return is_text(json, TS_AVATAR_MAX) && ts_url_parse(&url, json_string_value(json)) &&
		!strcmp(url.scheme, "https") && !*url.user;
}

static bool is_name(const char *name)
{
	static const char of_names[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._";
	const size_t len = strlen(name);
	return len >= 1 && len <= TS_ATTRIBUTE_NAME && !name[strspn(name, of_names)];
}

static bool are_attributes(const json_t *json)
{
	const char *name;
	json_t *value;
	if (!json_is_object(json) || json_object_size(json) > TS_ATTRIBUTES_MAX) return false;
	json_object_foreach((json_t *)(uintptr_t)json, name, value)
	{
		if (!is_name(name) || !is_text(value, TS_ATTRIBUTE_VALUE)) return false;
	}
	return true;
}

const char *ts_card_read(
	char out[TS_CALLER_CARD_MAX + 1], const json_t *avatar, const json_t *attributes)
{
	*out = '\0';
	if (avatar && !is_picture(avatar)) return "avatar is no https URL, or too long";
	if (attributes && !are_attributes(attributes))
		return "attributes are no object of at most 16 texts";
	if (!avatar && !attributes) return NULL;
	json_t *card = json_pack("{s:O*, s:O*}", "avatar", avatar, "attributes", attributes);
	char *text = json_dumps(card, JSON_COMPACT);
	json_decref(card);
	const bool fits = text && strlen(text) <= TS_CALLER_CARD_MAX;
	if (fits) strcpy(out, text);
	free(text);
	return fits ? NULL : "avatar and attributes are too long";
}

void ts_card_add(json_t *json, const char *card)
{
	json_t *read = card && *card ? json_loads(card, 0, NULL) : NULL;
	json_t *avatar = json_object_get(read, "avatar");
	json_t *attributes = json_object_get(read, "attributes");
	json_object_set_new(json, "avatar_url", avatar ? json_incref(avatar) : json_null());
	json_object_set_new(
		json, "attributes", attributes ? json_incref(attributes) : json_object());
	json_decref(read);
}
