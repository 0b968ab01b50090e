#include "control/calls/call.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "control/calls/core.h"
#include "control/ivr/ivr.h"
#include "control/rooms/admit.h"
#include "control/sip/config.h"
#include "control/sip/name.h"
#include "control/sip/number.h"
#include <string.h>

enum { REDIALS_MAX = 10 };
#define FORGET_NS (600 * TS_NS_PER_S)

static int64_t unix_ms(void)
{
	return ts_unix_ms_from_ns(ts_now_ns());
}

const char *ts_call_state_name(enum ts_call_state state)
{
	static const char *const names[] = {[TS_CALL_DIALLING] = "dialling",
		[TS_CALL_RINGING] = "ringing",
		[TS_CALL_ANSWERED] = "answered",
		[TS_CALL_HELD] = "held",
		[TS_CALL_ENDED] = "ended"};
	return names[state];
}

/* ---- life of one */

void ts_call_changed(struct ts_call *call)
{
	if (!*call->info.room) return; /* they are asked for it */
	if (call->calls->changed) call->calls->changed(call->calls->changed_arg, call);
}

void ts_call_unref(struct ts_call *call)
{
	if (--call->refs) return;
	ts_sip_trace_fini(&call->trace);
	g_free(call->session);
	g_free(call->offered);
	g_free(call->local);
	g_free(call);
}

void ts_call_command(
	struct ts_call *call, enum ts_sip_command_type type, int code, const char *text)
{
	const struct ts_sip_command command = {
		.type = type, .call = call->key, .code = code, .text = text};
	bool before_invite = call->doing == TS_CALL_INVITING; /* then none goes out any more */
	if (type == TS_SIP_DO_HANGUP && before_invite) call->doing = TS_CALL_NOTHING;
	if (call->alive) ts_sip_ua_command(call->calls->ua, &command);
}

static void on_timer(struct ts_timer *timer, int64_t now_ns);

static struct ts_call *call_new(struct ts_calls *calls, const char *room_id, uint64_t key)
{
	struct ts_call *call = g_new0(struct ts_call, 1);
	call->calls = calls;
	call->refs = 1;
	call->link.data = call;
	call->timer.fn = on_timer;
	call->key = key;
	call->alive = true;
	ts_sip_trace_init(&call->trace);
	call->info.began_unix_ms = unix_ms();
	ts_ulid(call->info.id, call->info.began_unix_ms);
	g_strlcpy(call->info.room, room_id, sizeof(call->info.room));
	g_queue_push_tail_link(&calls->list, &call->link);
	g_hash_table_insert(calls->by_key, &call->key, call);
	ts_count(TS_C_CALLS);
	return call;
}

static void forget(struct ts_call *call)
{
	struct ts_calls *calls = call->calls;
	ts_loop_timer_cancel(calls->loop, &call->timer);
	ts_content_close(&call->content);
	g_hash_table_remove(calls->by_key, &call->key);
	g_queue_unlink(&calls->list, &call->link);
	if (call->info.state == TS_CALL_ENDED) calls->n_ended--;
	ts_call_unref(call);
}

static void forget_oldest(struct ts_calls *calls)
{
	for (GList *link = calls->list.head; link && calls->n_ended > TS_CALLS_ENDED_MAX;
		link = link->next) {
		struct ts_call *call = link->data;
		if (call->info.state != TS_CALL_ENDED) continue;
		forget(call);
		return;
	}
}

/* ---- how it ended */

static const char *outcome_of(const struct ts_call *call, const struct ts_sip_event *event)
{
	if (call->info.answered_unix_ms) return *call->info.room ? "completed" : "not-admitted";
	switch (event->code) {
	case 486:
	case 600: return "busy";
	case 603:
	case 403: return "declined";
	case 480: return "no-answer";
	case 408:
	case 504: return "timeout";
	case 487: return call->no_answer ? "no-answer" : "cancelled";
	default: return "failed";
	}
}

static bool broke_off(const struct ts_sip_event *event)
{
	return !strcmp(event->reason, "session-expired") || !strcmp(event->reason, "rtp-timeout") ||
		!strcmp(event->reason, "no-ack");
}

static void redial_later(struct ts_call *call, const struct ts_sip_event *event)
{
	const struct ts_calls *calls = call->calls;
	bool again = call->dial.redial && call->info.answered_unix_ms && broke_off(event) &&
		!calls->closing && call->info.redials < REDIALS_MAX;
	ts_loop_timer_set(calls->loop, &call->timer,
		ts_now_ns() + (again ? calls->config->sip.redial_s * TS_NS_PER_S : FORGET_NS));
	if (!again) call->dial.redial = false;
}

