#include "control/rooms/bearer.h"
#include "control/http/http.h"
#include "control/http/query.h"
#include <glib.h>
#include <stdbool.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

const char *ts_bearer_of(const struct ts_request *request, char buf[TS_BEARER_MAX + 1])
{
	const char *given = ts_request_header(request, "Authorization");
	while (given && is_blank(*given)) given++;
	if (!given || g_ascii_strncasecmp(given, "Bearer", 6) != 0 || !is_blank(given[6]))
		return NULL;
	given += 7;
	while (is_blank(*given)) given++;
	size_t len = strlen(given);
	while (len && is_blank(given[len - 1])) len--;
	if (len > TS_BEARER_MAX) return TS_BEARER_UNREADABLE;
	memcpy(buf, given, len);
	buf[len] = '\0';
	return buf;
}

const char *ts_bearer_given(const struct ts_request *request, char buf[TS_BEARER_MAX + 1])
{
	const char *bearer = ts_bearer_of(request, buf);
	if (bearer) return *bearer ? bearer : NULL;
	const char *name = ts_request_query(request, "pin") ? "pin" : "token";
	if (!ts_request_query(request, name)) return NULL;
	if (ts_query_text(request, name, buf, TS_BEARER_MAX + 1)) return TS_BEARER_UNREADABLE;
	return *buf ? buf : NULL;
}

static const char *bearer_of_protocols(const char *offered, char buf[TS_BEARER_MAX + 1])
{
	static const char prefix[] = "tessera.bearer.";
	const size_t n_prefix = sizeof(prefix) - 1;
	for (const char *at = offered ? offered : ""; *at;) {
		at += strspn(at, ", \t");
		const size_t len = strcspn(at, ", \t");
		if (len > n_prefix && !memcmp(at, prefix, n_prefix)) {
			if (len - n_prefix > TS_BEARER_MAX) return TS_BEARER_UNREADABLE;
			memcpy(buf, at + n_prefix, len - n_prefix);
			buf[len - n_prefix] = '\0';
			return buf;
		}
		at += len;
	}
	return NULL;
}

const char *ts_bearer_of_socket(const struct ts_request *request, char buf[TS_BEARER_MAX + 1])
{
	const char *bearer = ts_bearer_of(request, buf);
	if (!bearer)
		bearer = bearer_of_protocols(
			ts_request_header(request, "Sec-WebSocket-Protocol"), buf);
	if (bearer || !ts_request_query(request, "token")) return bearer;
	if (ts_query_text(request, "token", buf, TS_BEARER_MAX + 1)) return TS_BEARER_UNREADABLE;
	return buf;
}
