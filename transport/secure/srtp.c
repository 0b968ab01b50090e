#include "transport/secure/srtp.h"
#include "base/error.h"
#include "base/log.h"
#include "base/secret.h"
#include "transport/secure/srtp_crypto.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <srtp2/srtp.h>
#include <stdbool.h>
#include <string.h>

_Static_assert(TS_SRTP_TRAILER >= SRTP_MAX_TRAILER_LEN + 4,
	"libsrtp may append more than we leave room for");

enum { WINDOW_OUT = 64 }; /* the least that libsrtp takes */

struct ts_srtp {
	srtp_t out, in;
	struct ts_srtp_keys keys;
	uint32_t ssrc[TS_SRTP_SSRCS]; /* [n_ssrc] of the peer, the latest used first */
	size_t n_ssrc;
};

_Static_assert(sizeof(struct ts_srtp) <= TS_SECRET_BYTES, "it holds keys");

static int library_status;

static void library_start(void)
{
	library_status = srtp_init() == srtp_err_status_ok ? ts_srtp_crypto_install()
							   : TS_EUNSUPPORTED;
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
	case TS_SRTP_AEAD_AES_256_GCM:
		srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtp);
		srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtcp);
		return true;
	case TS_SRTP_AES256_CM_SHA1_80:
		srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy->rtp);
		srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy->rtcp);
		return true;
	case TS_SRTP_AES256_CM_SHA1_32:
		srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32(&policy->rtp);
		srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy->rtcp);
		return true;
	case TS_SRTP_NONE: break;
	}
	return false;
}

struct key_list {
	srtp_master_key_t key[1 + TS_SRTP_MORE_MAX];
	srtp_master_key_t *ptr[1 + TS_SRTP_MORE_MAX];
	uint8_t bytes[1 + TS_SRTP_MORE_MAX][TS_SRTP_KEY_MAX];
	uint8_t mki[1 + TS_SRTP_MORE_MAX][TS_SRTP_MKI_MAX];
	unsigned long n;
};

static void key_add(
	struct key_list *list, const uint8_t key[TS_SRTP_KEY_MAX], const struct ts_srtp_mki *mki)
{
	unsigned long i = list->n++;
	memcpy(list->bytes[i], key, TS_SRTP_KEY_MAX);
	for (size_t k = 0; k < sizeof(mki->id) && k < mki->n_bytes; k++)
		list->mki[i][mki->n_bytes - 1 - k] = (uint8_t)(mki->id >> (8 * k));
	list->key[i] = (srtp_master_key_t){list->bytes[i], list->mki[i], mki->n_bytes};
	list->ptr[i] = &list->key[i];
}

static void keys_list(
	struct key_list *list, const struct ts_srtp_keys *keys, srtp_ssrc_type_t direction)
{
	memset(list, 0, sizeof(*list));
	if (direction == ssrc_any_outbound) {
		key_add(list, keys->local, &keys->local_mki);
		return;
	}
	key_add(list, keys->remote, &keys->remote_mki);
	for (size_t i = 0; i < keys->n_more && i < TS_SRTP_MORE_MAX; i++)
		key_add(list, keys->more[i].key, &keys->more[i].mki);
}

static int session_create(srtp_t *out, const struct ts_srtp_keys *keys, srtp_ssrc_type_t direction)
{
	srtp_policy_t policy;
	struct key_list list;
	memset(&policy, 0, sizeof(policy));
	if (!policy_set(&policy, keys->profile)) return TS_EUNSUPPORTED;

	keys_list(&list, keys, direction);
	policy.ssrc.type = direction;
	if (list.key[0].mki_size) {
		policy.keys = list.ptr;
		policy.num_master_keys = list.n;
	} else {
		policy.key = list.bytes[0];
	}
	/* What goes out goes in order; libsrtp shifts the whole window for each packet. */
	policy.window_size = direction == ssrc_any_outbound ? WINDOW_OUT : TS_SRTP_WINDOW;
	/* A sequence number is only ever protected once (rtp/send.h); if that breaks, libsrtp shall
	 * refuse, not repeat a nonce. */
	policy.allow_repeat_tx = 0;
	srtp_err_status_t status = srtp_create(out, &policy);
	explicit_bzero(&list, sizeof(list));
	if (status == srtp_err_status_ok) return TS_OK;
	return status == srtp_err_status_alloc_fail ? TS_ENOMEM : TS_EUNSUPPORTED;
}

int ts_srtp_create(struct ts_srtp **out, const struct ts_srtp_keys *keys)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	*out = NULL;
	pthread_once(&once, library_start);
	if (library_status) return library_status;

	struct ts_srtp *srtp = ts_secret_alloc(sizeof(*srtp));
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

