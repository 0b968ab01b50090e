/* http_strict - is the head of a request one that no two readers can read differently? Behind a proxy any other smuggles requests. Pure.
 *
 *   refused by 400 (Transfer-Encoding that is not chunked alone: 501), and the connection closed:
 *     Content-Length twice, as a list, not of digits alone, beside Transfer-Encoding; Transfer-Encoding twice or in HTTP/1.0
 *     Host twice, missing or malformed; absolute-form whose host is another
 *     a name that is no token, blanks before the colon; CR, LF, NUL and other control bytes in a value
 *     several blanks in the request line, a target with control bytes, blanks or a fragment
 *   and where the reader shows how the lines lay (raw): folded lines, lines ended by LF alone, lines that it skipped
 *
 * libmicrohttpd 0.9 parses in place: name and value point into what came, so that what lies between them is seen. Not seen are the
 * end of the last header line (so what stands there behind two NULs), a NUL right before a lone CR or LF (both are zeros by then), the lines of chunks and trailers (which
 * nobody reads). From 1.0 on it refuses all of these itself, at
 * the level that http.c asks for.
 * Thread  any.  Source  RFC 9112 2.2, 3, 3.2, 5, 6; RFC 9110 5.1, 5.5, 5.6.2, 7.2, 8.6.
 */
#ifndef TS_CONTROL_HTTP_STRICT_H
#define TS_CONTROL_HTTP_STRICT_H

#include <stdbool.h>
#include <stddef.h>

struct ts_http_field {
	const char *name, *value;
	size_t name_len, value_len;
};

enum { TS_HTTP_FIELDS_MAX = 128 };

struct ts_http_head {
	const char *method, *target, *version; /* target: path alone will do */
	struct ts_http_field field[TS_HTTP_FIELDS_MAX];
	size_t n; /* TS_HTTP_FIELDS_MAX + 1: there are more */
	bool raw; /* all strings lie in what was received, in its order */
};

/* NULL: it is; else why not, with the status. */
const char *ts_http_why_bad(const struct ts_http_head *head, int *status);

#endif
