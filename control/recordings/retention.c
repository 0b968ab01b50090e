#include "control/recordings/retention.h"

int64_t ts_retention_judge(
	const struct ts_retention *limits, struct ts_kept *kept, size_t n, int64_t now_ms)
{
	int64_t bytes = 0;
	size_t newest = n;
	for (size_t i = 0; i < n; i++) {
		struct ts_kept *k = &kept[i];
		k->goes = k->finished && limits->max_age_ms &&
			now_ms - k->ended_ms >= limits->max_age_ms;
		if (!k->goes) bytes += k->bytes;
		if (k->finished && limits->keep_newest) newest = i;
	}
	for (size_t i = 0; i < n && limits->quota_bytes && bytes > limits->quota_bytes; i++) {
		if (kept[i].goes || !kept[i].finished || i == newest) continue;
		kept[i].goes = true;
		bytes -= kept[i].bytes;
	}
	return bytes;
}
