#include "base/log.h"
#include "base/clock.h"
#include "base/error.h"
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	LINE_MAX_BYTES = 2048, /* below PIPE_BUF: a line to a pipe is never mixed with another */
	QUOTE_MAX = 200
};

static const char *const level_names[] = {[TS_LOG_ERROR] = "error",
	[TS_LOG_WARN] = "warn",
	[TS_LOG_INFO] = "info",
	[TS_LOG_DEBUG] = "debug"};
static atomic_int max_level = TS_LOG_INFO;

void ts_log_set_level(enum ts_log_level level)
{
	atomic_store_explicit(&max_level, (int)level, memory_order_relaxed);
}

int ts_log_enabled(enum ts_log_level level)
{
	return (int)level <= atomic_load_explicit(&max_level, memory_order_relaxed);
}

/* Wall time by the process's fixed offset: lines stay in order when the operator sets the clock. */
static size_t print_prefix(char *buf, size_t cap, enum ts_log_level level, const char *event)
{
	int64_t unix_ms = ts_unix_ms_from_ns(ts_now_ns());
	time_t s = (time_t)(unix_ms / 1000);
	struct tm tm;
	gmtime_r(&s, &tm);
	int n = snprintf(buf, cap,
		"ts=%04d-%02d-%02dT%02d:%02d:%02d.%03dZ level=%s event=\"%.100s\" ",
		tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		(int)(unix_ms % 1000), level_names[level], event);
	return (size_t)n;
}

static void write_line(const char *line, size_t len)
{
	ssize_t n;
	do n = write(STDERR_FILENO, line, len);
	/* nothing to do about any other error: the log is where it would be told */
	while (n < 0 && errno == EINTR);
}

void ts_log(enum ts_log_level level, const char *event, const char *fmt, ...)
{
	if (!ts_log_enabled(level)) return;
	int saved_errno = errno;
	char line[LINE_MAX_BYTES];
	size_t cap = sizeof(line) - 1; /* the newline has a place of its own */
	size_t len = print_prefix(line, cap, level, event);

	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(line + len, cap - len, fmt, args);
	va_end(args);
	if (n < 0) n = 0;
	len += (size_t)n;
	if (len >= cap) {
		len = cap - 1;
		memcpy(line + len - 3, "...", 3);
	}
	/* one event is one line, whatever was passed */
	for (size_t i = 0; i < len; i++)
		if ((uint8_t)line[i] < 0x20 || line[i] == 0x7f) line[i] = '?';
	while (line[len - 1] == ' ') len--;
	line[len++] = '\n';
	write_line(line, len);
	errno = saved_errno;
}

int ts_log_limit_pass(struct ts_log_limit *limit, int64_t now_ns, uint64_t *held)
{
	int_fast64_t next_ns = atomic_load_explicit(&limit->next_ns, memory_order_relaxed);
	if (now_ns < next_ns ||
		!atomic_compare_exchange_strong(&limit->next_ns, &next_ns, now_ns + TS_NS_PER_S)) {
		atomic_fetch_add_explicit(&limit->held, 1, memory_order_relaxed);
		return 0;
	}
	*held = atomic_exchange_explicit(&limit->held, 0, memory_order_relaxed);
	return 1;
}

int ts_log_limit_pass_now(struct ts_log_limit *limit, enum ts_log_level level, uint64_t *held)
{
	return ts_log_enabled(level) && ts_log_limit_pass(limit, ts_now_ns(), held);
}

/* Bytes of the well-formed, printable UTF-8 character at s; 0 where a byte has to be escaped. Never
 * reads past a NUL. Unicode 15, table 3-7. */
static size_t utf8_len(const uint8_t *s)
{
	if (s[0] < 0x80) return s[0] >= 0x20 && s[0] != 0x7f && s[0] != '"' && s[0] != '\\';
	size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
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

static size_t escape(char out[5], uint8_t c)
{
	switch (c) {
	case '"': return (size_t)snprintf(out, 5, "\\\"");
	case '\\': return (size_t)snprintf(out, 5, "\\\\");
	case '\n': return (size_t)snprintf(out, 5, "\\n");
	case '\r': return (size_t)snprintf(out, 5, "\\r");
	case '\t': return (size_t)snprintf(out, 5, "\\t");
	default: return (size_t)snprintf(out, 5, "\\x%02x", c);
	}
}

struct ts_log_str ts_log_quote(const char *text)
{
	struct ts_log_str q;
	const uint8_t *in = (const uint8_t *)(text ? text : "");
	size_t len = 0, taken = 0;
	q.s[len++] = '"';
	while (*in) {
		char escaped[5];
		size_t n_in = utf8_len(in);
		const void *piece = n_in ? (const void *)in : escaped;
		size_t n_out = n_in ? n_in : escape(escaped, *in);
		if (!n_in) n_in = 1;
		if (taken + n_in > QUOTE_MAX || len + n_out + sizeof("...\"") > sizeof(q.s)) {
			memcpy(q.s + len, "...", 3);
			len += 3;
			break;
		}
		memcpy(q.s + len, piece, n_out);
		len += n_out;
		in += n_in;
		taken += n_in;
	}
	q.s[len++] = '"';
	q.s[len] = '\0';
	return q;
}
