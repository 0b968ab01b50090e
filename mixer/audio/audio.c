#include "mixer/audio/audio.h"

#include "base/au.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/histogram.h"
#include "base/log.h"
#include "base/strand.h"
#include "base/ticker.h"
#include "codec/audio.h"
#include "mixer/audio/comfort.h"
#include "mixer/audio/mix.h"
#include "transport/fanout.h"
#include <stdlib.h>
#include <string.h>

#define KEEP_OWN_NS (500 * TS_NS_PER_MS)
enum {
	TICKS_PER_S = TS_AUDIO_RATE_HZ / TS_AUDIO_FRAME,
	SILENT_TICKS = 20,  /* of nothing but zeros, and the encoder has come to rest */
	SILENT_BYTES = 128, /* a packet of silence has some 40 */
};

/* How many bits: what nearly all take, or what the least of the others does. */
enum rate { RATE_USUAL, RATE_LOW, RATES };
enum { USUAL_BPS = 32000, LEAST_BPS = 6000 };

/* One distinct mix in one codec and rate: its encoder and limiter go together, since both must
 * continue without a seam. */
struct mix {
	enum ts_codec codec;
	enum rate rate;
	uint32_t bitrate_bps;
	struct ts_audio_encoder *encoder;
	struct ts_limiter limiter;
	struct ts_fanout *fanout;
	int64_t delay_ns; /* of this tick, since the capture of the oldest in it; 0: not known */
	int silent;       /* ticks in a row */
	int rest_len;     /* of the packet that stands for silence; 0: not made yet */
	uint8_t rest[SILENT_BYTES];
};

struct member {
	struct ts_audio_member m;
	const int16_t *pcm;   /* of this tick; NULL: not in the sum */
	int64_t own_until_ns; /* gets a mix of their own until then */
	struct mix own;       /* encoder NULL: listens to the shared mix */
};

struct plan {
	size_t n;
	struct member member[];
};

struct ts_audio {
	struct ts_strand *strand;
	struct ts_task wake;
	_Atomic(struct plan *) pending;

	/* strand */
	struct ts_ticker ticker;
	struct plan *plan;
	struct mix shared[TS_CODEC_COUNT][RATES];
	struct ts_comfort comfort;
	bool regroup; /* who listens to the shared mixes has changed */
	/* of what is in the sum: the longest since a capture, whose, and the longest of the others */
	int64_t delay_ns, next_delay_ns;
	uint64_t delay_key;
	int32_t sum[TS_AUDIO_FRAME];
	int16_t scaled[TS_AUDIO_FRAME];

	void (*done)(void *arg);
	void *done_arg;
};

static const struct ts_ticker_counts counts = {.run = TS_C_TICKS_AUDIO,
	.skipped = TS_C_TICKS_SKIPPED_AUDIO,
	.delayed = TS_C_TICKS_DELAYED_AUDIO};

static void mix_close(struct mix *mix)
{
	ts_audio_encoder_close(&mix->encoder);
	ts_fanout_unref(&mix->fanout);
}

static int mix_open(struct mix *mix, enum ts_codec codec, enum rate rate, uint32_t bitrate_bps)
{
	const struct ts_audio_encoder_config config = {
		.codec = codec, .bitrate_bps = bitrate_bps, .loss_percent = 5};
	mix->codec = codec;
	mix->rate = rate;
	mix->bitrate_bps = bitrate_bps;
	mix->silent = mix->rest_len = 0;
	ts_limiter_init(&mix->limiter);
	int err = ts_audio_encoder_open(&mix->encoder, &config);
	if (err)
		ts_error("encoder failed", "codec=%s error=%s", ts_codec_name(codec),
			ts_strerror(err));
	return err;
}

static void plan_free(struct plan *plan)
{
	for (size_t i = 0; plan && i < plan->n; i++) {
		ts_voice_unref(&plan->member[i].m.voice);
		ts_sender_unref(&plan->member[i].m.sender);
		mix_close(&plan->member[i].own);
	}
	free(plan);
}

