/* problem - refusals as application/problem+json, and other JSON replies.
 *
 *   {"type":"urn:tessera:problem:room-full","title":"Conflict","status":409,"detail":"...",
 *    "pointer":"/name"}
 *
 * type is about:blank where the status says it all. pointer is the JSON pointer of the field that
 * was wrong; a query parameter counts as a field of that name.
 * Source  RFC 9457, 6901.
 */
#ifndef TS_CONTROL_HTTP_PROBLEM_H
#define TS_CONTROL_HTTP_PROBLEM_H

#include <jansson.h>
#include <stdint.h>

struct ts_request;

/* Made but not sent, so that headers can be added. type and pointer may be NULL. */
void ts_problem_make(struct ts_request *request, int status, const char *type, const char *pointer,
	const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* Made and sent. */
#define ts_problem(request, ...) (ts_problem_make(request, __VA_ARGS__), ts_reply_send(request))

/* [take] json; made but not sent. NULL: out of memory, a problem is made. */
void ts_json_make(struct ts_request *request, int status, json_t *json);
/* [take] json (NULL: out of memory, answered 503). etag: already quoted, or NULL. Sent. */
void ts_reply_json(struct ts_request *request, json_t *json, const char *etag);

void ts_reply_nothing(struct ts_request *request); /* 204 */

#endif