static void on_ended(struct ts_call *call, const struct ts_sip_event *event)
{
	struct ts_calls *calls = call->calls;
	struct ts_participant *participant = call->participant;
	call->alive = false;
	call->info.outcome = outcome_of(call, event);
	if (event->code) call->info.code = event->code;
	g_strlcpy(call->info.reason, event->reason, sizeof(call->info.reason));
	call->info.sip_cause = event->sip_cause;
	call->info.q850_cause = event->q850_cause;
	g_strlcpy(call->info.cause_text, event->cause_text, sizeof(call->info.cause_text));
	ts_call_report(call, event->code >= 300 ? event->code : 503, event->reason);
	ts_call_transfer_ended(call);
	call->info.state = TS_CALL_ENDED;
	call->info.ended_unix_ms = unix_ms();
	calls->n_ended++;
	ts_count_add(TS_C_CALLS, -1);
	if (participant) ts_participant_leave(participant, event->by_peer ? "bye" : "call-ended");
	ts_call_end_referred(call);
	ts_content_close(&call->content);
	g_clear_pointer(&call->session, g_free);
	g_clear_pointer(&call->offered, g_free);
	g_clear_pointer(&call->local, g_free);
	ts_info("call ended", "call=%s room=%s outcome=%s code=%d reason=%s", call->info.id,
		call->info.room, call->info.outcome, call->info.code, TS_LOG_STR(event->reason));
	redial_later(call, event);
	ts_call_changed(call);
	if (!*call->info.room && call->info.answered_unix_ms && calls->not_admitted)
		calls->not_admitted(calls->not_admitted_arg, &call->info);
	forget_oldest(calls);
}

/* ---- who calls */

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

static void refuse(struct ts_calls *calls, uint64_t key, int code)
{
	refuse_for(calls, key, code, code == 503 || code == 302 ? 10 : 0);
}

static void refuse_new(struct ts_calls *calls, uint64_t key, int code, const char *room_id)
{
	ts_count(TS_C_CALLS_REFUSED);
	ts_log_limited(TS_LOG_INFO, "call refused", "room=%s code=%d", TS_LOG_STR(room_id), code);
	refuse(calls, key, code);
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
	const struct ts_sip_event *event, const char *room_id)
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

/* asked: NULL: they are in that room at once; inherits: with what the replaced one has there. */
static void take_call(struct ts_calls *calls, const struct ts_sip_event *event, const char *room_id,
	const struct ts_ivr_caller *asked, bool inherits)
{
	struct ts_call *call = call_new(calls, asked ? "" : room_id, event->call);
	call->replaces = event->replaces;
	call->inherits = inherits;
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
	return *trunk ? ts_trunks_room(calls->trunks, trunk, called, room_id, size)
		      : ts_sip_number_room(room_id, size, called,
				(const char *const *)numbers->item, numbers->n);
}

static void on_incoming(struct ts_calls *calls, const struct ts_sip_event *event)
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
			take_call(calls, event, "", &asked, false);
		return;
	}
	if (old)
		g_strlcpy(room_id, old->info.room, sizeof(room_id));
	else if (!ts_call_find_room(calls, event->trunk, called, room_id)) {
		refuse_new(calls, event->call, 404, called);
		return;
	}
	const struct ts_room *room = ts_registry_find(calls->registry, room_id);
	switch (must_enter ? way_in(calls, room, event, room_id) : ADMITTED) {
	case REFUSED: break;
	case ADMITTED: take_call(calls, event, room_id, NULL, !must_enter); break;
	case ASKED:
		/* a call is not replaced before it is known who does it */
		if (old)
			refuse_for(calls, event->call, 403, 0);
		else
			take_call(calls, event, room_id, &asked, false);
		break;
	}
}

/* ---- what the user agent tells of a call */

static void on_message(struct ts_call *call, const struct ts_sip_event *event)
{
	if (!event->sdp) return;
	ts_sip_trace_add(&call->trace, event->sent, ts_unix_ms_from_ns(event->at_ns), event->sdp,
		event->sdp_len);
}

static void on_progress(struct ts_call *call, const struct ts_sip_event *event)
{
	call->info.code = event->code;
	g_strlcpy(call->info.reason, event->reason, sizeof(call->info.reason));
	if (event->code >= 180 && call->info.state == TS_CALL_DIALLING)
		call->info.state = TS_CALL_RINGING;
	ts_call_report(call, event->code, event->reason);
	ts_call_changed(call);
}

