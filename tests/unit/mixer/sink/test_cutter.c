/* Which parts and segments pictures and sound become, at times of the test's own. */
#include "mixer/sink/cutter.h"

#include "container/playlist.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define S INT64_C(1000000000)
enum { PARTS = 200 };

static struct {
	struct ts_cutter *cutter;
	struct ts_cut_part *part[PARTS];
	size_t n;
	struct ts_track track;
	int64_t now_ns;
} t;

static void on_part(void *arg, struct ts_cut_part *part)
{
	(void)arg;
	assert_true(t.n < PARTS);
	t.part[t.n++] = part;
}

static void set_size(int width)
{
	static const uint8_t sets[] = {0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x0d, 0xd9, 0x01, 0, 0, 0, 1,
		0x68, 0xcb, 0x83, 0xcb, 0x20};
	t.track = (struct ts_track){
		.codec = TS_CODEC_H264, .width = width, .height = 180, .fps = 30};
	memcpy(t.track.extradata, sets, sizeof sets);
	t.track.extradata[9] = (uint8_t)(width >> 2 | 1);
	t.track.extradata_len = sizeof sets;
}

static int make(void **state)
{
	(void)state;
	memset(&t, 0, sizeof t);
	t.now_ns = 3600 * S;
	set_size(320);
	return ts_cutter_create(
		&t.cutter, &(struct ts_tap_keys){2 * S, t.now_ns}, false, on_part, NULL);
}

static int unmake(void **state)
{
	(void)state;
	ts_cutter_destroy(&t.cutter);
	for (size_t i = 0; i < t.n; i++) ts_cut_part_free(t.part[i]);
	return 0;
}

static void picture(bool key, int64_t step_ns)
{
	const uint8_t bytes[] = {0, 0, 0, 1, key ? 0x65 : 0x41, 1, 2, 3};
	ts_cutter_video(t.cutter,
		&(struct ts_cut_unit){bytes, sizeof bytes, key, t.now_ns, step_ns}, &t.track);
	t.now_ns += step_ns;
}

static void sound(int64_t time_ns)
{
	static const uint8_t bytes[] = {0x21, 0, 3};
	ts_cutter_audio(t.cutter, &(struct ts_cut_unit){bytes, sizeof bytes, true, time_ns, 0});
}

static void live(int fps, int pictures, int keys_every)
{
	for (int i = 0; i < pictures; i++) picture(i % keys_every == 0, S / fps);
}

/* What holds whatever is cut: rfc8216bis 4.4.3.7, RFC 8216 4.3.3.1. */
static int64_t check_rules(void)
{
	int64_t segment_ns = 0, sum_ns = 0;
	for (size_t i = 0; i < t.n; i++) {
		const struct ts_cut_part *p = t.part[i];
		assert_true(p->told_ns <= TS_PLAYLIST_PART_NS && p->told_ns > 0);
		if (!p->ends) assert_true(p->told_ns * 100 >= TS_PLAYLIST_PART_NS * 85);
		assert_int_equal(p->begins, i == 0 || t.part[i - 1]->ends);
		if (p->discontinuity || p->init) assert_true(p->begins);
		if (p->begins) segment_ns = 0;
		segment_ns += p->duration_ns;
		sum_ns += p->duration_ns;
		assert_true((segment_ns + S / 2) / S <= TS_PLAYLIST_TARGET_S);
		assert_non_null(p->bytes);
		/* what it takes is what it is */
		if (i + 1 < t.n && !t.part[i + 1]->discontinuity)
			assert_int_equal(p->time_ns + p->duration_ns, t.part[i + 1]->time_ns);
	}
	return sum_ns;
}

/* The parts of each segment take as long as it does, as far as players are told. */
static void check_told(void)
{
	int64_t told_ns = 0, took_ns = 0;
	for (size_t i = 0; i < t.n; i++) {
		const struct ts_cut_part *p = t.part[i];
		if (p->begins) told_ns = took_ns = 0;
		told_ns += p->told_ns;
		took_ns += p->duration_ns;
		if (p->ends) assert_true(llabs(told_ns - took_ns) < S / 10000);
	}
}

