/* One request: its body collected, handed over, and its reply or stream given to libmicrohttpd. */
#include "base/blob.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/log.h"
#include "control/http/core.h"
#include "control/http/problem.h"
#include "control/http/strict.h"
#include "control/identity/caller.h"
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	/* of a body that is too large, so that its sender gets to read why */
	DISCARD_MAX_BYTES = 1024 * 1024,
	EXTRA_HEADERS = 6,
	LARGE_MAX = 16, /* bodies that may be larger than others, at one time */
	STREAM_BLOCK_BYTES = 4096,
	STREAM_SEND_BYTES = 64 * 1024,
};

/*   OPENED -> RECEIVING -> RUNNING -> REPLIED -> freed   answered in the handler
 *                             \-> WAITING -> REPLIED       or afterwards; a stream waits again
 *                                    |                     whenever it has nothing to give
 *                                    \-> GONE              its client hung up, or the server ends;
 *                                                          a stream is also cut while REPLIED
 */
enum state { OPENED, RECEIVING, RUNNING, WAITING, REPLIED, GONE };

struct ts_request {
	struct ts_http *http;
	struct MHD_Connection *connection;
	const char *method, *path;
	size_t target_len;
	const char *bad; /* why it is to be refused, once it is there; NULL: it is not */
	/* where its body is read to; NULL: it has no chunks, or MHD does not tell */
	const char *body_from;
	bool chunked;
	enum state state;
	struct ts_watch watch; /* of the socket, while WAITING */
	GList link;            /* in http->waiting */

	GByteArray *body;
	size_t body_max;
	size_t discarded;
	bool too_large, crowded;
	bool is_large; /* counted in http->large */

	char address[INET6_ADDRSTRLEN];

	struct MHD_Response *response;
	unsigned status;
	struct {
		const char *name, *value;
	} extra[EXTRA_HEADERS];
	size_t n_extra;

	bool is_file;        /* it takes as long as it takes */
	bool is_upgrade;     /* the connection is a WebSocket's afterwards */
	ts_stream_read read; /* NULL: the response is a whole body */
	void *read_arg;

	void (*end)(void *arg, bool delivered);
	void *end_arg;

	struct ts_caller *caller;
	void (*replied)(const struct ts_request *request, void *arg, int status);
	void *replied_arg;
};

/* ---- its life */

static void finish(struct ts_request *request, bool delivered)
{
	void (*end)(void *, bool) = request->end;
	request->end = NULL;
	if (end) end(request->end_arg, delivered);
}

static void tell_reply(struct ts_request *request, int status)
{
	void (*replied)(const struct ts_request *, void *, int) = request->replied;
	request->replied = NULL;
	if (replied) replied(request, request->replied_arg, status);
}

/* Takes it out of the queue and lets MHD call ts_request_receive once more: in its next run, which
 * it does not ask for by itself when somebody else drives it. */
static void resume(struct ts_request *request, enum state state)
{
	struct ts_http *http = request->http;
	ts_loop_unwatch(http->loop, &request->watch);
	g_queue_unlink(&http->waiting, &request->link);
	request->state = state;
	MHD_resume_connection(request->connection);
	http->resumed = true;
	ts_loop_timer_set(http->loop, &http->timer, ts_now_ns());
}

void ts_request_abandon(struct ts_request *request)
{
	resume(request, GONE);
	finish(request, false);
}

static void on_hangup(struct ts_watch *watch, uint32_t epoll_events)
{
	(void)epoll_events;
	ts_request_abandon(ts_container_of(watch, struct ts_request, watch));
}

static int socket_of(const struct ts_request *request)
{
	return MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD)
		->connect_fd;
}

/* MHD does not look at suspended connections, so the hang-up of a waiting client is ours to see. */
static void suspend(struct ts_request *request)
{
	request->state = WAITING;
	request->watch.fn = on_hangup;
	request->watch.fd = socket_of(request);
	request->link.data = request;
	g_queue_push_tail_link(&request->http->waiting, &request->link);
	MHD_suspend_connection(request->connection);
	if (ts_loop_watch(request->http->loop, &request->watch, EPOLLRDHUP))
		ts_warn("http watch failed", "a client that goes away will not be noticed");
}

/* Who takes a reply slowly is waited for as well, but not who reads a stream: that has its own
 * measure. */
static enum MHD_Result send_response(struct ts_request *request)
{
	ts_count(TS_C_HTTP_REQUESTS);
	tell_reply(request, request->response ? (int)request->status : 0);
	if (!request->read && !request->is_file && !request->is_upgrade)
		ts_http_visit_wait(&request->http->visits, request->connection);
	return request->response
		? MHD_queue_response(request->connection, request->status, request->response)
		: MHD_NO;
}

