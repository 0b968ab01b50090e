/* sprop - parameter sets that a description carries beside the stream: H.264's SPS and PPS, told
 * once and for all.
 *
 *   a=fmtp:97 ...;sprop-parameter-sets=Z0LAHtk...,aMuMsg==  -->  { u16 length | NAL unit }*
 *       -->  ts_depacketizer_parameter_sets
 *
 * Plain functions; thread any. Source RFC 6184 8.1 (the parameter), 8.2.2 (the answerer decodes
 * with them).
 */
#ifndef TS_CODEC_SPROP_H
#define TS_CODEC_SPROP_H

#include <stdbool.h>
#include <stdint.h>

enum { TS_PARAMETER_SETS_MAX = 1024 };

struct ts_parameter_sets {
	uint16_t len; /* of bytes; 0: none were told */
	uint8_t bytes[TS_PARAMETER_SETS_MAX];
};

/* Adds those of an fmtp (NULL: none) to what out holds: a line with several formats calls this for
 * each. Values that are no base64, are no parameter set, or for which there is no room are left out
 * one by one; the stream may still bring its own. */
void ts_sprop_read(struct ts_parameter_sets *out, const char *fmtp);
/* Of the pictures by the first SPS that can be read. False: there is none. */
bool ts_sprop_size(const struct ts_parameter_sets *sets, int *width, int *height);

#endif
