/* The sound of a room: who hears whom, by which encoder, and when. */
#include "mixer/audio/audio.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/loop.h"
#include "base/strand.h"
#include "codec/audio.h"
#include "tests/unit/common/fake_time.h"
#include "transport/fanout.h"
#include "transport/rtp/red.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TICK_NS (20 * TS_NS_PER_MS)

/* ---- voices that say a number, senders that listen */

struct ts_voice {
	const void *by;
	int refs, ticks, skips;
	int16_t level; /* all of its samples; 0: not heard */
	int half;      /* ... and the sign changes after so many; 0: never */
	float noise_dbov, gain_db;
	int64_t delay_ns;
	int16_t pcm[TS_AUDIO_FRAME];
	int16_t side_level; /* likewise of the other channel; 0: it has none */
	int16_t side[TS_AUDIO_FRAME];
};

struct ts_sender {
	int refs, n;
	size_t shared_by; /* how many got the last packet */
	int64_t media_time, capture_ns, origin_ns;
	int samples;       /* of the last packet */
	int64_t next_time; /* where the next one begins if nothing is missing */
	int gaps;
	uint8_t payload[TS_AUDIO_PACKET_MAX_BYTES];
	size_t len;
	bool red;
	struct ts_audio_decoder *decoder;
	int16_t pcm[2 * TS_AUDIO_PACKET_MAX_SAMPLES];
	int16_t heard; /* in the middle of the last packet */
};

struct ts_fanout {
	size_t n;
	struct ts_sender *sender[];
};

struct ts_voice *ts_voice_ref(struct ts_voice *v)
{
	v->refs++;
	return v;
}

void ts_voice_unref(struct ts_voice **v)
{
	if (*v) (*v)->refs--;
	*v = NULL;
}

bool ts_voice_hold(struct ts_voice *v, const void *by)
{
	if (!v->by) v->by = by;
	return v->by == by;
}

void ts_voice_let_go(struct ts_voice *v, const void *by)
{
	if (v->by == by) v->by = NULL;
}

const int16_t *ts_voice_tick(struct ts_voice *v, int64_t now_ns)
{
	(void)now_ns;
	v->ticks++;
	for (int i = 0; i < TS_AUDIO_FRAME; i++) v->side[i] = v->side_level;
	for (int i = 0; i < TS_AUDIO_FRAME; i++)
		v->pcm[i] = v->half && i / v->half % 2 ? -v->level : v->level;
	return v->level ? v->pcm : NULL;
}

const int16_t *ts_voice_side(const struct ts_voice *v)
{
	return v->side_level ? v->side : NULL;
}

void ts_voice_skip(struct ts_voice *v, int64_t now_ns)
{
	(void)now_ns;
	v->skips++;
}

float ts_voice_noise_dbov(const struct ts_voice *v)
{
	return v->noise_dbov;
}

bool ts_voice_is_talking(const struct ts_voice *v)
{
	return v->level != 0;
}

float ts_voice_gain_db(const struct ts_voice *v)
{
	return v->gain_db;
}

int64_t ts_voice_delay_ns(const struct ts_voice *v)
{
	return v->delay_ns;
}

struct ts_sender *ts_sender_ref(struct ts_sender *s)
{
	s->refs++;
	return s;
}

void ts_sender_unref(struct ts_sender **s)
{
	if (*s) (*s)->refs--;
	*s = NULL;
}

int ts_fanout_create(struct ts_fanout **out, struct ts_sender *const *senders, size_t n)
{
	struct ts_fanout *f = malloc(sizeof(*f) + n * sizeof(f->sender[0]));
	f->n = n;
	for (size_t i = 0; i < n; i++) f->sender[i] = ts_sender_ref(senders[i]);
	*out = f;
	return 0;
}

void ts_fanout_unref(struct ts_fanout **fanout)
{
	struct ts_fanout *f = *fanout;
	*fanout = NULL;
	for (size_t i = 0; f && i < f->n; i++) ts_sender_unref(&f->sender[i]);
	free(f);
}

void ts_fanout_send(struct ts_fanout *f, struct ts_au *au)
{
	for (size_t i = 0; i < f->n; i++) {
		struct ts_sender *s = f->sender[i];
		s->n++;
		s->shared_by = f->n;
		s->media_time = au->media_time;
		s->capture_ns = au->capture_ns;
		s->origin_ns = au->origin_ns;
		s->len = au->pay[0].len;
		s->red = au->red;
		memcpy(s->payload, ts_au_bytes(au, 0), s->len);
		if (au->red) {
			struct ts_red red;
			assert_int_equal(ts_red_parse(&red, ts_au_bytes(au, 0), s->len), 0);
			s->len = red.block[red.n - 1].len;
			memcpy(s->payload, red.block[red.n - 1].data, s->len);
		}
		s->samples = ts_audio_decode(
			s->decoder, s->payload, s->len, s->pcm, TS_AUDIO_PACKET_MAX_SAMPLES);
		assert_int_equal(s->samples % TS_AUDIO_FRAME, 0);
		s->gaps += s->next_time && s->media_time != s->next_time;
		s->next_time = s->media_time + s->samples;
		s->heard = s->pcm[TS_AUDIO_FRAME / 2];
	}
}

