/* Raised hands, notices on tiles, how loud it is to each, and who is a host. */
#include "tests/unit/common/fake_time.h"
#include "tests/unit/mixer/room/hall.h"
#include <string.h>

static struct ts_participant_settings of(const struct ts_participant *p)
{
	struct ts_participant_settings s;
	ts_participant_settings(p, &s);
	return s;
}

static void are_told_and_stay_with_who_comes_back(void **state)
{
	(void)state;
	struct ts_participant *p = ts_hall_meet("Ada");
	struct ts_participant_settings s = of(p);
	struct ts_participant_info info;
	const int told = ts_hall.changed[TS_ROOM_PARTICIPANT];
	s.hand_unix_ms = 1234;
	s.listen_db = -6;
	ts_participant_set(p, &s);
	assert_int_equal(ts_hall.changed[TS_ROOM_PARTICIPANT], told + 1);
	ts_participant_set(p, &s);
	assert_int_equal(ts_hall.changed[TS_ROOM_PARTICIPANT], told + 1);
	ts_participant_info(p, &info);
	assert_int_equal(info.hand_unix_ms, 1234);
	assert_true(info.listen_db == -6);
	struct ts_join join = ts_hall_join("Ada", TS_KIND_WEBRTC);
	join.replaces = p;
	struct ts_participant *again = ts_hall_enter(&join);
	ts_hall_connect(again);
	assert_int_equal(of(again).hand_unix_ms, 1234);
	assert_true(of(again).listen_db == -6);
}

static void a_notice_ends_by_itself(void **state)
{
	(void)state;
	char much[200];
	struct ts_participant *p = ts_hall_meet("Ada");
	memset(much, 'x', sizeof much - 1);
	much[sizeof much - 1] = '\0';
	ts_participant_show_notice(p, much, ts_now_ns() + TS_NS_PER_S);
	assert_int_equal(strlen(p->notice), TS_NOTICE_MAX);
	ts_fake_time_after(900 * TS_NS_PER_MS);
	assert_true(p->notice_until_ns > 0);
	ts_fake_time_after(300 * TS_NS_PER_MS);
	assert_int_equal(p->notice_until_ns, 0);
}

static void roles_of_hosts(void **state)
{
	(void)state;
	assert_true(ts_role_is_host("host"));
	assert_true(ts_role_is_host("moderator"));
	assert_false(ts_role_is_host(""));
	assert_false(ts_role_is_host("hosts"));
	assert_false(ts_role_is_host("Host"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			are_told_and_stay_with_who_comes_back, ts_hall_setup, ts_hall_teardown),
		cmocka_unit_test_setup_teardown(
			a_notice_ends_by_itself, ts_hall_setup, ts_hall_teardown),
		cmocka_unit_test(roles_of_hosts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
