/* sink - what takes the packets of an output, or those of a room's sound: RTP receivers
 * (rtp_sink.h), a recording (mixer/sink/tap.h). sinks.h makes one of many.
 *
 *   each turn of the output: wants --nothing--> the encoder is closed: stop
 *                                  --else--> it is opened: start --> packet --> packet --> ...
 *
 * Of sound there is packet alone: `time` has the samples' time, and whoever made the sink knows
 * the codec.
 * Thread  the output's strand, or the room's audio strand. Nothing here is called again once
 *         `free` was.
 * Life    counted: whoever calls it holds one.
 */
#ifndef TS_MIXER_OUTPUT_SINK_H
#define TS_MIXER_OUTPUT_SINK_H

#include "base/media.h"
#include "base/ref.h"
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
	/* in ticks of the codec's RTP clock (TS_VIDEO_CLOCK_HZ) since the room's epoch */
	int64_t media_time;
	int64_t capture_ns; /* what media_time stands for */
	int64_t now_ns;
	int64_t duration_ns; /* of sound; 0: not said */
};

/* KEYFRAME asks the output's keyframe budget, and never forces. SPARES comes with one of the
 * others: soon the sink wants a keyframe at a time that it cannot choose, so that one requested by
 * whomever now waits until then (TS_KEY_SPACING_NS before it at most). */
enum ts_sink_wants { TS_SINK_NOTHING, TS_SINK_PACKETS, TS_SINK_KEYFRAME, TS_SINK_SPARES = 4 };
enum { TS_SINK_WANTS_MASK = 3 };

struct ts_sink_ops {
	enum ts_sink_wants (*wants)(struct ts_sink *sink, int64_t now_ns);
	/* Before the first packet of an encoder, which is a keyframe. */
	void (*start)(struct ts_sink *sink, const struct ts_stream_params *params);
	/* The packet is the output's. An error: it was not taken, and all need a keyframe. */
	int (*packet)(struct ts_sink *sink, const AVPacket *packet,
	              const struct ts_unit_time *time);
	void (*stop)(struct ts_sink *sink); /* the encoder is gone */
	void (*free)(struct ts_sink *sink); /* [take]; on the thread of the last unref */
};

struct ts_sink {
	const struct ts_sink_ops *ops;
	struct ts_ref refs;
};

/* With one reference. */
static inline void ts_sink_init(struct ts_sink *sink, const struct ts_sink_ops *ops)
{
	sink->ops = ops;
	ts_ref_init(&sink->refs, 1);
}

static inline struct ts_sink *ts_sink_ref(struct ts_sink *sink)
{
	ts_ref_get(&sink->refs);
	return sink;
}

/* Also of NULL. */
static inline void ts_sink_unref(struct ts_sink **sink)
{
	struct ts_sink *s = *sink;
	*sink = NULL;
	if (s && ts_ref_put(&s->refs)) s->ops->free(s);
}

#endif
