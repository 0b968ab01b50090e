#include "mixer/audio/mos.h"

#include <math.h>

#define R_DEFAULT 93.2

static double clamp(double value, double low, double high)
{
	return value > low ? value < high ? value : high : low; /* NaN: low */
}

/* G.107 (7-27), (7-28): nothing up to 100 ms, 3 at 200, 24 at 400. */
static double impairment_of_delay(double delay_ms)
{
	if (delay_ms <= 100) return 0;
	const double x = log2(delay_ms / 100);
	return 25 * (pow(1 + pow(x, 6), 1.0 / 6) - 3 * pow(1 + pow(x / 3, 6), 1.0 / 6) + 2);
}

/* A frame is lost where its packet and all later ones that have it are, the copies of RED and the
 * in-band FEC of the next. Of losses in bursts little is repaired: nothing is counted. */
static double loss_after_repair(const struct ts_mos_line *line, double loss, double burst)
{
	enum { COPIES_MAX = 8 };
	const unsigned copies = line->copies < COPIES_MAX ? line->copies : COPIES_MAX;
	const bool fec = line->fec && line->codec == TS_CODEC_OPUS;
	return burst > 1.5 ? loss : pow(loss, 1 + copies + fec);
}

/* G.107 (7-29), with Ie and Bpl of G.113 appendix I for G.729A; Ie is 0 for all else that we
 * have. */
static double impairment_of_loss(const struct ts_mos_line *line)
{
	const bool g729 = line->codec == TS_CODEC_G729;
	const double coding = g729 ? 11 : 0, robustness = g729 ? 19 : 25.1;
	const double burst = clamp(line->burst, 1, 100);
	const double percent = 100 * loss_after_repair(line, clamp(line->loss, 0, 1), burst);
	return coding + (95 - coding) * percent / (percent / burst + robustness);
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
