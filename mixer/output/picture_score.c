#include "mixer/output/picture_score.h"

#include <math.h>

static double share(int is, int full)
{
	if (full <= 0 || is >= full) return 1;
	return is > 0 ? (double)is / full : 0;
}

static double of_size(const struct ts_picture_seen *seen)
{
	const double lines = share(seen->height, seen->full_height);
	const double factor = lines > 0 ? 1 + 0.2 * log2(lines) : 0;
	return factor > 0 ? factor : 0;
}

static double of_flow(double frozen)
{
	const double factor = 1 - 2 * frozen;
	return factor > 0 ? factor < 1 ? factor : 1 : 0; /* NaN: 0 */
}

double ts_picture_score(const struct ts_picture_seen *seen, enum ts_picture_fault *fault)
{
	const double factor[] = {
		[TS_PICTURE_GOOD] = 0.9,
		[TS_PICTURE_COARSE] = of_size(seen),
		[TS_PICTURE_SLOW] = sqrt(share(seen->fps, seen->full_fps)),
		[TS_PICTURE_FROZEN] = of_flow(seen->frozen),
	};
	double product = 1;
	*fault = TS_PICTURE_GOOD;
	for (int i = TS_PICTURE_COARSE; i <= TS_PICTURE_FROZEN; i++) {
		product *= factor[i];
		if (factor[i] < factor[*fault]) *fault = (enum ts_picture_fault)i;
	}
	return 1 + 4 * product;
}