static enum MHD_Result run(struct ts_request *request)
{
	request->state = RUNNING;
	ts_http_visit_stop(&request->http->visits, request->connection);
	request->http->handler(request->http->arg, request);
	if (request->state == REPLIED) return send_response(request);
	suspend(request);
	return MHD_YES;
}

static enum MHD_Result receive_body(struct ts_request *request, const char *data, size_t *size)
{
	if (request->body_from && data > request->body_from &&
		ts_http_is_chunk_bad(request->body_from, data))
		request->bad = "the line of a chunk is not SIZE CRLF";
	if (!request->too_large && *size <= request->body_max - request->body->len) {
		g_byte_array_append(request->body, (const uint8_t *)data, (guint)*size);
	} else {
		request->too_large = true;
		request->discarded += *size;
	}
	*size = 0;
	return request->discarded <= DISCARD_MAX_BYTES ? MHD_YES : MHD_NO;
}

/* target: with its query, which MHD cuts into pieces next. */
void *ts_request_open(void *cls, const char *target, struct MHD_Connection *connection)
{
	struct ts_request *request = g_new0(struct ts_request, 1);
	request->http = cls;
	request->connection = connection;
	request->body = g_byte_array_new();
	request->target_len = strlen(target);
	request->bad = ts_http_why_bad_target(target);
	ts_http_visit_set_request(&request->http->visits, connection, request);
	return request;
}

void ts_request_free(void *arg)
{
	struct ts_request *request = arg;
	tell_reply(request, 0);
	if (request->is_large) request->http->large--;
	g_free(request->caller);
	if (request->response) MHD_destroy_response(request->response);
	g_byte_array_unref(request->body);
	g_free(request);
}

const char *ts_request_address(const struct ts_request *request)
{
	return request->address;
}

/* A body that is announced as too large to be even thrown away is not waited for: the reply goes
 * out before it. */
static bool announces_too_much(const struct ts_request *request)
{
	const char *length = ts_request_header(request, MHD_HTTP_HEADER_CONTENT_LENGTH);
	const size_t most = MAX(request->body_max, (size_t)DISCARD_MAX_BYTES);
	return length && strtoull(length, NULL, 10) > most;
}

/* ---- its head */

static enum MHD_Result receive_field(void *cls, enum MHD_ValueKind kind, const char *name,
	size_t name_len, const char *value, size_t value_len)
{
	struct ts_http_head *head = cls;
	(void)kind;
	if (head->n < TS_HTTP_FIELDS_MAX)
		head->field[head->n] = (struct ts_http_field){
			name, value ? value : "", name_len, value_len};
	return head->n++ < TS_HTTP_FIELDS_MAX ? MHD_YES : MHD_NO;
}

/* An absolute-form target means its path (RFC 9112 3.2.2); the host was compared. */
static const char *path_of(const char *url)
{
	const char *authority = *url == '/' ? NULL : strstr(url, "://");
	const char *path = authority ? strchr(authority + 3, '/') : url;
	return path ? path : "/";
}

static bool is_raw(void)
{
	return g_str_has_prefix(MHD_get_version(), "0.9.");
}

static enum MHD_Result refuse(struct ts_request *request, int status, const char *why)
{
	ts_count(TS_C_HTTP_MALFORMED);
	request->state = RUNNING;
	ts_http_visit_stop(&request->http->visits, request->connection);
	ts_problem_make(request, status, "malformed", NULL, "the request is malformed: %s", why);
	if (!request->chunked) ts_reply_header(request, MHD_HTTP_HEADER_CONNECTION, "close");
	ts_reply_send(request);
	return send_response(request);
}

static const char *why_refused(
	struct ts_request *request, const char *url, const char *version, int *status)
{
	struct ts_http_head *head = g_new(struct ts_http_head, 1); /* 4 KB */
	head->method = request->method;
	head->target = url;
	head->target_len = request->target_len;
	head->version = version;
	head->n = 0;
	head->raw = is_raw();
	MHD_get_connection_values_n(request->connection, MHD_HEADER_KIND, receive_field, head);
	const char *why = ts_http_why_bad(head, status);
	if (!why && request->bad) why = request->bad;
	request->chunked = head->raw &&
		ts_request_header(request, MHD_HTTP_HEADER_TRANSFER_ENCODING);
	/* where the last line ends and the empty one: two zeros are left of each */
	const struct ts_http_field *last = !why && request->chunked && head->n
		? &head->field[head->n - 1]
		: NULL;
	const char *end = last ? last->value + last->value_len : NULL;
	if (end && !end[2] && !end[3]) request->body_from = end + 4;
	g_free(head);
	return why;
}

