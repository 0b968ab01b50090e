/* Still images from outside: what is kept of them, what is refused, and why. */
#include "codec/exif.h"
#include "codec/image_decode.h"

#include "base/error.h"
#include "codec/png_data.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

struct bytes {
	uint8_t at[4096];
	size_t n;
};

static void add(struct bytes *b, const void *data, size_t n)
{
	assert_true(b->n + n <= sizeof(b->at));
	if (n) memcpy(b->at + b->n, data, n);
	b->n += n;
}

static void add_u32(struct bytes *b, uint32_t v)
{
	const uint8_t be[4] = {
		(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};
	add(b, be, 4);
}

static void add_chunk(struct bytes *b, const char *type, const void *data, size_t n)
{
	add_u32(b, (uint32_t)n);
	const size_t from = b->n;
	add(b, type, 4);
	add(b, data, n);
	add_u32(b, (uint32_t)crc32(0, b->at + from, (unsigned)(n + 4)));
}

static void begin(struct bytes *b, uint32_t width, uint32_t height, int interlaced)
{
	struct bytes head = {.n = 0};
	const uint8_t rest[5] = {8, 6, 0, 0, (uint8_t)interlaced};
	b->n = 0;
	add(b, "\x89PNG\r\n\x1a\n", 8);
	add_u32(&head, width);
	add_u32(&head, height);
	add(&head, rest, sizeof(rest));
	add_chunk(b, "IHDR", head.at, head.n);
}

/* n bytes, compressed. */
static void add_pixels(struct bytes *b, size_t n, uint8_t value)
{
	uint8_t raw[4096], packed[4096];
	uLongf len = sizeof(packed);
	assert_true(n <= sizeof(raw));
	memset(raw, value, n);
	assert_int_equal(compress(packed, &len, raw, n), Z_OK);
	add_chunk(b, "IDAT", packed, len);
}

static int read_it(const struct bytes *b, struct ts_image_file *file)
{
	const char *why = NULL;
	const int err = ts_image_file_read(file, b->at, b->n, &why);
	assert_int_equal(err != 0, why != NULL);
	assert_int_equal(err != 0, file->data == NULL);
	return err;
}

static int decode(const struct bytes *b, AVFrame **frame)
{
	struct ts_image_file file;
	const char *why;
	assert_int_equal(read_it(b, &file), 0);
	const int err = ts_image_decode(frame, &file, &why);
	free(file.data);
	return err;
}

static void metadata_is_not_kept(void **state)
{
	struct bytes b;
	struct ts_image_file file;
	AVFrame *frame;
	(void)state;
	begin(&b, 2, 3, 0);
	add_chunk(&b, "tEXt", "Author\0Anna", 11);
	add_chunk(&b, "iCCP", "a bomb of its own", 17);
	add_pixels(&b, 27, 0);
	add_chunk(&b, "IEND", NULL, 0);
	add(&b, "a zip file", 10);
	assert_int_equal(read_it(&b, &file), 0);
	assert_int_equal(file.kind, TS_IMAGE_PNG);
	assert_int_equal(file.width, 2);
	assert_int_equal(file.height, 3);
	assert_null(memmem(file.data, file.len, "tEXt", 4));
	assert_null(memmem(file.data, file.len, "iCCP", 4));
	assert_null(memmem(file.data, file.len, "zip", 3));
	free(file.data);
	assert_int_equal(decode(&b, &frame), 0);
	assert_int_equal(frame->format, AV_PIX_FMT_BGRA);
	assert_int_equal(frame->width, 2);
	av_frame_free(&frame);
}

static void sizes_have_limits(void **state)
{
	static const struct {
		uint32_t w, h;
		int err;
	} rows[] = {{1, 1, 0}, {8192, 2048, 0}, {8193, 1, TS_ELIMIT}, {1, 8193, TS_ELIMIT},
		{8192, 2049, TS_ELIMIT}, {30000, 30000, TS_ELIMIT},
		{UINT32_MAX, UINT32_MAX, TS_ELIMIT}, {0, 1, TS_EBADMSG}, {1, 0, TS_EBADMSG}};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bytes b;
		struct ts_image_file file;
		begin(&b, rows[i].w, rows[i].h, 0);
		add_pixels(&b, 5, 0);
		add_chunk(&b, "IEND", NULL, 0);
		assert_int_equal(read_it(&b, &file), rows[i].err);
		free(file.data);
	}
}

