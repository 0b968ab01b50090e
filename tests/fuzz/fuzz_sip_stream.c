/* A SIP message of a WebSocket as a stream: one message for frame.c, all of it, whatever it says of
 * its length. */
#include "control/sip/frame.h"
#include "control/sip/stream.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const size_t cap = len + TS_SIP_STREAM_MORE;
	char *out = malloc(cap), *shown = malloc(cap);
	if (!out || !shown) abort();
	size_t n = ts_sip_stream_from(out, cap, (const char *)data, len), left = n;
	if (n > cap) abort();
	struct ts_sip_frame frame = {0};
	const uint8_t *at = (const uint8_t *)out;
	if (n && n <= TS_SIP_FRAME_MAX) {
		const enum ts_sip_frame_result result = ts_sip_frame_push(&frame, &at, &left);
		/* a header that is too long is none of ours to mend */
		if (result != TS_FRAME_BAD && (result != TS_FRAME_MESSAGE || left)) abort();
		if (result == TS_FRAME_MESSAGE && frame.len != n) abort();
	}
	ts_sip_frame_fini(&frame);
	if (ts_sip_stream_to(shown, cap, (const char *)data, len, "127.83.73.80", "192.0.2.1") >
		cap)
		abort();
	ts_sip_stream_is_keepalive((const char *)data, len);
	free(out);
	free(shown);
	return 0;
}
