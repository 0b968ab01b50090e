/* avcc - H.264 as MP4 holds it: each NAL unit behind its length, the parameter sets apart from the
 * pictures.
 *
 *   Annex B: 00000001 SPS 00000001 PPS 00000001 slice ...  -->  len slice ...     (a sample)
 *                                                          \->  avcC: SPS, PPS    (of the track)
 *
 * Thread  none: plain functions. Source  ISO/IEC 14496-15 5.2.4, 5.3; RFC 6381 3.3 (names).
 */
#ifndef TS_CODEC_AVCC_H
#define TS_CODEC_AVCC_H

#include <stddef.h>
#include <stdint.h>

enum { TS_AVCC_NAME_MAX = 12 };

/* Bytes that ts_avcc_write makes of the unit at most. */
size_t ts_avcc_bound(size_t len);
/* Writes the unit without parameter sets and delimiters. How many bytes; 0: there is no picture. */
size_t ts_avcc_write(uint8_t *out, const uint8_t *unit, size_t len);
/* The track's record out of parameter sets in Annex B (codec/extradata.h). 0: there is no SPS or
 * no PPS, or they are longer than cap. */
size_t ts_avcc_record(uint8_t *out, size_t cap, const uint8_t *sets, size_t len);
/* "avc1.42c01f": what playlists and media types call it. record: of ts_avcc_record. */
void ts_avcc_name(char out[TS_AVCC_NAME_MAX], const uint8_t *record);

#endif
