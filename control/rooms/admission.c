#include "control/rooms/admission.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/log.h"
#include "base/random.h"
#include "base/secret.h"
#include "control/http/http.h"
#include "control/http/origin.h"
#include "control/http/problem.h"
#include "control/identity/identity.h"
#include "control/rooms/bearer.h"
#include <glib.h>
#include <string.h>

enum {
	KEY_BYTES = 32,
	PASS_S = 7 * 24 * 3600,
	MAC_MAX = 64 + 1,
	PASS_MAX = 16 + 1 + MAC_MAX,
	PASS_NAME_MAX = 32,
	API_TOKEN_MIN = 16, /* as config/keys.c has it */
};

struct ts_admission {
	const struct ts_config *config;
	struct ts_guesses *guesses;
	struct ts_identity *identity; /* NULL: http.api_token alone */
	uint8_t key[KEY_BYTES];       /* of passes */
};

struct ts_admission *ts_admission_new(const struct ts_config *config)
{
	struct ts_admission *admission = ts_secret_alloc(sizeof(*admission));
	g_assert(admission); /* control's answer to want of memory */
	admission->config = config;
	admission->guesses = ts_guesses_new();
	ts_random_bytes(admission->key, sizeof(admission->key));
	return admission;
}

void ts_admission_free(struct ts_admission *admission)
{
	if (!admission) return;
	ts_guesses_free(admission->guesses);
	ts_secret_free(admission);
}

struct ts_guesses *ts_admission_guesses(struct ts_admission *admission)
{
	return admission->guesses;
}

void ts_admission_trust(struct ts_admission *admission, struct ts_identity *identity)
{
	admission->identity = identity;
}

/* Sent by a page of another site. */
static bool is_foreign(const struct ts_admission *admission, const struct ts_request *request)
{
	const struct ts_origin_words words = {
		.origin = ts_request_header(request, "Origin"),
		.host = ts_request_header(request, "Host"),
		.fetch_site = ts_request_header(request, "Sec-Fetch-Site"),
		.tls = ts_request_is_tls(request),
	};
	const enum ts_origin origin = ts_origin_judge(admission->config, &words);
	return origin == TS_ORIGIN_FOREIGN || origin == TS_ORIGIN_BENT;
}

/* ---- passes: "EXPIRY.MAC", EXPIRY in seconds since 1970 */

static int64_t now_s(void)
{
	return ts_unix_ms_from_ns(ts_now_ns()) / 1000;
}

static void write_pass(char out[PASS_MAX], const struct ts_admission *admission,
	const char *room_id, const char *secret, int64_t expiry_s)
{
	GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA256, admission->key, sizeof(admission->key));
	char expiry[17];
	g_snprintf(expiry, sizeof(expiry), "%lld", (long long)expiry_s);
	g_hmac_update(hmac, (const guchar *)expiry, (gssize)strlen(expiry) + 1);
	g_hmac_update(hmac, (const guchar *)room_id, (gssize)strlen(room_id) + 1);
	g_hmac_update(hmac, (const guchar *)secret, (gssize)strlen(secret) + 1);
	g_snprintf(out, PASS_MAX, "%s.%s", expiry, g_hmac_get_string(hmac));
	g_hmac_unref(hmac);
}

/* A cookie for each room, so that one does not put another out. */
static void write_pass_name(char out[PASS_NAME_MAX], const char *room_id)
{
	g_snprintf(out, PASS_NAME_MAX, "tessera_pass_%08x", g_str_hash(room_id));
}

/* *host: one made of the host's PIN. */
static bool has_pass(const struct ts_admission *admission, const struct ts_request *request,
	const char *room_id, const struct ts_asked *asked, bool *host)
{
	char name[PASS_NAME_MAX], pass[PASS_MAX];
	*host = false;
	write_pass_name(name, room_id);
	const char *given = ts_request_cookie(request, name);
	int64_t expiry_s = given ? g_ascii_strtoll(given, NULL, 10) : 0;
	bool good = false;
	if (expiry_s <= now_s()) return false;
	for (size_t i = 0; i < asked->n; i++) {
		write_pass(pass, admission, room_id, asked->secret[i], expiry_s);
		good |= ts_same_secret(given, pass);
	}
	if (*asked->host) {
		write_pass(pass, admission, room_id, asked->host, expiry_s);
		*host = ts_same_secret(given, pass);
	}
	return good;
}

