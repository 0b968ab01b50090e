/* Files as they come from outside, made by ffmpeg, through demuxer and decoders. */
#include "container/demuxer.h"

#include "base/clock.h"
#include "base/error.h"
#include "codec/media_decoder.h"
#include "tests/unit/common/media_files.h"
#include <libavutil/pixfmt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct seen {
	int pictures, width, height, samples, loud, rotation, backwards;
	double red; /* mean of Cr */
	int64_t last_ns, combs;
};

/* How much neighbouring rows differ, beyond those of the same field. */
static int64_t combs_of(const AVFrame *f)
{
	int64_t sum = 0;
	for (int y = 2; y + 2 < f->height; y++)
		for (int x = 0; x < f->width; x++) {
			const uint8_t *at = f->data[0] + (ptrdiff_t)y * f->linesize[0] + x;
			const int near = abs(at[0] - at[f->linesize[0]]),
				  far = abs(at[0] - at[2 * f->linesize[0]]);
			if (near > far + 60) sum++;
		}
	return sum;
}

static void look(struct seen *seen, const AVFrame *f, int64_t time_ns)
{
	int64_t sum = 0;
	assert_int_equal(f->format, AV_PIX_FMT_YUV420P);
	for (int y = 0; y < f->height / 2; y++)
		for (int x = 0; x < f->width / 2; x++)
			sum += f->data[2][(ptrdiff_t)y * f->linesize[2] + x];
	seen->red += (double)sum / (f->height / 2) / (f->width / 2);
	seen->combs += combs_of(f);
	seen->width = f->width;
	seen->height = f->height;
	if (time_ns != TS_MEDIA_NO_TIME && seen->pictures && time_ns <= seen->last_ns)
		seen->backwards++;
	if (time_ns != TS_MEDIA_NO_TIME) seen->last_ns = time_ns;
	seen->pictures++;
}

static void drain(struct ts_media_decoder *d, enum ts_media media, struct seen *seen)
{
	const int16_t *pcm;
	AVFrame *frame;
	int64_t time_ns;
	int n;
	while (media == TS_VIDEO && !ts_media_decoder_picture(d, &frame, &time_ns)) {
		look(seen, frame, time_ns);
		av_frame_free(&frame);
	}
	while (media == TS_AUDIO && (n = ts_media_decoder_sound(d, &pcm, &time_ns)) > 0) {
		for (int i = 0; i < n; i++) seen->loud += abs(pcm[i]) > 1000;
		seen->samples += n;
	}
}

static int read_all(const char *name, struct seen *seen, struct ts_demuxed *info)
{
	char why[TS_DEMUXER_WHY];
	struct ts_demuxer *demuxer;
	struct ts_media_decoder *decoder[2] = {NULL, NULL};
	AVPacket *packet = av_packet_alloc();
	enum ts_media track;
	const int fd = ts_media_files_open(name);
	const struct ts_demuxer_config config = ts_media_files_config(fd);
	*seen = (struct seen){0};
	int err = ts_demuxer_open(&demuxer, &config, why);
	if (err) goto out;
	*info = *ts_demuxer_info(demuxer);
	seen->rotation = info->track[TS_VIDEO].rotation;
	for (int i = 0; i < 2; i++)
		if (info->track[i].parameters)
			assert_int_equal(
				ts_media_decoder_open(&decoder[i], info->track[i].parameters), 0);
	while (!(err = ts_demuxer_read(demuxer, packet, &track))) {
		ts_media_decoder_send(decoder[track], packet);
		av_packet_unref(packet);
		drain(decoder[track], track, seen);
	}
	for (int i = 0; i < 2; i++) {
		if (!decoder[i]) continue;
		ts_media_decoder_send(decoder[i], NULL);
		drain(decoder[i], (enum ts_media)i, seen);
		ts_media_decoder_close(&decoder[i]);
	}
	ts_demuxer_close(&demuxer);
out:
	av_packet_free(&packet);
	close(fd);
	return err;
}

#define RED(size) "-f lavfi -i color=red:s=" size ":r=25:d=1 "
#define TONE(args) "-f lavfi -i sine=f=440:d=1:" args " -af volume=4 "

