#include "control/sip/cookie.h"
#include "base/clock.h"
#include "base/secret.h"
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
		if (ts_same_secret(given, right)) return true;
	}
	return false;
}

bool ts_sip_cookie_contact(char out[TS_SIP_CONTACT_MAX], const char *uri, size_t n,
	const char *address, int64_t now_ns)
{
	char cookie[COOKIE_MAX], bare[TS_SIP_CONTACT_MAX / 2 + 1];
	if (memchr(uri, '\0', n) || !ts_sip_uri_without(bare, sizeof(bare), uri, n, PARAMETER))
		return false;
	if (strncasecmp(bare, "sip:", 4) || strlen(bare) < sizeof("sip:")) return false;
	for (const char *c = bare; *c; c++)
		if (*c <= ' ' || *c == 0x7f || strchr("<>\"", *c)) return false;
	write_cookie(cookie, address, now_ns / HALF_NS);
	snprintf(out, TS_SIP_CONTACT_MAX, "Contact: <%s;" PARAMETER "=%s>\r\n", bare, cookie);
	return true;
}
