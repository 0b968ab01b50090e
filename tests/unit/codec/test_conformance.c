/* The H.264 conformance streams of ../shared/media, cut into access units by libavcodec's parser,
 * packetized and depacketized, into our decoder: the pictures must be those that plain libavcodec
 * decodes. Skipped where the streams are not there. */
#include "base/media.h"
#include "tests/unit/codec/support.h"
#include <dirent.h>
#include <libavcodec/avcodec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "../shared/media/conformance/h264_jvt"

enum { MAX_PICTURES = 4000 };

struct pictures {
	int n, errors, delay;
	uint32_t hash[MAX_PICTURES];
};

/* What plain decoding gives, up to max pictures of the units seen so far. */
struct plain {
	AVCodecContext *ctx;
	AVFrame *frame;
	struct pictures *pictures;
};

static void plain_decode(struct plain *p, const AVPacket *unit)
{
	if (avcodec_send_packet(p->ctx, unit) < 0) p->pictures->errors++;
	while (avcodec_receive_frame(p->ctx, p->frame) >= 0) {
		if (p->pictures->n < MAX_PICTURES)
			p->pictures->hash[p->pictures->n++] = ts_test_hash(p->frame);
		if (p->frame->decode_error_flags) p->pictures->errors++;
	}
}

struct ours {
	struct ts_depacketizer *depacketizer;
	struct ts_video_decoder *decoder;
	AVPacket *unit;
	uint32_t timestamp;
	struct pictures *pictures;
};

static void ours_decode(struct ours *o, const AVPacket *unit)
{
	struct ts_au *au;
	struct ts_unit_info info;
	o->timestamp += 3000;
	if (ts_packetize(&au, TS_CODEC_H264, 1, unit, TS_MTU_PAYLOAD)) return;
	for (uint32_t i = 0; i < au->n; i++) {
		struct ts_packet p = ts_test_packet(
			ts_au_bytes(au, i), au->pay[i].len, o->timestamp, i + 1 == au->n);
		ts_depacketizer_push(o->depacketizer, &p);
		while (ts_depacketizer_pull(o->depacketizer, o->unit, &info) == 0) {
			AVFrame *f;
			int err = ts_video_decode(o->decoder, o->unit, &f);
			if (err && err != TS_EAGAIN) o->pictures->errors++;
			if (f && o->pictures->n < MAX_PICTURES)
				o->pictures->hash[o->pictures->n++] = ts_test_hash(f);
			av_frame_free(&f);
			av_packet_unref(o->unit);
		}
	}
	ts_au_unref(&au);
}

static void decode_both(const uint8_t *bytes, size_t len, struct pictures *plain_pictures,
	struct pictures *our_pictures)
{
	const AVCodec *codec = avcodec_find_decoder(AV_CODEC_ID_H264);
	AVCodecParserContext *parser = av_parser_init(AV_CODEC_ID_H264);
	AVCodecContext *parser_ctx = avcodec_alloc_context3(codec);
	struct plain plain = {avcodec_alloc_context3(codec), av_frame_alloc(), plain_pictures};
	struct ours ours = {.unit = av_packet_alloc(), .pictures = our_pictures};
	AVPacket *unit = av_packet_alloc();
	plain.ctx->thread_count = 1;
	assert_int_equal(avcodec_open2(plain.ctx, codec, NULL), 0);
	assert_int_equal(ts_depacketizer_create(&ours.depacketizer, TS_CODEC_H264), 0);
	assert_int_equal(ts_video_decoder_open(&ours.decoder, TS_CODEC_H264), 0);
	for (bool end = false; !end;) {
		end = !len;
		int used = av_parser_parse2(parser, parser_ctx, &unit->data, &unit->size,
			len ? bytes : NULL, (int)len, 0, 0, 0);
		bytes += used;
		len -= (size_t)used;
		if (!unit->size) continue;
		end = false;
		plain_decode(&plain, unit);
		ours_decode(&ours, unit);
	}
	plain_pictures->delay = plain.ctx->has_b_frames;
	plain_decode(&plain, NULL);
	av_parser_close(parser);
	avcodec_free_context(&parser_ctx);
	avcodec_free_context(&plain.ctx);
	av_frame_free(&plain.frame);
	av_packet_free(&unit);
	av_packet_free(&ours.unit);
	ts_depacketizer_destroy(&ours.depacketizer);
	ts_video_decoder_close(&ours.decoder);
}

/* How many of ours stand in plain's order. */
static int in_order(const struct pictures *ours, const struct pictures *plain)
{
	int at = 0, found = 0;
	for (int i = 0; i < ours->n; i++) {
		int j = at;
		while (j < plain->n && plain->hash[j] != ours->hash[i]) j++;
		if (j == plain->n) continue;
		at = j + 1;
		found++;
	}
	return found;
}

static uint8_t *read_file(const char *name, size_t *len)
{
	char path[512];
	snprintf(path, sizeof path, FOLDER "/%s", name);
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	*len = (size_t)ftell(f);
	rewind(f);
	uint8_t *bytes = calloc(1, *len + AV_INPUT_BUFFER_PADDING_SIZE);
	assert_int_equal(fread(bytes, 1, *len, f), *len);
	fclose(f);
	return bytes;
}

static void conformance(void **state)
{
	DIR *dir = opendir(FOLDER);
	struct dirent *entry;
	struct pictures *plain = calloc(1, sizeof *plain), *ours = calloc(1, sizeof *ours);
	int streams = 0, bad = 0;
	(void)state;
	if (!dir) {
		free(plain);
		free(ours);
		skip();
	}
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || strstr(entry->d_name, ".txt")) continue;
		size_t len;
		uint8_t *bytes = read_file(entry->d_name, &len);
		plain->n = plain->errors = ours->n = ours->errors = 0;
		decode_both(bytes, len, plain, ours);
		free(bytes);
		int ok = in_order(ours, plain);
		/* the last pictures of a stream with reordering stay inside: nobody flushes a live
		 * decoder */
		bool good = ok == ours->n && ours->n >= plain->n - plain->delay &&
			ours->errors <= plain->errors;
		printf("%s %-40s plain %d (%d errors, delay %d), ours %d (%d errors), same %d\n",
			good ? "ok " : "BAD", entry->d_name, plain->n, plain->errors, plain->delay,
			ours->n, ours->errors, ok);
		streams++;
		bad += !good;
	}
	closedir(dir);
	free(plain);
	free(ours);
	assert_true(streams > 0);
	assert_int_equal(bad, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(conformance)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
