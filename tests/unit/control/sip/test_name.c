#include "control/sip/name.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *from, *name;
} callers[] = {
	{"\"Bob\" <sip:bob@h>", "Bob"},
	{"Bob <sip:bob@h>;tag=1", "Bob"},
	{"Bob  van\t der Berg <sip:bob@h>", "Bob van der Berg"},
	{"Bob<sip:bob@h>", "Bob"},
	{"\"John \\\"The Duke\\\" Wayne\" <sip:j@h>", "John \"The Duke\" Wayne"},
	{"\"a\\\\b\" <sip:j@h>", "a\\b"},
	{"\"ends in \\\\\" <sip:j@h>", "ends in \\"},
	{"\"\\J\\o\" <sip:j@h>", "Jo"},
	{"\"J\xc3\xbcrgen \xe6\x9d\x8e\" <sip:j@h>", "J\xc3\xbcrgen \xe6\x9d\x8e"},
	{"\"J\xfcrgen\" <sip:j@h>", "J\xef\xbf\xbdrgen"},
	{"\"Doe, John; x\" <sip:j@h>", "Doe, John; x"},
	{"\"a <b@c>\" <sip:j@h>", "a <b@c>"},
	{"\"\" <sip:carol@h>", "carol@h"},
	{"\"  \" <sip:carol@h>", "carol@h"},
	{"   \"  Bob  \"   <sip:bob@h>", "Bob"},
	{"\"Bob\x01\x7f\" <sip:bob@h>", "Bob"},
	{"<sip:carol@h;x=y>;tag=1", "carol@h"},
	{"sip:carol@h;tag=1", "carol@h"},
	{"SIPS:carol@h:5061", "carol@h:5061"},
	{"<sip:carol:secret@h>", "carol@h"},
	{"<sip:carol@h?Subject=x>", "carol@h"},
	{"<sip:%2B4930%23@h>", "+4930#@h"},
	{"<sip:+49-30@h;user=phone>", "+4930"},
	{"<tel:+49-(301)234;phone-context=x>", "+49301234"},
	{"tel:+4930;tag=1", "+4930"},
	{"<sip:[2001:db8::1]:5060>", "[2001:db8::1]:5060"},
	{"<sip:h>", "h"},
	{"<>", ""},
	{"\"open", "open"},
	{"", ""},
	{"Anonymous <sip:anonymous@anonymous.invalid>", "Anonymous"},
};

static void names_callers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(callers) / sizeof(callers[0]); i++) {
		char name[64];
		ts_sip_caller(name, sizeof(name), callers[i].from, strlen(callers[i].from));
		if (strcmp(name, callers[i].name)) fail_msg("%s: \"%s\"", callers[i].from, name);
	}
}

static void cuts_between_letters(void **state)
{
	(void)state;
	static const char from[] = "\"\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\" <sip:a@h>";
	for (size_t cap = 2; cap < 10; cap++) {
		char name[10];
		ts_sip_caller(name, cap, from, sizeof(from) - 1);
		if (cap > 2) assert_int_equal(strlen(name), (cap - 1) / 2 * 2);
		assert_true(strlen(name) < cap);
	}
}

static const struct {
	const char *uri, *user; /* NULL: none */
} called[] = {
	{"sip:desk@h", "desk"},
	{"SIP:desk@h", "desk"},
	{"sip:Desk@h", "Desk"},
	{"sips:desk@h:5061;transport=tls", "desk"},
	{"sip:desk:secret@h", "desk"},
	{"sip:desk:se;cret@h", "desk"},
	{"sip:%64esk@h", "desk"},
	{"sip:#97@h", "#97"},
	{"sip:%2397@h", "#97"},
	{"sip:+4930;npdi=yes@h;user=phone", "+4930"},
	{"sip:4930;phone-context=+49@h", "4930"},
	{"sip:123;ext=4;day=x@h", "123"},
	{"sip:+49-(30)@h;user=phone", "+4930"},
	{"sip:+49.30@h;x=y;User=PHONE", "+4930"},
	{"sip:+49-30@h", "+49-30"},
	{"sip:my-room@h;user=phone", "my-room"},
	{"tel:+49-30;ext=7", "+4930"},
	{"tel:911;phone-context=h", "911"},
	{"sip:h", ""},
	{"sip:desk@h?Subject=a@b", "desk"},
	{"sip:a?b@h", "a?b"},
	{"sip:a@example.org@h", "a@example.org"},
	{"sip:a%00b@h", NULL},
	{"sip:a%0ab@h", NULL},
	{"sip:100%@h", "100%"},
	{"sip:%zz@h", "%zz"},
	{"sip:\xc3\xbc@h", "\xc3\xbc"},
	{"", ""},
};

static void finds_the_called(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(called) / sizeof(called[0]); i++) {
		char user[64];
		bool ok = ts_sip_called(user, sizeof(user), called[i].uri, strlen(called[i].uri));
		if (ok != (called[i].user != NULL) || (ok && strcmp(user, called[i].user)))
			fail_msg("%s: %s", called[i].uri, user);
	}
}

static void finds_parameters(void **state)
{
	(void)state;
	static const struct {
		const char *uri, *pin;
	} rows[] = {{"sip:a@h;pin=1234", "1234"}, {"sip:a@h;x=y;PIN=%31 2", "1 2"},
		{"sip:a;pin=9@h", ""}, {"sip:a@h;pins=1", ""}, {"sip:a@h;pin", ""},
		{"sip:a@h?pin=1", ""}, {"sip:a@h;pin=1;pin=2", "1"}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char pin[16];
		assert_true(ts_sip_uri_param(
			pin, sizeof(pin), rows[i].uri, strlen(rows[i].uri), "pin"));
		if (strcmp(pin, rows[i].pin)) fail_msg("%s: %s", rows[i].uri, pin);
	}
	char pin[4];
	assert_false(ts_sip_uri_param(pin, sizeof(pin), "sip:a@h;pin=12345", 17, "pin"));
}

/* Cut off everywhere; under ASan nothing beyond the end is read. */
static void survives_cuts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(callers) / sizeof(callers[0]); i++) {
		for (size_t n = 0; n < strlen(callers[i].from); n++) {
			char *copy = malloc(n ? n : 1), out[32];
			assert_non_null(copy);
			memcpy(copy, callers[i].from, n);
			ts_sip_caller(out, sizeof(out), copy, n);
			ts_sip_called(out, sizeof(out), copy, n);
			free(copy);
		}
	}
}

static void uris_that_others_see(void **state)
{
	static const struct {
		const char *uri, *shown;
	} rows[] = {
		{"sip:room@h", "sip:room@h"},
		{"sip:room@h:5060;pin=1234", "sip:room@h:5060"},
		{"sip:room:secret@h;transport=tls", "sip:room@h"},
		{"sips:h?Subject=x", "sips:h"},
		{"sip:[2001:db8::1]:5060;pin=1", "sip:[2001:db8::1]:5060"},
		{"sip:a;pin=1@h", "sip:a;pin=1@h"}, /* of the user part: who is called */
		{"nothing", "nothing"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char shown[64];
		ts_sip_uri_shown(shown, sizeof(shown), rows[i].uri);
		assert_string_equal(shown, rows[i].shown);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(uris_that_others_see),
		cmocka_unit_test(names_callers), cmocka_unit_test(cuts_between_letters),
		cmocka_unit_test(finds_the_called), cmocka_unit_test(finds_parameters),
		cmocka_unit_test(survives_cuts)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
