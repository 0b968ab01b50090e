/* A stream out over a connection that the test makes, breaks and blocks, at times of its own. */
#include "mixer/sink/streamer.h"

#include "base/clock.h"
#include "mixer/sink/retry.h"
#include "tests/unit/base/cmocka_all.h"
#include "tests/unit/common/fake_time.h"
#include <string.h>

enum { FPS = 25 };

static struct {
	struct ts_loop *loop;
	struct ts_streamer *streamer;
	struct ts_sink *video, *audio;
	int n_done, n_changed;
	/* the peer */
	enum ts_stream_end open, begin, write; /* what it answers */
	int n_opened, n_begun, n_closed, n_pictures, n_sounds, width;
	bool first_is_key;
	int64_t first_ns, last_ns; /* of pictures, in the stream */
} t;

static enum ts_stream_end on_open(struct ts_stream **out, const struct ts_stream_config *config)
{
	(void)config;
	t.n_opened++;
	*out = t.open ? NULL : (struct ts_stream *)&t;
	return t.open;
}

static enum ts_stream_end on_begin(
	struct ts_stream *stream, const struct ts_track *video, const struct ts_track *audio)
{
	(void)stream;
	assert_int_equal(audio->codec, TS_CODEC_AAC);
	t.width = video->width;
	t.n_begun++;
	t.first_ns = -1;
	return t.begin;
}

static enum ts_stream_end on_write(struct ts_stream *stream, enum ts_media track,
	const AVPacket *packet, int64_t time_ns, int64_t duration_ns)
{
	(void)stream, (void)duration_ns;
	if (track == TS_AUDIO) {
		t.n_sounds++;
		return t.write;
	}
	if (t.first_ns < 0) {
		t.first_ns = time_ns;
		t.first_is_key = packet->flags & AV_PKT_FLAG_KEY;
	}
	t.last_ns = time_ns;
	t.n_pictures++;
	return t.write;
}

static void on_close(struct ts_stream **stream)
{
	if (*stream) t.n_closed++;
	*stream = NULL;
}

static void on_changed(void *arg)
{
	(void)arg;
	t.n_changed++;
}

static void on_done(void *arg)
{
	(void)arg;
	t.n_done++;
}

static void begin(const char *url)
{
	static const struct ts_stream_io io = {on_open, on_begin, on_write, on_close};
	static const struct ts_streamer_events events = {on_changed, on_done};
	struct ts_streamer_config config = {
		.control = t.loop, .video = true, .io = &io, .now_ns = ts_now_ns()};
	assert_null(ts_stream_url_parse(&config.stream.url, url));
	assert_int_equal(ts_streamer_create(&t.streamer, &config, &events, NULL), 0);
	t.audio = ts_streamer_audio(t.streamer);
	t.video = ts_streamer_video(t.streamer);
}

static int make(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	return ts_loop_create(&t.loop, "control");
}

static int unmake(void **state)
{
	(void)state;
	ts_sink_unref(&t.video);
	ts_sink_unref(&t.audio);
	ts_streamer_finish(t.streamer);
	ts_fake_time_run();
	ts_streamer_destroy(&t.streamer);
	ts_loop_destroy(&t.loop);
	return t.n_done == 1 ? 0 : -1;
}

static void push(struct ts_sink *sink, uint8_t *bytes, size_t len, bool key)
{
	AVPacket *p = av_packet_alloc();
	const struct ts_unit_time time = {.capture_ns = ts_now_ns(), .now_ns = ts_now_ns()};
	p->data = bytes;
	p->size = (int)len;
	p->flags = key ? AV_PKT_FLAG_KEY : 0;
	assert_int_equal(sink->ops->packet(sink, p, &time), 0);
	p->data = NULL;
	av_packet_free(&p);
}

