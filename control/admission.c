#include "control/admission.h"
#include "base/clock.h"
#include "config/config.h"
#include "control/http.h"
#include "control/problem.h"
#include "control/query.h"
#include "control/throttle.h"
#include <glib.h>
#include <string.h>

enum {
	WRONG_MAX =
		10, /* at once; then one every WRONG_PERIOD: a PIN of 4 digits lasts for half a day and a PIN of 6 for weeks */
	ADDRESSES_MAX = 10000,
	TOKEN_MAX = 256,
};
#define WRONG_PERIOD_NS (5 * TS_NS_PER_S)

struct ts_admission {
	const struct ts_config *config;
	struct ts_throttle *wrong;
};

struct ts_admission *ts_admission_new(const struct ts_config *config)
{
	static const struct ts_throttle_config wrong = {
		.period_ns = WRONG_PERIOD_NS, .burst = WRONG_MAX, .max_addresses = ADDRESSES_MAX};
	struct ts_admission *admission = g_new0(struct ts_admission, 1);
	admission->config = config;
	admission->wrong = ts_throttle_new(&wrong);
	return admission;
}

void ts_admission_free(struct ts_admission *admission)
{
	if (!admission) return;
	ts_throttle_free(admission->wrong);
	g_free(admission);
}

bool ts_same_secret(const char *given, const char *secret)
{
	size_t n_given = strlen(given), n_secret = strlen(secret);
	volatile unsigned char differs = n_given != n_secret;
	for (size_t i = 0; i < n_given; i++) differs |= (unsigned char)(given[i] ^ secret[n_secret ? i % n_secret : 0]);
	return !differs;
}

const char *ts_bearer(const struct ts_request *request)
{
	const char *given = ts_request_header(request, "Authorization");
	if (!given || g_ascii_strncasecmp(given, "Bearer ", 7) != 0) return NULL;
	given += 7;
	return given + strspn(given, " ");
}

/* ---- what is asked for, and what was given */

/* Empty: nothing is. Tokens are not told apart from one another: each is tried. */
static struct ts_strings wanted(const struct ts_admission *admission, const struct ts_room *room, char *pin[1])
{
	const struct ts_config *config = admission->config;
	const char *own = room ? ts_room_config(room)->pin : "";
	if (config->join.policy == TS_JOIN_TOKEN) return config->join.tokens;
	pin[0] = (char *)(uintptr_t)(*own ? own : config->join.policy == TS_JOIN_PIN ? config->join.pin : "");
	return (struct ts_strings){pin, *pin[0] ? 1 : 0};
}

static bool is_given(const char *given, const struct ts_strings *list)
{
	bool found = false;
	for (size_t i = 0; i < list->n; i++) found |= ts_same_secret(given, list->item[i]);
	return found;
}

/* Into buf when it stands in the query; NULL: nothing was given. One that cannot be read is a wrong one. */
static const char *read_given(const struct ts_request *request, char buf[TOKEN_MAX + 1])
{
	const char *bearer = ts_bearer(request);
	if (bearer) return *bearer ? bearer : NULL;
	if (!ts_request_query(request, "pin")) return NULL;
	if (ts_query_text(request, "pin", buf, TOKEN_MAX + 1)) return " ";
	return *buf ? buf : NULL;
}

/* ---- refusals */

static bool refuse_for(struct ts_request *request, int64_t wait_ns, const char **why)
{
	char seconds[16];
	*why = "too-many-attempts";
	g_snprintf(seconds, sizeof(seconds), "%d", (int)((wait_ns + TS_NS_PER_S - 1) / TS_NS_PER_S));
	ts_problem_make(
		request, 429, *why, NULL, "too many wrong PINs or tokens from your address; wait %s s", seconds);
	ts_reply_header(request, "Retry-After", seconds);
	ts_reply_send(request);
	return false;
}

static bool refuse_nothing_given(struct ts_request *request, bool token, const char **why)
{
	*why = token ? "token-needed" : "pin-needed";
	ts_problem_make(request, 401, *why, NULL,
		token ? "joining needs a token: Authorization: Bearer TOKEN" : "this room asks for a PIN: ?pin=");
	ts_reply_header(request, "WWW-Authenticate", "Bearer realm=\"join\"");
	ts_reply_send(request);
	return false;
}

static bool refuse(struct ts_request *request, int status, const char *type, const char *detail, const char **why)
{
	*why = type;
	ts_problem(request, status, type, NULL, "%s", detail);
	return false;
}

static bool may_enter(
	struct ts_admission *admission, struct ts_request *request, const struct ts_room *room, const char **why)
{
	char buf[TOKEN_MAX + 1], *pin[1];
	const char *address = ts_request_address(request), *given = read_given(request, buf);
	bool token = admission->config->join.policy == TS_JOIN_TOKEN;
	const struct ts_strings list = wanted(admission, room, pin);
	if (!list.n && admission->config->join.policy != TS_JOIN_PIN) return true;

	int64_t now_ns = ts_now_ns(), wait_ns = ts_throttle_look(admission->wrong, address, now_ns);
	if (!list.n)
		return refuse(
			request, 403, "room-without-pin", "people join by a PIN here, and this room has none", why);
	if (!given) return refuse_nothing_given(request, token, why);
	if (wait_ns) return refuse_for(request, wait_ns, why);
	if (is_given(given, &list)) return true;
	ts_throttle_take(admission->wrong, address, now_ns);
	return refuse(request, 403, token ? "wrong-token" : "wrong-pin",
		token ? "the token is wrong" : "the PIN is wrong", why);
}

bool ts_admits(struct ts_admission *admission, const struct ts_request *request, const struct ts_room *room)
{
	char buf[TOKEN_MAX + 1], *pin[1];
	const char *address = ts_request_address(request), *given = read_given(request, buf);
	const struct ts_strings list = wanted(admission, room, pin);
	int64_t now_ns = ts_now_ns();
	if (!list.n) return admission->config->join.policy != TS_JOIN_PIN;
	if (!given || ts_throttle_look(admission->wrong, address, now_ns)) return false;
	if (is_given(given, &list)) return true;
	ts_throttle_take(admission->wrong, address, now_ns);
	return false;
}

bool ts_admit(struct ts_admission *admission, struct ts_request *request, const struct ts_room *room, enum ts_door door,
	const char **why)
{
	if (!may_enter(admission, request, room, why)) return false;
	if (door == TS_DOOR_COME_BACK || !room || !ts_room_config(room)->locked) return true;
	return refuse(request, 423, "room-locked", "the room is locked: nobody new may join", why);
}
