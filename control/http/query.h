/* query - values from a URL, decoded and checked.
 *
 * Thread  any.
 * Source  RFC 3986 2.1; '+' for a space in a query (HTML forms) was undone by the HTTP server.
 */
#ifndef TS_CONTROL_HTTP_QUERY_H
#define TS_CONTROL_HTTP_QUERY_H

#include <stddef.h>

struct ts_request;

/* Percent-decodes len bytes into out, with a NUL behind. TS_EBADMSG: a bad escape, or an escaped
 * NUL; TS_ELIMIT: longer than cap - 1. */
int ts_url_decode(char *out, size_t cap, const char *text, size_t len);

/* A text: UTF-8 without control characters, "" when it is not there. TS_EBADMSG, TS_ELIMIT (longer
 * than cap - 1 bytes). */
int ts_query_text(const struct ts_request *request, const char *name, char *out, size_t cap);
/* A whole number from min to max in decimal digits; *out stays when it is not there. TS_EINVAL. */
int ts_query_int(const struct ts_request *request, const char *name, int min, int max, int *out);

#endif
