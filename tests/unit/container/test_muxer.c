#include "container/muxer.h"

#include "base/clock.h"
#include "base/error.h"
#include "container/seekable.h"
#include <libavformat/avformat.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

enum { FPS = 30, SECONDS = 5, PICTURE_BYTES = 400 };
static const int64_t picture_ns = TS_NS_PER_S / FPS, sound_ns = 20 * TS_NS_PER_MS;
static int fd;

/* SPS and PPS of x264 for 320x180, baseline. */
static const uint8_t sets[] = {0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x0d, 0xd9, 0x01, 0x41, 0x9a, 0x6e,
	0x04, 0x40, 0x00, 0x00, 0x03, 0x00, 0x40, 0x00, 0x00, 0x0f, 0x23, 0xc5, 0x0a, 0x92, 0, 0, 0,
	1, 0x68, 0xcb, 0x83, 0xcb, 0x20};

static int make(void **state)
{
	char path[] = "/tmp/tessera-muxer.XXXXXX";
	(void)state;
	fd = mkstemp(path);
	return fd < 0 || unlink(path);
}

static int unmake(void **state)
{
	(void)state;
	return close(fd);
}

static struct ts_muxer_config config_of(enum ts_container container)
{
	struct ts_muxer_config c = {.container = container, .created_unix_ms = 1795716222849};
	c.video = (struct ts_track){
		.codec = ts_container_video(container), .width = 320, .height = 180, .fps = FPS};
	if (c.video.codec == TS_CODEC_H264) {
		memcpy(c.video.extradata, sets, sizeof(sets));
		c.video.extradata_len = sizeof(sets);
	}
	c.audio.codec = ts_container_audio(container);
	return c;
}

/* One slice in Annex B, or any bytes of a VP8 picture. */
static int write_picture(struct ts_muxer *m, int i)
{
	uint8_t bytes[PICTURE_BYTES] = {0, 0, 0, 1, i % FPS ? 0x41 : 0x65, 0x9a};
	AVPacket *p = av_packet_alloc();
	p->data = bytes;
	p->size = sizeof(bytes);
	p->flags = i % FPS ? 0 : AV_PKT_FLAG_KEY;
	memset(bytes + 6, 0x5a, sizeof(bytes) - 6);
	const int err = ts_muxer_write(m, TS_VIDEO, p, i * picture_ns, picture_ns);
	p->data = NULL;
	av_packet_free(&p);
	return err;
}

static int write_sound(struct ts_muxer *m, int i)
{
	uint8_t bytes[40] = {0xfc, 0xff, 0xfe};
	AVPacket *p = av_packet_alloc();
	p->data = bytes;
	p->size = sizeof(bytes);
	p->flags = AV_PKT_FLAG_KEY;
	const int err = ts_muxer_write(m, TS_AUDIO, p, i * sound_ns, sound_ns);
	p->data = NULL;
	av_packet_free(&p);
	return err;
}

/* As live: each when it is due. */
static int write_all(struct ts_muxer *m, int seconds)
{
	int err = 0;
	for (int i = 0, k = 0; !err && i < seconds * FPS; i++) {
		err = write_picture(m, i);
		for (; !err && k * sound_ns < (i + 1) * picture_ns; k++) err = write_sound(m, k);
	}
	return err;
}

static int64_t size_of(int file)
{
	return lseek(file, 0, SEEK_END);
}

static uint8_t *read_file(int file, size_t *len)
{
	*len = (size_t)size_of(file);
	uint8_t *bytes = malloc(*len + 1);
	assert_int_equal(pread(file, bytes, *len, 0), *len);
	return bytes;
}

static size_t find(const uint8_t *bytes, size_t len, const char *box)
{
	const uint8_t *at = memmem(bytes, len, box, 4);
	assert_non_null(at);
	return (size_t)(at - bytes);
}

