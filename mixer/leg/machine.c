#include "mixer/leg/machine.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/loop.h"
#include "base/ring.h"
#include "codec/audio.h"
#include "codec/resample.h"
#include "mixer/leg/speech.h"
#include <stdlib.h>
#include <string.h>

enum {
	TOLD = 1024,  /* all marks that may wait, and 15 s of frames */
	PACKETS = 64, /* of the voice: more than its jitter buffer takes of a steady stream */
	OPUS_BPS = 64000,
	MULAW_SILENCE = 0xff,
	MULAW_FRAME = 160,
};

struct ts_machine {
	struct ts_ear ear;
	struct ts_machine_config config; /* heard NULL: nobody listens; control */
	int factor;                      /* 48 kHz / rate_hz */
	int64_t epoch_ns;
	struct ts_speech *speech;
	struct ts_ring told; /* strand --> control */
	struct ts_task wake; /* on control, with a reference while `woken` */
	atomic_bool woken;

	struct ts_leg leg;
	struct ts_leg_config peer; /* control; transport, way NULL */
	struct ts_task closed_task;
	bool started, opened, closing;
	struct ts_voice *voice; /* set before the first tick; NULL: it does not speak */
	atomic_bool closed;

	/* strand */
	struct ts_packet_pool *packets;
	int64_t seq;
	uint32_t number;
	struct ts_resample up, down;
	struct ts_audio_encoder *encoder; /* NULL: PCM */
	const void *mix;
	uint64_t talker[TS_EAR_TALKERS];
	size_t n_talkers;

	_Atomic uint64_t frames_in, bytes_in, frames_out, bytes_out;
	atomic_uint lost;
};

static struct ts_machine *of_leg(const struct ts_leg *leg)
{
	return ts_container_of(leg, struct ts_machine, leg);
}

/* ---- to control */

static void on_wake(struct ts_task *task)
{
	struct ts_machine *m = ts_container_of(task, struct ts_machine, wake);
	struct ts_machine_told *told;
	atomic_store(&m->woken, false);
	while ((told = ts_ring_pop(&m->told))) {
		if (m->config.heard) m->config.heard(m->config.arg, told);
		free(told);
	}
	ts_machine_unref(&m);
}

static void wake(struct ts_machine *m)
{
	if (atomic_exchange(&m->woken, true)) return;
	struct ts_machine *held = m;
	ts_ear_ref(&m->ear);
	if (ts_loop_post(m->config.control, &m->wake)) ts_machine_unref(&held); /* it has ended */
}

static uint32_t media_ms(const struct ts_machine *m, int64_t time_ns)
{
	return time_ns < m->epoch_ns ? 0 : (uint32_t)((time_ns - m->epoch_ns) / TS_NS_PER_MS);
}

static void tell(struct ts_machine *m, const struct ts_machine_told *what, const void *data)
{
	struct ts_machine_told *told = malloc(sizeof *told + what->len + 1u);
	if (told) {
		*told = *what;
		if (what->len) memcpy(told->data, data, what->len);
		told->data[what->len] = 0;
		if (!ts_ring_push(&m->told, told)) return;
		free(told);
	}
	if (what->what != TS_MACHINE_FRAME) return;
	atomic_fetch_add_explicit(&m->lost, 1, memory_order_relaxed);
	ts_count(TS_C_MACHINE_LOST_OUT);
}

/* ---- the strand: what is spoken */

static size_t decode_pcm(struct ts_machine *m, const uint8_t *data, size_t len, uint8_t *out)
{
	int16_t low[TS_AUDIO_FRAME], pcm[TS_AUDIO_FRAME];
	const size_t n = len / 2;
	for (size_t i = 0; i < n; i++) low[i] = (int16_t)(data[2 * i] | data[2 * i + 1] << 8);
	if (m->factor > 1) ts_resample_up(&m->up, low, pcm, n);
	memcpy(out, m->factor > 1 ? pcm : low, sizeof pcm);
	return sizeof pcm;
}

