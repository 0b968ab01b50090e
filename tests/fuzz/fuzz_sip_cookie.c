/* The cookie of a called URI: what we write proves the address that it was written for, and no
 * other, for half a minute; no URI from outside proves anything; the header line stays one line. */
#include "base/clock.h"
#include "control/sip/cookie.h"
#include <stdlib.h>
#include <string.h>

#define HERE "198.51.100.7"
#define ELSEWHERE "198.51.100.8"
#define AT (1000 * TS_NS_PER_S)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void comes_back(char line[TS_SIP_CONTACT_MAX])
{
	char *uri = strchr(line, '<'), *end = line + strlen(line) - 3;
	if (!uri || strcmp(end, ">\r\n")) abort();
	uri++;
	const size_t n = (size_t)(end - uri);
	if (memchr(uri, '\r', n) || memchr(uri, '\n', n) || memchr(uri, '>', n)) abort();
	if (!ts_sip_cookie_good(uri, n, HERE, AT + 30 * TS_NS_PER_S)) abort();
	if (ts_sip_cookie_good(uri, n, HERE, AT + 60 * TS_NS_PER_S)) abort();
	if (ts_sip_cookie_good(uri, n, ELSEWHERE, AT)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char line[TS_SIP_CONTACT_MAX];
	/* from the heap, so that AddressSanitizer sees the end */
	char *uri = malloc(size ? size : 1);
	if (!uri) abort();
	if (size) memcpy(uri, data, size);
	if (ts_sip_cookie_good(uri, size, HERE, AT)) abort();
	if (ts_sip_cookie_contact(line, uri, size, HERE, AT)) comes_back(line);
	free(uri);
	return 0;
}
