/* srtp - the two libsrtp sessions of one transport: ours out, the peer's in. Packets are changed in
 * place.
 *
 *   plain [len | room for TS_SRTP_TRAILER] --protect--> wire          wire
 *       --unprotect--> plain, shorter
 *
 * Any SSRC may come in, but the peer has at most TS_SRTP_SSRCS replay windows: the one unused for
 * longest is forgotten for a new SSRC, so that a peer that invents SSRCs spends no memory of ours.
 * Thread  the transport's net thread.   Source  RFC 3711, 6188, 7714, 5764 4.2.
 */
#ifndef TS_TRANSPORT_SECURE_SRTP_H
#define TS_TRANSPORT_SECURE_SRTP_H

#include <stddef.h>
#include <stdint.h>

enum ts_srtp_profile { /* as numbered by IANA */
	TS_SRTP_NONE = 0,
	TS_SRTP_AES128_CM_SHA1_80 = 1,
	TS_SRTP_AES128_CM_SHA1_32 = 2, /* RTCP keeps its tag of 80 bits (RFC 4568 6.2.2) */
	TS_SRTP_AEAD_AES_128_GCM = 7,
	TS_SRTP_AEAD_AES_256_GCM = 8,
	/* of SDES alone: DTLS has no number for them */
	TS_SRTP_AES256_CM_SHA1_80 = 0x10001,
	TS_SRTP_AES256_CM_SHA1_32 = 0x10002,
};

enum {
	TS_SRTP_KEY_MAX = 46,      /* 16 or 32 bytes of key, then 14 (AES-CM) or 12 (GCM) of salt */
	/* what libsrtp may append: SRTP_MAX_TRAILER_LEN, and the index of SRTCP */
	TS_SRTP_TRAILER = 144 + 4,
	TS_SRTP_SSRCS = 32,
	TS_SRTP_MKI_MAX = 128,     /* bytes of a key's number in each packet (RFC 4568 6.1) */
	TS_SRTP_MORE_MAX = 3,      /* keys of the peer beside its first one */
	/* packets of the replay window of what comes in: retransmissions of 2 s at 8 Mbit/s */
	TS_SRTP_WINDOW = 2048,
};

/* The number that stands behind each packet and says by which key it was protected (RFC 3711
 * 3.1). */
struct ts_srtp_mki { uint64_t id; uint8_t n_bytes; /* 0: none */ };
struct ts_srtp_key { uint8_t key[TS_SRTP_KEY_MAX]; struct ts_srtp_mki mki; };

struct ts_srtp_keys {
	enum ts_srtp_profile profile;
	/* master key and salt of what we, and what they, send */
	uint8_t local[TS_SRTP_KEY_MAX], remote[TS_SRTP_KEY_MAX];
	struct ts_srtp_mki local_mki, remote_mki;
	/* [n_more] others that they may send by; all have an MKI of the same length */
	struct ts_srtp_key more[TS_SRTP_MORE_MAX];
	uint8_t n_more;
};

struct ts_srtp;

/* TS_ENOMEM, TS_EUNSUPPORTED */
int ts_srtp_create(struct ts_srtp **out, const struct ts_srtp_keys *keys);
/* Other keys from now on; a direction whose key stays goes on as it was, rollover counter and
 * replay window included. On an error both stay as they were. */
int ts_srtp_rekey(struct ts_srtp *srtp, const struct ts_srtp_keys *keys);
void ts_srtp_destroy(struct ts_srtp **srtp);

/* buf holds *len plain bytes and room for TS_SRTP_TRAILER more. TS_EBADMSG, TS_EIO: not to be
 * sent. */
int ts_srtp_protect_rtp(struct ts_srtp *srtp, uint8_t *buf, size_t *len);
int ts_srtp_protect_rtcp(struct ts_srtp *srtp, uint8_t *buf, size_t *len);
/* TS_EAUTH: the tag is wrong. TS_ELATE: replayed, or too old to tell. TS_EBADMSG: no packet at
 * all. */
int ts_srtp_unprotect_rtp(struct ts_srtp *srtp, uint8_t *buf, size_t *len);
int ts_srtp_unprotect_rtcp(struct ts_srtp *srtp, uint8_t *buf, size_t *len);

#endif