static size_t count_gaps(void)
{
	size_t n = 0;
	for (size_t i = 0; i < t.n; i++) n += t.part[i]->discontinuity;
	return n;
}

static void test_a_keyframe_begins_a_segment(void **state)
{
	(void)state;
	picture(false, S / 30); /* nothing can begin with it */
	live(30, 181, 60);
	assert_true(t.n == 18);
	for (size_t i = 0; i < t.n; i++) {
		assert_int_equal(t.part[i]->begins, i % 6 == 0);
		assert_int_equal(t.part[i]->independent, i % 6 == 0);
		assert_int_equal(!!t.part[i]->init, i == 0);
		assert_false(t.part[i]->discontinuity);
		assert_int_equal(t.part[i]->time_ns,
			3600 * S + S / 30 + (int64_t)(i / 6 * 60 + i % 6 * 11) * (S / 30));
	}
	assert_string_equal(t.part[0]->video, "avc1.42c00d");
	assert_int_equal(t.part[0]->width, 320);
	assert_int_equal(check_rules(), 180 * (S / 30));
}

/* Parts and segments keep to what players were told, however slow the pictures are, and whenever
 * keyframes come: every so many of a second's tenths. */
static void test_rates(void **state)
{
	static const int keys_ds[] = {20, 23, 15, 10000};
	(void)state;
	for (int fps = 1; fps <= 60; fps++) {
		for (size_t k = 0; k < sizeof keys_ds / sizeof *keys_ds; k++) {
			const int every = fps * keys_ds[k] / 10, pictures = 12 * fps;
			unmake(NULL);
			make(NULL);
			live(fps, pictures + 1, every ? every : 1);
			const int64_t sum_ns = check_rules(), due_ns = pictures * (S / fps);
			assert_int_equal(count_gaps(), 0);
			/* what waits to be a part is not out yet */
			assert_true(sum_ns <= due_ns && sum_ns > due_ns - S / 2 - S / fps);
			ts_cutter_flush(t.cutter);
			assert_int_equal(check_rules(), due_ns + S / fps);
			/* a part has two pictures and more */
			if (fps >= 5) check_told();
		}
	}
}

/* Half of the pictures are left out where the machine is slow, or some. */
static void test_pictures_are_left_out(void **state)
{
	(void)state;
	for (int fps = 1; fps <= 60; fps++) {
		for (int left = 2; left <= 7; left++) {
			unmake(NULL);
			make(NULL);
			for (int i = 0; i < 12 * fps; i++) {
				if (i % left)
					t.now_ns += S / fps;
				else
					picture(i % (2 * fps) == 0, S / fps);
			}
			check_rules();
			if (left * 5 <= fps) check_told();
			if (left <= 2 || (left - 1) * 10 < fps * 4)
				assert_int_equal(count_gaps(), 0);
		}
	}
}

/* The machine stood still just before a segment's end: what the last part could not be told to take
 * is told by another one. */
static void test_pictures_are_left_out_at_the_end(void **state)
{
	(void)state;
	for (int before = 48; before <= 55; before++) {
		for (int late = 0; late < 6; late++) {
			unmake(NULL);
			make(NULL);
			live(30, before, 1000);
			t.now_ns = 3602 * S + late * (S / 30);
			live(30, 30, 60);
			check_rules();
			check_told();
			assert_int_equal(count_gaps(), 0);
		}
	}
}

static void test_no_keyframe_comes(void **state)
{
	(void)state;
	live(30, 300, 1000);
	check_rules();
	size_t segments = 0;
	for (size_t i = 0; i < t.n; i++) segments += t.part[i]->begins;
	assert_in_range(segments, 4, 5);
	assert_false(t.part[t.n - 1]->independent);
}

static void test_another_size(void **state)
{
	(void)state;
	live(30, 40, 60);
	set_size(640);
	picture(false, S / 30); /* of before */
	picture(true, S / 30);
	live(30, 20, 60);
	check_rules();
	size_t at = 0;
	for (size_t i = 1; i < t.n; i++)
		if (t.part[i]->init) at = i;
	assert_true(at > 0 && t.part[at]->discontinuity && t.part[at]->independent);
	assert_int_equal(t.part[at]->width, 640);
	assert_true(t.part[at - 1]->ends);
}