static void test_fragments_reach_the_disk(void **state)
{
	(void)state;
	struct ts_muxer *m;
	const struct ts_muxer_config config = config_of(TS_CONTAINER_MP4);
	assert_int_equal(ts_muxer_open(&m, fd, &config), 0);
	assert_int_equal(write_all(m, SECONDS), 0);
	/* as if it were killed now: all but the last fragment and what is being put in order */
	const int64_t alive = size_of(fd), pictures = SECONDS * FPS * PICTURE_BYTES;
	assert_true(alive > pictures * (SECONDS - 2) / SECONDS);
	assert_int_equal(ts_muxer_bytes(m), alive);
	assert_int_equal(ts_muxer_packets(m), SECONDS * (FPS + 50));
	assert_int_equal(ts_muxer_close(&m), 0);
	assert_null(m);
	assert_true(size_of(fd) > pictures);
}

static void test_index_in_front(void **state)
{
	(void)state;
	struct ts_muxer *m;
	atomic_bool stop = false;
	struct ts_seekable_result result;
	size_t len;
	const struct ts_muxer_config config = config_of(TS_CONTAINER_MP4);
	assert_int_equal(ts_muxer_open(&m, fd, &config), 0);
	assert_int_equal(write_all(m, SECONDS), 0);
	const int64_t packets = ts_muxer_packets(m);
	assert_int_equal(ts_muxer_close(&m), 0);
	/* with the number of packets, and without it */
	for (int64_t known = packets; known >= 0; known -= packets) {
		FILE *out = tmpfile();
		assert_int_equal(
			ts_seekable_run(fd, fileno(out), TS_CONTAINER_MP4, known, &stop, &result),
			0);
		assert_int_equal(result.bytes, size_of(fileno(out)));
		assert_in_range(result.duration_ns, SECONDS * TS_NS_PER_S - picture_ns,
			SECONDS * TS_NS_PER_S + picture_ns);
		uint8_t *bytes = read_file(fileno(out), &len);
		assert_true(find(bytes, len, "moov") < find(bytes, len, "mdat"));
		assert_null(memmem(bytes, len, "moof", 4));
		free(bytes);
		fclose(out);
	}
	stop = true;
	FILE *out = tmpfile();
	assert_int_equal(
		ts_seekable_run(fd, fileno(out), TS_CONTAINER_MP4, packets, &stop, &result),
		TS_ECLOSED);
	fclose(out);
}

/* Cut anywhere behind the header, what was whole before the cut is made seekable. */
static void test_what_was_cut_off(void **state)
{
	(void)state;
	struct ts_muxer *m;
	atomic_bool stop = false;
	struct ts_seekable_result result;
	const struct ts_muxer_config config = config_of(TS_CONTAINER_MP4);
	assert_int_equal(ts_muxer_open(&m, fd, &config), 0);
	assert_int_equal(write_all(m, SECONDS), 0);
	assert_int_equal(ts_muxer_close(&m), 0);
	const int64_t whole = size_of(fd);
	for (int64_t cut = whole - 1; cut > whole / 2; cut -= 4099) {
		FILE *out = tmpfile();
		assert_int_equal(ftruncate(fd, cut), 0);
		assert_int_equal(
			ts_seekable_run(fd, fileno(out), TS_CONTAINER_MP4, 0, &stop, &result), 0);
		assert_true(result.duration_ns > TS_NS_PER_S);
		fclose(out);
	}
	assert_int_equal(ftruncate(fd, 20), 0);
	FILE *out = tmpfile();
	assert_int_not_equal(
		ts_seekable_run(fd, fileno(out), TS_CONTAINER_MP4, 0, &stop, &result), 0);
	fclose(out);
}

static void test_every_container(void **state)
{
	(void)state;
	static const char *const begins[] = {
		"ftyp", "\x1a\x45\xdf\xa3", "\x1a\x45\xdf\xa3", "ftyp"};
	for (int c = 0; c < TS_CONTAINER_COUNT; c++) {
		struct ts_muxer *m;
		size_t len;
		struct ts_muxer_config config = config_of((enum ts_container)c);
		if (config.audio.codec == TS_CODEC_AAC) {
			config.audio.extradata[0] = 0x11;
			config.audio.extradata[1] = 0x88;
			config.audio.extradata_len = 2;
		}
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(ts_muxer_open(&m, fd, &config), 0);
		if (config.video.codec)
			assert_int_equal(write_all(m, 3), 0);
		else
			for (int i = 0; i < 150; i++) assert_int_equal(write_sound(m, i), 0);
		assert_int_equal(ts_muxer_close(&m), 0);
		uint8_t *bytes = read_file(fd, &len);
		assert_true(find(bytes, len, begins[c]) <= 4);
		free(bytes);
	}
}

