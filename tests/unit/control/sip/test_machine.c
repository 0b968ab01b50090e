#include "control/sip/machine.h"
#include "tests/unit/base/cmocka_all.h"
#include <arpa/inet.h>

static void knows_its_own(void **state)
{
	struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(5060)}, other = own;
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	(void)state;
	inet_pton(AF_INET, "127.0.0.1", &own.sin_addr);
	inet_pton(AF_INET, "192.0.2.77", &other.sin_addr); /* RFC 5737: nobody's */
	assert_true(ts_sip_machine_has((const struct sockaddr *)&own));
	assert_false(ts_sip_machine_has((const struct sockaddr *)&other));
	assert_false(ts_sip_machine_has(&none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(knows_its_own)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
