#include "base/log_line.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *const level_names[] = {[TS_LOG_ERROR] = "error",
	[TS_LOG_WARN] = "warn",
	[TS_LOG_INFO] = "info",
	[TS_LOG_DEBUG] = "debug"};
/* as syslog(3) counts them */
static const int priorities[] = {
	[TS_LOG_ERROR] = 3, [TS_LOG_WARN] = 4, [TS_LOG_INFO] = 6, [TS_LOG_DEBUG] = 7};

/* ---- time */

static size_t put_digits(char *out, int64_t value, int digits)
{
	for (int i = digits - 1; i >= 0; i--) {
		out[i] = (char)('0' + value % 10);
		value /= 10;
	}
	return (size_t)digits;
}

/* The civil date of a day since 1970: years begin in March, so that a leap day is their last. */
size_t ts_log_time(char out[TS_LOG_TIME_MAX], int64_t unix_ms)
{
	const int64_t s = unix_ms / 1000, days = s / 86400 + 719468, era = days / 146097,
		      day_of_era = days % 146097,
		      year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
					    day_of_era / 146096) /
		365,
		      day_of_year = day_of_era -
		(365 * year_of_era + year_of_era / 4 - year_of_era / 100),
		      m = (5 * day_of_year + 2) / 153, month = m < 10 ? m + 3 : m - 9;
	size_t n = put_digits(out, year_of_era + era * 400 + (month <= 2), 4);
	out[n++] = '-';
	n += put_digits(out + n, month, 2);
	out[n++] = '-';
	n += put_digits(out + n, day_of_year - (153 * m + 2) / 5 + 1, 2);
	out[n++] = 'T';
	n += put_digits(out + n, s / 3600 % 24, 2);
	out[n++] = ':';
	n += put_digits(out + n, s / 60 % 60, 2);
	out[n++] = ':';
	n += put_digits(out + n, s % 60, 2);
	out[n++] = '.';
	n += put_digits(out + n, unix_ms % 1000, 3);
	out[n++] = 'Z';
	out[n] = '\0';
	return n;
}

/* ---- characters */

/* Unicode 15, table 3-7. */
static size_t utf8_bytes(const uint8_t *s)
{
	if (s[0] < 0x80) return s[0] >= 0x20 && s[0] != 0x7f && s[0] != '"' && s[0] != '\\';
	const size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	uint8_t low = 0x80, high = 0xbf;
	if (s[0] == 0xc2) low = 0xa0; /* U+0080 to U+009F are control characters */
	if (s[0] == 0xe0) low = 0xa0;
	if (s[0] == 0xed) high = 0x9f;
	if (s[0] == 0xf0) low = 0x90;
	if (s[0] == 0xf4) high = 0x8f;
	if (s[0] < 0xc2 || s[0] > 0xf4 || s[1] < low || s[1] > high) return 0;
	for (size_t i = 2; i < n; i++)
		if ((s[i] & 0xc0) != 0x80) return 0;
	return n;
}

/* U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069: a line would look like another one. */
static bool turns(const uint8_t *s)
{
	if (s[0] != 0xe2) return false;
	if (s[1] == 0x80) return s[2] == 0x8e || s[2] == 0x8f || (s[2] >= 0xa8 && s[2] <= 0xae);
	return s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9;
}

size_t ts_log_shown_bytes(const uint8_t *s)
{
	const size_t n = utf8_bytes(s);
	return n == 3 && turns(s) ? 0 : n;
}

/* ---- pairs */

struct pair {
	const char *key, *value; /* the value without its quotes, escaped as ts_log_quote does */
	size_t key_len, value_len;
};

static bool is_key_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '_' || c == '.' || c == '-';
}

/* The length of the key at s; 0: none is there. */
static size_t key_at(const char *s)
{
	size_t n = 0;
	while (is_key_char(s[n])) n++;
	return s[n] == '=' ? n : 0;
}

static const char *end_of_quoted(const char *s)
{
	while (*s && *s != '"') s += s[0] == '\\' && s[1] ? 2 : 1;
	return s;
}

/* Words up to the next key. */
static const char *end_of_words(const char *s)
{
	for (const char *end = s;;) {
		end += strcspn(end, " ");
		const char *next = end + strspn(end, " ");
		if (!*next || key_at(next)) return end;
		end = next;
	}
}

static bool next_pair(const char **at, struct pair *out)
{
	const char *s = *at + strspn(*at, " ");
	if (!*s) return false;
	const size_t key_len = key_at(s);
	out->key = key_len ? s : "text";
	out->key_len = key_len ? key_len : 4;
	if (key_len) s += key_len + 1;
	const bool quoted = key_len && *s == '"';
	out->value = quoted ? ++s : s;
	const char *end = quoted ? end_of_quoted(s) : *s == ' ' || !*s ? s : end_of_words(s);
	out->value_len = (size_t)(end - out->value);
	*at = quoted && *end ? end + 1 : end;
	return true;
}

