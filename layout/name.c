#include "layout/name.h"

#include "layout/clean.h"
#include <glib.h>
#include <stdbool.h>
#include <string.h>

enum { ZWJ = 0x200d, VIRAMA_CLASS = 9 };

static bool is_mark(gunichar c)
{
	return g_unichar_ismark(c);
}

/* Spells flags of England, Scotland and Wales behind an emoji. */
static bool is_tag(gunichar c)
{
	return c >= 0xe0020 && c <= 0xe007f;
}

void ts_name_clean(char out[TS_NAME_TEXT_MAX + 1], const char *name)
{
	ts_clean_text(out, TS_NAME_TEXT_MAX + 1, name, TS_CLEAN_ONE_LINE);
}

static bool is_regional(gunichar c)
{
	return c >= 0x1f1e6 && c <= 0x1f1ff;
}

static bool is_skin_tone(gunichar c)
{
	return c >= 0x1f3fb && c <= 0x1f3ff;
}

/* The end of what is seen as one character. */
static const char *cluster_end(const char *p)
{
	const bool flag = is_regional(g_utf8_get_char(p));
	p = g_utf8_next_char(p);
	if (flag && is_regional(g_utf8_get_char(p))) return g_utf8_next_char(p);
	for (;;) {
		const gunichar c = g_utf8_get_char(p);
		if (!c || !(is_mark(c) || is_skin_tone(c) || is_tag(c) || c == ZWJ)) return p;
		const bool joins = c == ZWJ || g_unichar_combining_class(c) == VIRAMA_CLASS;
		p = g_utf8_next_char(p);
		if (joins && *p && *p != ' ') p = g_utf8_next_char(p);
	}
}

/* Letters of these do not change when they stand beside others. */
static bool stands_alone(gunichar c)
{
	switch (g_unichar_get_script(c)) {
	case G_UNICODE_SCRIPT_LATIN:
	case G_UNICODE_SCRIPT_GREEK:
	case G_UNICODE_SCRIPT_CYRILLIC:
	case G_UNICODE_SCRIPT_ARMENIAN:
	case G_UNICODE_SCRIPT_GEORGIAN:
	case G_UNICODE_SCRIPT_HEBREW: return true;
	default: return g_unichar_isdigit(c);
	}
}

/* Where the word's first letter or digit is; the word itself if it has none. */
static const char *first_letter(const char *word)
{
	for (const char *p = word; *p && *p != ' '; p = g_utf8_next_char(p))
		if (g_unichar_isalnum(g_utf8_get_char(p))) return p;
	return word;
}

static size_t append_cluster(char *out, size_t len, const char *p)
{
	char upper[8];
	const size_t head = (size_t)g_unichar_to_utf8(g_unichar_totitle(g_utf8_get_char(p)), upper);
	const char *tail = g_utf8_next_char(p);
	const size_t rest = (size_t)(cluster_end(p) - tail);
	if (len + head + rest > TS_INITIALS_MAX) return len;
	memcpy(out + len, upper, head);
	memcpy(out + len + head, tail, rest);
	return len + head + rest;
}

void ts_name_initials(char out[TS_INITIALS_MAX + 1], const char *clean)
{
	memset(out, 0, TS_INITIALS_MAX + 1);
	if (!*clean) return;
	const char *first = first_letter(clean), *space = strrchr(clean, ' ');
	const size_t len = append_cluster(out, 0, first);
	if (!space || !stands_alone(g_utf8_get_char(first))) return;
	const char *last = first_letter(space + 1);
	if (stands_alone(g_utf8_get_char(last))) append_cluster(out, len, last);
}
