#include "base/log.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/journal.h"
#include "base/log_line.h"
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	LINE_MAX_BYTES = 2048,
	PIPE_MAX_BYTES = 4096, /* PIPE_BUF: a line to a pipe is never mixed with another */
	QUOTE_MAX = 200
};

static atomic_int max_level = TS_LOG_INFO;
/* set by main before there are other threads */
static int journal = -1;
static bool as_json;

void ts_log_set_level(enum ts_log_level level)
{
	atomic_store_explicit(&max_level, (int)level, memory_order_relaxed);
}

int ts_log_enabled(enum ts_log_level level)
{
	return (int)level <= atomic_load_explicit(&max_level, memory_order_relaxed);
}

static void write_line(const char *line, size_t len)
{
	ssize_t n;
	do n = write(STDERR_FILENO, line, len);
	/* nothing to do about any other error: the log is where it would be told */
	while (n < 0 && errno == EINTR);
}

void ts_log_set_format(enum ts_log_format format, const char *journal_stream)
{
	if (format == TS_LOG_AUTO && journal < 0 && ts_journal_is(STDERR_FILENO, journal_stream))
		journal = ts_journal_open(TS_JOURNAL_SOCKET);
	as_json = format == TS_LOG_JSON;
}

int ts_log_is_json(void)
{
	return as_json;
}

static void write_record(const struct ts_log_record *record)
{
	char line[3 * LINE_MAX_BYTES];
	/* what is quoted for JSON is longer, and still no more than a pipe takes at once */
	const size_t cap = as_json ? PIPE_MAX_BYTES - 1 : LINE_MAX_BYTES - 1;
	if (journal >= 0 &&
		ts_journal_send(journal, line, ts_log_journal_message(line, sizeof(line), record)))
		return;
	size_t len = as_json ? ts_log_json_line(line, cap, record)
			     : ts_log_text_line(line, cap, record);
	line[len++] = '\n';
	write_line(line, len);
}

/* Wall time by the process's fixed offset: lines stay in order when the operator sets the clock. */
void ts_log(enum ts_log_level level, const char *event, const char *fmt, ...)
{
	if (!ts_log_enabled(level)) return;
	int saved_errno = errno;
	char pairs[LINE_MAX_BYTES];
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(pairs, sizeof(pairs), fmt, args);
	va_end(args);
	if (n < 0) pairs[0] = '\0';
	if (n >= LINE_MAX_BYTES) memcpy(pairs + LINE_MAX_BYTES - 4, "...", 4);
	/* one event is one line, whatever was passed */
	for (char *c = pairs; *c; c++)
		if ((uint8_t)*c < 0x20 || *c == 0x7f) *c = '?';
	write_record(&(struct ts_log_record){.level = level,
		.unix_ms = ts_unix_ms_from_ns(ts_now_ns()),
		.event = event,
		.pairs = pairs});
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
		size_t n_in = ts_log_shown_bytes(in);
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
