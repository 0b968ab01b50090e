/* A live stream as FLV, made of units that the test pushes, and taken apart again here. */
#include "mixer/sink/tagger.h"

#include "base/clock.h"
#include "container/flv.h"
#include "tests/unit/common/fake_time.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX = 64 };

static struct {
	struct ts_tagger *tagger;
	struct ts_sink *video, *audio;
	struct ts_tag tag[MAX];
	int n, width;
} t;

static int make(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	t.width = 320;
	if (ts_tagger_create(&t.tagger, false)) return -1;
	t.video = ts_tagger_video(t.tagger);
	t.audio = ts_tagger_audio(t.tagger);
	return !t.video || !t.audio;
}

static void drop_all(void)
{
	for (int i = 0; i < t.n; i++) {
		ts_blob_unref(&t.tag[i].bytes);
		ts_blob_unref(&t.tag[i].opening);
	}
	t.n = 0;
}

static int unmake(void **state)
{
	(void)state;
	drop_all();
	ts_sink_unref(&t.video);
	ts_sink_unref(&t.audio);
	ts_tagger_destroy(&t.tagger);
	return 0;
}

static void on_tag(void *arg, const struct ts_tag *tag)
{
	(void)arg;
	assert_true(t.n < MAX);
	t.tag[t.n] = *tag;
	t.tag[t.n++].opening = ts_blob_ref(tag->opening);
}

