/* A participant's stream in a file of its own, made of packets that the test pushes; libavformat
 * reads the file. */
#include "mixer/sink/track.h"

#include "base/clock.h"
#include "base/strand.h"
#include "container/demuxer.h"
#include "tests/unit/common/fake_time.h"
#include <fcntl.h>
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

enum { MAX = 200 };

static struct {
	char path[64];
	int folder, n_ended, n_done;
	struct ts_pool *pool;
	struct ts_loop *loop;
	struct ts_packet_pool *packets;
	struct ts_branch *branch;
	struct ts_track_file *track;
	enum ts_track_end why;
	int64_t seq[2]; /* by layer */
	/* as read from the file: times in ms, first byte of each */
	int n;
	int64_t at[MAX];
	uint8_t first[MAX];
} t;

static void on_ended(void *arg, enum ts_track_end why)
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
	strcpy(t.path, "/tmp/tessera-track.XXXXXX");
	if (!mkdtemp(t.path)) return -1;
	t.folder = open(t.path, O_RDONLY | O_DIRECTORY);
	ts_fake_time_after(1000 * TS_NS_PER_S); /* capture 0 is "not known" */
	return ts_packet_pool_create(&t.packets, 2048) || ts_branch_create(&t.branch) ||
		ts_pool_create(&t.pool, &pool) || ts_loop_create(&t.loop, "control");
}

static void finish(void)
{
	ts_track_finish(t.track);
	ts_fake_time_run();
	assert_int_equal(t.n_done, 1);
}

static int unmake(void **state)
{
	(void)state;
	if (t.track && !t.n_done) finish();
	ts_track_destroy(&t.track);
	ts_branch_unref(&t.branch);
	ts_pool_destroy(&t.pool);
	ts_loop_destroy(&t.loop);
	ts_packet_pool_close(&t.packets);
	unlinkat(t.folder, "a.mkv", 0);
	close(t.folder);
	return rmdir(t.path);
}

static void begin(enum ts_media media)
{
	static const struct ts_track_events events = {on_ended, on_done};
	const struct ts_track_config config = {.pool = t.pool,
		.control = t.loop,
		.folder = t.folder,
		.file = "a.mkv",
		.branch = t.branch,
		.media = media,
		.now_ns = ts_now_ns(),
		.unix_ms = 1795716222849};
	assert_int_equal(ts_branch_open(t.branch), 0);
	assert_int_equal(ts_track_create(&t.track, &config, &events, NULL), 0);
}

struct sent {
	enum ts_codec codec;
	int64_t seq;
	uint32_t ms; /* of its RTP time */
	uint8_t layer;
	bool gap;
};

static void push(const struct sent *s, const void *payload, size_t len)
{
	struct ts_packet *p = ts_packet_get(t.packets);
	assert_non_null(p);
	memcpy(p->buf, payload, len);
	p->payload = p->data = p->buf;
	p->payload_len = p->len = (uint32_t)len;
	p->codec = (uint8_t)s->codec;
	p->ext_seq = s->seq;
	p->seq = (uint16_t)s->seq;
	p->ssrc = 7;
	p->timestamp_rtp = s->ms * (ts_codec_clock_hz(s->codec) / 1000);
	p->arrival_ns = ts_now_ns();
	p->capture_ns = TS_CAPTURE_UNKNOWN;
	p->marker = 1;
	p->gap = s->gap;
	p->layer = s->layer;
	p->level = p->vad = p->turns = 255;
	p->restored = p->heard = 0;
	p->capture_ntp = 0;
	ts_branch_push(t.branch, p);
	ts_packet_unref(&p);
}

static void sound(int64_t seq, uint32_t ms)
{
	const uint8_t frame[] = {0xf8, (uint8_t)seq, 0xfe};
	push(&(struct sent){TS_CODEC_OPUS, seq, ms, 0, false}, frame, sizeof(frame));
}

