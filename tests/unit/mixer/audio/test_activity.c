/* Who is heard and who speaks: people in noise of many kinds, and noise alone, beside a fixed
 * threshold as there was before. */
#include "base/clock.h"
#include "base/media.h"
#include "codec/level.h"
#include "mixer/audio/activity.h"
#include "tests/unit/common/speech.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	HZ = 8000,
	FRAME = HZ / 50,
	SECONDS = 24,
	N = HZ * SECONDS,
	FRAMES = SECONDS * 50,
	PEOPLE = 4
};
#define FRAME_NS (20 * TS_NS_PER_MS)

/* ---- noise */

enum kind { WHITE, PINK, FAN, HUM, OFFICE, TONE, BABBLE, KINDS };
static const char *const names[KINDS] = {"white", "pink", "fan", "hum", "office", "tone", "babble"};

static double random_of(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (double)*seed / 2147483648.0 - 1;
}

static double pink(uint32_t *seed, double *b)
{
	double w = random_of(seed);
	b[0] = .99765 * b[0] + w * .0990460;
	b[1] = .96300 * b[1] + w * .2965164;
	b[2] = .57000 * b[2] + w * 1.0526913;
	return b[0] + b[1] + b[2] + w * .1848;
}

static double fan(uint32_t *seed, double *b, double t)
{
	b[0] += (random_of(seed) - b[0]) * .1;
	b[1] += (b[0] - b[1]) * .1;
	return 8 * b[1] + .5 * sin(2 * M_PI * 115 * t);
}

static double sample(enum kind kind, int i, uint32_t *seed, double *b)
{
	const double t = (double)i / HZ;
	switch (kind) {
	case PINK: return pink(seed, b);
	case FAN: return fan(seed, b, t);
	case HUM:
		return sin(2 * M_PI * 50 * t) + .5 * sin(2 * M_PI * 150 * t) +
			.02 * random_of(seed);
	case OFFICE:
		return pink(seed, b) *
			(i % (3 * HZ / 2) < HZ / 50 ? 3 : 1); /* and somebody types */
	case TONE: return sin(2 * M_PI * 440 * t);
	default: return random_of(seed);
	}
}

static const int16_t *talker(unsigned who)
{
	static int16_t *made[TS_SPEECH_PEOPLE];
	if (!made[who]) made[who] = ts_speech_make(who, HZ, SECONDS, -26);
	return made[who];
}

static double *noise_make(enum kind kind, double dbov)
{
	double *x = calloc(N, sizeof *x), b[3] = {0}, power = 0;
	uint32_t seed = 9;
	assert_non_null(x);
	for (unsigned who = 0; kind == BABBLE && who < 6; who++) {
		const int16_t *one = talker(who);
		for (int i = 0; i < N; i++) x[i] += one[(i + (int)who * 29 * HZ / 10) % N];
	}
	for (int i = 0; kind != BABBLE && i < N; i++) x[i] = sample(kind, i, &seed, b);
	for (int i = 0; i < N; i++) power += x[i] * x[i] / N;
	for (int i = 0; i < N; i++) x[i] *= 32768 * pow(10, dbov / 20) / sqrt(power);
	return x;
}

/* ---- ears */

struct ears {
	struct ts_activity activity;
	int64_t fixed_ns; /* the gate of before: above -55 dBov, held for 400 ms */
	int frames;
};

struct shares {
	int n, heard, speech, before;
};

static void ears_init(struct ears *e)
{
	memset(e, 0, sizeof *e);
	ts_activity_init(&e->activity);
}

static void listen(struct ears *e, const int16_t *pcm)
{
	const int64_t now_ns = ++e->frames * FRAME_NS;
	const int level = ts_level_dbov(pcm, FRAME);
	if (level >= -55) e->fixed_ns = now_ns;
	ts_activity_update(&e->activity, level, TS_VAD_UNKNOWN, TS_AUDIO_FRAME);
	ts_activity_tick(&e->activity, now_ns);
}

static void count(struct shares *s, const struct ears *e)
{
	s->n++;
	s->heard += e->activity.heard;
	s->speech += e->activity.speech;
	s->before += e->fixed_ns && e->frames * FRAME_NS - e->fixed_ns < 400 * TS_NS_PER_MS;
}

static double percent(int part, const struct shares *s)
{
	return s->n ? 100.0 * part / s->n : 0;
}

/* ---- noise alone */

