/* What a stream's window keeps, lists and finds. */
#include "control/hls/window.h"

#include "tests/unit/base/cmocka_all.h"
#include <stdlib.h>
#include <string.h>

#define S INT64_C(1000000000)
#define NOW_MS INT64_C(1795716220000)

static struct ts_hls_window w;
static struct ts_blob *found[TS_PLAYLIST_PARTS];
static size_t n;

static int make(void **state)
{
	(void)state;
	ts_hls_window_init(&w, 0, 1 << 20);
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	ts_hls_window_fini(&w);
	return 0;
}

enum { BEGINS = 1, ENDS = 2, INIT = 4, GAP = 8 };

static void add(unsigned flags, size_t len, int64_t duration_ns)
{
	struct ts_cut_part *part = calloc(1, sizeof *part);
	part->bytes = ts_blob_new(len);
	memset(part->bytes->bytes, 'x', len);
	part->begins = part->independent = flags & BEGINS;
	part->ends = flags & ENDS;
	part->discontinuity = flags & GAP;
	part->duration_ns = part->told_ns = duration_ns;
	if (flags & INIT) {
		part->init = ts_blob_new(10);
		part->width = 640;
		part->height = 360;
		part->fps = 30;
		strcpy(part->video, "avc1.42c01f");
	}
	ts_hls_window_add(&w, part, NOW_MS);
}

/* Of five parts, two seconds. */
static void segment(unsigned flags, size_t len)
{
	for (int i = 0; i < 5; i++)
		add((i == 0 ? BEGINS | flags : 0) | (i == 4 ? ENDS : 0), len, 2 * S / 5);
}

static enum ts_hls_found find(const char *text)
{
	struct ts_playlist_name name;
	assert_true(ts_playlist_name_read(&name, text));
	return ts_hls_window_find(&w, &name, found, &n);
}

static bool lists(const char *text)
{
	struct ts_blob *list = ts_hls_window_playlist(&w, NULL, 0);
	return memmem(list->bytes, list->len, text, strlen(text)) != NULL;
}

static void names_are_found(void **state)
{
	(void)state;
	size_t parts;
	assert_int_equal(find("s0.0.m4s"), TS_HLS_LATER);
	assert_int_equal(find("s0.m4s"), TS_HLS_ABSENT);
	add(BEGINS, 5, S / 5); /* without what it needs to be decoded: nothing */
	assert_int_equal(ts_hls_window_growing(&w, &parts), 0);
	assert_int_equal(parts, 0);
	segment(INIT, 100);
	add(BEGINS, 7, S / 5);
	assert_int_equal(ts_hls_window_growing(&w, &parts), 1);
	assert_int_equal(parts, 1);
	assert_int_equal(find("i0.mp4"), TS_HLS_FOUND);
	assert_int_equal(found[0]->len, 10);
	assert_int_equal(find("i1.mp4"), TS_HLS_ABSENT);
	assert_int_equal(find("s0.m4s"), TS_HLS_FOUND);
	assert_int_equal(n, 5);
	assert_int_equal(find("s0.4.m4s"), TS_HLS_FOUND);
	assert_int_equal(n, 1);
	assert_int_equal(found[0]->len, 100);
	assert_int_equal(find("s0.5.m4s"), TS_HLS_ABSENT);
	assert_int_equal(find("s1.m4s"), TS_HLS_ABSENT); /* it grows */
	assert_int_equal(find("s1.0.m4s"), TS_HLS_FOUND);
	assert_int_equal(find("s1.1.m4s"), TS_HLS_LATER);
	assert_int_equal(find("s1.2.m4s"), TS_HLS_ABSENT);
	assert_int_equal(find("s2.0.m4s"), TS_HLS_ABSENT);
	assert_true(lists("PART:DURATION=0.20000,URI=\"s1.0.m4s\",INDEPENDENT=YES\n"));
	assert_true(lists("EXTINF:2.00000,\ns0.m4s\n"));
	add(0, 7, S / 5);
	assert_true(lists("URI=\"s1.1.m4s\"\n"));
	assert_int_equal(w.bytes, 514);
	assert_int_equal(w.width, 640);
}

/* The entity tag is the serial: one text each, whatever is told of other renditions meanwhile. */
static void a_serial_has_one_text(void **state)
{
	const struct ts_playlist_report early = {1, 7, 1}, late = {1, 8, 0};
	char text[TS_PLAYLIST_BYTES];
	(void)state;
	segment(INIT, 100);
	struct ts_blob *list = ts_hls_window_playlist(&w, &early, 1);
	const uint64_t serial = w.serial;
	const size_t len = list->len;
	memcpy(text, list->bytes, len);
	list = ts_hls_window_playlist(&w, &late, 1);
	assert_int_equal(w.serial, serial);
	assert_int_equal(list->len, len);
	assert_memory_equal(list->bytes, text, len);
	add(BEGINS, 7, S / 5);
	assert_int_not_equal(w.serial, serial);
	list = ts_hls_window_playlist(&w, &late, 1);
	assert_non_null(memmem(list->bytes, list->len, "LAST-MSN=8", 10));
	/* what others have by now is in the text, too */
	ts_hls_window_clear(&w);
	const uint64_t cleared = w.serial;
	ts_hls_window_begin_at(&w, 90, 3);
	assert_int_not_equal(w.serial, cleared);
}

