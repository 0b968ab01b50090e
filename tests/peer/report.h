/* report - what one participant received, as JSON: what tests and tables read.
 *
 * Times are ms, those "at" of the monotonic clock.
 */
#ifndef TS_TESTS_PEER_REPORT_H
#define TS_TESTS_PEER_REPORT_H

#include "tests/peer/scenario.h"

/* Of a peer that was stopped. [give] */
json_t *ts_report_of(const struct ts_scenario *scenario, struct ts_peer *peer);
/* The newest mixed picture of the first peer that decodes, as raw I420 in the scenario's file; its
 * size goes into out. */
void ts_report_snapshot(const struct ts_scenario *scenario, struct ts_peer *peer, json_t *out);

#endif
