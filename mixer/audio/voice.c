#include "mixer/audio/voice.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/histogram.h"
#include "base/hold.h"
#include "base/ref.h"
#include "base/ring.h"
#include "codec/audio.h"
#include "codec/level.h"
#include "mixer/audio/activity.h"
#include "mixer/audio/drift.h"
#include "mixer/audio/dtmf.h"
#include "mixer/audio/enhance.h"
#include "mixer/audio/mix.h"
#include "mixer/audio/pcm_queue.h"
#include "mixer/audio/resample.h"
#include "mixer/audio/stereo.h"
#include "mixer/sync/lipsync.h"
#include "transport/rtp/jitter.h"
#include <stdlib.h>
#include <string.h>

enum {
	PACKETS = 256,
	TONES = 16,
	/* silent packets that warm the decoder up before the first one heard */
	KEPT = 3,
	/* by how much a level header may understate before it is no longer believed */
	LEVEL_SLACK_DB = 15,
	RAMP = 96,       /* samples: 2 ms */
	CONCEAL_MAX = 3, /* frames made up when packets stop in the middle of speech */
	SMOOTH = 16,
	QUIET_DBOV = -60,
	QUIET_ABOVE_FLOOR_DB = 3, /* hardly above the noise */
	STILL_DBOV = -50,         /* a steady tone is no noise, though its floor is as high */
	OPUS_DTX_BYTES = 2,
	G729_SID_BYTES = 2,
	CONCEAL_STEP = TS_AUDIO_RATE_HZ / 400, /* 2.5 ms: finer times codecs do not conceal */
};

#define SPOT_CHECK_NS TS_NS_PER_S
#define MARGIN_NS (3 * TS_NS_PER_MS) /* of drift, which keeps a delay only so exactly */
#define DISTRUST_NS (10 * TS_NS_PER_S)

struct ts_voice {
	struct ts_ref refs;
	struct ts_hold hold; /* of the strand that ticks */
	struct ts_ring packets;

	/* strand */
	struct ts_jitter *jitter;
	uint32_t clock_hz; /* of the jitter buffer */
	struct ts_audio_decoder *decoder;
	enum ts_codec codec;
	struct ts_stereo *stereo; /* its decoder makes pairs; NULL: one channel */
	struct ts_pcm_queue pcm;  /* decoded, not yet played */
	int packet_samples;       /* of the last packet: what a lost one stands for */
	int concealed;            /* frames in a row */
	struct ts_packet *kept[KEPT];
	int n_kept;
	bool cold; /* packets were not decoded: the decoder's state is old */
	struct ts_drift drift;
	int64_t check_ns, distrust_until_ns;
	struct ts_lipsync *lipsync; /* NULL: no picture goes with it */
	int64_t extra_ns;           /* it waits for that */
	int64_t delay_ns;           /* since the capture; 0: not known */
	int64_t waited_ns;          /* since the arrival, smoothed */
	struct ts_activity activity;
	bool open;     /* the gate */
	bool ungated;  /* ... is open whenever something comes */
	bool still;    /* what was decoded last is silence */
	bool sounding; /* something was in this tick's frame */
	bool has_side; /* ... and side goes with it */
	struct ts_enhance enhance;
	int16_t frame[TS_AUDIO_FRAME], side[TS_AUDIO_FRAME];

	atomic_bool is_music;
	atomic_bool wants_tones;
	bool listens; /* dtmf is up to date */
	struct ts_dtmf dtmf;
	/* keys that wait for control: written by the strand, read by control */
	_Atomic char tone[TONES];
	atomic_uint tones_in, tones_out;

	atomic_int info_codec, info_level, info_speech_level;
	atomic_bool info_talking, info_speech;
	atomic_int_fast64_t info_last_talk_ns, info_waited_ns;
};

static void forget_kept(struct ts_voice *v)
{
	while (v->n_kept) ts_packet_unref(&v->kept[--v->n_kept]);
}

