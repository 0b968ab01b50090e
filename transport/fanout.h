/* fanout - sends one access unit to many senders: one queue entry and at most one wake-up per net
 * thread, however many receivers there are.
 *
 *   output strand --ts_fanout_send--> [ net-k's send queue: (list, au) ]
 *       --> for each sender on net-k: header, protect, batch
 *
 * A fanout is immutable and counted; whoever changes the set of receivers makes a new one. It holds
 * references to its senders.
 * Thread  any. Full: a net thread's send queue (4096 entries) drops the unit and counts
 *         drops{queue_full}.
 */
#ifndef TS_TRANSPORT_FANOUT_H
#define TS_TRANSPORT_FANOUT_H

#include "base/au.h"
#include "transport/transport.h"

struct ts_fanout;

/* n may be 0; TS_ENOMEM */
int ts_fanout_create(struct ts_fanout **out, struct ts_sender *const *senders, size_t n);
void ts_fanout_unref(struct ts_fanout **fanout);
/* Takes references of its own. Packets to a peer that is not connected yet or any more are dropped
 * silently. */
void ts_fanout_send(struct ts_fanout *fanout, struct ts_au *au);

#endif
