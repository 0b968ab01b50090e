/* Connections: which call's they are, how many, and how they end; on loopback, time by the test. */
#include "tests/unit/common/fake_time.h"
#include "tests/unit/control/bfcp/room.h"

static void early_bytes_wait(void **state)
{
	(void)state;
	struct heard h;
	open_link(&h, true);
	h.answers = true;
	const int fd = dial(&h, SOCK_STREAM);
	for (uint16_t i = 1; i <= 3; i++) say(fd, CONFERENCE, i);
	settle();
	assert_int_equal(h.n, 0);
	ts_fake_time_after(20 * TS_NS_PER_S); /* longer than one that said nothing may be there */
	say(fd, CONFERENCE, 4);
	ts_bfcp_link_set_hosts(h.link, "127.0.0.1", "");
	settle();
	assert_int_equal(h.n, 4);
	for (uint16_t i = 0; i < 4; i++) assert_int_equal(h.got[i], i + 1);
	/* it has its link, and keeps it */
	ts_fake_time_after(60 * TS_NS_PER_S);
	say(fd, CONFERENCE, 5);
	settle();
	assert_int_equal(h.n, 5);
	close(fd);
	settle();
	assert_int_equal(h.lost, 1);
	ts_bfcp_link_close(&h.link);
}

static void who_waits_in_vain_is_closed(void **state)
{
	(void)state;
	struct heard h;
	open_link(&h, true);
	const int stranger = dial(&h, SOCK_STREAM), endless = dial(&h, SOCK_STREAM);
	say(stranger, CONFERENCE, 1);
	settle();
	ts_bfcp_link_set_hosts(h.link, "127.0.0.2", "");
	settle();
	assert_int_equal(read_answer(stranger), -1);
	ts_bfcp_link_close(&h.link);
	close(endless);

	open_link(&h, true);
	const int slow = dial(&h, SOCK_STREAM), silent = dial(&h, SOCK_STREAM);
	say(slow, CONFERENCE, 1);
	settle();
	ts_fake_time_after(6 * TS_NS_PER_S);
	assert_int_equal(read_answer(silent), -1);
	assert_int_equal(read_answer(slow), 0);
	ts_fake_time_after(30 * TS_NS_PER_S);
	assert_int_equal(read_answer(slow), -1);
	/* with its call */
	const int late = dial(&h, SOCK_STREAM);
	struct heard other;
	open_link(&other, false); /* it keeps the port open, but for another table entry */
	ts_bfcp_link_close(&other.link);
	say(late, CONFERENCE, 1);
	settle();
	ts_bfcp_link_close(&h.link);
	assert_int_equal(read_answer(late), -1);
	close(stranger);
	close(slow);
	close(silent);
	close(late);
	assert_int_equal(counted(TS_C_BFCP_CONNECTIONS), 0);
}

static void one_connection_a_call(void **state)
{
	(void)state;
	struct heard h;
	open_link(&h, true);
	ts_bfcp_link_set_hosts(h.link, "", "127.0.0.1");
	const int first = dial(&h, SOCK_STREAM), second = dial(&h, SOCK_STREAM);
	say(first, CONFERENCE, 1);
	settle();
	say(second, CONFERENCE, 2);
	settle();
	assert_int_equal(h.n, 2);
	assert_int_equal(read_answer(first), -1);
	assert_int_equal(h.lost, 0);
	/* another's message in it ends it */
	say(second, CONFERENCE + 1, 3);
	settle();
	assert_int_equal(read_answer(second), -1);
	assert_int_equal(h.lost, 1);
	close(first);
	close(second);
	ts_bfcp_link_close(&h.link);
}

static void strangers_are_few(void **state)
{
	(void)state;
	struct heard h;
	int fd[12];
	open_link(&h, true);
	ts_bfcp_link_set_hosts(h.link, "127.0.0.1", "");
	const int own = dial(&h, SOCK_STREAM);
	say(own, CONFERENCE, 1);
	settle();
	for (int i = 0; i < 12; i++) {
		fd[i] = dial(&h, SOCK_STREAM);
		settle();
	}
	assert_int_equal(counted(TS_C_BFCP_CONNECTIONS), 9);
	for (int i = 0; i < 12; i++) assert_int_equal(read_answer(fd[i]), i < 4 ? -1 : 0);
	say(own, CONFERENCE, 2);
	settle();
	assert_int_equal(h.n, 2);
	for (int i = 0; i < 12; i++) close(fd[i]);
	close(own);
	ts_bfcp_link_close(&h.link);
}

static void who_does_not_read_is_closed(void **state)
{
	(void)state;
	struct heard h;
	uint8_t bytes[TS_BFCP_MESSAGE_MAX] = {0};
	open_link(&h, true);
	ts_bfcp_link_set_hosts(h.link, "127.0.0.1", "");
	const int fd = dial(&h, SOCK_STREAM);
	say(fd, CONFERENCE, 1);
	settle();
	for (int i = 0; i < 100000 && !h.lost; i++) {
		ts_bfcp_link_send(h.link, bytes, sizeof bytes);
		if (i % 1000 == 0) settle();
	}
	assert_int_equal(h.lost, 1);
	close(fd);
	ts_bfcp_link_close(&h.link);
}

static void a_message_may_end_its_call(void **state)
{
	(void)state;
	for (int early = 0; early < 2; early++) {
		struct heard h;
		open_link(&h, true);
		h.closes = true;
		const int fd = dial(&h, SOCK_STREAM);
		if (!early) ts_bfcp_link_set_hosts(h.link, "127.0.0.1", "");
		say(fd, CONFERENCE, 1);
		say(fd, CONFERENCE, 2);
		settle();
		if (early) ts_bfcp_link_set_hosts(h.link, "127.0.0.1", "");
		settle();
		assert_int_equal(h.n, 1);
		assert_null(h.link);
		assert_int_equal(read_answer(fd), -1);
		close(fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(early_bytes_wait),
		cmocka_unit_test(who_waits_in_vain_is_closed),
		cmocka_unit_test(one_connection_a_call),
		cmocka_unit_test(strangers_are_few),
		cmocka_unit_test(who_does_not_read_is_closed),
		cmocka_unit_test(a_message_may_end_its_call),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
