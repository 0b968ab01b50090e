/* Does a payload begin a keyframe: the first byte chooses the codec, the rest is the payload. What
 * begins one of VP8 says so by the payload descriptor and the frame header, so that with the bit
 * for a delta frame set it begins none; what is cut off after its first byte never begins one of
 * VP8, and one of H.264 only by its type. */
#include "transport/rtp/keystart.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size) return 0;
	static const enum ts_codec codecs[] = {
		TS_CODEC_H264, TS_CODEC_VP8, TS_CODEC_H263, TS_CODEC_H263_1998};
	const enum ts_codec codec = codecs[data[0] & 3];
	const size_t len = size - 1;
	/* from the heap, so that AddressSanitizer sees the end */
	uint8_t *payload = malloc(len ? len : 1);
	if (!payload) abort();
	memcpy(payload, data + 1, len);
	const bool begins = ts_begins_keyframe(codec, payload, len);
	if (begins && !len) abort();
	if (begins && codec == TS_CODEC_VP8 && (!(payload[0] & 0x10) || payload[0] & 7 || len < 2))
		abort();
	if (begins && codec == TS_CODEC_H264 && len == 1 && (payload[0] & 0x1f) != 5 &&
		(payload[0] & 0x1f) != 7)
		abort();
	/* what more comes behind the first keyframe unit changes nothing */
	if (begins && codec == TS_CODEC_H264) {
		uint8_t *longer = malloc(len + 1);
		if (!longer) abort();
		memcpy(longer, payload, len);
		longer[len] = data[0];
		if (!ts_begins_keyframe(codec, longer, len + 1)) abort();
		free(longer);
	}
	if (ts_begins_keyframe(TS_CODEC_OPUS, payload, len)) abort();
	free(payload);
	return 0;
}
