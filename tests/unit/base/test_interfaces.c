#include "base/error.h"
#include "base/interfaces.h"
#include "tests/unit/base/cmocka_all.h"
#include <arpa/inet.h>
#include <string.h>

static void knows_its_own(void **state)
{
	struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(5060)}, other = own;
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	(void)state;
	inet_pton(AF_INET, "127.0.0.1", &own.sin_addr);
	inet_pton(AF_INET, "192.0.2.77", &other.sin_addr); /* RFC 5737: nobody's */
	assert_true(ts_interfaces_have((const struct sockaddr *)&own));
	assert_false(ts_interfaces_have((const struct sockaddr *)&other));
	assert_false(ts_interfaces_have(&none));
	struct sockaddr_in6 mapped = {.sin6_family = AF_INET6};
	inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr);
	assert_true(ts_interfaces_have((const struct sockaddr *)&mapped));
}

static bool count_loopback(void *arg, const struct ts_interface *interface)
{
	int *n = arg;
	*n += interface->is_loopback && !strcmp(interface->text, "127.0.0.1");
	assert_true(interface->name && *interface->text);
	return true;
}

static bool count_first(void *arg, const struct ts_interface *interface)
{
	(void)interface;
	++*(int *)arg;
	return false;
}

static void visits_each_until_it_is_enough(void **state)
{
	int loopback = 0, first = 0;
	(void)state;
	assert_int_equal(ts_interfaces_each(count_loopback, &loopback), TS_OK);
	assert_int_equal(loopback, 1);
	assert_int_equal(ts_interfaces_each(count_first, &first), TS_OK);
	assert_int_equal(first, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_its_own), cmocka_unit_test(visits_each_until_it_is_enough)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
