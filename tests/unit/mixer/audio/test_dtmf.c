/* Keys out of sound: pairs as ITU-T Q.24 wants them taken and refused, noise, speech. */
#include "mixer/audio/dtmf.h"

#include "base/media.h"
#include "tests/unit/common/speech.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MS = TS_AUDIO_RATE_HZ / 1000, PACKET = 20 * MS, MAX = 4 * TS_AUDIO_RATE_HZ };

static const char all_keys[] = "123A456B789C*0#D";
static const double low[] = {697, 770, 852, 941}, high[] = {1209, 1336, 1477, 1633};

struct sound {
	short pcm[MAX];
	int n;
	unsigned seed;
};

static double noise(struct sound *s)
{
	double sum = 0; /* of variance 1 */
	for (int i = 0; i < 12; i++) {
		s->seed = s->seed * 1664525u + 1013904223u;
		sum += (s->seed >> 8) / 16777216.0;
	}
	return sum - 6;
}

struct pair {
	int ms;
	double low_dbov, high_dbov, low_off, high_off; /* off: a share of the frequency */
	double noise_dbov;                             /* 0: none */
};

static double amplitude(double dbov)
{
	return 32768 * M_SQRT2 * pow(10, dbov / 20);
}

static void add(struct sound *s, char key, const struct pair *p)
{
	const int at = (int)(strchr(all_keys, key) - all_keys);
	const double f = low[at / 4] * (1 + p->low_off), g = high[at % 4] * (1 + p->high_off);
	for (int i = 0; i < p->ms * MS; i++) {
		double x = amplitude(p->low_dbov) * sin(2 * M_PI * f * i / TS_AUDIO_RATE_HZ) +
			amplitude(p->high_dbov) * sin(2 * M_PI * g * i / TS_AUDIO_RATE_HZ + 1);
		if (p->noise_dbov != 0) x += 32768 * pow(10, p->noise_dbov / 20) * noise(s);
		s->pcm[s->n++] = (short)fmax(-32768, fmin(32767, x));
	}
}

static void pause(struct sound *s, int ms, double noise_dbov)
{
	for (int i = 0; i < ms * MS; i++)
		s->pcm[s->n++] = noise_dbov != 0
			? (short)(32768 * pow(10, noise_dbov / 20) * noise(s))
			: 0;
}

/* The keys that are found, packet by packet. */
static void detect(const short *pcm, int n, char *out, size_t cap)
{
	struct ts_dtmf d;
	size_t found = 0;
	ts_dtmf_init(&d);
	for (int at = 0; at < n; at += PACKET) {
		const char key = ts_dtmf_push(&d, pcm + at, n - at < PACKET ? n - at : PACKET);
		if (key && found + 1 < cap) out[found++] = key;
	}
	out[found] = '\0';
}

static void each_key_that_is_good_enough(void **state)
{
	static const struct {
		const char *name;
		struct pair pair;
		int pause_ms;
		bool taken;
	} rows[] = {
		{"as phones send them", {100, -13, -11, 0, 0, 0}, 100, true},
		{"short", {40, -13, -13, 0, 0, 0}, 40, true},
		{"loud", {60, -7, -7, 0, 0, 0}, 60, true},
		{"soft", {60, -36, -36, 0, 0, 0}, 60, true},
		{"high louder by 8 dB", {50, -20, -12, 0, 0, 0}, 50, true},
		{"low louder by 6 dB", {50, -12, -18, 0, 0, 0}, 50, true},
		{"1.5 % up", {50, -15, -15, .015, .015, 0}, 50, true},
		{"1.5 % down", {50, -15, -15, -.015, -.015, 0}, 50, true},
		{"1.5 % apart", {50, -15, -15, -.015, .015, 0}, 50, true},
		{"noise at 15 dB", {50, -15, -15, 0, 0, -27}, 50, true},
		{"noise at 15 dB, twist, off", {60, -18, -14, .01, -.01, -27.5}, 60, true},
		{"too short", {20, -13, -13, 0, 0, 0}, 100, false},
		{"3.5 % up", {100, -13, -13, .035, .035, 0}, 100, false},
		{"3.5 % down", {100, -13, -13, -.035, -.035, 0}, 100, false},
		{"high louder by 12 dB", {100, -22, -10, 0, 0, 0}, 100, false},
		{"low louder by 12 dB", {100, -10, -22, 0, 0, 0}, 100, false},
		{"one tone alone", {100, -10, -90, 0, 0, 0}, 100, false},
		{"in loud noise", {100, -15, -15, 0, 0, -12}, 100, false},
		{"hardly there", {100, -50, -50, 0, 0, 0}, 100, false},
	};
	(void)state;
	static struct sound s;
	for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
		for (int shift = 0; shift < 13; shift += 3) { /* where blocks begin is luck */
			char found[64];
			s.n = 0;
			s.seed = (unsigned)(r * 100 + (unsigned)shift);
			pause(&s, 20 + shift, rows[r].pair.noise_dbov);
			for (const char *key = all_keys; *key; key++) {
				add(&s, *key, &rows[r].pair);
				pause(&s, rows[r].pause_ms, rows[r].pair.noise_dbov);
			}
			detect(s.pcm, s.n, found, sizeof found);
			if (strcmp(found, rows[r].taken ? all_keys : ""))
				fail_msg("%s (%d): \"%s\"", rows[r].name, shift, found);
		}
	}
}

