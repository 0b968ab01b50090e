/* Digest authentication of callers (RFC 3261 22.4, 7616, 8760): SHA-256 is offered first, MD5 for
 * those who know nothing else.
 *
 * A nonce needs no memory until somebody proves a password with it: it is the time and a keyed hash
 * of the time and the caller's address, so that a flood of INVITEs costs nothing and one that was
 * overheard is of no use elsewhere or after NONCE_MS. Each answer counts once (nc), and only for
 * the URI that it names: what was overheard of a call to one room opens no other.
 */
#include "base/clock.h"
#include "base/random.h"
#include "control/rooms/guess.h"
#include "control/sip/conn.h"
#include "control/sip/core.h"
#include <string.h>

enum { NONCE_MS = 120 * 1000, NONCE_HEX = 32, NONCE_MAX = 8 + NONCE_HEX + 1, USED_MAX = 65536 };

struct ts_sip_auth {
	const struct ts_sip_config *config;
	struct ts_guesses *guesses;
	uint8_t secret[16];
	/* nonce -> the highest nc that was good, of the last NONCE_MS to 2 NONCE_MS */
	GHashTable *used;
	uint32_t swept_ms;
	/* of the nonce made last: no two are the same, or two calls at once would use up each
	 * other's */
	uint32_t last_ms;
};

struct ts_sip_auth *ts_sip_auth_new(const struct ts_sip_config *config)
{
	struct ts_sip_auth *auth = g_new0(struct ts_sip_auth, 1);
	auth->config = config;
	auth->guesses = ts_guesses_new();
	auth->used = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	ts_random_bytes(auth->secret, sizeof(auth->secret));
	return auth;
}

void ts_sip_auth_free(struct ts_sip_auth *auth)
{
	if (!auth) return;
	ts_guesses_free(auth->guesses);
	g_hash_table_unref(auth->used);
	explicit_bzero(auth->secret, sizeof(auth->secret));
	g_free(auth);
}

/* ---- nonces */

static void print_nonce(
	const struct ts_sip_auth *auth, uint32_t time_ms, const struct sa *src, char out[NONCE_MAX])
{
	GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA256, auth->secret, sizeof(auth->secret));
	char text[80];
	re_snprintf(text, sizeof(text), "%u %j", time_ms, src);
	g_hmac_update(hmac, (const guchar *)text, -1);
	g_snprintf(out, NONCE_MAX, "%08x%.*s", time_ms, NONCE_HEX, g_hmac_get_string(hmac));
	g_hmac_unref(hmac);
}

/* Wraps after 49 days. */
static uint32_t now_ms(void)
{
	return (uint32_t)(ts_now_ns() / TS_NS_PER_MS);
}

/* One that was made in a rush is some milliseconds ahead. */
static bool is_time_old(uint32_t now, uint32_t time_ms)
{
	int32_t age = (int32_t)(now - time_ms);
	return age > NONCE_MS || age < -NONCE_MS;
}

static uint32_t time_of(const char *nonce)
{
	char hex[9] = "";
	memcpy(hex, nonce, strnlen(nonce, 8));
	return (uint32_t)g_ascii_strtoull(hex, NULL, 16);
}

static bool is_same(const char *given, const char *own)
{
	size_t n = strlen(own);
	return strlen(given) == n && !mem_seccmp((const uint8_t *)given, (const uint8_t *)own, n);
}

/* Is it ours, for that address? If so, is it old? */
static bool check_nonce(
	const struct ts_sip_auth *auth, const char *nonce, const struct sa *src, bool *stale)
{
	char own[NONCE_MAX];
	uint32_t time_ms = time_of(nonce);
	print_nonce(auth, time_ms, src, own);
	*stale = is_time_old(now_ms(), time_ms);
	return is_same(nonce, own);
}

static gboolean is_old(gpointer nonce, gpointer nc, gpointer now)
{
	(void)nc;
	return is_time_old(GPOINTER_TO_UINT(now), time_of(nonce));
}

static bool has_own_nonce(const struct sip_hdr *header, const struct sip_msg *msg, void *arg)
{
	const struct ts_sip_ua *ua = arg;
	struct ts_digest_answer answer;
	bool stale;
	if (!ts_digest_answer_read(&answer, header->val.p, header->val.l) ||
		!check_nonce(ua->auth, answer.nonce, ts_sip_source(ua, msg), &stale))
		return false;
	const int64_t age_ms = (int32_t)(now_ms() - time_of(answer.nonce));
	return age_ms <= NONCE_MS + (int64_t)ua->config->max_expires_s * 1000;
}

