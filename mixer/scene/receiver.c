#include "mixer/scene/receiver.h"

#include "base/error.h"

/* Is a, which is there, what b asks for? One of the fastest preset is good enough only while such
 * are made. */
static bool same_output(const struct ts_output_config *a, const struct ts_output_config *b)
{
	return a->codec == b->codec && a->packetization_mode == b->packetization_mode &&
		a->step.height == b->step.height && a->step.width == b->step.width &&
		a->step.fps == b->step.fps && a->step.bitrate_bps == b->step.bitrate_bps &&
		a->step.level_idc == b->step.level_idc && a->tick_fps == b->tick_fps &&
		(!a->fastest || b->fastest);
}

/* There are as many outputs as there may be: the best that is there and that the decoder takes. */
static struct ts_output *share_output(
	struct ts_scene *s, const struct ts_output_config *config, const struct ts_need *need)
{
	struct ts_output *best = NULL;
	for (size_t i = 0; i < s->n_outputs; i++) {
		const struct ts_output_config *its = ts_output_config(s->output[i]);
		if (its->codec != config->codec ||
			its->packetization_mode != config->packetization_mode ||
			its->tick_fps != config->tick_fps ||
			its->step.height > config->step.height ||
			!ts_step_fits_decoder(&its->step, need))
			continue;
		if (!best || its->step.bitrate_bps > ts_output_config(best)->step.bitrate_bps)
			best = s->output[i];
	}
	return best ? ts_output_ref(best) : NULL;
}

/* With a reference; NULL: out of memory. */
static struct ts_output *output_for(
	struct ts_scene *s, const struct ts_output_config *config, const struct ts_need *need)
{
	struct ts_output *output = NULL;
	for (size_t i = 0; i < s->n_outputs; i++)
		if (same_output(ts_output_config(s->output[i]), config))
			return ts_output_ref(s->output[i]);
	if (s->n_outputs == TS_VIEW_OUTPUTS_MAX || ts_output_create(&output, s->pool, config))
		return share_output(s, config, need);
	s->output[s->n_outputs++] = output;
	return ts_output_ref(output);
}

/* Does what they have still go by the payload type and the clock that they have now? */
static bool still_fits(const struct ts_receiver *r, const struct ts_output_config *wanted)
{
	if (!r->output) return false;
	const struct ts_output_config *has = ts_output_config(r->output);
	return has->codec == wanted->codec &&
		has->packetization_mode == wanted->packetization_mode &&
		has->tick_fps == wanted->tick_fps;
}

int ts_receiver_choose(struct ts_receiver *r, struct ts_scene *scene)
{
	const bool h264 = r->codec == TS_CODEC_H264;
	struct ts_output_config config = {
		.codec = r->codec,
		.packetization_mode = h264 ? r->packetization_mode : 0,
		.tick_fps = scene->canvas.fps,
		.fastest = scene->fastest,
	};
	if (!ts_ladder_pick(&scene->ladder, &r->need, &config.step)) return TS_EUNSUPPORTED;
	if (!h264) config.step.level_idc = 0;
	struct ts_output *output = output_for(scene, &config, &r->need);
	if (!output) {
		if (!still_fits(r, &config)) ts_output_unref(&r->output);
		return TS_ENOMEM;
	}
	ts_output_unref(&r->output);
	r->output = output;
	return 0;
}
