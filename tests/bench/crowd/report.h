/* report - what the load generator saw, as JSON. */
#ifndef TS_TESTS_BENCH_REPORT_H
#define TS_TESTS_BENCH_REPORT_H

#include "tests/bench/crowd/sample.h"
#include <jansson.h>

/* After everything has stopped. light[n] may have NULLs. */
json_t *ts_crowd_report(struct ts_crowd *crowd, struct ts_light *const *light, size_t n,
	struct ts_samples *samples);

#endif
