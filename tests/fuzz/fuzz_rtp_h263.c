/* H.263 payloads from the network, of RFC 2190 or (first byte odd) of RFC 4629, through the
 * depacketizer into the decoder; what comes out whole is cut again. */
#include "codec/depacketize.h"
#include "codec/h263.h"
#include "codec/packetize.h"
#include "tests/fuzz/depacketize_decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A picture that no encoder of ours made: nothing is written beyond what it may. */
static void cut(enum ts_codec codec, const uint8_t *data, size_t size)
{
	AVPacket *packet = av_packet_alloc();
	struct ts_au *au = NULL;
	if (!packet || av_new_packet(packet, (int)size)) abort();
	memcpy(packet->data, data, size);
	if (!ts_packetize(&au, codec, 0, packet, 200))
		for (uint32_t i = 0; i < au->n; i++)
			if (au->pay[i].len > 200) abort();
	ts_au_unref(&au);
	av_packet_free(&packet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size) return 0;
	const enum ts_codec codec = data[0] & 1 ? TS_CODEC_H263_1998 : TS_CODEC_H263;
	fuzz_depacketize_decode(codec, data + 1, size - 1);
	if (size > 1 && size < 4096) cut(codec, data + 1, size - 1);
	return 0;
}