bool ts_sip_auth_heard_us(struct ts_sip_ua *ua, const struct sip_msg *msg)
{
	return sip_msg_hdr_apply(msg, true, SIP_HDR_AUTHORIZATION, has_own_nonce, ua) != NULL;
}

/* False: it was used before, or cannot be remembered: then a new nonce has to be asked for. RFC
 * 7616 3.4.5. */
static bool use_nc(struct ts_sip_auth *auth, const struct ts_digest_answer *answer)
{
	uint32_t now = now_ms(),
		 last = GPOINTER_TO_UINT(g_hash_table_lookup(auth->used, answer->nonce));
	if (now - auth->swept_ms > NONCE_MS || g_hash_table_size(auth->used) >= USED_MAX) {
		g_hash_table_foreach_remove(auth->used, is_old, GUINT_TO_POINTER(now));
		auth->swept_ms = now;
	}
	if (answer->nc <= last || (!last && g_hash_table_size(auth->used) >= USED_MAX))
		return false;
	g_hash_table_insert(auth->used, g_strdup(answer->nonce), GUINT_TO_POINTER(answer->nc));
	return true;
}

/* ---- URIs: RFC 3261 19.1.4 */

static bool is_param_same(const struct pl *a, const struct pl *b, const char *name, bool must)
{
	struct pl key = {name, strlen(name)}, in_a, in_b;
	bool has_a = !uri_param_get(a, &key, &in_a), has_b = !uri_param_get(b, &key, &in_b);
	if (has_a && has_b) return !pl_casecmp(&in_a, &in_b);
	return has_a == has_b || !must;
}

static bool is_user_same(const struct uri *a, const struct uri *b)
{
	char one[TS_SIP_TEXT_MAX], other[TS_SIP_TEXT_MAX];
	if (re_snprintf(one, sizeof(one), "%H", uri_user_unescape, &a->user) < 0 ||
		re_snprintf(other, sizeof(other), "%H", uri_user_unescape, &b->user) < 0)
		return false;
	return !strcmp(one, other) && !pl_cmp(&a->password, &b->password);
}

static uint16_t port_of(const struct uri *uri)
{
	return uri->port                               ? uri->port
		: !pl_strcasecmp(&uri->scheme, "sips") ? SIP_PORT_TLS
						       : SIP_PORT;
}

/* Do both name the same (RFC 3261 19.1.4)? */
static bool is_uri_same(const struct pl *one, const struct pl *other)
{
	struct uri a, b;
	if (!pl_cmp(one, other)) return true;
	if (uri_decode(&a, one) || uri_decode(&b, other)) return false;
	return !pl_casecmp(&a.scheme, &b.scheme) && is_user_same(&a, &b) &&
		!pl_casecmp(&a.host, &b.host) && port_of(&a) == port_of(&b) &&
		is_param_same(&a.params, &b.params, "user", true) &&
		is_param_same(&a.params, &b.params, "ttl", true) &&
		is_param_same(&a.params, &b.params, "method", true) &&
		is_param_same(&a.params, &b.params, "maddr", true) &&
		is_param_same(&a.params, &b.params, "transport", true) &&
		is_param_same(&a.params, &b.params, "pin", false);
}

/* ---- answers */

static const char *password_of(const struct ts_sip_config *config, const char *user)
{
	size_t n = strlen(user);
	for (size_t i = 0; i < config->n_users; i++) {
		const char *colon = strchr(config->users[i], ':');
		if (colon && (size_t)(colon - config->users[i]) == n &&
			!memcmp(config->users[i], user, n))
			return colon + 1;
	}
	return NULL;
}

static bool is_taken(const struct ts_sip_config *config, enum ts_digest_algorithm algorithm)
{
	return algorithm == TS_DIGEST_SHA256 ? config->digest != TS_SIP_DIGEST_MD5
					     : config->digest != TS_SIP_DIGEST_SHA256;
}

struct attempt {
	struct ts_sip_ua *ua;
	const char *address;
	bool stale;
	int64_t wait_ns;               /* too many were wrong */
	char user[TS_DIGEST_TEXT_MAX]; /* whose password was right */
};