static void push_frame(
	struct ts_machine *m, const struct ts_speech_item *item, const struct ts_ear_tick *tick)
{
	struct ts_packet *packet = ts_packet_get(m->packets);
	if (!packet) {
		ts_count(TS_C_MACHINE_LOST_IN);
		return;
	}
	size_t len = item->len;
	if (m->config.codec == TS_CODEC_PCM)
		len = decode_pcm(m, item->data, item->len, packet->buf);
	else
		memcpy(packet->buf, item->data, item->len);
	packet->payload = packet->buf;
	packet->payload_len = packet->len = (uint32_t)len;
	packet->arrival_ns = tick->time_ns;
	packet->capture_ns = TS_CAPTURE_UNKNOWN;
	/* by the clock, so that a tick that was skipped, or another room's, is no jump */
	const int64_t hz = ts_codec_clock_hz(m->config.codec);
	packet->timestamp_rtp = (uint32_t)((tick->time_ns - m->epoch_ns) / TS_NS_PER_US * hz /
		1000000);
	packet->ssrc = 1;
	packet->ext_seq = m->seq;
	packet->seq = (uint16_t)m->seq++;
	packet->codec = (uint8_t)m->config.codec;
	packet->level = packet->vad = packet->turns = 255;
	packet->marker = packet->gap = packet->restored = packet->layer = 0;
	ts_voice_push(m->voice, packet);
}

static void speak(struct ts_machine *m, const struct ts_ear_tick *tick)
{
	struct ts_speech_item *item;
	while (m->voice && (item = ts_speech_take(m->speech))) {
		const bool is_mark = item->is_mark;
		if (is_mark)
			tell(m,
				&(struct ts_machine_told){.what = item->cleared ? TS_MACHINE_CLEARED
										: TS_MACHINE_MARK,
					.time_ms = media_ms(m, tick->time_ns),
					.len = item->len},
				item->data);
		else
			push_frame(m, item, tick);
		free(item);
		if (!is_mark) break;
	}
}

/* ---- the strand: what is heard */

static void tell_talker(struct ts_machine *m, const struct ts_ear_tick *tick, uint64_t key,
	enum ts_machine_tell what)
{
	tell(m,
		&(struct ts_machine_told){
			.what = what, .time_ms = media_ms(m, tick->time_ns), .key = key},
		NULL);
}

static bool has(const uint64_t *keys, size_t n, uint64_t key)
{
	for (size_t i = 0; i < n; i++)
		if (keys[i] == key) return true;
	return false;
}

/* Who ended, then who began. Keys of another room are others'. */
static void follow_talkers(struct ts_machine *m, const struct ts_ear_tick *tick)
{
	const bool moved = m->mix && m->mix != tick->mix;
	size_t n = 0;
	uint64_t now[TS_EAR_TALKERS];
	for (size_t i = 0; i < tick->n_talkers; i++)
		if (tick->talkers[i] != tick->self) now[n++] = tick->talkers[i];
	for (size_t i = 0; i < m->n_talkers; i++)
		if (moved || !has(now, n, m->talker[i]))
			tell_talker(m, tick, m->talker[i], TS_MACHINE_SILENT);
	for (size_t i = 0; i < n; i++)
		if (moved || !has(m->talker, m->n_talkers, now[i]))
			tell_talker(m, tick, now[i], TS_MACHINE_TALKS);
	memcpy(m->talker, now, n * sizeof now[0]);
	m->n_talkers = n;
	m->mix = tick->mix;
}

static int encode(struct ts_machine *m, const int16_t *pcm, uint8_t *out, size_t cap)
{
	int16_t low[TS_AUDIO_FRAME];
	if (m->encoder) return ts_audio_encode(m->encoder, pcm, out, cap);
	const size_t n = (size_t)(TS_AUDIO_FRAME / m->factor);
	if (m->factor > 1) {
		ts_resample_down(&m->down, pcm, low, n);
		pcm = low;
	}
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = (uint8_t)pcm[i];
		out[2 * i + 1] = (uint8_t)((uint16_t)pcm[i] >> 8);
	}
	return (int)(2 * n);
}

static void give_frame(struct ts_machine *m, const struct ts_ear_tick *tick)
{
	uint8_t bytes[TS_SPEECH_FRAME_BYTES];
	const int len = encode(m, tick->pcm, bytes, sizeof bytes);
	if (len <= 0) return;
	atomic_fetch_add_explicit(&m->frames_out, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&m->bytes_out, (uint64_t)len, memory_order_relaxed);
	tell(m,
		&(struct ts_machine_told){.what = TS_MACHINE_FRAME,
			.time_ms = media_ms(m, tick->time_ns),
			.number = m->number++,
			.len = (uint16_t)len},
		bytes);
}

