/* http - one blocking HTTP request (libcurl). Thread: any; each call is its own connection. */
#ifndef TS_TESTS_PEER_HTTP_H
#define TS_TESTS_PEER_HTTP_H

#include <stddef.h>

struct http_reply {
	long status;       /* 0: no answer */
	char location[512];
	char *body;        /* owned, terminated */
	size_t len;
};

/* method "POST" with an application/sdp body, "PUT" with application/json, "GET", "DELETE". */
int ts_http(struct http_reply *out, const char *method, const char *url, const char *body);
void ts_http_free(struct http_reply *reply);

#endif