static void what_is_old_goes(void **state)
{
	(void)state;
	for (int i = 0; i < 40; i++) segment(i == 0 ? INIT : i == 20 ? INIT | GAP : 0, 100);
	/* 12 s are listed */
	assert_true(lists("MEDIA-SEQUENCE:34\n"));
	assert_false(lists("s33.m4s"));
	assert_true(lists("DISCONTINUITY-SEQUENCE:1\n"));
	/* who has an older playlist still finds what it lists, for as long again and a segment */
	assert_int_equal(find("s28.m4s"), TS_HLS_FOUND);
	assert_int_equal(find("s20.m4s"), TS_HLS_ABSENT);
	assert_int_equal(find("i0.mp4"), TS_HLS_ABSENT);
	assert_int_equal(find("i1.mp4"), TS_HLS_FOUND);
	assert_int_equal(w.bytes, w.segments.length * 500);
}

static void bytes_are_bounded(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		segment(i == 0 ? INIT : 0, 60000);
		assert_true(w.bytes <= w.max_bytes);
	}
	assert_true(w.segments.length >= 3);
	assert_true(lists("s19.m4s"));
	assert_false(lists("s15.m4s"));
	/* one that is too large alone */
	for (int i = 0; i < 10; i++) add(i == 0 ? BEGINS : 0, 300000, S / 5);
	assert_int_equal(w.segments.length, 1);
	assert_true(lists("MEDIA-SEQUENCE:20\n"));
}

static void many_short_ones(void **state)
{
	(void)state;
	add(BEGINS | ENDS | INIT, 10, S / 50);
	for (int i = 0; i < 1000; i++) add(BEGINS | ENDS, 10, S / 50);
	assert_true(w.segments.length <= 128);
	assert_true(lists("MEDIA-SEQUENCE:969\n"));
}

/* A part was lost, and the segment with it. */
static void a_segment_that_was_not_ended(void **state)
{
	(void)state;
	segment(INIT, 10);
	add(BEGINS, 10, S / 3);
	add(BEGINS | GAP, 10, S / 3);
	assert_int_equal(find("s1.m4s"), TS_HLS_FOUND);
	assert_true(lists("s1.m4s\n#EXT-X-DISCONTINUITY\n"));
	/* more parts than a segment can have */
	for (int i = 0; i < 2 * TS_PLAYLIST_PARTS; i++) add(0, 10, S / 3);
	assert_int_equal(find("s2.m4s"), TS_HLS_FOUND);
	assert_int_equal(n, TS_PLAYLIST_PARTS);
}

/* Nobody watches for a while. */
static void begins_anew(void **state)
{
	size_t parts;
	(void)state;
	segment(INIT, 100);
	segment(GAP, 100);
	add(BEGINS, 7, S / 5);
	ts_hls_window_clear(&w);
	assert_int_equal(w.bytes, 0);
	assert_false(w.ready);
	assert_int_equal(find("s1.m4s"), TS_HLS_ABSENT);
	assert_int_equal(find("i0.mp4"), TS_HLS_FOUND);
	assert_true(lists("MEDIA-SEQUENCE:3\n#EXT-X-DISCONTINUITY-SEQUENCE:1\n"));
	assert_true(lists("URI=\"s3.0.m4s\"\n"));
	/* the rest of what had begun */
	add(ENDS, 7, S / 5);
	assert_int_equal(ts_hls_window_growing(&w, &parts), 3);
	assert_int_equal(w.bytes, 0);
	segment(GAP, 100);
	assert_true(lists("MEDIA-SEQUENCE:3\n#EXT-X-DISCONTINUITY-SEQUENCE:1\n"
			  "#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"i0.mp4\"\n"));
	assert_int_equal(find("s3.m4s"), TS_HLS_FOUND);
	assert_true(w.ready);
}

static void replies_outlive_the_window(void **state)
{
	(void)state;
	segment(INIT, 100);
	assert_int_equal(find("s0.2.m4s"), TS_HLS_FOUND);
	struct ts_blob *held = ts_blob_ref(found[0]);
	for (int i = 0; i < 40; i++) segment(0, 100);
	assert_int_equal(find("s0.2.m4s"), TS_HLS_ABSENT);
	assert_int_equal(held->bytes[99], 'x');
	ts_blob_unref(&held);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make, unmake)
	const struct CMUnitTest tests[] = {
		TEST(names_are_found),
		TEST(a_serial_has_one_text),
		TEST(what_is_old_goes),
		TEST(bytes_are_bounded),
		TEST(many_short_ones),
		TEST(a_segment_that_was_not_ended),
		TEST(begins_anew),
		TEST(replies_outlive_the_window),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
