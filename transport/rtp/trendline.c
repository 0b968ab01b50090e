#include "transport/rtp/trendline.h"

#include "base/clock.h"

#define SMOOTHING 0.9
#define GAIN 4.0
enum { GAIN_STEPS_MAX = 60 };
#define THRESHOLD_MS 12.5
#define THRESHOLD_MIN_MS 6.0
#define THRESHOLD_MAX_MS 600.0
#define THRESHOLD_UP 0.01 /* each millisecond; down slower than up */
#define THRESHOLD_DOWN 0.00018
#define SPIKE_MS 15.0       /* so far above the threshold it is no longer jitter to get used to */
#define FOLLOW_MAX_MS 100.0 /* one step's share in the threshold ends here */
#define OVER_MS 10.0

void ts_trendline_init(struct ts_trendline *t)
{
	double threshold_ms = t->threshold_ms;
	*t = (struct ts_trendline){.threshold_ms = threshold_ms, .over_ms = -1};
	if (threshold_ms < THRESHOLD_MIN_MS) t->threshold_ms = THRESHOLD_MS;
}

/* Least squares; false while all points lie at one time. */
static bool slope_of(const struct ts_trendline *t, double *out)
{
	double at = 0, delay = 0, above = 0, below = 0;
	for (unsigned i = 0; i < t->n; i++) {
		at += t->point[i].at_ms / t->n;
		delay += t->point[i].delay_ms / t->n;
	}
	for (unsigned i = 0; i < t->n; i++) {
		double x = t->point[i].at_ms - at;
		above += x * (t->point[i].delay_ms - delay);
		below += x * x;
	}
	if (below <= 0) return false;
	*out = above / below;
	return true;
}

static void follow(struct ts_trendline *t, double size_ms, double step_ms)
{
	if (size_ms > t->threshold_ms + SPIKE_MS) return;
	double k = size_ms < t->threshold_ms ? THRESHOLD_DOWN : THRESHOLD_UP;
	if (step_ms > FOLLOW_MAX_MS) step_ms = FOLLOW_MAX_MS;
	if (step_ms < 0) step_ms = 0;
	t->threshold_ms += k * (size_ms - t->threshold_ms) * step_ms;
	if (t->threshold_ms < THRESHOLD_MIN_MS) t->threshold_ms = THRESHOLD_MIN_MS;
	if (t->threshold_ms > THRESHOLD_MAX_MS) t->threshold_ms = THRESHOLD_MAX_MS;
}

/* Overuse is a slope that stays above for a while and does not fall. */
static void detect(struct ts_trendline *t, double slope, double step_ms)
{
	double gained_ms = t->n_steps * slope * GAIN;
	if (gained_ms > t->threshold_ms) {
		t->over_ms = t->over_ms < 0 ? step_ms / 2 : t->over_ms + step_ms;
		t->n_over++;
		if (t->over_ms > OVER_MS && t->n_over > 1 && slope >= t->slope) {
			t->over_ms = 0;
			t->n_over = 0;
			t->usage = TS_USAGE_OVER;
		}
	} else {
		t->over_ms = -1;
		t->n_over = 0;
		t->usage = gained_ms < -t->threshold_ms ? TS_USAGE_UNDER : TS_USAGE_NORMAL;
	}
	t->slope = slope;
	follow(t, gained_ms < 0 ? -gained_ms : gained_ms, step_ms);
}

void ts_trendline_step(struct ts_trendline *t, const struct ts_bursts_step *step)
{
	double sent_ms = (double)step->sent_ns / TS_NS_PER_MS;
	double slope;
	t->at_ms += sent_ms;
	t->sum_ms += (double)step->arrived_ns / TS_NS_PER_MS - sent_ms;
	t->delay_ms = SMOOTHING * t->delay_ms + (1 - SMOOTHING) * t->sum_ms;
	if (t->n_steps < GAIN_STEPS_MAX) t->n_steps++;
	t->point[t->next].at_ms = t->at_ms;
	t->point[t->next].delay_ms = t->delay_ms;
	t->next = (t->next + 1) % TS_TRENDLINE_POINTS;
	if (t->n < TS_TRENDLINE_POINTS) t->n++;
	if (t->n == TS_TRENDLINE_POINTS && slope_of(t, &slope)) detect(t, slope, sent_ms);
}