/* ---- a room of three who talk by G.711 */

enum { PEOPLE = 3 };

static struct ts_pool *pool;
static struct ts_audio *audio;
static struct ts_voice voice[PEOPLE];
static struct ts_sender sender[PEOPLE];
static struct ts_audio_member member[PEOPLE];
static int64_t epoch_ns;

static void takes(int i, const struct ts_audio_limits *limits)
{
	const struct ts_audio_way good = {0};
	member[i].codec = limits->codec;
	ts_audio_choose(&member[i].profile, &member[i].delivery, limits, &good);
}

static void use_codec(enum ts_codec codec)
{
	for (int i = 0; i < PEOPLE; i++) {
		ts_audio_decoder_close(&sender[i].decoder);
		assert_int_equal(ts_audio_decoder_open(&sender[i].decoder, codec), 0);
		takes(i, &(const struct ts_audio_limits){.codec = codec, .fec = true});
	}
}

static int setup(void **state)
{
	(void)state;
	for (enum ts_counter c = 0; c < TS_COUNTER_COUNT; c++) ts_count_add(c, -ts_count_get(c));
	memset(voice, 0, sizeof(voice));
	memset(sender, 0, sizeof(sender));
	for (int i = 0; i < PEOPLE; i++) {
		voice[i].noise_dbov = -127;
		member[i] = (struct ts_audio_member){.key = (uint64_t)i + 1,
			.voice = &voice[i],
			.sender = &sender[i],
			.gain = 1};
	}
	use_codec(TS_CODEC_PCMU);
	ts_pool_create(&pool, &(struct ts_pool_config){.threads = 1});
	epoch_ns = ts_now_ns() - 3 * TS_NS_PER_MS;
	assert_int_equal(ts_audio_create(&audio, pool, epoch_ns), 0);
	return 0;
}

static void ignore(void *arg)
{
	++*(int *)arg;
}

static int64_t encoders(void)
{
	return ts_count_get(TS_C_ENC_AUDIO_PCMU) + ts_count_get(TS_C_ENC_AUDIO_OPUS) +
		ts_count_get(TS_C_ENC_AUDIO_PCMA);
}

static int teardown(void **state)
{
	(void)state;
	int closed = 0;
	ts_audio_close(audio, ignore, &closed);
	ts_pool_destroy(&pool);
	assert_int_equal(closed, 1);
	assert_int_equal(encoders(), 0);
	for (int i = 0; i < PEOPLE; i++) {
		ts_audio_decoder_close(&sender[i].decoder);
		assert_int_equal(voice[i].refs, 0);
		assert_int_equal(sender[i].refs, 0);
	}
	return 0;
}

static void publish(size_t n)
{
	assert_int_equal(ts_audio_publish(audio, member, n), 0);
}

static void ticks(int n)
{
	ts_fake_time_after(n * TICK_NS);
}

#define HEARS(i, level) assert_in_range(sender[i].heard + 40000, (level) + 39700, (level) + 40300)

/* ---- tests */

static void a_packet_goes_out_every_20_ms_by_the_clock(void **state)
{
	(void)state;
	publish(PEOPLE);
	ticks(50);
	assert_int_equal(sender[0].n, 50);
	assert_int_equal(sender[0].capture_ns, epoch_ns + 50 * TICK_NS);
	assert_int_equal(sender[0].media_time, 50 * 160);
	assert_int_equal(ts_count_get(TS_C_TICKS_AUDIO), 50);
	assert_int_equal(voice[0].ticks, 50);
}

static void nobody_hears_themselves(void **state)
{
	(void)state;
	voice[0].level = 8000;
	voice[1].level = 4000;
	publish(PEOPLE);
	ticks(20);
	HEARS(0, 4000);
	HEARS(1, 8000);
	HEARS(2, 12000);
	assert_int_equal(encoders(), 3);
}

static void all_who_do_not_talk_share_an_encoder(void **state)
{
	(void)state;
	voice[0].level = 8000;
	publish(PEOPLE);
	ticks(5);
	assert_int_equal(sender[0].shared_by, 1);
	assert_int_equal(sender[1].shared_by, 2);
	assert_int_equal(encoders(), 2);
	HEARS(0, 0);
	/* 500 ms after the last word they listen with the others again */
	voice[0].level = 0;
	ticks(24);
	assert_int_equal(sender[0].shared_by, 1);
	ticks(3);
	assert_int_equal(sender[0].shared_by, 3);
	assert_int_equal(encoders(), 1);
	assert_int_equal(sender[0].n, 32);
}

/* All talk: there is no shared mix. The first to fall silent takes theirs on as the shared one. */
static void the_shared_mix_begins_as_somebody_s_own(void **state)
{
	(void)state;
	for (int i = 0; i < PEOPLE; i++) voice[i].level = 2000;
	publish(PEOPLE);
	ticks(10);
	assert_int_equal(encoders(), 3);
	voice[2].level = 0;
	ticks(30);
	assert_int_equal(encoders(), 3);
	assert_int_equal(sender[2].shared_by, 1);
	HEARS(2, 4000);
	assert_int_equal(sender[2].n, 40);
}