/* Computed for unknown names too: time must not tell which exist. */
static bool is_password_right(const struct ts_sip_auth *auth, const struct ts_digest_answer *answer,
	const struct sip_msg *msg)
{
	const char *password = password_of(auth->config, answer->username);
	g_autofree char *method = g_strndup(msg->met.p, msg->met.l),
			*given = g_ascii_strdown(answer->response, -1);
	char own[TS_DIGEST_HEX_MAX + 1];
	ts_digest_response(own, answer, password ? password : "", method);
	return is_same(given, own) && password;
}

static bool proves(const struct sip_hdr *header, const struct sip_msg *msg, void *arg)
{
	struct attempt *attempt = arg;
	struct ts_sip_auth *auth = attempt->ua->auth;
	struct ts_digest_answer answer;
	bool stale = false;
	if (!ts_digest_answer_read(&answer, header->val.p, header->val.l))
		return false; /* another scheme: as if absent */
	if (strcmp(answer.realm, auth->config->realm) != 0 ||
		!is_taken(auth->config, answer.algorithm))
		return false;
	if (!check_nonce(auth, answer.nonce, ts_sip_source(attempt->ua, msg), &stale)) return false;
	const struct pl uri = {answer.uri, strlen(answer.uri)};
	const struct ts_try t = {.kind = TS_GUESS_SIP_PASSWORD,
		.address = attempt->address,
		.target = answer.username};
	if ((attempt->wait_ns = ts_guess_wait(auth->guesses, &t, ts_now_ns()))) return false;
	if (!is_password_right(auth, &answer, msg) || !is_uri_same(&uri, &msg->ruri)) {
		ts_guess_wrong(auth->guesses, &t, ts_now_ns());
		return false;
	}
	attempt->stale = stale || !use_nc(auth, &answer);
	if (attempt->stale) return false;
	g_strlcpy(attempt->user, answer.username, sizeof(attempt->user));
	ts_sip_conns_know(attempt->ua->conns, ts_sip_source(attempt->ua, msg));
	return true;
}

static void challenge(struct ts_sip_ua *ua, const struct sip_msg *msg, bool stale)
{
	static const enum ts_digest_algorithm offered[] = {TS_DIGEST_SHA256, TS_DIGEST_MD5};
	GString *headers = g_string_new("");
	char nonce[NONCE_MAX];
	ua->auth->last_ms = ts_digest_next_time(ua->auth->last_ms, now_ms());
	print_nonce(ua->auth, ua->auth->last_ms, ts_sip_source(ua, msg), nonce);
	for (size_t i = 0; i < G_N_ELEMENTS(offered); i++) {
		if (!is_taken(ua->config, offered[i])) continue;
		g_string_append_printf(headers,
			"WWW-Authenticate: Digest realm=\"%s\", nonce=\"%s\", qop=\"auth\", "
			"algorithm=%s%s\r\n",
			ua->config->realm, nonce, ts_digest_name(offered[i]),
			stale ? ", stale=true" : "");
	}
	ts_sip_reply_stateless(ua, msg, 401, "Unauthorized", headers->str);
	g_string_free(headers, TRUE);
}

static void refuse_for(struct ts_sip_ua *ua, const struct sip_msg *msg, int64_t wait_ns)
{
	char header[40];
	g_snprintf(header, sizeof(header), "Retry-After: %d\r\n",
		(int)((wait_ns + TS_NS_PER_S - 1) / TS_NS_PER_S));
	ts_sip_reply_stateless(ua, msg, 403, "Too Many Wrong Passwords", header);
}

bool ts_sip_auth_user(struct ts_sip_ua *ua, const struct sip_msg *msg, const char *address,
	char user[TS_DIGEST_TEXT_MAX])
{
	struct attempt attempt = {.ua = ua, .address = address};
	bool proved = sip_msg_hdr_apply(msg, true, SIP_HDR_AUTHORIZATION, proves, &attempt) != NULL;
	g_strlcpy(user, attempt.user, TS_DIGEST_TEXT_MAX);
	if (proved) return true;
	if (attempt.wait_ns)
		refuse_for(ua, msg, attempt.wait_ns);
	else
		challenge(ua, msg, attempt.stale);
	return false;
}

bool ts_sip_auth_check(struct ts_sip_ua *ua, const struct sip_msg *msg, const char *address)
{
	char user[TS_DIGEST_TEXT_MAX];
	return !ua->config->n_users || ts_sip_auth_user(ua, msg, address, user);
}
