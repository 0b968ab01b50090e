#include "base/error.h"
#include "transport/secure/srtp.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct ends {
	struct ts_srtp *a, *b;
};

static void open_ends(struct ends *e, enum ts_srtp_profile profile)
{
	struct ts_srtp_keys keys = {.profile = profile}, mirrored = {.profile = profile};
	for (int i = 0; i < TS_SRTP_KEY_MAX; i++) {
		keys.local[i] = mirrored.remote[i] = (uint8_t)(i * 7 + 1);
		keys.remote[i] = mirrored.local[i] = (uint8_t)(i * 11 + 3);
	}
	assert_int_equal(ts_srtp_create(&e->a, &keys), 0);
	assert_int_equal(ts_srtp_create(&e->b, &mirrored), 0);
}

static void close_ends(struct ends *e)
{
	ts_srtp_destroy(&e->a);
	ts_srtp_destroy(&e->b);
}

struct buf {
	_Alignas(8) uint8_t b[2048];
	size_t len;
};

static void make_rtp(struct buf *p, uint32_t ssrc, uint16_t seq, size_t payload)
{
	const uint8_t header[12] = {0x80, 96, (uint8_t)(seq >> 8), (uint8_t)seq, 0, 0, 0, 1,
		(uint8_t)(ssrc >> 24), (uint8_t)(ssrc >> 16), (uint8_t)(ssrc >> 8), (uint8_t)ssrc};
	memcpy(p->b, header, 12);
	memset(p->b + 12, (uint8_t)seq, payload);
	p->len = 12 + payload;
}

/* 8 bytes of RR header, then 24 of a report. */
static void make_rtcp(struct buf *p, uint32_t ssrc)
{
	memset(p, 0, sizeof(*p));
	p->b[0] = 0x81, p->b[1] = 201, p->b[3] = 7;
	p->b[4] = (uint8_t)(ssrc >> 24), p->b[5] = (uint8_t)(ssrc >> 16),
	p->b[6] = (uint8_t)(ssrc >> 8), p->b[7] = (uint8_t)ssrc;
	p->len = 32;
}

static const enum ts_srtp_profile profiles[] = {TS_SRTP_AES128_CM_SHA1_80, TS_SRTP_AEAD_AES_128_GCM,
	TS_SRTP_AES128_CM_SHA1_32, TS_SRTP_AES256_CM_SHA1_80, TS_SRTP_AES256_CM_SHA1_32,
	TS_SRTP_AEAD_AES_256_GCM};
enum { PROFILES = sizeof profiles / sizeof profiles[0] };

static void there_and_back(void **state)
{
	(void)state;
	for (int k = 0; k < PROFILES; k++) {
		struct ends e;
		struct buf p, plain;
		open_ends(&e, profiles[k]);
		for (uint16_t seq = 1; seq < 100; seq++) {
			make_rtp(&p, 5, seq, seq * 10u);
			plain = p;
			assert_int_equal(ts_srtp_protect_rtp(e.a, p.b, &p.len), 0);
			assert_in_range(p.len, plain.len + 4, plain.len + TS_SRTP_TRAILER);
			assert_memory_not_equal(p.b + 12, plain.b + 12, seq * 10u);
			assert_int_equal(ts_srtp_unprotect_rtp(e.b, p.b, &p.len), 0);
			assert_int_equal(p.len, plain.len);
			assert_memory_equal(p.b, plain.b, plain.len);

			make_rtcp(&p, 5);
			plain = p;
			assert_int_equal(ts_srtp_protect_rtcp(e.b, p.b, &p.len), 0);
			assert_in_range(p.len, plain.len + 14, plain.len + TS_SRTP_TRAILER);
			assert_int_equal(ts_srtp_unprotect_rtcp(e.a, p.b, &p.len), 0);
			assert_int_equal(p.len, plain.len);
			assert_memory_equal(p.b, plain.b, plain.len);
		}
		close_ends(&e);
	}
}

static void refuses(void **state)
{
	(void)state;
	for (int k = 0; k < PROFILES; k++) {
		struct ends e;
		struct buf p, wire;
		open_ends(&e, profiles[k]);
		make_rtp(&wire, 5, 1, 100);
		assert_int_equal(ts_srtp_protect_rtp(e.a, wire.b, &wire.len), 0);
		for (size_t i = 0; i < wire.len;
			/* any bit that is changed shows, but for those that unmake the header */
			i++) {
			p = wire;
			p.b[i] ^= 1;
			assert_int_not_equal(ts_srtp_unprotect_rtp(e.b, p.b, &p.len), 0);
		}
		for (size_t len = 0; len < wire.len; len++) {
			p = wire;
			p.len = len;
			assert_int_not_equal(ts_srtp_unprotect_rtp(e.b, p.b, &p.len), 0);
			p = wire;
			p.len = len;
			assert_int_not_equal(ts_srtp_unprotect_rtcp(e.b, p.b, &p.len), 0);
		}
		p = wire;
		p.b[50] ^= 1;
		assert_int_equal(ts_srtp_unprotect_rtp(e.b, p.b, &p.len), TS_EAUTH);
		p = wire;
		assert_int_equal(ts_srtp_unprotect_rtp(e.b, p.b, &p.len), 0);
		p = wire;
		assert_int_equal(ts_srtp_unprotect_rtp(e.b, p.b, &p.len), TS_ELATE);
		close_ends(&e);
	}
}

