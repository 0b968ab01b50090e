#include "codec/level.h"
#include <math.h>

int ts_level_dbov(const int16_t *pcm, int n)
{
	int64_t energy = 0;
	for (int i = 0; i < n; i++) energy += (int32_t)pcm[i] * pcm[i];
	if (!energy || !n) return -127;
	double db = 10.0 * log10((double)energy / n / (32768.0 * 32768.0));
	return db < -127 ? -127 : db > 0 ? 0 : (int)lrint(db);
}
