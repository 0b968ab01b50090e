/* sample - the few participants of the load generator that decode what they get (tests/peer): is
 * the right mark in the right tile, how old?
 *
 * Thread  the owner's.
 */
#ifndef TS_TESTS_BENCH_SAMPLE_H
#define TS_TESTS_BENCH_SAMPLE_H

#include "tests/bench/crowd/light.h"
#include "tests/peer/peer.h"

struct ts_samples;

int ts_samples_create(struct ts_samples **out); /* TS_EIO, TS_ENOMEM */
int ts_samples_add(struct ts_samples *samples, const struct ts_light_spec *spec);
/* Asks the server what is where; call it a few times a second. */
void ts_samples_follow(struct ts_samples *samples);
size_t ts_samples_count(const struct ts_samples *samples);
bool ts_samples_flow(const struct ts_samples *samples); /* each of them decodes pictures */
void ts_samples_stop(struct ts_samples *samples);       /* leaves; reports can be read */
struct ts_eyes *ts_samples_eyes(struct ts_samples *samples, size_t i);
void ts_samples_destroy(struct ts_samples **samples);

#endif
