/* H.261 payloads from the network (RFC 4587) through the depacketizer into the decoder; what comes
 * is cut again as a picture. */
#include "codec/depacketize.h"
#include "codec/h261.h"
#include "codec/packetize.h"
#include "tests/fuzz/depacketize_decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_depacketize_decode(TS_CODEC_H261, data, size);
	if (!size || size >= 4096) return 0;
	AVPacket *packet = av_packet_alloc();
	struct ts_au *au = NULL;
	if (!packet || av_new_packet(packet, (int)size)) abort();
	memcpy(packet->data, data, size);
	ts_h261_largest_group(packet->data, size);
	if (!ts_packetize(&au, TS_CODEC_H261, 0, packet, 200))
		for (uint32_t i = 0; i < au->n; i++)
			if (au->pay[i].len > 200) abort();
	ts_au_unref(&au);
	av_packet_free(&packet);
	return 0;
}
