#include "base/error.h"
#include "tests/unit/control/negotiation.h"
#include "tests/unit/control/offers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define EXTS                                                          \
	"a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\n" \
	"a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\n"
#define QHF "a=rid:q send\na=rid:h send\na=rid:f send\n"

/* The layers of the video line, the smallest first. */
static const char *layers(void)
{
	static char text[TS_LAYERS_MAX * (TS_RID_MAX + 2)];
	const struct ts_media_config *m = ts_n_video();
	text[0] = 0;
	for (size_t i = 0; i < m->n_layers; i++) {
		if (i) strcat(text, ";");
		strcat(text, m->layer[i].rid);
	}
	return text;
}

/* Which layers are taken, and whether the answer has to say so. */
static void takes_layers(void **state)
{
	static const struct {
		/* layers "": no simulcast; says NULL: nothing in the answer */
		const char *name, *lines, *layers, *says;
	} rows[] = {
		{"browsers: the last is whole", EXTS QHF "a=simulcast:send q;h;f\n", "q;h;f",
			"a=simulcast:recv q;h;f"},
		{"OBS: the first is whole",
			EXTS "a=rid:h send\na=rid:m send\na=rid:l send\na=simulcast:send h;m;l\n",
			"l;m;h", "a=simulcast:recv h;m;l"},
		{"numbers", EXTS "a=rid:0 send\na=rid:1 send\na=simulcast:send 0;1\n", "0;1",
			"a=simulcast:recv 0;1"},
		{"by size",
			EXTS "a=rid:1 send max-width=1280;max-height=720\n"
			     "a=rid:2 send max-width=640;max-height=360\n"
			     "a=simulcast:send 1;2\n",
			"2;1", "a=rid:1 recv max-width=1280;max-height=720"},
		{"in the order of the offer",
			EXTS "a=rid:1 send max-width=1280;max-height=720\n"
			     "a=rid:2 send max-width=640;max-height=360\n"
			     "a=simulcast:send 1;2\n",
			"2;1", "a=simulcast:recv 1;2"},
		{"twice the same", EXTS QHF "a=simulcast:send q;h;q;h\n", "q;h",
			"a=simulcast:recv q;h"},
		{"by macroblocks",
			EXTS
			"a=rid:a send max-fs=3600\na=rid:b send max-fs=920\na=simulcast:send a;b\n",
			"b;a", "a=simulcast:recv a;b"},
		{"by rate",
			EXTS "a=rid:a send max-br=64000\na=rid:b send max-br=2500000\n"
			     "a=rid:c send max-br=500000\n"
			     "a=simulcast:send a;b;c\n",
			"a;c;b", "a=rid:b recv max-br=2500000"},
		{"not restricted is more",
			EXTS "a=rid:a send max-fs=3600\na=rid:b send\na=rid:c send max-fs=920\n"
			     "a=simulcast:send a;b;c\n",
			"c;a;b", "a=simulcast:recv a;b;c"},
		{"paused", EXTS QHF "a=simulcast:send q;h;~f\n", "q;h", "a=simulcast:recv q;h"},
		{"all but one paused", EXTS QHF "a=simulcast:send ~q;~h;f\n", "f",
			"a=simulcast:recv f"},
		{"all paused", EXTS QHF "a=simulcast:send ~q;~h;~f\n", "", NULL},
		{"alternatives", EXTS QHF "a=simulcast:send q;f,h\n", "q;f",
			"a=simulcast:recv q;f"},
		{"a paused alternative", EXTS QHF "a=simulcast:send q;~f,h\n", "q;h",
			"a=simulcast:recv q;h"},
		{"both directions", EXTS QHF "a=rid:x recv\na=simulcast:recv x send q;h\n", "q;h",
			"a=simulcast:recv q;h"},
		{"a rid of the other direction",
			EXTS "a=rid:q send\na=rid:f recv\na=simulcast:send q;f\n", "q", NULL},
		{"a rid that is not there", EXTS QHF "a=simulcast:send q;h;z\n", "q;h",
			"a=simulcast:recv q;h"},
		{"a payload type that is not ours",
			EXTS "a=rid:q send pt=96\na=rid:f send pt=99\na=simulcast:send q;f\n", "q",
			NULL},
		{"one of ours",
			EXTS "a=rid:q send pt=99\na=rid:f send max-fps=30;pt=96,97\n"
			     "a=simulcast:send q;f\n",
			"f", "a=rid:f recv max-fps=30;pt=96,97"},
		{"not all are ours: the answer shortens the list",
			EXTS "a=rid:q send pt=98,96\na=rid:f send max-fps=30;pt=96,99,97;max-br=9\n"
			     "a=simulcast:send q;f\n",
			"f;q", "a=rid:f recv max-fps=30;pt=96,97;max-br=9"},
		{"the first of a list is not",
			EXTS "a=rid:q send pt=98,96\na=rid:f send\na=simulcast:send q;f\n", "q;f",
			"a=rid:q recv pt=96"},
		{"retransmission alone shows nothing",
			EXTS "a=rid:q send pt=96\na=rid:f send pt=97\na=simulcast:send q;f\n", "q",
			NULL},
		{"lists that are none",
			EXTS "a=rid:q send pt=96;;\na=rid:h send pt=\na=rid:f send pt=96x\n"
			     "a=rid:g send pt=96,1234\na=simulcast:send q;h;f;g\n",
			"q", NULL},
		{"bytes that are no name",
			EXTS QHF "a=rid:\xff\xfe send\na=rid:\"\\ send\n"
				 "a=simulcast:send q;h;\xff\xfe;\"\\\n",
			"q;h", "a=simulcast:recv q;h"},
		{"one layer", EXTS "a=rid:f send\na=simulcast:send f\n", "f", NULL},
		{"more than are taken: the largest but one are left",
			EXTS "a=rid:1 send\na=rid:2 send\na=rid:3 send\na=rid:4 send\n"
			     "a=rid:5 send\na=rid:6 send\na=simulcast:send 1;2;3;4;5;6\n",
			"1;2;3;6", "a=simulcast:recv 1;2;3;6"},
		{"a name too long for a packet",
			EXTS "a=rid:q send\na=rid:abcdefghijklmnopq send\n"
			     "a=simulcast:send q;abcdefghijklmnopq\n",
			"q", NULL},
		{"a draft", EXTS QHF "a=simulcast: send rid=q;h;f\n", "q;h;f",
			"a=simulcast:recv q;h;f"},
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
		if (strcmp(layers(), rows[i].layers) != 0)
			fail_msg("%s: %s", rows[i].name, layers());
		assert_int_equal(ts_n_video()->ext.rid, *rows[i].layers ? 10 : 0);
		assert_int_equal(ts_n_video()->ext.repaired_rid, *rows[i].layers ? 11 : 0);
		if (rows[i].says ? !ts_says(rows[i].says)
				 : strstr(ts_n_text, "simulcast") || strstr(ts_n_text, "stream-id"))
			fail_msg("%s\n%s", rows[i].name, ts_n_text);
		if (rows[i].says)
			assert_true(ts_says(
				"a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"));
	}
}

