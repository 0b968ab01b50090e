/* thread - one net thread: its loop, packet pool, send batch and the queue of units that fanouts hand it.
 *
 *   any thread --ts_net_send--> [ (fanout, group, au): 4096 entries ] --drain--> ts_fanout_deliver --> batch
 *
 * One turn of the loop delivers 64 units, or for 5 ms; receiving and timers have their turn between. Sound that waited for longer than
 * 100 ms is dropped and counted.
 * Internal to transport/. Thread  ts_net_send: any; the rest: the net thread.
 */
#ifndef TS_TRANSPORT_NET_THREAD_H
#define TS_TRANSPORT_NET_THREAD_H

#include "base/au.h"
#include "base/loop.h"
#include "base/packet.h"
#include "transport/net/batch.h"
#include "transport/secure/dtls.h"
#include "transport/net/fanout.h"
#include "transport/ice/agent.h"

enum {
	TS_NET_QUEUE = 4096,
	TS_NET_PACKETS = 16384, /* 34 MB at the very worst; what is out of use is kept for reuse only in small part */
};

/* Many producers, one consumer, no lock (the bounded queue of D. Vyukov): a slot may be written when turn == position
 * and read when turn == position + 1. */
struct ts_net_slot {
	atomic_size_t turn;
	struct ts_fanout *fanout;
	size_t group;
	struct ts_au *au;
	int64_t posted_ns;
};

struct ts_net {
	struct ts_nets *nets;
	struct ts_loop *loop;
	struct ts_packet_pool *pool;
	struct ts_batch *batch;
	atomic_int transports; /* placed here and not closed yet */

	struct ts_task drain;
	_Alignas(64) atomic_size_t queue_tail;
	_Alignas(64) size_t queue_head; /* the net thread's */
	struct ts_net_slot *queue;
};

struct ts_nets {
	size_t n;
	struct ts_net *net; /* [n] */
	struct ts_dtls_cert *cert;
	struct ts_ice_host host;
};

/* The thread with the fewest transports, with one more counted on it. */
struct ts_net *ts_nets_place(struct ts_nets *nets);
void ts_net_leave(struct ts_net *net);
/* Takes references of its own; full: drops the unit and counts. */
void ts_net_send(struct ts_net *net, struct ts_fanout *fanout, size_t group, struct ts_au *au);

/* fanout.c: gives the unit to each sender of the group, which lives on this thread. */
void ts_fanout_deliver(struct ts_fanout *fanout, size_t group, struct ts_au *au, int64_t now_ns);
bool ts_fanout_is_audio(const struct ts_fanout *fanout, size_t group); /* all of a fanout are of one kind */

#endif
