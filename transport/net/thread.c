#include "transport/net/thread.h"
#include "base/clock.h"
#include "base/counter.h"
#include "base/error.h"
#include <stdio.h>
#include <stdlib.h>

enum { DRAIN_MAX = 64 }; /* units of one turn */
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

static bool queue_push(struct ts_net *net, struct ts_fanout *fanout, size_t group, struct ts_au *au)
{
	size_t at = atomic_load_explicit(&net->queue_tail, memory_order_relaxed);
	struct ts_net_slot *slot;
	for (;;) {
		slot = &net->queue[at % TS_NET_QUEUE];
		size_t turn = atomic_load_explicit(&slot->turn, memory_order_acquire);
		if (turn == at) {
			if (atomic_compare_exchange_weak_explicit(
				    &net->queue_tail, &at, at + 1, memory_order_relaxed, memory_order_relaxed))
				break;
		} else if ((intptr_t)(turn - at) < 0) {
			return false;
		} else {
			at = atomic_load_explicit(&net->queue_tail, memory_order_relaxed);
		}
	}
	slot->fanout = fanout;
	slot->group = group;
	slot->au = au;
	slot->posted_ns = ts_now_ns();
	atomic_store_explicit(&slot->turn, at + 1, memory_order_release);
	return true;
}

static bool queue_pop(struct ts_net *net, struct ts_net_slot *out)
{
	struct ts_net_slot *slot = &net->queue[net->queue_head % TS_NET_QUEUE];
	if (atomic_load_explicit(&slot->turn, memory_order_acquire) != net->queue_head + 1) return false;
	out->fanout = slot->fanout;
	out->group = slot->group;
	out->au = slot->au;
	out->posted_ns = slot->posted_ns;
	atomic_store_explicit(&slot->turn, net->queue_head + TS_NET_QUEUE, memory_order_release);
	net->queue_head++;
	return true;
}

void ts_net_send(struct ts_net *net, struct ts_fanout *fanout, size_t group, struct ts_au *au)
{
	ts_fanout_ref(fanout);
	ts_au_ref(au);
	if (!queue_push(net, fanout, group, au)) {
		ts_count(TS_C_DROP_QUEUE_FULL);
		ts_au_unref(&au);
		ts_fanout_unref(&fanout);
		return;
	}
	/* A slot that another producer has claimed but not yet filled stops the drain; that producer posts after filling it. */
	ts_loop_post(net->loop, &net->drain);
}

/* Sound that waited for so long is of no use any more; a picture may still be. */
static bool is_stale(const struct ts_net_slot *item, int64_t now_ns)
{
	return now_ns - item->posted_ns > STALE_NS && ts_fanout_is_audio(item->fanout, item->group);
}

/* For at most so many units or so long; then receiving, timers and consent have their turn. */
static void drain(struct ts_task *task)
{
	struct ts_net *net = ts_container_of(task, struct ts_net, drain);
	struct ts_net_slot item;
	int64_t begin_ns = ts_now_ns(), now_ns = begin_ns;
	int n = 0;
	for (; n < DRAIN_MAX && now_ns - begin_ns < DRAIN_NS && queue_pop(net, &item); n++, now_ns = ts_now_ns()) {
		if (is_stale(&item, now_ns))
			ts_count(TS_C_DROP_STALE);
		else
			ts_fanout_deliver(item.fanout, item.group, item.au, now_ns);
		ts_au_unref(&item.au);
		ts_fanout_unref(&item.fanout);
	}
	ts_batch_flush(net->batch);
	if (n == DRAIN_MAX || now_ns - begin_ns >= DRAIN_NS) ts_loop_post(net->loop, &net->drain);
}

/* ---- threads */

static int net_init(struct ts_net *net, struct ts_nets *nets, size_t at)
{
	char name[16];
	snprintf(name, sizeof(name), "net-%u", (unsigned)at & 0xffff);
	net->nets = nets;
	net->drain.fn = drain;
	int err = queue_init(net);
	if (!err) err = ts_packet_pool_create(&net->pool, TS_NET_PACKETS);
	if (!err) err = ts_batch_create(&net->batch);
	if (!err) err = ts_loop_create(&net->loop, name);
	if (!err) err = ts_loop_start(net->loop);
	return err;
}

static void net_fini(struct ts_net *net)
{
	struct ts_net_slot item;
	if (net->loop) ts_loop_destroy(&net->loop);
	while (net->queue && queue_pop(net, &item)) {
		ts_au_unref(&item.au);
		ts_fanout_unref(&item.fanout);
	}
	free(net->queue);
	if (net->batch) ts_batch_destroy(&net->batch);
	if (net->pool) ts_packet_pool_close(&net->pool);
}

int ts_nets_create(struct ts_nets **out, const struct ts_nets_config *config)
{
	*out = NULL;
	if (config->threads < 1 || config->threads > 64) return TS_EINVAL;
	struct ts_nets *nets = calloc(1, sizeof(*nets));
	if (!nets) return TS_ENOMEM;
	size_t n = (size_t)config->threads;
	int err = ts_ice_host_init(&nets->host, config);
	if (!err) err = ts_dtls_cert_create(&nets->cert);
	/* aligned: neighbours' queues must not share a cache line */
	if (!err && !(nets->net = aligned_alloc(_Alignof(struct ts_net), n * sizeof(nets->net[0])))) err = TS_ENOMEM;
	while (!err && nets->n < n) {
		nets->net[nets->n] = (struct ts_net){0};
		err = net_init(&nets->net[nets->n], nets, nets->n);
		nets->n++;
	}
	if (err) {
		ts_nets_destroy(&nets);
		return err;
	}
	*out = nets;
	return TS_OK;
}

void ts_nets_destroy(struct ts_nets **nets)
{
	if (!*nets) return;
	for (size_t i = 0; i < (*nets)->n; i++) net_fini(&(*nets)->net[i]);
	free((*nets)->net);
	ts_dtls_cert_destroy(&(*nets)->cert);
	ts_ice_host_fini(&(*nets)->host);
	free(*nets);
	*nets = NULL;
}

const char *ts_nets_fingerprint(const struct ts_nets *nets)
{
	return ts_dtls_cert_fingerprint(nets->cert);
}

struct ts_net *ts_nets_place(struct ts_nets *nets)
{
	struct ts_net *best = &nets->net[0];
	for (size_t i = 1; i < nets->n; i++)
		if (atomic_load(&nets->net[i].transports) < atomic_load(&best->transports)) best = &nets->net[i];
	atomic_fetch_add(&best->transports, 1);
	return best;
}

void ts_net_leave(struct ts_net *net)
{
	atomic_fetch_sub(&net->transports, 1);
}
