#include "mixer/audio.h"

#include "base/au.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/histogram.h"
#include "base/log.h"
#include "base/strand.h"
#include "codec/audio.h"
#include "mixer/mix.h"
#include "transport/fanout.h"
#include <stdlib.h>
#include <string.h>

#define FRAME_NS (20 * TS_NS_PER_MS)
#define KEEP_OWN_NS (500 * TS_NS_PER_MS)
enum { TICKS_PER_S = TS_AUDIO_RATE_HZ / TS_AUDIO_FRAME };

/* One distinct mix in one codec: its encoder and limiter go together, since both must continue without a seam. */
struct mix {
	enum ts_codec codec;
	struct ts_audio_encoder *encoder;
	struct ts_limiter limiter;
	struct ts_fanout *fanout;
};

struct member {
	struct ts_audio_member m;
	const int16_t *pcm;   /* of this tick; NULL: not in the sum */
	int64_t own_until_ns; /* gets his own mix until then */
	struct mix own;       /* encoder NULL: listens to the shared mix */
};

struct plan {
	size_t n;
	struct member member[];
};

struct ts_audio {
	struct ts_strand *strand;
	struct ts_task wake;
	struct ts_timer timer;
	_Atomic(struct plan *) pending;

	/* strand */
	int64_t epoch_ns, tick;
	bool ticking;
	struct plan *plan;
	struct mix shared[TS_CODEC_COUNT];
	bool regroup; /* who listens to the shared mixes has changed */
	int32_t sum[TS_AUDIO_FRAME];
	int16_t scaled[TS_AUDIO_FRAME];

	void (*done)(void *arg);
	void *done_arg;
};

static void mix_close(struct mix *mix)
{
	ts_audio_encoder_close(&mix->encoder);
	ts_fanout_unref(&mix->fanout);
}

static int mix_open(struct mix *mix, enum ts_codec codec)
{
	const struct ts_audio_encoder_config config = {.codec = codec, .bitrate_bps = 32000, .loss_percent = 5};
	mix->codec = codec;
	ts_limiter_init(&mix->limiter);
	int err = ts_audio_encoder_open(&mix->encoder, &config);
	if (err) ts_error("encoder failed", "codec=%s error=%s", ts_codec_name(codec), ts_strerror(err));
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
		if (from->m.key != to->m.key || from->m.sender != to->m.sender || from->m.codec != to->m.codec)
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

/* What of him is in the sum. */
static const int16_t *in_the_sum(struct ts_audio *a, const struct member *e)
{
	if (!e->pcm || e->m.gain == 1.0f) return e->pcm;
	ts_mix_gain(a->scaled, e->pcm, e->m.gain);
	return a->scaled;
}

static void listen(struct ts_audio *a, struct member *e, int64_t now_ns)
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
}

/* His own mix begins where the shared one is. */
static void start_own(struct ts_audio *a, struct member *e)
{
	struct mix *shared = &a->shared[e->m.codec];
	if (ts_fanout_create(&e->own.fanout, &e->m.sender, 1)) return;
	if (mix_open(&e->own, e->m.codec)) {
		mix_close(&e->own);
		return;
	}
	if (shared->encoder) ts_audio_encoder_copy(e->own.encoder, shared->encoder);
	if (shared->encoder) e->own.limiter = shared->limiter;
	a->regroup = true;
}

