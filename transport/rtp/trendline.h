/* trendline - whether a queue on the way grows, by how the delay of bursts goes on.
 *
 *   steps of bursts --summed, smoothed--> [ 20 points ] --slope x gain--> above or below +-threshold
 *
 * The threshold follows the slope, slowly up and quicker down. So jitter that a way always has is
 * no overuse, and a flow that fills the queue by loss (TCP) does not starve us: beside it the
 * threshold rises until we no longer give way.
 * Points lie at the times of sending: those of arrival would carry the same jitter as the delay
 * and make a slope of it. 20 points are one half to two seconds; before there are as many nothing
 * is said.
 * Thread  of its owner; a plain struct, by ts_trendline_init.
 * Source  draft-ietf-rmcat-gcc-02 5.4; Carlucci et al. 2016, 4.2 (adaptive threshold); libwebrtc's
 *         trendline filter in place of the draft's Kalman filter.
 */
#ifndef TS_TRANSPORT_RTP_TRENDLINE_H
#define TS_TRANSPORT_RTP_TRENDLINE_H

#include "transport/rtp/bursts.h"

enum { TS_TRENDLINE_POINTS = 20 };

enum ts_usage { TS_USAGE_NORMAL, TS_USAGE_OVER, TS_USAGE_UNDER };

struct ts_trendline {
	struct {
		double at_ms, delay_ms;
	} point[TS_TRENDLINE_POINTS];
	unsigned n, next;        /* points; where the next one goes */
	unsigned n_steps;        /* up to 60: the gain grows with them */
	double at_ms;            /* of sending, since it began afresh */
	double sum_ms, delay_ms; /* of all steps; smoothed */
	double slope;            /* the last one */
	double threshold_ms;
	double over_ms; /* how long the slope was above; below 0: it is not */
	unsigned n_over;
	enum ts_usage usage;
};

/* Forgets all but the threshold, which belongs to the way, if there is one. */
void ts_trendline_init(struct ts_trendline *trendline);
void ts_trendline_step(struct ts_trendline *trendline, const struct ts_bursts_step *step);

#endif