static void who_is_muted_is_not_heard(void **state)
{
	(void)state;
	voice[0].level = 8000;
	member[0].muted = true;
	publish(PEOPLE);
	ticks(10);
	HEARS(1, 0);
	assert_int_equal(voice[0].skips, 10);
	assert_int_equal(encoders(), 1);
	member[0].muted = false;
	member[0].gain = 0.5f;
	publish(PEOPLE);
	ticks(20);
	HEARS(1, 4000);
	HEARS(0, 0);
}

static void set_volume(int of, uint64_t key, float gain)
{
	ts_volumes_unref(&member[of].volumes);
	if (gain != 1)
		assert_int_equal(ts_volumes_create(&member[of].volumes,
					 &(struct ts_volume){.key = key, .gain = gain}, 1),
			0);
}

static void release_volumes(void)
{
	for (int i = 0; i < PEOPLE; i++) ts_volumes_unref(&member[i].volumes);
}

/* One is silent to another, louder to a third who talks; nobody else hears it. */
static void others_may_be_louder_to_one(void **state)
{
	(void)state;
	voice[0].level = 8000;
	voice[1].level = 4000;
	set_volume(2, 1, 0);
	set_volume(1, 1, 1.5f);
	publish(PEOPLE);
	ticks(20);
	HEARS(0, 4000);
	HEARS(1, 12000);
	HEARS(2, 4000);
	assert_int_equal(encoders(), 3);
	member[0].gain = 0.5f; /* to all, and on top of it to one */
	set_volume(2, 1, 0.5f);
	publish(PEOPLE);
	ticks(20);
	HEARS(2, 6000);
	set_volume(2, 99, 0); /* nobody */
	publish(PEOPLE);
	ticks(20);
	HEARS(2, 8000);
	release_volumes();
}

/* One who takes two channels hears voices where they are, another by telephone as ever; both lack
 * themselves. Square waves of 500 Hz, as Opus keeps no level that stays. */
static void some_hear_two_channels(void **state)
{
	const struct ts_audio_limits wide = {
		.codec = TS_CODEC_OPUS, .stereo = true, .mode = TS_AUDIO_SPATIAL};
	double power[2] = {0, 0};
	(void)state;
	voice[0].level = 8000;
	voice[0].half = 48;
	member[0].place = 1;
	ts_audio_decoder_close(&sender[1].decoder);
	assert_int_equal(ts_audio_decoder_open_stereo(&sender[1].decoder), 0);
	takes(1, &wide);
	publish(PEOPLE);
	ticks(30);
	for (int i = 0; i < TS_AUDIO_FRAME; i++)
		for (int c = 0; c < 2; c++)
			power[c] += pow(sender[1].pcm[2 * i + c], 2) / TS_AUDIO_FRAME;
	assert_in_range((int)sqrt(power[1]), 10000, 12500); /* 8000 x sqrt 2 */
	assert_true(sqrt(power[0]) < 800);
	assert_in_range(abs(sender[2].heard), 7000, 9500); /* 8 kHz rings */
	HEARS(0, 0);
	/* who talks and takes two channels lacks themselves in both */
	voice[0].level = 0;
	voice[1].level = 8000;
	voice[1].half = 48;
	ticks(60);
	power[0] = 0;
	for (int i = 0; i < 2 * TS_AUDIO_FRAME; i++) power[0] += abs(sender[1].pcm[i]);
	assert_true(power[0] / TS_AUDIO_FRAME < 20);
	assert_int_equal(sender[1].gaps, 0);
}

/* A change is no step: within 100 ms, in lines, and without a packet that is missing. */
static void a_change_of_volumes_is_a_ramp(void **state)
{
	(void)state;
	voice[0].level = 8000;
	publish(PEOPLE);
	ticks(20);
	HEARS(2, 8000);
	set_volume(2, 1, 0);
	publish(PEOPLE);
	ticks(1); /* its middle is a tenth of the way, less what the limiter holds */
	assert_in_range(sender[2].heard, 7000, 7700);
	ticks(1);
	assert_in_range(sender[2].heard, 5400, 6400);
	ticks(3);
	assert_in_range(sender[2].heard, 600, 1600);
	ticks(1);
	HEARS(2, 0);
	HEARS(1, 8000);
	assert_int_equal(sender[2].n, 26);
	set_volume(2, 1, 1); /* in the time that they stay apart */
	publish(PEOPLE);
	ticks(1);
	assert_in_range(sender[2].heard, 200, 1100);
	ticks(40);
	HEARS(2, 8000);
	assert_int_equal(sender[2].shared_by, 2);
	assert_int_equal(encoders(), 2);
	release_volumes();
}

