/* lookup - getaddrinfo that can be given up: the C library's waits for name servers for as long as
 * it likes.
 *
 *   start a thread for it --> wait, 0.1 s at a time --> its answer, or the thread is left to itself
 *
 * Thread  any. A name that is an address needs no thread.
 * Full    32 threads in the process, also those that were given up and wait for name servers yet:
 *         one more name has no address.
 */
#ifndef TS_CONTAINER_LOOKUP_H
#define TS_CONTAINER_LOOKUP_H

#include <libavformat/avio.h>
#include <netdb.h>

/* NULL: it has none, or none was known when the interrupt said that it is over. [give]
 * freeaddrinfo. */
struct addrinfo *ts_lookup(const char *host, const char *port, const AVIOInterruptCB *interrupt);

#endif