static bool is_music(const struct ts_voice *v)
{
	return atomic_load_explicit(&v->is_music, memory_order_relaxed);
}

/* Two channels once a packet has them, and not for what a suppressor of noise makes later. */
static bool wants_stereo(const struct ts_voice *v, const struct ts_packet *p)
{
	if (p->codec != TS_CODEC_OPUS || !is_music(v) || v->enhance.denoise) return false;
	return v->stereo || ts_audio_payload_is_stereo(p->codec, p->payload, p->payload_len);
}

/* A peer may change codec in mid-stream. */
static int follow_codec(struct ts_voice *v, const struct ts_packet *p)
{
	const bool stereo = wants_stereo(v, p);
	if (p->codec == v->codec && v->decoder && stereo == (v->stereo != NULL)) return 0;
	ts_audio_decoder_close(&v->decoder);
	ts_stereo_close(&v->stereo, &v->pcm);
	forget_kept(v);
	v->codec = p->codec;
	if (stereo && !ts_stereo_open(&v->stereo, &v->pcm))
		return ts_audio_decoder_open_stereo(&v->decoder);
	return ts_audio_decoder_open(&v->decoder, p->codec);
}

/* Decodes one packet behind what is in pcm; the samples it gave. */
static int decode(struct ts_voice *v, const struct ts_packet *p)
{
	int n = v->stereo
		? ts_stereo_decode(v->stereo, v->decoder, p->payload, p->payload_len)
		: ts_audio_decode(v->decoder, p->payload, p->payload_len,
			  ts_pcm_queue_at(&v->pcm, v->pcm.count), ts_pcm_queue_room(&v->pcm));
	if (n < 0) {
		ts_count(TS_C_DECODE_ERRORS);
		ts_pcm_queue_silence(&v->pcm, v->packet_samples);
		return 0;
	}
	v->pcm.count += n;
	v->packet_samples = n;
	return n;
}

static enum ts_vad vad_of(const struct ts_packet *p)
{
	return p->level > 127 || p->vad > 1 ? TS_VAD_UNKNOWN : p->vad ? TS_VAD_YES : TS_VAD_NO;
}

/* Tells how loud the last n samples are, by frames: a long packet may be loud at its end alone. */
static int judge(struct ts_voice *v, int n, enum ts_vad vad)
{
	int most = -127;
	for (const int16_t *at = ts_pcm_queue_at(&v->pcm, v->pcm.count - n); n > 0;
		at += TS_AUDIO_FRAME, n -= TS_AUDIO_FRAME) {
		int piece = n < TS_AUDIO_FRAME ? n : TS_AUDIO_FRAME,
		    level = ts_level_dbov(at, piece);
		ts_activity_update(&v->activity, level, vad, piece);
		if (level > most) most = level;
	}
	return most;
}

/* The decoder has missed the silent packets: the last of them bring it up to date; their sound is
 * past. */
static void warm_up(struct ts_voice *v)
{
	int count = v->pcm.count;
	for (int i = 0; v->cold && i < v->n_kept; i++) {
		decode(v, v->kept[i]);
		ts_pcm_queue_cut(&v->pcm, count);
	}
	v->cold = false;
	forget_kept(v);
}

static void keep(struct ts_voice *v, struct ts_packet *p)
{
	if (v->n_kept == KEPT) {
		ts_packet_unref(&v->kept[0]);
		memmove(v->kept, v->kept + 1, (KEPT - 1) * sizeof *v->kept);
		v->n_kept--;
	}
	v->kept[v->n_kept++] = ts_packet_ref(p);
	v->cold = true;
}

/* How loud a packet is, before it is decoded: read out of G.711 as it came (ts_voice_push), or told
 * by a header. */
static bool level_of(const struct ts_packet *p, int *dbov)
{
	*dbov = -(int)p->level;
	return p->level <= 127;
}