/* The gain of others is another while somebody who leads is heard. */
static void who_leads_makes_others_quieter(void **state)
{
	const struct ts_volume lead = {.key = 2, .gain = 1, .leads = true};
	(void)state;
	voice[0].level = 8000;
	ts_volumes_create_over(&member[2].volumes, 0.25f, &lead, 1);
	publish(PEOPLE);
	ticks(20);
	HEARS(2, 8000); /* nobody interprets */
	voice[1].level = 4000;
	ticks(10);
	HEARS(2, 6000);
	HEARS(0, 4000);
	HEARS(1, 8000);
	voice[1].level = 0;
	ticks(60);
	HEARS(2, 8000);
	release_volumes();
}

/* What one wants twice as loud is so while nobody leads, and half as loud as others were while
 * somebody does. */
static void who_follows_is_quieter_too(void **state)
{
	const struct ts_volume of[] = {
		{.key = 2, .gain = 1, .leads = true}, {.key = 1, .gain = 2, .follows = true}};
	(void)state;
	voice[0].level = 4000;
	ts_volumes_create_over(&member[2].volumes, 0.25f, of, 2);
	publish(PEOPLE);
	ticks(20);
	HEARS(2, 8000);
	voice[1].level = 4000;
	ticks(10);
	HEARS(2, 6000);
	release_volumes();
}

/* A list of others alone: nobody is heard but who is named. */
static void nobody_else_is_heard(void **state)
{
	const struct ts_volume only = {.key = 2, .gain = 0.5f};
	(void)state;
	voice[0].level = 8000;
	voice[1].level = 4000;
	ts_volumes_create_over(&member[2].volumes, 0, &only, 1);
	publish(PEOPLE);
	ticks(20);
	HEARS(2, 2000);
	HEARS(0, 4000);
	release_volumes();
}

static void equal_volumes_share_a_mix(void **state)
{
	(void)state;
	voice[0].level = 8000;
	set_volume(1, 1, 0.25f);
	set_volume(2, 1, 0.25f);
	publish(PEOPLE);
	ticks(20);
	HEARS(1, 2000);
	HEARS(2, 2000);
	assert_int_equal(sender[1].shared_by, 2);
	assert_int_equal(encoders(), 2);
	set_volume(2, 1, 0.5f);
	publish(PEOPLE);
	ticks(20);
	HEARS(1, 2000);
	HEARS(2, 4000);
	assert_int_equal(encoders(), 3);
	set_volume(1, 1, 1);
	set_volume(2, 1, 1);
	publish(PEOPLE);
	ticks(40); /* until those who change are with the others again */
	HEARS(1, 8000);
	HEARS(2, 8000);
	assert_int_equal(sender[1].shared_by, 2);
	assert_int_equal(encoders(), 2);
	assert_int_equal(sender[1].n, 80);
	release_volumes();
}

/* Who has it louder or quieter has a mix of their own, without themselves; nobody else hears it. */
static void each_may_hear_it_louder(void **state)
{
	(void)state;
	voice[0].level = 8000;
	voice[1].level = 1000;
	member[2].hears = 0.5f;
	member[1].hears = 2;
	publish(PEOPLE);
	ticks(20);
	HEARS(2, 4500);
	HEARS(1, 16000);
	HEARS(0, 1000);
	member[2].hears = 0;
	publish(PEOPLE);
	ticks(40);
	HEARS(2, 9000);
}

static void listeners_and_speakers_alone_are_members_too(void **state)
{
	(void)state;
	voice[0].level = 8000;
	member[0].sender = NULL;
	member[1].voice = NULL;
	publish(2);
	ticks(10);
	HEARS(1, 8000);
	assert_int_equal(sender[0].n, 0);
	assert_int_equal(encoders(), 1);
}

static void the_plan_may_change_while_they_talk(void **state)
{
	(void)state;
	voice[1].level = 6000;
	publish(PEOPLE);
	ticks(10);
	assert_int_equal(encoders(), 2);
	/* 0 goes; 1 keeps their encoder */
	assert_int_equal(ts_audio_publish(audio, &member[1], 2), 0);
	ticks(2);
	assert_int_equal(encoders(), 2);
	assert_int_equal(sender[0].n, 10);
	assert_int_equal(sender[0].refs, 0);
	HEARS(2, 6000);
	/* another codec: another encoder */
	takes(1, &(const struct ts_audio_limits){.codec = TS_CODEC_PCMA});
	ts_audio_decoder_close(&sender[1].decoder);
	assert_int_equal(ts_audio_decoder_open(&sender[1].decoder, TS_CODEC_PCMA), 0);
	assert_int_equal(ts_audio_publish(audio, &member[1], 2), 0);
	publish(PEOPLE); /* the first was never taken */
	ticks(3);
	assert_int_equal(ts_count_get(TS_C_ENC_AUDIO_PCMA), 1);
	assert_int_equal(sender[0].n, 13);
}

static void without_members_nothing_runs(void **state)
{
	(void)state;
	publish(PEOPLE);
	ticks(5);
	publish(0);
	ticks(2);
	assert_int_equal(encoders(), 0);
	int64_t ran = ts_count_get(TS_C_TICKS_AUDIO);
	ticks(100);
	assert_int_equal(ts_count_get(TS_C_TICKS_AUDIO), ran);
	publish(PEOPLE);
	ticks(5);
	assert_in_range(sender[0].n, 9, 10);
	assert_int_equal(ts_count_get(TS_C_TICKS_SKIPPED_AUDIO), 0);
}

