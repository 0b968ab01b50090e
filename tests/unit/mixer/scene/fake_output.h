/* fake_output - outputs that do nothing, for tests of who chooses which; the mixer's own are not
 * linked. */
#ifndef TS_TESTS_UNIT_FAKE_OUTPUT_H
#define TS_TESTS_UNIT_FAKE_OUTPUT_H

#include "mixer/output/output.h"

struct ts_fake_outputs {
	int alive, made, create_err;
};
extern struct ts_fake_outputs ts_fake_outputs;

int ts_fake_output_refs(const struct ts_output *output);
void ts_fake_output_receive(struct ts_output *output, size_t receivers);

#endif