static void limit_body(struct ts_request *request)
{
	struct ts_http *http = request->http;
	const size_t most = http->config.max_body_bytes;
	request->body_max = http->config.body_max ? http->config.body_max(http->arg, request)
						  : most;
	if (request->body_max <= most) return;
	request->crowded = http->large >= LARGE_MAX;
	request->is_large = !request->crowded;
	http->large += request->is_large;
	if (request->crowded) request->body_max = most;
}

static enum MHD_Result receive_head(
	struct ts_request *request, const char *url, const char *version)
{
	int status;
	request->state = RECEIVING;
	request->path = path_of(url);
	ts_http_visit_client(&request->http->visits, request->connection, request->address);
	const char *why = why_refused(request, url, version, &status);
	if (why) return refuse(request, status, why);
	limit_body(request);
	const bool refused = request->http->config.body_max && !request->body_max;
	if (!refused && !announces_too_much(request)) return MHD_YES;
	request->too_large = true;
	return run(request);
}

static enum MHD_Result receive_end(struct ts_request *request)
{
	struct ts_http_head *trailers = request->chunked ? g_new(struct ts_http_head, 1) : NULL;
	if (trailers) {
		trailers->n = 0;
		MHD_get_connection_values_n(
			request->connection, MHD_FOOTER_KIND, receive_field, trailers);
		if (!request->bad) request->bad = ts_http_why_bad_trailers(trailers);
		g_free(trailers);
	}
	return request->bad ? refuse(request, 400, request->bad) : run(request);
}

enum MHD_Result ts_request_receive(void *cls, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *data_size,
	void **con_cls)
{
	struct ts_request *request = *con_cls;
	(void)cls, (void)connection;
	if (request->state == OPENED) {
		request->method = method;
		return receive_head(request, url, version);
	}
	if (*data_size) return receive_body(request, data, data_size);
	switch (request->state) {
	case RECEIVING: return receive_end(request);
	case REPLIED: return send_response(request);
	default: return MHD_NO; /* gone: closes the connection */
	}
}

void ts_request_complete(void *cls, struct MHD_Connection *connection, void **con_cls,
	enum MHD_RequestTerminationCode code)
{
	struct ts_http *http = cls;
	struct ts_request *request = *con_cls;
	if (!request || !request->is_upgrade) ts_http_visit_wait(&http->visits, connection);
	if (!request) return;
	*con_cls = NULL;
	ts_http_visit_set_request(&http->visits, connection, NULL);
	finish(request, request->state == REPLIED && code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
	ts_request_free(request);
}

const char *ts_request_method(const struct ts_request *request)
{
	return request->method;
}
const char *ts_request_path(const struct ts_request *request)
{
	return request->path;
}
bool ts_request_is_crowded(const struct ts_request *request)
{
	return request->too_large && request->crowded;
}
bool ts_request_too_large(const struct ts_request *request)
{
	return request->too_large;
}

const char *ts_request_header(const struct ts_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const char *ts_request_cookie(const struct ts_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND, name);
}

bool ts_request_is_tls(const struct ts_request *request)
{
	return MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_PROTOCOL) != NULL;
}

static enum MHD_Result find_query(
	void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
	const char **want = cls;
	(void)kind;
	if (strcmp(key, want[0]) != 0) return MHD_YES;
	want[1] = value ? value : "";
	return MHD_NO;
}

/* Not MHD_lookup_connection_value: that one ignores case, and cannot tell "?name" from no name. */
const char *ts_request_query(const struct ts_request *request, const char *name)
{
	const char *want[2] = {name, NULL};
	MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, find_query, want);
	return want[1];
}

const char *ts_request_body(const struct ts_request *request, size_t *len)
{
	*len = request->body->len;
	g_byte_array_append(request->body, (const uint8_t *)"", 1);
	g_byte_array_set_size(request->body, (guint)*len);
	return (const char *)request->body->data;
}

void ts_request_on_end(
	struct ts_request *request, void (*end)(void *arg, bool delivered), void *arg)
{
	request->end = end;
	request->end_arg = arg;
}

void ts_request_set_caller(struct ts_request *request, const struct ts_caller *caller)
{
	g_free(request->caller);
	request->caller = g_memdup2(caller, sizeof(*caller));
}

const struct ts_caller *ts_request_caller(const struct ts_request *request)
{
	return request->caller;
}

void ts_request_on_reply(struct ts_request *request,
	void (*replied)(const struct ts_request *request, void *arg, int status), void *arg)
{
	request->replied = replied;
	request->replied_arg = arg;
}

void ts_request_add_header(struct ts_request *request, const char *name, const char *value)
{
	g_assert(request->n_extra < EXTRA_HEADERS);
	request->extra[request->n_extra].name = name;
	request->extra[request->n_extra++].value = value;
}

/* ---- the reply */

