/* extras - whether the server has room for one more thing that nobody needs and that costs an
 * encoder: a personal view; pure.
 *
 *   how many there are, the pressure of late, the level --> verdict
 *
 * What one costs shows a moment after it has begun, so that only a few may begin at once
 * (TS_EXTRAS_BURST, then one in TS_EXTRAS_EACH_NS).
 * Thread  one (control).
 */
#ifndef TS_MIXER_OVERLOAD_EXTRAS_H
#define TS_MIXER_OVERLOAD_EXTRAS_H

#include "mixer/overload/overload.h"
#include <stddef.h>

enum { TS_EXTRAS_BURST = 4 };
#define TS_EXTRAS_EACH_NS INT64_C(500000000)

enum ts_extras_verdict {
	TS_EXTRAS_FIT,
	TS_EXTRAS_FULL,       /* as many are there as there may be */
	TS_EXTRAS_BUSY,       /* the machine has enough to do: pressure is not calm */
	TS_EXTRAS_SOON,       /* too many have just begun */
	TS_EXTRAS_OVERLOADED, /* not even those that are there may stay */
};

/* Begins with zeros, but for `most`. */
struct ts_extras {
	size_t most, n;
	int permille;      /* the pressure, smoothed over four looks */
	int begun;         /* of late: falls by one in TS_EXTRAS_EACH_NS */
	int64_t begun_ns;  /* as of then */
};

/* Each look of the overload ladder (pressure.h). */
void ts_extras_feed(struct ts_extras *extras, int permille);
enum ts_extras_verdict ts_extras_may(const struct ts_extras *extras, enum ts_overload_level level,
	int64_t now_ns);
/* One begins; it ends by extras->n--. */
void ts_extras_begin(struct ts_extras *extras, int64_t now_ns);

#endif
