/* A program's leg: what is spoken, by ticks that the test makes, and what it is told. */
#include "mixer/leg/machine.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/loop.h"
#include "mixer/leg/speech.h"
#include "tests/unit/common/fake_time.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TICK_NS (20 * TS_NS_PER_MS)
enum { TOLD_MAX = 2000 };

static struct {
	struct ts_loop *loop;
	struct ts_machine *machine;
	struct ts_leg *leg;
	struct ts_voice *voice;
	struct ts_feed camera, slides;
	int connected, closed;
	int64_t now_ns;
	struct ts_machine_told told[TOLD_MAX];
	char name[TOLD_MAX][16];
	int16_t first[TOLD_MAX]; /* sample of a frame */
	int n;
} t;

static void on_heard(void *arg, const struct ts_machine_told *told)
{
	(void)arg;
	assert_true(t.n < TOLD_MAX);
	t.told[t.n] = (struct ts_machine_told){
		told->what, told->time_ms, told->number, told->key, told->len};
	if (told->what == TS_MACHINE_FRAME && told->len >= 2)
		t.first[t.n] = (int16_t)(told->data[told->len / 2 & ~1] |
			told->data[(told->len / 2 & ~1) + 1] << 8);
	else
		strncpy(t.name[t.n], (const char *)told->data, sizeof(t.name[0]) - 1);
	t.n++;
}

static void on_connected(void *arg)
{
	(void)arg;
	t.connected++;
}

static void on_closed(void *arg)
{
	(void)arg;
	t.closed++;
}

static const struct ts_leg_events events = {.connected = on_connected, .closed = on_closed};

static int make_loop(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	return ts_loop_create(&t.loop, "control") || ts_voice_create(&t.voice);
}

static void start(enum ts_codec codec, int rate_hz, bool speaks)
{
	const struct ts_machine_config config = {t.loop, codec, rate_hz, on_heard, NULL};
	assert_int_equal(ts_machine_create(&t.machine, &config), 0);
	const struct ts_leg_config leg = {.control = t.loop,
		.way = t.machine,
		.voice = speaks ? t.voice : NULL,
		.camera = &t.camera,
		.slides = &t.slides,
		.events = &events};
	assert_int_equal(ts_machine_leg.start(&t.leg, &leg), 0);
	t.now_ns = ts_now_ns();
}

static int end(void **state)
{
	(void)state;
	t.leg->ops->close(t.leg);
	ts_fake_time_run();
	assert_int_equal(t.closed, 1);
	ts_machine_unref(&t.machine);
	ts_voice_unref(&t.voice);
	ts_loop_destroy(&t.loop);
	return 0;
}

static void tick_of(const void *mix, int16_t level, const uint64_t *talkers, size_t n)
{
	int16_t pcm[TS_AUDIO_FRAME];
	for (int i = 0; i < TS_AUDIO_FRAME; i++) pcm[i] = level;
	struct ts_ear *ear = t.leg->ops->ear(t.leg);
	t.now_ns += TICK_NS;
	ear->ops->hear(ear,
		&(struct ts_ear_tick){.mix = mix,
			.self = 7,
			.time_ns = t.now_ns,
			.pcm = pcm,
			.talkers = talkers,
			.n_talkers = n});
}

static void tick(int16_t level)
{
	tick_of(&t, level, NULL, 0);
	ts_fake_time_run();
}

static int count(enum ts_machine_tell what)
{
	int n = 0;
	for (int i = 0; i < t.n; i++) n += t.told[i].what == what;
	return n;
}

static void frames_come_with_the_clock(void **state)
{
	static const int rates[] = {8000, 16000, 24000, 48000};
	for (size_t r = 0; r < 4; r++) {
		if (r) assert_int_equal(make_loop(state), 0);
		start(TS_CODEC_PCM, rates[r], false);
		for (int i = 0; i < 50; i++) tick(1000);
		assert_int_equal(t.n, 50);
		for (int i = 0; i < 50; i++) {
			assert_int_equal(t.told[i].what, TS_MACHINE_FRAME);
			assert_int_equal(t.told[i].number, i);
			assert_int_equal(t.told[i].time_ms, 20 * (i + 1));
			assert_int_equal(t.told[i].len, rates[r] / 25);
		}
		assert_in_range(t.first[49], 985, 1015);
		if (r < 3) end(state);
	}
}

static void no_such_rate_or_codec(void **state)
{
	struct ts_machine *none;
	(void)state;
	start(TS_CODEC_PCM, 48000, false);
	struct ts_machine_config config = {
		.control = t.loop, .codec = TS_CODEC_PCM, .rate_hz = 44100};
	assert_int_equal(ts_machine_create(&none, &config), TS_EUNSUPPORTED);
	config = (struct ts_machine_config){
		.control = t.loop, .codec = TS_CODEC_G722, .rate_hz = 16000};
	assert_int_equal(ts_machine_create(&none, &config), TS_EUNSUPPORTED);
}

