/* H.264 payloads from the network, through depay into the decoder. */
#include "codec/depay.h"
#include "tests/fuzz/depay_decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_depay_decode(TS_CODEC_H264, data, size);
	return 0;
}
