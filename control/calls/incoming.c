/* Who calls: which room they mean, and whether they may. */
#include "base/clock.h"
#include "base/counter.h"
#include "base/log.h"
#include "base/random.h"
#include "control/calls/core.h"
#include "control/ivr/ivr.h"
#include "control/ivr/waiting.h"
#include "control/rooms/admit.h"
#include "control/sip/config.h"
#include "control/sip/number.h"
#include <string.h>

static void refuse_for(struct ts_calls *calls, uint64_t key, int code, int retry_after_s)
{
	static const struct {
		int code;
		const char *text;
	} phrases[] = {{302, "Moved Temporarily"}, {400, "Bad Request"}, {403, "Forbidden"},
		{404, "Not Found"}, {480, "Temporarily Unavailable"},
		{481, "Call/Transaction Does Not Exist"}, {486, "Busy Here"},
		{488, "Not Acceptable Here"}, {491, "Request Pending"}};
	struct ts_sip_command command = {
		.type = TS_SIP_DO_REJECT, .call = key, .code = code, .text = "Service Unavailable"};
	for (size_t i = 0; i < G_N_ELEMENTS(phrases); i++)
		if (phrases[i].code == code) command.text = phrases[i].text;
	command.retry_after_s = retry_after_s;
	ts_sip_ua_command(calls->ua, &command);
}

void ts_call_refuse(struct ts_calls *calls, uint64_t key, int code)
{
	refuse_for(calls, key, code, code == 503 || code == 302 ? 10 : 0);
}

static void refuse_new(struct ts_calls *calls, uint64_t key, int code, const char *room_id)
{
	ts_count(TS_C_CALLS_REFUSED);
	ts_log_limited(TS_LOG_INFO, "call refused", "room=%s code=%d", TS_LOG_STR(room_id), code);
	ts_call_refuse(calls, key, code);
}

bool ts_calls_overloaded(const struct ts_calls *calls)
{
	return ts_registry_overload(calls->registry) >= TS_OVERLOAD_NO_JOINS;
}

/* All who come by a trunk have its address: there each number counts as one. */
static const char *counted_as(const struct ts_sip_event *event, char out[TS_GUESS_ADDRESS_MAX])
{
	if (!*event->trunk) return event->address;
	ts_guess_by_trunk(out, event->trunk, event->caller);
	return out;
}

enum way_in { REFUSED, ADMITTED, ASKED };

/* As for browsers (admit.h); PIN or token is a parameter of the URI: sip:ROOM@host;pin=1234. Who
 * gives no PIN, or a wrong one, is asked for it (control/ivr), if they may. After too many wrong
 * ones they are refused with Retry-After, with the right one too. */
static enum way_in way_in(struct ts_calls *calls, const struct ts_room *room,
	const struct ts_sip_event *event, const char *room_id, const char **role)
{
	char caller[TS_GUESS_ADDRESS_MAX];
	const struct ts_entrant who = {.address = counted_as(event, caller),
		.room = room_id,
		.given = event->pin,
		.forgeable = event->forgeable,
		.overloaded = ts_calls_overloaded(calls)};
	struct ts_admitted admitted;
	ts_admit(&admitted, calls->config, room ? ts_room_config(room) : NULL, &who, calls->guesses,
		ts_now_ns());
	*role = admitted.role;
	if (admitted.verdict == TS_ADMITTED_OPEN && calls->ivr && calls->config->ivr.answer &&
		ts_waiting_asks(calls->waiting, room))
		return ASKED;
	if (admitted.verdict == TS_ADMITTED_OPEN || admitted.verdict == TS_ADMITTED_PROVED)
		return ADMITTED;
	const bool asks = admitted.verdict == TS_REFUSED_NEEDED ||
		admitted.verdict == TS_REFUSED_WRONG;
	const bool overloaded = admitted.verdict == TS_REFUSED_OVERLOADED ||
		(asks && ts_calls_overloaded(calls));
	if (asks && !overloaded && calls->ivr && calls->config->ivr.answer &&
		admitted.kind == TS_GUESS_PIN)
		return ASKED;
	const int code = overloaded ? 503 : 403;
	ts_count(TS_C_CALLS_REFUSED);
	ts_debug("call refused", "room=%s code=%d", TS_LOG_STR(room_id), code);
	refuse_for(calls, event->call, code,
		overloaded ? ts_overload_retry_s(ts_random_u32())
			   : (int)((admitted.wait_ns + TS_NS_PER_S - 1) / TS_NS_PER_S));
	return REFUSED;
}

