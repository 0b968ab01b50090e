/* VP9 payloads from the network, through the depacketizer into the decoder. */
#include "codec/depacketize.h"
#include "tests/fuzz/depacketize_decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_depacketize_decode(TS_CODEC_VP9, data, size);
	return 0;
}
