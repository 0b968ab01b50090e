/* The texts of playlists, names, and what reloads get. */
#include "container/playlist.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MS INT64_C(1000000)

static char text[TS_PLAYLIST_BYTES + 1];

static const char *write_list(const struct ts_playlist *p)
{
	struct ts_wr w = ts_wr(text, TS_PLAYLIST_BYTES);
	ts_playlist_write(&w, p);
	assert_false(w.bad);
	text[ts_wr_len(&w)] = '\0';
	return text;
}

static void test_media_playlist(void **state)
{
	(void)state;
	static const struct ts_playlist_segment old = {.number = 6,
		.init = 1,
		.whole = true,
		.unix_ms = 1795716220000,
		.duration_ns = 6000 * MS,
		.n_parts = 1,
		.part = {{6000 * MS, true}}};
	static const struct ts_playlist_segment whole = {.number = 7,
		.init = 1,
		.whole = true,
		.unix_ms = 1795716226000,
		.duration_ns = 700 * MS,
		.n_parts = 2,
		.part = {{400 * MS, true}, {300 * MS, false}}};
	static const struct ts_playlist_segment grows = {.number = 8,
		.init = 2,
		.discontinuity = true,
		.unix_ms = 1795716226749,
		.duration_ns = INT64_C(366666667),
		.n_parts = 1,
		.part = {{INT64_C(366666667), true}}};
	const struct ts_playlist_segment *list[] = {&old, &whole, &grows};
	assert_string_equal(write_list(&(struct ts_playlist){3, list, 3, 0, false, 0, NULL, 0}),
		"#EXTM3U\n"
		"#EXT-X-VERSION:6\n"
		"#EXT-X-TARGETDURATION:2\n"
		"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.20000,"
		"HOLD-BACK=6.00000\n"
		"#EXT-X-PART-INF:PART-TARGET=0.40000\n"
		"#EXT-X-MEDIA-SEQUENCE:6\n"
		"#EXT-X-DISCONTINUITY-SEQUENCE:3\n"
		"#EXT-X-MAP:URI=\"i1.mp4\"\n"
		"#EXT-X-PROGRAM-DATE-TIME:2026-11-26T18:03:40.000Z\n"
		/* its parts are older than three target durations */
		"#EXTINF:6.00000,\n"
		"s6.m4s\n"
		"#EXT-X-PROGRAM-DATE-TIME:2026-11-26T18:03:46.000Z\n"
		"#EXT-X-PART:DURATION=0.40000,URI=\"s7.0.m4s\",INDEPENDENT=YES\n"
		"#EXT-X-PART:DURATION=0.30000,URI=\"s7.1.m4s\"\n"
		"#EXTINF:0.70000,\n"
		"s7.m4s\n"
		"#EXT-X-DISCONTINUITY\n"
		"#EXT-X-MAP:URI=\"i2.mp4\"\n"
		"#EXT-X-PROGRAM-DATE-TIME:2026-11-26T18:03:46.749Z\n"
		"#EXT-X-PART:DURATION=0.36667,URI=\"s8.0.m4s\",INDEPENDENT=YES\n"
		"#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"s8.1.m4s\"\n");
	/* the segment is whole: the next part is the first of another */
	assert_non_null(strstr(write_list(&(struct ts_playlist){0, list, 2, 0, false, 0, NULL, 0}),
		"#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"s8.0.m4s\"\n"));
	assert_non_null(strstr(write_list(&(struct ts_playlist){0, NULL, 0, 0, false, 0, NULL, 0}),
		"SEQUENCE:0\n"));
	const char *ended = write_list(&(struct ts_playlist){0, list, 2, 0, true, 0, NULL, 0});
	assert_non_null(strstr(ended, "\ns7.m4s\n#EXT-X-ENDLIST\n"));
	assert_null(strstr(ended, "HINT"));
	const char *none = write_list(&(struct ts_playlist){2, NULL, 0, 7, false, 0, NULL, 0});
	assert_non_null(strstr(none, "MEDIA-SEQUENCE:7\n"));
	assert_non_null(strstr(none, "\"s7.0.m4s\""));
}