static void start_response(struct ts_request *request, const char *type)
{
	if (type) ts_reply_header(request, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	ts_reply_header(request, "X-Content-Type-Options", "nosniff");
	if (request->chunked) ts_reply_header(request, MHD_HTTP_HEADER_CONNECTION, "close");
	for (size_t i = 0; i < request->n_extra; i++)
		ts_reply_header(request, request->extra[i].name, request->extra[i].value);
}

void ts_reply(struct ts_request *request, int status, const char *type, const void *body,
	size_t len, enum ts_body how)
{
	static const enum MHD_ResponseMemoryMode modes[] = {
		[TS_BODY_COPY] = MHD_RESPMEM_MUST_COPY,
		[TS_BODY_STATIC] = MHD_RESPMEM_PERSISTENT,
		[TS_BODY_FREE] = MHD_RESPMEM_MUST_FREE,
	};
	g_assert(!request->response);
	request->status = (unsigned)status;
	request->response = MHD_create_response_from_buffer(
		len, (void *)(uintptr_t)body, modes[how]);
	if (!request->response) { /* out of memory: the connection is closed instead */
		if (how == TS_BODY_FREE) free((void *)(uintptr_t)body);
		return;
	}
	start_response(request, type);
}

void ts_reply_header(struct ts_request *request, const char *name, const char *value)
{
	if (request->response) MHD_add_response_header(request->response, name, value);
}

void ts_reply_send(struct ts_request *request)
{
	g_assert(request->state == RUNNING || request->state == WAITING);
	if (request->state == WAITING)
		resume(request, REPLIED);
	else
		request->state = REPLIED;
}

struct ts_http *ts_request_http(const struct ts_request *request)
{
	return request->http;
}

void ts_reply_upgrade(struct ts_request *request, struct MHD_Response *response)
{
	g_assert(!request->response);
	request->status = MHD_HTTP_SWITCHING_PROTOCOLS;
	request->is_upgrade = true;
	request->response = response;
}

struct held {
	size_t n;
	struct ts_blob *blob[TS_REPLY_BLOBS];
};

static void release_held(void *held)
{
	struct held *h = held;
	for (size_t i = 0; i < h->n; i++) ts_blob_unref(&h->blob[i]);
	g_free(h);
}

void ts_reply_blobs(struct ts_request *request, int status, const char *type,
	struct ts_blob *const *blobs, size_t n)
{
	struct MHD_IoVec pieces[TS_REPLY_BLOBS];
	struct held *held = g_new0(struct held, 1);
	g_assert(!request->response && n <= TS_REPLY_BLOBS);
	for (; held->n < n; held->n++) {
		struct ts_blob *blob = held->blob[held->n] = ts_blob_ref(blobs[held->n]);
		pieces[held->n] = (struct MHD_IoVec){blob->bytes, blob->len};
	}
	request->status = (unsigned)status;
	request->response = MHD_create_response_from_iovec(pieces, (unsigned)n, release_held, held);
	if (!request->response) { /* out of memory: the connection is closed instead */
		release_held(held);
		return;
	}
	start_response(request, type);
}

void ts_reply_file(struct ts_request *request, int status, const char *type, int fd, int64_t offset,
	int64_t len)
{
	g_assert(!request->response);
	request->status = (unsigned)status;
	request->is_file = true;
	request->response = MHD_create_response_from_fd_at_offset64(
		(uint64_t)len, fd, (uint64_t)offset);
	if (!request->response) { /* out of memory: the connection is closed instead */
		close(fd);
		return;
	}
	start_response(request, type);
}

/* ---- streams */

/* MHD asks for more. With nothing to give the connection sleeps; ts_request_receive is not called
 * again when it wakes, this is. */
static ssize_t read_stream(void *cls, uint64_t pos, char *buf, size_t cap)
{
	struct ts_request *request = cls;
	(void)pos;
	if (request->state == GONE) return MHD_CONTENT_READER_END_WITH_ERROR;
	long n = request->read(request->read_arg, buf, cap);
	if (n == TS_STREAM_END) return MHD_CONTENT_READER_END_OF_STREAM;
	if (!n) suspend(request);
	return n;
}

void ts_reply_stream(struct ts_request *request, const char *type, ts_stream_read read, void *arg)
{
	int bytes = STREAM_SEND_BYTES;
	g_assert(!request->response);
	request->status = MHD_HTTP_OK;
	request->read = read;
	request->read_arg = arg;
	request->response = MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES, read_stream, request, NULL);
	setsockopt(socket_of(request), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	start_response(request, type);
}

void ts_stream_wake(struct ts_request *request)
{
	if (request->read && request->state == WAITING) resume(request, REPLIED);
}

void ts_stream_cut(struct ts_request *request)
{
	if (request->state == WAITING) {
		ts_request_abandon(request);
	} else if (request->state != GONE) {
		request->state = GONE;
		shutdown(socket_of(request), SHUT_RDWR); /* MHD sees it as the client's doing */
	}
}