static bool is_told(const struct ts_packet *p)
{
	return p->level <= 127 && p->codec != TS_CODEC_PCMU && p->codec != TS_CODEC_PCMA;
}

/* Nobody misses a packet of that level. */
static int quiet_dbov(const struct ts_voice *v)
{
	int above_floor = (int)ts_activity_floor_dbov(&v->activity) + QUIET_ABOVE_FLOOR_DB;
	return above_floor > QUIET_DBOV ? above_floor : QUIET_DBOV;
}

static void note_tone(struct ts_voice *v, char key)
{
	const unsigned in = atomic_load_explicit(&v->tones_in, memory_order_relaxed);
	if (in - atomic_load_explicit(&v->tones_out, memory_order_acquire) == TONES) return;
	atomic_store_explicit(&v->tone[in % TONES], key, memory_order_relaxed);
	atomic_store_explicit(&v->tones_in, in + 1, memory_order_release);
}

/* The last n samples, before anything else hears them; written false: they are silence that is not
 * there to be read. True: they were tones, and are silence now. */
static bool listen_for_tones(struct ts_voice *v, int n, bool written)
{
	if (!atomic_load_explicit(&v->wants_tones, memory_order_relaxed)) {
		v->listens = false;
		return false;
	}
	if (!v->listens) ts_dtmf_init(&v->dtmf);
	v->listens = true;
	int16_t *pcm = written ? ts_pcm_queue_at(&v->pcm, v->pcm.count - n) : NULL;
	const bool before = ts_dtmf_sounds(&v->dtmf);
	const char key = ts_dtmf_push(&v->dtmf, pcm, n);
	if (key) note_tone(v, key);
	if (!pcm || !(before || key || ts_dtmf_sounds(&v->dtmf))) return false;
	memset(pcm, 0, (size_t)n * sizeof *pcm);
	if (v->stereo)
		memset(ts_pcm_queue_side_at(&v->pcm, v->pcm.count - n), 0, (size_t)n * sizeof *pcm);
	return true;
}

static void play_sound(struct ts_voice *v, const struct ts_packet *p)
{
	warm_up(v);
	const int n = decode(v, p);
	/* neither speech nor how quiet the room is */
	if (listen_for_tones(v, n, true)) return;
	int level = judge(v, n, vad_of(p));
	v->still = level <= STILL_DBOV && level <= quiet_dbov(v);
	/* the peer says none */
	if (p->level > 127) atomic_store_explicit(&v->info_level, level, memory_order_relaxed);
}

static void play_quiet(struct ts_voice *v, struct ts_packet *p, int level, int samples)
{
	keep(v, p);
	v->packet_samples = samples;
	ts_pcm_queue_silence(&v->pcm, samples);
	listen_for_tones(v, samples, false);
	ts_activity_update(&v->activity, level, vad_of(p), samples);
}

/* Does the decoded sound say what the header says? */
static void spot_check(struct ts_voice *v, const struct ts_packet *p, int64_t now_ns)
{
	v->check_ns = now_ns;
	warm_up(v);
	int level = judge(v, decode(v, p), vad_of(p));
	if (level >= TS_ACTIVITY_OPEN_DBOV && level > -(int)p->level + LEVEL_SLACK_DB)
		v->distrust_until_ns = now_ns + DISTRUST_NS;
}

/* Nobody speaks until sound comes again. The room makes its own noise (mixer/audio/comfort.h):
 * those of its members would only add up. */
static void play_pause(struct ts_voice *v, const struct ts_packet *p)
{
	int samples = p->codec == TS_CODEC_CN
		? 0
		: ts_audio_payload_samples(p->codec, p->payload, p->payload_len);
	if (samples <= 0) samples = v->packet_samples ? v->packet_samples : TS_AUDIO_FRAME;
	ts_pcm_queue_silence(&v->pcm, samples);
	listen_for_tones(v, samples, false);
	v->concealed = CONCEAL_MAX;
	if (p->codec == TS_CODEC_CN) ts_activity_noise(&v->activity, -(int)(p->payload[0] & 127));
	atomic_store_explicit(&v->info_level, -127, memory_order_relaxed);
}

