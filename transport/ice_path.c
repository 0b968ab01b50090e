/* What a later description changes of a path with ICE: the peer's credentials, its certificate. */
#include "base/error.h"
#include "base/log.h"
#include "transport/path.h"
#include "transport/secure/srtp.h"
#include <string.h>

#define DTLS_AGAIN_NS (30 * TS_NS_PER_S)

/* RFC 8842 5.5. The old association is over: what the peer still sends by it is dropped. */
static int renew_dtls(
	struct ts_transport *t, const struct ts_transport_config *fresh, int64_t now_ns)
{
	if (!strcmp(fresh->remote_fingerprint, t->config.remote_fingerprint) &&
		fresh->dtls_role == t->config.dtls_role)
		return TS_OK;
	memcpy(t->config.remote_fingerprint, fresh->remote_fingerprint,
		sizeof(t->config.remote_fingerprint));
	t->config.dtls_role = fresh->dtls_role;
	ts_dtls_destroy(&t->dtls);
	ts_srtp_destroy(&t->lane[0].srtp);
	int err = ts_path_dtls_init(t, t->net->nets->cert);
	if (err || t->state < TS_TR_DTLS) return err;
	t->deadline_ns = now_ns + DTLS_AGAIN_NS;
	ts_path_dtls_state(t, ts_dtls_start(t->dtls), now_ns);
	return TS_OK;
}

void ts_path_keys_anew(struct ts_transport *t, int64_t now_ns)
{
	t->deadline_ns = INT64_MAX;
	t->heard_ns = now_ns;
}

void ts_path_ice_update(
	struct ts_transport *t, const struct ts_transport_config *fresh, int64_t now_ns)
{
	const struct ts_ice_description none = {.n_candidates = 0};
	const bool other = strcmp(fresh->remote.ufrag, t->config.remote.ufrag) ||
		strcmp(fresh->remote.pwd, t->config.remote.pwd);
	int err = renew_dtls(t, fresh, now_ns);
	if (err) {
		ts_warn("DTLS not begun anew", "transport=%s error=%s", t->name, ts_strerror(err));
		ts_path_fail(t, "dtls");
		return;
	}
	if (other) ts_path_restart(t, now_ns); /* tells what we have now */
	if (!t->ended) ts_path_set_remote(t, &fresh->remote);
	if (!t->ended && !other) ts_path_gathered(t, &none);
}
