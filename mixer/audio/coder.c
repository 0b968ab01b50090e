#include "mixer/audio/coder.h"
#include "base/au.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "codec/audio.h"
#include "mixer/audio/limiter.h"
#include "transport/rtp/red.h"
#include <stdlib.h>
#include <string.h>

enum {
	TICK_MS = 20,
	REST_MS = 400,
	SILENT_TICKS = REST_MS /
		TICK_MS,       /* of nothing but zeros, and the encoder has come to rest */
	SILENT_BYTES = 128,    /* a packet of silence has some 40 */
	OPUS_ONE_FRAME = 0xfc, /* of the first byte: but for how many frames there are */
	DELIVERIES = 2 * (TS_AUDIO_RED_MAX + 1), /* red, without and with dtx */
	SAMPLES_PER_MS = TS_AUDIO_RATE_HZ / 1000,
};

/* A frame that was sent, and may be again. */
struct past {
	int64_t media_time;
	int len; /* 0: none */
	uint8_t bytes[TS_RED_BLOCK_BYTES_MAX];
};

/* One packet. */
struct piece {
	int64_t media_time, time_ns;
	int64_t delay_ns; /* of its tick */
	const uint8_t *payload;
	int len;
	bool talk_start;
};

struct ts_coder {
	enum ts_codec codec;
	struct ts_audio_profile profile;
	struct ts_audio_encoder *encoder;
	struct ts_limiter limiter;
	struct ts_fanout *fanout[DELIVERIES]; /* NULL: nobody gets it so */
	struct ts_sink *sink[TS_CODER_SINKS];
	size_t n_sinks;
	AVPacket *packet; /* for sinks: refers to a payload for a call; NULL: there was none yet */
	/* the last frames, the latest first */
	struct past past[TS_AUDIO_RED_MAX];

	int silent;   /* ticks in a row */
	int rest_len; /* of the packet that stands for silence; 0: not made yet */
	int rest_ms;  /* since when it does, modulo REST_MS; 0: it does not */
	uint8_t rest[SILENT_BYTES];

	/* frames longer than a tick */
	int64_t frame; /* its number: ticks / those of a frame; -1: none has begun */
	int filled;    /* ticks of it that are in pcm, and were not sent */
	/* the first ticks of pcm are sent before tick owed_before, one by one: they are what was
	 * in a longer frame that is sent no more */
	int owed;
	int64_t owed_before;
	int16_t pcm[2 * TS_AUDIO_FRAME_MAX];
};

static int frame_ms(const struct ts_coder *c)
{
	return c->profile.frame_ms ? c->profile.frame_ms : TICK_MS;
}

static int channels(const struct ts_coder *c)
{
	return c->profile.stereo ? 2 : 1;
}

static struct ts_audio_encoder_config config_of(
	enum ts_codec codec, const struct ts_audio_profile *profile)
{
	return (struct ts_audio_encoder_config){.codec = codec,
		.bitrate_bps = profile->bitrate_bps,
		.loss_percent = profile->fec_percent,
		.stereo = profile->stereo,
		.music = profile->music,
		.frame_ms = profile->frame_ms};
}

/* ---- life */

/* After frames of before_ms: one that has begun is not lost with them. */
static void change_frame(struct ts_coder *c, int before_ms)
{
	if (before_ms == frame_ms(c)) return;
	if (c->frame >= 0 && before_ms > TICK_MS && frame_ms(c) <= TICK_MS) {
		c->owed = c->filled;
		c->owed_before = c->frame * (before_ms / TICK_MS) + c->filled;
	}
	c->frame = -1;
	c->filled = 0;
}

static bool is_like(const struct ts_audio_profile *a, const struct ts_audio_profile *b)
{
	return a->stereo == b->stereo && a->music == b->music;
}

static void continue_from(struct ts_coder *c, const struct ts_coder *from)
{
	ts_audio_encoder_copy(c->encoder, from->encoder);
	c->limiter = from->limiter;
	c->rest_ms = from->rest_ms;
	memcpy(c->past, from->past, sizeof c->past);
	c->frame = from->frame;
	c->filled = from->filled;
	memcpy(c->pcm, from->pcm, sizeof c->pcm);
	change_frame(c, frame_ms(from));
}