/* Of silence the last packet is sent again and again, and coded no more. */
static void a_silent_opus_mix_comes_to_rest(void **state)
{
	(void)state;
	use_codec(TS_CODEC_OPUS);
	publish(PEOPLE);
	ticks(30);
	uint8_t rest[TS_AUDIO_PACKET_MAX_BYTES];
	size_t len = sender[0].len;
	memcpy(rest, sender[0].payload, len);
	for (int i = 0; i < 10; i++) {
		ticks(1);
		assert_int_equal(sender[0].len, len);
		assert_memory_equal(sender[0].payload, rest, len);
	}
	assert_int_equal(sender[0].n, 40);
	voice[1].level = 8000;
	ticks(3);
	assert_true(sender[0].len != len || memcmp(sender[0].payload, rest, len) != 0);
}

/* Between sentences the room has the noise that was behind the last voice. */
static void noise_stays_when_a_gate_closes(void **state)
{
	(void)state;
	voice[0].level = 1;
	voice[0].noise_dbov = -50;
	publish(PEOPLE);
	ticks(50);
	voice[0].level = 0;
	int loudest = 0;
	for (int i = 0; i < 20; i++) {
		ticks(1);
		if (abs(sender[1].heard) > loudest) loudest = abs(sender[1].heard);
	}
	assert_in_range(loudest, 8, 1000);
	ticks(50 * 10);
	assert_in_range(abs(sender[1].heard), 0, 8);
}

static void who_takes_few_bits_listens_to_a_mix_of_their_own_rate(void **state)
{
	(void)state;
	use_codec(TS_CODEC_OPUS);
	for (int i = 1; i < PEOPLE; i++)
		takes(i,
			&(const struct ts_audio_limits){
				.codec = TS_CODEC_OPUS, .fec = true, .max_bps = 13000});
	publish(PEOPLE);
	ticks(5);
	assert_int_equal(encoders(), 2);
	assert_int_equal(sender[0].shared_by, 1);
	assert_int_equal(sender[1].shared_by, 2);
	takes(2,
		&(const struct ts_audio_limits){
			.codec = TS_CODEC_OPUS, .fec = true, .max_bps = 100});
	publish(PEOPLE);
	ticks(5);
	assert_int_equal(encoders(), 3);
	assert_int_equal(sender[2].n, 10);
	/* back among the others: their encoder went on */
	takes(2,
		&(const struct ts_audio_limits){
			.codec = TS_CODEC_OPUS, .fec = true, .max_bps = 13000});
	publish(PEOPLE);
	ticks(5);
	assert_int_equal(encoders(), 2);
	assert_int_equal(sender[2].n, 15);
}

/* What is the same but for how it travels is coded once. */
static void red_and_plain_receivers_share_an_encoder(void **state)
{
	(void)state;
	use_codec(TS_CODEC_OPUS);
	voice[0].level = 8000;
	member[1].delivery.red = 1;
	publish(PEOPLE);
	ticks(5);
	assert_int_equal(encoders(), 2);
	assert_true(sender[1].red);
	assert_false(sender[2].red);
	assert_int_equal(sender[1].shared_by, 1);
	assert_int_equal(sender[1].n, 5);
	/* and whoever talks has RED of their own mix */
	voice[1].level = 4000;
	ticks(5);
	assert_true(sender[1].red);
	/* a way that got better, in the middle of speech: the encoder stays */
	member[1].delivery.red = 0;
	publish(PEOPLE);
	ticks(3);
	assert_false(sender[1].red);
	assert_int_equal(encoders(), 3);
	assert_int_equal(sender[1].n, 13);
}

static void late_ticks_are_skipped_and_playout_stays_even(void **state)
{
	(void)state;
	publish(PEOPLE);
	ticks(5);
	ts_fake_time_set(ts_now_ns() + 5 * TICK_NS);
	ts_fake_time_run();
	assert_in_range(ts_count_get(TS_C_TICKS_SKIPPED_AUDIO), 4, 5);
	assert_int_equal((sender[0].capture_ns - epoch_ns) % TICK_NS, 0);
}

/* Each is told how old the oldest is that they hear, themselves left out. */
static void packets_say_how_old_what_is_heard_is(void **state)
{
	(void)state;
	publish(3);
	voice[0].level = 1000;
	ticks(3);
	assert_int_equal(sender[1].origin_ns, 0); /* not known */
	voice[0].delay_ns = 90 * TS_NS_PER_MS;
	voice[1].level = 500;
	voice[1].delay_ns = 60 * TS_NS_PER_MS;
	ticks(3);
	assert_int_equal(sender[0].capture_ns - sender[0].origin_ns, 60 * TS_NS_PER_MS);
	assert_int_equal(sender[1].capture_ns - sender[1].origin_ns, 90 * TS_NS_PER_MS);
	assert_int_equal(sender[2].capture_ns - sender[2].origin_ns, 90 * TS_NS_PER_MS);
	/* what a report of theirs makes of it is no delay */
	voice[0].delay_ns = 7 * TS_NS_PER_S;
	ticks(3);
	assert_int_equal(sender[2].capture_ns - sender[2].origin_ns, 60 * TS_NS_PER_MS);
}

