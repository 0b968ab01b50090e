#include "control/rooms/rates.h"
#include "base/clock.h"
#include <string.h>

void ts_rates_init(struct ts_rates *rates, int64_t now_ns)
{
	memset(rates, 0, sizeof(*rates));
	rates->older.at_ns = rates->newer.at_ns = now_ns;
}

/* A counter may start again when a stream does. */
static uint64_t grown(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

static int64_t kbps(uint64_t bytes, int64_t ns)
{
	return (int64_t)(bytes * 8000000 / (uint64_t)ns);
}

static double share(uint64_t part, uint64_t rest)
{
	return part ? (double)part / (double)(part + rest) : 0;
}

static void look_at_audio(struct ts_rates_view *out, const struct ts_rates_sample *now,
	const struct ts_rates_sample *base)
{
	const uint64_t lost = grown(now->audio.lost, base->audio.lost),
		       restored = grown(now->audio.restored, base->audio.restored),
		       got = grown(now->audio.packets_in, base->audio.packets_in);
	out->audio_loss = share(lost + restored, got);
	out->audio_loss_after = share(lost, got + restored);
}

void ts_rates_read(
	struct ts_rates *rates, const struct ts_rates_sample *now, struct ts_rates_view *out)
{
	const struct ts_rates_sample *base = &rates->older;
	int64_t ns = now->at_ns - base->at_ns;
	memset(out, 0, sizeof(*out));
	if (ns >= TS_NS_PER_MS) {
		uint64_t lost = grown(now->lost, base->lost),
			 got = grown(now->packets_in, base->packets_in);
		out->kbps_in = kbps(grown(now->bytes_in, base->bytes_in), ns);
		out->kbps_out = kbps(grown(now->bytes_out, base->bytes_out), ns);
		out->loss = share(lost, got);
		look_at_audio(out, now, base);
	}
	if (now->at_ns - rates->newer.at_ns < TS_NS_PER_S) return;
	rates->older = rates->newer;
	rates->newer = *now;
}