void ts_admission_send_pass(struct ts_admission *admission, struct ts_request *request,
	const char *room_id, const struct ts_room *room)
{
	char buf[TS_BEARER_MAX + 1], name[PASS_NAME_MAX], pass[PASS_MAX], cookie[256];
	const char *given = ts_bearer_given(request, buf);
	struct ts_asked asked;
	ts_admit_ask(&asked, admission->config, room ? ts_room_config(room) : NULL);
	if (ts_request_caller(request)) given = NULL; /* it was no secret of the room */
	if ((!asked.asks && !*asked.host) || !given) return;
	write_pass_name(name, room_id);
	write_pass(pass, admission, room_id, given, now_s() + PASS_S);
	g_snprintf(cookie, sizeof(cookie), "%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict%s",
		name, pass, PASS_S, ts_request_is_tls(request) ? "; Secure" : "");
	ts_reply_header(request, "Set-Cookie", cookie);
	explicit_bzero(buf, sizeof(buf));
}

/* ---- refusals */

static void refuse_for(struct ts_request *request, int64_t wait_ns, const char *what)
{
	char seconds[16];
	g_snprintf(
		seconds, sizeof(seconds), "%d", (int)((wait_ns + TS_NS_PER_S - 1) / TS_NS_PER_S));
	ts_problem_make(request, 429, "too-many-attempts", NULL,
		"too many wrong %s from your address; wait %s s", what, seconds);
	ts_reply_header(request, "Retry-After", seconds);
	ts_reply_send(request);
}

static void refuse_nothing_given(struct ts_request *request, bool token)
{
	ts_problem_make(request, 401, token ? "token-needed" : "pin-needed", NULL,
		token ? "joining needs a token: Authorization: Bearer TOKEN"
		      : "this room asks for a PIN: ?pin=");
	ts_reply_header(request, "WWW-Authenticate", "Bearer realm=\"join\"");
	ts_reply_send(request);
}

void ts_refuse_locked(struct ts_request *request)
{
	ts_problem(request, 423, "room-locked", NULL, "the room is locked: nobody new may join");
}

void ts_refuse_overloaded(struct ts_request *request)
{
	char seconds[16];
	g_snprintf(seconds, sizeof(seconds), "%d", ts_overload_retry_s(ts_random_u32()));
	ts_problem_make(request, 503, "overloaded", NULL,
		"the server is overloaded: nobody new may join for now");
	ts_reply_header(request, "Retry-After", seconds);
	ts_reply_send(request);
}

static void refuse_early(struct ts_request *request, int64_t wait_ns)
{
	char seconds[24];
	g_snprintf(seconds, sizeof(seconds), "%lld",
		(long long)((wait_ns + TS_NS_PER_S - 1) / TS_NS_PER_S));
	ts_problem_make(request, 423, "room-not-begun", NULL,
		"the time of this room has not begun: nobody may join yet");
	ts_reply_header(request, "Retry-After", seconds);
	ts_reply_send(request);
}

static const char *refuse(struct ts_request *request, const struct ts_admitted *admitted)
{
	bool token = admitted->kind == TS_GUESS_JOIN_TOKEN;
	switch (admitted->verdict) {
	case TS_REFUSED_WAIT:
		refuse_for(request, admitted->wait_ns, "PINs or tokens");
		return "too-many-attempts";
	case TS_REFUSED_NEEDED:
		refuse_nothing_given(request, token);
		return token ? "token-needed" : "pin-needed";
	case TS_REFUSED_LOCKED: ts_refuse_locked(request); return "room-locked";
	case TS_REFUSED_EARLY: refuse_early(request, admitted->wait_ns); return "room-not-begun";
	case TS_REFUSED_OVER:
		ts_problem(request, 410, "room-over", NULL, "the time of this room is over");
		return "room-over";
	case TS_REFUSED_OVERLOADED: ts_refuse_overloaded(request); return "overloaded";
	default:
		ts_problem(request, 403, token ? "wrong-token" : "wrong-pin", NULL,
			token ? "the token is wrong" : "the PIN is wrong");
		return token ? "wrong-token" : "wrong-pin";
	}
}

/* ---- guesses at what opens the API */

/* Of each form a guess by itself: who has a JWT or a key has shown nothing of http.api_token, and
 * is not known there (guess.h). */
static const char *form_of(const struct ts_admission *admission, const char *given)
{
	const char *token = admission->config->http.api_token;
	const struct ts_identity *identity = admission->identity;
	if (!given || !identity || !ts_identity_is_like(identity, given) ||
		(*token && ts_identity_is_like(identity, token)))
		return "";
	return g_str_has_prefix(given, "ey") ? "jwt" : "key";
}

static struct ts_try try_at_api(
	const struct ts_admission *admission, const struct ts_request *request, const char *given)
{
	return (struct ts_try){.kind = TS_GUESS_API_TOKEN,
		.address = ts_request_address(request),
		.target = form_of(admission, given),
		.foreign = is_foreign(admission, request)};
}

static void count_guess(
	struct ts_admission *admission, const struct ts_request *request, const char *given)
{
	const struct ts_try t = try_at_api(admission, request, given);
	if (*admission->config->http.api_token && given && !*t.target &&
		strlen(given) >= API_TOKEN_MIN)
		ts_guess_wrong(admission->guesses, &t, ts_now_ns());
}