/* They begin to talk in the very tick in which they are the first of another group: its limiter and
 * encoder are those of the mix that they heard. */
static void who_moves_and_talks_at_once_hears_no_seam(void **state)
{
	(void)state;
	use_codec(TS_CODEC_OPUS);
	voice[0].half = voice[1].half = 96; /* 250 Hz */
	voice[0].level = voice[1].level = 30000;
	publish(PEOPLE);
	ticks(50);
	voice[0].level = voice[1].level = 4000;
	voice[2].level = 1;
	takes(2,
		&(const struct ts_audio_limits){
			.codec = TS_CODEC_OPUS, .fec = true, .max_bps = 30000});
	publish(PEOPLE);
	ticks(2);
	int peak = 0;
	for (int i = 0; i < TS_AUDIO_FRAME; i++)
		if (i > TS_AUDIO_FRAME / 2 && abs(sender[2].pcm[i]) > peak)
			peak = abs(sender[2].pcm[i]);
	/* 8000 and what rings of it; a fresh limiter lets more than 16000 pass here */
	assert_in_range(peak, 3000, 14000);
}

/* Whoever speaks first, in whichever tick of a long frame: time goes on for everybody, and no
 * sample of it is missing or heard twice. */
static void who_only_listens_gets_long_frames(void **state)
{
	(void)state;
	use_codec(TS_CODEC_OPUS);
	for (int i = 0; i < PEOPLE; i++) member[i].listener_ms = 60;
	voice[0].half = voice[2].half = 96; /* 250 Hz */
	voice[0].level = 8000;
	publish(PEOPLE);
	ticks(50 * 12); /* no pause yet */
	for (int i = 0; i < PEOPLE; i++) assert_int_equal(sender[i].samples, TS_AUDIO_FRAME);
	voice[0].level = 0;
	ticks(12);
	voice[0].level = 8000;
	ticks(6);
	assert_int_equal(sender[0].samples, TS_AUDIO_FRAME);
	assert_int_equal(sender[1].samples, 3 * TS_AUDIO_FRAME);
	assert_int_equal(sender[2].samples, 3 * TS_AUDIO_FRAME);
	assert_int_equal(encoders(), 2);
	for (int k = 1; k <= 6; k++) {
		/* with a plan that says the same, as one comes for every reason */
		if (k > 3) publish(PEOPLE);
		ticks(k);
		voice[2].level = 4000;
		ticks(1);
		assert_int_equal(sender[2].samples, TS_AUDIO_FRAME);
		assert_int_equal(
			sender[2].next_time, (ts_count_get(TS_C_TICKS_AUDIO) + 1) * TS_AUDIO_FRAME);
		ticks(10);
		assert_int_equal(sender[1].samples, 3 * TS_AUDIO_FRAME);
		voice[0].level = voice[2].level = 0;
		ticks(50 * 10 +
			40); /* 10 s, and the half second for which they keep a mix of their own */
		assert_int_equal(sender[2].samples, 3 * TS_AUDIO_FRAME);
		assert_int_equal(sender[0].samples, 3 * TS_AUDIO_FRAME);
		assert_int_equal(encoders(), 1);
		voice[0].level = 8000;
		ticks(6);
	}
	for (int i = 0; i < PEOPLE; i++) assert_int_equal(sender[i].gaps, 0);
	/* the room has it so no more */
	for (int i = 0; i < PEOPLE; i++) member[i].listener_ms = 0;
	publish(PEOPLE);
	ticks(7);
	for (int i = 0; i < PEOPLE; i++) {
		assert_int_equal(sender[i].samples, TS_AUDIO_FRAME);
		assert_int_equal(sender[i].gaps, 0);
	}
}

/* ---- sounds that are played */

static struct ts_loop *control;
static struct ts_sound *sound;
static struct ts_play *played;
static int n_ended;
static float ducks;

static void on_ended(void *arg)
{
	(void)arg;
	n_ended++;
}

/* Behind the people: a sound of so many frames. */
static void publish_with_play(int frames, int16_t level, uint64_t to)
{
	struct ts_audio_member with[PEOPLE + 1];
	n_ended = 0;
	assert_int_equal(ts_loop_create(&control, "control"), 0);
	sound = ts_sound_create((size_t)frames * TS_AUDIO_FRAME);
	for (size_t i = 0; i < sound->n; i++) sound->pcm[i] = level;
	assert_int_equal(
		ts_play_create(&played,
			&(const struct ts_play_config){control, sound, false, 1, on_ended, NULL}),
		0);
	memcpy(with, member, sizeof member);
	with[PEOPLE] = (struct ts_audio_member){
		.key = 100, .play = played, .to = to, .gain = 1, .ducks = ducks};
	assert_int_equal(ts_audio_publish(audio, with, PEOPLE + 1), 0);
}