/* What an output does with a sink: it asks first, and begins with a keyframe. */
static void push_picture(int width, bool key)
{
	static const uint8_t sets[] = {0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x0d, 0xd9, 0x01, 0x41, 0x9a,
		0x6e, 0x04, 0x40, 0, 0, 3, 0, 0x40, 0, 0, 0x0f, 0x23, 0xc5, 0x0a, 0x92, 0, 0, 0, 1,
		0x68, 0xcb, 0x83, 0xcb, 0x20};
	const struct ts_stream_params params = {
		.codec = TS_CODEC_H264, .width = width, .height = 180, .fps = FPS};
	uint8_t bytes[2000] = {0};
	if (key) memcpy(bytes, sets, sizeof(sets));
	memcpy(bytes + (key ? sizeof(sets) : 0), (const uint8_t[]){0, 0, 0, 1, key ? 0x65 : 0x41},
		5);
	const enum ts_sink_wants wants = t.video->ops->wants(t.video, ts_now_ns());
	if (wants == TS_SINK_NOTHING) return;
	t.video->ops->start(t.video, &params);
	push(t.video, bytes, sizeof(bytes), key || wants == TS_SINK_KEYFRAME);
}

/* A room that is coded for so long, a keyframe each second. */
static void run(int width, int64_t ns)
{
	uint8_t sound[40] = {0};
	for (int64_t end = ts_now_ns() + ns, i = 0; ts_now_ns() < end; i++) {
		push_picture(width, i % FPS == 0);
		push(t.audio, sound, sizeof(sound), true);
		ts_fake_time_after(TS_NS_PER_S / FPS);
	}
}

static struct ts_streamer_info info(void)
{
	struct ts_streamer_info i;
	ts_streamer_info(t.streamer, &i);
	return i;
}

static void is_live_from_a_keyframe_on(void **state)
{
	(void)state;
	begin("rtmp://h/app/key");
	assert_int_equal(t.video->ops->wants(t.video, ts_now_ns()), TS_SINK_NOTHING);
	assert_int_equal(info().state, TS_STREAMER_CONNECTING);
	ts_fake_time_run();
	assert_int_equal(t.n_opened, 1);
	assert_int_equal(t.n_begun, 0); /* it knows of no picture yet */
	run(320, 2 * TS_NS_PER_S);
	assert_int_equal(info().state, TS_STREAMER_LIVE);
	assert_true(t.first_is_key);
	assert_int_equal(t.first_ns, 0);
	assert_in_range(t.n_pictures, 2 * FPS - 3, 2 * FPS);
	assert_in_range(t.n_sounds, 2 * FPS - 3, 2 * FPS);
	assert_in_range(info().bytes, 2000 * t.n_pictures, 2040 * t.n_pictures);
	assert_int_equal(info().dropped, 0);
}

static void tries_again_after_growing_pauses(void **state)
{
	static const int pauses[] = {1, 2, 4, 8, 16, 30, 30};
	(void)state;
	t.open = TS_STREAM_REFUSED;
	begin("rtmp://h/app/key");
	ts_fake_time_run();
	for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
		assert_int_equal(t.n_opened, i + 1);
		assert_int_equal(info().state, TS_STREAMER_RETRYING);
		assert_int_equal(info().why, TS_STREAM_REFUSED);
		/* no encoder runs for nobody */
		assert_int_equal(t.video->ops->wants(t.video, ts_now_ns()), TS_SINK_NOTHING);
		ts_fake_time_after(pauses[i] * TS_NS_PER_S - 2 * TS_NS_PER_MS);
		assert_int_equal(t.n_opened, i + 1);
		ts_fake_time_after(2 * TS_NS_PER_MS);
	}
	t.open = TS_STREAM_OK;
	ts_fake_time_after(30 * TS_NS_PER_S);
	run(320, 12 * TS_NS_PER_S);
	assert_int_equal(info().state, TS_STREAMER_LIVE);
	/* it lasted: from the beginning */
	t.write = TS_STREAM_CLOSED;
	run(320, 200 * TS_NS_PER_MS);
	assert_int_equal(info().state, TS_STREAMER_RETRYING);
	assert_int_equal(info().why, TS_STREAM_CLOSED);
	t.write = TS_STREAM_OK;
	const int64_t pictures = t.n_pictures;
	run(320, 2500 * TS_NS_PER_MS);
	assert_int_equal(info().state, TS_STREAMER_LIVE);
	assert_true(t.first_is_key);
	assert_int_equal(t.first_ns, 0); /* a stream of its own */
	assert_in_range(t.n_pictures, pictures + FPS, pictures + 2 * FPS);
	assert_int_equal(t.n_closed, 1);
}

