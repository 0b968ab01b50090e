#include "base/error.h"
#include "transport/secure/sdes.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define KEY28 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw"
#define KEY44 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKis"
#define KEY46 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLQ"
#define KEY "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd" /* 0, 1, ... 29 */

static void table(void **state)
{
	(void)state;
	static const struct {
		const char *value;
		int err;
		uint32_t tag;
		enum ts_srtp_profile profile;
	} rows[] = {
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY, 0, 1, TS_SRTP_AES128_CM_SHA1_80},
		{"2 AES_CM_128_HMAC_SHA1_32 inline:" KEY, 0, 2, TS_SRTP_AES128_CM_SHA1_32},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^31", 0, 1, TS_SRTP_AES128_CM_SHA1_80},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|1000000", 0, 1,
			TS_SRTP_AES128_CM_SHA1_80},
		{"999999999  AES_CM_128_HMAC_SHA1_80\tinline:" KEY " WSH=128 -x ", 0, 999999999,
			TS_SRTP_AES128_CM_SHA1_80},
		/* names in any case, lifetimes, MKIs, several keys */
		{"1 aes_cm_128_hmac_sha1_80 inline:" KEY, 0, 1, TS_SRTP_AES128_CM_SHA1_80},
		{"1 Aes_Cm_128_Hmac_Sha1_32 INLINE:" KEY, 0, 1, TS_SRTP_AES128_CM_SHA1_32},
		{"01  AES_CM_128_HMAC_SHA1_80  inline:" KEY, 0, 1, TS_SRTP_AES128_CM_SHA1_80},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^31|1:1", 0, 1,
			TS_SRTP_AES128_CM_SHA1_80},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|1:4", 0, 1, TS_SRTP_AES128_CM_SHA1_80},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|1048576|255:1", 0, 1,
			TS_SRTP_AES128_CM_SHA1_80},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|18446744073709551599:128", 0, 1,
			TS_SRTP_AES128_CM_SHA1_80},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^20|1:4;inline:" KEY "|2^20|2:4", 0, 1,
			TS_SRTP_AES128_CM_SHA1_80},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY " KDR=0 FEC_ORDER=SRTP_FEC wsh=64", 0, 1,
			TS_SRTP_AES128_CM_SHA1_80},
		/* other suites, with and without padding, by an older name */
		{"1 AES_256_CM_HMAC_SHA1_80 inline:" KEY46, 0, 1, TS_SRTP_AES256_CM_SHA1_80},
		{"1 AES_256_CM_HMAC_SHA1_80 inline:" KEY46 "==", 0, 1, TS_SRTP_AES256_CM_SHA1_80},
		{"1 AES_256_CM_HMAC_SHA1_80 inline:" KEY46 "==|2^31|1:4", 0, 1,
			TS_SRTP_AES256_CM_SHA1_80},
		{"1 AES_CM_256_HMAC_SHA1_32 inline:" KEY46 "==", 0, 1, TS_SRTP_AES256_CM_SHA1_32},
		{"1 AEAD_AES_128_GCM inline:" KEY28 "==|2^48", 0, 1, TS_SRTP_AEAD_AES_128_GCM},
		{"1 AEAD_AES_256_GCM inline:" KEY44 "=", 0, 1, TS_SRTP_AEAD_AES_256_GCM},
		/* well-formed, but not ours */
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|1:129", TS_EUNSUPPORTED, 1, 0},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|99999999999999999999:16",
			TS_EUNSUPPORTED, 1, 0},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|1:1;inline:" KEY "|2:1;inline:" KEY
		 "|3:1;inline:" KEY "|4:1;inline:" KEY "|5:1",
			TS_EUNSUPPORTED, 1, 0},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY " UNENCRYPTED_SRTCP", TS_EUNSUPPORTED, 1,
			0},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY " unencrypted_srtcp", TS_EUNSUPPORTED, 1,
			0},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY " FEC_KEY=inline:" KEY, TS_EUNSUPPORTED, 1,
			0},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY " KDR=24", TS_EUNSUPPORTED, 1, 0},
		{"1 AES_192_CM_HMAC_SHA1_80 inline:" KEY46, TS_EUNSUPPORTED, 1, 0},
		{"1 F8_128_HMAC_SHA1_80 inline:" KEY, TS_EUNSUPPORTED, 1, 0},
		{"1 AES_CM_128_HMAC_SHA1_8 inline:" KEY, TS_EUNSUPPORTED, 1, 0},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY " KDR=1", TS_EUNSUPPORTED, 1, 0},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY " UNENCRYPTED_SRTP", TS_EUNSUPPORTED, 1,
			0},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY " WSH=64 UNAUTHENTICATED_SRTP",
			TS_EUNSUPPORTED, 1, 0},
		/* malformed */
		{"1 AES_256_CM_HMAC_SHA1_80 inline:" KEY, TS_EBADMSG, 0, 0},
		{"1 AES_256_CM_HMAC_SHA1_80 inline:" KEY46 "===", TS_EBADMSG, 0, 0},
		{"1 AEAD_AES_256_GCM inline:" KEY44 "==", TS_EBADMSG, 0, 0},
		{"1 AEAD_AES_128_GCM inline:" KEY, TS_EBADMSG, 0, 0},
		/* which is which? */
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY ";inline:" KEY, TS_EBADMSG, 0, 0},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|1:1;inline:" KEY "|2:2", TS_EBADMSG, 0,
			0},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|1:1;", TS_EBADMSG, 0, 0},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|256:1", TS_EBADMSG, 0, 0},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|1:0", TS_EBADMSG, 0, 0},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|:1", TS_EBADMSG, 0, 0},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|1:", TS_EBADMSG, 0, 0},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|1:1|2^20", TS_EBADMSG, 0, 0},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^20|2^20", TS_EBADMSG, 0, 0},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^", TS_EBADMSG, 0, 0},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|", TS_EBADMSG, 0, 0},
		{"", TS_EBADMSG, 0, 0},
		{"1", TS_EBADMSG, 0, 0},
		{"x AES_CM_128_HMAC_SHA1_80 inline:" KEY, TS_EBADMSG, 0, 0},
		{"1234567890 AES_CM_128_HMAC_SHA1_80 inline:" KEY, TS_EBADMSG, 0, 0},
		{"-1 AES_CM_128_HMAC_SHA1_80 inline:" KEY, TS_EBADMSG, 0, 0},
		{"1 AES_CM_128_HMAC_SHA1_80", TS_EBADMSG, 0, 0},
		{"1 AES_CM_128_HMAC_SHA1_80 " KEY, TS_EBADMSG, 0, 0},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxw",
			TS_EBADMSG, 0, 0},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGx==",
			TS_EBADMSG, 0, 0},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "A", TS_EBADMSG, 0, 0},
		{"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|x", TS_EBADMSG, 0, 0},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ts_sdes sdes = {0};
		int err = ts_sdes_parse(&sdes, rows[i].value);
		if (err != rows[i].err) fail_msg("%s: %d", rows[i].value, err);
		if (err) continue;
		assert_int_equal(sdes.tag, rows[i].tag);
		assert_int_equal(sdes.profile, rows[i].profile);
		for (uint8_t k = 0; k < 28; k++) assert_int_equal(sdes.key[k], k);
		const uint8_t last = sdes.key[29] ? sdes.key[43] ? sdes.key[45] ? 46 : 44 : 30 : 28;
		for (uint8_t k = 28; k < TS_SRTP_KEY_MAX; k++)
			assert_int_equal(sdes.key[k], k < last ? k : 0);
	}
}