/* Late packets within the window are taken once, older ones not. */
static void window(void **state)
{
	(void)state;
	struct ends e;
	static struct buf wire[TS_SRTP_WINDOW + 100];
	enum { N = TS_SRTP_WINDOW + 100 };
	open_ends(&e, TS_SRTP_AEAD_AES_128_GCM);
	for (unsigned i = 0; i < N; i++) {
		make_rtp(&wire[i], 5, (uint16_t)(i + 1), 20);
		assert_int_equal(ts_srtp_protect_rtp(e.a, wire[i].b, &wire[i].len), 0);
	}
	struct buf p = wire[N - 1];
	assert_int_equal(ts_srtp_unprotect_rtp(e.b, p.b, &p.len), 0);
	p = wire[N - 1500];
	assert_int_equal(ts_srtp_unprotect_rtp(e.b, p.b, &p.len), 0);
	p = wire[N - 1500];
	assert_int_equal(ts_srtp_unprotect_rtp(e.b, p.b, &p.len), TS_ELATE);
	p = wire[0];
	assert_int_equal(ts_srtp_unprotect_rtp(e.b, p.b, &p.len), TS_ELATE);
	close_ends(&e);
}

/* A sequence number is protected once: again, with other bytes, would give the key stream away. */
static void no_number_twice(void **state)
{
	(void)state;
	for (int k = 0; k < PROFILES; k++) {
		struct ends e;
		struct buf p;
		open_ends(&e, profiles[k]);
		make_rtp(&p, 5, 7, 100);
		assert_int_equal(ts_srtp_protect_rtp(e.a, p.b, &p.len), 0);
		make_rtp(&p, 5, 7, 101);
		assert_int_not_equal(ts_srtp_protect_rtp(e.a, p.b, &p.len), 0);
		close_ends(&e);
	}
}

/* A thousand SSRCs: those in use keep their replay windows, the rest is forgotten. */
static void many_ssrcs(void **state)
{
	(void)state;
	struct ends e;
	struct buf p, first;
	open_ends(&e, TS_SRTP_AEAD_AES_128_GCM);
	for (uint32_t ssrc = 1000; ssrc < 2000; ssrc++) {
		make_rtp(&p, ssrc, 1, 20);
		assert_int_equal(ts_srtp_protect_rtp(e.a, p.b, &p.len), 0);
		first = p;
		assert_int_equal(ts_srtp_unprotect_rtp(e.b, p.b, &p.len), 0);
		assert_int_equal(ts_srtp_unprotect_rtp(e.b, first.b, &first.len), TS_ELATE);
		make_rtp(&p, 5, (uint16_t)(ssrc - 999), 20);
		assert_int_equal(ts_srtp_protect_rtp(e.a, p.b, &p.len), 0);
		first = p;
		assert_int_equal(ts_srtp_unprotect_rtp(e.b, p.b, &p.len), 0);
		assert_int_equal(ts_srtp_unprotect_rtp(e.b, first.b, &first.len), TS_ELATE);
	}
	close_ends(&e);
}

