/* Browsers that were announced, and whose connection comes, or not; injected time. */
#include "control/sip/guests.h"
#include "tests/unit/base/cmocka_all.h"
#include <glib.h>

#define S INT64_C(1000000000)

static void announce(struct ts_sip_guests *guests, uint16_t port, const char *who, int64_t now_ns)
{
	struct ts_sip_guest *guest = g_new0(struct ts_sip_guest, 1);
	guest->port = port;
	g_strlcpy(guest->address, who, sizeof guest->address);
	ts_sip_guests_add(guests, guest, now_ns);
}

static void assert_taken(
	struct ts_sip_guests *guests, uint16_t port, const char *who, int64_t now_ns)
{
	struct ts_sip_guest *guest = ts_sip_guests_take(guests, port, now_ns);
	if (who) {
		assert_non_null(guest);
		assert_string_equal(guest->address, who);
	} else {
		assert_null(guest);
	}
	g_free(guest);
}

static void taken_once_and_by_its_port(void **state)
{
	(void)state;
	struct ts_sip_guests *guests = ts_sip_guests_new();
	announce(guests, 1000, "192.0.2.1", 0);
	announce(guests, 1001, "192.0.2.2", 0);
	announce(guests, 1001, "192.0.2.3", 0); /* the port again */
	assert_taken(guests, 1002, NULL, 0);
	assert_taken(guests, 1001, "192.0.2.3", 0);
	assert_taken(guests, 1001, NULL, 0);
	assert_taken(guests, 1000, "192.0.2.1", 10 * S - 1);
	ts_sip_guests_free(guests);
}

static void who_does_not_come_is_forgotten(void **state)
{
	(void)state;
	struct ts_sip_guests *guests = ts_sip_guests_new();
	announce(guests, 1000, "192.0.2.1", 0);
	assert_taken(guests, 1000, NULL, 10 * S); /* the port is another's by now */
	for (uint16_t port = 1; port <= 1000; port++) announce(guests, port, "x", port * S / 100);
	assert_int_equal(ts_sip_guests_forget(guests, 10 * S), 1000);
	assert_int_equal(ts_sip_guests_forget(guests, 15 * S), 500);
	assert_int_equal(ts_sip_guests_forget(guests, 20 * S), 0);
	announce(guests, 7, "192.0.2.7", 20 * S);
	ts_sip_guests_free(guests);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(taken_once_and_by_its_port),
		cmocka_unit_test(who_does_not_come_is_forgotten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