static void made_is_read(void **state)
{
	(void)state;
	static const enum ts_srtp_profile profiles[] = {TS_SRTP_AES128_CM_SHA1_80,
		TS_SRTP_AES128_CM_SHA1_32, TS_SRTP_AES256_CM_SHA1_80, TS_SRTP_AES256_CM_SHA1_32,
		TS_SRTP_AEAD_AES_128_GCM, TS_SRTP_AEAD_AES_256_GCM};
	for (uint32_t i = 0; i < 200; i++) {
		struct ts_sdes a, b;
		char text[TS_SDES_TEXT_MAX];
		const struct ts_sdes like = {.tag = i + 1,
			.profile = profiles[i % 6],
			.mki = {i, (uint8_t)(i < 100 ? 0 : i % 128 + 1)}};
		ts_sdes_make(&a, &like);
		ts_sdes_print(text, &a);
		assert_int_equal(ts_sdes_parse(&b, text), 0);
		assert_int_equal(b.tag, i + 1);
		assert_int_equal(b.profile, profiles[i % 6]);
		assert_memory_equal(a.key, b.key, sizeof(a.key));
		assert_int_equal(b.mki.n_bytes, like.mki.n_bytes);
		if (like.mki.n_bytes) assert_int_equal(b.mki.id, i);
	}
}

/* Whoever calls a suite by another name is answered by it. */
static void a_suite_keeps_its_name(void **state)
{
	(void)state;
	struct ts_sdes theirs, ours;
	char text[TS_SDES_TEXT_MAX];
	assert_int_equal(ts_sdes_parse(&theirs, "7 AES_CM_256_HMAC_SHA1_80 inline:" KEY46), 0);
	ts_sdes_make(&ours, &theirs);
	ts_sdes_print(text, &ours);
	assert_int_equal(strncmp(text, "7 AES_CM_256_HMAC_SHA1_80 inline:", 33), 0);
	assert_int_equal(strlen(text), 33 + 64);
	assert_string_equal(text + 33 + 62, "==");
}

static void keys_of_both(void **state)
{
	(void)state;
	struct ts_sdes theirs, ours;
	struct ts_srtp_keys keys;
	assert_int_equal(ts_sdes_parse(&theirs,
				 "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|7:2;inline:" KEY "|8:2"),
		0);
	ts_sdes_make(&ours, &theirs);
	assert_int_equal(ours.n_more, 0);
	ts_sdes_keys(&keys, &ours, &theirs);
	assert_int_equal(keys.local_mki.id, 7); /* an answer repeats the MKI */
	assert_int_equal(keys.remote_mki.n_bytes, 2);
	assert_int_equal(keys.n_more, 1);
	assert_int_equal(keys.more[0].mki.id, 8);
	assert_true(ts_sdes_is_key(&theirs, &keys));
	theirs.mki.id = 9;
	assert_false(ts_sdes_is_key(&theirs, &keys));
	theirs.mki.id = 7;
	theirs.more[0].key[3] ^= 1;
	assert_false(ts_sdes_is_key(&theirs, &keys));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(table), cmocka_unit_test(made_is_read),
		cmocka_unit_test(a_suite_keeps_its_name), cmocka_unit_test(keys_of_both)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
