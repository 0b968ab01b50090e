/* log_line - one event of the log as a line of text, as JSON, or as a message for journald.
 *
 *   pairs, as ts_log prints them: key=word key="quoted \" text" key=several words
 *      text     ts=… level=info event="joined" room=standup name="Ann"
 *      JSON     {"ts":"…","level":"info","event":"joined","room":"standup","name":"Ann"}
 *      journal  MESSAGE=joined room=standup name="Ann"\nPRIORITY=6\nTESSERA_EVENT=joined\n
 *               TESSERA_ROOM=standup\nTESSERA_NAME=Ann\n
 *
 * Pure. Every value is a string: what looks like a number may be a room that is called so. Keys
 * that are taken (ts, level, event) get a _ behind them; words before the first key are `text`.
 * What strangers chose was quoted by ts_log_quote, and cannot end its value.
 * Thread  any.   Full  what does not fit is left out, and "cut" is there.
 * Source  RFC 8259; systemd.journal-fields(7), the native journal protocol.
 */
#ifndef TS_BASE_LOG_LINE_H
#define TS_BASE_LOG_LINE_H

#include "base/log.h"
#include <stddef.h>

struct ts_log_record {
	enum ts_log_level level;
	int64_t unix_ms;
	const char *event, *pairs; /* without control characters */
};

enum { TS_LOG_TIME_MAX = 32 };
/* "2026-11-27T16:32:10.123Z"; takes no lock, allocates nothing: for signal handlers as well. */
size_t ts_log_time(char out[TS_LOG_TIME_MAX], int64_t unix_ms);

/* Without the line break; the length, below cap (256 at least). */
size_t ts_log_text_line(char *out, size_t cap, const struct ts_log_record *record);
size_t ts_log_json_line(char *out, size_t cap, const struct ts_log_record *record);
size_t ts_log_journal_message(char *out, size_t cap, const struct ts_log_record *record);

/* Bytes of the well-formed UTF-8 character at s that a log may show; 0: a control character,
 * one that turns the direction of text or ends a line, a quote, a backslash, or no UTF-8. Reads
 * no byte behind a NUL. */
size_t ts_log_shown_bytes(const uint8_t *s);

#endif
