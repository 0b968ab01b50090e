/* A SIP message for the trace. Whatever it is, no key and no credentials of it are shown, and
 * nothing but text. */
#include "control/sip/trace.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void check_line(const char *line, size_t n)
{
	static const char *const secret[] = {
		"Authorization:", "Proxy-Authorization:", "a=ice-pwd:", "k="};
	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++) {
		size_t len = strlen(secret[i]);
		if (n > len && !strncasecmp(line, secret[i], len) && line[len] != '(') abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char out[TS_SIP_TRACE_BYTES];
	size_t caps[] = {sizeof(out), 1, len ? data[0] + 1u : 2};
	for (size_t i = 0; i < 3; i++) {
		size_t n = ts_sip_trace_text(out, caps[i], (const char *)data, len);
		if (n >= caps[i] || out[n] || strlen(out) != n) abort();
	}
	size_t n = ts_sip_trace_text(out, sizeof(out), (const char *)data, len);
	for (size_t at = 0; at < n;) {
		const char *lf = memchr(out + at, '\n', n - at);
		size_t whole = lf ? (size_t)(lf - (out + at)) + 1 : n - at;
		check_line(out + at, whole - (lf != NULL));
		at += whole;
	}
	return 0;
}
