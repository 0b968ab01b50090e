/* fmp4 - pieces of a live stream in MP4: what a player reads once, and fragments of coded packets
 * that each can be sent as soon as it is there.
 *
 *   init:      [ ftyp | moov (tracks, no packets) ]
 *   fragment:  [ moof (times, sizes) | mdat (pictures, then sound) ]
 *
 * Pure, and made here byte by byte: a muxer of libavformat decides for itself when a fragment ends.
 * Thread  any. Source  ISO/IEC 14496-12 8.8, ISO/IEC 23000-19 (CMAF), ISO/IEC 14496-14 5.6.
 * Full    a packet of over 2^32 bytes cannot be: how much is given is the caller's to limit.
 */
#ifndef TS_CONTAINER_FMP4_H
#define TS_CONTAINER_FMP4_H

#include "base/blob.h"
#include <stdbool.h>

enum { TS_FMP4_VIDEO_HZ = 90000, TS_FMP4_AUDIO_HZ = 48000 };

struct ts_fmp4_tracks {
	int width, height;
	const uint8_t *avcc; /* codec/avcc.h: the record */
	size_t avcc_len;
	const uint8_t *aac;  /* AudioSpecificConfig */
	size_t aac_len;
};
/* NULL: out of memory. */
struct ts_blob *ts_fmp4_init(const struct ts_fmp4_tracks *tracks);

struct ts_fmp4_sample {
	uint32_t len, duration; /* ticks of the track */
	bool key;
};
struct ts_fmp4_run {
	uint64_t time; /* of the first, in ticks of the track */
	const struct ts_fmp4_sample *sample;
	size_t n;      /* 0: the track is left out */
	const uint8_t *bytes; /* of all samples, one behind the other */
};
/* number: one more with each fragment. NULL: out of memory. */
struct ts_blob *ts_fmp4_fragment(uint32_t number, const struct ts_fmp4_run *video,
	const struct ts_fmp4_run *audio);

#endif
