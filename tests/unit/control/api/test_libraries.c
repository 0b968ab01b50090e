/* Every library that the README's table names for the server tells its version. */
#include "control/api/libraries.h"
#include "tests/unit/base/cmocka_all.h"
#include <ctype.h>
#include <string.h>

static void each_library_tells_a_version(void **state)
{
	static const char *const names[] = {"openssl", "libsrtp2", "libnice_built", "ffmpeg",
		"libavcodec", "libavutil", "libswscale", "libswresample", "opus", "vpx",
		"libavformat", "libyuv_built", "pango", "cairo", "jansson", "libre",
		"libmicrohttpd", "glib"};
	struct ts_libraries list = {.n = 0};
	(void)state;
	ts_libraries_list(&list);
	assert_int_equal(list.n, sizeof(names) / sizeof(*names));
	for (size_t i = 0; i < list.n; i++) {
		assert_string_equal(list.item[i].name, names[i]);
		assert_true(isalnum((unsigned char)list.item[i].version[0]));
	}
	ts_libraries_log(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(each_library_tells_a_version)};
	return cmocka_run_group_tests_name("control/api/libraries", tests, NULL, NULL);
}
