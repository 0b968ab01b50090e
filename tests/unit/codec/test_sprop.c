#include "codec/sprop.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* RFC 6184 8.1, 8.2.2 */
static void parameter_sets_are_read(void **state)
{
#define SPS "Z0LAHtoC" /* 67 42 c0 1e da 02 */
#define PPS "aM48gA==" /* 68 ce 3c 80 */
	static const uint8_t both[] = {
		0, 6, 0x67, 0x42, 0xc0, 0x1e, 0xda, 0x02, 0, 4, 0x68, 0xce, 0x3c, 0x80};
	static const struct {
		const char *fmtp;
		size_t from, n; /* of both */
	} rows[] = {
		{"sprop-parameter-sets=" SPS "," PPS, 0, 14},
		{"packetization-mode=1; Sprop-Parameter-Sets = " SPS "," PPS
		 " ;profile-level-id=42c01e",
			0, 14},
		{"sprop-parameter-sets=\"" SPS "," PPS "\"", 0, 14},
		{"sprop-parameter-sets=" SPS ",aM48gA", 0, 14}, /* without padding */
		{"sprop-parameter-sets=" SPS, 0, 8},
		{"sprop-parameter-sets=," PPS ",", 8, 6},
		{"sprop-parameter-sets=!!!!," PPS, 8, 6},
		{"sprop-parameter-sets=Bgo=," PPS, 8, 6},     /* an SEI is none */
		{"sprop-parameter-sets=50LAHtoC," PPS, 8, 6}, /* forbidden_zero_bit */
		{"sprop-parameter-sets=Zw==," PPS, 8, 6},     /* a header alone */
		{"sprop-parameter-sets=", 0, 0},
		{"sprop-parameter-sets", 0, 0},
		{"x-sprop-parameter-sets=" SPS, 0, 0},
		{"sprop-level-parameter-sets=" SPS, 0, 0},
		{"", 0, 0},
		{NULL, 0, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_parameter_sets sets = {0};
		ts_sprop_read(&sets, rows[i].fmtp);
		if (sets.len != rows[i].n) fail_msg("%s: %d", rows[i].fmtp, sets.len);
		assert_memory_equal(sets.bytes, both + rows[i].from, rows[i].n);
	}
}

/* Of the first that can be read. */
static void sizes_are_read(void **state)
{
	static const struct {
		const char *fmtp;
		int width, height; /* 0: none */
	} rows[] = {
		{"sprop-parameter-sets=Z0LAH9oBQBbsBEAAAAMAQAAADyPGDKg=,aM48gA==", 1280, 720},
		{"sprop-parameter-sets=aM48gA==,Z0LAH9oBQBbsBEAAAAMAQAAADyPGDKg=", 1280, 720},
		{"sprop-parameter-sets=Z0LA,Z0LAH9oBQBbsBEAAAAMAQAAADyPGDKg=", 1280, 720},
		{"sprop-parameter-sets=aM48gA==", 0, 0},
		{"sprop-parameter-sets=Z0LA", 0, 0},
		{"", 0, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ts_parameter_sets sets = {0};
		int width = 0, height = 0;
		ts_sprop_read(&sets, rows[i].fmtp);
		assert_int_equal(ts_sprop_size(&sets, &width, &height), rows[i].width > 0);
		if (width != rows[i].width || height != rows[i].height)
			fail_msg("%s: %dx%d", rows[i].fmtp, width, height);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameter_sets_are_read), cmocka_unit_test(sizes_are_read)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
