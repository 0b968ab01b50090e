#include "control/identity/scope.h"
#include "base/text.h"
#include <string.h>

const struct ts_scope_name ts_scope_names[] = {
	{"join", TS_SCOPE_JOIN, "be in a room: receive the mix, send what `publish` allows"},
	{"watch", TS_SCOPE_WATCH, "receive the mix: WHEP, HLS, HTTP-FLV"},
	{"publish", TS_SCOPE_PUBLISH, "send all three of the next"},
	{"publish:audio", TS_SCOPE_AUDIO, "send sound"},
	{"publish:camera", TS_SCOPE_CAMERA, "send a camera"},
	{"publish:slides", TS_SCOPE_SLIDES, "send a presentation"},
	{"moderate", TS_SCOPE_MODERATE,
		"make, change and end rooms; participants, layouts, announcements, events"},
	{"record", TS_SCOPE_RECORD, "recordings and their files"},
	{"stream", TS_SCOPE_STREAM, "outputs and inputs"},
	{"dial", TS_SCOPE_DIAL, "calls by SIP"},
	{"caption", TS_SCOPE_CAPTION, "write captions of what is said"},
	{"metrics", TS_SCOPE_METRICS, "read the counters"},
	{"admin", TS_SCOPE_ALL, "all of these; keys, tokens, trunks, stored layouts"},
};
const size_t ts_n_scope_names = sizeof(ts_scope_names) / sizeof(ts_scope_names[0]);

static unsigned named(const char *name, size_t len)
{
	for (size_t i = 0; i < ts_n_scope_names; i++)
		if (strlen(ts_scope_names[i].name) == len &&
			!memcmp(ts_scope_names[i].name, name, len))
			return ts_scope_names[i].bits;
	return 0;
}

unsigned ts_scope_named(const char *name)
{
	return named(name, strlen(name));
}

bool ts_scope_read(unsigned *out, const char *text)
{
	*out = 0;
	if (strlen(text) > TS_SCOPE_TEXT_MAX) return false;
	for (const char *c = text; *c; c++) {
		const unsigned char byte = (unsigned char)*c;
		if (byte < 0x20 || byte > 0x7e || byte == '"' || byte == '\\') return false;
	}
	while (*text) {
		const size_t len = strcspn(text, " ");
		*out |= named(text, len);
		text += len;
		text += *text == ' ';
	}
	return true;
}

/* Those that say the most come first, so that `admin` stands alone. Each as fn(arg, name). */
static void each(unsigned scopes, void (*fn)(void *arg, const char *name), void *arg)
{
	if (scopes & TS_SCOPE_ADMIN) {
		fn(arg, "admin");
		return;
	}
	for (size_t i = 0; i < ts_n_scope_names; i++) {
		const unsigned bits = ts_scope_names[i].bits;
		if ((scopes & bits) != bits) continue;
		fn(arg, ts_scope_names[i].name);
		scopes &= ~bits;
	}
}

static void append_text(void *arg, const char *name)
{
	struct ts_text *text = arg;
	ts_text_append(text, "%s%s", *text->buf ? " " : "", name);
}

void ts_scope_write(char *out, size_t cap, unsigned scopes)
{
	struct ts_text text = ts_text(out, cap);
	ts_text_append(&text, "%s", "");
	each(scopes, append_text, &text);
}

static void append_json(void *arg, const char *name)
{
	json_array_append_new(arg, json_string(name));
}

json_t *ts_scope_json(unsigned scopes)
{
	json_t *array = json_array();
	each(scopes, append_json, array);
	return array;
}

bool ts_scope_allows(unsigned has, unsigned needs)
{
	return has & TS_SCOPE_ADMIN || (has & needs);
}

/* ---- rooms */

bool ts_room_pattern_ok(const char *pattern)
{
	static const char of_ids[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-*";
	const size_t len = strlen(pattern);
	const char *star = strchr(pattern, '*');
	return len >= 1 && len <= TS_ROOM_PATTERN_MAX && !pattern[strspn(pattern, of_ids)] &&
		(!star || !strchr(star + 1, '*'));
}

bool ts_room_pattern_has(const char *pattern, const char *room_id)
{
	const char *star = strchr(pattern, '*');
	if (!star) return !strcmp(pattern, room_id);
	const size_t head = (size_t)(star - pattern), tail = strlen(star + 1), n = strlen(room_id);
	return n >= head + tail && !memcmp(pattern, room_id, head) &&
		!memcmp(star + 1, room_id + n - tail, tail);
}
