/* A recording's files, made of units that the test pushes at times of its own. */
#include "mixer/sink/writer.h"

#include "base/clock.h"
#include "base/strand.h"
#include "tests/unit/common/fake_time.h"
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { FPS = 30 };
static const int64_t sound_ns = 20 * TS_NS_PER_MS;

static struct {
	char path[64];
	int folder, n_ended, n_done;
	struct ts_pool *pool;
	struct ts_loop *loop;
	struct ts_writer *writer;
	struct ts_sink *video, *audio;
	enum ts_writer_end why;
	int width;
	int64_t pictures, sounds; /* pushed so far */
	int64_t age_ns;           /* of what is pushed */
} t;

static void on_ended(void *arg, enum ts_writer_end why)
{
	(void)arg;
	t.n_ended++;
	t.why = why;
}

static void on_done(void *arg)
{
	(void)arg;
	t.n_done++;
}

static int make(void **state)
{
	const struct ts_pool_config pool = {.name = "disk", .threads = 1};
	(void)state;
	memset(&t, 0, sizeof(t));
	t.width = 320;
	strcpy(t.path, "/tmp/tessera-writer.XXXXXX");
	if (!mkdtemp(t.path)) return -1;
	t.folder = open(t.path, O_RDONLY | O_DIRECTORY);
	return ts_pool_create(&t.pool, &pool) || ts_loop_create(&t.loop, "control");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static int unmake(void **state)
{
	(void)state;
	ts_sink_unref(&t.video);
	ts_sink_unref(&t.audio);
	if (t.writer && !t.n_done) ts_writer_finish(t.writer);
	ts_fake_time_run();
	ts_writer_destroy(&t.writer);
	ts_pool_destroy(&t.pool);
	ts_loop_destroy(&t.loop);
	close(t.folder);
	return nftw(t.path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void begin(enum ts_container container, int64_t max_ns, int64_t min_free_bytes)
{
	static const struct ts_writer_events events = {on_ended, on_done};
	const struct ts_writer_config config = {.pool = t.pool,
		.control = t.loop,
		.container = container,
		.video = ts_container_video(container) != TS_CODEC_NONE,
		.folder = t.folder,
		.name = "name",
		.min_free_bytes = min_free_bytes,
		.max_ns = max_ns,
		.now_ns = ts_now_ns(),
		.unix_ms = 1795716222849};
	assert_int_equal(ts_writer_create(&t.writer, &config, &events, NULL), 0);
	t.audio = ts_writer_audio(t.writer);
	t.video = ts_writer_video(t.writer);
	assert_non_null(t.audio);
	assert_non_null(t.video);
}

static void push(struct ts_sink *sink, uint8_t *bytes, size_t len, bool key, int64_t duration_ns)
{
	AVPacket *p = av_packet_alloc();
	const struct ts_unit_time time = {.capture_ns = ts_now_ns() - t.age_ns,
		.now_ns = ts_now_ns(),
		.duration_ns = duration_ns};
	p->data = bytes;
	p->size = (int)len;
	p->flags = key ? AV_PKT_FLAG_KEY : 0;
	assert_int_equal(sink->ops->packet(sink, p, &time), 0);
	p->data = NULL;
	av_packet_free(&p);
}

/* SPS and PPS before the slice of a keyframe; each width has others. */
static void push_picture(bool key)
{
	static const uint8_t sets[] = {0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x0d, 0xd9, 0x01, 0x41, 0x9a,
		0x6e, 0x04, 0x40, 0, 0, 3, 0, 0x40, 0, 0, 0x0f, 0x23, 0xc5, 0x0a, 0x92, 0, 0, 0, 1,
		0x68, 0xcb, 0x83, 0xcb, 0x20};
	uint8_t bytes[500];
	size_t n = 0;
	memset(bytes, 0x5a, sizeof(bytes));
	if (key) {
		memcpy(bytes, sets, sizeof(sets));
		bytes[10] = (uint8_t)(t.width >> 2 | 1);
		n = sizeof(sets);
	}
	memcpy(bytes + n, (const uint8_t[]){0, 0, 0, 1, key ? 0x65 : 0x41}, 5);
	if (key) {
		const struct ts_stream_params params = {
			.codec = TS_CODEC_H264, .width = t.width, .height = 180, .fps = FPS};
		t.video->ops->start(t.video, &params);
	}
	push(t.video, bytes, sizeof(bytes), key, 0);
	t.pictures++;
}

static void push_sound(void)
{
	uint8_t bytes[40] = {0xfc, 0xff, 0xfe};
	push(t.audio, bytes, sizeof(bytes), true, sound_ns);
	t.sounds++;
}

/* As a room does: a keyframe each second. */
static void live(int ms)
{
	const int64_t from = ts_now_ns(), until = from + ms * TS_NS_PER_MS;
	for (int i = 0, k = 0;;) {
		const int64_t picture = from + i * TS_NS_PER_S / FPS, sound = from + k * sound_ns;
		const int64_t next = picture < sound ? picture : sound;
		if (next >= until) break;
		ts_fake_time_until(next);
		if (next == picture)
			push_picture(i++ % FPS == 0);
		else
			k++, push_sound();
	}
	ts_fake_time_until(until);
}

static void finish(struct ts_writer_info *info)
{
	ts_writer_finish(t.writer);
	ts_fake_time_run();
	assert_int_equal(t.n_done, 1);
	ts_writer_info(t.writer, info);
}

static int64_t size_of(const char *file)
{
	struct stat st;
	return fstatat(t.folder, file, &st, AT_SYMLINK_NOFOLLOW) ? -1 : (int64_t)st.st_size;
}

static int near(int64_t a_ns, int64_t b_ns)
{
	return llabs(a_ns - b_ns) <= 21 * TS_NS_PER_MS;
}

static void what_is_pushed_is_in_the_file(void **state)
{
	struct ts_writer_info info;
	struct stat st;
	(void)state;
	begin(TS_CONTAINER_MP4, 0, 0);
	const int64_t from = ts_now_ns();
	live(3000);
	finish(&info);
	assert_int_equal(info.n_parts, 1);
	assert_int_equal(info.dropped, 0);
	assert_int_equal(info.part[0].packets, t.pictures + t.sounds);
	assert_int_equal(info.part[0].width, 320);
	assert_true(near(info.duration_ns, 3 * TS_NS_PER_S));
	assert_int_equal(info.first_ns, from);
	assert_int_equal(info.bytes, size_of("name.mp4"));
	assert_int_equal(fstatat(t.folder, "name.mp4", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777 & ~0640u, 0);
}

/* Nothing waits for the end: what a killed process leaves. */
static void the_disk_has_all_but_the_last_two_seconds(void **state)
{
	struct ts_writer_info info;
	(void)state;
	begin(TS_CONTAINER_MP4, 0, 0);
	live(5000);
	const int64_t size = size_of("name.mp4");
	finish(&info);
	assert_true(size > info.bytes * 3 / 5);
}

static void another_size_is_another_file(void **state)
{
	struct ts_writer_info info;
	(void)state;
	begin(TS_CONTAINER_MP4, 0, 0);
	live(2000);
	t.width = 640;
	live(1000);
	finish(&info);
	assert_int_equal(info.n_parts, 2);
	assert_true(size_of("name.mp4") > 0 && size_of("name-2.mp4") > 0);
	assert_int_equal(info.part[1].width, 640);
	assert_true(near(info.part[1].start_ns, 2 * TS_NS_PER_S));
	assert_true(near(info.duration_ns, 3 * TS_NS_PER_S));
	assert_int_equal(info.part[0].packets + info.part[1].packets, t.pictures + t.sounds);
}

static void so_many_files_and_no_more(void **state)
{
	struct ts_writer_info info;
	(void)state;
	begin(TS_CONTAINER_MP4, 0, 0);
	for (int i = 0; i <= TS_WRITER_PARTS_MAX; i++) {
		t.width = 320 + 8 * i;
		live(100);
	}
	ts_fake_time_after(TS_NS_PER_S);
	assert_int_equal(t.n_ended, 1);
	assert_int_equal(t.why, TS_WRITER_TOO_MANY_PARTS);
	finish(&info);
	assert_int_equal(info.n_parts, TS_WRITER_PARTS_MAX);
}

static void a_pause_takes_no_time(void **state)
{
	struct ts_writer_info info;
	(void)state;
	begin(TS_CONTAINER_MP4, 0, 0);
	live(2000);
	assert_int_equal(ts_writer_pause(t.writer, true, ts_now_ns()), 0);
	assert_int_equal(t.video->ops->wants(t.video, ts_now_ns()), TS_SINK_NOTHING);
	live(3000);
	assert_int_equal(ts_writer_pause(t.writer, false, ts_now_ns()), 0);
	assert_int_not_equal(t.video->ops->wants(t.video, ts_now_ns()), TS_SINK_NOTHING);
	live(1000);
	finish(&info);
	assert_int_equal(info.n_parts, 1);
	assert_true(near(info.duration_ns, 3 * TS_NS_PER_S));
	assert_int_equal(info.dropped, 0);
}

/* The encoder's keyframe was captured before the pause ended, and came after: the next one must not
 * be ten seconds away. */
static void a_keyframe_of_before_the_pause_ended_is_no_beginning(void **state)
{
	struct ts_writer_info info;
	(void)state;
	begin(TS_CONTAINER_MP4, 0, 0);
	live(1000);
	assert_int_equal(ts_writer_pause(t.writer, true, ts_now_ns()), 0);
	ts_fake_time_after(2 * TS_NS_PER_S);
	assert_int_equal(ts_writer_pause(t.writer, false, ts_now_ns()), 0);
	t.age_ns = 40 * TS_NS_PER_MS;
	push_picture(true);
	for (int i = 0; i < 15; i++) {
		ts_fake_time_after(TS_NS_PER_S / FPS);
		push_picture(false);
	}
	t.age_ns = 0;
	assert_int_equal(t.video->ops->wants(t.video, ts_now_ns()), TS_SINK_KEYFRAME);
	live(1000);
	assert_int_equal(t.video->ops->wants(t.video, ts_now_ns()), TS_SINK_PACKETS);
	finish(&info);
	assert_true(near(info.duration_ns, 2 * TS_NS_PER_S));
	assert_int_equal(info.dropped, 0);
}

static void it_ends_by_itself_where_time_is_over(void **state)
{
	struct ts_writer_info info;
	(void)state;
	begin(TS_CONTAINER_MP4, 2 * TS_NS_PER_S, 0);
	live(5000);
	assert_int_equal(t.n_ended, 1);
	assert_int_equal(t.why, TS_WRITER_TOO_LONG);
	finish(&info);
	assert_int_equal(t.n_ended, 1);
	assert_true(info.duration_ns >= 2 * TS_NS_PER_S && info.duration_ns < 2500 * TS_NS_PER_MS);
}

static void it_ends_where_the_disk_is_full(void **state)
{
	struct ts_writer_info info;
	(void)state;
	begin(TS_CONTAINER_MP4, 0, INT64_MAX);
	live(1000);
	assert_int_equal(t.n_ended, 1);
	assert_int_equal(t.why, TS_WRITER_DISK_LOW);
	finish(&info);
	assert_int_equal(info.n_parts, 0);
	assert_int_equal(size_of("name.mp4"), -1);
}

/* Neither over a file that is there nor through a link. */
static void it_takes_no_file_of_another(void **state)
{
	struct ts_writer_info info;
	(void)state;
	assert_int_equal(symlinkat("elsewhere.mp4", t.folder, "name.mp4"), 0);
	begin(TS_CONTAINER_MP4, 0, 0);
	live(1000);
	assert_int_equal(t.n_ended, 1);
	finish(&info);
	assert_int_equal(info.n_parts, 0);
	assert_int_equal(size_of("elsewhere.mp4"), -1);
}

static void sound_alone_needs_no_picture(void **state)
{
	struct ts_writer_info info;
	(void)state;
	begin(TS_CONTAINER_M4A, 0, 0);
	for (int i = 0; i < 100; i++) {
		push_sound();
		ts_fake_time_after(sound_ns);
	}
	finish(&info);
	assert_int_equal(info.n_parts, 1);
	assert_int_equal(info.part[0].packets, 100);
	assert_int_equal(info.part[0].width, 0);
	assert_true(size_of("name.m4a") > 0);
}

static void without_anything_there_is_no_file(void **state)
{
	struct ts_writer_info info;
	(void)state;
	begin(TS_CONTAINER_MP4, 0, 0);
	push_picture(false); /* begins nothing */
	push_sound();
	ts_fake_time_after(3 * TS_NS_PER_S);
	finish(&info);
	assert_int_equal(info.n_parts, 0);
	assert_int_equal(t.n_ended, 0);
	assert_int_equal(size_of("name.mp4"), -1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, unmake)
	const struct CMUnitTest tests[] = {
		TEST(what_is_pushed_is_in_the_file),
		TEST(the_disk_has_all_but_the_last_two_seconds),
		TEST(another_size_is_another_file),
		TEST(so_many_files_and_no_more),
		TEST(a_pause_takes_no_time),
		TEST(a_keyframe_of_before_the_pause_ended_is_no_beginning),
		TEST(it_ends_by_itself_where_time_is_over),
		TEST(it_ends_where_the_disk_is_full),
		TEST(it_takes_no_file_of_another),
		TEST(sound_alone_needs_no_picture),
		TEST(without_anything_there_is_no_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