static const struct {
	const char *name, *args, *codec;
	int width, height, pictures, rotation;
	bool sound;
} files[] = {
	{"b-frames.mp4",
		RED("160x90") TONE("r=44100") "-c:v libx264 -bf 3 -pix_fmt yuv420p -c:a aac -ac 6",
		"h264", 160, 90, 25, 0, true},
	{"ten.mkv",
		RED("160x90") TONE("r=48000") "-c:v libx265 -x265-params log-level=none "
					      "-pix_fmt yuv420p10le -c:a flac",
		"hevc", 160, 90, 25, 0, true},
	{"nine.webm",
		RED("160x90") TONE(
			"r=48000") "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus",
		"vp9", 160, 90, 25, 0, true},
	{"one.webm", RED("160x90") "-c:v libaom-av1 -cpu-used 8 -usage realtime", "av1", 160, 90,
		25, 0, false},
	{"fields.ts",
		RED("720x576")
			TONE("r=48000") "-c:v mpeg2video -flags +ildct+ilme -b:v 4M -c:a mp2",
		"mpeg2video", 720, 576, 25, 0, true},
	{"odd.mkv",
		RED("160x90") TONE("r=22050") "-vf scale=161:91,format=yuv444p -c:v libx264 "
					      "-c:a libvorbis -ac 2",
		"h264", 161, 91, 25, 0, true},
	{"four.avi", RED("160x90") TONE("r=48000") "-c:v mpeg4 -c:a libmp3lame", "mpeg4", 160, 90,
		25, 0, true},
	{"bare.h264", RED("160x90") "-c:v libx264 -bf 2 -pix_fmt yuv420p", "h264", 160, 90, 25, 0,
		false},
	{"uneven.mkv",
		"-f lavfi -i color=red:s=160x90:r=25:d=2 -vf select='not(mod(n\\,3))' -vsync vfr "
		"-c:v libx264 -pix_fmt yuv420p",
		"h264", 160, 90, 17, 0, false},
	{"still.mp3", TONE("r=44100") "-c:a libmp3lame", "", 0, 0, 0, 0, true},
	{"eight.wav", TONE("r=8000") "-c:a pcm_mulaw", "", 0, 0, 0, 0, true},
};

static void test_formats(void **state)
{
	int made = 0;
	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct seen seen;
		struct ts_demuxed info;
		if (!ts_media_files_make(files[i].args, files[i].name)) {
			print_message("not made: %s\n", files[i].name);
			continue;
		}
		made++;
		const int err = read_all(files[i].name, &seen, &info);
		if (err != TS_ENOTFOUND || seen.pictures != files[i].pictures ||
			seen.width != files[i].width || seen.height != files[i].height ||
			strcmp(info.track[TS_VIDEO].codec, files[i].codec) != 0 || seen.backwards)
			fail_msg("%s: %d, %d pictures of %dx%d, %s, %d backwards", files[i].name,
				err, seen.pictures, seen.width, seen.height,
				info.track[TS_VIDEO].codec, seen.backwards);
		/* red is 240 in Cr, less by what a codec loses */
		if (seen.pictures && seen.red / seen.pictures < 210)
			fail_msg("%s: Cr %f", files[i].name, seen.red / seen.pictures);
		if (files[i].sound && (abs(seen.samples - 48000) > 4000 || seen.loud < 20000))
			fail_msg("%s: %d samples, %d loud", files[i].name, seen.samples, seen.loud);
		if (!files[i].sound) assert_int_equal(seen.samples, 0);
	}
	assert_true(made >= 6);
}

/* A picture that moves sideways, in fields: the combs are gone. */
static void test_fields(void **state)
{
	struct seen seen;
	struct ts_demuxed info;
	(void)state;
	if (!ts_media_files_make(
		    "-f lavfi -i testsrc2=s=720x576:r=50:d=1 -vf interlace=lowpass=off "
		    "-c:v mpeg2video "
		    "-flags +ildct+ilme -b:v 8M",
		    "moves.ts"))
		skip();
	assert_int_equal(read_all("moves.ts", &seen, &info), TS_ENOTFOUND);
	assert_in_range(seen.pictures, 23, 26);
	if (seen.combs / seen.pictures > 720 * 576 / 400)
		fail_msg("%lld points of a picture are combs",
			(long long)(seen.combs / seen.pictures));
}

static void test_rotated(void **state)
{
	struct seen seen;
	struct ts_demuxed info;
	(void)state;
	if (!ts_media_files_make(RED("160x90") "-c:v libx264 -pix_fmt yuv420p", "upright.mp4"))
		skip();
	/* by an option of one version, or metadata of the other, which has turned it either way */
	if (!ts_media_files_make("-display_rotation 270 -i upright.mp4 -c copy", "turned.mp4") &&
		!ts_media_files_make(
			"-i upright.mp4 -c copy -metadata:s:v rotate=90", "turned.mp4"))
		skip();
	char command[200], text[40] = "";
	snprintf(command, sizeof command,
		"ffprobe -v error -show_entries stream_side_data=rotation -of csv=p=0 %s",
		ts_media_files_path("turned.mp4"));
	FILE *f = popen(command, "r");
	assert_non_null(fgets(text, sizeof text, f));
	pclose(f);
	const int against_the_clock = atoi(text);
	assert_int_equal(abs(against_the_clock), 90);
	assert_int_equal(read_all("turned.mp4", &seen, &info), TS_ENOTFOUND);
	assert_int_equal(seen.rotation, (360 - against_the_clock) % 360);
}