/* Descriptions changed by hand: the answer says nothing. */
static void takes_groups_of_ssrcs(void **state)
{
	static const struct {
		const char *name, *lines;
		size_t n;
		uint32_t ssrc[TS_LAYERS_MAX], rtx[TS_LAYERS_MAX];
	} rows[] = {
		{"three and their RTX",
			"a=ssrc-group:FID 1 11\na=ssrc-group:FID 2 12\na=ssrc-group:FID 3 13\n"
			"a=ssrc-group:SIM 1 2 3\n",
			3, {1, 2, 3}, {11, 12, 13}},
		{"no RTX", "a=ssrc-group:SIM 1 2\n", 2, {1, 2}, {0}},
		{"one is none", "a=ssrc-group:SIM 1\n", 0, {0}, {0}},
		{"twice the same is one", "a=ssrc-group:SIM 7 7 7\n", 0, {0}, {0}},
		{"the last of too many is the largest", "a=ssrc-group:SIM 1 2 3 4 5 6\n", 4,
			{1, 2, 3, 6}, {0}},
		{"up to 32 bits", "a=ssrc-group:SIM 4294967295 1\n", 2, {4294967295u, 1}, {0}},
		{"not beyond", "a=ssrc-group:SIM 1 4294967296 2\n", 0, {0}, {0}},
		{"nor far beyond", "a=ssrc-group:SIM 1 99999999999999999999999 2\n", 0, {0}, {0}},
		{"words", "a=ssrc-group:SIM one two\n", 0, {0}, {0}},
		{"nothing", "a=ssrc-group:SIM\na=ssrc-group:\na=ssrc-group\n", 0, {0}, {0}},
		{"another word", "a=ssrc-group:SIMS 1 2\n", 0, {0}, {0}},
		{"half a pair", "a=ssrc-group:SIM 1 2\na=ssrc-group:FID 1\n", 2, {1, 2}, {0}},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char sdp[4096];
		snprintf(sdp, sizeof(sdp), "%s%s", ONE_VIDEO("96 97", CHROMIUM_VP8), rows[i].lines);
		ts_negotiate(sdp, TS_OFFER_JOIN);
		const struct ts_media_config *m = ts_n_video();
		if (m->n_layers != rows[i].n) fail_msg("%s: %zu", rows[i].name, m->n_layers);
		for (size_t k = 0; k < rows[i].n; k++)
			if (m->layer[k].ssrc != rows[i].ssrc[k] ||
				m->layer[k].rtx_ssrc != rows[i].rtx[k] || *m->layer[k].rid)
				fail_msg("%s: layer %zu", rows[i].name, k);
		assert_int_equal(m->ext.rid, 0);
		assert_null(strstr(ts_n_text, "simulcast"));
	}
}

