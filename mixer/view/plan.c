#include "mixer/view/plan.h"

#include <stdlib.h>

struct ts_view_plan *ts_view_plan_copy(const struct ts_view_plan *from)
{
	struct ts_view_plan *plan = malloc(sizeof *plan);
	if (!plan) return NULL;
	*plan = *from;
	for (size_t i = 0; i < plan->n_tiles; i++) {
		struct ts_view_tile *tile = &plan->tile[i];
		if (tile->source) ts_source_ref(tile->source);
		if (tile->voice) ts_voice_ref(tile->voice);
		for (int k = 0; k < TS_LABEL_KINDS; k++)
			if (tile->label[k]) ts_painting_ref(tile->label[k]);
	}
	if (plan->brand.backdrop) ts_painting_ref(plan->brand.backdrop);
	if (plan->brand.watermark) ts_painting_ref(plan->brand.watermark);
	if (plan->brand.captions) ts_painting_ref(plan->brand.captions);
	for (size_t i = 0; i < plan->n_outputs; i++) ts_output_ref(plan->output[i]);
	return plan;
}

void ts_view_plan_free(struct ts_view_plan *plan)
{
	if (!plan) return;
	for (size_t i = 0; i < plan->n_tiles; i++) {
		struct ts_view_tile *tile = &plan->tile[i];
		ts_source_unref(&tile->source);
		ts_voice_unref(&tile->voice);
		for (int k = 0; k < TS_LABEL_KINDS; k++) ts_painting_unref(&tile->label[k]);
	}
	ts_painting_unref(&plan->brand.backdrop);
	ts_painting_unref(&plan->brand.watermark);
	ts_painting_unref(&plan->brand.captions);
	for (size_t i = 0; i < plan->n_outputs; i++) ts_output_unref(&plan->output[i]);
	free(plan);
}
