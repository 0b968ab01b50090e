/* client - a small blocking HTTP client, and a loop in a thread of its own to serve it. Tests
 * only. */
#ifndef TS_TESTS_CLIENT_H
#define TS_TESTS_CLIENT_H

#include "base/loop.h"
#include <stddef.h>
#include <stdint.h>

struct response {
	int status;      /* 0: the connection ended without one */
	char head[4096]; /* status line and headers */
	char body[131072];
	size_t body_len;
};

/* One request on a connection of its own. headers: whole lines with CRLF, or "". body NULL:
 * none. */
const struct response *ts_fetch(uint16_t port, const char *method, const char *target,
	const char *headers, const char *body);
/* NULL: not there */
const char *ts_fetched(const struct response *response, const char *header, char buf[256]);

/* By parts. Reading waits 10 s at most. */
int ts_dial(uint16_t port);
void ts_send(int fd, const void *bytes, size_t len);
void ts_send_request(int fd, const char *method, const char *target, const char *headers,
	const char *body);
void ts_read_response(int fd, int has_body, struct response *out);

/* Runs fn on the loop's thread and waits for it. */
void ts_on_loop(struct ts_loop *loop, void (*fn)(void *arg), void *arg);

#endif