static void answered(struct ts_call *call)
{
	if (call->info.answered_unix_ms) return;
	call->info.answered_unix_ms = unix_ms();
	call->info.state = TS_CALL_ANSWERED;
	ts_loop_timer_cancel(call->calls->loop, &call->timer);
	ts_call_changed(call);
}

/* The ACK bears our tag, which only they know who got our answer. */
static void on_established(struct ts_call *call)
{
	call->proven = true;
	if (call->participant) {
		/* who is asked stays half-open until they are in a room */
		if (ts_ivr_has(call->calls->ivr, call->participant))
			ts_ivr_answered(call->calls->ivr, call->participant);
		else
			ts_registry_settled(call->calls->registry, call->participant);
		ts_participant_prove(call->participant, call->address);
	}
	ts_call_follow_content(call);
	if (call->replaces) ts_call_replaced(call);
	answered(call);
}

static void on_answer(struct ts_call *call, const struct ts_sip_event *event)
{
	if (*event->agent) g_strlcpy(call->info.agent, event->agent, sizeof(call->info.agent));
	if (*event->address) g_strlcpy(call->address, event->address, sizeof(call->address));
	g_strlcpy(call->info.address, call->address, sizeof(call->info.address));
	if (call->info.dialled && event->code) {
		call->info.code = event->code;
		*call->info.reason = '\0';
	}
	call->info.secure = call->info.dialled && event->code ? event->secure : call->info.secure;
	answered(call);
	/* the answer to a refresh may say nothing anew (RFC 3264 8), and some leave it out */
	if (event->code && !event->first && !event->sdp) return;
	int err = event->first ? ts_call_first_answer(call, event)
			       : ts_call_answered(call, event->sdp, event->sdp_len);
	if (!err && event->first) ts_call_report(call, 200, "OK");
	if (!err) return;
	if (event->first) call->info.answered_unix_ms = 0; /* it never became a call: "failed" */
	ts_call_command(call, TS_SIP_DO_HANGUP, 488, "bad-answer");
}

static void on_offer(struct ts_call *call, const struct ts_sip_event *event)
{
	/* before the 2xx: of the fork whose answer was taken last alone */
	bool other = event->fork && event->fork != call->early_fork;
	int code = other ? 491 : ts_call_offered(call, event->sdp, event->sdp_len);
	if (code) refuse(call->calls, call->key, code);
}

static void on_event(void *arg, const struct ts_sip_event *event)
{
	struct ts_calls *calls = arg;
	struct ts_call *call = g_hash_table_lookup(calls->by_key, &event->call);
	if (event->type == TS_SIP_INCOMING) on_incoming(calls, event);
	if (event->type == TS_SIP_TRUNK) ts_trunks_handle(calls->trunks, event);
	if (event->type == TS_SIP_BINDING)
		ts_registrations_handle(calls->registrations, event, ts_now_ns());
	if (event->type == TS_SIP_INCOMING) return;
	if (!call) return;
	switch (event->type) {
	case TS_SIP_MESSAGE: on_message(call, event); break;
	case TS_SIP_PROGRESS: on_progress(call, event); break;
	case TS_SIP_ESTABLISHED: on_established(call); break;
	case TS_SIP_ANSWER: on_answer(call, event); break;
	case TS_SIP_OFFER: on_offer(call, event); break;
	case TS_SIP_EARLY: ts_call_early(call, event); break;
	case TS_SIP_REFER: ts_call_on_refer(call, event); break;
	case TS_SIP_TRANSFER: ts_call_on_transfer(call, event); break;
	case TS_SIP_KEYFRAME:
		if (call->participant) ts_participant_send_keyframe(call->participant);
		break;
	case TS_SIP_DIGIT:
		if (call->participant)
			ts_participant_push_digit(
				call->participant, event->digit, TS_DIGIT_INFO, ts_now_ns());
		break;
	case TS_SIP_ENDED:
		if (call->info.state != TS_CALL_ENDED) on_ended(call, event);
		break;
	case TS_SIP_INCOMING:
	case TS_SIP_TRUNK:
	case TS_SIP_BINDING: break;
	}
}

/* ---- whom we call */

static int dial(struct ts_call *call)
{
	struct ts_calls *calls = call->calls;
	char local[TS_SIP_ADDR_MAX];
	int err = ts_call_find_route(&call->route, calls, call->dial.to, local);
	if (err) return err == TS_ENOTFOUND ? 480 : 400;
	g_strlcpy(call->info.trunk, call->route.trunk, sizeof(call->info.trunk));
	int code = ts_call_join(call, NULL, 0, local, NULL);
	if (code) return code;
	ts_loop_timer_set(calls->loop, &call->timer,
		ts_now_ns() + calls->config->sip.ring_timeout_s * TS_NS_PER_S);
	return 0;
}

