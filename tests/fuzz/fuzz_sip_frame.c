/* The bytes of a SIP connection: cut into messages the same way however they come, and no message
 * but of the length it says. */
#include "control/sip/frame.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct told {
	size_t messages, keepalives, bytes;
	bool bad;
};

static struct told cut(const uint8_t *data, size_t len, size_t step)
{
	struct ts_sip_frame frame = {0};
	struct told told = {0};
	while (len && !told.bad) {
		size_t n = step && step < len ? step : len, left = n;
		const uint8_t *at = data;
		while (left && !told.bad) {
			enum ts_sip_frame_result result = ts_sip_frame_push(&frame, &at, &left);
			if (frame.len > TS_SIP_FRAME_MAX || frame.len > frame.cap) abort();
			if (result == TS_FRAME_MORE && left) abort();
			told.messages += result == TS_FRAME_MESSAGE;
			told.keepalives += result == TS_FRAME_KEEPALIVE;
			if (result == TS_FRAME_MESSAGE) told.bytes += frame.len;
			told.bad = result == TS_FRAME_BAD;
			if (told.bad && (!frame.why || frame.code < 400)) abort();
		}
		data += n;
		len -= n;
	}
	ts_sip_frame_fini(&frame);
	return told;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct told whole = cut(data, len, 0), bytewise = cut(data, len, 1),
		    pieces = cut(data, len, 7);
	if (memcmp(&whole.messages, &bytewise.messages, 3 * sizeof(size_t)) ||
		whole.bad != bytewise.bad)
		abort();
	if (memcmp(&whole.messages, &pieces.messages, 3 * sizeof(size_t)) ||
		whole.bad != pieces.bad)
		abort();
	return 0;
}