static void test_broken(void **state)
{
	struct seen seen;
	struct ts_demuxed info;
	(void)state;
	if (!ts_media_files_make(
		    RED("160x90") TONE("r=48000") "-c:v libx264 -g 5 -pix_fmt yuv420p -c:a flac",
		    "cut.mkv"))
		skip();
	FILE *f = fopen(ts_media_files_path("cut.mkv"), "r+");
	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	assert_int_equal(ftruncate(fileno(f), ftell(f) / 2), 0);
	fclose(f);
	const int err = read_all("cut.mkv", &seen, &info);
	assert_true(err == TS_ENOTFOUND || err == TS_EIO || err == TS_EBADMSG);
	assert_true(seen.pictures > 0 && seen.pictures < 25);
	assert_false(ts_media_files_make("-f lavfi -i nothing", "none"));
	assert_int_equal(system("true"), 0);
	f = fopen(ts_media_files_path("noise"), "w");
	for (int i = 0; i < 20000; i++) fputc(i * 7919 % 251, f);
	fclose(f);
	assert_true(read_all("noise", &seen, &info) != 0);
}

/* One packet in, and all that comes of it. */
static void send_one(struct ts_media_decoder *d, const AVPacket *packet, struct seen *seen)
{
	if (!ts_media_decoder_skips(d, packet)) ts_media_decoder_send(d, packet);
	drain(d, TS_VIDEO, seen);
}

/* Of a film with B-frames and a keyframe in each ten pictures: keyframes come out at once, and when
 * all is decoded again that begins with one. */
static void test_keyframes(void **state)
{
	struct seen seen = {0};
	struct ts_demuxer *demuxer;
	struct ts_media_decoder *decoder;
	char why[TS_DEMUXER_WHY];
	enum ts_media track;
	int n = 0, keyframes = 0;
	(void)state;
	if (!ts_media_files_make(RED("160x90") "-c:v libx264 -bf 3 -g 10 -keyint_min 10 "
					       "-sc_threshold 0 -pix_fmt yuv420p",
		    "keys.mp4"))
		skip();
	AVPacket *packet = av_packet_alloc();
	const int fd = ts_media_files_open("keys.mp4");
	const struct ts_demuxer_config config = ts_media_files_config(fd);
	assert_int_equal(ts_demuxer_open(&demuxer, &config, why), 0);
	const struct ts_demuxed *info = ts_demuxer_info(demuxer);
	assert_int_equal(ts_media_decoder_open(&decoder, info->track[TS_VIDEO].parameters), 0);
	for (; !ts_demuxer_read(demuxer, packet, &track); n++) {
		keyframes += n < 13 && packet->flags & AV_PKT_FLAG_KEY;
		ts_media_decoder_set_effort(decoder, n < 13 ? TS_MEDIA_KEYFRAMES : TS_MEDIA_ALL);
		send_one(decoder, packet, &seen);
		if (n < 20) assert_int_equal(seen.pictures, keyframes);
		av_packet_unref(packet);
	}
	assert_int_equal(keyframes, 2);
	ts_media_decoder_send(decoder, NULL);
	drain(decoder, TS_VIDEO, &seen);
	assert_int_equal(n, 25);
	assert_int_equal(seen.pictures, 2 + 5);
	assert_int_equal(seen.backwards, 0);
	assert_true(seen.red / seen.pictures > 210);
	ts_media_decoder_close(&decoder);
	ts_demuxer_close(&demuxer);
	av_packet_free(&packet);
	close(fd);
}

/* Frames of ten seconds: all of it is heard, and nothing is kept. */
static void test_long_frames(void **state)
{
	struct seen seen;
	struct ts_demuxed info;
	(void)state;
	if (!ts_media_files_make(
		    "-f lavfi -i sine=f=440:r=4000:d=60 -af volume=4 -c:a flac -frame_size 40000",
		    "long.flac"))
		skip();
	assert_int_equal(read_all("long.flac", &seen, &info), TS_ENOTFOUND);
	assert_in_range(seen.samples, 59.9 * 48000, 60.1 * 48000);
	assert_int_equal(seen.backwards, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_long_frames),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_keyframes),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_rotated),
		cmocka_unit_test(test_broken),
	};
	return cmocka_run_group_tests(tests, ts_media_files_begin, ts_media_files_end);
}