static void opens_once(void **state)
{
	(void)state;
	start(TS_CODEC_OPUS, 48000, true);
	ts_machine_open(t.machine);
	ts_machine_open(t.machine);
	assert_int_equal(t.connected, 1);
}

/* The frame that is taken in a tick is in the voice when its jitter buffer lets it. */
static void what_is_spoken_reaches_the_voice(void **state)
{
	int16_t pcm[320 * 10];
	(void)state;
	start(TS_CODEC_PCM, 16000, true);
	for (int i = 0; i < 3200; i++) pcm[i] = (int16_t)(i / 8 % 2 ? 8000 : -8000);
	assert_int_equal(ts_machine_speak(t.machine, (const uint8_t *)pcm, sizeof(pcm)), 0);
	assert_int_equal(ts_machine_mark(t.machine, "over"), 0);
	assert_int_equal(ts_machine_waiting(t.machine), 10);
	int heard = 0, first = 0;
	for (int i = 1; i <= 20; i++) {
		tick(0);
		const int16_t *frame = ts_voice_tick(t.voice, t.now_ns);
		bool loud = false;
		for (int k = 0; frame && k < TS_AUDIO_FRAME; k++) loud |= frame[k] > 4000;
		heard += loud;
		if (loud && !first) first = i;
	}
	assert_in_range(heard, 9, 12);
	assert_in_range(first, 1, 3); /* 40 ms at most */
	assert_int_equal(count(TS_MACHINE_MARK), 1);
	struct ts_media_stats stats;
	t.leg->ops->stats(t.leg, 0, &stats);
	assert_int_equal(stats.bytes_in, sizeof(pcm));
	assert_int_equal(stats.packets_out, 20);
}

static void marks_come_when_their_place_is_reached(void **state)
{
	static const uint8_t silence[640 * 5];
	(void)state;
	start(TS_CODEC_PCM, 16000, true);
	ts_machine_mark(t.machine, "first");
	ts_machine_speak(t.machine, silence, 640 * 3);
	ts_machine_mark(t.machine, "third");
	ts_machine_speak(t.machine, silence, 100); /* what is not whole is filled up */
	ts_machine_mark(t.machine, "fourth");
	int at[3] = {0};
	for (int i = 1; i <= 8; i++) {
		const int before = count(TS_MACHINE_MARK);
		tick(0);
		for (int k = before; k < count(TS_MACHINE_MARK); k++) at[k] = i;
	}
	assert_int_equal(at[0], 1);
	assert_int_equal(at[1], 4);
	assert_int_equal(at[2], 5);
}

static void what_is_cleared_is_not_spoken(void **state)
{
	static const uint8_t silence[640 * 100];
	(void)state;
	start(TS_CODEC_PCM, 16000, true);
	ts_machine_speak(t.machine, silence, sizeof(silence));
	ts_machine_mark(t.machine, "old");
	tick(0);
	assert_int_equal(ts_machine_waiting(t.machine), 99);
	ts_machine_speak(t.machine, silence, 10);
	ts_machine_clear(t.machine);
	assert_int_equal(ts_machine_waiting(t.machine), 0);
	ts_machine_speak(t.machine, silence, 640 - 10); /* the 10 bytes are gone too */
	assert_int_equal(ts_machine_waiting(t.machine), 0);
	ts_machine_speak(t.machine, silence, 10);
	ts_machine_mark(t.machine, "new");
	assert_int_equal(ts_machine_waiting(t.machine), 1);
	tick(0);
	assert_int_equal(count(TS_MACHINE_CLEARED), 1);
	assert_int_equal(ts_machine_waiting(t.machine), 0);
	tick(0);
	assert_int_equal(count(TS_MACHINE_MARK), 1);
}

static void the_queue_is_bounded(void **state)
{
	static const uint8_t silence[640 * (TS_SPEECH_FRAMES + 10)];
	(void)state;
	start(TS_CODEC_PCM, 16000, true);
	assert_int_equal(ts_machine_speak(t.machine, silence, sizeof(silence)), 10);
	for (int i = 0; i < TS_SPEECH_MARKS; i++)
		assert_int_equal(ts_machine_mark(t.machine, "m"), 0);
	assert_int_equal(ts_machine_mark(t.machine, "m"), TS_EFULL);
	/* cleared and filled again before the next tick: what is cleared takes no place of it; a
	 * third time there is none left */
	ts_machine_clear(t.machine);
	assert_int_equal(ts_machine_speak(t.machine, silence, sizeof(silence)), 10);
	ts_machine_clear(t.machine);
	assert_true(ts_machine_speak(t.machine, silence, sizeof(silence)) > 10);
	ts_machine_clear(t.machine);
	tick(0);
	assert_int_equal(count(TS_MACHINE_CLEARED), TS_SPEECH_MARKS);
	assert_int_equal(ts_machine_speak(t.machine, silence, sizeof(silence)), 10);
}