static bool same_mki(const struct ts_srtp_mki *a, const struct ts_srtp_mki *b)
{
	return a->id == b->id && a->n_bytes == b->n_bytes;
}

static bool same_key(
	const struct ts_srtp_keys *a, const struct ts_srtp_keys *b, srtp_ssrc_type_t direction)
{
	if (a->profile != b->profile) return false;
	if (direction == ssrc_any_outbound)
		return !memcmp(a->local, b->local, TS_SRTP_KEY_MAX) &&
			same_mki(&a->local_mki, &b->local_mki);
	if (memcmp(a->remote, b->remote, TS_SRTP_KEY_MAX) != 0 ||
		!same_mki(&a->remote_mki, &b->remote_mki) || a->n_more != b->n_more)
		return false;
	for (size_t i = 0; i < a->n_more; i++)
		if (memcmp(a->more[i].key, b->more[i].key, TS_SRTP_KEY_MAX) != 0 ||
			!same_mki(&a->more[i].mki, &b->more[i].mki))
			return false;
	return true;
}

int ts_srtp_rekey(struct ts_srtp *srtp, const struct ts_srtp_keys *keys)
{
	srtp_t out = NULL, in = NULL;
	int err = TS_OK;
	if (!same_key(&srtp->keys, keys, ssrc_any_outbound))
		err = session_create(&out, keys, ssrc_any_outbound);
	if (!err && !same_key(&srtp->keys, keys, ssrc_any_inbound))
		err = session_create(&in, keys, ssrc_any_inbound);
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
	ts_secret_free(*srtp);
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
	int err = error_of(
		srtp_protect_mki(srtp->out, buf, &n, srtp->keys.local_mki.n_bytes != 0, 0));
	if (!err) *len = (size_t)n;
	return err;
}

int ts_srtp_protect_rtcp(struct ts_srtp *srtp, uint8_t *buf, size_t *len)
{
	int n = (int)*len;
	int err = error_of(
		srtp_protect_rtcp_mki(srtp->out, buf, &n, srtp->keys.local_mki.n_bytes != 0, 0));
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

/* RFC 3711 3.3.1 takes a number for the nearest one. Of a sender whose numbers went on by more than
 * half a round meanwhile that is long past. Refused as such the packet is untouched yet, and tried
 * as the next one with that number: in this round of 2^16, or, when that is past too, in the
 * following one. Only what proves valid counts. */
static srtp_err_status_t try_ahead(struct ts_srtp *srtp, uint8_t *buf, int *n, unsigned mki)
{
	/* unlike srtp_remove_stream, these want it in host order */
	uint32_t roc, ssrc = ssrc_at(buf + 8);
	if (srtp_get_stream_roc(srtp->in, ssrc, &roc) != srtp_err_status_ok)
		return srtp_err_status_replay_old;
	for (int i = 0; i < 2; i++) {
		if (srtp_set_stream_roc(srtp->in, ssrc, roc + (uint32_t)i) != srtp_err_status_ok)
			break;
		srtp_err_status_t status = srtp_unprotect_mki(srtp->in, buf, n, mki);
		if (status == srtp_err_status_ok) return status;
		if (status == srtp_err_status_auth_fail) break; /* AEAD may have spoilt it */
	}
	srtp_set_stream_roc(srtp->in, ssrc, 0); /* 0: none pending */
	return srtp_err_status_replay_old;
}

int ts_srtp_unprotect_rtp(struct ts_srtp *srtp, uint8_t *buf, size_t *len)
{
	int n = (int)*len;
	if (n < 12) return TS_EBADMSG;
	unsigned mki = srtp->keys.remote_mki.n_bytes != 0;
	srtp_err_status_t status = srtp_unprotect_mki(srtp->in, buf, &n, mki);
	/* announced, never sent */
	if (status == srtp_err_status_bad_mki) status = srtp_unprotect(srtp->in, buf, &n);
	if (status == srtp_err_status_replay_old) status = try_ahead(srtp, buf, &n, mki);
	int err = error_of(status);
	if (err) return err;
	*len = (size_t)n;
	ssrc_used(srtp, ssrc_at(buf + 8));
	return TS_OK;
}

int ts_srtp_unprotect_rtcp(struct ts_srtp *srtp, uint8_t *buf, size_t *len)
{
	int n = (int)*len;
	if (n < 8) return TS_EBADMSG;
	unsigned mki = srtp->keys.remote_mki.n_bytes != 0;
	srtp_err_status_t status = srtp_unprotect_rtcp_mki(srtp->in, buf, &n, mki);
	if (status == srtp_err_status_bad_mki) status = srtp_unprotect_rtcp(srtp->in, buf, &n);
	int err = error_of(status);
	if (err) return err;
	*len = (size_t)n;
	ssrc_used(srtp, ssrc_at(buf + 4));
	return TS_OK;
}
