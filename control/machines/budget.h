/* budget - how much a program may send, and how far it may lag behind in reading. Pure.
 *
 *   sends   frames of 20 ms, a message of another kind counts as five; 3000 at once, then 500 a
 *           second: ten times what can be heard
 *   reads   each frame that found no place weighs one, each that did takes back a fifth: at 250
 *           (five seconds without any) it is cut
 *
 * Thread  none: plain functions. All zero to begin with.
 */
#ifndef TS_CONTROL_MACHINES_BUDGET_H
#define TS_CONTROL_MACHINES_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

enum { TS_BUDGET_BURST = 3000, TS_BUDGET_PER_S = 500, TS_BUDGET_ORDER = 5, TS_LAG_MAX = 250 };

struct ts_budget {
	double spent;
	int64_t at_ns;
};
/* False: it is too much. */
bool ts_budget_take(struct ts_budget *budget, double frames, int64_t now_ns);

struct ts_lag {
	double weight;
	uint32_t dropped; /* not told of yet */
};
/* A frame had no place, or `lost` of them. False: it is to be cut. */
bool ts_lag_drop(struct ts_lag *lag, uint32_t lost);
void ts_lag_pass(struct ts_lag *lag); /* a frame had one */
/* How many were dropped, once. */
uint32_t ts_lag_told(struct ts_lag *lag);

#endif
