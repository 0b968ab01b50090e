/* Digest authentication of callers (RFC 3261 22.4, RFC 2617, MD5, which is all that libre and most endpoints do).
 *
 * A nonce needs no memory: it is the time and a keyed hash of the time and the caller's address, so that a flood of INVITEs costs
 * nothing and one that was overheard is of no use elsewhere or after NONCE_S.
 */
#include "base/clock.h"
#include "base/random.h"
#include "control/guess.h"
#include "control/sip/core.h"
#include <string.h>

enum { NONCE_S = 120, MD5_BYTES = 16, NONCE_MAX = 8 + 2 * MD5_BYTES + 1 };

struct ts_sip_auth {
	const struct ts_sip_config *config;
	struct ts_guesses *guesses;
	uint8_t secret[16];
};

struct ts_sip_auth *ts_sip_auth_new(const struct ts_sip_config *config)
{
	struct ts_sip_auth *auth = g_new0(struct ts_sip_auth, 1);
	auth->config = config;
	auth->guesses = ts_guesses_new();
	ts_random_bytes(auth->secret, sizeof(auth->secret));
	return auth;
}

void ts_sip_auth_free(struct ts_sip_auth *auth)
{
	if (!auth) return;
	ts_guesses_free(auth->guesses);
	explicit_bzero(auth->secret, sizeof(auth->secret));
	g_free(auth);
}

static void print_nonce(const struct ts_sip_auth *auth, uint32_t time_s, const struct sa *src, char out[NONCE_MAX])
{
	GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA256, auth->secret, sizeof(auth->secret));
	char text[80];
	re_snprintf(text, sizeof(text), "%u %j", time_s, src);
	g_hmac_update(hmac, (const guchar *)text, -1);
	g_snprintf(out, NONCE_MAX, "%08x%.32s", time_s, g_hmac_get_string(hmac));
	g_hmac_unref(hmac);
}

static uint32_t now_s(void)
{
	return (uint32_t)(ts_now_ns() / TS_NS_PER_S);
}

/* Is it ours? If so, is it old? */
static bool check_nonce(const struct ts_sip_auth *auth, const struct pl *nonce, const struct sa *src, bool *stale)
{
	char given[NONCE_MAX], own[NONCE_MAX];
	if (nonce->l != NONCE_MAX - 1 || pl_strcpy(nonce, given, sizeof(given))) return false;
	const struct pl time_hex = {given, 8};
	uint32_t time_s = pl_x32(&time_hex);
	print_nonce(auth, time_s, src, own);
	*stale = now_s() - time_s > NONCE_S;
	return !mem_seccmp((const uint8_t *)given, (const uint8_t *)own, NONCE_MAX - 1);
}

static const char *password_of(const struct ts_sip_config *config, const struct pl *user)
{
	for (size_t i = 0; i < config->n_users; i++) {
		const char *colon = strchr(config->users[i], ':');
		const struct pl name = {config->users[i], colon ? (size_t)(colon - config->users[i]) : 0};
		if (colon && !pl_cmp(&name, user)) return colon + 1;
	}
	return NULL;
}

struct attempt {
	struct ts_sip_ua *ua;
	const char *address;
	bool stale;
	int64_t wait_ns; /* too many were wrong */
};

static bool proves(const struct sip_hdr *header, const struct sip_msg *msg, void *arg)
{
	struct attempt *attempt = arg;
	const struct ts_sip_auth *auth = attempt->ua->auth;
	struct httpauth_digest_resp response;
	uint8_t ha1[MD5_BYTES];
	bool stale = false;
	if (httpauth_digest_response_decode(&response, &header->val)) return false; /* another scheme: as if absent */
	if (pl_strcasecmp(&response.realm, auth->config->realm)) return false;
	if (!check_nonce(auth, &response.nonce, &msg->src, &stale)) return false;
	char user[64];
	ts_sip_text(user, sizeof(user), &response.username);
	const struct ts_try t = {TS_GUESS_SIP_PASSWORD, attempt->address, user, false};
	if ((attempt->wait_ns = ts_guess_wait(auth->guesses, &t, ts_now_ns()))) return false;
	const char *password = password_of(auth->config, &response.username);
	/* computed for unknown names too: time must not tell which exist */
	md5_printf(ha1, "%r:%s:%s", &response.username, auth->config->realm, password ? password : "");
	if (httpauth_digest_response_auth(&response, &msg->met, ha1) || !password) {
		ts_guess_wrong(auth->guesses, &t, ts_now_ns());
		return false;
	}
	attempt->stale = stale;
	return !stale;
}

static void refuse_for(struct ts_sip_ua *ua, const struct sip_msg *msg, int64_t wait_ns)
{
	char header[40];
	g_snprintf(header, sizeof(header), "Retry-After: %d\r\n", (int)((wait_ns + TS_NS_PER_S - 1) / TS_NS_PER_S));
	ts_sip_reply_stateless(ua, msg, 403, "Too Many Wrong Passwords", header);
}

bool ts_sip_auth_check(struct ts_sip_ua *ua, const struct sip_msg *msg, const char *address)
{
	struct attempt attempt = {.ua = ua, .address = address};
	char nonce[NONCE_MAX], header[256];
	if (!ua->config->n_users || sip_msg_hdr_apply(msg, true, SIP_HDR_AUTHORIZATION, proves, &attempt)) return true;
	if (attempt.wait_ns) {
		refuse_for(ua, msg, attempt.wait_ns);
		return false;
	}
	print_nonce(ua->auth, now_s(), &msg->src, nonce);
	g_snprintf(header, sizeof(header),
		"WWW-Authenticate: Digest realm=\"%s\", nonce=\"%s\", qop=\"auth\", algorithm=MD5%s\r\n",
		ua->config->realm, nonce, attempt.stale ? ", stale=true" : "");
	ts_sip_reply_stateless(ua, msg, 401, "Unauthorized", header);
	return false;
}