static void end_play(void)
{
	ts_play_unref(&played);
	ts_sound_unref(&sound);
	publish(PEOPLE);
	ticks(1);
	ts_loop_destroy(&control);
}

static void all_hear_what_is_played_to_all(void **state)
{
	(void)state;
	voice[0].level = 4000;
	publish_with_play(20, 2000, 0);
	ticks(15);
	HEARS(0, 2000);
	HEARS(1, 6000);
	HEARS(2, 6000);
	assert_int_equal(encoders(), 2); /* as without it */
	ticks(10);
	HEARS(0, 0);
	HEARS(1, 4000);
	assert_int_equal(n_ended, 1);
	end_play();
}

static void one_alone_hears_what_is_played_to_them(void **state)
{
	(void)state;
	voice[0].level = 4000;
	publish_with_play(20, 2000, 2);
	ticks(15);
	HEARS(0, 0);
	HEARS(1, 6000);
	HEARS(2, 4000);
	assert_int_equal(encoders(), 3); /* one more, while it lasts */
	ticks(40);
	HEARS(1, 4000);
	assert_int_equal(encoders(), 2);
	assert_int_equal(n_ended, 1);
	end_play();
}

/* As loud as all others: and who it is hears nothing of themselves. */
static void the_gain_of_a_voice_is_followed_without_a_step(void **state)
{
	(void)state;
	voice[0].level = 2000;
	voice[1].level = 1000;
	publish(PEOPLE);
	ticks(10);
	HEARS(2, 3000);
	voice[0].gain_db = 12;
	ticks(1);
	assert_in_range(sender[2].heard, 4000, 6300); /* in the middle of the frame */
	ticks(2);
	HEARS(2, 8962);
	HEARS(1, 7962);
	HEARS(0, 1000);
	/* the plan may change meanwhile */
	publish(PEOPLE);
	ticks(1);
	HEARS(2, 8962);
	HEARS(0, 1000);
	member[0].gain = 0.5f;
	publish(PEOPLE);
	ticks(3);
	HEARS(2, 4981);
	HEARS(0, 1000);
}

static void voices_are_quieter_while_something_is_played(void **state)
{
	(void)state;
	voice[0].level = 4000;
	voice[1].level = 1000;
	ducks = 0.75f;
	publish_with_play(20, 2000, 0);
	ticks(15);
	HEARS(2, 3250);
	HEARS(0, 2250);
	ticks(30);
	HEARS(2, 5000);
	HEARS(0, 1000);
	end_play();
	publish_with_play(20, 2000, 1); /* to one alone: the others go on */
	ticks(15);
	HEARS(2, 5000);
	HEARS(1, 4000);
	HEARS(0, 2250);
	ticks(40);
	HEARS(0, 1000);
	ducks = 0;
	end_play();
}

/* Who talks hears it without themselves; who is not there is played to in vain. */
static void a_talker_may_be_the_one(void **state)
{
	(void)state;
	voice[0].level = 4000;
	voice[1].level = 1000;
	publish_with_play(20, 2000, 1);
	ticks(15);
	HEARS(0, 3000);
	HEARS(1, 4000);
	HEARS(2, 5000);
	end_play();
	publish_with_play(5, 2000, 77);
	ticks(15);
	HEARS(2, 5000);
	assert_int_equal(n_ended, 1);
	end_play();
}

/* ---- ears */

struct ear {
	struct ts_ear ear;
	int n, freed;
	int16_t heard;
	int64_t time_ns;
	size_t n_talkers;
	uint64_t talkers[PEOPLE];
};

static void on_hear(struct ts_ear *e, const struct ts_ear_tick *tick)
{
	struct ear *ear = ts_container_of(e, struct ear, ear);
	assert_true(tick->n_talkers <= PEOPLE);
	assert_int_equal(tick->self, 3);
	ear->n++;
	ear->heard = tick->pcm[TS_AUDIO_FRAME / 2];
	ear->time_ns = tick->time_ns;
	ear->n_talkers = tick->n_talkers;
	memcpy(ear->talkers, tick->talkers, tick->n_talkers * sizeof(ear->talkers[0]));
}

static void on_free(struct ts_ear *e)
{
	ts_container_of(e, struct ear, ear)->freed++;
}

