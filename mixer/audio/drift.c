#include "mixer/audio/drift.h"

#include "base/clock.h"

#define AVERAGE_S 5.0
#define CATCH_UP_S 10.0
#define SPEED_MAX 0.005
/* The jitter buffer begins to play from 10 ms under to 10 over, and moves in silence from 14 under
 * and 15 over on: what is heard bends between, 2 ms sooner than that, by which the average lags
 * behind. */
#define OVER_NS (13.0 * TS_NS_PER_MS)
#define UNDER_NS (10.0 * TS_NS_PER_MS)

void ts_drift_update(struct ts_drift *d, int64_t over_ns, int64_t now_ns)
{
	double since_s = (double)(now_ns - d->at_ns) / TS_NS_PER_S;
	d->at_ns = now_ns;
	if (!d->known || since_s < 0 || since_s > AVERAGE_S) {
		d->known = true;
		d->over_ns = (double)over_ns;
		return;
	}
	d->over_ns += ((double)over_ns - d->over_ns) * since_s / AVERAGE_S;
}

void ts_drift_forget(struct ts_drift *d)
{
	d->known = false;
	d->over_ns = 0;
}

bool ts_drift_is_large(const struct ts_drift *d)
{
	return d->over_ns > OVER_NS || d->over_ns < -UNDER_NS;
}

uint64_t ts_drift_ratio(const struct ts_drift *d)
{
	double speed = d->over_ns / (CATCH_UP_S * TS_NS_PER_S);
	speed = speed > SPEED_MAX ? SPEED_MAX : speed < -SPEED_MAX ? -SPEED_MAX : speed;
	return (uint64_t)((1 + speed) * 4294967296.0);
}