static void dial_again(struct ts_call *call)
{
	struct ts_calls *calls = call->calls;
	g_hash_table_remove(calls->by_key, &call->key);
	call->key = ts_sip_ua_new_call(calls->ua);
	g_hash_table_insert(calls->by_key, &call->key, call);
	call->alive = true;
	call->info.redials++;
	call->info.state = TS_CALL_DIALLING;
	call->info.outcome = NULL;
	call->no_answer = false;
	*call->address = '\0';
	g_clear_pointer(&call->offered, g_free);
	call->early_fork = 0;
	call->early_applied = false;
	call->info.code = 0;
	call->info.answered_unix_ms = call->info.ended_unix_ms = 0;
	calls->n_ended--;
	ts_count(TS_C_CALLS);
	ts_info("call again", "call=%s room=%s", call->info.id, call->info.room);
	int code = dial(call);
	const struct ts_sip_event failed = {.type = TS_SIP_ENDED, .call = call->key, .code = code};
	if (code)
		on_ended(call, &failed);
	else
		ts_call_changed(call);
}

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_call *call = ts_container_of(timer, struct ts_call, timer);
	(void)now_ns;
	if (call->info.state != TS_CALL_ENDED) {
		call->no_answer = true;
		ts_call_command(call, TS_SIP_DO_HANGUP, 487, "no-answer");
	} else if (call->dial.redial && !call->calls->closing) {
		dial_again(call);
	} else {
		forget(call);
	}
}

int ts_calls_dial(struct ts_calls *calls, const char *room_id, const struct ts_dial *wish,
	const struct ts_call **out)
{
	char local[TS_SIP_ADDR_MAX];
	if (!calls || !calls->ua || calls->closing) return TS_ECLOSED;
	if (!ts_room_id_ok(room_id)) return TS_EINVAL;
	if (ts_calls_overloaded(calls)) return TS_EAGAIN;
	struct ts_call_route route;
	int err = ts_call_find_route(&route, calls, wish->to, local);
	if (err) return err;
	if ((int)(calls->list.length - calls->n_ended) >= calls->config->sip.max_calls)
		return TS_ELIMIT;
	struct ts_call *call = call_new(calls, room_id, ts_sip_ua_new_call(calls->ua));
	call->dial = *wish;
	call->info.dialled = true;
	call->info.state = TS_CALL_DIALLING;
	g_strlcpy(call->info.peer, wish->to, sizeof(call->info.peer));
	char shown[TS_SIP_TEXT_MAX];
	ts_sip_uri_shown(shown, sizeof(shown), wish->to);
	g_strlcpy(call->info.name, *wish->name ? wish->name : shown, sizeof(call->info.name));
	int code = dial(call);
	if (code) {
		ts_count_add(TS_C_CALLS, -1);
		forget(call);
		return code == 486 ? TS_EFULL : code == 503 ? TS_ELIMIT : TS_EINVAL;
	}
	ts_info("calling", "call=%s room=%s to=%s", call->info.id, room_id, TS_LOG_STR(shown));
	ts_call_changed(call);
	*out = call;
	return 0;
}

void ts_call_hang_up(struct ts_call *c)
{
	c->dial.redial = false;
	/* a peer that has not answered leaves the room at once; its call ends when it says so,
	 * which may take 32 s */
	if (c->alive && c->participant && !c->info.answered_unix_ms)
		ts_participant_leave(c->participant, "hangup");
	else if (c->alive)
		ts_call_command(c, TS_SIP_DO_HANGUP, 480, "hangup");
	else if (c->info.state == TS_CALL_ENDED)
		ts_loop_timer_set(c->calls->loop, &c->timer, ts_now_ns() + FORGET_NS);
}

/* ---- looking */

const struct ts_call *ts_calls_next(
	struct ts_calls *calls, const char *room_id, const struct ts_call *after)
{
	const GList *link = !calls ? NULL : after ? after->link.next : calls->list.head;
	for (; link; link = link->next) {
		const struct ts_call *call = link->data;
		if (!strcmp(call->info.room, room_id)) return call;
	}
	return NULL;
}

struct ts_call *ts_calls_find(struct ts_calls *calls, const char *room_id, const char *id)
{
	for (GList *link = calls ? calls->list.head : NULL; link; link = link->next) {
		struct ts_call *call = link->data;
		if (!strcmp(call->info.room, room_id) && !strcmp(call->info.id, id)) return call;
	}
	return NULL;
}

