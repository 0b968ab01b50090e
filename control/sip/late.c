/* What is left of calls of ours that were answered and have ended: for 64 T1 after the first 2xx
 * others of the same INVITE may come, of a phone whom our CANCEL or a proxy's did not reach in
 * time. Each is acknowledged and ended; without that its phone would ring on, or sit in a call with
 * nobody.
 *
 * Source  RFC 3261 13.2.2.4.   Full  LATE_MAX: the oldest is forgotten. */
#include "base/clock.h"
#include "control/sip/core.h"

enum { LATE_MAX = 256, LATE_MS = 32000 };

struct late {
	struct ts_sip_call call; /* of which there are no more than the fields set here */
	struct tmr life;
	GList link;
};

static void forget(struct late *late)
{
	tmr_cancel(&late->life);
	g_queue_unlink(&late->call.ua->late, &late->link);
	ts_sip_branches_free(late->call.branches);
	ts_sip_dialog_free(late->call.dialog);
	ts_sip_forks_fini(&late->call.forks);
	g_free(late->call.host);
	g_free(late);
}

static void on_end(void *arg)
{
	forget(arg);
}

static int64_t left_ms(const struct ts_sip_call *call)
{
	return LATE_MS - (ts_now_ns() - call->answered_ns) / TS_NS_PER_MS;
}

void ts_sip_late_keep(struct ts_sip_call *call)
{
	struct ts_sip_ua *ua = call->ua;
	const int64_t ms = call->answered_ns ? left_ms(call) : 0;
	if (ms <= 0 || atomic_load(&ua->closing)) return;
	if (ua->late.length == LATE_MAX) forget(ua->late.head->data);
	struct late *late = g_new0(struct late, 1);
	late->call = (struct ts_sip_call){.ua = ua,
		.key = call->key,
		.state = TS_SIP_C_UP,
		.sent_to = call->sent_to,
		.host = g_steal_pointer(&call->host),
		.dialog = g_steal_pointer(&call->dialog),
		.branches = g_steal_pointer(&call->branches),
		.forks = call->forks};
	call->forks = (struct ts_sip_forks){.n = 0};
	if (late->call.branches) ts_sip_branches_outlive(late->call.branches, &late->call);
	late->link.data = late;
	g_queue_push_tail_link(&ua->late, &late->link);
	tmr_start(&late->life, (uint64_t)ms, on_end, late);
}

bool ts_sip_late_take(struct ts_sip_ua *ua, const struct sip_msg *msg)
{
	for (GList *l = ua->late.head; l; l = l->next) {
		struct late *late = l->data;
		if (pl_strcmp(&msg->callid, late->call.dialog->call_id) ||
			!ts_sip_dialog_is_half(late->call.dialog, msg))
			continue;
		ts_sip_end_fork(&late->call, &late->call.sent_to, msg);
		return true;
	}
	return false;
}

void ts_sip_late_free(struct ts_sip_ua *ua)
{
	while (ua->late.head) forget(ua->late.head->data);
}
