/* sink - what takes the packets of an output: RTP receivers (rtp_sink.h) now, a recorder or a
 * stream later.
 *
 *   each turn of the output: wants --nothing--> the encoder is closed: stop
 *                                  --else--> it is opened: start --> packet --> packet --> ...
 *
 * Thread  the output's strand. Nothing here is called again once `free` was.
 */
#ifndef TS_MIXER_OUTPUT_SINK_H
#define TS_MIXER_OUTPUT_SINK_H

#include "base/media.h"
#include <libavcodec/packet.h>
#include <stdint.h>

struct ts_sink;

struct ts_stream_params {
	enum ts_codec codec;
	int packetization_mode; /* H.264: what the encoder's slices fit */
	int width, height, fps;
	uint32_t output; /* ts_output_id */
};

struct ts_unit_time {
	int64_t media_time; /* in ticks of TS_VIDEO_CLOCK_HZ since the room's epoch */
	int64_t capture_ns; /* what media_time stands for */
	int64_t now_ns;
};

/* KEYFRAME asks the output's keyframe budget, and never forces. */
enum ts_sink_wants { TS_SINK_NOTHING, TS_SINK_PACKETS, TS_SINK_KEYFRAME };

struct ts_sink_ops {
	enum ts_sink_wants (*wants)(struct ts_sink *sink, int64_t now_ns);
	/* Before the first packet of an encoder, which is a keyframe. */
	void (*start)(struct ts_sink *sink, const struct ts_stream_params *params);
	/* The packet is the output's. An error: it was not taken, and all need a keyframe. */
	int (*packet)(struct ts_sink *sink, const AVPacket *packet,
	              const struct ts_unit_time *time);
	void (*stop)(struct ts_sink *sink); /* the encoder is gone */
	void (*free)(struct ts_sink *sink); /* [take] */
};

struct ts_sink {
	const struct ts_sink_ops *ops;
};

#endif
