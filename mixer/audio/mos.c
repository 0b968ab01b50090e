#include "mixer/audio/mos.h"

#include <math.h>

#define R_DEFAULT 93.2

static double clamp(double value, double low, double high)
{
	return value > low ? value < high ? value : high : low; /* NaN: low */
}

/* G.107 (7-27), (7-28): nothing up to 100 ms, 3 at 200, 22 at 400. */
static double impairment_of_delay(double delay_ms)
{
	if (delay_ms <= 100) return 0;
	const double x = log2(delay_ms / 100);
	return 25 * (pow(1 + pow(x, 6), 1.0 / 6) - 3 * pow(1 + pow(x / 3, 6), 1.0 / 6) + 2);
}

/* In-band FEC repairs a frame whose follower came: what is left of independent losses is two in a
 * row. */
static double loss_after_fec(enum ts_codec codec, double loss, double burst)
{
	if (codec != TS_CODEC_OPUS || burst > 1.5) return loss;
	return loss * loss;
}

/* G.107 (7-29); Ie is 0 for all that we have. */
static double impairment_of_loss(const struct ts_mos_line *line)
{
	const double burst = clamp(line->burst, 1, 100), robustness = 25.1;
	const double percent = 100 * loss_after_fec(line->codec, clamp(line->loss, 0, 1), burst);
	return 95 * percent / (percent / burst + robustness);
}

void ts_mos_estimate(struct ts_mos *out, const struct ts_mos_line *line)
{
	out->for_delay = impairment_of_delay(clamp(line->delay_ms, 0, 1e5));
	out->for_loss = impairment_of_loss(line);
	const double r = clamp(R_DEFAULT - out->for_delay - out->for_loss, 0, 100);
	out->r = r;
	/* below R = 6.5 the polynomial dips under 1 */
	out->mos = clamp(1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6, 1, 4.5);
}