int ts_coder_create(struct ts_coder **out, enum ts_codec codec,
	const struct ts_audio_profile *profile, const struct ts_coder *from)
{
	const struct ts_audio_encoder_config config = config_of(codec, profile);
	*out = NULL;
	struct ts_coder *c = calloc(1, sizeof *c);
	if (!c) return TS_ENOMEM;
	c->codec = codec;
	c->profile = *profile;
	c->frame = -1;
	ts_limiter_init(&c->limiter);
	int err = ts_audio_encoder_open(&c->encoder, &config);
	if (err) {
		ts_log_limited(TS_LOG_ERROR, "encoder failed", "codec=%s error=%s",
			ts_codec_name(codec), ts_strerror(err));
		free(c);
		return err;
	}
	if (from && is_like(&from->profile, profile)) continue_from(c, from);
	*out = c;
	return 0;
}

static void forget_receivers(struct ts_coder *c)
{
	for (int i = 0; i < DELIVERIES; i++) ts_fanout_unref(&c->fanout[i]);
}

static void forget_sinks(struct ts_coder *c)
{
	while (c->n_sinks) ts_sink_unref(&c->sink[--c->n_sinks]);
}

void ts_coder_destroy(struct ts_coder **coder)
{
	struct ts_coder *c = *coder;
	*coder = NULL;
	if (!c) return;
	ts_audio_encoder_close(&c->encoder);
	forget_receivers(c);
	forget_sinks(c);
	av_packet_free(&c->packet);
	free(c);
}

enum ts_codec ts_coder_codec(const struct ts_coder *c)
{
	return c->codec;
}

const struct ts_audio_profile *ts_coder_profile(const struct ts_coder *c)
{
	return &c->profile;
}

/* Another number of channels, or another kind of sound. */
static int begin_anew(struct ts_coder *c, const struct ts_audio_profile *profile)
{
	const struct ts_audio_encoder_config config = config_of(c->codec, profile);
	struct ts_audio_encoder *fresh;
	const int err = ts_audio_encoder_open(&fresh, &config);
	if (err) return err;
	ts_audio_encoder_close(&c->encoder);
	c->encoder = fresh;
	c->profile = *profile;
	c->frame = -1;
	c->filled = c->owed = c->rest_len = c->silent = 0;
	ts_limiter_init(&c->limiter);
	return 0;
}

int ts_coder_set(struct ts_coder *c, const struct ts_audio_profile *profile)
{
	const struct ts_audio_encoder_config config = config_of(c->codec, profile);
	if (ts_audio_profile_equal(&c->profile, profile)) return 0;
	if (!is_like(&c->profile, profile)) return begin_anew(c, profile);
	const int before_ms = frame_ms(c);
	c->profile = *profile;
	change_frame(c, before_ms);
	c->rest_len = 0; /* it may be of another length in time */
	return ts_audio_encoder_set(c->encoder, &config);
}

static int index_of(const struct ts_audio_delivery *d)
{
	return 2 * d->red + d->dtx;
}

int ts_coder_send_to(struct ts_coder *c, const struct ts_coder_receiver *receivers, size_t n,
	struct ts_sender **scratch)
{
	int err = 0;
	forget_receivers(c);
	for (int k = 0; k < DELIVERIES; k++) {
		size_t of = 0;
		for (size_t i = 0; i < n; i++)
			if (index_of(&receivers[i].delivery) == k)
				scratch[of++] = receivers[i].sender;
		if (of && ts_fanout_create(&c->fanout[k], scratch, of)) err = TS_ENOMEM;
	}
	return err;
}

int ts_coder_set_sinks(struct ts_coder *c, struct ts_sink *const *sinks, size_t n)
{
	for (size_t i = 0; i < n; i++) ts_sink_ref(sinks[i]);
	forget_sinks(c);
	if (n && !c->packet && !(c->packet = av_packet_alloc())) {
		for (size_t i = 0; i < n; i++) ts_sink_unref(&(struct ts_sink *){sinks[i]});
		return TS_ENOMEM;
	}
	for (size_t i = 0; i < n; i++) c->sink[c->n_sinks++] = sinks[i];
	return 0;
}

/* ---- packets */

static struct ts_au *new_au(const struct piece *p, size_t bytes)
{
	struct ts_au *au = ts_au_create(1, (uint32_t)bytes);
	if (!au) return NULL;
	au->media_time = p->media_time;
	au->capture_ns = p->time_ns;
	if (p->delay_ns) au->origin_ns = p->time_ns - p->delay_ns;
	au->key = true;
	return au;
}

/* Who restores a frame may count packets: behind a gap nothing is of use. */
static unsigned usable_past(const struct ts_coder *c, const struct piece *p, unsigned depth)
{
	unsigned n = 0;
	while (n < depth && c->past[n].len && p->media_time > c->past[n].media_time &&
		p->media_time - c->past[n].media_time <= TS_RED_OFFSET_MAX)
		n++;
	return n;
}

