/* Fragments as libavformat reads them: sizes, times and keyframes are those that were given. */
#include "container/fmp4.h"

#include <libavformat/avformat.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* avcC of x264 for 320x180, baseline. */
static const uint8_t record[] = {1, 0x42, 0xc0, 0x0d, 0xff, 0xe1, 0, 23, 0x67, 0x42, 0xc0, 0x0d,
	0xd9, 0x01, 0x41, 0x9a, 0x6e, 0x04, 0x40, 0x00, 0x00, 0x03, 0x00, 0x40, 0x00, 0x00, 0x0f,
	0x23, 0xc5, 0x0a, 0x92, 1, 0, 5, 0x68, 0xcb, 0x83, 0xcb, 0x20};
static const uint8_t aac[] = {0x11, 0x88};

static struct ts_blob *make_init(void)
{
	struct ts_blob *init = ts_fmp4_init(
		&(struct ts_fmp4_tracks){320, 180, record, sizeof record, aac, sizeof aac});
	assert_non_null(init);
	return init;
}

/* Boxes fill what they are in, to the byte. */
static void check_boxes(const uint8_t *at, size_t len, int depth)
{
	static const char *const holders[] = {
		"moov", "trak", "mdia", "minf", "stbl", "mvex", "moof", "traf", "dinf"};
	while (len) {
		assert_true(len >= 8);
		const uint32_t n = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
			(uint32_t)at[2] << 8 | at[3];
		assert_in_range(n, 8, len);
		for (size_t i = 0; i < sizeof holders / sizeof *holders; i++)
			if (!memcmp(at + 4, holders[i], 4)) check_boxes(at + 8, n - 8, depth + 1);
		at += n;
		len -= n;
	}
}

static void test_what_is_given_is_read(void **state)
{
	(void)state;
	enum { N = 11, FRAGMENTS = 4, SOUNDS = 17 };
	struct ts_fmp4_sample video[N], audio[SOUNDS];
	uint8_t pictures[N * 40], sounds[SOUNDS * 20];
	char path[] = "/tmp/tessera-fmp4.XXXXXX", name[32];
	const int fd = mkstemp(path);
	assert_true(fd >= 0 && !unlink(path));
	struct ts_blob *init = make_init();
	check_boxes(init->bytes, init->len, 0);
	assert_int_equal(write(fd, init->bytes, init->len), init->len);
	ts_blob_unref(&init);
	memset(sounds, 0x21, sizeof sounds);
	for (int i = 0; i < N; i++) {
		uint8_t *at = pictures + i * 40;
		memset(at, 0x5a, 40);
		memcpy(at, (const uint8_t[]){0, 0, 0, 36, 0x41, 0x9a}, 6);
	}
	for (int f = 0; f < FRAGMENTS; f++) {
		pictures[4] = f ? 0x41 : 0x65;
		for (int i = 0; i < N; i++)
			video[i] = (struct ts_fmp4_sample){
				40, (uint32_t)(3000 + i), f == 0 && i == 0};
		for (int i = 0; i < SOUNDS; i++) audio[i] = (struct ts_fmp4_sample){20, 1024, true};
		const struct ts_fmp4_run v = {(uint64_t)f * (N * 3000 + 55), video, N, pictures};
		/* the third has no sound */
		const struct ts_fmp4_run a = {
			(uint64_t)f * SOUNDS * 1024, audio, f == 2 ? 0 : SOUNDS, sounds};
		struct ts_blob *blob = ts_fmp4_fragment((uint32_t)f + 1, &v, &a);
		check_boxes(blob->bytes, blob->len, 0);
		assert_int_equal(write(fd, blob->bytes, blob->len), blob->len);
		ts_blob_unref(&blob);
	}
	AVFormatContext *in = NULL;
	AVPacket *p = av_packet_alloc();
	int n[2] = {0}, keys = 0;
	int64_t due = 0;
	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	assert_int_equal(avformat_open_input(&in, name, NULL, NULL), 0);
	assert_int_equal(in->nb_streams, 2);
	assert_int_equal(in->streams[0]->codecpar->codec_id, AV_CODEC_ID_H264);
	assert_int_equal(in->streams[0]->codecpar->width, 320);
	assert_int_equal(in->streams[0]->codecpar->color_space, AVCOL_SPC_SMPTE170M);
	assert_int_equal(in->streams[1]->codecpar->codec_id, AV_CODEC_ID_AAC);
	assert_int_equal(in->streams[1]->codecpar->sample_rate, 48000);
	assert_int_equal(in->streams[1]->codecpar->ch_layout.nb_channels, 1);
	while (av_read_frame(in, p) >= 0) {
		if (p->stream_index == 0) {
			assert_int_equal(p->pts, due);
			assert_int_equal(p->size, 40);
			assert_int_equal(p->data[4], n[0] ? 0x41 : 0x65);
			assert_int_equal(p->data[39], 0x5a);
			keys += p->flags & AV_PKT_FLAG_KEY;
			due += 3000 + n[0] % N;
		} else {
			assert_int_equal(p->size, 20);
			assert_int_equal(p->pts, (n[1] + (n[1] >= 2 * SOUNDS ? SOUNDS : 0)) * 1024);
		}
		n[p->stream_index]++;
		av_packet_unref(p);
	}
	assert_int_equal(n[0], FRAGMENTS * N);
	assert_int_equal(n[1], (FRAGMENTS - 1) * SOUNDS);
	assert_int_equal(keys, 1);
	avformat_close_input(&in);
	av_packet_free(&p);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_given_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
