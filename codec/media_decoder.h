/* media_decoder - decodes one track of what comes from outside (container/demuxer.h): more codecs
 * than participants send, to what the mixer takes.
 *
 *   packets --libavcodec, one thread--> pictures --deinterlace, 8 bit 4:2:0, BT.601--> AVFrame
 *                                   \-> sound ----swresample: 48 kHz, mono-----------> int16
 *
 * Pictures   H.264, HEVC, VP8, VP9, AV1, MPEG-1, -2 and -4, MJPEG, Theora. Sizes as for cameras
 *            (codec/video.h), and their memory counts with theirs once converted. Of an interlaced
 *            picture one field is kept and the rows between are made from those around them: half
 *            the movement of 50i, no combs. HDR is shown as if it were not.
 * Sound      AAC, MP2, MP3, AC-3, E-AC-3, Opus, Vorbis, FLAC, PCM; any rate and layout.
 * Times      are what packets say, in ns; of what says none: TS_MEDIA_NO_TIME.
 * Effort     what of the pictures is decoded: all, those that others refer to, keyframes. Each of
 *            the last comes out at once, without waiting for those before which it is shown; and
 *            when there is more effort again what was left out is referred to until the next one.
 * Thread     the owner's. Full: a decoder that takes no more pictures refuses the packet.
 */
#ifndef TS_CODEC_MEDIA_DECODER_H
#define TS_CODEC_MEDIA_DECODER_H

#include "base/media.h"
#include "codec/video.h"
#include <libavcodec/packet.h>
#include <libavutil/frame.h>
#include <stdbool.h>
#include <stdint.h>

struct AVCodecParameters;
struct AVCodecParserContext;
struct ts_media_decoder;

#define TS_MEDIA_NO_TIME INT64_MIN
enum { TS_MEDIA_SAMPLES_MAX = 48000 }; /* of one piece of sound */

/* Pixels of a picture as it is coded, before its margins are cut off. */
int64_t ts_media_pixels_max(void);
/* TS_EUNSUPPORTED: a codec that is not decoded here, or a picture of a size that is not; TS_ENOMEM.
 * The parameters are only read. */
int ts_media_decoder_open(struct ts_media_decoder **out,
	const struct AVCodecParameters *parameters);
void ts_media_decoder_close(struct ts_media_decoder **decoder); /* also of NULL */
/* NULL: there is nothing behind it; what is held back comes out, then TS_ECLOSED, until reset.
 * TS_EBADMSG: damaged, and left out; TS_EAGAIN: take what it has first. */
int ts_media_decoder_send(struct ts_media_decoder *decoder, const AVPacket *packet);
/* As if nothing had been decoded yet. */
void ts_media_decoder_reset(struct ts_media_decoder *decoder);

enum ts_media_effort { TS_MEDIA_ALL, TS_MEDIA_REFERENCES, TS_MEDIA_KEYFRAMES };
/* From the next packet on. */
void ts_media_decoder_set_effort(struct ts_media_decoder *decoder, enum ts_media_effort effort);
/* Is this packet of pictures, which comes next, not to be sent? It is of no use by the effort of
 * now, or that of before: at most for 600 packets in a row, as some streams have no keyframe. */
bool ts_media_decoder_skips(struct ts_media_decoder *decoder, const AVPacket *packet);

/* The next picture [give]; TS_EAGAIN: send more; TS_ECLOSED; TS_EBADMSG: one is left out, ask
 * again; TS_ELIMIT, TS_EUNSUPPORTED, TS_ENOMEM: it cannot be shown (ts_media_decoder_refusal). */
int ts_media_decoder_picture(struct ts_media_decoder *decoder, AVFrame **out, int64_t *time_ns);
/* The next piece of sound, at most TS_MEDIA_SAMPLES_MAX; *pcm is valid until the next call. How
 * many samples; TS_EAGAIN, TS_ECLOSED, TS_EBADMSG likewise. */
int ts_media_decoder_sound(
	struct ts_media_decoder *decoder, const int16_t **pcm, int64_t *time_ns);
const struct ts_refusal *ts_media_decoder_refusal(const struct ts_media_decoder *decoder);

/* Of the picture that a parser of libavformat's saw last; 0: none. Also of NULL. */
int64_t ts_parser_pixels(const struct AVCodecParserContext *parser);

#endif
