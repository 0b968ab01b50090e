#include "tests/unit/mixer/scene/fake_output.h"

#include <stdlib.h>

struct ts_output {
	struct ts_output_config config;
	int refs;
	uint32_t id;
	size_t receivers;
};

struct ts_fake_outputs ts_fake_outputs;

int ts_output_create(
	struct ts_output **out, struct ts_pool *pool, const struct ts_output_config *config)
{
	(void)pool;
	if (ts_fake_outputs.create_err) return ts_fake_outputs.create_err;
	*out = calloc(1, sizeof(**out));
	(*out)->config = *config;
	(*out)->refs = 1;
	ts_fake_outputs.alive++;
	(*out)->id = (uint32_t)++ts_fake_outputs.made;
	return 0;
}

struct ts_output *ts_output_ref(struct ts_output *output)
{
	output->refs++;
	return output;
}

void ts_output_unref(struct ts_output **output)
{
	struct ts_output *o = *output;
	*output = NULL;
	if (!o || --o->refs) return;
	ts_fake_outputs.alive--;
	free(o);
}

const struct ts_output_config *ts_output_config(const struct ts_output *output)
{
	return &output->config;
}

uint32_t ts_output_id(const struct ts_output *output)
{
	return output->id;
}

size_t ts_output_receivers(const struct ts_output *output)
{
	return output->receivers;
}

void ts_fake_output_receive(struct ts_output *output, size_t receivers)
{
	output->receivers = receivers;
}

int ts_fake_output_refs(const struct ts_output *output)
{
	return output->refs;
}

uint32_t ts_output_bitrate(const struct ts_output *o)
{
	return ts_output_config(o)->step.bitrate_bps;
}