static void an_ear_hears_others_all_or_one(void **state)
{
	static const struct ts_ear_ops ops = {on_hear, on_free};
	struct ear ear = {0};
	(void)state;
	ts_ear_init(&ear.ear, &ops);
	voice[0].level = 8000;
	voice[1].level = 4000;
	voice[2].level = 1000;
	member[2].sender = NULL;
	member[2].codec = TS_CODEC_NONE;
	member[2].ear = &ear.ear;
	publish(PEOPLE);
	ticks(20);
	assert_int_equal(ear.n, 20);
	assert_int_equal(ear.time_ns, epoch_ns + 20 * TICK_NS);
	assert_in_range(ear.heard, 11990, 12010);
	assert_int_equal(ear.n_talkers, 3);
	assert_int_equal(ear.talkers[1], 2);
	HEARS(0, 5000);
	assert_int_equal(encoders(), 2); /* none for the ear */
	ts_ear_set(&ear.ear, TS_EAR_ALL, 0);
	ticks(2);
	assert_in_range(ear.heard, 12990, 13010);
	ts_ear_set(&ear.ear, TS_EAR_ONE, 2);
	ticks(2);
	assert_in_range(ear.heard, 3990, 4010);
	ts_ear_set(&ear.ear, TS_EAR_ONE, 77); /* nobody */
	voice[1].level = 0;
	ticks(2);
	assert_int_equal(ear.heard, 0);
	assert_int_equal(ear.n_talkers, 2);
	/* another room has it */
	ts_ear_set(&ear.ear, TS_EAR_OTHERS, 0);
	member[2].hears = 0.5f;
	publish(PEOPLE);
	ticks(30);
	assert_in_range(ear.heard, 3990, 4010);
	const int n = ear.n;
	ear.ear.hold.by = &ear;
	ticks(5);
	assert_int_equal(ear.n, n);
	ear.ear.hold.by = NULL;
	publish(0);
	ticks(1);
	struct ts_ear *held = &ear.ear;
	ts_ear_unref(&held);
	assert_int_equal(ear.freed, 1);
}

/* A matrix keeps the second from them: whatever the program asks to hear. */
static void who_is_kept_from_a_member_is_kept_from_their_ear(void **state)
{
	static const struct ts_ear_ops ops = {on_hear, on_free};
	const struct ts_volume kept = {.key = 2, .gain = 0};
	struct ear ear = {0};
	(void)state;
	ts_ear_init(&ear.ear, &ops);
	voice[0].level = 8000;
	voice[1].level = 4000;
	voice[2].level = 1000;
	member[2].sender = NULL;
	member[2].codec = TS_CODEC_NONE;
	member[2].ear = &ear.ear;
	ts_volumes_create(&member[2].volumes, &kept, 1);
	publish(PEOPLE);
	ticks(20);
	assert_in_range(ear.heard, 7990, 8010);
	ts_ear_set(&ear.ear, TS_EAR_ALL, 0);
	ticks(2);
	assert_in_range(ear.heard, 8990, 9010);
	ts_ear_set(&ear.ear, TS_EAR_ONE, 2);
	ticks(2);
	assert_int_equal(ear.heard, 0);
	release_volumes();
	publish(0);
	ticks(1);
	struct ts_ear *held = &ear.ear;
	ts_ear_unref(&held);
	assert_int_equal(ear.freed, 1);
}

static void what_is_played_to_one_reaches_their_ear(void **state)
{
	static const struct ts_ear_ops ops = {on_hear, on_free};
	struct ear ear = {0};
	(void)state;
	ts_ear_init(&ear.ear, &ops);
	voice[0].level = 4000;
	member[2].sender = NULL;
	member[2].codec = TS_CODEC_NONE;
	member[2].ear = &ear.ear;
	publish_with_play(20, 2000, 3);
	ticks(15);
	assert_in_range(ear.heard, 5990, 6010);
	HEARS(1, 4000);
	end_play();
	publish(0);
	ticks(1);
	assert_int_equal(ear.freed, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(packets_say_how_old_what_is_heard_is),
		TEST(who_moves_and_talks_at_once_hears_no_seam),
		TEST(a_packet_goes_out_every_20_ms_by_the_clock),
		TEST(nobody_hears_themselves),
		TEST(an_ear_hears_others_all_or_one),
		TEST(who_is_kept_from_a_member_is_kept_from_their_ear),
		TEST(what_is_played_to_one_reaches_their_ear),
		TEST(all_who_do_not_talk_share_an_encoder),
		TEST(the_shared_mix_begins_as_somebody_s_own),
		TEST(who_is_muted_is_not_heard),
		TEST(others_may_be_louder_to_one),
		TEST(equal_volumes_share_a_mix),
		TEST(some_hear_two_channels),
		TEST(a_change_of_volumes_is_a_ramp),
		TEST(who_leads_makes_others_quieter),
		TEST(who_follows_is_quieter_too),
		TEST(nobody_else_is_heard),
		TEST(each_may_hear_it_louder),
		TEST(listeners_and_speakers_alone_are_members_too),
		TEST(the_plan_may_change_while_they_talk),
		TEST(without_members_nothing_runs),
		TEST(a_silent_opus_mix_comes_to_rest),
		TEST(noise_stays_when_a_gate_closes),
		TEST(who_takes_few_bits_listens_to_a_mix_of_their_own_rate),
		TEST(red_and_plain_receivers_share_an_encoder),
		TEST(late_ticks_are_skipped_and_playout_stays_even),
		TEST(who_only_listens_gets_long_frames),
		TEST(all_hear_what_is_played_to_all),
		TEST(one_alone_hears_what_is_played_to_them),
		TEST(the_gain_of_a_voice_is_followed_without_a_step),
		TEST(voices_are_quieter_while_something_is_played),
		TEST(a_talker_may_be_the_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
