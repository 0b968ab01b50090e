/* summary - how a participant's media went, from the first packet to now, in numbers for a call's
 * record: codecs both ways, packets, loss, jitter, round trip, MOS. Pure.
 *
 *   ts_participant_info --ts_summary_of--> struct ts_summary --> calls of the API, cdr.file
 *
 * MOS is that of the whole time where loss is (what comes), and of the last report where only that
 * is known (what is sent); delays are those of now, with 80 ms for the other side's leg, as in
 * /quality.
 * Thread  any.   Source  RFC 3550 6.4 (loss, jitter, RTT); ITU-T G.107 by mixer/audio/mos.h.
 */
#ifndef TS_CONTROL_ROOMS_SUMMARY_H
#define TS_CONTROL_ROOMS_SUMMARY_H

#include "mixer/room/room.h"

struct ts_media_summary {
	enum ts_codec in, out;       /* they send, we send; TS_CODEC_NONE: nothing */
	uint64_t packets_in, bytes_in, packets_out, bytes_out, lost;
	double loss_in, loss_out;    /* 0 .. 1; below 0: not known */
	double jitter_ms, rtt_ms;    /* of what comes; rtt below 0: not known */
	double mos_in, mos_out;      /* of sound; 0: none */
	/* of pictures, control/stats/stats.h: the mean; 0: none, or not known */
	double score_in, score_out;
};

struct ts_summary {
	struct ts_media_summary audio, video;
};

void ts_summary_of(struct ts_summary *out, const struct ts_participant_info *info);

#endif
