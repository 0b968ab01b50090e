#include "mixer/scene/receiver.h"

#include "base/error.h"
#include <string.h>

/* Is a, which is there, what b asks for? One of the fastest preset is good enough only while such
 * are made. */
static bool same_output(const struct ts_output_config *a, const struct ts_output_config *b)
{
	return a->codec == b->codec && a->packetization_mode == b->packetization_mode &&
		a->step.height == b->step.height && a->step.width == b->step.width &&
		a->step.fps == b->step.fps && a->step.bitrate_bps == b->step.bitrate_bps &&
		a->step.level_idc == b->step.level_idc && a->step.letterbox == b->step.letterbox &&
		a->tick_fps == b->tick_fps && a->refresh == b->refresh &&
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
			its->step.bitrate_bps > config->step.bitrate_bps ||
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
		(r->crosses || has->tick_fps == wanted->tick_fps);
}

void ts_receiver_rates(
	const struct ts_receiver *r, const struct ts_scene *scene, struct ts_tier_rates *rates)
{
	struct ts_ladder steps;
	ts_ladder_fit(&scene->ladder, &r->need, &steps);
	rates->n = steps.n;
	for (size_t i = 0; i < steps.n; i++) rates->bps[i] = steps.step[i].bitrate_bps;
}

void ts_receiver_taken(const struct ts_receiver *r, const struct ts_scene *scene,
	uint32_t taken_bps[static TS_LADDER_MAX])
{
	struct ts_ladder steps;
	ts_ladder_fit(&scene->ladder, &r->need, &steps);
	memset(taken_bps, 0, TS_LADDER_MAX * sizeof *taken_bps);
	for (size_t k = 0; k < scene->n_outputs; k++) {
		const struct ts_output *o = scene->output[k];
		const struct ts_output_config *its = ts_output_config(o);
		if (ts_output_receivers(o) <= (o == r->output) || its->codec != r->codec) continue;
		for (size_t i = 0; i < steps.n; i++)
			if (its->step.bitrate_bps == steps.step[i].bitrate_bps &&
				its->step.height == steps.step[i].height &&
				its->step.fps == steps.step[i].fps)
				taken_bps[i] = ts_output_bitrate(o);
	}
}

/* The step of now; false: the decoder takes none. */
static bool pick(const struct ts_receiver *r, const struct ts_scene *scene, struct ts_step *out)
{
	struct ts_ladder steps;
	struct ts_tier_rates rates;
	ts_ladder_fit(&scene->ladder, &r->need, &steps);
	if (!steps.n) return false;
	ts_receiver_rates(r, scene, &rates);
	*out = steps.step[ts_tier_step(&r->tier, &rates)];
	return true;
}

/* [take] output */
static void move_to(struct ts_receiver *r, struct ts_output *output, bool old_fits)
{
	ts_output_unref(&r->next);
	if (output == r->output) {
		ts_output_unref(&output);
	} else if (r->sent && old_fits) {
		r->next = output;
	} else {
		ts_output_unref(&r->output);
		r->output = output;
		r->sent = ts_output_id(output) == r->sent_id;
	}
}

int ts_receiver_choose(struct ts_receiver *r, struct ts_scene *scene)
{
	const bool h264 = r->codec == TS_CODEC_H264;
	struct ts_output_config config = {
		.codec = r->codec,
		.packetization_mode = h264 ? r->packetization_mode : 0,
		.tick_fps = scene->canvas.fps,
		.fastest = scene->fastest,
		.slides = scene->slides,
		.refresh = h264 && r->refresh.on && !r->has_nack && !scene->fewer_steps,
	};
	if (!pick(r, scene, &config.step)) return TS_EUNSUPPORTED;
	if (!h264) config.step.level_idc = 0;
	const bool old_fits = still_fits(r, &config);
	struct ts_output *output = output_for(scene, &config, &r->need);
	if (!output) {
		if (!old_fits) ts_receiver_release(r);
		return TS_ENOMEM;
	}
	r->shares = !same_output(ts_output_config(output), &config);
	move_to(r, output, old_fits);
	return 0;
}

bool ts_receiver_switched(struct ts_receiver *r, uint32_t id)
{
	if (r->next && ts_output_id(r->next) == id) {
		ts_output_unref(&r->output);
		r->output = r->next;
		r->next = NULL;
	}
	r->sent_id = id;
	r->sent = r->output && ts_output_id(r->output) == id;
	return r->sent;
}

void ts_receiver_give_up(struct ts_receiver *r)
{
	ts_output_unref(&r->next);
}

void ts_receiver_cut_over(struct ts_receiver *r)
{
	if (!r->next) return;
	ts_output_unref(&r->output);
	r->output = r->next;
	r->next = NULL;
	r->sent = false;
}

void ts_receiver_release(struct ts_receiver *r)
{
	ts_output_unref(&r->next);
	ts_output_unref(&r->output);
	r->sent = r->shares = false;
	r->tier.target_bps = UINT32_MAX; /* what was measured holds back nobody else */
}

/* ---- those who take the mix besides receivers */

size_t ts_scene_renditions(
	const struct ts_scene *s, size_t most, struct ts_step out[TS_SCENE_RENDITIONS])
{
	struct ts_ladder all;
	ts_scene_all_steps(s, &all);
	size_t n = most < TS_SCENE_RENDITIONS ? most : TS_SCENE_RENDITIONS;
	if (n > all.n_main) n = all.n_main;
	for (size_t i = 0; i < n; i++) {
		const struct ts_step *step = &all.step[i ? i * (all.n_main - 1) / (n - 1) : 0];
		size_t k = 0;
		while (k + 1 < s->ladder.n_main &&
			s->ladder.step[k].bitrate_bps > step->bitrate_bps)
			k++;
		out[i] = s->ladder.step[k];
	}
	return n;
}

/* Of the size, rate and bits of the step? Level and mode of H.264 are as good as others;
 * one that renews itself is not: a recording needs keyframes, which its receivers must be
 * spared. H.263 and H.261 no file of ours holds. */
static bool is_of_step(
	const struct ts_scene *s, const struct ts_step *step, const struct ts_output_config *config)
{
	const struct ts_step *top = step, *its = &config->step;
	if (ts_codec_has_sizes(config->codec)) return false;
	return config->tick_fps == s->canvas.fps && !config->refresh && its->width == top->width &&
		its->height == top->height && its->fps == top->fps &&
		its->bitrate_bps == top->bitrate_bps;
}

struct ts_output *ts_scene_top_output(struct ts_scene *s, const struct ts_top_wish *wish)
{
	struct ts_output *now = wish->now;
	struct ts_output *best = NULL;
	bool stays = false;
	for (size_t i = 0; i < s->n_outputs; i++) {
		struct ts_output *output = s->output[i];
		const struct ts_output_config *its = ts_output_config(output);
		if (!is_of_step(s, &wish->step, its) ||
			(its->codec != wish->codec && !wish->any_codec))
			continue;
		stays |= output == now;
		if (!best || ts_output_receivers(output) > ts_output_receivers(best)) best = output;
	}
	/* a change is seen: it must save an encoder */
	if (stays && (wish->keep || ts_output_receivers(now) || !ts_output_receivers(best)))
		best = now;
	if (best) return ts_output_ref(best);
	const struct ts_output_config config = {.codec = wish->codec,
		.packetization_mode = wish->codec == TS_CODEC_H264,
		.step = wish->step,
		.tick_fps = s->canvas.fps,
		.fastest = s->fastest};
	static const struct ts_need anything;
	return output_for(s, &config, &anything);
}
