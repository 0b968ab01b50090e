/* decoded - one unit through a video decoder, with what that took.
 *
 * Thread  the source's strand: CPU time is that of the thread which decodes.
 */
#ifndef TS_MIXER_SOURCE_DECODED_H
#define TS_MIXER_SOURCE_DECODED_H

#include "base/clock.h"
#include "base/histogram.h"
#include "codec/video.h"

struct ts_decoded {
	int64_t began_ns, cpu_ns;
	AVFrame *picture; /* NULL unless err is 0 */
	int err;          /* of ts_video_decode */
};

/* The picture is the caller's. */
static inline struct ts_decoded ts_decoded_of(struct ts_video_decoder *decoder, AVPacket *unit)
{
	struct ts_decoded d = {.began_ns = ts_now_ns()};
	const int64_t cpu_ns = ts_cpu_ns();
	d.err = ts_video_decode(decoder, unit, &d.picture);
	d.cpu_ns = ts_cpu_ns() - cpu_ns;
	ts_observe(TS_STAGE_DECODE, ts_now_ns() - d.began_ns);
	return d;
}

#endif