static void test_a_gap(void **state)
{
	(void)state;
	live(30, 40, 60);
	t.now_ns += 5 * S;
	live(30, 40, 60);
	const int64_t sum_ns = check_rules();
	assert_int_equal(count_gaps(), 1);
	assert_true(sum_ns < 3 * S);
	/* flushed, and nothing came: the next one says so too */
	ts_cutter_flush(t.cutter);
	ts_cutter_flush(t.cutter);
	assert_true(t.part[t.n - 1]->ends);
	const size_t n = t.n;
	live(30, 20, 60);
	assert_true(t.n > n && t.part[n]->begins && t.part[n]->discontinuity && !t.part[n]->init);
}

static uint64_t times_of(const struct ts_blob *blob, uint64_t audio[2])
{
	/* tfdt of both tracks: box, flags, time */
	uint64_t time[2] = {0};
	size_t n = 0;
	for (size_t i = 0; i + 16 < blob->len && n < 2; i++) {
		if (memcmp(blob->bytes + i, "tfdt", 4) != 0) continue;
		for (size_t k = 0; k < 8; k++) time[n] = time[n] << 8 | blob->bytes[i + 8 + k];
		n++;
	}
	audio[0] = time[1];
	audio[1] = n;
	return time[0];
}

static void test_sound_is_where_it_was(void **state)
{
	(void)state;
	const int64_t from = t.now_ns;
	uint64_t audio[2], due = 0, frames = 0;
	sound(from - S / 100);
	for (int i = 0, k = 0; i < 200; i++) {
		picture(i % 60 == 0, S / 30);
		/* AAC comes later than the pictures of its time, by times that are cut to ns */
		/* half a tick off: rounded alone, some would come a tick later */
		for (; from + k * (1024 * S / 48000) < t.now_ns - S / 10; k++)
			sound(from + 10417 + k * 1024 * S / 48000);
	}
	check_rules();
	for (size_t i = 0; i < t.n; i++) {
		const uint64_t video = times_of(t.part[i]->bytes, audio);
		assert_int_equal(video,
			(uint64_t)(i / 6 * 60 + i % 6 * 11) * 3000 -
				/* 33333333 ns in ticks of 90 kHz */
				((i / 6 * 60 + i % 6 * 11) ? 1 : 0));
		if (audio[1] < 2) continue;
		/* none is lost, none is there twice */
		if (frames++) assert_true(audio[0] > due && audio[0] % 1024 == 0);
		due = audio[0];
	}
	assert_true(frames > 10);
}

/* Pictures of another output begin a little before the last ones of this. */
static void test_times_never_go_back(void **state)
{
	(void)state;
	uint64_t audio[2], before = 0;
	live(30, 30, 60);
	t.now_ns -= S / 5;
	live(30, 60, 60);
	t.now_ns = 5;
	live(30, 30, 60);
	for (size_t i = 0; i < t.n; i++) {
		const uint64_t video = times_of(t.part[i]->bytes, audio);
		assert_true(i == 0 || video > before);
		assert_true(t.part[i]->duration_ns > 0);
		assert_true(i == 0 || t.part[i]->time_ns > t.part[i - 1]->time_ns);
		before = video;
	}
}

static void test_much_sound_and_no_pictures(void **state)
{
	(void)state;
	live(30, 2, 60);
	for (int i = 0; i < 3000; i++) sound(t.now_ns + i * 1024 * S / 48000);
	for (int i = 0; i < 20; i++) picture(false, S / 1000);
	ts_cutter_flush(t.cutter);
	assert_true(t.n >= 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make, unmake)
	const struct CMUnitTest tests[] = {
		TEST(test_a_keyframe_begins_a_segment),
		TEST(test_rates),
		TEST(test_pictures_are_left_out),
		TEST(test_pictures_are_left_out_at_the_end),
		TEST(test_no_keyframe_comes),
		TEST(test_another_size),
		TEST(test_a_gap),
		TEST(test_sound_is_where_it_was),
		TEST(test_times_never_go_back),
		TEST(test_much_sound_and_no_pictures),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
