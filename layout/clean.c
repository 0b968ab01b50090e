#include "layout/clean.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

enum { MARKS_MAX = 4, ZWNJ = 0x200c, ZWJ = 0x200d, LINES_MAX = 2 };

static bool is_mark(gunichar c)
{
	return g_unichar_ismark(c);
}

/* Spells flags of England, Scotland and Wales behind an emoji. */
static bool is_tag(gunichar c)
{
	return c >= 0xe0020 && c <= 0xe007f;
}

/* Marks of direction and other invisible controls; joiners are part of words and of emoji. */
static bool is_invisible(gunichar c)
{
	return g_unichar_type(c) == G_UNICODE_FORMAT && c != ZWNJ && c != ZWJ && !is_tag(c);
}

static bool is_space(gunichar c)
{
	const GUnicodeType type = g_unichar_type(c);
	return g_unichar_isspace(c) || type == G_UNICODE_CONTROL ||
		type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR ||
		type == G_UNICODE_SPACE_SEPARATOR;
}

static bool is_line_end(gunichar c)
{
	return c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029;
}

/* What stands between two words: a space, or ends of lines. */
static size_t write_gap(char *out, bool space, unsigned lines)
{
	if (!lines && space) *out = ' ';
	for (unsigned i = 0; i < lines; i++) out[i] = '\n';
	return lines ? lines : space;
}

size_t ts_clean_text(char *out, size_t cap, const char *text, enum ts_clean_lines keep)
{
	memset(out, 0, cap);
	size_t len = 0, marks = MARKS_MAX; /* no mark before the first letter */
	unsigned lines = 0;
	bool space = false;
	for (const char *p = text; *p;) {
		gunichar c = g_utf8_get_char_validated(p, -1);
		const bool valid = c != (gunichar)-1 && c != (gunichar)-2, after_cr = *p == '\r';
		if (!valid) c = 0xfffd;
		p = valid ? g_utf8_next_char(p) : p + 1;
		if (is_space(c)) {
			if (keep == TS_CLEAN_KEEP_LINES && is_line_end(c) && len &&
				lines < LINES_MAX)
				lines++;
			if (after_cr && *p == '\n') p++;
			space = len > 0;
			marks = MARKS_MAX;
			continue;
		}
		if (is_invisible(c) || (is_mark(c) && marks++ >= MARKS_MAX)) continue;
		if (!is_mark(c)) marks = 0;
		char utf8[8 + LINES_MAX];
		const size_t gap = write_gap(utf8, space, lines);
		const size_t n = (size_t)g_unichar_to_utf8(c, utf8 + gap) + gap;
		if (len + n >= cap) return len;
		memcpy(out + len, utf8, n);
		len += n;
		space = false;
		lines = 0;
	}
	return len;
}
