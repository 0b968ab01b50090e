#include "transport/srtp.h"
#include "base/error.h"
#include "base/log.h"
#include "transport/srtp_crypto.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <srtp2/srtp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(TS_SRTP_TRAILER >= SRTP_MAX_TRAILER_LEN + 4, "libsrtp may append more than we leave room for");

enum { WINDOW_OUT = 64 }; /* the least that libsrtp takes */

struct ts_srtp {
	srtp_t out, in;
	struct ts_srtp_keys keys;
	uint32_t ssrc[TS_SRTP_SSRCS]; /* [n_ssrc] of the peer, the latest used first */
	size_t n_ssrc;
};

static int library_status;

static void library_start(void)
{
	library_status = srtp_init() == srtp_err_status_ok ? ts_srtp_crypto_install() : TS_EUNSUPPORTED;
	if (library_status) ts_error("SRTP cannot be had", "library=libsrtp2 crypto=openssl");
}

static bool policy_set(srtp_policy_t *policy, enum ts_srtp_profile profile)
{
	switch (profile) {
	case TS_SRTP_AES128_CM_SHA1_80:
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtp);
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtcp);
		return true;
	case TS_SRTP_AES128_CM_SHA1_32:
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy->rtp);
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtcp);
		return true;
	case TS_SRTP_AEAD_AES_128_GCM:
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtp);
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtcp);
		return true;
	case TS_SRTP_NONE: break;
	}
	return false;
}

static int session_create(srtp_t *out, const struct ts_srtp_keys *keys, srtp_ssrc_type_t direction)
{
	srtp_policy_t policy;
	memset(&policy, 0, sizeof(policy));
	if (!policy_set(&policy, keys->profile)) return TS_EUNSUPPORTED;

	unsigned char key[TS_SRTP_KEY_MAX];
	memcpy(key, direction == ssrc_any_outbound ? keys->local : keys->remote, sizeof(key));
	policy.ssrc.type = direction;
	policy.key = key;
	/* What goes out goes in order; libsrtp shifts the whole window for each packet. */
	policy.window_size = direction == ssrc_any_outbound ? WINDOW_OUT : TS_SRTP_WINDOW;
	/* A sequence number is only ever protected once (rtp_send.h); if that breaks, libsrtp shall refuse, not repeat a nonce. */
	policy.allow_repeat_tx = 0;
	srtp_err_status_t status = srtp_create(out, &policy);
	explicit_bzero(key, sizeof(key));
	if (status == srtp_err_status_ok) return TS_OK;
	return status == srtp_err_status_alloc_fail ? TS_ENOMEM : TS_EUNSUPPORTED;
}

int ts_srtp_create(struct ts_srtp **out, const struct ts_srtp_keys *keys)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	*out = NULL;
	pthread_once(&once, library_start);
	if (library_status) return library_status;

	struct ts_srtp *srtp = calloc(1, sizeof(*srtp));
	if (!srtp) return TS_ENOMEM;
	int err = session_create(&srtp->out, keys, ssrc_any_outbound);
	if (!err) err = session_create(&srtp->in, keys, ssrc_any_inbound);
	if (err) {
		ts_srtp_destroy(&srtp);
		return err;
	}
	srtp->keys = *keys;
	*out = srtp;
	return TS_OK;
}

static bool same_key(const struct ts_srtp_keys *a, const struct ts_srtp_keys *b, srtp_ssrc_type_t direction)
{
	const uint8_t *x = direction == ssrc_any_outbound ? a->local : a->remote;
	const uint8_t *y = direction == ssrc_any_outbound ? b->local : b->remote;
	return a->profile == b->profile && !memcmp(x, y, TS_SRTP_KEY_MAX);
}

int ts_srtp_rekey(struct ts_srtp *srtp, const struct ts_srtp_keys *keys)
{
	srtp_t out = NULL, in = NULL;
	int err = TS_OK;
	if (!same_key(&srtp->keys, keys, ssrc_any_outbound)) err = session_create(&out, keys, ssrc_any_outbound);
	if (!err && !same_key(&srtp->keys, keys, ssrc_any_inbound)) err = session_create(&in, keys, ssrc_any_inbound);
	if (err) {
		if (out) srtp_dealloc(out);
		return err;
	}
	if (out) {
		srtp_dealloc(srtp->out);
		srtp->out = out;
	}
	if (in) {
		srtp_dealloc(srtp->in);
		srtp->in = in;
		srtp->n_ssrc = 0;
	}
	srtp->keys = *keys;
	return TS_OK;
}

void ts_srtp_destroy(struct ts_srtp **srtp)
{
	if (!*srtp) return;
	if ((*srtp)->out) srtp_dealloc((*srtp)->out);
	if ((*srtp)->in) srtp_dealloc((*srtp)->in);
	explicit_bzero(&(*srtp)->keys, sizeof((*srtp)->keys));
	free(*srtp);
	*srtp = NULL;
}

static int error_of(srtp_err_status_t status)
{
	switch (status) {
	case srtp_err_status_ok: return TS_OK;
	case srtp_err_status_auth_fail: return TS_EAUTH;
	case srtp_err_status_replay_fail:
	case srtp_err_status_replay_old: return TS_ELATE;
	case srtp_err_status_bad_param:
	case srtp_err_status_parse_err: return TS_EBADMSG;
	default: return TS_EIO;
	}
}

int ts_srtp_protect_rtp(struct ts_srtp *srtp, uint8_t *buf, size_t *len)
{
	int n = (int)*len;
	int err = error_of(srtp_protect(srtp->out, buf, &n));
	if (!err) *len = (size_t)n;
	return err;
}

int ts_srtp_protect_rtcp(struct ts_srtp *srtp, uint8_t *buf, size_t *len)
{
	int n = (int)*len;
	int err = error_of(srtp_protect_rtcp(srtp->out, buf, &n));
	if (!err) *len = (size_t)n;
	return err;
}

/* Called for authenticated packets only: those made libsrtp keep a window for their SSRC. */
static void ssrc_used(struct ts_srtp *srtp, uint32_t ssrc)
{
	if (srtp->n_ssrc && srtp->ssrc[0] == ssrc) return;
	size_t at = 0;
	while (at < srtp->n_ssrc && srtp->ssrc[at] != ssrc) at++;
	if (at == TS_SRTP_SSRCS) {
		at--;
		srtp_remove_stream(srtp->in, htonl(srtp->ssrc[at]));
	} else if (at == srtp->n_ssrc) {
		srtp->n_ssrc++;
	}
	memmove(srtp->ssrc + 1, srtp->ssrc, at * sizeof(srtp->ssrc[0]));
	srtp->ssrc[0] = ssrc;
}

static uint32_t ssrc_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

int ts_srtp_unprotect_rtp(struct ts_srtp *srtp, uint8_t *buf, size_t *len)
{
	int n = (int)*len;
	if (n < 12) return TS_EBADMSG;
	int err = error_of(srtp_unprotect(srtp->in, buf, &n));
	if (err) return err;
	*len = (size_t)n;
	ssrc_used(srtp, ssrc_at(buf + 8));
	return TS_OK;
}

int ts_srtp_unprotect_rtcp(struct ts_srtp *srtp, uint8_t *buf, size_t *len)
{
	int n = (int)*len;
	if (n < 8) return TS_EBADMSG;
	int err = error_of(srtp_unprotect_rtcp(srtp->in, buf, &n));
	if (err) return err;
	*len = (size_t)n;
	ssrc_used(srtp, ssrc_at(buf + 4));
	return TS_OK;
}