void ts_admission_no_token(struct ts_admission *admission, struct ts_request *request)
{
	char buf[TS_BEARER_MAX + 1];
	count_guess(admission, request, ts_bearer_given(request, buf));
	explicit_bzero(buf, sizeof(buf));
}

/* The answer tells that it was none of ours: it was wrong, not looked at by the room, or makes no
 * host. */
static bool tells_of_token(const struct ts_admitted *admitted)
{
	return admitted->verdict == TS_REFUSED_WRONG || admitted->verdict == TS_REFUSED_WAIT ||
		admitted->verdict == TS_ADMITTED_OPEN;
}

/* ---- doors */

bool ts_admission_join(struct ts_admission *admission, struct ts_request *request,
	const char *room_id, const struct ts_room *room, enum ts_door door, const char **why,
	const char **role)
{
	char buf[TS_BEARER_MAX + 1];
	const struct ts_room_config *config = room ? ts_room_config(room) : NULL;
	struct ts_asked asked;
	struct ts_admitted admitted;
	ts_admit_ask(&asked, admission->config, config);
	bool known_host;
	const bool known = has_pass(admission, request, room_id, &asked, &known_host);
	const struct ts_entrant who = {
		.address = ts_request_address(request),
		.room = room_id,
		.given = ts_bearer_given(request, buf),
		.vouched = ts_request_caller(request),
		.known = known,
		.known_host = known_host,
		.foreign = is_foreign(admission, request),
		.comes_back = door == TS_DOOR_COME_BACK,
		.overloaded = door == TS_DOOR_SHUT,
	};
	ts_admit(&admitted, admission->config, config, &who, admission->guesses, ts_now_ns());
	if (!who.vouched && tells_of_token(&admitted)) count_guess(admission, request, who.given);
	explicit_bzero(buf, sizeof(buf));
	if (role) *role = admitted.role;
	if (admitted.verdict == TS_ADMITTED_OPEN || admitted.verdict == TS_ADMITTED_PROVED)
		return true;
	*why = refuse(request, &admitted);
	return false;
}

bool ts_admission_host(struct ts_admission *admission, struct ts_request *request,
	const struct ts_room *room, const char *given)
{
	const struct ts_room_config *config = ts_room_config(room);
	const struct ts_entrant who = {.address = ts_request_address(request),
		.room = config->id,
		.given = given,
		.foreign = is_foreign(admission, request),
		.comes_back = true};
	struct ts_admitted admitted = {.verdict = TS_REFUSED_WRONG, .kind = TS_GUESS_PIN};
	/* without one nothing is right, and nothing can be found out */
	if (*config->host_pin)
		ts_admit(&admitted, admission->config, config, &who, admission->guesses,
			ts_now_ns());
	if (admitted.role && !strcmp(admitted.role, TS_HOST)) return true;
	if (admitted.verdict != TS_REFUSED_WAIT) admitted.verdict = TS_REFUSED_WRONG;
	admitted.kind = TS_GUESS_PIN;
	refuse(request, &admitted);
	return false;
}

/* ---- credentials */

/* The same words whatever is wrong with it. */
static void refuse_credential(struct ts_request *request, bool given)
{
	ts_problem_make(request, 401, given ? "invalid-token" : NULL, NULL, "%s",
		given ? "this token is not valid here"
		      : "the API token is needed: Authorization: Bearer TOKEN");
	ts_reply_header(request, "WWW-Authenticate",
		given ? "Bearer realm=\"tessera\", error=\"invalid_token\""
		      : "Bearer realm=\"tessera\"");
	ts_reply_send(request);
}

static enum ts_identity_verdict judge(
	struct ts_admission *admission, const char *given, struct ts_caller *out, const char **why)
{
	const char *token = admission->config->http.api_token;
	if (admission->identity)
		return ts_identity_judge(admission->identity, given, now_s(), out, why);
	*why = "";
	*out = (struct ts_caller){.kind = TS_CALLER_TOKEN, .scopes = TS_SCOPE_ALL, .room = "*"};
	return *token && ts_same_secret(given, token) ? TS_IDENTITY_GOOD : TS_IDENTITY_WRONG;
}

static void count_credential(const struct ts_caller *caller)
{
	if (caller->kind == TS_CALLER_KEY) ts_count(TS_C_CREDENTIALS_KEY);
	if (caller->kind == TS_CALLER_JWT) ts_count(TS_C_CREDENTIALS_JWT);
}

