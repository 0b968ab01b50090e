/* own_address - which sockets take our own media: what a stranger has us send there comes back to
 * us.
 *
 * Thread  any: counters are atomic; ts_own_address asks the kernel.
 */
#ifndef TS_TRANSPORT_NET_OWN_ADDRESS_H
#define TS_TRANSPORT_NET_OWN_ADDRESS_H

#include <stdatomic.h>
#include <stdbool.h>

struct sockaddr_storage;

enum { TS_OWN_SLOTS = 65536 };

/* Sockets by a hash of address and port; that two share a slot matters only for addresses of this
 * machine. */
struct ts_own_addresses {
	atomic_uint n[TS_OWN_SLOTS];
};

void ts_own_address_add(struct ts_own_addresses *own, const struct sockaddr_storage *address);
void ts_own_address_remove(struct ts_own_addresses *own, const struct sockaddr_storage *address);
/* Is it a socket of ours, to be asked of addresses that strangers name? */
bool ts_own_address(const struct ts_own_addresses *own, const struct sockaddr_storage *address);

#endif