/* The frame behind up to `depth` of the past; false: there is none to repeat. */
static bool with_past(
	struct ts_red *red, const struct ts_coder *c, const struct piece *p, unsigned depth)
{
	red->n = 0;
	for (unsigned i = usable_past(c, p, depth); i--;)
		red->block[red->n++] = (struct ts_red_block){
			.offset = (uint16_t)(p->media_time - c->past[i].media_time),
			.len = (uint32_t)c->past[i].len,
			.data = c->past[i].bytes};
	red->block[red->n++] = (struct ts_red_block){.len = (uint32_t)p->len, .data = p->payload};
	const size_t bytes = ts_red_bytes(red);
	return red->n > 1 && bytes && bytes <= TS_MTU_PAYLOAD;
}

static struct ts_au *make_au(const struct ts_coder *c, const struct piece *p, unsigned depth)
{
	struct ts_red red;
	struct ts_au *au;
	if (depth && with_past(&red, c, p, depth)) {
		const size_t bytes = ts_red_bytes(&red);
		if (!(au = new_au(p, bytes))) return NULL;
		ts_red_write(ts_au_add(au, (uint32_t)bytes), &red);
		au->red = true;
		ts_count_add(TS_C_RED_SENT, (int64_t)red.n - 1);
	} else {
		if (!(au = new_au(p, (size_t)p->len))) return NULL;
		memcpy(ts_au_add(au, (uint32_t)p->len), p->payload, (size_t)p->len);
	}
	return au;
}

/* talk_start: of those for whom it was a pause. */
static void send_piece(const struct ts_coder *c, const struct piece *p, int delivery)
{
	struct ts_au *au = c->fanout[delivery] ? make_au(c, p, (unsigned)delivery / 2) : NULL;
	if (!au) return;
	au->talk_start = p->talk_start && delivery % 2;
	ts_fanout_send(c->fanout[delivery], au);
	ts_au_unref(&au);
}

/* What a packet begins with is of so much earlier: the limiter looks ahead, and Opus's encoder.
 * Files say when a packet begins and know nothing of that, and beside pictures it is seen. */
static int64_t coding_ns(const struct ts_coder *c)
{
	return TS_LIMITER_NS +
		(c->codec == TS_CODEC_OPUS ? TS_OPUS_AHEAD * TS_NS_PER_S / TS_AUDIO_RATE_HZ : 0);
}

static void give_to_sinks(const struct ts_coder *c, const struct piece *p)
{
	const struct ts_unit_time time = {.media_time = p->media_time,
		.capture_ns = p->time_ns - coding_ns(c),
		.now_ns = p->time_ns,
		.duration_ns = frame_ms(c) * TS_NS_PER_MS};
	if (!c->n_sinks) return;
	c->packet->data = (uint8_t *)(uintptr_t)p->payload;
	c->packet->size = p->len;
	c->packet->flags = AV_PKT_FLAG_KEY;
	for (size_t i = 0; i < c->n_sinks; i++)
		c->sink[i]->ops->packet(c->sink[i], c->packet, &time);
	c->packet->data = NULL;
	c->packet->size = 0;
}

static void remember(struct ts_coder *c, const struct piece *p)
{
	for (int i = TS_AUDIO_RED_MAX - 1; i > 0; i--) {
		c->past[i].media_time = c->past[i - 1].media_time;
		c->past[i].len = c->past[i - 1].len;
		memcpy(c->past[i].bytes, c->past[i - 1].bytes, (size_t)c->past[i].len);
	}
	c->past[0].media_time = p->media_time;
	c->past[0].len = p->len <= TS_RED_BLOCK_BYTES_MAX ? p->len : 0;
	memcpy(c->past[0].bytes, p->payload, (size_t)c->past[0].len);
}

/* ---- rest */

/* An Opus encoder takes as long for silence as for speech. After 400 ms of it its packets have
 * become the same for every decoder: the last one is sent again in place of coding on. (Others cost
 * nothing, and G.722 must not be stopped: each sample follows from the last.) */
static bool is_at_rest(const struct ts_coder *c)
{
	return c->silent == SILENT_TICKS && c->rest_len;
}

static void send_rest(struct ts_coder *c, struct piece *p)
{
	const uint8_t empty = c->rest[0] & OPUS_ONE_FRAME;
	const int since_ms = c->rest_ms % REST_MS;
	p->payload = c->rest;
	p->len = c->rest_len;
	for (int i = 0; i < TS_AUDIO_RED_MAX; i++) c->past[i].len = 0;
	give_to_sinks(c, p);
	for (int k = 0; k < DELIVERIES; k++)
		if (k % 2 == 0 || since_ms < frame_ms(c)) send_piece(c, p, k);
	struct piece nothing = *p;
	nothing.payload = &empty;
	nothing.len = 1;
	for (int k = 1; k < DELIVERIES; k += 2)
		if (since_ms >= frame_ms(c) && since_ms < 2 * frame_ms(c))
			send_piece(c, &nothing, k);
	c->rest_ms += frame_ms(c);
	if (c->rest_ms >= 2 * REST_MS) c->rest_ms -= REST_MS;
}