/* Says that nobody speaks, and perhaps how that sounds. */
static bool is_pause(const struct ts_packet *p)
{
	return p->codec == TS_CODEC_CN ||
		(p->codec == TS_CODEC_OPUS && p->payload_len <= OPUS_DTX_BYTES) ||
		(p->codec == TS_CODEC_G729 && p->payload_len == G729_SID_BYTES);
}

static void play(struct ts_voice *v, struct ts_packet *p, int64_t now_ns)
{
	if (is_pause(p)) {
		play_pause(v, p);
		return;
	}
	if (follow_codec(v, p)) return;
	int samples = ts_audio_payload_samples(p->codec, p->payload, p->payload_len);
	if (samples <= 0) {
		ts_count(TS_C_DROP_PAYLOAD_BAD);
		return;
	}
	int level;
	bool known = level_of(p, &level), told = is_told(p);
	if (known) atomic_store_explicit(&v->info_level, level, memory_order_relaxed);
	if (!known || v->open || (told && now_ns < v->distrust_until_ns) ||
		ts_activity_is_loud(&v->activity, level, vad_of(p)))
		play_sound(v, p);
	else if (told && now_ns - v->check_ns >= SPOT_CHECK_NS)
		spot_check(v, p, now_ns);
	else
		play_quiet(v, p, level, samples);
}

/* ---- what is missing */

/* `want` samples and a few more: whole steps of what codecs can make up. */
static void conceal(struct ts_voice *v, const struct ts_packet *next, int want)
{
	const int from = v->pcm.count, room = ts_pcm_queue_room(&v->pcm);
	int n = (want + CONCEAL_STEP - 1) / CONCEAL_STEP * CONCEAL_STEP;
	if (n > room) n = room - room % CONCEAL_STEP;
	if (v->open && v->decoder) {
		ts_count(TS_C_AUDIO_CONCEALED);
		const uint8_t *payload = next ? next->payload : NULL;
		const size_t len = next ? next->payload_len : 0;
		n = v->stereo ? ts_stereo_conceal(v->stereo, v->decoder, payload, len, n)
			      : ts_audio_conceal(v->decoder, payload, len,
					ts_pcm_queue_at(&v->pcm, from), n);
		if (n > 0) v->pcm.count += n;
	}
	if (v->pcm.count < from + want) ts_pcm_queue_silence(&v->pcm, from + want - v->pcm.count);
}

/* Packets stopped: fade from concealment to silence. Once a tick. */
static void starve(struct ts_voice *v, int want)
{
	if (!v->open || v->concealed >= CONCEAL_MAX) {
		atomic_store_explicit(&v->info_level, -127, memory_order_relaxed);
		ts_pcm_queue_silence(&v->pcm, want);
		return;
	}
	int at = v->pcm.count;
	conceal(v, NULL, want);
	if (++v->concealed < CONCEAL_MAX || v->pcm.quiet > at) return;
	ts_mix_fade_out(ts_pcm_queue_at(&v->pcm, at), v->pcm.count - at);
	if (v->stereo) ts_mix_fade_out(ts_pcm_queue_side_at(&v->pcm, at), v->pcm.count - at);
}

/* Samples as time. */
static int64_t span_ns(int samples)
{
	return (int64_t)samples * TS_NS_PER_S / TS_AUDIO_RATE_HZ;
}

/* Where the delay is to be, without waiting for the picture. A bent voice takes its packets at any
 * moment between two ticks, but looks for them at the tick before: up to one sooner. */
static int64_t goal_ns(const struct ts_voice *v)
{
	int64_t target_ns = ts_jitter_target_ns(v->jitter),
		bent_ns = ts_jitter_needed_ns(v->jitter) + span_ns(TS_AUDIO_FRAME) + MARGIN_NS;
	return v->pcm.bent && bent_ns > target_ns ? bent_ns : target_ns;
}