static void on_hear(struct ts_ear *ear, const struct ts_ear_tick *tick)
{
	struct ts_machine *m = ts_container_of(ear, struct ts_machine, ear);
	if (atomic_load_explicit(&m->closed, memory_order_acquire)) return;
	speak(m, tick);
	follow_talkers(m, tick);
	give_frame(m, tick);
	wake(m);
}

/* ---- life */

static void machine_free(struct ts_ear *ear)
{
	struct ts_machine *m = ts_container_of(ear, struct ts_machine, ear);
	for (void *told; (told = ts_ring_pop(&m->told));) free(told);
	ts_ring_fini(&m->told);
	ts_speech_destroy(&m->speech);
	ts_audio_encoder_close(&m->encoder);
	ts_packet_pool_close(&m->packets);
	ts_voice_unref(&m->voice);
	free(m);
}

static const struct ts_ear_ops ear_ops = {.hear = on_hear, .free = machine_free};

void ts_machine_unref(struct ts_machine **machine)
{
	struct ts_ear *ear = *machine ? &(*machine)->ear : NULL;
	*machine = NULL;
	ts_ear_unref(&ear);
}

/* 0: there is no such one. */
static int factor_of(const struct ts_machine_config *config)
{
	if (config->codec == TS_CODEC_OPUS || config->codec == TS_CODEC_PCMU) return 1;
	if (config->codec != TS_CODEC_PCM) return 0;
	switch (config->rate_hz) {
	case 8000: return 6;
	case 16000: return 3;
	case 24000: return 2;
	case 48000: return 1;
	default: return 0;
	}
}

static int make_parts(struct ts_machine *m)
{
	const enum ts_codec codec = m->config.codec;
	const bool pcm = codec == TS_CODEC_PCM, mulaw = codec == TS_CODEC_PCMU;
	const size_t frame_bytes = pcm ? 2 * (size_t)(TS_AUDIO_FRAME / m->factor)
		: mulaw                ? MULAW_FRAME
				       : 0;
	int err = ts_ring_init(&m->told, TOLD);
	if (!err) err = ts_packet_pool_create(&m->packets, PACKETS);
	if (!err) err = ts_speech_create(&m->speech, frame_bytes, mulaw ? MULAW_SILENCE : 0);
	if (!err && !pcm)
		err = ts_audio_encoder_open(&m->encoder,
			&(struct ts_audio_encoder_config){
				.codec = codec, .bitrate_bps = mulaw ? 0 : OPUS_BPS});
	if (!err && m->factor > 1) {
		ts_resample_init(&m->up, m->factor);
		ts_resample_init(&m->down, m->factor);
	}
	return err;
}

static void on_closed(struct ts_task *task);

int ts_machine_create(struct ts_machine **out, const struct ts_machine_config *config)
{
	const int factor = factor_of(config);
	if (!factor) return TS_EUNSUPPORTED;
	struct ts_machine *m = calloc(1, sizeof *m);
	if (!m) return TS_ENOMEM;
	ts_ear_init(&m->ear, &ear_ops);
	m->leg.ops = &ts_machine_leg;
	m->config = *config;
	m->factor = factor;
	m->epoch_ns = ts_now_ns();
	m->wake.fn = on_wake;
	m->closed_task.fn = on_closed;
	const int err = make_parts(m);
	if (err && !m->told.slots) {
		free(m);
		return err;
	}
	if (err) {
		ts_machine_unref(&m);
		return err;
	}
	*out = m;
	return 0;
}

void ts_machine_forget(struct ts_machine *m)
{
	m->config.heard = NULL;
}

void ts_machine_open(struct ts_machine *m)
{
	if (!m->started || m->opened || m->closing) return;
	m->opened = true;
	m->peer.events->connected(m->peer.arg);
}

