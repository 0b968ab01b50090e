/* extradata - what a file must say of coded pictures before the first of them, out of a keyframe of
 * ours: H.264's parameter sets. Plain functions; thread any. Source ITU-T H.264 annex B. */
#ifndef TS_CODEC_EXTRADATA_H
#define TS_CODEC_EXTRADATA_H

#include "base/media.h"
#include <stddef.h>
#include <stdint.h>

/* Copies SPS and PPS with their start codes. 0: there are none, which only H.264 needs; also when
 * they are longer than cap. */
size_t ts_extradata(enum ts_codec codec, const uint8_t *unit, size_t len, uint8_t *out, size_t cap);

#endif
