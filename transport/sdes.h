/* sdes - SRTP keys that stand in the description itself: the value of a=crypto read, made and written.
 *
 *   1 AES_CM_128_HMAC_SHA1_80 inline:BASE64 of 16 bytes of key and 14 of salt[|lifetime]
 *
 * Lifetimes are read over: no call lasts 2^31 packets of one stream. Of session parameters only WSH and those marked as
 * ignorable ("-...") are taken. Several keys and MKIs are not.
 * Thread  none: plain functions.   Source  RFC 4568 6, 9.2.
 */
#ifndef TS_TRANSPORT_SDES_H
#define TS_TRANSPORT_SDES_H

#include "transport/srtp.h"

enum { TS_SDES_TEXT_MAX = 96 };

struct ts_sdes {
	uint32_t tag;
	enum ts_srtp_profile profile; /* TS_SRTP_AES128_CM_SHA1_80 or _32 */
	uint8_t key[TS_SRTP_KEY_MAX];
};

/* value: what stands behind "a=crypto:". TS_EBADMSG: malformed. TS_EUNSUPPORTED: another suite, an MKI, several keys, a session
 * parameter that would have to be obeyed; the next a=crypto may do. */
int ts_sdes_parse(struct ts_sdes *out, const char *value);
/* A fresh random key. */
void ts_sdes_make(struct ts_sdes *out, uint32_t tag, enum ts_srtp_profile profile);
void ts_sdes_print(char out[TS_SDES_TEXT_MAX], const struct ts_sdes *sdes);

#endif