/* Who gave that, or answered: 401 or 429. Only what nobody made who has a key is a guess. */
static bool identify(struct ts_admission *admission, struct ts_request *request, const char *given,
	struct ts_caller *out)
{
	const struct ts_try t = try_at_api(admission, request, given);
	const int64_t now_ns = ts_now_ns();
	const int64_t wait_ns = given ? ts_guess_wait(admission->guesses, &t, now_ns) : 0;
	const char *why = "";
	if (wait_ns) {
		refuse_for(request, wait_ns, "tokens");
		return false;
	}
	const enum ts_identity_verdict verdict = given ? judge(admission, given, out, &why)
						       : TS_IDENTITY_VOID;
	if (verdict == TS_IDENTITY_GOOD) {
		ts_guess_right(admission->guesses, &t, now_ns);
		count_credential(out);
		return true;
	}
	if (verdict == TS_IDENTITY_WRONG) ts_guess_wrong(admission->guesses, &t, now_ns);
	if (given && verdict == TS_IDENTITY_VOID) ts_count(TS_C_CREDENTIALS_VOID);
	if (given)
		ts_log_limited(TS_LOG_INFO, "credential refused", "client=%s why=\"%s\"",
			ts_request_address(request), why);
	refuse_credential(request, given);
	return false;
}

bool ts_admission_asks(const struct ts_admission *admission)
{
	return admission->identity ? ts_identity_asks(admission->identity)
				   : ts_config_asks(admission->config);
}

typedef const char *(*bearer_of)(const struct ts_request *request, char buf[TS_BEARER_MAX + 1]);

static bool ask_api(struct ts_admission *admission, struct ts_request *request, bearer_of bearer)
{
	char buf[TS_BEARER_MAX + 1];
	struct ts_caller caller = {.kind = TS_CALLER_ANYBODY, .scopes = TS_SCOPE_ALL, .room = "*"};
	if (ts_admission_asks(admission)) {
		const char *given = bearer(request, buf);
		const bool known = identify(admission, request, given, &caller);
		explicit_bzero(buf, sizeof(buf));
		if (!known) return false;
	}
	ts_request_set_caller(request, &caller);
	return true;
}

bool ts_admission_api(struct ts_admission *admission, struct ts_request *request)
{
	return ask_api(admission, request, ts_bearer_of);
}

bool ts_admission_api_socket(struct ts_admission *admission, struct ts_request *request)
{
	return ask_api(admission, request, ts_bearer_of_socket);
}

bool ts_admission_api_would(
	struct ts_admission *admission, const struct ts_request *request, unsigned scope)
{
	char buf[TS_BEARER_MAX + 1];
	struct ts_caller caller;
	const char *why;
	if (!ts_admission_asks(admission)) return true;
	const char *given = ts_bearer_of(request, buf);
	const struct ts_try t = try_at_api(admission, request, given);
	const bool good = given && !ts_guess_peek(admission->guesses, &t, ts_now_ns()) &&
		judge(admission, given, &caller, &why) == TS_IDENTITY_GOOD &&
		ts_scope_allows(caller.scopes, scope) && ts_caller_has_room(&caller, "");
	explicit_bzero(buf, sizeof(buf));
	return good;
}

/* A join's secret that is a credential: of their form, or http.api_token. The latter counts as one
 * only where it is right, as any other secret may be the room's. */
static bool is_credential(
	struct ts_admission *admission, const struct ts_request *request, const char *given)
{
	const char *token = admission->config->http.api_token;
	if (!admission->identity || !given) return false;
	if (ts_identity_is_like(admission->identity, given)) return true;
	const struct ts_try t = try_at_api(admission, request, given);
	return *token && ts_same_secret(given, token) &&
		!ts_guess_wait(admission->guesses, &t, ts_now_ns());
}

bool ts_admission_has_credential(struct ts_admission *admission, const struct ts_request *request)
{
	char buf[TS_BEARER_MAX + 1];
	const bool has = is_credential(admission, request, ts_bearer_given(request, buf));
	explicit_bzero(buf, sizeof(buf));
	return has;
}

bool ts_admission_vouch(struct ts_admission *admission, struct ts_request *request)
{
	char buf[TS_BEARER_MAX + 1];
	struct ts_caller caller;
	const char *given = ts_bearer_given(request, buf);
	bool good = true;
	if (is_credential(admission, request, given)) {
		good = identify(admission, request, given, &caller);
		if (good) ts_request_set_caller(request, &caller);
	}
	explicit_bzero(buf, sizeof(buf));
	return good;
}

bool ts_admission_no_session(struct ts_admission *admission, struct ts_request *request)
{
	const struct ts_try t = {.kind = TS_GUESS_SESSION,
		.address = ts_request_address(request),
		.target = "",
		.foreign = is_foreign(admission, request)};
	int64_t now_ns = ts_now_ns(), wait_ns = ts_guess_wait(admission->guesses, &t, now_ns);
	if (wait_ns)
		refuse_for(request, wait_ns, "session addresses");
	else
		ts_guess_wrong(admission->guesses, &t, now_ns);
	return !wait_ns;
}
