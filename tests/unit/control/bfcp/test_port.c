/* Sockets: one pair for each address of ours, for as long as a call uses it. */
#include "tests/unit/common/fake_time.h"
#include "tests/unit/control/bfcp/room.h"
#include <stdio.h>

static int open_at(
	struct ts_bfcp_link **out, struct ts_bfcp_ports *of, const char *local, uint16_t user)
{
	const struct ts_bfcp_link_config config = {.conference = CONFERENCE,
		.user = user,
		.local = local,
		.received = on_received,
		.lost = on_lost};
	return ts_bfcp_link_open(out, of, &config);
}

static void calls_share_a_port(void **state)
{
	(void)state;
	struct ts_bfcp_link *a, *b, *c;
	assert_int_equal(open_at(&a, ports, "127.0.0.1", 1), 0);
	assert_int_equal(open_at(&b, ports, "127.0.0.1", 2), 0);
	assert_int_equal(open_at(&c, ports, "127.0.0.2", 3), 0);
	assert_int_equal(ts_bfcp_link_port(a), ts_bfcp_link_port(b));
	assert_int_not_equal(ts_bfcp_link_port(a), 0);
	ts_bfcp_link_close(&a);
	ts_bfcp_link_close(&a); /* none */
	const uint16_t port = ts_bfcp_link_port(b);
	struct ts_bfcp_link *d;
	assert_int_equal(open_at(&d, ports, "127.0.0.1", 4), 0);
	assert_int_equal(ts_bfcp_link_port(d), port);
	ts_bfcp_link_close(&b);
	ts_bfcp_link_close(&c);
	ts_bfcp_link_close(&d);
}

static void what_cannot_be_opened(void **state)
{
	(void)state;
	struct ts_bfcp_link *link[17];
	assert_int_equal(open_at(&link[0], ports, "nowhere", 1), TS_EINVAL);
	assert_int_equal(open_at(&link[0], ports, "192.0.2.1", 1), TS_EIO);
	for (uint16_t i = 0; i < 16; i++) {
		char local[16];
		snprintf(local, sizeof local, "127.0.1.%u", i + 1);
		assert_int_equal(open_at(&link[i], ports, local, (uint16_t)(i + 1)), 0);
	}
	assert_int_equal(open_at(&link[16], ports, "127.0.2.1", 99), TS_ELIMIT);
	for (int i = 0; i < 16; i++) ts_bfcp_link_close(&link[i]);
	assert_int_equal(open_at(&link[0], ports, "127.0.2.1", 1), 0);
	/* a range whose only port is taken */
	const uint16_t taken = ts_bfcp_link_port(link[0]);
	struct ts_bfcp_ports *narrow = ts_bfcp_ports_new(loop, taken, taken);
	assert_int_equal(open_at(&link[1], narrow, "127.0.2.1", 2), TS_EIO);
	ts_bfcp_link_close(&link[0]);
	assert_int_equal(open_at(&link[1], narrow, "127.0.2.1", 2), 0);
	assert_int_equal(ts_bfcp_link_port(link[1]), taken);
	ts_bfcp_link_close(&link[1]);
	ts_bfcp_ports_free(narrow);
}

static void what_is_no_message_is_dropped(void **state)
{
	(void)state;
	struct heard h;
	uint8_t big[TS_BFCP_MESSAGE_MAX + 1] = {0x20, TS_BFCP_HELLO};
	open_link(&h, false);
	ts_bfcp_link_set_hosts(h.link, "127.0.0.1", "");
	const int fd = dial(&h, SOCK_DGRAM);
	const int64_t before = counted(TS_C_BFCP_REFUSED_MALFORMED);
	assert_int_equal(send(fd, "", 0, 0), 0);
	assert_int_equal(send(fd, "no message", 10, 0), 10);
	assert_int_equal(send(fd, big, sizeof big, 0), sizeof big);
	settle();
	assert_int_equal(counted(TS_C_BFCP_REFUSED_MALFORMED) - before, 3);
	assert_int_equal(h.n, 0);
	say(fd, CONFERENCE, 1);
	settle();
	assert_int_equal(h.n, 1);
	close(fd);
	ts_bfcp_link_close(&h.link);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_share_a_port),
		cmocka_unit_test(what_cannot_be_opened),
		cmocka_unit_test(what_is_no_message_is_dropped),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
