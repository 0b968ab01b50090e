/* log - structured, one line an event: `ts=… level=info event="joined" room=standup
 * participant=01H…`; or as JSON, or to journald with fields: log_line.h
 *
 * error: an operator must act; warn: recovered; info: a call's life; debug: a decision. Nothing per
 * packet or frame above debug (count it instead: counter.h). Never a key, ICE password, token, PIN
 * or an SDP body.
 *
 * Thread  any; a line is one write(2) to stderr, under no lock of ours.
 * Full    what strangers cause (a packet, a request, a wrong password) goes through ts_log_limited:
 *         one line a second.
 * `event` is a short constant phrase; the rest is printf-formatted key=value pairs. Values from
 * outside go through TS_LOG_STR (quoted, control bytes escaped, at most 200 bytes).
 */
#ifndef TS_BASE_LOG_H
#define TS_BASE_LOG_H

#include <stdatomic.h>
#include <stdint.h>

enum ts_log_level { TS_LOG_ERROR, TS_LOG_WARN, TS_LOG_INFO, TS_LOG_DEBUG };

/* Sends what GLib and its users (libnice) log here too, as "glib" events at warn or debug. Once,
 * early in main. */
void ts_log_init(void);
/* In main, before other threads begin. auto: to the journal with fields where our stderr is what
 * $JOURNAL_STREAM says, else text. */
enum ts_log_format { TS_LOG_AUTO, TS_LOG_JSON, TS_LOG_TEXT };
void ts_log_set_format(enum ts_log_format format, const char *journal_stream);
int ts_log_is_json(void);
void ts_log_set_level(enum ts_log_level level);
void ts_log(enum ts_log_level level, const char *event, const char *fmt,
	...) __attribute__((format(printf, 3, 4)));
int ts_log_enabled(enum ts_log_level level);

#define ts_error(event, ...) ts_log(TS_LOG_ERROR, event, __VA_ARGS__)
#define ts_warn(event, ...)  ts_log(TS_LOG_WARN, event, __VA_ARGS__)
#define ts_info(event, ...)  ts_log(TS_LOG_INFO, event, __VA_ARGS__)
#define ts_debug(event, ...)                                                                \
	do {                                                                                \
		if (ts_log_enabled(TS_LOG_DEBUG)) ts_log(TS_LOG_DEBUG, event, __VA_ARGS__); \
	} while (0)

/* One place in the code that strangers can make speak; zeroed. */
struct ts_log_limit {
	atomic_int_fast64_t next_ns;
	atomic_uint_fast64_t held; /* back since the last line */
};
/* Is a line due now? At most one a second: true, and *held are those held back since the last
 * one. */
int ts_log_limit_pass(struct ts_log_limit *limit, int64_t now_ns, uint64_t *held);
/* The same against the process's clock; counts a line of a level that is not logged for nothing. */
int ts_log_limit_pass_now(struct ts_log_limit *limit, enum ts_log_level level, uint64_t *held);

/* ts_log for lines that strangers cause: one a second from each place, which tells how many more
 * there were before it (more=N). fmt is a literal, and describes one of them. */
#define ts_log_limited(level, event, fmt, ...) \
	do { \
		static struct ts_log_limit limit_of_place; \
		uint64_t held_back; \
		if (ts_log_limit_pass_now(&limit_of_place, level, &held_back)) \
			ts_log(level, event, fmt " more=%llu", ##__VA_ARGS__, \
				(unsigned long long)held_back); \
	} while (0)

#define TS_LOG_STR_MAX 256
struct ts_log_str {
	char s[TS_LOG_STR_MAX];
};
/* Quotes and escapes text from outside for a log line. Use: ts_info("joined", "name=%s",
 * TS_LOG_STR(name)) */
struct ts_log_str ts_log_quote(const char *text);
#define TS_LOG_STR(text) (ts_log_quote(text).s)

#endif
