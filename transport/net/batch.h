/* batch - datagrams on their way out of one net thread, collected during a wake-up and handed to
 * the kernel together.
 *
 *   reserve --> fill, protect in place --> commit --> [ 256 slots of 1536 bytes ]
 *       --flush--> sendmmsg, or sendto for one: a call a socket
 *
 * Those of one socket go by one call, whatever their routes. Consecutive datagrams of one route and
 * one length (the last may be shorter) go as a single UDP GSO message; where the kernel or the
 * device refuses that, the route falls back to single datagrams for good. A route that is no plain
 * UDP socket (a TURN relay) sends by a function of its own.
 * Thread  one net thread.   Source  udp(7) UDP_SEGMENT, sendmmsg(2).
 * Full    reserve flushes first. A socket whose buffer is full is waited for where several routes
 *         share it, for 1 ms in 50 at most; else it drops and counts drops{send_failed}.
 */
#ifndef TS_TRANSPORT_NET_BATCH_H
#define TS_TRANSPORT_NET_BATCH_H

#include "base/packet.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* Where a path's datagrams go now. Its owner keeps it up to date, and flushes the batch before it
 * goes away. */
struct ts_route {
	int fd; /* plain UDP to `to`; -1: by send, or nowhere yet when that is NULL */
	struct sockaddr_storage to;
	socklen_t to_len;
	bool no_gso;
	/* false: could not */
	bool (*send)(struct ts_route *route, const uint8_t *data, size_t len);
};

static inline bool ts_route_open(const struct ts_route *route)
{
	return route->fd >= 0 || route->send;
}

enum { TS_BATCH_SLOTS = 256, TS_BATCH_SLOT_BYTES = TS_WIRE_MAX };

struct ts_batch;

int ts_batch_create(struct ts_batch **out); /* TS_ENOMEM */
void ts_batch_destroy(struct ts_batch **batch);

/* Room for one datagram of at most cap bytes, valid until the next call; NULL when no slot is that
 * large or the route leads nowhere. Not committing it gives it back. */
uint8_t *ts_batch_reserve(struct ts_batch *batch, struct ts_route *route, size_t cap);
void ts_batch_commit(struct ts_batch *batch, struct ts_route *route, size_t len);
void ts_batch_flush(struct ts_batch *batch);

#endif
