/* thread - one net thread: its loop, packet pool, send batch and the queue of units to send.
 *
 *   any thread --ts_net_send--> [ 4096 units ] --drain--> target->ops->deliver --> batch
 *
 * One turn of the loop delivers 64 units, or for 5 ms; receiving and timers have their turn
 * between. Sound that waited for longer than 100 ms is dropped and counted.
 * Its priority is raised where that is permitted, above that of the workers for pictures.
 * Internal to transport/. Thread  ts_net_send: any; the rest: the net thread.
 */
#ifndef TS_TRANSPORT_NET_THREAD_H
#define TS_TRANSPORT_NET_THREAD_H

#include "base/au.h"
#include "base/loop.h"
#include "base/packet.h"
#include "transport/net/batch.h"

enum {
	TS_NET_QUEUE = 4096,
	/* 34 MB at the very worst; what is out of use is kept for reuse only in small part */
	TS_NET_PACKETS = 16384,
};

/* Whom queued units are for: counted, embedded in its owner (fanout.h). */
struct ts_net_target {
	const struct ts_net_target_ops {
		void (*ref)(struct ts_net_target *target);   /* any thread */
		void (*unref)(struct ts_net_target *target); /* any thread */
		/* on the net thread: to those of the target that live there */
		void (*deliver)(struct ts_net_target *target, size_t group, struct ts_au *au,
			int64_t now_ns);
	} *ops;
};

struct ts_net_unit {
	struct ts_net_target *target;
	size_t group;
	struct ts_au *au;
	bool is_audio; /* worth nothing once it is late */
};

/* Many producers, one consumer, no lock (the bounded queue of D. Vyukov): a slot may be written
 * when turn == position and read when turn == position + 1. */
struct ts_net_slot {
	atomic_size_t turn;
	struct ts_net_unit unit;
	int64_t posted_ns;
};

struct ts_ice_port;

struct ts_net {
	struct ts_nets *nets; /* whose it is; opaque here */
	struct ts_loop *loop;
	struct ts_packet_pool *pool;
	struct ts_batch *batch;
	struct ts_ice_port *port; /* of nets.c; NULL: there is none */
	atomic_int transports; /* placed here and not closed yet */
	atomic_int_fast64_t waited_ns; /* the longest of a unit, since somebody looked */

	struct ts_task raise, drain;
	_Alignas(64) atomic_size_t queue_tail;
	_Alignas(64) size_t queue_head; /* the net thread's */
	struct ts_net_slot *queue;
};

int ts_net_init(struct ts_net *net, struct ts_nets *nets, size_t at);
void ts_net_fini(struct ts_net *net); /* also of one whose init failed */
void ts_net_leave(struct ts_net *net);
/* The longest that a unit has waited in the queue since this was asked last. Any thread. */
int64_t ts_net_waited_ns(struct ts_net *net);
/* Takes references of its own; full: drops the unit and counts. */
void ts_net_send(struct ts_net *net, const struct ts_net_unit *unit);

#endif