static void code(struct ts_coder *c, struct piece *p, const int16_t *pcm)
{
	uint8_t payload[TS_AUDIO_PACKET_MAX_BYTES];
	p->payload = payload;
	p->len = ts_audio_encode(c->encoder, pcm, payload, sizeof payload);
	if (p->len <= 0) return;
	p->talk_start = c->rest_ms > 0;
	c->rest_ms = 0;
	for (int k = 0; k < DELIVERIES; k++) send_piece(c, p, k);
	give_to_sinks(c, p);
	remember(c, p);
	if (c->silent < SILENT_TICKS || p->len > SILENT_BYTES) return;
	memcpy(c->rest, payload, (size_t)p->len);
	c->rest_len = p->len;
}

static void send_frame(struct ts_coder *c, struct piece *p, const int16_t *pcm)
{
	p->talk_start = false;
	if (is_at_rest(c))
		send_rest(c, p);
	else
		code(c, p, pcm);
}

/* ---- a tick */

static void follow_silence(struct ts_coder *c, bool sounds)
{
	if (sounds || c->codec != TS_CODEC_OPUS)
		c->silent = c->rest_len = 0;
	else if (c->silent < SILENT_TICKS)
		c->silent++;
}

/* A frame of several ticks: they begin where the room's epoch says, so that all coders are in step.
 * A tick that was skipped is silent. */
static void run_long(struct ts_coder *c, const struct ts_coder_tick *tick, const int16_t *pcm)
{
	const int64_t ticks = frame_ms(c) / TICK_MS, frame = tick->number / ticks,
		      at = tick->number % ticks;
	/* Begun in the middle: what was sent before has the time of the frame's beginning. */
	if (c->frame < 0 && at) return;
	if (frame != c->frame) memset(c->pcm, 0, sizeof c->pcm);
	c->frame = frame;
	const size_t samples = (size_t)channels(c) * TS_AUDIO_FRAME;
	memcpy(c->pcm + (size_t)at * samples, pcm, samples * sizeof *pcm);
	c->filled = (int)at + 1;
	if (at + 1 < ticks) return;
	c->filled = 0;
	struct piece p = {.media_time = frame * ticks * TS_AUDIO_FRAME,
		.time_ns = tick->time_ns - at * TICK_MS * TS_NS_PER_MS,
		.delay_ns = tick->delay_ns};
	send_frame(c, &p, c->pcm);
}

static void run_short(struct ts_coder *c, const struct ts_coder_tick *tick, const int16_t *pcm)
{
	const int64_t per_ms = ts_codec_clock_hz(c->codec) / 1000;
	for (int ms = 0; ms < TICK_MS; ms += frame_ms(c)) {
		struct piece p = {.media_time = (tick->number * TICK_MS + ms) * per_ms,
			.time_ns = tick->time_ns + ms * TS_NS_PER_MS,
			.delay_ns = tick->delay_ns};
		send_frame(c, &p, pcm + ms * SAMPLES_PER_MS * channels(c));
	}
}

static void send_owed(struct ts_coder *c, const struct ts_coder_tick *tick)
{
	struct ts_coder_tick before = *tick;
	const int owed = c->owed_before == tick->number ? c->owed : 0; /* else ticks were skipped */
	c->owed = 0;
	for (int i = 0; i < owed; i++) {
		before.number = tick->number - owed + i;
		before.time_ns = tick->time_ns - (owed - i) * TICK_MS * TS_NS_PER_MS;
		run_short(c, &before, c->pcm + i * TS_AUDIO_FRAME * channels(c));
	}
}

void ts_coder_run(struct ts_coder *c, const struct ts_coder_tick *tick)
{
	int16_t pcm[2 * TS_AUDIO_FRAME];
	const struct ts_bus *sum = tick->sum;
	follow_silence(c,
		c->profile.stereo ? ts_limiter_run_stereo(&c->limiter, pcm, sum->plane[TS_BUS_LEFT],
					    sum->plane[TS_BUS_RIGHT])
				  : ts_limiter_run(&c->limiter, pcm, sum->plane[TS_BUS_MONO]));
	if (c->owed) send_owed(c, tick);
	if (frame_ms(c) > TICK_MS)
		run_long(c, tick, pcm);
	else
		run_short(c, tick, pcm);
}