static void noise_is_not_heard_and_never_speech(void **state)
{
	static const double levels[] = {-52, -45, -38, -32};
	(void)state;
	for (enum kind k = WHITE; k < BABBLE; k++) {
		for (size_t l = 0; l < sizeof levels / sizeof levels[0]; l++) {
			double *noise = noise_make(k, levels[l]);
			struct shares later = {0}, all = {0};
			struct ears e;
			ears_init(&e);
			for (int f = 0; f < FRAMES; f++) {
				int16_t pcm[FRAME];
				for (int i = 0; i < FRAME; i++)
					pcm[i] = (int16_t)lrint(noise[f * FRAME + i]);
				listen(&e, pcm);
				count(&all, &e);
				if (f >= 4 * 50) count(&later, &e);
			}
			print_message("  %-7s %3.0f dBov: heard %5.1f %% (before %5.1f), "
				      "speech %.1f %%\n",
				names[k], levels[l], percent(later.heard, &later),
				percent(later.before, &later), percent(all.speech, &all));
			assert_true(percent(later.heard, &later) <= (k == OFFICE ? 40 : 10));
			assert_true(percent(all.speech, &all) <= 8);
			free(noise);
		}
	}
}

/* ---- speech in noise */

/* 4 s of speech, 4 s of pause. */
static bool in_speech(int frame)
{
	return frame / 200 % 2 == 0;
}

struct heard {
	struct shares words, pauses;
};

static void one_talks(unsigned who, const double *noise, struct heard *out)
{
	const int16_t *clean = talker(who);
	struct ears e;
	int since_word = 0;
	ears_init(&e);
	for (int f = 0; f < FRAMES; f++) {
		int16_t pcm[FRAME];
		int level = in_speech(f) ? ts_level_dbov(clean + f * FRAME, FRAME) : -127;
		for (int i = 0; i < FRAME; i++) {
			double v = (in_speech(f) ? clean[f * FRAME + i] : 0) +
				(noise ? noise[f * FRAME + i] : 0);
			pcm[i] = (int16_t)(v > 32767 ? 32767 : v < -32768 ? -32768 : lrint(v));
		}
		listen(&e, pcm);
		since_word = level > -55 ? 0 : since_word + 1;
		if (level >= -26 - 15) count(&out->words, &e);
		if (since_word > 40 && f > 200) count(&out->pauses, &e);
	}
}

static void speech_is_heard_in_noise_from_its_beginning(void **state)
{
	static const struct {
		enum kind kind;
		int snr_db; /* 0: no noise */
		/* percent: at least, at least, at most, at most */
		int heard, speech, pauses, speech_in_pauses;
	} rows[] = {
		{WHITE, 0, 99, 80, 1, 1}, {WHITE, 20, 97, 75, 5, 2}, {WHITE, 10, 92, 60, 10, 2},
		{WHITE, 6, 85, 40, 30, 2}, {PINK, 20, 97, 75, 10, 5}, {PINK, 10, 92, 60, 25, 5},
		{FAN, 20, 97, 75, 15, 8}, {FAN, 10, 92, 60, 25, 8}, {HUM, 10, 92, 60, 10, 2},
		{OFFICE, 10, 92, 60, 40, 12}, {BABBLE, 20, 98, 75, 100, 100}, /* it is speech */
	};
	(void)state;
	for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
		double *noise = rows[r].snr_db ? noise_make(rows[r].kind, -26 - rows[r].snr_db)
					       : NULL;
		struct heard h = {0};
		for (unsigned who = 0; who < PEOPLE; who++) one_talks(who, noise, &h);
		print_message(
			"  %-7s %2d dB: words heard %5.1f %% (before %5.1f), as speech %5.1f; "
			"pauses heard %5.1f %% (before %5.1f), as speech "
			"%4.1f\n",
			noise ? names[rows[r].kind] : "quiet", rows[r].snr_db,
			percent(h.words.heard, &h.words), percent(h.words.before, &h.words),
			percent(h.words.speech, &h.words), percent(h.pauses.heard, &h.pauses),
			percent(h.pauses.before, &h.pauses), percent(h.pauses.speech, &h.pauses));
		assert_true(percent(h.words.heard, &h.words) >= rows[r].heard);
		assert_true(percent(h.words.speech, &h.words) >= rows[r].speech);
		assert_true(percent(h.pauses.heard, &h.pauses) <= rows[r].pauses);
		assert_true(percent(h.pauses.speech, &h.pauses) <= rows[r].speech_in_pauses);
		free(noise);
	}
}

/* ---- levels as they are told */

struct script {
	struct ts_activity activity;
	int64_t now_ns;
	int heard, talking, speech, n; /* ticks */
};

static void tell(struct script *s, int ms, int level_dbov, enum ts_vad vad)
{
	s->heard = s->talking = s->speech = s->n = 0;
	for (; ms > 0; ms -= 20) {
		ts_activity_update(&s->activity, level_dbov, vad, TS_AUDIO_FRAME);
		ts_activity_tick(&s->activity, s->now_ns += FRAME_NS);
		s->n++;
		s->heard += s->activity.heard;
		s->talking += s->activity.talking;
		s->speech += s->activity.speech;
	}
}

