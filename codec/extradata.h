/* extradata - what a file must say of coded pictures before the first of them, out of a keyframe:
 * H.264's and H.265's parameter sets, AV1's sequence header. Plain functions; thread any. Source
 * ITU-T H.264 and H.265 annex B; AV1 specification 5.5. */
#ifndef TS_CODEC_EXTRADATA_H
#define TS_CODEC_EXTRADATA_H

#include "base/media.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Codecs of which a file without it cannot be read. */
bool ts_needs_extradata(enum ts_codec codec);
/* Copies parameter sets with their start codes, or the sequence header with its size. 0: there are
 * none, or they are longer than cap. */
size_t ts_extradata(enum ts_codec codec, const uint8_t *unit, size_t len, uint8_t *out, size_t cap);

#endif