int ts_machine_speak(struct ts_machine *m, const uint8_t *data, size_t len)
{
	if (!m->voice || !len) return 0;
	if (m->config.codec == TS_CODEC_OPUS &&
		(len > TS_AUDIO_PACKET_MAX_BYTES ||
			ts_audio_payload_samples(TS_CODEC_OPUS, data, len) != TS_AUDIO_FRAME))
		return TS_EBADMSG;
	atomic_fetch_add_explicit(&m->frames_in, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&m->bytes_in, len, memory_order_relaxed);
	const int lost = ts_speech_push(m->speech, data, len);
	if (lost > 0) ts_count_add(TS_C_MACHINE_LOST_IN, lost);
	return lost;
}

int ts_machine_mark(struct ts_machine *m, const char *name)
{
	return m->voice ? ts_speech_mark(m->speech, name) : TS_EUNSUPPORTED;
}

void ts_machine_clear(struct ts_machine *m)
{
	ts_speech_clear(m->speech);
}

size_t ts_machine_waiting(struct ts_machine *m)
{
	return ts_speech_waiting(m->speech);
}

void ts_machine_hear(struct ts_machine *m, enum ts_ear_hears hears, uint64_t one)
{
	ts_ear_set(&m->ear, hears, one);
}

uint32_t ts_machine_lost(struct ts_machine *m)
{
	return atomic_exchange_explicit(&m->lost, 0, memory_order_relaxed);
}

/* ---- the leg */

static int leg_start(struct ts_leg **out, const struct ts_leg_config *config)
{
	struct ts_machine *m = (struct ts_machine *)(uintptr_t)config->way;
	ts_ear_ref(&m->ear);
	m->peer = *config;
	m->peer.transport = NULL;
	m->peer.way = NULL;
	m->started = true;
	if (config->voice) {
		m->voice = ts_voice_ref(config->voice);
		ts_voice_set_ungated(m->voice);
	}
	*out = &m->leg;
	return 0;
}

static void on_closed(struct ts_task *task)
{
	struct ts_machine *m = ts_container_of(task, struct ts_machine, closed_task);
	m->peer.events->closed(m->peer.arg);
	ts_machine_unref(&m);
}

static void leg_close(struct ts_leg *leg)
{
	struct ts_machine *m = of_leg(leg);
	m->closing = true;
	atomic_store_explicit(&m->closed, true, memory_order_release);
	ts_loop_post(m->config.control, &m->closed_task);
}

static struct ts_ear *leg_ear(struct ts_leg *leg)
{
	return &of_leg(leg)->ear;
}

static struct ts_sender *leg_sender(struct ts_leg *leg, size_t media)
{
	(void)leg;
	(void)media;
	return NULL;
}

static void leg_stats(const struct ts_leg *leg, size_t media, struct ts_media_stats *out)
{
	const struct ts_machine *m = of_leg(leg);
	(void)media;
	*out = (struct ts_media_stats){
		.packets_in = atomic_load_explicit(&m->frames_in, memory_order_relaxed),
		.bytes_in = atomic_load_explicit(&m->bytes_in, memory_order_relaxed),
		.packets_out = atomic_load_explicit(&m->frames_out, memory_order_relaxed),
		.bytes_out = atomic_load_explicit(&m->bytes_out, memory_order_relaxed)};
}

static void leg_set_bps(struct ts_leg *leg, uint32_t bps)
{
	(void)leg;
	(void)bps;
}

static int leg_no_ice(struct ts_leg *leg, const struct ts_ice_description *remote)
{
	(void)leg;
	(void)remote;
	return TS_EUNSUPPORTED;
}

static int leg_no_change(struct ts_leg *leg, const struct ts_transport_config *config)
{
	(void)leg;
	(void)config;
	return TS_EUNSUPPORTED;
}

static void leg_prove(struct ts_leg *leg, const char *host)
{
	(void)leg;
	(void)host;
}

const struct ts_leg_ops ts_machine_leg = {
	.start = leg_start,
	.close = leg_close,
	.sender = leg_sender,
	.stats = leg_stats,
	.set_receive_bps = leg_set_bps,
	.set_wanted_bps = leg_set_bps,
	.trickle = leg_no_ice,
	.restart = leg_no_ice,
	.answer = leg_no_change,
	.update = leg_no_change,
	.prove = leg_prove,
	.ear = leg_ear,
};
