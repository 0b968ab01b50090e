/* http - the HTTP or HTTPS server: libmicrohttpd on a loop, each request a plain object that is
 * answered now or later.
 *
 *   socket -> MHD (its epoll fd is watched by the loop) -> body collected -> handler(request)
 *      handler(request) -> reply
 *                       \-> not replied yet: suspended until it is
 *
 * A request is answered by ts_reply, ts_reply_header (any number), ts_reply_send: in the handler or
 * afterwards. While it waits its socket is watched, so a client that goes away is noticed at once
 * (RFC 9112 9.6: a half-closed one counts as gone). Nothing is unescaped: path and query are as
 * sent, for ts_url_decode.
 * Thread  the loop's.
 * Source  RFC 9110, 9112.
 * Full    max_connections, max_per_address: of the connections that wait for a request (or for a
 *         reply to be taken) the one that has done so for longest gives way (patience.h).
 *         max_body_bytes: the rest of a body is read and thrown away, ts_request_too_large says so.
 *         A connection on which nothing happens for timeout_s is closed, and so is one whose next
 *         request is not there after request_ms, however steadily its bytes come.
 */
#ifndef TS_CONTROL_HTTP_HTTP_H
#define TS_CONTROL_HTTP_HTTP_H

#include "config/config.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ts_blob;
struct ts_caller;
struct ts_loop;
struct ts_http;
struct ts_request;

struct ts_http_config {
	struct ts_endpoint listen;
	const char *cert_pem, *key_pem; /* of HTTPS, read during the call; NULL: HTTP */
	unsigned max_connections, max_per_address;
	unsigned timeout_s, request_ms;
	struct ts_strings trusted_proxies; /* whose X-Forwarded-For is believed; must stay */
	size_t max_body_bytes;
	/* Of one request, once its head is there and it has been read; NULL: of all max_body_bytes.
	 * Of those that may have more, 16 come at one time. 0: the handler gets it now, as one that
	 * is too large, and refuses it. */
	size_t (*body_max)(void *arg, const struct ts_request *request);
};

/* Gets each request when its body is complete, or known to be too large. */
typedef void (*ts_http_handler)(void *arg, struct ts_request *request);

/* TS_EIO: cannot listen there (logged with the reason); TS_ENOMEM. */
int ts_http_create(struct ts_http **out, struct ts_loop *loop, const struct ts_http_config *config,
	ts_http_handler handler, void *arg);
/* Ends every connection; requests that still wait get their `end`. */
void ts_http_destroy(struct ts_http **http);
/* For connections from now on; those that exist go on with the old one. *http is another object
 * afterwards. TS_EINVAL: it is none, or does not fit the key; the old one stays. */
int ts_http_set_certificate(struct ts_http **http, const char *cert_pem, const char *key_pem);
/* the one listened on, also when the config said 0 */
uint16_t ts_http_port(const struct ts_http *http);

/* ---- the request; what is returned lives as long as it does */

/* "GET", "PATCH", anything a client sends */
const char *ts_request_method(const struct ts_request *request);
const char *ts_request_path(const struct ts_request *request);
/* NULL: not there; name without case */
const char *ts_request_header(const struct ts_request *request, const char *name);
/* Whose request it is, for limits and the log: the numeric address of the client
 * (client_address.h); of IPv6 the first 64 bits. */
const char *ts_request_address(const struct ts_request *request);
/* The value of a cookie; NULL: not there. */
const char *ts_request_cookie(const struct ts_request *request, const char *name);
bool ts_request_is_tls(const struct ts_request *request); /* it came to an https listener of ours */
/* the first of that name; NULL: not there */
const char *ts_request_query(const struct ts_request *request, const char *name);
/* NUL-terminated, may hold NULs; never NULL */
const char *ts_request_body(const struct ts_request *request, size_t *len);
bool ts_request_too_large(const struct ts_request *request);
/* It is, for now alone: as many large ones as may be come at this time (body_max). */
bool ts_request_is_crowded(const struct ts_request *request);

/* Called once when the request ends: its reply was handed to the kernel completely, or not (the
 * client went away, the server stops). The request must not be used any more. */
void ts_request_on_end(struct ts_request *request, void (*end)(void *arg, bool delivered),
	void *arg);
/* Who makes it, once that is known: copied. NULL: nobody has said, or nothing was asked. */
void ts_request_set_caller(struct ts_request *request, const struct ts_caller *caller);
const struct ts_caller *ts_request_caller(const struct ts_request *request);
/* Called once, when there is a reply, with its status; or with 0 when the request ended without
 * one. Nothing of the request but what it is asked here may be changed then. */
void ts_request_on_reply(struct ts_request *request,
	void (*replied)(const struct ts_request *request, void *arg, int status), void *arg);
/* Goes with whatever reply the request gets; the strings are constants. At most 4. */
void ts_request_add_header(struct ts_request *request, const char *name, const char *value);

/* ---- the reply */

enum ts_body { TS_BODY_COPY, TS_BODY_STATIC, TS_BODY_FREE /* [take], from malloc */ };

void ts_reply(struct ts_request *request, int status, const char *type, const void *body,
	size_t len, enum ts_body how);
void ts_reply_header(struct ts_request *request, const char *name, const char *value);
/* The body is these, one behind the other, and nothing is copied: the reply holds them. n: up to
 * TS_REPLY_BLOBS. */
enum { TS_REPLY_BLOBS = 16 };
void ts_reply_blobs(struct ts_request *request, int status, const char *type,
	struct ts_blob *const *blobs, size_t n);
void ts_reply_send(struct ts_request *request);

/* A file as the body: `len` bytes from `offset` on. fd: [take]. How long it may take is a matter of
 * the client going on to read at all. */
void ts_reply_file(struct ts_request *request, int status, const char *type, int fd,
	int64_t offset, int64_t len);

/* ---- a reply without end: text that comes as it happens */

/* Fills buf with what there is, on the loop. 0: nothing now; it is asked again after
 * ts_stream_wake. TS_STREAM_END: no more. */
enum { TS_STREAM_END = -1 };
typedef long (*ts_stream_read)(void *arg, char *buf, size_t cap);
/* In place of ts_reply. Little is left to the kernel to hold, so that the reader's own queue shows
 * who does not read. */
void ts_reply_stream(struct ts_request *request, const char *type, ts_stream_read read, void *arg);
void ts_stream_wake(struct ts_request *request);
/* closes it, whatever is on its way; its `end` follows, perhaps at once */
void ts_stream_cut(struct ts_request *request);

#endif