static void test_largest_fits(void **state)
{
	(void)state;
	static struct ts_playlist_segment all[TS_PLAYLIST_SEGMENTS];
	const struct ts_playlist_segment *list[TS_PLAYLIST_SEGMENTS];
	for (size_t i = 0; i < TS_PLAYLIST_SEGMENTS; i++) {
		all[i] = (struct ts_playlist_segment){.number = UINT64_C(999999999999999900) + i,
			.init = 4000000000u + (unsigned)i,
			.discontinuity = true,
			.whole = true,
			.unix_ms = 1795716226749,
			.n_parts = TS_PLAYLIST_PARTS};
		for (size_t k = 0; k < TS_PLAYLIST_PARTS; k++)
			all[i].part[k] = (struct ts_playlist_part){400 * MS, true};
		list[i] = &all[i];
	}
	write_list(&(struct ts_playlist){
		UINT64_MAX, list, TS_PLAYLIST_SEGMENTS, 0, false, 0, NULL, 0});
	struct ts_wr w = ts_wr(text, 100);
	ts_playlist_write(&w, &(struct ts_playlist){0, list, 1, 0, false, 0, NULL, 0});
	assert_true(w.bad);
}

static void test_multivariant_playlist(void **state)
{
	(void)state;
	struct ts_wr w = ts_wr(text, sizeof text);
	ts_playlist_write_main(&w,
		&(struct ts_playlist_variant){
			"KEY/live.m3u8", "avc1.42c01f", "mp4a.40.2", 1280, 720, 30, 1714000},
		1, NULL);
	text[ts_wr_len(&w)] = '\0';
	assert_string_equal(text,
		"#EXTM3U\n#EXT-X-VERSION:6\n"
		"#EXT-X-STREAM-INF:BANDWIDTH=1714000,CODECS=\"avc1.42c01f,mp4a.40.2\","
		"RESOLUTION=1280x720,FRAME-RATE=30\nKEY/live.m3u8\n");
}

static void test_renditions(void **state)
{
	(void)state;
	static const struct ts_playlist_variant variants[] = {
		{"live.m3u8", "avc1.42c01f", "mp4a.40.2", 1280, 720, 30, 1714000},
		{"r1-live.m3u8", "avc1.42c01e", "mp4a.40.2", 640, 360, 30, 614000}};
	struct ts_wr w = ts_wr(text, sizeof text);
	ts_playlist_write_main(&w, variants, 2, NULL);
	text[ts_wr_len(&w)] = '\0';
	assert_non_null(strstr(text,
		"RESOLUTION=1280x720,FRAME-RATE=30\nlive.m3u8\n"
		"#EXT-X-STREAM-INF:BANDWIDTH=614000,CODECS=\"avc1.42c01e,mp4a.40.2\","
		"RESOLUTION=640x360,FRAME-RATE=30\nr1-live.m3u8\n"));
	/* all that a playlist names is of its rendition */
	struct ts_playlist_segment whole = {.number = 7,
		.init = 2,
		.whole = true,
		.duration_ns = 2000 * MS,
		.n_parts = 1,
		.part = {{400 * MS, true}}};
	struct ts_playlist_segment grows = {
		.number = 8, .init = 2, .n_parts = 1, .part = {{400 * MS, true}}};
	const struct ts_playlist_segment *list[] = {&whole, &grows};
	const struct ts_playlist_report report = {0, 8, 3};
	w = ts_wr(text, sizeof text);
	ts_playlist_write(&w, &(struct ts_playlist){0, list, 2, 0, false, 2, &report, 1});
	text[ts_wr_len(&w)] = '\0';
	static const char *const uris[] = {"\"r2-i2.mp4\"", "\"r2-s7.0.m4s\"", "\nr2-s7.m4s\n",
		"\"r2-s8.0.m4s\"", "\"r2-s8.1.m4s\"",
		"#EXT-X-RENDITION-REPORT:URI=\"live.m3u8\",LAST-MSN=8,LAST-PART=3\n"};
	for (size_t i = 0; i < sizeof uris / sizeof *uris; i++)
		assert_non_null(strstr(text, uris[i]));
}