static void take(void)
{
	drop_all();
	ts_tagger_take(t.tagger, on_tag, NULL);
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

static void push_picture(struct ts_sink *sink, bool key)
{
	static const uint8_t sets[] = {0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x0d, 0xd9, 0x01, 0, 0, 0, 1,
		0x68, 0xcb, 0x83, 0xcb, 0x20};
	uint8_t bytes[60];
	size_t n = 0;
	memset(bytes, 0x5a, sizeof(bytes));
	if (key) {
		memcpy(bytes, sets, sizeof(sets));
		bytes[9] = (uint8_t)(t.width >> 2 | 1);
		n = sizeof(sets);
		const struct ts_stream_params params = {
			.codec = TS_CODEC_H264, .width = t.width, .height = 180, .fps = 30};
		sink->ops->start(sink, &params);
	}
	memcpy(bytes + n, (const uint8_t[]){0, 0, 0, 1, key ? 0x65 : 0x41}, 5);
	push(sink, bytes, sizeof(bytes), key);
}

static void push_sound(void)
{
	uint8_t sound[] = {0x21, 0x22, 0x23};
	push(t.audio, sound, sizeof(sound), true);
}

static uint32_t be(const uint8_t *at, size_t n)
{
	uint32_t v = 0;
	while (n--) v = v << 8 | *at++;
	return v;
}

/* One tag: its length stands in it, and behind it. What is in it, and how much. */
static const uint8_t *body(const uint8_t *tag, size_t cap, uint8_t type, uint32_t ms, size_t *len)
{
	assert_true(cap >= 15);
	assert_int_equal(tag[0], type);
	*len = be(tag + 1, 3);
	assert_true(*len + 15 <= cap);
	assert_int_equal(be(tag + 4, 3) | (uint32_t)tag[7] << 24, ms);
	assert_int_equal(be(tag + 8, 3), 0);
	assert_int_equal(be(tag + 11 + *len, 4), 11 + *len);
	return tag + 11;
}

static void tags_are_as_the_format_has_them(void **state)
{
	size_t len;
	(void)state;
	push_sound(); /* of before the first keyframe */
	push_picture(t.video, false);
	take();
	assert_int_equal(t.n, 0);
	push_picture(t.video, true);
	ts_fake_time_after(20 * TS_NS_PER_MS);
	push_sound();
	ts_fake_time_after(13 * TS_NS_PER_MS);
	push_picture(t.video, false);
	take();
	assert_int_equal(t.n, 3);
	assert_true(t.tag[0].video && t.tag[0].key && t.tag[2].video && !t.tag[2].key);
	assert_true(!t.tag[1].video && t.tag[1].ms == 20 && t.tag[2].ms == 33);
	const uint8_t *b = body(t.tag[0].bytes->bytes, t.tag[0].bytes->len, 9, 0, &len);
	assert_memory_equal(b, "\x17\x01\0\0\0", 5);
	assert_int_equal(be(b + 5, 4), len - 9); /* one slice: the sets are in the opening */
	assert_int_equal(b[9], 0x65);
	assert_int_equal(t.tag[0].bytes->len, len + 15);
	b = body(t.tag[1].bytes->bytes, t.tag[1].bytes->len, 8, 20, &len);
	assert_int_equal(len, 5);
	assert_memory_equal(b, "\xaf\x01\x21\x22\x23", 5);
	b = body(t.tag[2].bytes->bytes, t.tag[2].bytes->len, 9, 33, &len);
	assert_memory_equal(b, "\x27\x01\0\0\0", 5);
	/* the opening: header, metadata, AVC's and AAC's */
	const struct ts_blob *o = t.tag[0].opening;
	const uint8_t *at = o->bytes, *end = o->bytes + o->len;
	assert_memory_equal(at, "FLV\x01\x05\0\0\0\x09\0\0\0\0", TS_FLV_HEADER_BYTES);
	at += TS_FLV_HEADER_BYTES;
	b = body(at, (size_t)(end - at), 18, 0, &len);
	assert_memory_equal(b,
		"\x02\0\x0aonMetaData\x08\0\0\0\x06\0\x05width\0\x40\x74\0\0\0\0\0\0",
		13 + 5 + 7 + 9);
	assert_memory_equal(b + len - 3, "\0\0\x09", 3);
	at += len + 15;
	b = body(at, (size_t)(end - at), 9, 0, &len);
	assert_memory_equal(b, "\x17\0\0\0\0\x01\x42", 7);
	at += len + 15;
	b = body(at, (size_t)(end - at), 8, 0, &len);
	assert_int_equal(len, 4);
	assert_memory_equal(b, "\xaf\0\x11\x88", 4);
	assert_ptr_equal(at + len + 15, end);
}

static void another_size_is_another_opening(void **state)
{
	(void)state;
	push_picture(t.video, true);
	push_picture(t.video, true);
	t.width = 640;
	struct ts_sink *next = ts_tagger_video(t.tagger);
	push_picture(next, false); /* before its keyframe: of no use */
	push_picture(t.video, false);
	push_picture(next, true);
	push_picture(t.video, false); /* the output of before goes on for a moment */
	take();
	assert_int_equal(t.n, 4);
	assert_ptr_equal(t.tag[0].opening, t.tag[1].opening);
	assert_ptr_equal(t.tag[0].opening, t.tag[2].opening);
	assert_ptr_not_equal(t.tag[0].opening, t.tag[3].opening);
	assert_true(t.tag[3].key);
	ts_sink_unref(&next);
}

static void nothing_is_wanted_for_nobody(void **state)
{
	(void)state;
	ts_tagger_set_idle(t.tagger, true);
	assert_int_equal(t.video->ops->wants(t.video, ts_now_ns()), TS_SINK_NOTHING);
	assert_int_equal(t.audio->ops->wants(t.audio, ts_now_ns()), TS_SINK_NOTHING);
	ts_tagger_set_idle(t.tagger, false);
	assert_int_equal(t.video->ops->wants(t.video, ts_now_ns()), TS_SINK_KEYFRAME);
	push_picture(t.video, true);
	assert_int_equal(t.video->ops->wants(t.video, ts_now_ns()), TS_SINK_PACKETS);
	push_picture(t.video, false);
	take();
	assert_int_equal(t.n, 2);
	/* what was left out meanwhile cannot be referred to */
	ts_tagger_set_idle(t.tagger, true);
	ts_tagger_set_idle(t.tagger, false);
	push_picture(t.video, false);
	push_sound();
	take();
	assert_int_equal(t.n, 1);
	assert_false(t.tag[0].video);
	ts_fake_time_after(2 * TS_NS_PER_S);
	assert_int_equal(t.video->ops->wants(t.video, ts_now_ns()), TS_SINK_KEYFRAME);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make, unmake)
	const struct CMUnitTest tests[] = {
		TEST(tags_are_as_the_format_has_them),
		TEST(another_size_is_another_opening),
		TEST(nothing_is_wanted_for_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
