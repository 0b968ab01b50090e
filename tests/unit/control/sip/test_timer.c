#include "control/sip/timer.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void reads_values(void **state)
{
	(void)state;
	uint32_t s = 0;
	enum ts_sip_refresher r;
	assert_true(ts_sip_timer_parse("1800;refresher=uac", &s, &r));
	assert_int_equal(s, 1800);
	assert_int_equal(r, TS_REFRESHER_UAC);
	assert_true(ts_sip_timer_parse(" 90 ;x=1;refresher=UAS", &s, &r));
	assert_int_equal(s, 90);
	assert_int_equal(r, TS_REFRESHER_UAS);
	assert_true(ts_sip_timer_parse("90", &s, NULL));
	assert_false(ts_sip_timer_parse("", &s, &r));
	assert_false(ts_sip_timer_parse("-1", &s, &r));
	assert_false(ts_sip_timer_parse("99999999999", &s, &r));
}

static void negotiates_as_uas(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		struct ts_sip_timer_fields request;
		struct ts_sip_timer_policy policy;
		bool ok;
		uint32_t interval_s;
		enum ts_sip_refresher refresher;
	} rows[] = {
		{"peer without timers", {0}, {1800, 90}, true, 1800, TS_REFRESHER_UAS},
		{"nobody wants one", {.supported = true}, {0, 90}, true, 0, TS_REFRESHER_NONE},
		{"peer asks, we do not", {.supported = true, .expires_s = 600}, {0, 90}, true, 600,
			TS_REFRESHER_UAC},
		{"peer names the refresher",
			{.supported = true, .expires_s = 600, .refresher = TS_REFRESHER_UAS},
			{1800, 90}, true, 600, TS_REFRESHER_UAS},
		{"too small", {.supported = true, .expires_s = 60}, {1800, 90}, false, 0,
			TS_REFRESHER_NONE},
		{"too small, by a proxy of one without timers", {.expires_s = 60}, {1800, 90}, true,
			90, TS_REFRESHER_UAS},
		{"Min-SE above ours", {.supported = true, .min_s = 3600}, {1800, 90}, true, 3600,
			TS_REFRESHER_UAC},
		{"a year", {.supported = true, .expires_s = 31536000}, {1800, 90}, true, 86400,
			TS_REFRESHER_UAC},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_sip_timer t;
		bool ok = ts_sip_timer_answer(&t, &rows[i].request, &rows[i].policy);
		if (ok != rows[i].ok ||
			(ok &&
				(t.interval_s != rows[i].interval_s ||
					(t.interval_s && t.refresher != rows[i].refresher))))
			fail_msg("%s: ok %d interval %u refresher %d", rows[i].name, ok,
				t.interval_s, t.refresher);
	}
}

/* What is refused changes nothing: a call whose UPDATE got 422 would have no timer any more, and
 * never end. */
static void refusing_leaves_it_alone(void **state)
{
	(void)state;
	const struct ts_sip_timer_fields request = {.supported = true, .expires_s = 60};
	const struct ts_sip_timer_policy policy = {1800, 90};
	struct ts_sip_timer t = {.interval_s = 600, .refresher = TS_REFRESHER_UAC, .require = true};
	assert_false(ts_sip_timer_answer(&t, &request, &policy));
	assert_int_equal(t.interval_s, 600);
	assert_int_equal(t.refresher, TS_REFRESHER_UAC);
	assert_true(t.require);
}

static void knows_when(void **state)
{
	(void)state;
	const struct ts_sip_timer t = {.interval_s = 1800}, small = {.interval_s = 9};
	assert_int_equal(ts_sip_timer_refresh_ms(&t), 900000);
	assert_int_equal(ts_sip_timer_expire_ms(&t), 1768000);
	assert_int_equal(ts_sip_timer_expire_ms(&small), 6000);
}

/* What a 2xx says is taken within bounds: nobody can have us refresh all the time, or never. */
static void takes_an_interval_within_bounds(void **state)
{
	static const struct {
		uint32_t said_s, taken_s;
	} rows[] = {{0, 0}, {1, 90}, {89, 90}, {90, 90}, {1800, 1800}, {86400, 86400},
		{86401, 86400}, {UINT32_MAX, 86400}};
	static const struct ts_sip_timer_policy policy = {.expires_s = 1800, .min_s = 90};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_sip_timer timer;
		const struct ts_sip_timer_fields response = {.expires_s = rows[i].said_s};
		ts_sip_timer_read(&timer, &response, &policy);
		assert_int_equal(timer.interval_s, rows[i].taken_s);
		assert_true(ts_sip_timer_refresh_ms(&timer) < ts_sip_timer_expire_ms(&timer) ||
			!timer.interval_s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(reads_values),
		cmocka_unit_test(negotiates_as_uas), cmocka_unit_test(refusing_leaves_it_alone),
		cmocka_unit_test(knows_when), cmocka_unit_test(takes_an_interval_within_bounds)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