static void test_names(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool ok;
		struct ts_playlist_name name;
	} rows[] = {
		{"live.m3u8", true, {TS_PLAYLIST_LIST, 0, 0, 0}},
		{"r1-live.m3u8", true, {TS_PLAYLIST_LIST, 0, 0, 1}},
		{"r3-i2.mp4", true, {TS_PLAYLIST_INIT, 2, 0, 3}},
		{"r2-s7.m4s", true, {TS_PLAYLIST_SEGMENT, 7, 0, 2}},
		{"r2-s7.3.m4s", true, {TS_PLAYLIST_PART, 7, 3, 2}},
		{"r0-live.m3u8", false, {0}},
		{"r4-live.m3u8", false, {0}},
		{"r01-live.m3u8", false, {0}},
		{"r1live.m3u8", false, {0}},
		{"r1-", false, {0}},
		{"r1", false, {0}},
		{"r", false, {0}},
		{"r1-r1-s7.m4s", false, {0}},
		{"i0.mp4", true, {TS_PLAYLIST_INIT, 0, 0, 0}},
		{"i17.mp4", true, {TS_PLAYLIST_INIT, 17, 0, 0}},
		{"s123456.m4s", true, {TS_PLAYLIST_SEGMENT, 123456, 0, 0}},
		{"s7.0.m4s", true, {TS_PLAYLIST_PART, 7, 0, 0}},
		{"s7.15.m4s", true, {TS_PLAYLIST_PART, 7, 15, 0}},
		{"s7.16.m4s", false, {0}},
		{"s07.m4s", false, {0}},
		{"s7.00.m4s", false, {0}},
		{"s.m4s", false, {0}},
		{"s7..m4s", false, {0}},
		{"s7", false, {0}},
		{"s-1.m4s", false, {0}},
		{"s9999999999999999999.m4s", false, {0}},
		{"i0.m4s", false, {0}},
		{"i0.mp4 ", false, {0}},
		{"index.m3u8", false, {0}},
		{"", false, {0}},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_playlist_name name;
		char again[TS_PLAYLIST_NAME_MAX];
		assert_int_equal(ts_playlist_name_read(&name, rows[i].text), rows[i].ok);
		if (!rows[i].ok) continue;
		assert_int_equal(name.kind, rows[i].name.kind);
		assert_int_equal(name.number, rows[i].name.number);
		assert_int_equal(name.part, rows[i].name.part);
		ts_playlist_name_write(again, &name);
		assert_string_equal(again, rows[i].text);
	}
}

static void test_reloads(void **state)
{
	(void)state;
	/* segment 8 grows, and has 3 parts; 7 has 6 */
	static const struct {
		const char *what;
		int64_t msn, part;
		enum ts_reload is;
		bool fresh; /* it has none yet */
	} rows[] = {
		{"no directive", -1, -1, TS_RELOAD_NOW, false},
		{"a part of nothing", -1, 0, TS_RELOAD_BAD, false},
		{"a whole segment that is there", 7, -1, TS_RELOAD_NOW, false},
		{"the segment that grows", 8, -1, TS_RELOAD_LATER, false},
		{"the next one", 9, -1, TS_RELOAD_LATER, false},
		{"too far ahead", 10, -1, TS_RELOAD_BAD, false},
		{"a part of an old one", 2, 9, TS_RELOAD_NOW, false},
		{"behind the last part of the one before", 7, 15, TS_RELOAD_NOW, false},
		{"the last part of the one before", 7, 5, TS_RELOAD_NOW, true},
		{"behind it, before the next", 7, 6, TS_RELOAD_LATER, true},
		{"all of the one before", 7, -1, TS_RELOAD_NOW, true},
		{"a part that is there", 8, 2, TS_RELOAD_NOW, false},
		{"the next part", 8, 3, TS_RELOAD_LATER, false},
		{"the first of the next", 9, 0, TS_RELOAD_LATER, false},
		{"no part has that number", 8, TS_PLAYLIST_PARTS, TS_RELOAD_BAD, false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (ts_reload_judge(rows[i].msn, rows[i].part, 8, rows[i].fresh ? 0 : 3, 6) !=
			rows[i].is)
			fail_msg("%s", rows[i].what);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_media_playlist),
		cmocka_unit_test(test_largest_fits),
		cmocka_unit_test(test_multivariant_playlist),
		cmocka_unit_test(test_renditions),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_reloads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