/* VP8: descriptor, frame tag, and of a keyframe its size. */
static void picture(uint32_t ms, bool key, const struct sent *how, int width)
{
	uint8_t bytes[60] = {0x10, key ? 0x10 : 0x11, 0x02, 0};
	if (key) {
		memcpy(bytes + 4, "\x9d\x01\x2a", 3);
		bytes[7] = (uint8_t)width;
		bytes[8] = (uint8_t)(width >> 8);
		bytes[9] = 180;
	}
	struct sent sent = *how;
	sent.codec = TS_CODEC_VP8;
	sent.seq = t.seq[how->layer]++;
	sent.ms = ms;
	push(&sent, bytes, sizeof(bytes));
}

static void read_file(void)
{
	char path[100], why[TS_DEMUXER_WHY];
	const atomic_bool stop = false;
	struct ts_demuxer *demuxer;
	AVPacket *packet = av_packet_alloc();
	enum ts_media media;
	snprintf(path, sizeof(path), "%s/a.mkv", t.path);
	const struct ts_demuxer_config config = {.fd = open(path, O_RDONLY),
		.open_ns = 5 * TS_NS_PER_S,
		.read_ns = 5 * TS_NS_PER_S,
		.pixels_max = 1 << 24,
		.stop = &stop};
	assert_true(config.fd >= 0);
	if (ts_demuxer_open(&demuxer, &config, why)) fail_msg("%s", why);
	while (!ts_demuxer_read(demuxer, packet, &media)) {
		assert_true(t.n < MAX);
		t.at[t.n] = packet->pts / TS_NS_PER_MS;
		t.first[t.n++] = packet->data[1];
		av_packet_unref(packet);
	}
	ts_demuxer_close(&demuxer);
	av_packet_free(&packet);
	close(config.fd);
}

static void sound_is_in_order_and_once(void **state)
{
	static const struct {
		int64_t seq;
		uint32_t ms;
	} sent[] = {{1, 0}, {3, 40}, {2, 20}, {3, 40}, {4, 60}, {9, 160}, {8, 140}, {10, 180}};
	static const uint8_t order[] = {1, 2, 3, 4, 8, 9, 10};
	struct ts_track_info info;
	(void)state;
	begin(TS_AUDIO);
	for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++) {
		sound(sent[i].seq, sent[i].ms);
		ts_fake_time_after(20 * TS_NS_PER_MS);
	}
	ts_fake_time_after(600 * TS_NS_PER_MS);
	sound(2, 20); /* comes too late */
	ts_track_info(t.track, &info);
	assert_string_equal(info.codec, "opus");
	finish();
	ts_track_info(t.track, &info);
	assert_int_equal(info.packets, sizeof(order));
	assert_int_equal((info.last_ns - info.first_ns) / TS_NS_PER_MS, 200);
	assert_true(info.bytes > 100);
	read_file();
	assert_int_equal(t.n, sizeof(order));
	assert_memory_equal(t.first, order, sizeof(order));
	/* what did not come is a gap */
	assert_in_range(t.at[4] - t.at[3], 79, 81);
	assert_in_range(t.at[1] - t.at[0], 19, 21);
}

static void pictures_go_on_with_a_keyframe(void **state)
{
	static const struct sent plain = {.layer = 0}, lost = {.gap = true};
	struct ts_track_info info;
	(void)state;
	begin(TS_VIDEO);
	assert_true(ts_branch_wants_keyframe(t.branch, ts_now_ns()) & 1);
	assert_int_equal(ts_branch_wants_keyframe(t.branch, ts_now_ns()), 0);
	picture(0, false, &plain, 0); /* before any keyframe */
	picture(33, true, &plain, 320);
	picture(66, false, &plain, 0);
	t.seq[0]++;
	picture(133, false, &lost, 0);
	picture(166, false, &plain, 0);
	ts_fake_time_after(1500 * TS_NS_PER_MS);
	assert_true(ts_branch_wants_keyframe(t.branch, ts_now_ns()) & 1);
	picture(1533, true, &plain, 640); /* another size goes on */
	ts_fake_time_after(300 * TS_NS_PER_MS);
	finish();
	ts_track_info(t.track, &info);
	assert_string_equal(info.codec, "vp8");
	assert_int_equal(info.packets, 3);
	assert_int_equal(info.lost, 3);
	assert_int_equal(info.width, 320);
	read_file();
	assert_int_equal(t.n, 3);
	assert_in_range(t.at[2] - t.at[1], 1400, 1600);
}