static void of_opus_packets_are_20_ms(void **state)
{
	static const uint8_t ten[] = {0xf0, 1, 2}, twenty[] = {0xf8, 1, 2};
	(void)state;
	start(TS_CODEC_OPUS, 48000, true);
	assert_int_equal(ts_machine_speak(t.machine, ten, sizeof(ten)), TS_EBADMSG);
	assert_int_equal(ts_machine_speak(t.machine, twenty, sizeof(twenty)), 0);
	tick(1000);
	assert_int_equal(count(TS_MACHINE_FRAME), 1);
	assert_in_range(t.told[t.n - 1].len, 1, 400);
}

static void who_only_hears_says_nothing(void **state)
{
	static const uint8_t silence[640];
	(void)state;
	start(TS_CODEC_PCM, 16000, false);
	assert_int_equal(ts_machine_speak(t.machine, silence, sizeof(silence)), 0);
	assert_int_equal(ts_machine_waiting(t.machine), 0);
	assert_int_equal(ts_machine_mark(t.machine, "m"), TS_EUNSUPPORTED);
}

static void others_begin_and_end_to_talk(void **state)
{
	static const uint64_t both[] = {3, 7, 9}, one[] = {7, 9}, self[] = {7}, there[] = {9};
	static const char other_room;
	(void)state;
	start(TS_CODEC_PCM, 48000, true);
	tick_of(&t, 0, both, 3);
	tick_of(&t, 0, both, 3);
	tick_of(&t, 0, one, 2);
	tick_of(&other_room, 0, there, 1); /* another 9 */
	tick_of(&other_room, 0, self, 1);
	ts_fake_time_run();
	static const struct {
		enum ts_machine_tell what;
		uint64_t key;
	} expected[] = {{TS_MACHINE_TALKS, 3}, {TS_MACHINE_TALKS, 9}, {TS_MACHINE_SILENT, 3},
		{TS_MACHINE_SILENT, 9}, {TS_MACHINE_TALKS, 9}, {TS_MACHINE_SILENT, 9}};
	int n = 0;
	for (int i = 0; i < t.n; i++) {
		if (t.told[i].what == TS_MACHINE_FRAME) continue;
		assert_true(n < 6);
		assert_int_equal(t.told[i].what, expected[n].what);
		assert_int_equal(t.told[i].key, expected[n].key);
		n++;
	}
	assert_int_equal(n, 6);
}

/* Control stands still: what it does not take in time is lost, and counted. */
static void control_may_be_late(void **state)
{
	(void)state;
	start(TS_CODEC_PCM, 8000, false);
	for (int i = 0; i < 1100; i++) tick_of(&t, 0, NULL, 0);
	ts_fake_time_run();
	assert_in_range(t.n, 1000, 1024);
	assert_int_equal(ts_machine_lost(t.machine), 1100 - t.n);
	assert_int_equal(ts_machine_lost(t.machine), 0);
	tick(0);
	assert_int_equal(t.told[t.n - 1].number, 1100);
}

static void nothing_is_told_after_the_end(void **state)
{
	(void)state;
	start(TS_CODEC_PCM, 8000, true);
	tick_of(&t, 0, NULL, 0);
	ts_machine_forget(t.machine);
	ts_fake_time_run();
	assert_int_equal(t.n, 0);
	/* a plan holds its ear still */
	struct ts_ear *ear = ts_ear_ref(t.leg->ops->ear(t.leg));
	t.leg->ops->close(t.leg);
	tick_of(&t, 0, NULL, 0);
	ts_fake_time_run();
	assert_int_equal(t.closed, 1);
	ts_machine_unref(&t.machine);
	ts_ear_unref(&ear);
	ts_voice_unref(&t.voice);
	ts_loop_destroy(&t.loop);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_loop, end)
	const struct CMUnitTest tests[] = {
		TEST(frames_come_with_the_clock),
		TEST(no_such_rate_or_codec),
		TEST(opens_once),
		TEST(what_is_spoken_reaches_the_voice),
		TEST(marks_come_when_their_place_is_reached),
		TEST(what_is_cleared_is_not_spoken),
		TEST(the_queue_is_bounded),
		TEST(of_opus_packets_are_20_ms),
		TEST(who_only_hears_says_nothing),
		TEST(others_begin_and_end_to_talk),
		TEST(control_may_be_late),
		cmocka_unit_test_setup(nothing_is_told_after_the_end, make_loop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
