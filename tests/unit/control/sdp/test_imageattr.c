#include "control/sdp/sdp.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>
#include <string.h>

static void values_are_read(void **state)
{
	static const struct {
		const char *value;
		int pt;
		struct ts_sdp_shape send, recv;
	} rows[] = {
		/* RFC 6236 3.2.1, 3.1, 4.2 */
		{"97 send [x=800,y=640,sar=1.1,q=0.6] [x=480,y=320] recv [x=330,y=250]", 97,
			{880, 640}, {330, 250}},
		{"* recv [x=800,y=640,sar=1.1] send [x=330,y=250]", -1, {330, 250}, {880, 640}},
		{"97 recv [x=800,y=640,sar=1.1,q=0.4] [x=480,y=320]", 97, {0, 0}, {480, 320}},
		{"97 send * recv *", 97, {0, 0}, {0, 0}},
		{"97 send [x=480,y=320] recv *", 97, {480, 320}, {0, 0}},
		{"97 recv [x=[480:16:800],y=[320:16:640],par=[1.2-1.3],q=0.6]", 97, {0, 0},
			{800, 640}},
		{"97 recv [x=[320:640],y=[240:480]]", 97, {0, 0}, {640, 480}},
		{"97 recv [x=[176,352,704],y=[144,288,576]]", 97, {0, 0}, {704, 576}},
		{"97 recv [x=[128:16:1920],y=[96:16:1920],par=[0.5-0.6]]", 97, {0, 0},
			{1056, 1920}},
		/* the first of those that are liked alike */
		{"97 recv [x=1,y=2] [x=3,y=4]", 97, {0, 0}, {1, 2}},
		{"97 recv [x=1,y=2,q=0.1] [x=3,y=4,q=1.00]", 97, {0, 0}, {3, 4}},
		/* of keys that are not known nothing counts */
		{"97 recv [x=352,y=288,foo=[1,[2]],sar=1.0909]", 97, {0, 0}, {384, 288}},
		{"97\trecv\t[x=352,y=288]", 97, {0, 0}, {352, 288}},
		{"97 RECV [X=352,Y=288]", 97, {0, 0}, {352, 288}},
		/* a side is at most 999999, and no shape is larger than ours */
		{"97 recv [x=999999,y=1]", 97, {0, 0}, {16384, 1}},
		{"97 recv [x=1,y=999999,sar=0.0001]", 97, {0, 0}, {1, 16384}},
		{"97 recv [x=32768,y=16384]", 97, {0, 0}, {16384, 8192}},
		{"97 nothing", 97, {0, 0}, {0, 0}},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_sdp_imageattr a;
		if (ts_sdp_imageattr_parse(&a, rows[i].value)) fail_msg("%s", rows[i].value);
		if (a.pt != rows[i].pt || memcmp(&a.send, &rows[i].send, sizeof(a.send)) ||
			memcmp(&a.recv, &rows[i].recv, sizeof(a.recv)))
			fail_msg("%s: %d send %dx%d recv %dx%d", rows[i].value, a.pt, a.send.width,
				a.send.height, a.recv.width, a.recv.height);
	}
}

static void what_is_none_is_refused(void **state)
{
	static const char *const values[] = {"", "send [x=1,y=1]", "128 recv [x=1,y=1]", "97 recv",
		"97 recv ", "97 recv[x=1,y=1]", "97 recv [", "97 recv [x=1]", "97 recv [y=1]",
		"97 recv [x=0,y=1]", "97 recv [x=1,y=1", "97 recv [x=1,y=1,", "97 recv [x=-1,y=1]",
		"97 recv [x=1.5,y=1]", "97 recv [x=1234567,y=1]", "97 recv [x=[1:2,y=1]",
		"97 recv [x=[],y=1]", "97 recv [x=[1:],y=1]", "97 recv [x=1,y=1,sar=0]",
		"97 recv [x=1,y=1,sar=x]", "97 recv [x=1,y=1,par=[1.2-]]", "97 recv [x=[",
		"97 recv [x"};
	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct ts_sdp_imageattr a;
		if (!ts_sdp_imageattr_parse(&a, values[i])) fail_msg("%s", values[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_read), cmocka_unit_test(what_is_none_is_refused)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