/* Syllables: 120 ms loud, 80 ms down by 15 dB. */
static void chatter(struct script *s, int ms, int level_dbov, enum ts_vad vad)
{
	int heard = 0, talking = 0, speech = 0, n = 0;
	for (; ms > 0; ms -= 200) {
		for (int part = 0; part < 2; part++) {
			tell(s, part ? 80 : 120, level_dbov - 15 * part, vad);
			heard += s->heard, talking += s->talking, speech += s->speech, n += s->n;
		}
	}
	s->heard = heard, s->talking = talking, s->speech = speech, s->n = n;
}

static void script_init(struct script *s, int floor_dbov)
{
	memset(s, 0, sizeof *s);
	ts_activity_init(&s->activity);
	s->now_ns = TS_NS_PER_S;
	tell(s, 5000, floor_dbov, TS_VAD_UNKNOWN);
}

static void the_gate_opens_with_the_first_frame_and_holds(void **state)
{
	static const struct {
		int floor, level;
		bool opens;
	} rows[] = {
		{-127, -54, true}, {-127, -56, false}, {-70, -54, true}, {-50, -46, false},
		{-50, -40, true}, {-40, -36, false}, {-40, -30, true}, {-30, -28, false},
		{-20, -20, true}, /* so loud that it is heard, whatever it is */
	};
	(void)state;
	for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
		struct script s;
		script_init(&s, rows[r].floor);
		tell(&s, 20, rows[r].level, TS_VAD_UNKNOWN);
		assert_int_equal(s.heard, rows[r].opens);
		if (!rows[r].opens || rows[r].floor > -26) continue;
		tell(&s, 2000, rows[r].floor, TS_VAD_UNKNOWN);
		assert_in_range(s.heard, 9, 10); /* 200 ms: it may have been a click */
		tell(&s, 100, rows[r].level, TS_VAD_UNKNOWN);
		assert_int_equal(s.heard, 5);
		tell(&s, 2000, rows[r].floor, TS_VAD_UNKNOWN);
		assert_in_range(s.heard, 28, 30); /* 600 ms */
	}
}

static void steady_sound_is_no_speech(void **state)
{
	struct script s;
	(void)state;
	script_init(&s, -127);
	tell(&s, 10000, -20, TS_VAD_UNKNOWN);
	assert_int_equal(s.heard, s.n);
	assert_int_equal(s.speech, 0);
	script_init(&s, -127);
	chatter(&s, 10000, -20, TS_VAD_UNKNOWN);
	assert_true(s.speech > s.n * 9 / 10);
}

/* How many of 100 frames are speech. early: samples of the first frame that an earlier packet has
 * filled */
static int syllables(int period_ms, int phase_ms, int early)
{
	struct ts_activity a;
	int64_t now_ns = TS_NS_PER_S;
	int speech = 0;
	ts_activity_init(&a);
	if (early) ts_activity_update(&a, -65, TS_VAD_UNKNOWN, early);
	for (int f = 0; f < 150; f++) {
		double swell = sin(M_PI * (f * 20 + phase_ms) / period_ms);
		double level = f < 50 ? -65 : fmax(-65, -22 + 20 * log10(swell * swell + 1e-3));
		ts_activity_update(&a, (int)level, TS_VAD_UNKNOWN, TS_AUDIO_FRAME);
		ts_activity_tick(&a, now_ns += FRAME_NS);
		speech += a.speech;
	}
	return speech;
}

/* However they fall on packets and means, people speak. */
static void syllables_of_every_length_and_phase(void **state)
{
	int least = 100;
	(void)state;
	for (int period_ms = 180; period_ms <= 400; period_ms += 10) {
		for (int phase_ms = 0; phase_ms < period_ms; phase_ms += 10) {
			for (int early = 0; early < TS_AUDIO_FRAME; early += TS_AUDIO_FRAME / 4) {
				int speech = syllables(period_ms, phase_ms, early);
				if (speech < least) least = speech;
				if (speech < 70)
					fail_msg("period %d ms, phase %d, early %d: %d of 100",
						period_ms, phase_ms, early, speech);
			}
		}
	}
	print_message("  speech in at least %d of 100 frames\n", least);
}

