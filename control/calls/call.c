#include "control/calls/call.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "control/calls/core.h"
#include "control/ivr/ivr.h"
#include "control/sip/config.h"
#include <string.h>

enum { REDIALS_MAX = 10 };

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

struct ts_call *ts_call_new(struct ts_calls *calls, const char *room_id, uint64_t key)
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

void ts_call_forget(struct ts_call *call)
{
	struct ts_calls *calls = call->calls;
	ts_loop_timer_cancel(calls->loop, &call->timer);
	ts_rtt_close(&call->text);
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
		ts_call_forget(call);
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
		ts_now_ns() +
			(again ? calls->config->sip.redial_s * TS_NS_PER_S : TS_CALL_FORGET_NS));
	if (!again) call->dial.redial = false;
}

void ts_call_on_ended(struct ts_call *call, const struct ts_sip_event *event)
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
	/* before they have left: a line that was not ended is said all the same */
	ts_rtt_close(&call->text);
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

static void on_timer(struct ts_timer *timer, int64_t now_ns)
{
	struct ts_call *call = ts_container_of(timer, struct ts_call, timer);
	(void)now_ns;
	if (call->info.state != TS_CALL_ENDED) {
		call->no_answer = true;
		ts_call_command(call, TS_SIP_DO_HANGUP, 487, "no-answer");
	} else if (call->dial.redial && !call->calls->closing) {
		ts_call_dial_again(call);
	} else {
		ts_call_forget(call);
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
	if (code) ts_call_refuse(call->calls, call->key, code);
}

static void on_event(void *arg, const struct ts_sip_event *event)
{
	struct ts_calls *calls = arg;
	struct ts_call *call = g_hash_table_lookup(calls->by_key, &event->call);
	if (event->type == TS_SIP_INCOMING) ts_call_incoming(calls, event);
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
		if (call->info.state != TS_CALL_ENDED) ts_call_on_ended(call, event);
		break;
	case TS_SIP_INCOMING:
	case TS_SIP_TRUNK:
	case TS_SIP_BINDING: break;
	}
}

/* ---- life of all */

int ts_calls_create(struct ts_calls **out, struct ts_loop *loop, const struct ts_config *config,
	struct ts_registry *registry, struct ts_guesses *guesses, const char *fingerprint,
	struct ts_ivr *ivr, struct ts_waiting *waiting)
{
	struct ts_calls *calls = g_new0(struct ts_calls, 1);
	calls->guesses = guesses;
	calls->ivr = ivr;
	calls->fingerprint = fingerprint;
	calls->waiting = waiting;
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

void ts_calls_use_texts(struct ts_calls *calls, struct ts_texts *texts)
{
	ts_rtt_create(&calls->rtt,
		&(struct ts_rtt_config){.loop = calls->loop,
			.registry = calls->registry,
			.texts = texts,
			.first_port = (uint16_t)calls->config->media.ports.first,
			.last_port = (uint16_t)calls->config->media.ports.last});
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
	while (calls->list.head) ts_call_forget(calls->list.head->data);
	g_hash_table_unref(calls->by_key);
	ts_rtt_destroy(&calls->rtt);
	ts_contents_free(calls->contents);
	ts_trunks_destroy(&calls->trunks);
	ts_registrations_free(calls->registrations);
	g_free(calls);
}
