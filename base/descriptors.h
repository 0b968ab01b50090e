/* descriptors - the file descriptors of the process: how many there are, and who may have how many.
 *
 *   all (the hard limit) = 1/4 HTTP | 1/4 SIP over TCP and TLS | 1/4 media over TCP
 *                          | the rest: media over UDP, files, libraries
 *
 * Connections that strangers open are counted against their quarter before anything is read from
 * them, so that the rest is never theirs: GLib ends the process when it gets no descriptor for a
 * new GMainContext. A listener that must not keep a connection although one waits (accept says
 * EMFILE, for ever) gets rid of it with the spare one.
 *
 * Thread  any; takes no lock.   Full  a share or the spare: refused, the caller counts it.
 */
#ifndef TS_BASE_DESCRIPTORS_H
#define TS_BASE_DESCRIPTORS_H

#include <stdbool.h>

enum { TS_DESCRIPTORS_ASKED_MAX = 128 };

enum ts_descriptors_use { TS_FD_HTTP, TS_FD_SIP, TS_FD_ICE_TCP, TS_FD_USES };

/* Raises the soft limit to the hard one and opens the spare descriptor. Once, early in main. */
void ts_descriptors_init(void);
/* The soft limit of now. */
unsigned ts_descriptors_limit(void);
/* The quarter that one use may have, all its listeners together. */
unsigned ts_descriptors_share(void);

/* One connection more: false when the quarter is used up, and nothing is counted. Each true is
 * followed by a give. */
bool ts_descriptors_take(enum ts_descriptors_use use);
void ts_descriptors_give(enum ts_descriptors_use use);
unsigned ts_descriptors_taken(enum ts_descriptors_use use);

/* Accepts and closes the connection that waits on a listening socket, without a descriptor of its
 * own. False: none waits, or the spare descriptor is lost; it is opened anew by the next call that
 * can. */
bool ts_descriptors_refuse(int listen_fd);

/* Could n more be opened just now? n is at most TS_DESCRIPTORS_ASKED_MAX. Costs as many system
 * calls twice. */
bool ts_descriptors_left(unsigned n);

#endif
