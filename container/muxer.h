/* muxer - one media file that is being written: coded packets with their times in, bytes of the
 * container to a descriptor out.
 *
 *   open(tracks) --> write, write, ... --> close
 *      mp4, m4a   fragments of a second: what a killed process leaves plays, but for the last one
 *      webm, mkv  clusters of a second; the index and the duration are written by close
 *
 * The two tracks are put in order of time here; one that stops is waited for half a second.
 * Thread  the owner's. Calls block for as long as the disk does.
 * Source  ISO/IEC 14496-12 8.8 (fragments), RFC 9559 (Matroska), RFC 7845 5.1 (OpusHead).
 * Ownership  the descriptor is the caller's, before and after.
 * Full    no room on the disk is TS_EIO from write: the file is cut back to what was whole, and
 *         nothing more is written.
 */
#ifndef TS_CONTAINER_MUXER_H
#define TS_CONTAINER_MUXER_H

#include "container/container.h"
#include <libavcodec/packet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TS_EXTRADATA_MAX = 256 };

struct ts_track {
	enum ts_codec codec;     /* NONE: there is no such track */
	int width, height, fps;  /* of pictures */
	bool stereo;             /* of sound: two channels */
	/* H.264: parameter sets in Annex B; AAC: AudioSpecificConfig; others: none */
	uint8_t extradata[TS_EXTRADATA_MAX];
	size_t extradata_len;
};

struct ts_muxer_config {
	enum ts_container container;
	struct ts_track video, audio;   /* at least one; codecs that the container holds */
	int64_t created_unix_ms;
};

struct ts_muxer;

/* TS_EINVAL: a track does not fit the container; TS_EIO, TS_ENOMEM. */
int ts_muxer_open(struct ts_muxer **out, int fd, const struct ts_muxer_config *config);
/* The packet is only read. Times since the file's beginning, not below 0, of what the decoder makes
 * of it first; within a track each
 * after the one before, or it is put right behind that. After an error only close may follow. */
int ts_muxer_write(struct ts_muxer *muxer, enum ts_media track, const AVPacket *packet,
	int64_t time_ns, int64_t duration_ns);
int64_t ts_muxer_bytes(const struct ts_muxer *muxer);   /* on the disk */
int64_t ts_muxer_packets(const struct ts_muxer *muxer); /* written so far */
/* 0: the file is whole. Also of NULL. */
int ts_muxer_close(struct ts_muxer **muxer);

#endif