static void what_may_not_be_fails_at_once(void **state)
{
	(void)state;
	t.open = TS_STREAM_DENIED;
	begin("rtmp://h/app/key");
	ts_fake_time_after(100 * TS_NS_PER_S);
	assert_int_equal(info().state, TS_STREAMER_FAILED);
	assert_int_equal(t.n_opened, 1);
	assert_int_equal(t.n_changed, 1);
}

static void another_size_is_another_connection(void **state)
{
	(void)state;
	begin("rtmp://h/app/key");
	ts_fake_time_run();
	run(320, TS_NS_PER_S);
	run(640, TS_NS_PER_S);
	assert_int_equal(t.n_opened, 2);
	assert_int_equal(t.n_closed, 1);
	assert_int_equal(t.width, 640);
	assert_int_equal(t.first_ns, 0);
	assert_int_equal(info().state, TS_STREAMER_LIVE);
	assert_int_equal(info().why, TS_STREAM_OK); /* nothing was lost */
}

static void mpegts_goes_on_with_another_size(void **state)
{
	(void)state;
	begin("srt://h:9000");
	ts_fake_time_run();
	run(320, TS_NS_PER_S);
	run(640, TS_NS_PER_S);
	assert_int_equal(t.n_opened, 1);
	assert_int_equal(t.n_begun, 1);
	assert_in_range(t.last_ns, TS_NS_PER_S, 2 * TS_NS_PER_S);
}

/* While a write blocks nothing is taken out of the queue. */
static void a_peer_that_blocks_costs_whole_groups(void **state)
{
	(void)state;
	begin("rtmp://h/app/key");
	ts_fake_time_run();
	run(320, TS_NS_PER_S);
	const int before = t.n_pictures;
	int asked = 0;
	for (int i = 1; i <= 6 * FPS; i++) { /* six seconds pass, the thread sees none of them */
		ts_fake_time_set(ts_now_ns() + TS_NS_PER_S / FPS);
		/* there is no room for one, and others would get it too */
		asked += t.video->ops->wants(t.video, ts_now_ns()) == TS_SINK_KEYFRAME;
		push_picture(320, i % (2 * FPS) == 0);
	}
	assert_in_range(info().dropped, 2 * FPS, 4 * FPS);
	assert_int_equal(asked, 0);
	assert_int_equal(t.n_pictures, before);
	run(320, TS_NS_PER_S);
	assert_in_range(t.n_pictures, before + 3 * FPS, before + 5 * FPS);
	assert_int_equal(info().state, TS_STREAMER_LIVE);
}

/* Nor is the one made in vain that is due every four seconds. */
static void a_full_queue_asks_for_no_keyframe(void **state)
{
	(void)state;
	begin("rtmp://h/app/key");
	ts_fake_time_run();
	run(320, TS_NS_PER_S);
	int asked = 0;
	for (int i = 1; i <= 6 * FPS; i++) {
		ts_fake_time_set(ts_now_ns() + TS_NS_PER_S / FPS);
		asked += t.video->ops->wants(t.video, ts_now_ns()) == TS_SINK_KEYFRAME;
		push_picture(320, i == 1);
	}
	assert_int_equal(asked, 0);
	ts_fake_time_run(); /* it takes some again */
	assert_int_equal(t.video->ops->wants(t.video, ts_now_ns()), TS_SINK_KEYFRAME);
}

static void stops_while_it_waits(void **state)
{
	(void)state;
	t.open = TS_STREAM_TIMEOUT;
	begin("rtmp://h/app/key");
	ts_fake_time_after(2 * TS_NS_PER_S); /* unmake finishes it between two attempts */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(is_live_from_a_keyframe_on, make, unmake),
		cmocka_unit_test_setup_teardown(tries_again_after_growing_pauses, make, unmake),
		cmocka_unit_test_setup_teardown(what_may_not_be_fails_at_once, make, unmake),
		cmocka_unit_test_setup_teardown(another_size_is_another_connection, make, unmake),
		cmocka_unit_test_setup_teardown(mpegts_goes_on_with_another_size, make, unmake),
		cmocka_unit_test_setup_teardown(
			a_peer_that_blocks_costs_whole_groups, make, unmake),
		cmocka_unit_test_setup_teardown(a_full_queue_asks_for_no_keyframe, make, unmake),
		cmocka_unit_test_setup_teardown(stops_while_it_waits, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
