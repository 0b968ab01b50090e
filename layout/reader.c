#include "layout/reader.h"

#include "layout/image.h"

#include "layout/json_where.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- errors and pointers */

void ts_read_complain(struct ts_reader *r, const char *fmt, ...)
{
	va_list args;
	if (r->bad) return; /* the first one counts */
	r->bad = true;
	snprintf(r->err->pointer, sizeof(r->err->pointer), "%s", r->pointer);
	va_start(args, fmt);
	vsnprintf(r->err->reason, sizeof(r->err->reason), fmt, args);
	va_end(args);
}

size_t ts_read_enter(struct ts_reader *r, const char *key)
{
	const size_t len = strlen(r->pointer);
	ts_json_pointer_append(r->pointer, sizeof(r->pointer), key);
	return len;
}

size_t ts_read_enter_index(struct ts_reader *r, size_t index)
{
	char key[24];
	snprintf(key, sizeof(key), "%zu", index);
	return ts_read_enter(r, key);
}

void ts_read_leave(struct ts_reader *r, size_t len)
{
	r->pointer[len] = '\0';
}

/* At most 32 bytes of a text of the author's. */
#define SHORT "%.32s"

/* ---- objects: a table of fields, each read by its function */

static const struct ts_read_field *find_field(
	const struct ts_read_field *table, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(table[i].name, name)) return &table[i];
	return NULL;
}

void ts_read_object(struct ts_reader *r, const json_t *object, const struct ts_read_field *table,
	size_t n, void *into)
{
	const char *key;
	json_t *value;
	if (!json_is_object(object)) {
		ts_read_complain(r, "an object is needed here");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (!table[i].required || json_object_get(object, table[i].name)) continue;
		const size_t at = ts_read_enter(r, table[i].name);
		ts_read_complain(r, "\"%s\" is missing", table[i].name);
		ts_read_leave(r, at);
	}
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		const struct ts_read_field *field = find_field(table, n, key);
		const size_t at = ts_read_enter(r, key);
		if (field)
			field->read(r, value, into);
		else
			ts_read_complain(r, "a layout has no field \"" SHORT "\" here", key);
		ts_read_leave(r, at);
		if (r->bad) return;
	}
}

/* ---- values */

static int64_t common_divisor(int64_t a, int64_t b)
{
	while (b) {
		const int64_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

static struct ts_fraction reduced(int64_t num, int64_t den)
{
	const int64_t by = num ? common_divisor(num, den) : den;
	return (struct ts_fraction){num / by, den / by};
}

/* At most seven digits; -1: there is none, or there are more. */
static int64_t digits(const char **s)
{
	int64_t n = 0;
	int count = 0;
	for (; **s >= '0' && **s <= '9'; ++*s, count++)
		if (count < 8) n = 10 * n + (**s - '0');
	return count >= 1 && count <= 7 ? n : -1;
}

/* "2/3", "1", "0.25" */
static bool fraction_of_text(struct ts_fraction *out, const char *s)
{
	int64_t num = digits(&s), den = 1;
	if (num >= 0 && *s == '/') {
		s++;
		den = digits(&s);
	} else if (num >= 0 && *s == '.') {
		for (s++; *s >= '0' && *s <= '9' && den < TS_FRACTION_DEN_MAX; s++) {
			num = 10 * num + (*s - '0');
			den *= 10;
		}
	}
	if (num < 0 || den < 1 || den > TS_FRACTION_DEN_MAX || num > 1000 * den || *s) return false;
	*out = reduced(num, den);
	return true;
}

void ts_read_fraction(struct ts_reader *r, const json_t *value, struct ts_fraction *out)
{
	if (json_is_string(value)) {
		if (!fraction_of_text(out, json_string_value(value)))
			ts_read_complain(r,
				"\"" SHORT "\" is not a fraction such as \"2/3\" or \"0.25\"",
				json_string_value(value));
		return;
	}
	const double number = json_number_value(value);
	if (!json_is_number(value))
		ts_read_complain(r, "a number or a fraction such as \"2/3\" is needed here");
	else if (number < 0)
		ts_read_complain(r, "%g is negative", number);
	else if (!(number <= 1000))
		ts_read_complain(r, "%g is too large", number);
	else
		*out = reduced(llround(number * TS_FRACTION_DEN_MAX), TS_FRACTION_DEN_MAX);
}

void ts_read_int(struct ts_reader *r, const json_t *value, int min, int max, int *out)
{
	if (!json_is_integer(value))
		ts_read_complain(r, "a whole number is needed here");
	else if (json_integer_value(value) < min || json_integer_value(value) > max)
		ts_read_complain(r, "%" JSON_INTEGER_FORMAT " is not between %d and %d",
			json_integer_value(value), min, max);
	else
		*out = (int)json_integer_value(value);
}

bool ts_read_bool(struct ts_reader *r, const json_t *value)
{
	if (!json_is_boolean(value)) ts_read_complain(r, "true or false is needed here");
	return json_is_true(value);
}

void ts_read_colour(struct ts_reader *r, const json_t *value, struct ts_rgb *out)
{
	const char *s = json_string_value(value);
	if (!s || strlen(s) != 7 || s[0] != '#' || strspn(s + 1, "0123456789abcdefABCDEF") != 6) {
		ts_read_complain(r, "a colour such as \"#1a2b3c\" is needed here");
		return;
	}
	const unsigned long rgb = strtoul(s + 1, NULL, 16);
	*out = (struct ts_rgb){(uint8_t)(rgb >> 16), (uint8_t)(rgb >> 8), (uint8_t)rgb};
}

void ts_read_selector(struct ts_reader *r, const json_t *value, struct ts_selector *out)
{
	static const struct {
		const char *text;
		enum ts_show show;
	} known[] = {
		{"participant:", TS_SHOW_PARTICIPANT},
		{"identity:", TS_SHOW_IDENTITY},
		{"presentation", TS_SHOW_PRESENTATION},
		{"role:", TS_SHOW_ROLE},
		{"speaker", TS_SHOW_SPEAKER},
		{"next", TS_SHOW_NEXT},
		{"image:", TS_SHOW_IMAGE},
		{"text:", TS_SHOW_TEXT},
	};
	const char *s = json_string_value(value);
	for (size_t i = 0; s && i < sizeof(known) / sizeof(known[0]); i++) {
		const size_t len = strlen(known[i].text);
		const bool has_value = known[i].text[len - 1] == ':';
		if (strncmp(s, known[i].text, len) != 0 || (has_value ? !s[len] : s[len])) continue;
		if (strlen(s + len) > TS_SELECTOR_MAX) {
			ts_read_complain(r, "a selector names somebody in at most %d bytes",
				TS_SELECTOR_MAX);
			return;
		}
		if (known[i].show == TS_SHOW_IMAGE && !ts_image_name_ok(s + len)) {
			ts_read_complain(r,
				"an image is called 1 to %d of A-Z a-z 0-9 . _ ~ -, not beginning "
				"with a dot",
				TS_IMAGE_NAME_MAX);
			return;
		}
		out->show = known[i].show;
		strcpy(out->value, s + len);
		return;
	}
	ts_read_complain(r,
		"\"" SHORT
		"\" is not a selector: participant:ID, identity:NAME, presentation, role:NAME, "
		"speaker, next, image:NAME or text:WORDS",
		s ? s : "");
}
