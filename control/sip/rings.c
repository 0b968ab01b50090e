/* The two rings between the sip thread and control: events up, commands down. */
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"
#include "control/sip/core.h"
#include <string.h>

enum { OVERFLOW_RETRY_MS = 10 };

/* ---- events, towards control */

static void push_event(struct ts_sip_ua *ua, struct ts_sip_event *event);

static void retry_overflow(void *arg)
{
	struct ts_sip_ua *ua = arg;
	while (ua->overflow.head) {
		if (ts_ring_push(&ua->events, ua->overflow.head->data)) break;
		g_queue_pop_head(&ua->overflow);
	}
	if (ua->overflow.head)
		tmr_start(&ua->overflow_timer, OVERFLOW_RETRY_MS, retry_overflow, ua);
	ts_loop_post(ua->control, &ua->events_task);
}

/* Messages of a trace are dropped first; other events wait, in order. They are few: a call has a
 * handful, and calls are limited. */
static void push_event(struct ts_sip_ua *ua, struct ts_sip_event *event)
{
	if (event->type == TS_SIP_MESSAGE && ts_ring_count(&ua->events) > TS_SIP_EVENTS / 2) {
		g_free(event);
		return;
	}
	if (ua->overflow.head || ts_ring_push(&ua->events, event)) {
		g_queue_push_tail(&ua->overflow, event);
		tmr_start(&ua->overflow_timer, OVERFLOW_RETRY_MS, retry_overflow, ua);
		return;
	}
	ts_loop_post(ua->control, &ua->events_task);
}

void ts_sip_emit(struct ts_sip_ua *ua, struct ts_sip_event *event)
{
	size_t len = event->sdp ? event->sdp_len : 0;
	struct ts_sip_event *copy = g_malloc(sizeof(*copy) + len + 1);
	*copy = *event;
	copy->at_ns = ts_now_ns();
	if (event->sdp) {
		char *text = (char *)(copy + 1);
		memcpy(text, event->sdp, len);
		text[len] = '\0';
		copy->sdp = text;
	}
	push_event(ua, copy);
}

bool ts_sip_is_behind(struct ts_sip_ua *ua)
{
	return ua->overflow.head || ts_ring_count(&ua->events) > TS_SIP_EVENTS / 2;
}

void ts_sip_handle_events(struct ts_task *task)
{
	struct ts_sip_ua *ua = ts_container_of(task, struct ts_sip_ua, events_task);
	struct ts_sip_event *event;
	int n = 0;
	for (; n < TS_SIP_RINGS_A_TURN && (event = ts_ring_pop(&ua->events)); n++) {
		ua->handler(ua->arg, event);
		g_free(event);
	}
	if (n == TS_SIP_RINGS_A_TURN) {
		ts_loop_post(ua->control, task);
		return;
	}
	if (!atomic_load(&ua->closed) || !ua->done) return;
	void (*done)(void *) = ua->done;
	ua->done = NULL;
	done(ua->done_arg);
}

/* ---- commands, from control */

static size_t copy_text(char **at, const char **field, size_t len)
{
	if (!*field) return 0;
	memcpy(*at, *field, len);
	(*at)[len] = '\0';
	*field = *at;
	*at += len + 1;
	return len;
}

void ts_sip_free_order(struct ts_sip_command *order)
{
	ts_trunk_config_unref(order->trunk);
	g_free(order);
}

int ts_sip_ua_command(struct ts_sip_ua *ua, const struct ts_sip_command *command)
{
	size_t n_text = command->text ? strlen(command->text) : 0,
	       n_name = command->name ? strlen(command->name) : 0,
	       n_headers = command->headers ? strlen(command->headers) : 0,
	       n_sdp = command->sdp ? command->sdp_len : 0,
	       n_by = command->by_trunk ? strlen(command->by_trunk) : 0,
	       n_hop = command->hop ? strlen(command->hop) : 0,
	       n_phones = command->phones ? strlen(command->phones) : 0;
	struct ts_sip_command *order = g_malloc(
		sizeof(*order) + n_text + n_name + n_headers + n_sdp + n_by + n_hop + n_phones + 7);
	char *at = (char *)(order + 1);
	*order = *command;
	copy_text(&at, &order->text, n_text);
	copy_text(&at, &order->name, n_name);
	copy_text(&at, &order->headers, n_headers);
	copy_text(&at, &order->sdp, n_sdp);
	copy_text(&at, &order->by_trunk, n_by);
	copy_text(&at, &order->hop, n_hop);
	copy_text(&at, &order->phones, n_phones);
	if (order->trunk) ts_trunk_config_ref(order->trunk);
	if (ts_ring_push(&ua->orders, order)) {
		ts_sip_free_order(order);
		ts_error("sip commands", "error=full");
		return TS_EFULL;
	}
	if (!atomic_exchange(&ua->woken, true)) mqueue_push(ua->wake, 0, NULL);
	return 0;
}

void ts_sip_free_rings(struct ts_sip_ua *ua)
{
	void *item;
	while (ua->events.slots && (item = ts_ring_pop(&ua->events))) g_free(item);
	while (ua->orders.slots && (item = ts_ring_pop(&ua->orders))) ts_sip_free_order(item);
	g_queue_clear_full(&ua->overflow, g_free);
	ts_ring_fini(&ua->events);
	ts_ring_fini(&ua->orders);
}
