/* Transfers: who wants to be connected with somebody else, whom we want to be, and who comes in
 * another's place. RFC 3515, 5589, 3891. */
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "control/calls/core.h"
#include "control/ivr/waiting.h"
#include "control/rooms/admit.h"
#include "control/sip/name.h"
#include <string.h>

/* ---- theirs: REFER */

static const char *phrase_of(int code)
{
	switch (code) {
	case 202: return "Accepted";
	case 400: return "Bad Request";
	case 403: return "Forbidden";
	case 404: return "Not Found";
	case 486: return "Busy Here";
	case 491: return "Request Pending";
	case 501: return "Not Implemented";
	case 603: return "Decline";
	default: return "Service Unavailable";
	}
}

static int status_of(int err)
{
	switch (err) {
	case 0: return 202;
	case TS_EINVAL: return 400;
	case TS_EAUTH: return 403;
	case TS_EFULL: return 486;
	default: return 503;
	}
}

static struct ts_call *next_referred(const struct ts_call *call, GList *link)
{
	for (; link; link = link->next) {
		struct ts_call *made = link->data;
		if (made->referred_by == call->key && made->alive) return made;
	}
	return NULL;
}

/* Nobody pays for calls that nobody waits for. */
void ts_call_end_referred(struct ts_call *call)
{
	struct ts_call *made = next_referred(call, call->calls->list.head);
	for (; made; made = next_referred(call, made->link.next))
		if (!made->info.answered_unix_ms) ts_call_hang_up(made);
}

/* Who is called comes into the room of who asked: the caller hangs up when they are there. */
static int refer_to_other(struct ts_call *call, const struct ts_sip_event *event)
{
	const struct ts_config *config = call->calls->config;
	struct ts_dial *dial;
	const struct ts_call *made = NULL;
	if (config->sip.transfer != TS_SIP_TRANSFER_ALL) return 603;
	/* who is asked for a PIN, or waits for the host, brings in nobody */
	if (ts_registry_is_hidden(call->calls->registry, ts_participant_room(call->participant)) ||
		ts_room_config(ts_participant_room(call->participant))->locked)
		return 403;
	/* with a subscription or without */
	if (next_referred(call, call->calls->list.head)) return 491;
	dial = g_new0(struct ts_dial, 1);
	g_strlcpy(dial->to, event->to, sizeof(dial->to));
	if (event->sdp) g_strlcpy(dial->replaces, event->sdp, sizeof(dial->replaces));
	dial->srtp = TS_DIAL_SRTP_DEFAULT;
	int err = ts_calls_dial(call->calls, call->info.room, dial, &made);
	g_free(dial);
	if (err) return status_of(err);
	struct ts_call *callee = ts_calls_find(
		call->calls, call->info.room, ts_call_info(made)->id);
	callee->referrer = callee->referred_by = call->key;
	callee->info.referred = true;
	ts_info("call referred", "call=%s room=%s made=%s", call->info.id, call->info.room,
		callee->info.id);
	return 202;
}

/* A room of ours: an INVITE to ourselves would make two participants of one, so the call stays and
 * its participant moves, where anybody who calls with that URI may enter. */
static int refer_to_room(struct ts_call *call, const struct ts_sip_event *event, const char *user)
{
	struct ts_calls *calls = call->calls;
	const struct ts_config *config = calls->config;
	char id[TS_ROOM_ID_MAX + 1], pin[TS_SIP_TEXT_MAX];
	struct ts_admitted admitted;
	if (event->sdp)
		return 501; /* Replaces: of a call in a room of ours there is none to take */
	if (!ts_call_find_room(calls, call->info.trunk, user, id)) return 404;
	if (!ts_sip_uri_param(pin, sizeof(pin), event->to, strlen(event->to), "pin")) return 400;
	const struct ts_room *room = ts_registry_find(calls->registry, id);
	const struct ts_entrant who = {.address = *call->caller ? call->caller : call->address,
		.room = id,
		.given = pin,
		.forgeable = false,
		.overloaded = ts_calls_overloaded(calls)};
	ts_admit(&admitted, config, room ? ts_room_config(room) : NULL, &who, calls->guesses,
		ts_now_ns());
	if (admitted.verdict == TS_REFUSED_OVERLOADED) return 503;
	if (admitted.verdict != TS_ADMITTED_OPEN && admitted.verdict != TS_ADMITTED_PROVED)
		return 403;
	if (room && room == ts_participant_room(call->participant)) return 202;
	switch (ts_waiting_move(calls->waiting, call->participant, id, admitted.role)) {
	case 0: return 202;
	case TS_EFULL: return 486;
	default: return 503;
	}
}

