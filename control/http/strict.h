/* strict - is the head of a request one that no two readers can read differently? Behind a proxy
 * any other smuggles requests. Pure.
 *
 *   refused by 400 (Transfer-Encoding that is not chunked alone: 501), and the connection closed:
 *     Content-Length twice, as a list, not of digits alone, beside Transfer-Encoding;
 *     Transfer-Encoding twice or in HTTP/1.0
 *     Host twice, missing or malformed; absolute-form whose host is another
 *     a name that is no token, blanks before the colon; CR, LF, NUL and other control bytes in a
 *     value
 *     several blanks in the request line, a target or query with control bytes, blanks or a
 *     fragment
 *   and where the reader shows how the lines lay (raw): folded lines, lines ended by LF alone,
 *   lines that it skipped, a NUL in the target; of a chunked body the lines of chunks and trailers
 *   that are seen
 *
 * libmicrohttpd 0.9 parses in place: name and value point into what came, so that what lies between
 * them is seen. Not seen are the end of the last header line (so what stands there behind two
 * NULs), a NUL right before a lone CR or LF (both are zeros by then), the line of the last chunk
 * and of chunks that came without a byte of their data, the end of the trailers. So who sent chunks
 * has their connection closed behind the reply (RFC 9112 6.1): however another reader understood
 * them, nothing of them is ever read as a request. From 1.0 on the library refuses all of these
 * itself, at the level that http.c asks for. A Content-Length that it cannot read 0.9 refuses
 * before anybody is asked: 400 or 413, its head written twice, and the end of the connection.
 * Thread  any.  Source  RFC 9112 2.2, 3, 3.2, 5, 6, 7.1; RFC 9110 5.1, 5.5, 5.6.2, 7.2, 8.6.
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
	const char *method, *target, *version; /* target: up to the query */
	size_t target_len;                     /* of raw: with the query, up to the first NUL */
	struct ts_http_field field[TS_HTTP_FIELDS_MAX];
	size_t n; /* TS_HTTP_FIELDS_MAX + 1: there are more */
	bool raw; /* all strings lie in what was received, in its order */
};

/* NULL: it is; else why not, with the status. */
const char *ts_http_why_bad(const struct ts_http_head *head, int *status);
/* The same for the whole target, query included, before anything is decoded. */
const char *ts_http_why_bad_target(const char *target);
/* Of raw: for the trailers alone. */
const char *ts_http_why_bad_trailers(const struct ts_http_head *trailers);
/* Of raw: the bytes from `from` to the first data of a chunk end with the line of that chunk. May
 * another reader see others? */
bool ts_http_is_chunk_bad(const char *from, const char *data);

#endif
