#include "tests/unit/control/client.h"
#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

int ts_dial(uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval limit = {.tv_sec = 10};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to))) abort();
	return fd;
}

void ts_send(int fd, const void *bytes, size_t len)
{
	while (len) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
		if (n <= 0) return; /* the server may have had enough */
		bytes = (const char *)bytes + n;
		len -= (size_t)n;
	}
}

void ts_send_request(
	int fd, const char *method, const char *target, const char *headers, const char *body)
{
	char head[4096], length[64] = "";
	if (body) snprintf(length, sizeof(length), "Content-Length: %zu\r\n", strlen(body));
	int n = snprintf(head, sizeof(head), "%s %s HTTP/1.1\r\n%s%s%s\r\n", method, target,
		strstr(headers, "Host: ") ? "" : "Host: 127.0.0.1\r\n", headers, length);
	ts_send(fd, head, (size_t)n);
	if (body) ts_send(fd, body, strlen(body));
}

const char *ts_fetched(const struct response *response, const char *header, char buf[256])
{
	size_t len = strlen(header);
	for (const char *line = strstr(response->head, "\r\n"); line && line[2];
		line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, header, len) != 0 || line[len] != ':') continue;
		line += len + 1 + strspn(line + len + 1, " ");
		snprintf(buf, 256, "%.*s", (int)strcspn(line, "\r"), line);
		return buf;
	}
	return NULL;
}

static size_t read_head(int fd, struct response *out)
{
	size_t len = 0;
	while (len < sizeof(out->head) - 1 && recv(fd, out->head + len, 1, 0) == 1) {
		len++;
		if (len >= 4 && !memcmp(out->head + len - 4, "\r\n\r\n", 4)) break;
	}
	out->head[len] = '\0';
	return len;
}

void ts_read_response(int fd, int has_body, struct response *out)
{
	char length[256];
	out->status = 0;
	out->body_len = 0;
	do /* 100 Continue is not the response */
		if (!read_head(fd, out)) return;
	while (!strncmp(out->head, "HTTP/1.1 100", 12));
	out->status = atoi(out->head + strlen("HTTP/1.1 "));
	size_t want = has_body && ts_fetched(out, "Content-Length", length)
		? strtoul(length, NULL, 10)
		: 0;
	assert(want < sizeof(out->body));
	while (out->body_len < want) {
		ssize_t n = recv(fd, out->body + out->body_len, want - out->body_len, 0);
		if (n <= 0) break;
		out->body_len += (size_t)n;
	}
	out->body[out->body_len] = '\0';
}

const struct response *ts_fetch(uint16_t port, const char *method, const char *target,
	const char *headers, const char *body)
{
	static struct response response;
	int fd = ts_dial(port);
	ts_send_request(fd, method, target, headers, body);
	ts_read_response(fd, strcmp(method, "HEAD") != 0, &response);
	close(fd);
	return &response;
}

struct call {
	struct ts_task task;
	void (*fn)(void *arg);
	void *arg;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	int done;
};

static void run_call(struct ts_task *task)
{
	struct call *call = ts_container_of(task, struct call, task);
	call->fn(call->arg);
	pthread_mutex_lock(&call->lock);
	call->done = 1;
	pthread_cond_signal(&call->cond);
	pthread_mutex_unlock(&call->lock);
}

void ts_on_loop(struct ts_loop *loop, void (*fn)(void *arg), void *arg)
{
	struct call call = {.task.fn = run_call,
		.fn = fn,
		.arg = arg,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.cond = PTHREAD_COND_INITIALIZER};
	if (ts_loop_post(loop, &call.task)) abort();
	pthread_mutex_lock(&call.lock);
	while (!call.done) pthread_cond_wait(&call.cond, &call.lock);
	pthread_mutex_unlock(&call.lock);
	pthread_cond_destroy(&call.cond);
	pthread_mutex_destroy(&call.lock);
}
