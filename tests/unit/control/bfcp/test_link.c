/* Whose messages count, and where answers go: datagrams on loopback, time by the test. */
#include "tests/unit/common/fake_time.h"
#include "tests/unit/control/bfcp/room.h"

static void a_first_word_before_the_hosts_are_known_waits(void **state)
{
	(void)state;
	struct heard h;
	open_link(&h, false);
	h.answers = true;
	const int fd = dial(&h, SOCK_DGRAM);
	say(fd, CONFERENCE, 1);
	say(fd, CONFERENCE, 1); /* as it repeats itself */
	settle();
	assert_int_equal(h.n, 0);
	assert_int_equal(read_answer(fd), 0);
	ts_bfcp_link_set_hosts(h.link, "127.0.0.1", "");
	assert_int_equal(h.n, 0); /* from the loop */
	settle();
	assert_int_equal(h.n, 1);
	assert_int_equal(read_answer(fd), 1);
	/* only once */
	ts_bfcp_link_set_hosts(h.link, "127.0.0.1", "");
	settle();
	assert_int_equal(h.n, 1);
	close(fd);
	ts_bfcp_link_close(&h.link);
}

static void one_that_may_not_speak_is_a_stranger(void **state)
{
	(void)state;
	struct heard h;
	open_link(&h, false);
	const int fd = dial(&h, SOCK_DGRAM);
	const int64_t before = counted(TS_C_BFCP_REFUSED_STRANGER);
	say(fd, CONFERENCE, 1);
	settle();
	ts_bfcp_link_set_hosts(h.link, "127.0.0.2", "127.0.0.3");
	settle();
	say(fd, CONFERENCE, 2);
	say(fd, CONFERENCE + 1, 3);
	settle();
	assert_int_equal(h.n, 0);
	assert_int_equal(counted(TS_C_BFCP_REFUSED_STRANGER) - before, 3);
	ts_bfcp_link_set_hosts(h.link, "127.0.0.2", "127.0.0.1");
	say(fd, CONFERENCE, 4);
	settle();
	assert_int_equal(h.n, 1);
	close(fd);
	ts_bfcp_link_close(&h.link);
}

static void nonsense_does_not_turn_answers_aside(void **state)
{
	(void)state;
	struct heard h;
	char from[64], still[64];
	open_link(&h, false);
	const int fd = dial(&h, SOCK_DGRAM), other = dial(&h, SOCK_DGRAM);
	ts_bfcp_link_set_hosts(h.link, "127.0.0.1", "");
	assert_false(ts_bfcp_link_from(h.link, from, sizeof from));
	say(fd, CONFERENCE, 1);
	settle();
	assert_true(ts_bfcp_link_from(h.link, from, sizeof from));
	h.nonsense = h.answers = true;
	say(other, CONFERENCE, 2);
	settle();
	assert_int_equal(read_answer(other), 2); /* to whom it came from */
	assert_true(ts_bfcp_link_from(h.link, still, sizeof still));
	assert_string_equal(from, still);
	uint8_t bytes[TS_BFCP_MESSAGE_MAX];
	ts_bfcp_link_send(h.link, bytes, put_message(bytes, CONFERENCE, 9, true));
	assert_int_equal(read_answer(other), 0);
	assert_int_equal(read_answer(fd), 9);
	close(fd);
	close(other);
	ts_bfcp_link_close(&h.link);
}

static void a_flood_takes_from_its_own_call_alone(void **state)
{
	(void)state;
	struct heard h;
	open_link(&h, false);
	const int fd = dial(&h, SOCK_DGRAM);
	ts_bfcp_link_set_hosts(h.link, "127.0.0.1", "");
	for (int i = 0; i < 100; i++) say(fd, CONFERENCE + 1, 1);
	settle();
	for (uint16_t i = 1; i <= 100; i++) say(fd, CONFERENCE, i);
	settle();
	assert_int_equal(h.n, 60);
	ts_fake_time_after(TS_NS_PER_S);
	for (uint16_t i = 1; i <= 40; i++) say(fd, CONFERENCE, i);
	settle();
	assert_int_equal(h.n, 80);
	close(fd);
	ts_bfcp_link_close(&h.link);
}

static void a_message_may_end_its_call(void **state)
{
	(void)state;
	for (int early = 0; early < 2; early++) {
		struct heard h;
		open_link(&h, false);
		h.closes = true;
		const int fd = dial(&h, SOCK_DGRAM);
		if (!early) ts_bfcp_link_set_hosts(h.link, "127.0.0.1", "");
		say(fd, CONFERENCE, 1);
		say(fd, CONFERENCE, 2);
		settle();
		if (early) ts_bfcp_link_set_hosts(h.link, "127.0.0.1", "");
		settle();
		assert_int_equal(h.n, 1);
		assert_null(h.link);
		close(fd);
	}
	assert_int_equal(counted(TS_C_BFCP_USERS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_first_word_before_the_hosts_are_known_waits),
		cmocka_unit_test(one_that_may_not_speak_is_a_stranger),
		cmocka_unit_test(nonsense_does_not_turn_answers_aside),
		cmocka_unit_test(a_flood_takes_from_its_own_call_alone),
		cmocka_unit_test(a_message_may_end_its_call),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