/* RFC 3711 3.1: the key's number stands between payload and tag. */
static void keys_with_an_mki(void **state)
{
	(void)state;
	static const uint8_t sizes[] = {1, 2, 4, 9, TS_SRTP_MKI_MAX};
	for (size_t i = 0; i < sizeof(sizes); i++) {
		struct ts_srtp_keys keys = {.profile = TS_SRTP_AES128_CM_SHA1_80,
					    .local_mki = {0xab, sizes[i]}},
				    theirs = keys;
		struct ts_srtp *a, *b, *bare;
		struct buf p, plain;
		memset(keys.local, 5, sizeof(keys.local));
		/* what we send by is their second key */
		memset(theirs.more[0].key, 5, TS_SRTP_KEY_MAX);
		theirs.remote_mki = (struct ts_srtp_mki){0xaa, sizes[i]};
		theirs.more[0].mki = keys.local_mki;
		theirs.n_more = 1;
		assert_int_equal(ts_srtp_create(&a, &keys), 0);
		assert_int_equal(ts_srtp_create(&b, &theirs), 0);
		make_rtp(&p, 7, 1, 100);
		plain = p;
		assert_int_equal(ts_srtp_protect_rtp(a, p.b, &p.len), 0);
		assert_int_equal(p.len, plain.len + sizes[i] + 10);
		assert_int_equal(p.b[plain.len + sizes[i] - 1], 0xab);
		assert_int_equal(ts_srtp_unprotect_rtp(b, p.b, &p.len), 0);
		assert_int_equal(p.len, plain.len);
		assert_memory_equal(p.b, plain.b, plain.len);
		make_rtcp(&p, 7);
		plain = p;
		assert_int_equal(ts_srtp_protect_rtcp(a, p.b, &p.len), 0);
		assert_int_equal(p.len, plain.len + 4 + sizes[i] + 10);
		assert_int_equal(ts_srtp_unprotect_rtcp(b, p.b, &p.len), 0);
		assert_memory_equal(p.b, plain.b, plain.len);

		/* a number that nobody announced, or none, is no way round the tag */
		make_rtp(&p, 7, 2, 100);
		assert_int_equal(ts_srtp_protect_rtp(a, p.b, &p.len), 0);
		p.b[p.len - 11] ^= 0x40;
		assert_int_equal(ts_srtp_unprotect_rtp(b, p.b, &p.len), TS_EAUTH);
		/* announced, and left out: taken by the first key */
		keys.local_mki = (struct ts_srtp_mki){0};
		memset(theirs.remote, 5, sizeof(theirs.remote));
		assert_int_equal(ts_srtp_create(&bare, &keys), 0);
		assert_int_equal(ts_srtp_rekey(b, &theirs), 0);
		make_rtp(&p, 7, 3, 100);
		plain = p;
		assert_int_equal(ts_srtp_protect_rtp(bare, p.b, &p.len), 0);
		assert_int_equal(ts_srtp_unprotect_rtp(b, p.b, &p.len), 0);
		assert_memory_equal(p.b, plain.b, plain.len);
		ts_srtp_destroy(&a);
		ts_srtp_destroy(&b);
		ts_srtp_destroy(&bare);
	}
}

static void unknown_profile(void **state)
{
	(void)state;
	struct ts_srtp *srtp;
	struct ts_srtp_keys keys = {.profile = (enum ts_srtp_profile)3};
	assert_int_equal(ts_srtp_create(&srtp, &keys), TS_EUNSUPPORTED);
	assert_null(srtp);
}

/* Tags of RFC 4568 6.2.2: the short one is for RTP alone. */
static void short_tag(void **state)
{
	(void)state;
	struct ends e;
	struct buf p;
	open_ends(&e, TS_SRTP_AES128_CM_SHA1_32);
	make_rtp(&p, 1, 1, 20);
	assert_int_equal(ts_srtp_protect_rtp(e.a, p.b, &p.len), 0);
	assert_int_equal(p.len, 12 + 20 + 4);
	make_rtcp(&p, 1);
	assert_int_equal(ts_srtp_protect_rtcp(e.a, p.b, &p.len), 0);
	assert_int_equal(p.len, 32 + 4 + 10);
	close_ends(&e);
}

static int pass(struct ts_srtp *from, struct ts_srtp *to, uint16_t seq)
{
	struct buf p;
	make_rtp(&p, 7, seq, 20);
	assert_int_equal(ts_srtp_protect_rtp(from, p.b, &p.len), 0);
	return ts_srtp_unprotect_rtp(to, p.b, &p.len);
}

/* A re-INVITE that changes one key leaves the other direction as it was: its rollover counter is 1
 * by then. */
static void rekey_one_direction(void **state)
{
	(void)state;
	struct ends e;
	open_ends(&e, TS_SRTP_AES128_CM_SHA1_80);
	struct ts_srtp_keys a = {.profile = TS_SRTP_AES128_CM_SHA1_80}, b = a;
	for (int i = 0; i < TS_SRTP_KEY_MAX; i++) {
		a.local[i] = b.remote[i] = (uint8_t)(i * 7 + 1);
		a.remote[i] = b.local[i] = 0x55;
	}
	assert_int_equal(pass(e.a, e.b, 60000), 0);
	assert_int_equal(pass(e.a, e.b, 10), 0);
	assert_int_equal(pass(e.b, e.a, 1), 0);
	assert_int_equal(ts_srtp_rekey(e.a, &a), 0);
	assert_int_equal(pass(e.b, e.a, 2), TS_EAUTH);
	assert_int_equal(ts_srtp_rekey(e.b, &b), 0);
	assert_int_equal(pass(e.b, e.a, 3), 0);
	assert_int_equal(pass(e.a, e.b, 11), 0);
	b.profile = (enum ts_srtp_profile)3;
	assert_int_equal(ts_srtp_rekey(e.b, &b), TS_EUNSUPPORTED);
	assert_int_equal(pass(e.a, e.b, 12), 0);
	close_ends(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(refuses),
		cmocka_unit_test(window),
		cmocka_unit_test(no_number_twice),
		cmocka_unit_test(many_ssrcs),
		cmocka_unit_test(keys_with_an_mki),
		cmocka_unit_test(unknown_profile),
		cmocka_unit_test(short_tag),
		cmocka_unit_test(rekey_one_direction),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
