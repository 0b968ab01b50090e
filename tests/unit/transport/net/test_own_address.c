#include "base/address.h"
#include "transport/net/own_address.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct sockaddr_storage at(const char *host, uint16_t port)
{
	struct sockaddr_storage a;
	ts_address_parse(&a, host, port);
	return a;
}

static void own_sockets(void **state)
{
	(void)state;
	struct sockaddr_storage ours = at("127.0.0.1", 4242), other = at("127.0.0.1", 4243),
				theirs = at("192.0.2.1", 4242), beside = at("127.0.0.8", 4242);
	struct ts_own_addresses *own = calloc(1, sizeof(*own));
	assert_non_null(own);
	assert_false(ts_own_address(own, &ours));
	ts_own_address_add(own, &ours);
	ts_own_address_add(own, &ours); /* TCP and UDP */
	assert_true(ts_own_address(own, &ours));
	assert_false(ts_own_address(own, &other));
	assert_false(ts_own_address(own, &theirs));
	assert_false(ts_own_address(own, &beside));
	ts_own_address_remove(own, &ours);
	assert_true(ts_own_address(own, &ours));
	ts_own_address_remove(own, &ours);
	assert_false(ts_own_address(own, &ours));
	free(own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(own_sockets)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
