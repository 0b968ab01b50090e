/* Payloads of sound: the first byte chooses the codec, then { u8 what, u16 length, bytes }*:
 * decoded (0), concealed (1), concealed with the next packet's FEC (2). Whatever comes out is coded
 * again. */
#include "base/bytes.h"
#include "base/error.h"
#include "codec/audio.h"
#include <stdlib.h>
#include <string.h>

enum { PACKETS_MAX = 64, CAP = TS_AUDIO_PACKET_MAX_SAMPLES };

static const enum ts_codec codecs[] = {
	TS_CODEC_OPUS, TS_CODEC_G722, TS_CODEC_PCMU, TS_CODEC_PCMA, TS_CODEC_G729};

static int one(struct ts_audio_decoder *decoder, enum ts_codec codec, uint8_t what,
	const uint8_t *bytes, size_t len, int16_t *pcm)
{
	static const int lost[] = {120, 480, 960, 1920, 2880, CAP};
	int samples = lost[(what >> 2) % 6], level = 0;
	int told = ts_audio_payload_samples(codec, bytes, len);
	if (ts_audio_payload_level(codec, bytes, len, &level) && (level > 0 || level < -127))
		abort();
	if ((what & 3) == 1) return ts_audio_conceal(decoder, NULL, 0, pcm, samples);
	if ((what & 3) == 2) return ts_audio_conceal(decoder, bytes, len, pcm, samples);
	int n = ts_audio_decode(decoder, bytes, len, pcm, CAP);
	if (n > 0 && told != n) abort();
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ts_rd r = ts_rd(data, size);
	enum ts_codec codec = codecs[ts_rd_u8(&r) % 5];
	struct ts_audio_decoder *decoder;
	struct ts_audio_encoder *encoder;
	struct ts_audio_encoder_config config = {
		.codec = codec, .bitrate_bps = 32000, .loss_percent = 10};
	int16_t *pcm = malloc(CAP * sizeof(*pcm));
	uint8_t coded[TS_AUDIO_PACKET_MAX_BYTES];
	if (!pcm || ts_audio_decoder_open(&decoder, codec) ||
		ts_audio_encoder_open(&encoder, &config))
		abort();
	for (int i = 0; i < PACKETS_MAX && ts_rd_left(&r) > 3; i++) {
		uint8_t what = ts_rd_u8(&r);
		size_t len = ts_rd_u16(&r) % 1600;
		if (len > ts_rd_left(&r)) len = ts_rd_left(&r);
		uint8_t *exact = malloc(len ? len : 1);
		if (!exact) abort();
		if (len) memcpy(exact, ts_rd_bytes(&r, len), len);
		int n = one(decoder, codec, what, exact, len, pcm);
		free(exact);
		if (n > CAP || (n < 0 && n != TS_EBADMSG)) abort();
		if (n < TS_AUDIO_FRAME) continue;
		int bytes = ts_audio_encode(encoder, pcm, coded, sizeof(coded));
		if (bytes < 0 || bytes > (int)sizeof(coded)) abort();
	}
	ts_audio_encoder_close(&encoder);
	ts_audio_decoder_close(&decoder);
	free(pcm);
	return 0;
}
