#include "config/line.h"
#include <stdbool.h>
#include <string.h>

struct line {
	const char *s;
	size_t len; /* without blanks about it */
	unsigned number;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool next_line(const char **at, struct line *line)
{
	const char *s = *at;
	if (!*s) return false;
	size_t whole = strcspn(s, "\n");
	*at = s + whole + (s[whole] == '\n');
	while (whole && is_blank(*s)) s++, whole--;
	while (whole && is_blank(s[whole - 1])) whole--;
	line->s = s;
	line->len = whole;
	line->number++;
	return true;
}

static bool is_section(const struct line *line)
{
	return line->len > 2 && line->s[0] == '[' && line->s[line->len - 1] == ']';
}

/* The length of the key; 0: the line has none. */
static size_t key_of(const struct line *line)
{
	const char *equals = memchr(line->s, '=', line->len);
	size_t n = equals ? (size_t)(equals - line->s) : 0;
	while (n && is_blank(line->s[n - 1])) n--;
	return n;
}

unsigned ts_config_line_of(const char *text, const char *section, const char *key)
{
	struct line line = {.number = 0};
	const size_t section_len = strlen(section), key_len = strlen(key);
	bool within = false;
	unsigned found = 0;
	while (next_line(&text, &line)) {
		if (!line.len || line.s[0] == '#') continue;
		if (is_section(&line))
			within = line.len - 2 == section_len &&
				!memcmp(line.s + 1, section, section_len);
		else if (within && key_of(&line) == key_len && !memcmp(line.s, key, key_len))
			found = line.number;
	}
	return found;
}

unsigned ts_config_bad_line(const char *text)
{
	struct line line = {.number = 0};
	bool within = false;
	while (next_line(&text, &line)) {
		if (!line.len || line.s[0] == '#') continue;
		if (is_section(&line))
			within = true;
		else if (!within || !key_of(&line))
			return line.number;
	}
	return 0;
}