/* ---- writing */

struct out {
	char *s;
	size_t len, cap;
	bool cut;
};

static void put(struct out *out, const char *bytes, size_t n)
{
	if (out->cut || n > out->cap - out->len) {
		out->cut = true;
		return;
	}
	memcpy(out->s + out->len, bytes, n);
	out->len += n;
}

static void put_text(struct out *out, const char *text)
{
	put(out, text, strlen(text));
}

/* The escapes of a value are JSON's but for \xNN and what follows from it. */
static void put_json(struct out *out, const char *value, size_t n)
{
	put_text(out, "\"");
	for (size_t i = 0; i < n;) {
		const char c = value[i], escaped = c == '\\' && i + 1 < n ? value[i + 1] : '\0';
		if (escaped && strchr("\"\\nrt", escaped)) {
			put(out, value + i, 2);
			i += 2;
			continue;
		}
		const size_t shown = ts_log_shown_bytes((const uint8_t *)value + i);
		if (shown && shown <= n - i)
			put(out, value + i, shown);
		else
			put_text(out, c == '\\' ? "\\\\" : c == '"' ? "\\\"" : "\\ufffd");
		i += shown && shown <= n - i ? shown : 1;
	}
	put_text(out, "\"");
}

static bool is_taken(const struct pair *pair)
{
	static const char *const taken[] = {"ts", "level", "event", "cut"};
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (strlen(taken[i]) == pair->key_len &&
			!memcmp(pair->key, taken[i], pair->key_len))
			return true;
	return false;
}

size_t ts_log_text_line(char *s, size_t cap, const struct ts_log_record *record)
{
	char time[TS_LOG_TIME_MAX];
	ts_log_time(time, record->unix_ms);
	const int n = snprintf(s, cap, "ts=%s level=%s event=\"%.100s\" %s", time,
		level_names[record->level], record->event, record->pairs);
	size_t len = n < 0 ? 0 : (size_t)n;
	if (len >= cap) {
		len = cap - 1;
		memcpy(s + len - 3, "...", 3);
	}
	while (len && s[len - 1] == ' ') len--;
	return len;
}

size_t ts_log_json_line(char *s, size_t cap, const struct ts_log_record *record)
{
	static const char cut[] = ",\"cut\":true";
	struct out out = {.s = s, .cap = cap - sizeof(cut) - 2};
	struct pair pair;
	char time[TS_LOG_TIME_MAX];
	ts_log_time(time, record->unix_ms);
	put_text(&out, "{\"ts\":\"");
	put_text(&out, time);
	put_text(&out, "\",\"level\":\"");
	put_text(&out, level_names[record->level]);
	put_text(&out, "\",\"event\":");
	const size_t head = out.len;
	put_json(&out, record->event, strnlen(record->event, 100));
	if (out.cut) {
		out.len = head;
		out.cut = false;
		put_text(&out, "\"\"");
		out.cut = true;
	}
	for (const char *at = record->pairs; !out.cut && next_pair(&at, &pair);) {
		const size_t whole = out.len;
		put_text(&out, ",\"");
		put(&out, pair.key, pair.key_len);
		put_text(&out, is_taken(&pair) ? "_\":" : "\":");
		put_json(&out, pair.value, pair.value_len);
		if (out.cut) out.len = whole;
	}
	const bool lost = out.cut;
	out.cut = false;
	out.cap = cap - 1;
	put_text(&out, lost ? cut : "");
	put_text(&out, "}");
	return out.len;
}

static void put_field_name(struct out *out, const struct pair *pair)
{
	put_text(out, "TESSERA_");
	for (size_t i = 0; i < pair->key_len && i < 40; i++) {
		const char c = pair->key[i],
			   upper = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A')
			: c == '.' || c == '-'          ? '_'
							: c;
		put(out, &upper, 1);
	}
}

size_t ts_log_journal_message(char *s, size_t cap, const struct ts_log_record *record)
{
	struct out out = {.s = s, .cap = cap - 1};
	struct pair pair;
	char priority[2] = {(char)('0' + priorities[record->level]), '\0'};
	put_text(&out, "PRIORITY=");
	put_text(&out, priority);
	put_text(&out, "\nSYSLOG_IDENTIFIER=tessera\nTESSERA_EVENT=");
	put(&out, record->event, strnlen(record->event, 100));
	put_text(&out, "\nMESSAGE=");
	put(&out, record->event, strnlen(record->event, 100));
	put_text(&out, " ");
	put(&out, record->pairs, strnlen(record->pairs, cap / 2));
	put_text(&out, "\n");
	for (const char *at = record->pairs; !out.cut && next_pair(&at, &pair);) {
		const size_t whole = out.len;
		put_field_name(&out, &pair);
		put_text(&out, is_taken(&pair) ? "_=" : "=");
		put(&out, pair.value, pair.value_len);
		put_text(&out, "\n");
		if (out.cut) out.len = whole;
	}
	return out.len;
}
