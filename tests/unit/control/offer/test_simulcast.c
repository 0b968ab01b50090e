#include "base/error.h"
#include "tests/unit/control/negotiation.h"
#include "tests/unit/control/offers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define EXTS                                                          \
	"a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\n" \
	"a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\n"
#define QHF "a=rid:q send\na=rid:h send\na=rid:f send\n"

/* Which layer is taken, and whether the answer has to say so. */
static void takes_the_best_layer(void **state)
{
	static const struct {
		/* rid "": no simulcast; says NULL: nothing in the answer */
		const char *name, *lines, *rid, *says;
	} rows[] = {
		{"browsers: the last is whole", EXTS QHF "a=simulcast:send q;h;f\n", "f",
			"a=simulcast:recv f"},
		{"OBS: the first is whole, and comes by itself",
			EXTS "a=rid:h send\na=rid:m send\na=rid:l send\na=simulcast:send h;m;l\n",
			"h", NULL},
		{"numbers", EXTS "a=rid:0 send\na=rid:1 send\na=simulcast:send 0;1\n", "1",
			"a=simulcast:recv 1"},
		{"by size",
			EXTS "a=rid:1 send max-width=1280;max-height=720\n"
			     "a=rid:2 send max-width=640;max-height=360\n"
			     "a=simulcast:send 2;1;2\n",
			"1", "a=rid:1 recv max-width=1280;max-height=720"},
		{"by macroblocks",
			EXTS
			"a=rid:a send max-fs=3600\na=rid:b send max-fs=920\na=simulcast:send a;b\n",
			"a", NULL},
		{"by rate",
			EXTS "a=rid:a send max-br=64000\na=rid:b send max-br=2500000\n"
			     "a=rid:c send max-br=500000\n"
			     "a=simulcast:send a;b;c\n",
			"b", "a=rid:b recv max-br=2500000"},
		{"not restricted is more",
			EXTS "a=rid:a send max-fs=3600\na=rid:b send\na=rid:c send max-fs=920\n"
			     "a=simulcast:send a;b;c\n",
			"b", "a=simulcast:recv b"},
		{"paused", EXTS QHF "a=simulcast:send q;h;~f\n", "h", "a=simulcast:recv h"},
		{"all paused", EXTS QHF "a=simulcast:send ~q;~h;~f\n", "", NULL},
		{"alternatives", EXTS QHF "a=simulcast:send q;f,h\n", "f", "a=simulcast:recv f"},
		{"a paused alternative", EXTS QHF "a=simulcast:send q;~f,h\n", "h",
			"a=simulcast:recv h"},
		{"both directions", EXTS QHF "a=rid:x recv\na=simulcast:recv x send q;h\n", "h",
			"a=simulcast:recv h"},
		{"a rid of the other direction",
			EXTS "a=rid:q send\na=rid:f recv\na=simulcast:send q;f\n", "q", NULL},
		{"a rid that is not there", EXTS QHF "a=simulcast:send q;h;z\n", "h",
			"a=simulcast:recv h"},
		{"a payload type that is not ours",
			EXTS "a=rid:q send pt=96\na=rid:f send pt=99\na=simulcast:send q;f\n", "q",
			NULL},
		{"one of ours",
			EXTS "a=rid:q send pt=99\na=rid:f send max-fps=30;pt=96,97\n"
			     "a=simulcast:send q;f\n",
			"f", "a=rid:f recv max-fps=30;pt=96,97"},
		{"one layer", EXTS "a=rid:f send\na=simulcast:send f\n", "f", NULL},
		{"a name too long for a packet",
			EXTS "a=rid:q send\na=rid:abcdefghijklmnopq send\n"
			     "a=simulcast:send q;abcdefghijklmnopq\n",
			"q", NULL},
		{"a draft", EXTS QHF "a=simulcast: send rid=q;h;f\n", "f", "a=simulcast:recv f"},
		{"an older draft", EXTS QHF "a=simulcast:send pt=96;97\n", "", NULL},
		{"receiving alone", EXTS "a=rid:q recv\na=simulcast:recv q\n", "", NULL},
		{"no list", EXTS QHF "a=simulcast:send\n", "", NULL},
		{"nothing", EXTS QHF "a=simulcast\n", "", NULL},
		{"rids alone", EXTS QHF, "", NULL},
		{"no way to tell the layers", QHF "a=simulcast:send q;h;f\n", "", NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char sdp[4096];
		snprintf(sdp, sizeof(sdp), "%s%s", ONE_VIDEO("96 97", CHROMIUM_VP8), rows[i].lines);
		ts_negotiate(sdp, TS_OFFER_JOIN);
		if (strcmp(ts_n_video()->layer[0].rid, rows[i].rid) != 0)
			fail_msg("%s: %s", rows[i].name, ts_n_video()->layer[0].rid);
		assert_int_equal(ts_n_video()->ext.rid, *rows[i].rid ? 10 : 0);
		assert_int_equal(ts_n_video()->ext.repaired_rid, *rows[i].rid ? 11 : 0);
		if (rows[i].says ? !ts_says(rows[i].says)
				 : strstr(ts_n_text, "simulcast") || strstr(ts_n_text, "stream-id"))
			fail_msg("%s\n%s", rows[i].name, ts_n_text);
		if (rows[i].says)
			assert_true(ts_says(
				"a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"));
	}
}

static void watchers_send_no_layer(void **state)
{
	(void)state;
	char sdp[4096];
	snprintf(sdp, sizeof(sdp), "%s%s", ONE_VIDEO("96 97", CHROMIUM_VP8),
		EXTS QHF "a=simulcast:send q;h;f\n");
	ts_negotiate(sdp, TS_OFFER_WATCH);
	assert_string_equal(ts_n_video()->layer[0].rid, "");
	assert_null(strstr(ts_n_text, "rid"));
}

static void takes_the_layer_of_a_recorded_offer(void **state)
{
	(void)state;
	static char sdp[TS_SDP_BYTES_MAX];
	FILE *f = fopen("../shared/media/conformance/sdp_browser/generated_here/"
			"chromium156_simulcast_plus_screen_data.sdp",
		"r");
	if (!f) skip();
	size_t n = fread(sdp, 1, sizeof(sdp), f);
	fclose(f);
	const struct ts_offer_policy policy = {.kind = TS_OFFER_JOIN};
	assert_int_equal(ts_n_make_plan(sdp, n, &policy), 0);
	ts_n_make_answer();
	assert_string_equal(ts_n_video()->layer[0].rid, "f");
	assert_true(ts_says("a=rid:f recv"));
	assert_true(ts_says("a=simulcast:recv f"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_best_layer),
		cmocka_unit_test(watchers_send_no_layer),
		cmocka_unit_test(takes_the_layer_of_a_recorded_offer),
	};
	return cmocka_run_group_tests(tests, ts_n_setup, ts_n_teardown);
}