static void of_layers_the_largest_is_kept(void **state)
{
	static const struct sent small = {.layer = 0}, large = {.layer = 1};
	struct ts_track_info info;
	(void)state;
	begin(TS_VIDEO);
	picture(0, true, &small, 160);
	picture(0, false, &large, 0); /* its keyframe has not come */
	picture(33, false, &small, 0);
	picture(33, true, &large, 320);
	picture(66, false, &small, 0);
	picture(66, false, &large, 0);
	ts_fake_time_after(300 * TS_NS_PER_MS);
	ts_track_info(t.track, &info);
	assert_int_equal(info.packets, 4);
	/* it is sent no more */
	ts_fake_time_after(2500 * TS_NS_PER_MS);
	picture(2800, false, &small, 0);
	ts_fake_time_after(300 * TS_NS_PER_MS);
	assert_true(ts_branch_wants_keyframe(t.branch, ts_now_ns()) & 1);
	picture(3100, true, &small, 160);
	finish();
	ts_track_info(t.track, &info);
	assert_int_equal(info.packets, 5);
}

static void another_codec_is_another_file(void **state)
{
	struct ts_track_info info;
	const uint8_t frame[160] = {0xd5};
	(void)state;
	begin(TS_AUDIO);
	push(&(struct sent){TS_CODEC_CN, 1, 0, 0, false}, frame, 1); /* no sound */
	push(&(struct sent){TS_CODEC_PCMA, 2, 20, 0, false}, frame, sizeof(frame));
	ts_fake_time_after(600 * TS_NS_PER_MS);
	assert_int_equal(t.n_ended, 0);
	sound(3, 40);
	ts_fake_time_after(600 * TS_NS_PER_MS);
	assert_int_equal(t.n_ended, 1);
	assert_int_equal(t.why, TS_TRACK_OTHER_CODEC);
	finish();
	ts_track_info(t.track, &info);
	assert_string_equal(info.codec, "pcma");
	assert_int_equal(info.packets, 1);
	read_file();
	assert_int_equal(t.n, 1);
	/* nothing is taken from one that is closed */
	sound(4, 60);
	assert_null(ts_branch_pop(t.branch));
}

static void nothing_came_is_no_file(void **state)
{
	struct ts_track_info info;
	(void)state;
	begin(TS_VIDEO);
	ts_fake_time_after(TS_NS_PER_S);
	finish();
	ts_track_info(t.track, &info);
	assert_null(info.codec);
	assert_int_equal(faccessat(t.folder, "a.mkv", F_OK, 0), -1);
}

static void more_than_the_branch_holds(void **state)
{
	int n = 0;
	struct ts_packet *p;
	(void)state;
	ts_branch_open(t.branch);
	for (int i = 0; i < 600; i++) sound(i, (uint32_t)i * 20);
	while ((p = ts_branch_pop(t.branch))) {
		assert_int_equal(p->ext_seq, n);
		ts_branch_free(&p);
		n++;
	}
	assert_int_equal(n, 512);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make, unmake)
	const struct CMUnitTest tests[] = {
		TEST(sound_is_in_order_and_once),
		TEST(pictures_go_on_with_a_keyframe),
		TEST(of_layers_the_largest_is_kept),
		TEST(another_codec_is_another_file),
		TEST(nothing_came_is_no_file),
		TEST(more_than_the_branch_holds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