const struct ts_call_info *ts_call_info(const struct ts_call *call)
{
	return &call->info;
}

bool ts_call_media(const struct ts_call *call, struct ts_summary *out)
{
	struct ts_participant_info info;
	if (call->participant) {
		ts_participant_info(call->participant, &info);
		ts_summary_of(out, &info);
	} else if (call->info.has_media) {
		*out = call->info.media;
	}
	return call->participant || call->info.has_media;
}

void ts_call_peer_shown(const struct ts_call_info *info, char out[TS_SIP_TEXT_MAX])
{
	if (info->dialled)
		ts_sip_uri_shown(out, TS_SIP_TEXT_MAX, info->peer);
	else
		g_strlcpy(out, info->peer, TS_SIP_TEXT_MAX);
}

const struct ts_call_info *ts_calls_left(
	struct ts_calls *calls, const char *participant_id, const struct ts_summary *media)
{
	for (GList *link = calls ? calls->list.tail : NULL; link; link = link->prev) {
		struct ts_call *call = link->data;
		if (strcmp(call->info.participant, participant_id) != 0) continue;
		call->info.media = *media;
		call->info.has_media = true;
		return &call->info;
	}
	return NULL;
}

const GQueue *ts_call_trace(const struct ts_call *call)
{
	return &call->trace.messages;
}

const char *ts_calls_agent(struct ts_calls *calls, const char *participant_id)
{
	for (const GList *link = calls ? calls->list.head : NULL; link; link = link->next) {
		const struct ts_call *call = link->data;
		if (!strcmp(call->info.participant, participant_id)) return call->info.agent;
	}
	return "";
}

void ts_calls_watch(
	struct ts_calls *calls, void (*changed)(void *arg, const struct ts_call *call), void *arg)
{
	calls->changed = changed;
	calls->changed_arg = arg;
}

void ts_calls_watch_not_admitted(
	struct ts_calls *calls, void (*fn)(void *arg, const struct ts_call_info *info), void *arg)
{
	calls->not_admitted = fn;
	calls->not_admitted_arg = arg;
}

struct ts_trunks *ts_calls_trunks(struct ts_calls *calls)
{
	return calls->trunks;
}

struct ts_contents *ts_calls_contents(struct ts_calls *calls)
{
	return calls ? calls->contents : NULL;
}

struct ts_registrations *ts_calls_registrations(struct ts_calls *calls)
{
	return calls->registrations;
}

/* ---- life of all */

int ts_calls_create(struct ts_calls **out, struct ts_loop *loop, const struct ts_config *config,
	struct ts_registry *registry, struct ts_guesses *guesses, struct ts_ivr *ivr)
{
	struct ts_calls *calls = g_new0(struct ts_calls, 1);
	calls->guesses = guesses;
	calls->ivr = ivr;
	calls->config = config;
	calls->registry = registry;
	calls->loop = loop;
	calls->by_key = g_hash_table_new(g_int64_hash, g_int64_equal);
	g_queue_init(&calls->list);
	*out = calls;
	calls->registrations = ts_registrations_new();
	calls->contents = ts_contents_new(loop, registry, config);
	int rc = ts_trunks_create(&calls->trunks, config);
	if (rc || !config->sip.listen.n) return rc;
	rc = ts_sip_config_make(&calls->ua_config, config);
	if (!rc) rc = ts_sip_ua_create(&calls->ua, loop, &calls->ua_config, on_event, calls);
	if (!rc) ts_trunks_start(calls->trunks, calls->ua);
	if (rc != TS_EIO || !ts_sip_config_is_loopback(config)) return rc;
	ts_warn("sip off", "why=cannot-listen");
	return 0;
}

void ts_calls_close(struct ts_calls *calls, void (*done)(void *arg), void *arg)
{
	calls->closing = true;
	if (calls->ua)
		ts_sip_ua_close(calls->ua, done, arg);
	else
		done(arg);
}

void ts_calls_destroy(struct ts_calls **callsp)
{
	struct ts_calls *calls = *callsp;
	*callsp = NULL;
	if (!calls) return;
	ts_sip_ua_destroy(&calls->ua);
	while (calls->list.head) forget(calls->list.head->data);
	g_hash_table_unref(calls->by_key);
	ts_contents_free(calls->contents);
	ts_trunks_destroy(&calls->trunks);
	ts_registrations_free(calls->registrations);
	g_free(calls);
}