/* Members who stay keep their own mix. Both lists ascend by key. */
static void take_plan(struct ts_audio *a)
{
	struct plan *fresh = atomic_exchange_explicit(&a->pending, NULL, memory_order_acq_rel);
	if (!fresh) return;
	size_t old = 0;
	for (size_t i = 0; a->plan && i < fresh->n; i++) {
		struct member *to = &fresh->member[i];
		while (old < a->plan->n && a->plan->member[old].m.key < to->m.key) old++;
		if (old == a->plan->n) break;
		struct member *from = &a->plan->member[old];
		if (from->m.key != to->m.key || from->m.sender != to->m.sender ||
			from->m.codec != to->m.codec || from->m.max_bps != to->m.max_bps)
			continue;
		to->own = from->own;
		to->own_until_ns = from->own_until_ns;
		from->own = (struct mix){0};
	}
	plan_free(a->plan);
	a->plan = fresh;
	a->regroup = true;
}

/* ---- one tick ---- */

static uint32_t bitrate_of(const struct member *e)
{
	if (!e->m.max_bps || e->m.max_bps >= USUAL_BPS) return USUAL_BPS;
	return e->m.max_bps < LEAST_BPS ? LEAST_BPS : e->m.max_bps;
}

static enum rate rate_of(const struct member *e)
{
	return bitrate_of(e) < USUAL_BPS ? RATE_LOW : RATE_USUAL;
}

static struct mix *shared_of(struct ts_audio *a, const struct member *e)
{
	return &a->shared[e->m.codec][rate_of(e)];
}

/* What of them is in the sum. */
static const int16_t *in_the_sum(struct ts_audio *a, const struct member *e)
{
	if (!e->pcm || e->m.gain == 1.0f) return e->pcm;
	ts_mix_gain(a->scaled, e->pcm, e->m.gain);
	return a->scaled;
}

static void note_delay(struct ts_audio *a, const struct member *e)
{
	int64_t delay_ns = ts_voice_delay_ns(e->m.voice);
	if (delay_ns > a->delay_ns) {
		a->next_delay_ns = a->delay_ns;
		a->delay_ns = delay_ns;
		a->delay_key = e->m.key;
	} else if (delay_ns > a->next_delay_ns) {
		a->next_delay_ns = delay_ns;
	}
}

static void add_voice(struct ts_audio *a, struct member *e, int64_t now_ns)
{
	e->pcm = NULL;
	if (!e->m.voice) return;
	if (e->m.muted) {
		ts_voice_skip(e->m.voice, now_ns);
		return;
	}
	e->pcm = ts_voice_tick(e->m.voice, now_ns);
	if (!e->pcm) return;
	e->own_until_ns = now_ns + KEEP_OWN_NS;
	ts_mix_add(a->sum, in_the_sum(a, e));
	note_delay(a, e);
}

/* Their own mix begins where the shared one is. */
static void start_own(struct ts_audio *a, struct member *e)
{
	struct mix *shared = shared_of(a, e);
	if (ts_fanout_create(&e->own.fanout, &e->m.sender, 1)) return;
	if (mix_open(&e->own, e->m.codec, rate_of(e), bitrate_of(e))) {
		mix_close(&e->own);
		return;
	}
	if (shared->encoder) ts_audio_encoder_copy(e->own.encoder, shared->encoder);
	if (shared->encoder) e->own.limiter = shared->limiter;
	a->regroup = true;
}

/* Back to the shared mix; if nobody listened to that, it continues from theirs. */
static void end_own(struct ts_audio *a, struct member *e)
{
	struct mix *shared = shared_of(a, e);
	if (!shared->encoder) {
		*shared = e->own;
		shared->fanout = NULL; /* made by regroup */
		e->own.encoder = NULL;
	}
	mix_close(&e->own);
	a->regroup = true;
}

static void follow_talkers(struct ts_audio *a, int64_t now_ns)
{
	for (size_t i = 0; i < a->plan->n; i++) {
		struct member *e = &a->plan->member[i];
		if (!e->m.sender) continue;
		bool wants = e->own_until_ns > now_ns;
		if (wants && !e->own.encoder)
			start_own(a, e);
		else if (!wants && e->own.encoder)
			end_own(a, e);
	}
}

