/* Bodies of INFO that say which key was pressed. */
#include "base/error.h"
#include "control/sip/digits.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdlib.h>
#include <string.h>

enum { BAD = -1, NO_KEY = 0 };

static void bodies(void **state)
{
	static const struct {
		const char *body;
		int digit;
	} rows[] = {
		{"Signal=5\r\nDuration=160\r\n", '5'},
		{"Signal=5\r\nDuration=160", '5'},
		{"Signal=5\nDuration=160\n", '5'},
		{"Signal=5\rDuration=160\r", '5'},
		{"signal=5\r\nduration=160\r\n", '5'},
		{"SIGNAL= 0 \r\nDuration= 250 \r\n", '0'},
		{"Signal = *\r\n", '*'},
		{"Signal= *\r\nDuration=160\r\n", '*'},
		{"Signal=#\r\n", '#'},
		{"Signal=10\r\n", '*'},
		{"Signal=11\r\n", '#'},
		{"Signal=12\r\n", 'A'},
		{"Signal=15\r\n", 'D'},
		{"Signal=d\r\n", 'D'},
		{"Signal=A\r\n", 'A'},
		{"Duration=160\r\nSignal=9\r\n", '9'},
		{"\r\n\r\nSignal=9\r\n", '9'},
		{" Signal\t=\t9\t", '9'},
		{"Signal=5\r\nDuration=-1\r\n", '5'},
		{"Signal=5\r\nDuration=many\r\n", '5'},
		{"Signal=16\r\n", NO_KEY},
		{"Signal=hf\r\n", NO_KEY},
		{"Signal=255\r\n", NO_KEY},
		{"5", '5'},
		{"5\r\n", '5'},
		{" # ", '#'},
		{"11", '#'},
		{"c", 'C'},
		{"", BAD},
		{"\r\n", BAD},
		{"Signal=\r\n", BAD},
		{"Signal=\r\nDuration=5\r\n", BAD},
		{"Signal=E\r\n", BAD},
		{"Signal=5 5\r\n", BAD},
		{"Signal=123456\r\n", BAD},
		{"Signal=256\r\n", BAD},
		{"Signal=-1\r\n", BAD},
		{"Signal\r\n", BAD},
		{"=5\r\n", BAD},
		{"Duration=160\r\n", BAD},
		{"Signals=5\r\n", BAD},
		{"hello", BAD},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const size_t n = strlen(rows[i].body);
		char *exact = malloc(n ? n : 1), digit = 'x'; /* nothing is read behind it */
		memcpy(exact, rows[i].body, n);
		const int rc = ts_sip_digit_read(&digit, exact, n);
		free(exact);
		if (rc ? rows[i].digit != BAD : rows[i].digit != digit)
			fail_msg("%s: rc %d digit %d", rows[i].body, rc, digit);
	}
}

static void bytes_that_are_no_text(void **state)
{
	static char body[TS_SIP_DIGIT_BODY_MAX + 1];
	char digit;
	(void)state;
	assert_int_equal(ts_sip_digit_read(&digit, "Signal=\0\r\n", 10), TS_EINVAL);
	assert_int_equal(ts_sip_digit_read(&digit, "\0", 1), TS_EINVAL);
	memset(body, '\n', sizeof(body));
	body[sizeof(body) - 2] = '7';
	assert_int_equal(ts_sip_digit_read(&digit, body, sizeof(body) - 1), 0);
	assert_int_equal(digit, '7');
	assert_int_equal(ts_sip_digit_read(&digit, body, sizeof(body)), TS_EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies),
		cmocka_unit_test(bytes_that_are_no_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
