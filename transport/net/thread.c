#include "transport/net/thread.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum {
	DRAIN_MAX = 64, /* units of one turn */
	NICE = -10,
};
#define DRAIN_NS (5 * TS_NS_PER_MS)
#define STALE_NS (100 * TS_NS_PER_MS)

static void drain(struct ts_task *task);

/* ---- the queue */

static int queue_init(struct ts_net *net)
{
	net->queue = malloc(TS_NET_QUEUE * sizeof(net->queue[0]));
	if (!net->queue) return TS_ENOMEM;
	for (size_t i = 0; i < TS_NET_QUEUE; i++) atomic_init(&net->queue[i].turn, i);
	return TS_OK;
}

static bool queue_push(struct ts_net *net, const struct ts_net_unit *unit)
{
	size_t at = atomic_load_explicit(&net->queue_tail, memory_order_relaxed);
	struct ts_net_slot *slot;
	for (;;) {
		slot = &net->queue[at % TS_NET_QUEUE];
		size_t turn = atomic_load_explicit(&slot->turn, memory_order_acquire);
		if (turn == at) {
			if (atomic_compare_exchange_weak_explicit(&net->queue_tail, &at, at + 1,
				    memory_order_relaxed, memory_order_relaxed))
				break;
		} else if ((intptr_t)(turn - at) < 0) {
			return false;
		} else {
			at = atomic_load_explicit(&net->queue_tail, memory_order_relaxed);
		}
	}
	slot->unit = *unit;
	slot->posted_ns = ts_now_ns();
	atomic_store_explicit(&slot->turn, at + 1, memory_order_release);
	return true;
}

static bool queue_pop(struct ts_net *net, struct ts_net_slot *out)
{
	struct ts_net_slot *slot = &net->queue[net->queue_head % TS_NET_QUEUE];
	if (atomic_load_explicit(&slot->turn, memory_order_acquire) != net->queue_head + 1)
		return false;
	out->unit = slot->unit;
	out->posted_ns = slot->posted_ns;
	atomic_store_explicit(&slot->turn, net->queue_head + TS_NET_QUEUE, memory_order_release);
	net->queue_head++;
	return true;
}

static void let_go(struct ts_net_unit *unit)
{
	ts_au_unref(&unit->au);
	unit->target->ops->unref(unit->target);
}

void ts_net_send(struct ts_net *net, const struct ts_net_unit *from)
{
	struct ts_net_unit unit = *from;
	unit.target->ops->ref(unit.target);
	ts_au_ref(unit.au);
	if (!queue_push(net, &unit)) {
		ts_count(TS_C_DROP_QUEUE_FULL);
		let_go(&unit);
		return;
	}
	/* A slot that another producer has claimed but not yet filled stops the drain; that
	 * producer posts after filling it. */
	ts_loop_post(net->loop, &net->drain);
}

/* Sound that waited for so long is of no use any more; a picture may still be. */
static bool is_stale(const struct ts_net_slot *item, int64_t now_ns)
{
	return item->unit.is_audio && now_ns - item->posted_ns > STALE_NS;
}

int64_t ts_net_waited_ns(struct ts_net *net)
{
	return atomic_exchange_explicit(&net->waited_ns, 0, memory_order_relaxed);
}

/* The others of a turn were posted later than the first, or hardly sooner. */
static void note_wait(struct ts_net *net, int64_t waited_ns)
{
	if (waited_ns > atomic_load_explicit(&net->waited_ns, memory_order_relaxed))
		atomic_store_explicit(&net->waited_ns, waited_ns, memory_order_relaxed);
}

/* For at most so many units or so long; then receiving, timers and consent have their turn. */
static void drain(struct ts_task *task)
{
	struct ts_net *net = ts_container_of(task, struct ts_net, drain);
	struct ts_net_slot item;
	int64_t begin_ns = ts_now_ns(), now_ns = begin_ns;
	int n = 0;
	for (; n < DRAIN_MAX && now_ns - begin_ns < DRAIN_NS && queue_pop(net, &item);
		n++, now_ns = ts_now_ns()) {
		if (!n) note_wait(net, now_ns - item.posted_ns);
		if (is_stale(&item, now_ns))
			ts_count(TS_C_DROP_STALE);
		else
			item.unit.target->ops->deliver(
				item.unit.target, item.unit.group, item.unit.au, now_ns);
		let_go(&item.unit);
	}
	ts_batch_flush(net->batch);
	if (n == DRAIN_MAX || now_ns - begin_ns >= DRAIN_NS) ts_loop_post(net->loop, &net->drain);
}

/* ---- threads */

/* Where permitted. All sound goes out here: on a machine that is short of time it must not wait
 * until an encode is done (the workers for pictures are at -5). */
static void raise_priority(struct ts_task *task)
{
	(void)task;
	setpriority(PRIO_PROCESS, 0, NICE); /* of this thread */
}

int ts_net_init(struct ts_net *net, struct ts_nets *nets, size_t at)
{
	char name[16];
	snprintf(name, sizeof(name), "net-%u", (unsigned)at & 0xffff);
	net->nets = nets;
	net->drain.fn = drain;
	net->raise.fn = raise_priority;
	int err = queue_init(net);
	if (!err) err = ts_packet_pool_create(&net->pool, TS_NET_PACKETS);
	if (!err) err = ts_batch_create(&net->batch);
	if (!err) err = ts_loop_create(&net->loop, name);
	if (!err) err = ts_loop_start(net->loop);
	if (!err) ts_loop_post(net->loop, &net->raise);
	return err;
}

void ts_net_fini(struct ts_net *net)
{
	struct ts_net_slot item;
	if (net->loop) ts_loop_destroy(&net->loop);
	while (net->queue && queue_pop(net, &item)) let_go(&item.unit);
	free(net->queue);
	if (net->batch) ts_batch_destroy(&net->batch);
	if (net->pool) ts_packet_pool_close(&net->pool);
}

void ts_net_leave(struct ts_net *net)
{
	atomic_fetch_sub(&net->transports, 1);
}