void ts_call_on_refer(struct ts_call *call, const struct ts_sip_event *event)
{
	char user[TS_SIP_TEXT_MAX], shown[TS_SIP_TEXT_MAX];
	bool here = false;
	int code;
	if (!call->participant)
		code = 603;
	else if (call->forgeable && !call->proven)
		code = 403;
	else if (ts_sip_ua_is_here(call->calls->ua, event->to, user))
		here = true, code = refer_to_room(call, event, user);
	else
		code = refer_to_other(call, event);
	ts_sip_uri_shown(shown, sizeof(shown), event->to);
	ts_log_limited(TS_LOG_INFO, "call asks for transfer", "call=%s to=%s code=%d",
		call->info.id, TS_LOG_STR(shown), code);
	ts_call_command(call, TS_SIP_DO_REFERRED, code, phrase_of(code));
	if (here && code == 202) ts_call_command(call, TS_SIP_DO_NOTIFY, 200, "OK");
}

void ts_call_report(struct ts_call *call, int code, const char *reason)
{
	const struct ts_sip_command command = {.type = TS_SIP_DO_NOTIFY,
		.call = call->referrer,
		.code = code,
		.text = *reason       ? reason
			: code == 200 ? "OK"
				      : phrase_of(code)};
	if (!call->referrer || code <= 100) return;
	if (code >= 200) call->referrer = 0;
	ts_sip_ua_command(call->calls->ua, &command);
}

/* ---- ours */

int ts_call_transfer(struct ts_call *call, const char *to)
{
	const struct ts_sip_command command = {
		.type = TS_SIP_DO_REFER, .call = call->key, .text = to};
	enum ts_call_transfer state = call->info.transfer.state;
	bool up = call->info.state == TS_CALL_ANSWERED || call->info.state == TS_CALL_HELD;
	bool running = state == TS_CALL_TRANSFER_ASKED || state == TS_CALL_TRANSFER_TRYING;
	if (!call->alive || !up || running) return TS_EAGAIN;
	int err = ts_sip_ua_command(call->calls->ua, &command);
	if (err) return err;
	call->dial.redial = false;
	call->info.transfer.state = TS_CALL_TRANSFER_ASKED;
	call->info.transfer.code = 0;
	ts_sip_uri_shown(call->info.transfer.to, sizeof(call->info.transfer.to), to);
	ts_call_changed(call);
	return 0;
}

void ts_call_on_transfer(struct ts_call *call, const struct ts_sip_event *event)
{
	bool good = event->code >= 200 && event->code < 300;
	call->info.transfer.code = event->code;
	call->info.transfer.state = !event->over ? TS_CALL_TRANSFER_TRYING
		: good                           ? TS_CALL_TRANSFER_DONE
						 : TS_CALL_TRANSFER_FAILED;
	ts_info("call transfer", "call=%s code=%d over=%d", call->info.id, event->code,
		event->over);
	ts_call_changed(call);
	if (event->over && good) ts_call_command(call, TS_SIP_DO_HANGUP, 0, "transferred");
}

/* Who hangs up while they are on their way has left for there. */
void ts_call_transfer_ended(struct ts_call *call)
{
	if (call->info.transfer.state == TS_CALL_TRANSFER_ASKED)
		call->info.transfer.state = TS_CALL_TRANSFER_FAILED;
	else if (call->info.transfer.state == TS_CALL_TRANSFER_TRYING)
		call->info.transfer.state = TS_CALL_TRANSFER_DONE;
}

/* ---- in another's place: Replaces */

/* Whoever knows both tags of a call was told them by one of its ends, or listens on the way: who
 * has no password, and calls from elsewhere than the one whose place it is, or may not be where
 * they say, enters as anybody does. */
struct ts_call *ts_call_to_replace(
	struct ts_calls *calls, const struct ts_sip_event *event, bool *must_enter)
{
	struct ts_call *old = g_hash_table_lookup(calls->by_key, &event->replaces);
	if (!old || !old->alive || !old->participant) return NULL;
	/* they are asked for a PIN, or wait for the host */
	if (ts_registry_is_hidden(calls->registry, ts_participant_room(old->participant)))
		return NULL;
	*must_enter = event->forgeable ||
		(!event->authenticated && strcmp(event->address, old->address) != 0);
	return old;
}

void ts_call_replaced(struct ts_call *call)
{
	struct ts_call *old = g_hash_table_lookup(call->calls->by_key, &call->replaces);
	call->replaces = 0;
	if (old) ts_call_command(old, TS_SIP_DO_HANGUP, 0, "replaced");
}