/* A fan that starts is heard until it is known. */
static void new_noise_is_learned_within_four_seconds(void **state)
{
	struct script s;
	(void)state;
	script_init(&s, -70);
	tell(&s, 4000, -45, TS_VAD_UNKNOWN);
	assert_int_equal(s.speech, 0);
	tell(&s, 2000, -45, TS_VAD_UNKNOWN);
	assert_int_equal(s.heard, 0);
	tell(&s, 200, -30, TS_VAD_UNKNOWN);
	assert_int_equal(s.heard, s.n);
	tell(&s, 3000, -70, TS_VAD_UNKNOWN); /* it is switched off: quiet speech counts at once */
	tell(&s, 20, -54, TS_VAD_UNKNOWN);
	assert_int_equal(s.heard, 1);
}

/* ---- RFC 6464 */

static void the_v_bit_counts_where_it_is_used(void **state)
{
	struct script s;
	(void)state;
	/* both values seen: what it denies is not heard below -26 dBov, and never talking */
	script_init(&s, -70);
	tell(&s, 1000, -70, TS_VAD_NO);
	chatter(&s, 2000, -35, TS_VAD_YES);
	assert_true(s.speech > s.n / 2);
	tell(&s, 2000, -70, TS_VAD_NO);
	chatter(&s, 5000, -35, TS_VAD_NO);
	assert_int_equal(s.heard + s.talking + s.speech, 0);
	chatter(&s, 5000, -20, TS_VAD_NO);
	assert_int_equal(s.heard, s.n);
	assert_int_equal(s.talking + s.speech, 0);
	chatter(&s, 1000, -35, TS_VAD_YES);
	assert_true(s.speech > 0);
}

static void a_v_bit_that_is_always_set_says_nothing(void **state)
{
	struct script s;
	(void)state;
	script_init(&s, -45);
	tell(&s, 20000, -45, TS_VAD_YES);
	assert_int_equal(s.heard + s.speech, 0);
}

static void a_v_bit_that_is_never_set_is_not_believed_against_a_voice(void **state)
{
	struct script s;
	(void)state;
	script_init(&s, -70);
	tell(&s, 1000, -70, TS_VAD_NO);
	chatter(&s, 600, -35, TS_VAD_NO);
	chatter(&s, 3000, -35, TS_VAD_NO);
	assert_int_equal(s.heard, s.n);
	assert_true(s.speech > s.n * 3 / 4);
	script_init(&s, -60);
	/* hardly above its floor: it is noise, as the sender says */
	tell(&s, 10000, -50, TS_VAD_NO);
	assert_int_equal(s.heard, 0);
}

/* ---- packets of every length, pauses */

static void packets_of_every_length(void **state)
{
	static const int lengths_ms[] = {10, 20, 30, 40, 60, 120, 200};
	(void)state;
	for (size_t l = 0; l < sizeof lengths_ms / sizeof lengths_ms[0]; l++) {
		struct ts_activity a;
		int64_t now_ns = TS_NS_PER_S, told_ms = 0;
		int heard = 0;
		ts_activity_init(&a);
		for (int tick = 0; tick < 500; tick++) {
			for (; told_ms < (tick + 1) * 20; told_ms += lengths_ms[l])
				ts_activity_update(&a, -45, TS_VAD_UNKNOWN, lengths_ms[l] * 48);
			ts_activity_tick(&a, now_ns += FRAME_NS);
			heard += a.heard;
			if (tick == 0) assert_true(a.heard);
			if (tick > 200) assert_false(a.heard);
		}
		assert_in_range(heard, 130, 200);
	}
}

static void the_senders_own_word_for_its_noise(void **state)
{
	struct ts_activity a;
	(void)state;
	ts_activity_init(&a);
	ts_activity_noise(&a, -50);
	/* one word does not make the others of 3 s untrue */
	assert_true(ts_activity_floor_dbov(&a) <= -70);
	for (int k = 0; k < 200; k++) {
		ts_activity_update(&a, -30, TS_VAD_UNKNOWN, TS_AUDIO_FRAME);
		if (k % 10 == 0) ts_activity_noise(&a, -50);
	}
	assert_true(ts_activity_floor_dbov(&a) >= -50 && ts_activity_floor_dbov(&a) <= -45);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(noise_is_not_heard_and_never_speech),
		cmocka_unit_test(speech_is_heard_in_noise_from_its_beginning),
		cmocka_unit_test(the_gate_opens_with_the_first_frame_and_holds),
		cmocka_unit_test(steady_sound_is_no_speech),
		cmocka_unit_test(syllables_of_every_length_and_phase),
		cmocka_unit_test(new_noise_is_learned_within_four_seconds),
		cmocka_unit_test(the_v_bit_counts_where_it_is_used),
		cmocka_unit_test(a_v_bit_that_is_always_set_says_nothing),
		cmocka_unit_test(a_v_bit_that_is_never_set_is_not_believed_against_a_voice),
		cmocka_unit_test(packets_of_every_length),
		cmocka_unit_test(the_senders_own_word_for_its_noise),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
