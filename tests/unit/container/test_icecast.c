/* What an Icecast server may answer to a source. */
#include "container/icecast.h"

#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>

static void follows_no_redirect(void **state)
{
	static const struct {
		const char *head;
		bool goes_on;
	} rows[] = {{"HTTP/1.1 100 Continue\r\n\r\n", true}, {"HTTP/1.0 200 OK\r\n\r\n", true},
		{"HTTP/1.1 401 Authentication Required\r\n\r\n", false},
		{"HTTP/1.1 403 Mountpoint in use\r\n\r\n", false},
		{"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n", false},
		{"HTTP/1.1 500 No\r\n\r\n", false}, {"HTTP/2 200\r\n\r\n", false},
		{"HTTP/1.1 99999999999999999999\r\n\r\n", false}, {"\r\n\r\n", false},
		{"SSH-2.0-x\r\n\r\n", false}};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!ts_icecast_answer(rows[i].head) != rows[i].goes_on)
			fail_msg("%s", rows[i].head);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(follows_no_redirect)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