/* Names that will not come in the packets are not agreed to. */
static void names_need_their_extension(void **state)
{
#define RID " urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\n"
#define REPAIRED "a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\n"
	static const struct {
		const char *name, *extmap;
		size_t n_layers;
	} rows[] = {
		{"of the other direction", "a=extmap:10/recvonly" RID REPAIRED, 0},
		{"of none", "a=extmap:10/inactive" RID REPAIRED, 0},
		{"an id that means another one",
			"a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\n"
			"a=extmap:2" RID REPAIRED,
			0},
		{"beyond the one-byte form", "a=extmap:15" RID REPAIRED, 0},
		{"those of SSRCs are left",
			"a=extmap:10/recvonly" RID REPAIRED "a=ssrc-group:SIM 1 2\n", 2},
		{"one that is sent", "a=extmap:10/sendonly" RID REPAIRED, 3},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char sdp[4096];
		snprintf(sdp, sizeof(sdp), "%s%s%s", ONE_VIDEO("96 97", CHROMIUM_VP8),
			rows[i].extmap, QHF "a=simulcast:send q;h;f\n");
		ts_negotiate(sdp, TS_OFFER_JOIN);
		const struct ts_media_config *m = ts_n_video();
		const bool named = rows[i].n_layers == 3;
		if (m->n_layers != rows[i].n_layers || !*m->layer[0].rid == named ||
			!m->ext.rid == named || !m->ext.repaired_rid == named)
			fail_msg("%s: %zu layers, %s", rows[i].name, m->n_layers, m->layer[0].rid);
		if (!strstr(ts_n_text, "simulcast") == named ||
			!strstr(ts_n_text, "stream-id") == named)
			fail_msg("%s\n%s", rows[i].name, ts_n_text);
	}
#undef RID
#undef REPAIRED
}

/* ---- what is too much */

