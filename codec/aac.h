/* aac - the mix as AAC-LC, for files and streams that take no Opus: 48 kHz, one channel, 64 kbit/s,
 * by libavcodec.
 *
 * Thread  the owner's. Source  ISO/IEC 14496-3.
 */
#ifndef TS_CODEC_AAC_H
#define TS_CODEC_AAC_H

#include <libavcodec/packet.h>
#include <stdint.h>

enum { TS_AAC_FRAME = 1024 }; /* samples */

struct ts_aac_encoder;

int ts_aac_encoder_open(struct ts_aac_encoder **out);
void ts_aac_encoder_close(struct ts_aac_encoder **encoder); /* also of NULL */
/* at: of the first sample, counted from any beginning; out->pts tells that of the packet, which is
 * a frame or so earlier. TS_EAGAIN: none came out yet. */
int ts_aac_encode(struct ts_aac_encoder *encoder, const int16_t pcm[TS_AAC_FRAME], int64_t at,
	AVPacket *out);

#endif
