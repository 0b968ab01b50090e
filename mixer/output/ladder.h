/* ladder - the fixed steps of size, rate and bitrate in which a view is sent; pure.
 *
 *   canvas 1280x720@30, 1500 kbit/s
 *     close (preset)  720p 1500 | 540p 900 | 360p 500 | 270p 250 | 180p15 120 | 176x144@15 ...
 *     wide            720p 1500 | 360p 500 | 180p15 150 | 176x144@15 ...
 *     one             720p 1500 | 352x288@15 ...
 *     own             what the room's configuration lists | ...
 *
 * What a receiver asks for, or their network takes (mixer/scene/tier.h), is rounded down to a step,
 * so that receivers with like needs share one encoder. Steps close to each other lose less by the
 * rounding, and may need more encoders; each exists only while somebody receives it. The last steps
 * are CIF, QCIF and 128x96 with bars, which every H.264 decoder takes. A step whose size fits but
 * whose rate does not is sent at a lower rate of a short list.
 * H.263 has but a few sizes, and a ladder of its own of those that the peer lists, the same in all
 * rooms: CIF 384 and 192, QCIF 96 and 48 kbit/s at up to 15 pictures a second, QCIF 28 at 7, SQCIF.
 * Thread any. Source  ITU-T H.264 table A-1 (sizes that decoders of the lowest levels take).
 */
#ifndef TS_MIXER_OUTPUT_LADDER_H
#define TS_MIXER_OUTPUT_LADDER_H

#include "codec/registry.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TS_LADDER_OWN_MAX = 8, TS_LADDER_MAX = TS_LADDER_OWN_MAX + 3 };

struct ts_step {
	int width, height, fps;
	uint32_t bitrate_bps;
	bool letterbox; /* not of the canvas's shape: with bars */
	/* H.264: what the SPS must say; 0: what the step needs, which is no more than the receivers
	 * take */
	int level_idc;
};
struct ts_ladder {
	size_t n, n_main; /* those behind n_main are for decoders that take no other */
	struct ts_step step[TS_LADDER_MAX]; /* largest first */
};

enum ts_ladder_preset {
	TS_LADDER_CLOSE,
	TS_LADDER_WIDE,
	TS_LADDER_ONE,
	TS_LADDER_OWN,
	TS_LADDER_PRESETS = TS_LADDER_OWN
};
/* "close"; NULL for OWN */
const char *ts_ladder_preset_name(enum ts_ladder_preset preset);
bool ts_ladder_preset_named(enum ts_ladder_preset *out, const char *name);

/* Which steps a room wants. Plain: two of them are compared byte by byte, so unused bytes are 0. */
struct ts_ladder_plan {
	enum ts_ladder_preset preset;
	uint32_t n; /* of OWN: steps, at least 1 */
	struct ts_ladder_own { int width, height, fps; uint32_t kbps; } own[TS_LADDER_OWN_MAX];
};
/* Can that be sent: even sizes, each step smaller in bits than the one before? NULL: yes; else why
 * not, and *wrong says of which step. */
const char *ts_ladder_plan_fault(const struct ts_ladder_plan *plan, size_t *wrong);

/* What a receiver can take; 0: no limit. max_mb...: in macroblocks of 16x16, of a picture, a
 * second, and the longer side. */
struct ts_need {
	int max_height, max_fps; /* asked for: the smallest step is sent even if it is above */
	uint32_t max_kbps;
	uint32_t max_mb, max_mb_per_s, max_mb_side; /* said of the decoder: never exceeded */
	int level_idc;           /* H.264: that the peer said (9: 1b); its SPS may say no more */
	/* H.263: these sizes alone, each at most so often (codec/registry.h); all 0: any */
	uint8_t mpi[TS_H263_SIZES];
};
/* Lowers the need to what the peer said about its decoder (profile-level-id with max-fs, max-mbps
 * and max-br; VP8's max-fs and max-fr) and its line: kbps of b=TIAS, or of b=AS less what headers
 * take; 0: not said. */
void ts_need_limit(struct ts_need *need, const struct ts_format *format, uint32_t kbps);
/* Of a b=AS, the kbit/s that are left for payload (RFC 3890 1.1: AS counts IP, UDP and RTP
 * headers). */
static inline uint32_t ts_need_from_as(uint32_t as_kbps)
{
	return as_kbps - as_kbps / 20;
}

/* Likewise of b=TIAS (RFC 3890): kbit/s, at least 1, as 0 is no limit. */
static inline uint32_t ts_need_from_tias(uint32_t tias_bps)
{
	return tias_bps / 1000 + (tias_bps % 1000 != 0);
}

/* top: the canvas, its rate and its bitrate; no step is larger or faster. */
void ts_ladder_make(struct ts_ladder *ladder, const struct ts_ladder_plan *plan,
	const struct ts_step *top);
/* The steps within the need, as they are sent, largest first; of those that exceed what was asked
 * for the smallest one alone, where no other is within. None: the decoder takes none. */
void ts_ladder_fit(const struct ts_ladder *ladder, const struct ts_need *need,
	struct ts_ladder *out);
/* Every other step of those of the canvas's shape is left out, from the second on, but not the
 * last: fewer encoders. */
void ts_ladder_thin(struct ts_ladder *ladder);
/* Whether the decoder takes the step as it is. */
bool ts_step_fits_decoder(const struct ts_step *step, const struct ts_need *need);

/* What a picture of that size and rate deserves when nobody said: 1500 kbit/s for 1280x720 at 30/s,
 * and for others by the 3/4 power of pixels a second (1920x1080: 2750, 640x360: 550), rounded to
 * 50, at least 100. */
uint32_t ts_ladder_auto_kbps(int width, int height, int fps);

#endif
