/* only - TEST_NAME the environment has a test program run the tests of that name alone (cmocka's *
 * and ?). In every program; nothing calls it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

__attribute__((constructor)) static void choose_tests(void)
{
	const char *name = getenv("TEST_NAME");
	if (name && *name) cmocka_set_test_filter(name);
}