/* What begins to play then has this delay: how it is to be from now on. */
static void follow_delay(struct ts_voice *v, const struct ts_packet *p, int64_t play_ns)
{
	int64_t over_ns = ts_jitter_delay_ns(v->jitter) - goal_ns(v);
	int64_t waited_ns = play_ns - p->arrival_ns;
	v->waited_ns += (waited_ns - v->waited_ns) / (v->waited_ns ? SMOOTH : 1);
	atomic_store_explicit(&v->info_waited_ns, v->waited_ns, memory_order_relaxed);
	v->delay_ns = 0;
	if (v->open) ts_observe(TS_STAGE_JITTER, waited_ns);
	ts_drift_update(&v->drift, over_ns - v->extra_ns, play_ns);
	if (!v->lipsync || p->capture_ns == TS_CAPTURE_UNKNOWN) return;
	int64_t since_ns = play_ns - p->capture_ns;
	v->delay_ns = since_ns;
	v->extra_ns = ts_lipsync_sound(v->lipsync, since_ns, since_ns - over_ns, play_ns);
	ts_jitter_set_extra(v->jitter, v->extra_ns);
}

/* Until so many samples are there. */
static void fill(struct ts_voice *v, int samples, int64_t now_ns)
{
	while (v->pcm.count < samples) {
		struct ts_packet *p = NULL;
		int count = v->pcm.count;
		int64_t play_ns = now_ns + span_ns(count);
		switch (ts_jitter_pop(v->jitter, &p, play_ns)) {
		case TS_JITTER_PLAY:
			v->concealed = 0;
			follow_delay(v, p, play_ns);
			play(v, p, now_ns);
			ts_pcm_queue_join(&v->pcm, count);
			break;
		case TS_JITTER_LOST:
			conceal(v, p, v->packet_samples ? v->packet_samples : TS_AUDIO_FRAME);
			v->pcm.seam_count = 0;
			break;
		case TS_JITTER_SKIP:
			if (v->open) ts_count(TS_C_AUDIO_SKIPPED);
			play(v, p, now_ns);
			ts_pcm_queue_skip(&v->pcm, count);
			ts_drift_forget(&v->drift);
			break;
		case TS_JITTER_WAIT:
			starve(v, samples - count);
			v->pcm.seam_count = 0;
			ts_drift_forget(&v->drift);
			break;
		}
		ts_packet_unref(&p);
	}
}

static void drain(struct ts_voice *v)
{
	struct ts_packet *p;
	for (int n = 0; n < PACKETS && (p = ts_ring_pop(&v->packets)); n++) {
		uint32_t clock_hz = p->payload_len ? ts_codec_clock_hz(p->codec) : v->clock_hz;
		if (clock_hz != v->clock_hz) ts_jitter_restart(v->jitter, clock_hz);
		v->clock_hz = clock_hz;
		ts_jitter_push(v->jitter, p);
	}
	ts_jitter_set_quiet(v->jitter, quiet_dbov(v), !v->open, v->still);
}

/* A voice that is not heard is played straight; one that is bends once it is worth while. */
static void steer(struct ts_voice *v)
{
	if (!v->open && v->pcm.bent) {
		ts_pcm_queue_straighten(&v->pcm);
		ts_drift_forget(&v->drift);
	} else if (v->open && (v->pcm.bent || ts_drift_is_large(&v->drift))) {
		ts_pcm_queue_bend(&v->pcm, ts_drift_ratio(&v->drift));
	}
}

/* Takes the packets that are due and makes one frame of them; false: it is silence, and v->frame
 * was left alone. */
static bool play_frame(struct ts_voice *v, int64_t now_ns)
{
	drain(v);
	steer(v);
	fill(v, ts_pcm_queue_needs(&v->pcm), now_ns);
	bool was_bent = v->pcm.bent, sounds = ts_pcm_queue_take(&v->pcm, v->frame, v->side);
	if (was_bent && !v->pcm.bent) ts_drift_forget(&v->drift);
	return ts_enhance_frame(&v->enhance, v->frame, sounds);
}

