#include "transport/net/own_address.h"
#include "base/address.h"
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

static size_t slot_of(const struct sockaddr_storage *a)
{
	const struct sockaddr_in *in4 = (const void *)a;
	const struct sockaddr_in6 *in6 = (const void *)a;
	uint32_t host = in4->sin_addr.s_addr, word[4];
	if (a->ss_family == AF_INET6) {
		memcpy(word, &in6->sin6_addr, sizeof(word));
		host = word[0] ^ word[1] * 3 ^ word[2] * 5 ^ word[3] * 7;
	}
	return ((host * 2654435761u) >> 16 ^ ts_address_port(a)) & (TS_OWN_SLOTS - 1);
}

void ts_own_address_add(struct ts_own_addresses *own, const struct sockaddr_storage *a)
{
	atomic_fetch_add_explicit(&own->n[slot_of(a)], 1, memory_order_relaxed);
}

void ts_own_address_remove(struct ts_own_addresses *own, const struct sockaddr_storage *a)
{
	atomic_fetch_sub_explicit(&own->n[slot_of(a)], 1, memory_order_relaxed);
}

/* What can be bound to is ours; no list of interfaces has to be kept up to date. */
static bool is_local(struct sockaddr_storage address)
{
	((struct sockaddr_in *)(void *)&address)->sin_port = 0;
	int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool local = fd >= 0 && !bind(fd, (const void *)&address, ts_address_len(&address));
	if (fd >= 0) close(fd);
	return local;
}

bool ts_own_address(const struct ts_own_addresses *own, const struct sockaddr_storage *a)
{
	if (a->ss_family != AF_INET && a->ss_family != AF_INET6) return false;
	return atomic_load_explicit(&own->n[slot_of(a)], memory_order_relaxed) && is_local(*a);
}
