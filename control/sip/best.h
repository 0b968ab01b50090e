/* best - which of the final responses of several branches stands for all. Pure.
 *
 * Any 6xx; else one of the lowest class; of 4xx one that says what would help (401, 407, 415, 420,
 * 484); among equals the first that came.
 * Thread  none.   Source  RFC 3261 16.7 step 6.
 */
#ifndef TS_CONTROL_SIP_BEST_H
#define TS_CONTROL_SIP_BEST_H

#include <stdbool.h>

/* Is code, 300 to 699, better than `than`, which came before it? than 0: there was none. */
bool ts_sip_is_better(int code, int than);

#endif
