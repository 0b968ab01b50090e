/* Whom we call. */
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/log.h"
#include "control/calls/core.h"
#include "control/sip/name.h"
#include <string.h>

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

void ts_call_dial_again(struct ts_call *call)
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
		ts_call_on_ended(call, &failed);
	else
		ts_call_changed(call);
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
	struct ts_call *call = ts_call_new(calls, room_id, ts_sip_ua_new_call(calls->ua));
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
		ts_call_forget(call);
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
		ts_loop_timer_set(c->calls->loop, &c->timer, ts_now_ns() + TS_CALL_FORGET_NS);
}
