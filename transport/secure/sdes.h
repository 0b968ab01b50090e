/* sdes - SRTP keys that stand in the description itself: the value of a=crypto read, made and
 * written.
 *
 *   1 AES_CM_128_HMAC_SHA1_80 inline:BASE64 of 16 bytes of key and 14 of
 *   salt[|lifetime][|MKI:bytes][;inline:...]
 *
 * Suites: AES-CM of 128 and 256 bits with HMAC-SHA1 of 80 and 32, AES-GCM of 128 and 256 bits; we
 * offer the first two. The "=" that ends a base64 text may be missing.
 * Names are compared without case. Lifetimes are read over: no call lasts 2^31 packets of one
 * stream. Of several keys, which need an MKI each, up to 1 + TS_SRTP_MORE_MAX are taken. Session
 * parameters that change nothing here are taken: WSH, FEC_ORDER (there is no FEC), KDR=0, and those
 * marked as ignorable ("-..."). Ours has an MKI where the peer's has one.
 * Thread  none: plain functions.   Source  RFC 4568 6, 9.2; 6188 3.1; 7714 14.2.
 */
#ifndef TS_TRANSPORT_SECURE_SDES_H
#define TS_TRANSPORT_SECURE_SDES_H

#include "transport/secure/srtp.h"
#include <stdbool.h>

enum { TS_SDES_TEXT_MAX = 160 };

struct ts_sdes {
	uint32_t tag;
	enum ts_srtp_profile profile;
	uint8_t suite; /* by which of its names; 0: by the usual one */
	uint8_t key[TS_SRTP_KEY_MAX];
	struct ts_srtp_mki mki;
	struct ts_srtp_key more[TS_SRTP_MORE_MAX]; /* [n_more] */
	uint8_t n_more;
};

/* value: what stands behind "a=crypto:". TS_EBADMSG: malformed. TS_EUNSUPPORTED: another suite, too
 * many keys, an MKI of more than 64 bits, a session parameter that would have to be obeyed
 * (UNENCRYPTED_SRTP, ...); the next a=crypto may do. */
int ts_sdes_parse(struct ts_sdes *out, const char *value);
/* A fresh random key with the tag, suite and MKI of `like`. */
void ts_sdes_make(struct ts_sdes *out, const struct ts_sdes *like);
/* The keys of both sides, and whether keys have what theirs says. */
void ts_sdes_keys(struct ts_srtp_keys *out, const struct ts_sdes *ours,
	const struct ts_sdes *theirs);
bool ts_sdes_is_key(const struct ts_sdes *theirs, const struct ts_srtp_keys *keys);
void ts_sdes_print(char out[TS_SDES_TEXT_MAX], const struct ts_sdes *sdes);

#endif
