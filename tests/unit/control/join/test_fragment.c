#include "base/address.h"
#include "base/error.h"
#include "control/join/fragment.h"
#include "control/sdp/sdp.h"
#include "tests/unit/base/cmocka_all.h"
#include <stdio.h>
#include <string.h>

#define CREDENTIALS "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n"
#define HOST "1 1 udp 2122260223 192.0.2.1 61764 typ host generation 0"

static int read_fragment(struct ts_ice_description *out, const char *text)
{
	char err[200] = "";
	int rc = ts_fragment_read(out, text, strlen(text), err, sizeof(err));
	assert_int_equal(rc == 0, *err == '\0');
	return rc;
}

/* The example of RFC 9725 4.3.1, and what else a browser's script writes. */
static void reads_candidates(void **state)
{
	struct ts_ice_description r;
	(void)state;
	assert_int_equal(
		read_fragment(&r,
			"a=group:BUNDLE 0 1\r\n"
			"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n" CREDENTIALS
			"a=candidate:" HOST
			"\r\na=candidate:3471623853 1 udp 2122194687 2001:db8::1 61765 typ host\r\n"
			"a=candidate:473322822 1 tcp 1518280447 192.0.2.1 9 typ host tcptype "
			"active\r\n"
			"a=candidate:1 2 udp 2122194687 192.0.2.1 61765 typ host\r\n"
			"a=candidate:1 1 udp 2122194687 3f7ae1dc.local 61765 typ host\r\n"
			"a=candidate:1 1 udp 2122194687 3f7ae1dc.LOCAL 61765 typ host\r\n"
			"a=candidate:1 1 udp 2122194687 somewhere 61765 typ host\r\n"
			"a=candidate:nonsense\r\na=end-of-candidates\r\n"
			"m=video 9 RTP/AVP 0\na=mid:1\na=candidate:9 1 UDP 1 192.0.2.9 9 typ "
			"relay\n"),
		0);
	assert_string_equal(r.ufrag, "EsAw");
	assert_string_equal(r.pwd, "P2uYro0UCOQ4zxjKXaWCBui1");
	assert_int_equal(r.n_candidates, 3);
	char address[INET6_ADDRSTRLEN];
	ts_address_text(address, &r.candidate[0].address);
	assert_string_equal(address, "192.0.2.1");
	ts_address_text(address, &r.candidate[1].address);
	assert_string_equal(address, "2001:db8::1");
	assert_int_equal(r.candidate[2].type, TS_CANDIDATE_RELAYED);
}

static void reads_credentials_of_the_session(void **state)
{
	struct ts_ice_description r;
	(void)state;
	assert_int_equal(
		read_fragment(
			&r, CREDENTIALS "m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=end-of-candidates"),
		0);
	assert_string_equal(r.ufrag, "EsAw");
	assert_int_equal(r.n_candidates, 0);
	assert_int_equal(read_fragment(&r, ""), 0);
	assert_string_equal(r.ufrag, "");
	assert_int_equal(read_fragment(&r, "a=candidate:" HOST), 0);
	assert_int_equal(r.n_candidates, 1);
}

static void refuses(void **state)
{
	static const struct {
		const char *text;
		int err;
	} rows[] = {
		{"a=ice-ufrag:EsAw\r\n", TS_EINVAL},
		{"a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n", TS_EINVAL},
		{"a=ice-ufrag:EsA\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n", TS_EINVAL},
		{"a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCB\r\n", TS_EINVAL},
		{"a=ice-ufrag:Es w\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n", TS_EINVAL},
		{"a=ice-ufrag:\r\na=ice-pwd:\r\n", TS_EINVAL},
		{"m=audio\r\n", TS_EBADMSG},
		{"v=0\r\n", TS_EBADMSG},
		{"hello=\x01", TS_EBADMSG},
		{"q=1", TS_EBADMSG},
	};
	struct ts_ice_description r;
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (read_fragment(&r, rows[i].text) != rows[i].err)
			fail_msg("\"%s\"", rows[i].text);
}

static void takes_so_many_candidates(void **state)
{
	static char text[100 * 80];
	struct ts_ice_description r;
	size_t at = 0;
	(void)state;
	for (int i = 0; i < 100; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
			"a=candidate:%d 1 udp 1 192.0.2.1 5000 typ host\n", i);
	assert_int_equal(read_fragment(&r, text), 0);
	assert_int_equal(r.n_candidates, TS_CAND_MAX);
}

static void writes_what_it_reads(void **state)
{
	struct ts_transport_local local = {
		.ice.ufrag = "abcd", .ice.pwd = "0123456789abcdefghijkl", .ice.n_candidates = 1};
	char text[1000];
	struct ts_ice_description r;
	struct ts_wr w = ts_wr(text, sizeof(text) - 1);
	(void)state;
	assert_int_equal(ts_sdp_candidate_parse(&local.ice.candidate[0], HOST), 0);
	assert_int_equal(ts_fragment_write(&w, "audio", "0", &local), 0);
	text[ts_wr_len(&w)] = '\0';
	assert_non_null(strstr(text, "a=mid:0\r\n"));
	assert_non_null(strstr(text, "a=end-of-candidates\r\n"));
	assert_int_equal(read_fragment(&r, text), 0);
	assert_string_equal(r.ufrag, local.ice.ufrag);
	assert_string_equal(r.pwd, local.ice.pwd);
	assert_int_equal(r.n_candidates, 1);
	assert_memory_equal(&r.candidate[0], &local.ice.candidate[0], sizeof(r.candidate[0]));
	/* what we are is said before the first m-line (RFC 8839 5.3, 8840 9.2) */
	assert_null(strstr(text, "ice-lite"));
	local.ice.lite = true;
	w = ts_wr(text, sizeof(text) - 1);
	assert_int_equal(ts_fragment_write(&w, "audio", "0", &local), 0);
	text[ts_wr_len(&w)] = '\0';
	const char *lite = strstr(text, "a=ice-lite\r\n");
	assert_non_null(lite);
	assert_true(lite < strstr(text, "m=audio"));
	assert_int_equal(read_fragment(&r, text), 0);
	w = ts_wr(text, 50);
	assert_int_equal(ts_fragment_write(&w, "audio", "0", &local), TS_EFULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_candidates),
		cmocka_unit_test(reads_credentials_of_the_session),
		cmocka_unit_test(refuses),
		cmocka_unit_test(takes_so_many_candidates),
		cmocka_unit_test(writes_what_it_reads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