/* A pixel of RGBA with the byte of its filter is 5; interlaced, so is its one pass. 8x8: the seven
 * passes have 15 rows. */
static void the_data_of_a_png_is_what_it_needs(void **state)
{
	static const struct {
		uint32_t w, h;
		int interlaced;
		size_t first, second;
		int err;
	} rows[] = {{1, 1, 0, 5, 0, 0}, {1, 1, 0, 4, 0, TS_EBADMSG}, {1, 1, 0, 6, 0, TS_EBADMSG},
		{1, 1, 0, 4000, 0, TS_EBADMSG}, {1, 1, 1, 5, 0, 0}, {8, 8, 0, 8 * 33, 0, 0},
		{8, 8, 1, 256 + 15, 0, 0}, {8, 8, 1, 8 * 33, 0, TS_EBADMSG},
		{1, 1, 0, 5, 5, 0}}; /* what is behind the end of the data is not inflated */
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bytes b;
		begin(&b, rows[i].w, rows[i].h, rows[i].interlaced);
		add_pixels(&b, rows[i].first, 0);
		if (rows[i].second) add_pixels(&b, rows[i].second, 0);
		add_chunk(&b, "IEND", NULL, 0);
		assert_int_equal(ts_png_data_check(b.at, b.n), rows[i].err);
	}
}

static void every_length_is_looked_at(void **state)
{
	static const char webp[] =
		"RIFF\x1c\0\0\0WEBPVP8L\x10\0\0\0\x2f\0\0\0\0\7\x10\xfd\x8f\xfe\7\x22\xa2\xff\1\0";
	struct bytes b, w = {.n = 0};
	struct ts_image_file file;
	(void)state;
	add(&w, webp, sizeof(webp) - 1);
	assert_int_equal(read_it(&w, &file), 0);
	assert_int_equal(file.width, 1);
	free(file.data);
	begin(&b, 2, 3, 0);
	add_pixels(&b, 27, 0);
	add_chunk(&b, "IEND", NULL, 0);
	const size_t len = b.n, webp_len = w.n;
	for (b.n = 0; b.n < len; b.n++) assert_int_not_equal(read_it(&b, &file), 0);
	for (w.n = 0; w.n < webp_len; w.n++) assert_int_not_equal(read_it(&w, &file), 0);
}

static void others_are_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		int err;
	} rows[] = {{"", 0, TS_EUNSUPPORTED}, {"GIF89a\1\0\1\0", 10, TS_EUNSUPPORTED},
		{"<svg xmlns=", 11, TS_EUNSUPPORTED}, {"\xff\xd8\xff\xd9", 4, TS_EBADMSG},
		{"\xff\xd8\xff\xc9\0\x0b\x08\0\1\0\1\1\1\x11\0", 15,
			TS_EUNSUPPORTED}, /* arithmetic */
		{"\xff\xd8\xff\xc0\0\x08\x08\x75\x30\x75\x30\3", 12, TS_ELIMIT},
		{"\xff\xd8\xff\xc0\0\x08\x08\0\1\0\1\4", 12, TS_EUNSUPPORTED}, /* CMYK */
		{"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\2\0\0\0\0\0\0\0\0\0", 30, TS_EUNSUPPORTED}};
	struct bytes b;
	struct ts_image_file file;
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		b.n = 0;
		add(&b, rows[i].bytes, rows[i].n);
		assert_int_equal(read_it(&b, &file), rows[i].err);
	}
	begin(&b, 2, 3, 0);
	add_chunk(&b, "acTL", "\0\0\0\2\0\0\0\0", 8);
	assert_int_equal(read_it(&b, &file), TS_EUNSUPPORTED);
}

static void which_way_is_up(void **state)
{
	static const uint8_t big[] = {
		'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0};
	static const uint8_t little[] = {
		'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 8, 0, 0, 0};
	(void)state;
	assert_int_equal(ts_exif_orientation(big, sizeof(big)), 6);
	assert_int_equal(ts_exif_orientation(little, sizeof(little)), 8);
	for (size_t n = 0; n < sizeof(big) - 2; n++)
		assert_int_equal(ts_exif_orientation(big, n), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metadata_is_not_kept),
		cmocka_unit_test(sizes_have_limits),
		cmocka_unit_test(the_data_of_a_png_is_what_it_needs),
		cmocka_unit_test(every_length_is_looked_at),
		cmocka_unit_test(others_are_refused),
		cmocka_unit_test(which_way_is_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