static void test_refuses_what_does_not_fit(void **state)
{
	(void)state;
	struct ts_muxer *m;
	struct ts_muxer_config config = config_of(TS_CONTAINER_WEBM);
	config.video.codec = TS_CODEC_H264;
	assert_int_equal(ts_muxer_open(&m, fd, &config), TS_EINVAL);
	assert_null(m);
	config = config_of(TS_CONTAINER_M4A);
	config.audio.codec = TS_CODEC_NONE;
	assert_int_equal(ts_muxer_open(&m, fd, &config), TS_EINVAL);
}

/* Files may have so many bytes: as if the disk were full. */
static void test_full_disk_leaves_what_was_whole(void **state)
{
	(void)state;
	struct ts_muxer *m;
	struct rlimit before, limit = {30000, RLIM_INFINITY};
	atomic_bool stop = false;
	struct ts_seekable_result result;
	const struct ts_muxer_config config = config_of(TS_CONTAINER_MP4);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	limit.rlim_max = before.rlim_max;
	assert_int_equal(ts_muxer_open(&m, fd, &config), 0);
	setrlimit(RLIMIT_FSIZE, &limit);
	const int err = write_all(m, SECONDS);
	const int again = write_picture(m, SECONDS * FPS);
	const int64_t size = size_of(fd);
	const int closed = ts_muxer_close(&m);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(err, TS_EIO);
	assert_int_equal(again, TS_EIO);
	assert_int_equal(closed, TS_EIO);
	assert_in_range(size, 10000, 30000);
	assert_int_equal(size_of(fd), size);
	FILE *out = tmpfile();
	assert_int_equal(ts_seekable_run(fd, fileno(out), TS_CONTAINER_MP4, 0, &stop, &result), 0);
	assert_true(result.duration_ns >= TS_NS_PER_S);
	fclose(out);
}

/* Whatever a container does to Opus, who reads it finds the times that were written. */
static void test_times_are_those_that_were_written(void **state)
{
	static const enum ts_container all[] = {
		TS_CONTAINER_MP4, TS_CONTAINER_WEBM, TS_CONTAINER_MKV};
	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		char path[32];
		struct ts_muxer *m;
		const struct ts_muxer_config config = config_of(all[i]);
		AVFormatContext *in = NULL;
		AVPacket *p = av_packet_alloc();
		int64_t n[2] = {0};
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(ts_muxer_open(&m, fd, &config), 0);
		assert_int_equal(write_all(m, 2), 0);
		assert_int_equal(ts_muxer_close(&m), 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		assert_int_equal(avformat_open_input(&in, path, NULL, NULL), 0);
		while (av_read_frame(in, p) >= 0) {
			const AVStream *s = in->streams[p->stream_index];
			const bool is_sound = s->codecpar->codec_type == AVMEDIA_TYPE_AUDIO;
			const int64_t at_us = av_rescale_q(
				p->pts, s->time_base, (AVRational){1, 1000000});
			const int64_t due_us = n[is_sound]++ * (is_sound ? sound_ns : picture_ns) /
				1000;
			assert_true(llabs(at_us - due_us) <= 1000);
			av_packet_unref(p);
		}
		assert_int_equal(n[0], 2 * FPS);
		assert_int_equal(n[1], 2 * TS_NS_PER_S / sound_ns);
		avformat_close_input(&in);
		av_packet_free(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fragments_reach_the_disk, make, unmake),
		cmocka_unit_test_setup_teardown(test_index_in_front, make, unmake),
		cmocka_unit_test_setup_teardown(test_what_was_cut_off, make, unmake),
		cmocka_unit_test_setup_teardown(test_every_container, make, unmake),
		cmocka_unit_test_setup_teardown(test_refuses_what_does_not_fit, make, unmake),
		cmocka_unit_test_setup_teardown(test_full_disk_leaves_what_was_whole, make, unmake),
		cmocka_unit_test_setup_teardown(
			test_times_are_those_that_were_written, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