static void a_key_held_is_one_and_twice_is_two(void **state)
{
	static const struct pair held = {1500, -13, -13, 0, 0, 0}, brief = {60, -13, -13, 0, 0, 0};
	static struct sound s;
	char found[64];
	(void)state;
	s.n = 0;
	add(&s, '5', &held);
	pause(&s, 8, 0); /* a lost packet's worth of concealment gone wrong: still the same press */
	add(&s, '5', &brief);
	pause(&s, 50, 0);
	add(&s, '5', &brief);
	pause(&s, 50, 0);
	add(&s, '6', &brief);
	add(&s, '7', &brief); /* without a pause */
	pause(&s, 50, 0);
	detect(s.pcm, s.n, found, sizeof found);
	assert_string_equal(found, "5567");
}

static void silence_without_samples(void **state)
{
	static const struct pair brief = {60, -13, -13, 0, 0, 0};
	static struct sound s;
	struct ts_dtmf d;
	(void)state;
	s.n = 0;
	add(&s, '9', &brief);
	ts_dtmf_init(&d);
	assert_int_equal(ts_dtmf_push(&d, s.pcm, s.n), '9');
	assert_true(ts_dtmf_sounds(&d));
	assert_int_equal(ts_dtmf_push(&d, NULL, PACKET), 0);
	assert_false(ts_dtmf_sounds(&d));
	assert_int_equal(ts_dtmf_push(&d, NULL, PACKET), 0);
	assert_int_equal(ts_dtmf_push(&d, s.pcm, s.n), '9');
}

/* Talk-off: no key in minutes of speech (readers, or espeak-ng's voices), and none in music of two
 * tones that are not a pair. */
static void speech_is_no_key(void **state)
{
	enum { SECONDS = 40 };
	(void)state;
	for (unsigned who = 0; who < TS_SPEECH_PEOPLE; who++) {
		char found[64];
		int16_t *pcm = ts_speech_make(who, TS_AUDIO_RATE_HZ, SECONDS, -20);
		detect(pcm, SECONDS * TS_AUDIO_RATE_HZ, found, sizeof found);
		free(pcm);
		if (*found) fail_msg("speaker %u: \"%s\"", who, found);
	}
}

static void hostile_samples_are_survived(void **state)
{
	static struct sound s;
	char found[64];
	(void)state;
	for (int i = 0; i < MAX; i++) s.pcm[i] = (short)(i / 7 % 2 ? 32767 : -32768);
	detect(s.pcm, MAX, found, sizeof found);
	s.seed = 7;
	for (int i = 0; i < MAX; i++) s.pcm[i] = (short)(noise(&s) * 8000);
	detect(s.pcm, MAX, found, sizeof found);
	assert_string_equal(found, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_that_is_good_enough),
		cmocka_unit_test(a_key_held_is_one_and_twice_is_two),
		cmocka_unit_test(silence_without_samples),
		cmocka_unit_test(speech_is_no_key),
		cmocka_unit_test(hostile_samples_are_survived),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
