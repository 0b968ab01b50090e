/* Three header values, each on a line of its own, then a body. What is taken lies within the body,
 * or is decoded from it. */
#include "control/sip/body.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct ts_sip_text line(const char **at, const char *end)
{
	const char *lf = memchr(*at, '\n', (size_t)(end - *at)), *stop = lf ? lf : end;
	struct ts_sip_text text = {*at, (size_t)(stop - *at)};
	*at = lf ? lf + 1 : end;
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *at = (const char *)data, *end = at + len;
	struct ts_sip_body_headers headers;
	struct ts_sip_body body;
	headers.type = line(&at, end);
	headers.disposition = line(&at, end);
	headers.encoding = line(&at, end);
	ts_sip_body_read(&body, "application/sdp", &headers, at, (size_t)(end - at));
	if (body.verdict == TS_SIP_BODY_TAKEN && !body.owned &&
		(body.text < at || body.text + body.n > end))
		abort();
	if (body.verdict == TS_SIP_BODY_TAKEN && body.n > (size_t)(end - at)) abort();
	if (body.verdict != TS_SIP_BODY_TAKEN && body.owned) abort();
	ts_sip_body_fini(&body);
	return 0;
}