/* A shared mix exists while somebody listens to it. senders: room for all. */
static void group(
	struct ts_audio *a, enum ts_codec codec, enum rate rate, struct ts_sender **senders)
{
	size_t n = 0;
	uint32_t bitrate_bps = USUAL_BPS;
	for (size_t i = 0; i < a->plan->n; i++) {
		const struct member *e = &a->plan->member[i];
		if (!e->m.sender || e->m.codec != codec || rate_of(e) != rate || e->own.encoder)
			continue;
		if (bitrate_of(e) < bitrate_bps) bitrate_bps = bitrate_of(e);
		senders[n++] = e->m.sender;
	}
	struct mix *shared = &a->shared[codec][rate];
	ts_fanout_unref(&shared->fanout);
	if (n == 0 || shared->bitrate_bps != bitrate_bps) mix_close(shared);
	if (n == 0) return;
	if ((!shared->encoder && mix_open(shared, codec, rate, bitrate_bps)) ||
		ts_fanout_create(&shared->fanout, senders, n)) {
		a->regroup = true; /* out of memory: again next tick */
		ts_log_limited(TS_LOG_ERROR, "listeners without sound",
			"error=no-memory listeners=%zu", n);
	}
}

static void group_listeners(struct ts_audio *a)
{
	if (!a->regroup) return;
	a->regroup = false;
	struct ts_sender **senders = malloc((a->plan->n + 1) * sizeof *senders);
	for (enum ts_codec codec = TS_CODEC_NONE; senders && codec < TS_CODEC_COUNT; codec++)
		for (enum rate rate = RATE_USUAL; rate < RATES; rate++)
			group(a, codec, rate, senders);
	if (!senders) a->regroup = true; /* out of memory: again next tick */
	free(senders);
}

static void send_payload(
	const struct ts_audio *a, const struct mix *mix, const uint8_t *payload, int len)
{
	struct ts_au *au = len > 0 && mix->fanout ? ts_au_create(1, (uint32_t)len) : NULL;
	if (!au) return;
	memcpy(ts_au_add(au, (uint32_t)len), payload, (size_t)len);
	au->media_time = a->ticker.tick * (ts_codec_clock_hz(mix->codec) / TICKS_PER_S);
	au->capture_ns = ts_ticker_time_ns(&a->ticker);
	if (mix->delay_ns) au->origin_ns = au->capture_ns - mix->delay_ns;
	au->key = true;
	ts_fanout_send(mix->fanout, au);
	ts_au_unref(&au);
}

/* An Opus encoder takes as long for silence as for speech. After 400 ms of it its packets have
 * become the same for every decoder: the last one is sent again in place of coding on. (Others cost
 * nothing, and G.722 must not be stopped: each sample follows from the last.) */
static bool is_at_rest(struct mix *mix, bool sounds)
{
	if (sounds || mix->codec != TS_CODEC_OPUS)
		mix->silent = mix->rest_len = 0;
	else if (mix->silent < SILENT_TICKS)
		mix->silent++;
	return mix->silent == SILENT_TICKS && mix->rest_len;
}

static void send_mix(struct ts_audio *a, struct mix *mix, const int16_t *own)
{
	int16_t pcm[TS_AUDIO_FRAME];
	uint8_t payload[TS_AUDIO_PACKET_MAX_BYTES];
	if (is_at_rest(mix, ts_mix_finish(pcm, a->sum, own, &mix->limiter))) {
		send_payload(a, mix, mix->rest, mix->rest_len);
		return;
	}
	int len = ts_audio_encode(mix->encoder, pcm, payload, sizeof payload);
	send_payload(a, mix, payload, len);
	if (mix->silent < SILENT_TICKS || len <= 0 || len > SILENT_BYTES) return;
	memcpy(mix->rest, payload, (size_t)len);
	mix->rest_len = len;
}

static void make_comfort(struct ts_audio *a, int64_t now_ns)
{
	float present = TS_COMFORT_NONE;
	for (size_t i = 0; i < a->plan->n; i++) {
		const struct member *e = &a->plan->member[i];
		float noise = e->pcm ? ts_voice_noise_dbov(e->m.voice) : TS_COMFORT_NONE;
		if (noise > present) present = noise;
	}
	ts_comfort_tick(&a->comfort, present, now_ns);
	ts_comfort_add(&a->comfort, a->sum);
}

