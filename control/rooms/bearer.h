/* bearer - the secret that a request gives: `Authorization: Bearer`, for players and pages ?pin= or
 * ?token=.
 *
 * Thread  control.
 * Source  RFC 6750 2.1, RFC 9110 5.5, 11.4.
 */
#ifndef TS_CONTROL_ROOMS_BEARER_H
#define TS_CONTROL_ROOMS_BEARER_H

struct ts_request;

enum { TS_BEARER_MAX = 4096 };
/* What cannot be read, or is longer, is given as this, which no secret is. */
#define TS_BEARER_UNREADABLE " "

/* In buf, blanks about it left out. NULL: there is none. */
const char *ts_bearer_of(const struct ts_request *request, char buf[TS_BEARER_MAX + 1]);
/* The same, or what the query says, for those who cannot send headers. */
const char *ts_bearer_given(const struct ts_request *request, char buf[TS_BEARER_MAX + 1]);
/* Of a WebSocket: the header; what a page can say, which is a subprotocol "tessera.bearer." with
 * the secret behind; or ?token=. */
const char *ts_bearer_of_socket(const struct ts_request *request, char buf[TS_BEARER_MAX + 1]);

#endif