static void notify(struct ts_voice *v, bool talking, bool speech, int64_t now_ns)
{
	if (talking) atomic_store_explicit(&v->info_last_talk_ns, now_ns, memory_order_relaxed);
	atomic_store_explicit(&v->info_talking, talking, memory_order_relaxed);
	atomic_store_explicit(&v->info_speech, speech, memory_order_relaxed);
	atomic_store_explicit(
		&v->info_speech_level, (int)v->activity.speech_db, memory_order_relaxed);
}

/* Moves the gate and shapes the frame at its edges; NULL: nothing of it is heard. */
static const int16_t *gate(struct ts_voice *v, bool sounds, int64_t now_ns)
{
	static const int16_t silence[TS_AUDIO_FRAME];
	ts_activity_tick(&v->activity, now_ns);
	bool was = v->open;
	const bool ungated = v->ungated || is_music(v);
	v->open = v->activity.heard || (ungated && v->decoder && v->concealed < CONCEAL_MAX);
	v->sounding = v->open && sounds;
	if (v->sounding && v->activity.speech)
		ts_enhance_speech(&v->enhance, v->frame, ts_activity_floor_dbov(&v->activity));
	if (v->open && !was && sounds) {
		ts_mix_fade_in(v->frame, RAMP);
		ts_mix_fade_in(v->side, RAMP);
	} else if (!v->open && was && sounds) {
		ts_mix_fade_out(v->frame, TS_AUDIO_FRAME);
		ts_mix_fade_out(v->side, TS_AUDIO_FRAME);
	}
	v->has_side = sounds && v->stereo && !v->enhance.denoise;
	notify(v, v->activity.talking, v->activity.speech, now_ns);
	return !v->open && !was ? NULL : sounds ? v->frame : silence;
}

bool ts_voice_hold(struct ts_voice *v, const void *by)
{
	return ts_hold_take(&v->hold, by);
}

void ts_voice_let_go(struct ts_voice *v, const void *by)
{
	ts_hold_release(&v->hold, by);
}

const int16_t *ts_voice_tick(struct ts_voice *v, int64_t now_ns)
{
	return gate(v, play_frame(v, now_ns), now_ns);
}

void ts_voice_skip(struct ts_voice *v, int64_t now_ns)
{
	play_frame(v, now_ns);
	/* its floor is followed, or unmuting would begin with the noise */
	ts_activity_tick(&v->activity, now_ns);
	v->open = v->sounding = false;
	notify(v, false, false, now_ns);
}

const int16_t *ts_voice_side(const struct ts_voice *v)
{
	return v->has_side ? v->side : NULL;
}

float ts_voice_noise_dbov(const struct ts_voice *v)
{
	/* nobody fills the pauses of music */
	return v->sounding && !is_music(v)
		? ts_enhance_noise_dbov(&v->enhance, ts_activity_floor_dbov(&v->activity))
		: -127;
}

bool ts_voice_is_talking(const struct ts_voice *v)
{
	return atomic_load_explicit(&v->info_talking, memory_order_relaxed);
}

float ts_voice_gain_db(const struct ts_voice *v)
{
	return ts_enhance_gain_db(&v->enhance);
}

int64_t ts_voice_delay_ns(const struct ts_voice *v)
{
	return v->sounding ? v->delay_ns : 0;
}

int ts_voice_create(struct ts_voice **out)
{
	struct ts_voice *v = calloc(1, sizeof *v);
	if (!v) return TS_ENOMEM;
	ts_ref_init(&v->refs, 1);
	atomic_init(&v->info_level, -127);
	int err = ts_ring_init(&v->packets, PACKETS);
	v->clock_hz = TS_AUDIO_RATE_HZ;
	ts_resample_prepare();
	ts_activity_init(&v->activity);
	ts_enhance_init(&v->enhance);
	if (!err) err = ts_jitter_create(&v->jitter, v->clock_hz);
	if (err) {
		if (v->packets.slots) ts_ring_fini(&v->packets);
		free(v);
		return err;
	}
	*out = v;
	return 0;
}