/* Back to the shared mix; if nobody listened to that, it continues from his. */
static void end_own(struct ts_audio *a, struct member *e)
{
	struct mix *shared = &a->shared[e->m.codec];
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

/* The shared mixes exist while somebody listens to them. */
static void group_listeners(struct ts_audio *a)
{
	if (!a->regroup) return;
	a->regroup = false;
	struct ts_sender **senders = malloc((a->plan->n + 1) * sizeof *senders);
	for (enum ts_codec codec = TS_CODEC_NONE; senders && codec < TS_CODEC_COUNT; codec++) {
		size_t n = 0;
		for (size_t i = 0; i < a->plan->n; i++) {
			const struct member *e = &a->plan->member[i];
			if (e->m.sender && e->m.codec == codec && !e->own.encoder) senders[n++] = e->m.sender;
		}
		struct mix *shared = &a->shared[codec];
		ts_fanout_unref(&shared->fanout);
		if (n == 0)
			mix_close(shared);
		else if ((shared->encoder || !mix_open(shared, codec)) && ts_fanout_create(&shared->fanout, senders, n))
			a->regroup = true;
	}
	if (!senders) a->regroup = true; /* out of memory: again next tick */
	free(senders);
}

static void send_mix(struct ts_audio *a, struct mix *mix, const int16_t *own)
{
	int16_t pcm[TS_AUDIO_FRAME];
	uint8_t payload[TS_AUDIO_PACKET_MAX_BYTES];
	ts_mix_finish(pcm, a->sum, own, &mix->limiter);
	int len = ts_audio_encode(mix->encoder, pcm, payload, sizeof payload);
	if (len <= 0 || !mix->fanout) return;
	struct ts_au *au = ts_au_create(1, (uint32_t)len);
	if (!au) return;
	memcpy(ts_au_add(au, (uint32_t)len), payload, (size_t)len);
	au->media_time = a->tick * (ts_codec_clock_hz(mix->codec) / TICKS_PER_S);
	au->capture_ns = a->epoch_ns + a->tick * FRAME_NS;
	au->key = true;
	ts_fanout_send(mix->fanout, au);
	ts_au_unref(&au);
}

static void mix_once(struct ts_audio *a, int64_t now_ns)
{
	memset(a->sum, 0, sizeof a->sum);
	for (size_t i = 0; i < a->plan->n; i++) listen(a, &a->plan->member[i], now_ns);
	follow_talkers(a, now_ns);
	group_listeners(a);
	for (size_t i = 0; i < TS_CODEC_COUNT; i++)
		if (a->shared[i].encoder) send_mix(a, &a->shared[i], NULL);
	for (size_t i = 0; i < a->plan->n; i++) {
		struct member *e = &a->plan->member[i];
		if (e->own.encoder) send_mix(a, &e->own, in_the_sum(a, e));
	}
}

static int64_t tick_time(const struct ts_audio *a, int64_t tick)
{
	return a->epoch_ns + tick * FRAME_NS;
}

static void on_tick(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_audio *a = ts_container_of(timer, struct ts_audio, timer);
	take_plan(a);
	if (!a->plan || !a->plan->n) {
		a->ticking = false;
		for (size_t i = 0; i < TS_CODEC_COUNT; i++) mix_close(&a->shared[i]);
		return;
	}
	int64_t at = (now_ns - a->epoch_ns) / FRAME_NS;
	if (at > a->tick) {
		ts_count_add(TS_C_LATE_AUDIO, at - a->tick);
		a->tick = at;
	}
	if (now_ns - tick_time(a, a->tick) > TS_TICK_DELAY_NS) ts_count(TS_C_DELAYED_AUDIO);
	int64_t began_ns = ts_now_ns();
	mix_once(a, tick_time(a, a->tick)); /* the deadline, not the moment of a late worker: playout stays even */
	ts_observe(TS_STAGE_AUDIO, ts_now_ns() - began_ns);
	ts_count(TS_C_TICKS_AUDIO);
	a->tick++;
	ts_strand_timer_set(a->strand, timer, tick_time(a, a->tick));
}

/* A plan came while the clock stood still. */
static void on_wake(struct ts_task *task)
{
	struct ts_audio *a = ts_container_of(task, struct ts_audio, wake);
	if (a->ticking) return;
	a->ticking = true;
	a->tick = (ts_now_ns() - a->epoch_ns) / FRAME_NS + 1;
	ts_strand_timer_set(a->strand, &a->timer, tick_time(a, a->tick));
}

int ts_audio_create(struct ts_audio **out, struct ts_pool *pool, int64_t epoch_ns)
{
	struct ts_audio *a = calloc(1, sizeof *a);
	if (!a) return TS_ENOMEM;
	a->epoch_ns = epoch_ns;
	a->timer.fn = on_tick;
	a->wake.fn = on_wake;
	int err = ts_strand_create(&a->strand, pool, TS_CLASS_TICK);
	if (err) {
		free(a);
		return err;
	}
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
	for (size_t i = 0; i < TS_CODEC_COUNT; i++) mix_close(&a->shared[i]);
	a->done(a->done_arg);
	free(a);
}

void ts_audio_close(struct ts_audio *a, void (*done)(void *arg), void *arg)
{
	a->done = done;
	a->done_arg = arg;
	ts_strand_close(a->strand, audio_free, a);
}
