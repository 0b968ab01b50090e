/* crowd - one thread for all light participants of the load generator, and one socket, or one each.
 *
 *   every 1 ms at which anything is due:   recvmmsg --source port--> light      lights
 *       --due--> [ 512 slots ] --sendmmsg-->
 *
 * Nothing waits for the socket: it is read at those instants, every 5 ms at least, and the kernel's
 * timestamps say when packets came. So a packet wakes nobody, neither at the server's cost nor at
 * ours. The server knows its peers by its own sockets, one each, so that all of ours may share one;
 * where it has one port for all (media.port) those who come have a socket each, TS_CROWD_MAX of
 * them at most.
 * Thread  start, stop, add: the owner's; reserve and commit: the crowd's own.
 */
#ifndef TS_TESTS_BENCH_CROWD_H
#define TS_TESTS_BENCH_CROWD_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

enum { TS_CROWD_MAX = 1024, TS_CROWD_SLOT_BYTES = 1536 };

struct ts_crowd;
struct ts_light;

int ts_crowd_start(struct ts_crowd **out); /* TS_EIO, TS_ENOMEM */
/* Joins the thread; the lights are the owner's again. */
void ts_crowd_stop(struct ts_crowd *crowd);
void ts_crowd_free(struct ts_crowd **crowd);
uint16_t ts_crowd_port(const struct ts_crowd *crowd);
/* Where packets go that nobody shall get. */
struct sockaddr_in ts_crowd_sink(const struct ts_crowd *crowd);
/* The one of all; or one more, the caller's to close: -1. here: where it is. Any thread. */
int ts_crowd_socket(const struct ts_crowd *crowd, struct sockaddr_in *here);
int ts_crowd_socket_open(struct sockaddr_in *here);
/* From now on the light runs; what comes from its server's port, or into a socket of its own, is
 * its own. Any thread. */
void ts_crowd_add(struct ts_crowd *crowd, struct ts_light *light);

/* room for one datagram of TS_CROWD_SLOT_BYTES, until the next call */
uint8_t *ts_crowd_reserve(struct ts_crowd *crowd);
void ts_crowd_commit(
	struct ts_crowd *crowd, int fd, const struct sockaddr_in *to, size_t len);

struct ts_crowd_stats {
	/* late: by more than 5 ms */
	uint64_t received, strays, overflowed, sent, send_failed, late_ticks;
};
void ts_crowd_stats(const struct ts_crowd *crowd, struct ts_crowd_stats *out); /* after stop */

#endif
