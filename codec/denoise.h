/* denoise - takes steady noise from behind a voice, by speexdsp's preprocessor: fans, hums, the
 * hiss of a telephone, the air of an office. For speech; music suffers.
 *
 * What comes out is TS_DENOISE_DELAY samples old. At first it has to learn what the noise is.
 * Thread  one at a time; owned by who created it.   Shapes  int16[TS_AUDIO_FRAME] mono at 48 kHz.
 * Source  Y. Ephraim, D. Malah, IEEE Trans. ASSP 32(6), 1984, as speexdsp has it.
 */
#ifndef TS_CODEC_DENOISE_H
#define TS_CODEC_DENOISE_H

#include <stdint.h>

enum { TS_DENOISE_DELAY = 480 };

struct ts_denoise;

int ts_denoise_create(struct ts_denoise **out);
void ts_denoise_destroy(struct ts_denoise **denoise); /* also of NULL */
void ts_denoise_run(struct ts_denoise *denoise, int16_t *pcm);

#endif
