#include "mixer/overload/pressure.h"

#include "base/clock.h"

enum { MILLE = 1000, MOST = 100 * MILLE };

static const struct {
	const char *name;
	int64_t limit;
} rows[TS_PRESSURE_COUNT] = {
#define X(id, name, limit, unit, what) [TS_PRESSURE_##id] = {name, limit},
	TS_PRESSURES(X)
#undef X
};

const char *ts_pressure_name(enum ts_pressure_kind kind)
{
	return rows[kind].name;
}

/* In thousandths, within 0 .. MOST; of nothing it is nothing. */
static int64_t share(int64_t part, int64_t whole)
{
	if (part <= 0 || whole <= 0) return 0;
	const double permille = (double)part * MILLE / (double)whole;
	return permille > MOST ? MOST : (int64_t)permille;
}

static void consider(struct ts_pressure *most, enum ts_pressure_kind kind, int64_t value)
{
	const int64_t permille = share(value, rows[kind].limit);
	if (permille <= most->permille) return;
	*most = (struct ts_pressure){(int)permille, kind};
}

static struct ts_load_ticks since(
	const struct ts_load_ticks *before, const struct ts_load_ticks *now)
{
	return (struct ts_load_ticks){now->run - before->run, now->skipped - before->skipped,
		now->delayed - before->delayed};
}

static int64_t queue(const struct ts_load_pool *pool)
{
	return share(pool->waiting, pool->threads);
}

void ts_pressure_of(
	struct ts_pressure *out, const struct ts_load_look *before, const struct ts_load_look *now)
{
	const int64_t span_ns = now->at_ns - before->at_ns;
	*out = (struct ts_pressure){0, TS_PRESSURE_CPU};
	if (span_ns <= 0) return;
	const struct ts_load_ticks sound = since(&before->sound, &now->sound),
				   video = since(&before->video, &now->video);
	const int64_t may_ns = (int64_t)((double)span_ns * now->cores_milli / MILLE);
	consider(out, TS_PRESSURE_CPU, share(now->cpu_ns - before->cpu_ns, may_ns));
	consider(out, TS_PRESSURE_SOUND_SKIPPED, share(sound.skipped, sound.run + sound.skipped));
	consider(out, TS_PRESSURE_SOUND_DELAYED, share(sound.delayed, sound.run));
	consider(out, TS_PRESSURE_TICKS_SKIPPED, share(video.skipped, video.run + video.skipped));
	consider(out, TS_PRESSURE_TICKS_DELAYED, share(video.delayed, video.run));
	consider(out, TS_PRESSURE_ENCODE_SKIPPED,
		share(now->encode_skipped - before->encode_skipped, video.run));
	consider(out, TS_PRESSURE_QUEUE_VIDEO, queue(&now->video_pool));
	consider(out, TS_PRESSURE_QUEUE_TICK, queue(&now->tick_pool));
	consider(out, TS_PRESSURE_QUEUE_SOUND, queue(&now->audio_pool));
	consider(out, TS_PRESSURE_NET, now->net_wait_ns / TS_NS_PER_US);
}