static char long_sdp[TS_SDP_BYTES_MAX];

static size_t begin_long(void)
{
	return (size_t)snprintf(
		long_sdp, sizeof(long_sdp), "%s%s", ONE_VIDEO("96 97", CHROMIUM_VP8), EXTS);
}

static size_t append(size_t n, const char *fmt, int i)
{
	return n + (size_t)snprintf(long_sdp + n, sizeof(long_sdp) - n, fmt, i);
}

static void a_long_list_is_read_in_part(void **state)
{
	(void)state;
	static const struct {
		int rids, items;
		const char *layers;
	} rows[] = {{15, 31, "f"}, {16, 31, ""}, {15, 32, ""}};
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		size_t n = begin_long();
		for (int i = 0; i < rows[row].rids; i++) n = append(n, "a=rid:x%d send\n", i);
		n = append(n, "a=rid:f send\na=simulcast:send y0", 0);
		for (int i = 1; i < rows[row].items; i++) n = append(n, ";y%d", i);
		append(n, ";f\n", 0);
		ts_negotiate(long_sdp, TS_OFFER_JOIN);
		if (strcmp(layers(), rows[row].layers) != 0) fail_msg("row %zu: %s", row, layers());
	}
}

/* Each item looked up among all names would take seconds of the control thread. */
static void a_long_list_takes_no_time(void **state)
{
	(void)state;
	const struct ts_offer_policy policy = {.kind = TS_OFFER_JOIN};
	struct timespec from, to;
	size_t n = begin_long();
	for (int i = 0; i < 2400; i++) n = append(n, "a=rid:x send\n", 0);
	n = append(n, "a=simulcast:send y", 0);
	while (n < sizeof(long_sdp) - 8) n = append(n, ";y", 0);
	n = append(n, "\n", 0);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	assert_int_equal(ts_n_make_plan(long_sdp, n, &policy), 0);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
	assert_int_equal(ts_n_video()->n_layers, 0);
	const int64_t ms = (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;
	assert_in_range(ms, 0, 500); /* of two when it was written */
}

/* Names are better: they come in the packets. */
static void names_go_before_groups(void **state)
{
	(void)state;
	char sdp[4096];
	snprintf(sdp, sizeof(sdp), "%s%s", ONE_VIDEO("96 97", CHROMIUM_VP8),
		EXTS QHF "a=simulcast:send q;h;f\na=ssrc-group:SIM 1 2 3\n");
	ts_negotiate(sdp, TS_OFFER_JOIN);
	assert_string_equal(layers(), "q;h;f");
	assert_int_equal(ts_n_video()->layer[0].ssrc, 0);
}

static void watchers_send_no_layer(void **state)
{
	(void)state;
	char sdp[4096];
	snprintf(sdp, sizeof(sdp), "%s%s", ONE_VIDEO("96 97", CHROMIUM_VP8),
		EXTS QHF "a=simulcast:send q;h;f\na=ssrc-group:SIM 1 2\n");
	ts_negotiate(sdp, TS_OFFER_WATCH);
	assert_int_equal(ts_n_video()->n_layers, 0);
	assert_null(strstr(ts_n_text, "rid"));
}

static void takes_the_layers_of_a_recorded_offer(void **state)
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
	assert_string_equal(layers(), "q;h;f");
	assert_true(ts_says("a=rid:f recv"));
	assert_true(ts_says("a=simulcast:recv q;h;f"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_layers),
		cmocka_unit_test(takes_groups_of_ssrcs),
		cmocka_unit_test(names_go_before_groups),
		cmocka_unit_test(names_need_their_extension),
		cmocka_unit_test(a_long_list_is_read_in_part),
		cmocka_unit_test(a_long_list_takes_no_time),
		cmocka_unit_test(watchers_send_no_layer),
		cmocka_unit_test(takes_the_layers_of_a_recorded_offer),
	};
	return cmocka_run_group_tests(tests, ts_n_setup, ts_n_teardown);
}
