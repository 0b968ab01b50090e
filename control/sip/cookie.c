#include "control/sip/cookie.h"
#include "base/clock.h"
#include "base/siphash.h"
#include "control/sip/name.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define PARAMETER "tsway"
#define HALF_NS (30 * TS_NS_PER_S)

enum { COOKIE_MAX = 17 };

static void write_cookie(char out[COOKIE_MAX], const char *address, int64_t half)
{
	char text[96];
	int n = snprintf(text, sizeof(text), "way %" PRId64 " %.60s", half, address);
	snprintf(out, COOKIE_MAX, "%016" PRIx64, ts_siphash_own(text, (size_t)n));
}

bool ts_sip_cookie_good(const char *uri, size_t n, const char *address, int64_t now_ns)
{
	char given[COOKIE_MAX + 1], right[COOKIE_MAX];
	if (!ts_sip_uri_param(given, sizeof(given), uri, n, PARAMETER)) return false;
	for (int64_t back = 0; back < 2; back++) {
		write_cookie(right, address, now_ns / HALF_NS - back);
		if (!strcmp(given, right)) return true;
	}
	return false;
}

/* What stands before an old cookie, and before headers ("?"), which nobody called. */
static size_t bare(const char *uri, size_t n)
{
	const char *headers = memchr(uri, '?', n);
	if (headers) n = (size_t)(headers - uri);
	const char *old = memmem(uri, n, ";" PARAMETER "=", sizeof(PARAMETER) + 1);
	return old ? (size_t)(old - uri) : n;
}

bool ts_sip_cookie_contact(char out[TS_SIP_CONTACT_MAX], const char *uri, size_t n,
	const char *address, int64_t now_ns)
{
	char cookie[COOKIE_MAX];
	n = bare(uri, n);
	if (n < 4 || n > TS_SIP_CONTACT_MAX / 2 || strncasecmp(uri, "sip:", 4)) return false;
	for (size_t i = 0; i < n; i++)
		if (uri[i] <= ' ' || uri[i] == 0x7f || strchr("<>\"", uri[i])) return false;
	write_cookie(cookie, address, now_ns / HALF_NS);
	snprintf(out, TS_SIP_CONTACT_MAX, "Contact: <%.*s;" PARAMETER "=%s>\r\n", (int)n, uri,
		cookie);
	return true;
}
