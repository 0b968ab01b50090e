/* flv - a live stream in FLV, tag by tag: each is made once, and goes to whoever watches.
 *
 *   opening:  [ file header | onMetaData | AVC sequence header | AAC sequence header ]
 *   then      [ video tag ] [ audio tag ] [ audio tag ] [ video tag ] ...
 *
 * Where the parameters change a reader gets another opening without its file header, which is in
 * front. Pure. libavformat's muxer makes the same bytes, but not apart from each other: what a
 * reader who comes later needs would have to be found in them again.
 * Thread  any.
 * Source  Adobe Flash Video File Format Specification 10.1, annex E; AMF 0 specification 2.
 * Full    a tag of 16 MB or more cannot be: NULL.
 */
#ifndef TS_CONTAINER_FLV_H
#define TS_CONTAINER_FLV_H

#include "base/blob.h"
#include <stdbool.h>

enum { TS_FLV_HEADER_BYTES = 13 };

struct ts_flv_tracks {
	int width, height, fps;
	const uint8_t *sets; /* H.264 parameter sets in Annex B (codec/extradata.h) */
	size_t sets_len;
	const uint8_t *aac;  /* AudioSpecificConfig */
	size_t aac_len;
};
/* NULL of each of these: out of memory, or what was given cannot be written.
 * ms: since some time that is the same for all tags; goes round after 49 days. */
struct ts_blob *ts_flv_opening(const struct ts_flv_tracks *tracks, uint32_t ms);
/* H.264 in Annex B; pictures are shown in the order that they come. */
struct ts_blob *ts_flv_video(const uint8_t *unit, size_t len, bool key, uint32_t ms);
struct ts_blob *ts_flv_audio(const uint8_t *frame, size_t len, uint32_t ms); /* AAC, raw */

#endif
