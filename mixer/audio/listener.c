#include "mixer/audio/listener.h"

#include "base/clock.h"

#define QUIET_NS (10 * TS_NS_PER_S)
#define WITHOUT_PAUSE_NS (30 * TS_NS_PER_S)

uint8_t ts_listener_longest(
	const struct ts_audio_limits *limits, const struct ts_audio_way *way, uint8_t most_ms)
{
	static const uint8_t frames_ms[] = {60, 40};
	if (limits->codec != TS_CODEC_OPUS || limits->ptime_ms || way->loss) return 0;
	for (size_t i = 0; i < sizeof frames_ms; i++) {
		const uint8_t ms = frames_ms[i];
		if (ms <= most_ms && (!limits->maxptime_ms || ms <= limits->maxptime_ms)) return ms;
	}
	return 0;
}

bool ts_listener_follow(struct ts_listener *l, const struct ts_listener_now *now)
{
	const uint8_t before = l->frame_ms;
	const int64_t quiet_ns = now->now_ns - l->spoke_ns;
	if (now->speaks) l->spoke_ns = now->now_ns;
	if (now->speaks || !now->longest_ms)
		l->frame_ms = 0;
	else if (quiet_ns >= (now->pause ? QUIET_NS : WITHOUT_PAUSE_NS))
		l->frame_ms = now->longest_ms;
	else if (l->frame_ms > now->longest_ms)
		l->frame_ms = now->longest_ms;
	return l->frame_ms != before;
}
