#include "tests/peer/http.h"

#include "base/error.h"
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	struct http_reply *r = arg;
	char *grown = realloc(r->body, r->len + size * n + 1);
	if (!grown) return 0;
	r->body = grown;
	memcpy(r->body + r->len, data, size * n);
	r->len += size * n;
	r->body[r->len] = 0;
	return size * n;
}

static size_t on_header(char *data, size_t size, size_t n, void *arg)
{
	struct http_reply *r = arg;
	size_t len = size * n;
	static const char name[] = "location:";
	if (len > sizeof name && strncasecmp(data, name, sizeof name - 1) == 0) {
		const char *v = data + sizeof name - 1;
		size_t left = len - (sizeof name - 1);
		while (left && (*v == ' ' || *v == '\t')) v++, left--;
		while (left && (v[left - 1] == '\r' || v[left - 1] == '\n')) left--;
		if (left < sizeof r->location) {
			memcpy(r->location, v, left);
			r->location[left] = 0;
		}
	}
	return len;
}

int ts_http(struct http_reply *out, const char *method, const char *url, const char *body)
{
	*out = (struct http_reply){.body = calloc(1, 1)};
	CURL *c = curl_easy_init();
	if (!c || !out->body) return TS_ENOMEM;
	const char *type = strcmp(method, "PUT") ? "Content-Type: application/sdp"
						 : "Content-Type: application/json";
	struct curl_slist *headers = body ? curl_slist_append(NULL, type) : NULL;
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, 10L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, out);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, out);
	if (body) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
		curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	}
	CURLcode code = curl_easy_perform(c);
	if (code == CURLE_OK) curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &out->status);
	curl_slist_free_all(headers);
	curl_easy_cleanup(c);
	return code == CURLE_OK ? 0 : TS_EIO;
}

void ts_http_free(struct http_reply *r)
{
	free(r->body);
	*r = (struct http_reply){0};
}