/* Cut between letters. */
static void set_name(struct ts_call *call, const char *name)
{
	const char *bad;
	g_strlcpy(call->info.name, name, sizeof(call->info.name));
	if (!g_utf8_validate(call->info.name, -1, &bad))
		call->info.name[bad - call->info.name] = '\0';
}

/* asked: NULL: they are in that room at once, as that; inherits: with what the replaced one has
 * there. */
static void take_call(struct ts_calls *calls, const struct ts_sip_event *event, const char *room_id,
	const struct ts_ivr_caller *asked, const char *role, bool inherits)
{
	struct ts_call *call = ts_call_new(calls, asked ? "" : room_id, event->call);
	call->replaces = event->replaces;
	call->inherits = inherits;
	call->role = role;
	call->info.state = TS_CALL_RINGING;
	set_name(call, event->from);
	g_strlcpy(call->info.peer, event->from, sizeof(call->info.peer));
	g_strlcpy(call->info.agent, event->agent, sizeof(call->info.agent));
	g_strlcpy(call->address, event->address, sizeof(call->address));
	g_strlcpy(call->info.trunk, event->trunk, sizeof(call->info.trunk));
	if (*event->trunk) ts_guess_by_trunk(call->caller, event->trunk, event->caller);
	g_strlcpy(call->info.attributes, event->attributes, sizeof(call->info.attributes));
	call->info.secure = event->secure;
	g_strlcpy(call->info.address, event->address, sizeof(call->info.address));
	call->forgeable = event->forgeable;
	ts_info("call", "call=%s room=%s asked=%d from=%s agent=%s", call->info.id, room_id,
		asked != NULL, TS_LOG_STR(event->from), TS_LOG_STR(event->agent));
	int code = ts_call_join(call, event->sdp, event->sdp_len, event->local, asked);
	if (code)
		refuse_new(calls, event->call, code, room_id);
	else if (event->reliable)
		ts_call_command(call, TS_SIP_DO_RING, 0, NULL);
}

bool ts_call_find_room(struct ts_calls *calls, const char *trunk, const char *called,
	char room_id[TS_ROOM_ID_MAX + 1])
{
	const struct ts_strings *numbers = &calls->config->sip.numbers;
	const size_t size = TS_ROOM_ID_MAX + 1;
	const bool found = *trunk ? ts_trunks_room(calls->trunks, trunk, called, room_id, size)
				  : ts_sip_number_room(room_id, size, called,
					    (const char *const *)numbers->item, numbers->n);
	/* a rule may make another number of it, too */
	const struct ts_room *own = ts_registry_by_number(
		calls->registry, found ? room_id : called);
	if (own) g_strlcpy(room_id, ts_room_config(own)->id, size);
	return found || own;
}

void ts_call_incoming(struct ts_calls *calls, const struct ts_sip_event *event)
{
	char room_id[TS_ROOM_ID_MAX + 1] = "", caller[TS_GUESS_ADDRESS_MAX];
	const char *called = *event->trunk ? event->called : event->user;
	struct ts_ivr_caller asked = {.room = room_id,
		.address = counted_as(event, caller),
		.forgeable = event->forgeable,
		.language = -1};
	bool must_enter = true;
	const struct ts_call *old = event->replaces ? ts_call_to_replace(calls, event, &must_enter)
						    : NULL;
	if (event->replaces && !old) {
		refuse_new(calls, event->call, 481, called);
		return;
	}
	if (!old && calls->ivr && ts_ivr_is_lobby(calls->ivr, called, &asked.language)) {
		if (ts_calls_overloaded(calls))
			refuse_for(calls, event->call, 503, ts_overload_retry_s(ts_random_u32()));
		else
			take_call(calls, event, "", &asked, "", false);
		return;
	}
	if (old)
		g_strlcpy(room_id, old->info.room, sizeof(room_id));
	else if (!ts_call_find_room(calls, event->trunk, called, room_id)) {
		refuse_new(calls, event->call, 404, called);
		return;
	}
	const struct ts_room *room = ts_registry_find(calls->registry, room_id);
	const char *role = "";
	switch (must_enter ? way_in(calls, room, event, room_id, &role) : ADMITTED) {
	case REFUSED: break;
	case ADMITTED: take_call(calls, event, room_id, NULL, role, !must_enter); break;
	case ASKED:
		/* a call is not replaced before it is known who does it */
		if (old)
			refuse_for(calls, event->call, 403, 0);
		else
			take_call(calls, event, room_id, &asked, "", false);
		break;
	}
}