static void mix_once(struct ts_audio *a, int64_t now_ns)
{
	memset(a->sum, 0, sizeof a->sum);
	a->delay_ns = a->next_delay_ns = 0;
	for (size_t i = 0; i < a->plan->n; i++) add_voice(a, &a->plan->member[i], now_ns);
	make_comfort(a, now_ns);
	follow_talkers(a, now_ns);
	group_listeners(a);
	for (size_t i = 0; i < TS_CODEC_COUNT; i++)
		for (size_t k = 0; k < RATES; k++)
			if (a->shared[i][k].encoder) {
				a->shared[i][k].delay_ns = a->delay_ns;
				send_mix(a, &a->shared[i][k], NULL);
			}
	for (size_t i = 0; i < a->plan->n; i++) {
		struct member *e = &a->plan->member[i];
		if (!e->own.encoder) continue;
		e->own.delay_ns = e->m.key == a->delay_key ? a->next_delay_ns : a->delay_ns;
		send_mix(a, &e->own, in_the_sum(a, e));
	}
}

static void close_shared(struct ts_audio *a)
{
	for (size_t i = 0; i < TS_CODEC_COUNT; i++)
		for (size_t k = 0; k < RATES; k++) mix_close(&a->shared[i][k]);
}

static void on_tick(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_audio *a = ts_container_of(timer, struct ts_audio, ticker.timer);
	take_plan(a);
	if (!a->plan || !a->plan->n) {
		ts_ticker_stop(&a->ticker);
		close_shared(a);
		return;
	}
	if (!ts_ticker_begin(&a->ticker, now_ns)) return;
	int64_t began_ns = ts_now_ns();
	/* the deadline, not the moment of a late worker: playout stays even */
	mix_once(a, ts_ticker_time_ns(&a->ticker));
	ts_observe(TS_STAGE_AUDIO, ts_now_ns() - began_ns);
	ts_ticker_end(&a->ticker);
}

/* A plan came while the clock stood still. */
static void on_wake(struct ts_task *task)
{
	struct ts_audio *a = ts_container_of(task, struct ts_audio, wake);
	ts_ticker_start(&a->ticker, ts_now_ns());
}

int ts_audio_create(struct ts_audio **out, struct ts_pool *pool, int64_t epoch_ns)
{
	struct ts_audio *a = calloc(1, sizeof *a);
	if (!a) return TS_ENOMEM;
	ts_comfort_init(&a->comfort);
	a->wake.fn = on_wake;
	int err = ts_strand_create(&a->strand, pool, TS_CLASS_TICK);
	if (err) {
		free(a);
		return err;
	}
	ts_ticker_init(&a->ticker, a->strand, epoch_ns, &counts, on_tick);
	ts_ticker_set_rate(&a->ticker, TICKS_PER_S);
	*out = a;
	return 0;
}

int ts_audio_publish(struct ts_audio *a, const struct ts_audio_member *members, size_t n)
{
	struct plan *fresh = calloc(1, sizeof *fresh + n * sizeof fresh->member[0]);
	if (!fresh) return TS_ENOMEM;
	fresh->n = n;
	for (size_t i = 0; i < n; i++) {
		fresh->member[i].m = members[i];
		if (members[i].voice) ts_voice_ref(members[i].voice);
		if (members[i].sender) ts_sender_ref(members[i].sender);
	}
	plan_free(atomic_exchange_explicit(&a->pending, fresh, memory_order_acq_rel));
	ts_strand_post(a->strand, &a->wake);
	return 0;
}

static void audio_free(void *arg)
{
	struct ts_audio *a = arg;
	plan_free(atomic_exchange(&a->pending, NULL));
	plan_free(a->plan);
	close_shared(a);
	a->done(a->done_arg);
	free(a);
}

void ts_audio_close(struct ts_audio *a, void (*done)(void *arg), void *arg)
{
	a->done = done;
	a->done_arg = arg;
	ts_strand_close(a->strand, audio_free, a);
}
