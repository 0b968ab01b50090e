/* output - the view in one codec and one step of the ladder: one encoder, and the sinks that take
 * what it makes.
 *
 *   view strand --push--> [ 2 canvases ] -> strand: scale to the step, encode once
 *       --> sinks (sinks.h): RTP receivers, and what else takes it
 *
 * The encoder exists only while one of the sinks wants something. Its keyframes keep to a budget
 * (keybudget.h), whoever requests them.
 * Thread  push: the view's strand; publish, set_bitrate: control; request_keyframe: any.
 * Life    counted: plans, the room and receivers hold it; the last unref closes its strand.
 * Full    two canvases waiting: the new one is dropped and counted (encode_skipped).
 */
#ifndef TS_MIXER_OUTPUT_OUTPUT_H
#define TS_MIXER_OUTPUT_OUTPUT_H

#include "base/media.h"
#include "mixer/output/ladder.h"
#include "mixer/output/receivers.h"
#include "mixer/output/sink.h"
#include "transport/transport.h"
#include <libavutil/frame.h>

struct ts_pool;
struct ts_output;

struct ts_output_config {
	enum ts_codec codec;
	int packetization_mode;   /* H.264 */
	struct ts_step step;
	int tick_fps;             /* of the view; a step of fewer takes some of those drawn */
	bool fastest;             /* its encoder is of the fastest preset */
	bool refresh;             /* with intra refresh (codec/video.h) */
	bool slides;              /* as pages (likewise) */
};

/* When a canvas was drawn. */
struct ts_output_time {
	int64_t tick;             /* from the view's epoch */
	int every;                /* of so many ticks one is drawn */
	int64_t capture_ns;
};

int ts_output_create(struct ts_output **out, struct ts_pool *pool,
	const struct ts_output_config *config);
struct ts_output *ts_output_ref(struct ts_output *output);
void ts_output_unref(struct ts_output **output);
const struct ts_output_config *ts_output_config(const struct ts_output *output);
/* Never 0, and of no other output of the process; that of its units (base/au.h). */
uint32_t ts_output_id(const struct ts_output *output);

/* The full list of who receives, from now on. None: the encoder is closed. References are taken.
 * TS_ENOMEM leaves it as it was. */
int ts_output_publish(struct ts_output *output, const struct ts_receiving *list, size_t n);
/* Likewise the full list of sinks besides RTP receivers. */
int ts_output_publish_sinks(struct ts_output *output, struct ts_sink *const *list, size_t n);
/* What is sent from the next picture on, instead of the step's bitrate. */
void ts_output_set_bitrate(struct ts_output *output, uint32_t bps);
uint32_t ts_output_bitrate(const struct ts_output *output);
/* One tick's canvas, which is left out where the step has fewer pictures than are drawn. */
void ts_output_push(struct ts_output *output, AVFrame *canvas /* [take] */,
	const struct ts_output_time *time);
void ts_output_request_keyframe(struct ts_output *output);
/* Smoothed, 0: not known: from the time of a tick until its canvas is here, and until it is coded
 * and handed on. Any thread. */
void ts_output_latency(const struct ts_output *output, int64_t *compose_ns, int64_t *encode_ns);
/* of the list published last; any thread */
size_t ts_output_receivers(const struct ts_output *output);

#endif
