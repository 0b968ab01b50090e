/* aac - the mix as AAC-LC, for files and streams that take no Opus: 48 kHz, by libavcodec: one
 * channel of 64 kbit/s, or two of 128.
 *
 * Thread  the owner's. Source  ISO/IEC 14496-3.
 */
#ifndef TS_CODEC_AAC_H
#define TS_CODEC_AAC_H

#include <libavcodec/packet.h>
#include <stdbool.h>
#include <stdint.h>

enum { TS_AAC_FRAME = 1024 }; /* samples */

struct ts_aac_encoder;

int ts_aac_encoder_open(struct ts_aac_encoder **out, bool stereo);
void ts_aac_encoder_close(struct ts_aac_encoder **encoder); /* also of NULL */
/* pcm: int16[TS_AAC_FRAME], stereo: of pairs. at: of the first sample, counted from any beginning;
 * out->pts tells that of the packet, which is a frame or so earlier. TS_EAGAIN: none came out
 * yet. */
int ts_aac_encode(struct ts_aac_encoder *encoder, const int16_t *pcm, int64_t at,
	AVPacket *out);

#endif
