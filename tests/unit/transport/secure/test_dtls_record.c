#include "transport/secure/dtls_record.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The least length that a fragment with no content has, and what is one too short or between
 * blocks. */
static void lengths(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		enum ts_dtls_cipher cipher;
		size_t least;
		size_t fit[5], unfit[6]; /* up to a 0 */
	} rows[] = {
		{"unknown", TS_DTLS_CIPHER_UNKNOWN, 16, {16, 17, 1000}, {15, 1}},
		{"GCM", TS_DTLS_CIPHER_GCM, 24, {24, 26, 1000}, {23, 16, 12, 8, 1}},
		{"CCM", TS_DTLS_CIPHER_CCM, 24, {24, 26}, {23, 16, 1}},
		{"CCM_8", TS_DTLS_CIPHER_CCM_8, 16, {16, 18}, {15, 8, 1}},
		{"ChaCha20", TS_DTLS_CIPHER_CHACHA20, 16, {16, 18}, {15, 12, 1}},
		{"CBC SHA-1", TS_DTLS_CIPHER_CBC_SHA1, 48, {48, 64, 52, 68},
			{47, 36, 32, 49, 53, 16}},
		{"CBC SHA-256", TS_DTLS_CIPHER_CBC_SHA256, 64, {64, 80, 96}, {63, 48, 32, 65, 81}},
		{"CBC SHA-384", TS_DTLS_CIPHER_CBC_SHA384, 80, {80, 96, 112}, {79, 64, 48, 81}},
	};
	_Static_assert(sizeof(rows) / sizeof(rows[0]) == TS_DTLS_CIPHER_COUNT, "a row for each");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t least = 0;
		while (!ts_dtls_fragment_fits(rows[i].cipher, least)) least++;
		if (least != rows[i].least) fail_msg("%s: least is %zu", rows[i].name, least);
		for (size_t k = 0; k < 5 && rows[i].fit[k]; k++)
			if (!ts_dtls_fragment_fits(rows[i].cipher, rows[i].fit[k]))
				fail_msg("%s: %zu is refused", rows[i].name, rows[i].fit[k]);
		for (size_t k = 0; k < 6 && rows[i].unfit[k]; k++)
			if (ts_dtls_fragment_fits(rows[i].cipher, rows[i].unfit[k]))
				fail_msg("%s: %zu is taken", rows[i].name, rows[i].unfit[k]);
	}
}

struct header {
	uint8_t type;
	uint16_t version, epoch, len;
};

static size_t put(uint8_t *at, const struct header *h)
{
	memset(at, 0, 13u + h->len);
	at[0] = h->type;
	at[1] = (uint8_t)(h->version >> 8), at[2] = (uint8_t)h->version;
	at[4] = (uint8_t)h->epoch, at[3] = (uint8_t)(h->epoch >> 8);
	at[11] = (uint8_t)(h->len >> 8), at[12] = (uint8_t)h->len;
	return 13u + h->len;
}

#define V12 0xfefd
#define V10 0xfeff

/* Several records in one datagram: which are seen. */
static void records(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		struct ts_dtls_now now;
		struct header record[4];
		const char *seen; /* a letter for each record: y or n */
	} rows[] = {
		{"hello", {false, TS_DTLS_CIPHER_UNKNOWN, 9}, {{22, V10, 0, 100}}, "y"},
		{"last flight", {false, TS_DTLS_CIPHER_GCM, 9},
			{{22, V12, 0, 80}, {20, V12, 0, 1}, {22, V12, 1, 40}}, "yyy"},
		{"the good among the bad", {false, TS_DTLS_CIPHER_GCM, 9},
			{{22, V12, 1, 23}, {22, V12, 0, 80}, {22, V12, 2, 80}, {20, V12, 0, 1}},
			"nyny"},
		{"epochs to come", {false, TS_DTLS_CIPHER_GCM, 9},
			{{22, V12, 2, 40}, {22, V12, 0xffff, 40}}, "nn"},
		{"epoch 1 in another version", {false, TS_DTLS_CIPHER_GCM, 9}, {{22, V10, 1, 40}},
			"n"},
		{"empty", {false, TS_DTLS_CIPHER_GCM, 9}, {{22, V12, 0, 0}, {22, V12, 1, 0}}, "nn"},
		{"so many early ones", {false, TS_DTLS_CIPHER_UNKNOWN, 2},
			{{22, V12, 1, 40}, {22, V12, 1, 40}, {22, V12, 1, 40}, {22, V12, 0, 9}},
			"yyny"},
		{"when done", {true, TS_DTLS_CIPHER_GCM, 0},
			{{21, V12, 1, 26}, {22, V12, 1, 40}, {23, V12, 1, 24}}, "yyy"},
		{"in the clear when done", {true, TS_DTLS_CIPHER_GCM, 0},
			{{21, V12, 0, 2}, {22, V12, 0, 99}, {21, V12, 1, 26}}, "nny"},
		{"CVE-2026-75806", {true, TS_DTLS_CIPHER_GCM, 0},
			{{21, V12, 1, 12}, {21, V12, 1, 26}}, "ny"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t data[1000];
		size_t n = strlen(rows[i].seen), at[5] = {0};
		for (size_t k = 0; k < n; k++)
			at[k + 1] = at[k] + put(data + at[k], &rows[i].record[k]);
		if (!ts_dtls_framed(data, at[n])) fail_msg("%s: framing", rows[i].name);
		struct ts_rd r = ts_rd(data, at[n]);
		struct ts_dtls_now now = rows[i].now;
		int dropped = 0, want_dropped = 0;
		for (size_t k = 0; k < n; k++) {
			if (rows[i].seen[k] == 'n') {
				want_dropped++;
				continue;
			}
			struct ts_rd got = ts_dtls_next_record(&r, &now, &dropped);
			if (got.p != data + at[k] || ts_rd_left(&got) != at[k + 1] - at[k])
				fail_msg("%s: record %zu", rows[i].name, k);
		}
		struct ts_rd end = ts_dtls_next_record(&r, &now, &dropped);
		if (ts_rd_left(&end) || dropped != want_dropped)
			fail_msg("%s: %d dropped", rows[i].name, dropped);
	}
}

static void framing(void **state)
{
	(void)state;
	uint8_t data[64];
	static const struct header good = {22, V12, 0, 20};
	size_t len = put(data, &good);
	assert_true(ts_dtls_framed(data, len));
	for (size_t cut = 0; cut < len; cut++) assert_false(ts_dtls_framed(data, cut));
	/* of what lay there */
	for (size_t more = 1; more < 20; more++) assert_false(ts_dtls_framed(data, len + more));
	for (unsigned type = 0; type < 256; type++) {
		data[0] = (uint8_t)type;
		assert_int_equal(ts_dtls_framed(data, len), type >= 20 && type <= 23);
	}
	data[0] = 22;
	for (unsigned version = 0; version < 0x10000; version++) {
		data[1] = (uint8_t)(version >> 8), data[2] = (uint8_t)version;
		assert_int_equal(ts_dtls_framed(data, len), version == V12 || version == V10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths), cmocka_unit_test(records), cmocka_unit_test(framing)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
