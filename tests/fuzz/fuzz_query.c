/* A query string, split as the HTTP server does it: every parameter that a handler reads is text
 * that may be shown, or a number within its limits, or refused. */
#include "base/error.h"
#include "control/http/http.h"
#include "control/http/query.h"
#include <ctype.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* In place of the server's: name=value&... */
struct ts_request {
	char *pair[64];
	size_t n;
};

const char *ts_request_query(const struct ts_request *request, const char *name)
{
	size_t len = strlen(name);
	for (size_t i = 0; i < request->n; i++) {
		const char *pair = request->pair[i];
		if (strncmp(pair, name, len) != 0) continue;
		if (!pair[len]) return "";
		if (pair[len] == '=') return pair + len + 1;
	}
	return NULL;
}

static void check_text(const struct ts_request *request, const char *name, size_t cap)
{
	char *out = malloc(cap); /* exactly, so that ASan sees more */
	if (!out) abort();
	int rc = ts_query_text(request, name, out, cap);
	if (rc && rc != TS_EBADMSG && rc != TS_ELIMIT) abort();
	if (!rc) {
		if (!memchr(out, '\0', cap) || !g_utf8_validate(out, -1, NULL)) abort();
		for (const char *p = out; *p; p++)
			if (iscntrl((unsigned char)*p)) abort();
	}
	free(out);
}

static void check_int(const struct ts_request *request, const char *name, int min, int max)
{
	int value = min - 1;
	int rc = ts_query_int(request, name, min, max, &value);
	if (rc && rc != TS_EINVAL) abort();
	if (rc || !ts_request_query(request, name)) {
		if (value != min - 1) abort();
	} else if (value < min || value > max) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t caps[] = {1, 2, 17, 129, 257};
	struct ts_request request = {.n = 0};
	char *text = g_strndup((const char *)data, size), *rest = text, *pair;
	g_strdelimit(text, "+", ' ');
	while ((pair = strsep(&rest, "&")) && request.n < G_N_ELEMENTS(request.pair))
		request.pair[request.n++] = pair;
	for (size_t i = 0; i < G_N_ELEMENTS(caps); i++) {
		check_text(&request, "name", caps[i]);
		check_text(&request, "pin", caps[i]);
		check_text(&request, "identity", caps[i]);
	}
	check_int(&request, "max_height", 1, 16384);
	check_int(&request, "max_kbps", 1, 1000000);
	check_int(&request, "people", 0, 1000);
	g_free(text);
	return 0;
}