void ts_voice_set_lipsync(struct ts_voice *v, struct ts_lipsync *lipsync)
{
	v->lipsync = ts_lipsync_ref(lipsync);
}

void ts_voice_set_ungated(struct ts_voice *v)
{
	v->ungated = true;
}

void ts_voice_set_music(struct ts_voice *v, bool music)
{
	atomic_store_explicit(&v->is_music, music, memory_order_relaxed);
}

void ts_voice_enhance(struct ts_voice *v, bool gain, bool denoise)
{
	ts_enhance_set(&v->enhance, gain, denoise);
}

struct ts_voice *ts_voice_ref(struct ts_voice *v)
{
	ts_ref_get(&v->refs);
	return v;
}

void ts_voice_unref(struct ts_voice **voice)
{
	struct ts_voice *v = *voice;
	*voice = NULL;
	if (!v || !ts_ref_put(&v->refs)) return;
	struct ts_packet *p;
	while ((p = ts_ring_pop(&v->packets))) ts_packet_unref(&p);
	forget_kept(v);
	ts_lipsync_unref(&v->lipsync);
	ts_jitter_destroy(&v->jitter);
	ts_audio_decoder_close(&v->decoder);
	ts_stereo_close(&v->stereo, &v->pcm);
	ts_enhance_fini(&v->enhance);
	ts_ring_fini(&v->packets);
	free(v);
}

void ts_voice_push(struct ts_voice *v, struct ts_packet *packet)
{
	if (packet->payload_len && packet->codec != TS_CODEC_CN)
		atomic_store_explicit(&v->info_codec, packet->codec, memory_order_relaxed);
	/* read here once, while the packet is still this thread's own: the jitter buffer asks for
	 * it before it is played */
	int dbov;
	if (packet->payload_len &&
		ts_audio_payload_level(
			packet->codec, packet->payload, packet->payload_len, &dbov)) {
		if (packet->level > 127) packet->vad = 255;
		packet->level = (uint8_t)-dbov;
	}
	if (ts_ring_push(&v->packets, packet)) {
		ts_count(TS_C_DROP_QUEUE_FULL);
		ts_packet_unref(&packet);
	}
}

void ts_voice_listen_for_tones(struct ts_voice *v, bool on)
{
	atomic_store_explicit(&v->wants_tones, on, memory_order_relaxed);
}

char ts_voice_take_tone(struct ts_voice *v)
{
	const unsigned out = atomic_load_explicit(&v->tones_out, memory_order_relaxed);
	if (out == atomic_load_explicit(&v->tones_in, memory_order_acquire)) return 0;
	const char key = atomic_load_explicit(&v->tone[out % TONES], memory_order_relaxed);
	atomic_store_explicit(&v->tones_out, out + 1, memory_order_release);
	return key;
}

void ts_voice_info(const struct ts_voice *v, struct ts_voice_info *out)
{
	out->codec = (enum ts_codec)atomic_load_explicit(&v->info_codec, memory_order_relaxed);
	out->talking = atomic_load_explicit(&v->info_talking, memory_order_relaxed);
	out->speech = atomic_load_explicit(&v->info_speech, memory_order_relaxed);
	out->speech_dbov = atomic_load_explicit(&v->info_speech_level, memory_order_relaxed);
	out->level_dbov = atomic_load_explicit(&v->info_level, memory_order_relaxed);
	out->buffered_ns = atomic_load_explicit(&v->info_waited_ns, memory_order_relaxed);
	out->gain_db = ts_voice_gain_db(v);
	out->last_talk_ns = atomic_load_explicit(&v->info_last_talk_ns, memory_order_relaxed);
}
